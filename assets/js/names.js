// @ts-check
// File names and titles where there is little room: the middle goes, since numbers stand at the end.

import { h, middled } from "./dom.js";
import { baseName } from "./format.js";

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

/** @param {{ name: string, title?: string }} item */
export const nameLine = (item) => h("span.name-line",
  { title: item.title ? `${item.title}\n${item.name}` : item.name }, middled(caption(item)));
