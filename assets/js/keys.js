// @ts-check
// Whom a key belongs to. Keys are dead while typing and while a dialog is open; over an open drawer
// only undo lives, as its verdicts are given by clicks.

import { meaning, modified } from "./keymap.js";

/** @param {EventTarget | null} node */
const typing = (node) =>
  node instanceof Element && ((node instanceof HTMLElement && node.isContentEditable)
    || node.closest("input, textarea, select, [contenteditable='']") !== null);

/** @param {EventTarget | null} node */
const ownsSpace = (node) =>
  node instanceof Element && node.matches("button:focus-visible, a:focus-visible, summary");

// A slider or a tick box takes no text: undo need not wait until it loses the focus.
const TEXTLESS = "input:is([type='range'], [type='checkbox'], [type='file'])";

/** @param {EventTarget | null} node */
const textless = (node) => node instanceof Element && node.matches(TEXTLESS);

const dialogOpen = () => document.querySelector("dialog[open]") !== null;

export const drawerOpen = () => document.querySelector(".drawer-open") !== null;

/**
 * The action of a key event, or null where the key belongs to something else.
 * @param {KeyboardEvent} event
 */
export function actionOf(event) {
  if (dialogOpen()) return null;
  if (event.key === " " && !modified(event) && ownsSpace(event.target)) return null;
  const action = meaning(event);
  const free = !typing(event.target) || (action === "undo" && textless(event.target));
  return free && (action === "undo" || !drawerOpen()) ? action : null;
}

/**
 * Whether a plain key event is for the page: nothing is typed, no dialog or drawer is open.
 * @param {KeyboardEvent} event
 */
export const keysAreOurs = (event) =>
  !(dialogOpen() || drawerOpen() || typing(event.target) || event.repeat || modified(event));

/**
 * The name of a plain key, letters in lower case; null where it belongs to something else. Only arrows
 * may repeat.
 * @param {KeyboardEvent} event
 */
export function plainKey(event) {
  if (dialogOpen() || drawerOpen() || typing(event.target) || modified(event)) return null;
  if (event.repeat && !event.key.startsWith("Arrow")) return null;
  if ((event.key === " " || event.key === "Enter") && ownsSpace(event.target)) return null;
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}
