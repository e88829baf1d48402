// @ts-check
// How many decisions stand: at the server, and on their way there. Event `counted`: the number moved.

import { state } from "./core.js";
import { emit, on } from "./events.js";
import { unsaved } from "./outbox.js";

let recorded = 0; // at the server
let version = -1; // of that figure: a poll that began before an answer must not take it back

/** Decisions that stand now, those on their way to the server included. */
export const standing = () => recorded + unsaved();

/** Begin to count; once. */
export function mountRecorded() {
  for (const event of /** @type {const} */ (["criterion", "back"])) on(event, () => { version = -1; });
  on("status", recount);
  on("receipts", recount);
  on("changed-elsewhere", recount);
  on("undone", (rows) => { recorded -= rows.length; emit("counted"); });
  on("unsaved", () => emit("counted"));
}

/** @param {{ criterion?: string, decisions?: number, version?: number } | undefined} answer */
function recount({ criterion = state.criterion, decisions, version: now } = {}) {
  if (decisions === undefined || now === undefined) return;
  if (now < version || criterion !== state.criterion) return;
  [recorded, version] = [decisions, now];
  emit("counted");
}
