// What was done in a session and is not at the server yet.

import { unsentCalls } from "./outbox.js";

/** Picks of a session on their way to the server: item -> bin. */
export function underWay(session) {
  const bins = new Map();
  for (const { call, values } of unsentCalls()) {
    if (values.session !== session) continue;
    if (call === "teach_pick") bins.set(values.item, values.bin);
    else bins.delete(values.item ?? [...bins.keys()].at(-1));
  }
  return bins;
}
