// @ts-check
// What the browser keeps for the page. It may be forbidden (a private window, an iframe of another
// site: even to name it throws then) or full: the page works without.

const PREFIX = "curation.";

/** @typedef {"local" | "session"} Area */

/** @type {(area: Area) => Storage} */
const box = (area) => (area === "local" ? globalThis.localStorage : globalThis.sessionStorage);

/**
 * @template [T=string]
 * @param {Area} area
 * @param {string} name
 * @param {T} otherwise
 * @returns {string | T}
 */
export function stored(area, name, otherwise) {
  try {
    return box(area).getItem(PREFIX + name) ?? otherwise;
  } catch {
    return otherwise;
  }
}

/**
 * Keep a value; false where the browser does not, and it lasts for this page.
 * @param {Area} area @param {string} name @param {string} value
 */
export function keep(area, name, value) {
  try {
    box(area).setItem(PREFIX + name, value);
    return true;
  } catch {
    return false;
  }
}

/** @param {Area} area @param {string} name */
export function forget(area, name) {
  try {
    box(area).removeItem(PREFIX + name);
  } catch { /* nothing is kept there that could stay */ }
}

/**
 * Names that begin with `start`.
 * @param {Area} area @param {string} start
 */
export function storedNames(area, start) {
  try {
    return Object.keys(box(area)).filter((key) => key.startsWith(PREFIX + start))
      .map((key) => key.slice(PREFIX.length));
  } catch {
    return [];
  }
}
