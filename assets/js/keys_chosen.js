// @ts-check
// Which key does what in pair review: as it comes, or as the person chose; the browser keeps it.

import { forget, keep, stored } from "./storage.js";

/** The keys that an action comes with; the first of them can be another one. */
const GIVEN = /** @type {const} */ ({
  same: ["a", "1"], different: ["x", "2"], unsure: ["u"], incomparable: ["c"], skip: [" "],
  undo: ["Backspace"], zoom: ["v"], help: ["?"],
});
/** @typedef {keyof typeof GIVEN} Chooseable */
const ACTIONS = /** @type {Chooseable[]} */ (Object.keys(GIVEN));
const NAMED = new Set(["Backspace", "Delete", "Insert", "Home", "End", "PageUp", "PageDown"]);
const SYMBOLS = new Map([[" ", "␣"], ["Backspace", "⌫"]]);
const PLACE = "keys";

/** @type {Partial<Record<Chooseable, string>> | null} */
let chosen = null; // not read yet

function read() {
  chosen ??= checked(stored("local", PLACE, "{}"));
  return chosen;
}

/**
 * What is stored, as far as it can be used: another version, or a hand, may have written it.
 * @param {string} text
 */
function checked(text) {
  /** @type {Partial<Record<Chooseable, string>>} */
  const found = {};
  for (const [action, key] of Object.entries(parsed(text))) {
    if (Object.hasOwn(GIVEN, action) && usable(key) && !Object.values(found).includes(key)) {
      found[/** @type {Chooseable} */ (action)] = key;
    }
  }
  return found;
}

/** @param {string} text @returns {Record<string, unknown>} */
function parsed(text) {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

/** @type {(key: unknown) => key is string} */
const usable = (key) => typeof key === "string" && ([...key].length === 1 || NAMED.has(key));

/**
 * All keys of an action; the first one is shown on its button.
 * @param {Chooseable} action
 * @returns {string[]}
 */
export function keysOf(action) {
  const own = read();
  const taken = new Set(Object.values(own));
  const [first, ...others] = GIVEN[action];
  return [own[action] ?? first, ...others.filter((key) => !taken.has(key))];
}

/**
 * The action of a key, null where it has none.
 * @param {string} key
 * @returns {Chooseable | null}
 */
export const actionOfKey = (key) => ACTIONS.find((action) => keysOf(action).includes(key)) ?? null;

/**
 * Let `key` do `action`; "" where that is so from now on, else why not.
 * @param {Chooseable} action @param {string} key
 */
export function chooseKey(action, key) {
  if (!usable(key)) return "This key cannot be chosen; press a letter, a digit or a sign.";
  const other = actionOfKey(key);
  const isFirst = other !== null && keysOf(other)[0] === key;
  if (isFirst && other !== action) return `${nameOf(key)} is taken; give that one another key first.`;
  chosen = { ...read(), [action]: key };
  keep("local", PLACE, JSON.stringify(chosen));
  return "";
}

/** All keys as they come. */
export function resetKeys() {
  chosen = {};
  forget("local", PLACE);
}

/** Whether any key was chosen. */
export const anyChosen = () => Object.keys(read()).length > 0;

/** @param {string} key */
export const nameOf = (key) => (key === " " ? "Space" : [...key].length === 1 ? key.toUpperCase() : key);

/**
 * What a button shows of its key.
 * @param {Chooseable} action
 */
export const symbolOf = (action) => {
  const [key] = keysOf(action);
  return SYMBOLS.get(key) ?? nameOf(key);
};
