// @ts-check
// The keymap of review: what a key event means, whoever it belongs to.

import { actionOfKey } from "./keys_chosen.js";

/** @import { Chooseable } from "./keys_chosen.js" */

/** Keys that always do the same. @type {Record<string, string>} */
const FIXED = {
  Escape: "close", ArrowLeft: "left", ArrowRight: "right", ArrowUp: "both", ArrowDown: "both",
};
const HELD_MAY_REPEAT = new Set(["left", "right"]);

/** @typedef {{ action?: Chooseable, more: string[], meaning: string }} Told */

/**
 * What the keys of pair review do; beside those of the action stand `more` that are always the same.
 * @type {Told[]}
 */
export const LEGEND = [
  { action: "same", more: [], meaning: "same: they belong together" },
  { action: "different", more: [], meaning: "different: they do not" },
  { action: "unsure", more: [], meaning: "unsure: somebody else may be asked" },
  { action: "incomparable", more: [], meaning: "can't compare: never asked again" },
  { action: "skip", more: [], meaning: "skip: comes back later" },
  { action: "undo", more: ["Ctrl+Z"], meaning: "undo your last answer, as often as you like" },
  {
    action: "zoom", more: [],
    meaning: "zoom; while zoomed ← and → show one image in the other's place, ↑ both",
  },
  { action: "help", more: [], meaning: "this list" },
  { more: ["Swipe"], meaning: "right same, left different" },
];

/** @type {Told[]} */
export const SORT_LEGEND = [
  { more: ["1 to 9"], meaning: "the group that has this key" },
  { more: ["Enter"], meaning: "one image: the best guess; a grid: those with a tick are in the group" },
  { more: ["N, or any letter"], meaning: "find a group by its name, or make a new one" },
  { more: ["U or Space"], meaning: "can’t say: comes back later" },
  {
    more: ["Arrows"],
    meaning: "a grid: from image to image; Space ticks it or not, 1 to 9 say where it belongs",
  },
  { more: ["X"], meaning: "a grid: none of them; two piles: two" },
  { more: ["A"], meaning: "two piles: one" },
  { more: ["V"], meaning: "zoom" },
  { action: "undo", more: ["Ctrl+Z"], meaning: "undo your last answer, as often as you like" },
  { action: "help", more: [], meaning: "this list" },
];

/**
 * What a key event says, without where it happened.
 * @typedef {Pick<KeyboardEvent,
 *   "key" | "code" | "repeat" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">} Key
 */

const LATIN = /^[\p{Script=Latin}\p{ASCII}]/u;

/**
 * The name of a key, letters in lower case. A letter of another script (Cyrillic, Greek, Arabic,
 * Hebrew) is called as the key at its place on a Latin keyboard, and so is a digit, which some
 * keyboards have under a sign.
 * @param {Pick<Key, "key" | "code" | "shiftKey">} event
 */
export function latinKey({ key, code, shiftKey }) {
  const [, letter, digit] = /^(?:Key([A-Z])|Digit(\d))$/.exec(code) ?? [];
  const signs = [...key].length;
  if (letter && !LATIN.test(key)) return letter.toLowerCase();
  if (digit && !shiftKey && signs === 1) return digit;
  return signs === 1 ? key.toLowerCase() : key;
}

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
    return latinKey(event) === "z" ? "undo" : null;
  }
  if (modified(event)) return null;
  const key = latinKey(event);
  const action = Object.hasOwn(FIXED, key) ? FIXED[key] : actionOfKey(key);
  return action && event.repeat && !HELD_MAY_REPEAT.has(action) ? "held" : action;
}
