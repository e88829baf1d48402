// @ts-check
// Which part of the map a key leads to.

import { RANGE } from "./map_places.js";

/** @typedef {[low: number, high: number]} Range */
/** @typedef {{ across: Range, up: Range }} View */

const STEP = 0.2; // of what is in view
const ZOOM = 1.4;

/** @type {Record<string, (view: View) => View>} */
const KEYS = {
  ArrowLeft: ({ across, up }) => ({ across: shifted(across, -STEP), up }),
  ArrowRight: ({ across, up }) => ({ across: shifted(across, STEP), up }),
  ArrowUp: ({ across, up }) => ({ across, up: shifted(up, STEP) }),
  ArrowDown: ({ across, up }) => ({ across, up: shifted(up, -STEP) }),
  "+": ({ across, up }) => ({ across: scaled(across, 1 / ZOOM), up: scaled(up, 1 / ZOOM) }),
  "=": (view) => KEYS["+"](view),
  "-": ({ across, up }) => ({ across: scaled(across, ZOOM), up: scaled(up, ZOOM) }),
  0: () => ({ across: [...RANGE], up: [...RANGE] }),
};

/**
 * What is in view after a key, null where the key moves nothing.
 * @param {string} key @param {View} view
 */
export const viewAfter = (key, view) => (Object.hasOwn(KEYS, key) ? KEYS[key](view) : null);

/** @param {Range} range @param {number} share @returns {Range} */
const shifted = ([low, high], share) => [low + share * (high - low), high + share * (high - low)];

/** @param {Range} range @param {number} factor @returns {Range} */
function scaled([low, high], factor) {
  const middle = (low + high) / 2;
  return [middle - (factor * (high - low)) / 2, middle + (factor * (high - low)) / 2];
}
