// @ts-check
// This reviewer's answers in this tab, by verdict; kept over a reload.

import { state } from "./core.js";
import { keep, stored } from "./storage.js";

/** @type {Record<string, number>} */
let counted = {};
const name = () => `tally.${state.reviewer}`;

export const tally = () => counted;

/** Go on where this reviewer was; what is kept and cannot be read counts from nothing. */
export function readTally() {
  counted = parsed(stored("session", name(), "{}"));
}

/** @param {string} text @returns {Record<string, number>} */
export function parsed(text) {
  try {
    const numbers = Object.entries(JSON.parse(text)).filter(([, n]) => Number.isFinite(n));
    return Object.fromEntries(numbers);
  } catch {
    return {};
  }
}

/** @param {string} what */
export function count(what) {
  counted = { ...counted, [what]: (counted[what] || 0) + 1 };
  keep("session", name(), JSON.stringify(counted));
}
