// @ts-check
// File names and titles where there is little room: the middle goes, since numbers stand at the end.

import { h } from "./dom.js";
import { baseName } from "./format.js";

const TAIL = 9; // letters at the end that stay: a number and the suffix

/**
 * A text of at most so many letters, cut in the middle.
 * @param {string} text @param {number} most
 */
export function middle(text, most) {
  const letters = [...text];
  if (letters.length <= most) return text;
  const head = Math.ceil((most - 1) / 2);
  return `${letters.slice(0, head).join("")}…${letters.slice(letters.length - (most - 1 - head)).join("")}`;
}

/**
 * What stands under a picture: the title of an item, else its file's name.
 * @param {{ name: string, title?: string }} item
 */
export const caption = ({ name, title }) => title || baseName(name);

/**
 * A text in two parts; the browser cuts the end of the first where the whole has no room.
 * @param {string} text
 * @returns {[head: string, tail: string]}
 */
export function halves(text) {
  const letters = [...text];
  const at = letters.length > 2 * TAIL ? letters.length - TAIL : letters.length;
  return [letters.slice(0, at).join(""), letters.slice(at).join("")];
}

/** @param {{ name: string, title?: string }} item */
export function nameLine(item) {
  const [head, tail] = halves(caption(item));
  return h("span.name-line", { title: item.title ? `${item.title}\n${item.name}` : item.name },
    h("span", {}, head), tail ? h("b", {}, tail) : null);
}
