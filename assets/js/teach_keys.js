// The keys of the Teach tab: arrows walk over the belt, digits and letters are the bins.

const BINS = [..."1234567890abcdefghijklmopqrstuvwxyz"]; // no N: that is a new bin

/** The key of the bin with this number, from 0; "" where there is none left. */
export const keyOfBin = (number) => BINS[number] ?? "";

/** The number of the bin that a key event means, -1 for none. */
export const binOfKey = (event) => BINS.indexOf(event.key.toLowerCase());

/** The item whose tile in `belt` has the focus, "" for none. */
export const underFocus = (belt) => [...belt.children].find((tile) => tile === document.activeElement)?.dataset.id ?? "";

/** Move the focus over the tiles of `belt`; false where the key is no arrow. */
export function walk(belt, key) {
  const tiles = [...belt.children];
  const columns = tiles.filter((tile) => tile.offsetTop === tiles[0].offsetTop).length;
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[key];
  if (!step) return false;
  const from = tiles.indexOf(document.activeElement);
  (from < 0 ? tiles[0] : tiles[from + step])?.focus();
  return true;
}
