// @ts-check
// The map by keyboard: reached by Tab, it says what it shows; arrows move it, + and − zoom, 0 shows all
// of it again, and Enter opens what is in view.

import { modified } from "./keymap.js";
import { viewAfter } from "./map_view.js";

/** @import { View } from "./map_view.js" */

const HOW = "Arrows move it, plus and minus zoom, 0 shows all, Enter opens the items in view.";

/**
 * Make `frame` a stop of Tab whose keys move the map.
 * @param {HTMLElement} frame
 * @param {{ view: () => View | null, move: (view: View) => unknown, open: () => unknown }} map
 */
export function byKeyboard(frame, { view, move, open }) {
  frame.tabIndex = 0;
  frame.setAttribute("role", "group");
  frame.setAttribute("aria-label", `Map. ${HOW}`);
  frame.addEventListener("keydown", (event) => {
    if (event.target !== frame || modified(event)) return;
    const now = view();
    const next = now && viewAfter(event.key, now);
    if (!next && event.key !== "Enter") return;
    event.preventDefault();
    event.stopPropagation(); // the pair beside it has keys of its own
    if (next) move(next);
    else open();
  });
}

/**
 * Say what the map shows.
 * @param {HTMLElement} frame @param {number} items @param {string} by @param {number} generation
 */
export function sayMap(frame, items, by, generation) {
  const said = `Map of ${items.toLocaleString("en")} items by ${by.replaceAll("_", " ")}, `
    + `generation ${generation}. ${HOW}`;
  if (frame.getAttribute("aria-label") !== said) frame.setAttribute("aria-label", said);
}
