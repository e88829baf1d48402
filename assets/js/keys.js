// @ts-check
// Whom a key belongs to. Keys are dead while typing and while a dialog is open; over an open drawer
// only undo lives, as its verdicts are given by clicks.

import { latinKey, meaning, modified } from "./keymap.js";

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
 * A button that was clicked with the mouse or a finger does not keep the focus: Space and Enter would
 * press it again. The keyboard's own clicks (detail 0) keep it, to go on from there.
 */
export function keysStayOurs() {
  window.addEventListener("click", ({ detail, target }) => {
    const pressed = target instanceof Element && target.closest("button, summary, a");
    if (detail > 0 && pressed instanceof HTMLElement) pressed.blur();
  }, { capture: true });
}

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
 * The name of a plain key, see latinKey; null where it belongs to something else. Only arrows
 * may repeat.
 * @param {KeyboardEvent} event
 */
export function plainKey(event) {
  if (dialogOpen() || drawerOpen() || typing(event.target) || modified(event)) return null;
  if (event.repeat && !event.key.startsWith("Arrow")) return null;
  if ((event.key === " " || event.key === "Enter") && ownsSpace(event.target)) return null;
  return latinKey(event);
}
