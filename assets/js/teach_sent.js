// @ts-check
// What was done in a session and is not at the server yet.

import { unsentCalls } from "./outbox.js";

/** @import { Call, TeachName } from "./types.js" */

/**
 * Picks of a session among `calls` that wait: item -> bin. An undo takes back the last one, or its own.
 * @param {string} session
 * @param {Call<TeachName>[]} calls
 */
export function picksOf(session, calls) {
  /** @type {Map<string, string>} */
  const bins = new Map();
  for (const { call, values } of calls) {
    if (values.session !== session) continue;
    const item = String(values.item ?? [...bins.keys()].at(-1) ?? "");
    if (call === "teach_pick") bins.set(item, String(values.bin));
    else bins.delete(item);
  }
  return bins;
}

/**
 * Picks of a session on their way to the server: item -> bin.
 * @param {string} session
 */
export const underWay = (session) => picksOf(session, unsentCalls());
