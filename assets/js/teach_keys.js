// @ts-check
// The keys of the Teach tab: arrows walk over the belt, digits and letters are the bins.

import { childrenOf } from "./dom.js";
import { latinKey } from "./keymap.js";

const BINS = [..."1234567890abcdefghijklmopqrstuvwxyz"]; // no N: that is a new bin

/**
 * The key of the bin with this number, from 0; "" where there is none left.
 * @param {number} number
 */
export const keyOfBin = (number) => BINS[number] ?? "";

/**
 * The number of the bin that a key event means, -1 for none.
 * @param {Pick<KeyboardEvent, "key" | "code" | "shiftKey">} event
 */
export const binOfKey = (event) => BINS.indexOf(latinKey(event));

/**
 * The item whose tile in `belt` has the focus, "" for none.
 * @param {Element} belt
 */
export const underFocus = (belt) =>
  childrenOf(belt).find((tile) => tile === document.activeElement)?.dataset.id ?? "";

/**
 * How many tiles on an arrow key goes in rows of `columns`, 0 for another key.
 * @param {string} key @param {number} columns
 */
export function stepOf(key, columns) {
  if (key === "ArrowLeft") return -1;
  if (key === "ArrowRight") return 1;
  if (key === "ArrowUp") return -columns;
  return key === "ArrowDown" ? columns : 0;
}

/**
 * Move the focus over the tiles of `belt`; false where the key is no arrow.
 * @param {Element} belt @param {string} key
 */
export function walk(belt, key) {
  const tiles = childrenOf(belt);
  const columns = tiles.filter((tile) => tile.offsetTop === tiles[0].offsetTop).length;
  const step = stepOf(key, columns);
  if (!step) return false;
  const from = tiles.findIndex((tile) => tile === document.activeElement);
  (from < 0 ? tiles[0] : tiles[from + step])?.focus();
  return true;
}
