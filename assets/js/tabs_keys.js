// @ts-check
// Which tab a key leads to.

import { modified } from "./keymap.js";

/** @import { Key } from "./keymap.js" */

/** @type {Record<string, (at: number, count: number) => number>} */
const STEPS = {
  ArrowRight: (at, count) => (at + 1) % count,
  ArrowLeft: (at, count) => (at - 1 + count) % count,
  Home: () => 0,
  End: (_, count) => count - 1,
};

/**
 * The tab that a key leads to from `now`, null where it leads nowhere; the ends meet.
 * @param {Key} event
 * @param {string[]} tabs
 * @param {string} now
 */
export function tabAfter(event, tabs, now) {
  if (modified(event) || !Object.hasOwn(STEPS, event.key)) return null;
  return tabs[STEPS[event.key](tabs.indexOf(now), tabs.length)];
}
