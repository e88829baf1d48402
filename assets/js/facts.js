// @ts-check
// What is known of the two images of a pair, side by side: which attributes, in which words, and where
// they differ.

/** @typedef {Record<string, unknown>} Attributes */
/** @typedef {{ name: string, a: string, b: string, differs: boolean }} Fact */

const PLACE = "place";
const TIME = "capture_time";
/** Names in plainer words. @type {Record<string, string>} */
const WORDS = { [TIME]: "time" };
/** Shown until somebody picks others; a folder may name the very answer. */
export const FIRST = ["time", PLACE, "camera"];
const CLOSE = 0.0005; // degrees, some 50 m

/**
 * What one can pick of a workspace's attributes; coordinates are one place.
 * @param {string[]} attributes
 */
export function offered(attributes) {
  const places = attributes.includes("lat") && attributes.includes("lon") ? [PLACE] : [];
  return [...places, ...attributes.filter((name) => name !== "lat" && name !== "lon").map(wordOf)];
}

/**
 * The picked facts that at least one of the two has.
 * @param {Attributes} a @param {Attributes} b @param {string[]} picked
 * @returns {Fact[]}
 */
export const factsOf = (a, b, picked) => picked.flatMap((name) => {
  const [one, other] = [said(a, name), said(b, name)];
  if (!one && !other) return [];
  return [{ name, a: one || "–", b: other || "–", differs: apart(a, b, name, one, other) }];
});

/** @param {string} name */
const wordOf = (name) => WORDS[name] ?? name;

/** @param {string} word */
const keyOf = (word) => Object.keys(WORDS).find((key) => WORDS[key] === word) ?? word;

/** @param {Attributes} of @param {string} name */
function said(of, name) {
  if (name === PLACE && placed(of)) return `${of.lat.toFixed(4)}, ${of.lon.toFixed(4)}`;
  const value = of[name] ?? of[keyOf(name)];
  if (value === null || value === undefined) return "";
  return keyOf(name) === TIME ? String(value).replace("T", " ") : String(value);
}

/**
 * @param {Attributes} a @param {Attributes} b @param {string} name
 * @param {string} one what is said of a @param {string} other what is said of b
 */
function apart(a, b, name, one, other) {
  if (name !== PLACE || !placed(a) || !placed(b)) return one !== other;
  return Math.abs(a.lat - b.lat) > CLOSE || Math.abs(a.lon - b.lon) > CLOSE;
}

/** @param {Attributes} of @returns {of is { lat: number, lon: number }} */
const placed = (of) => typeof of.lat === "number" && typeof of.lon === "number";
