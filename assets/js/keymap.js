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
  ["?", "this list"],
  ["Swipe", "right same, left different"],
];

export const SORT_LEGEND = [
  ["1 to 9", "the group that has this key"],
  ["Enter", "one image: the best guess; a grid: those with a tick are in the group"],
  ["N, or any letter", "find a group by its name, or make a new one"],
  ["U or Space", "can’t say: comes back later"],
  ["Arrows", "a grid: from image to image; Space ticks it or not, 1 to 9 say where it belongs"],
  ["X", "a grid: none of them; two piles: two"],
  ["A", "two piles: one"],
  ["V", "zoom"],
  ["Backspace or Ctrl+Z", "undo your last answer, as often as you like"],
  ["?", "this list"],
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
