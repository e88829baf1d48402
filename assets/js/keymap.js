// @ts-check
// The keymap of review: what a key event means, whoever it belongs to.

/** @type {Record<string, string>} */
const KEYS = {
  a: "same", 1: "same", x: "different", 2: "different", u: "unsure", c: "incomparable",
  " ": "skip", Backspace: "undo", v: "zoom", "?": "help", Escape: "close",
  ArrowLeft: "left", ArrowRight: "right", ArrowUp: "both", ArrowDown: "both",
};
const HELD_MAY_REPEAT = new Set(["left", "right"]);

export const LEGEND = [
  ["A or 1", "same: they belong together"],
  ["X or 2", "different: they do not"],
  ["U", "unsure: somebody else may be asked"],
  ["C", "can't compare: never asked again"],
  ["Space", "skip: comes back later"],
  ["Backspace or Ctrl+Z", "undo your last answer, as often as you like"],
  ["V", "zoom; while zoomed ← and → show one image in the other's place, ↑ both"],
  ["1 to 5 and 0", "with five groups: the one it belongs with, or none"],
  ["?", "this list"],
  ["Swipe", "right same, left different"],
];

/**
 * What a key event says, without where it happened.
 * @typedef {Pick<KeyboardEvent, "key" | "repeat" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">} Key
 */

/**
 * Whether a modifier makes it a key of the browser.
 * @param {Key} event
 */
export const modified = (event) => event.ctrlKey || event.metaKey || event.altKey;

/**
 * The action of a key, "held" for one that repeats and must not, null for none.
 * @param {Key} event
 */
export function meaning(event) {
  if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey) {
    return event.key.toLowerCase() === "z" ? "undo" : null;
  }
  if (modified(event)) return null;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const action = Object.hasOwn(KEYS, key) ? KEYS[key] : null;
  return action && event.repeat && !HELD_MAY_REPEAT.has(action) ? "held" : action;
}

/**
 * The digit 0 to 5 of a key, null for none.
 * @param {Key} event
 */
export function digit(event) {
  if (event.repeat || modified(event)) return null;
  return /^[0-5]$/.test(event.key) ? Number(event.key) : null;
}
