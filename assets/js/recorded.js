// How many decisions stand: at the server, and on their way there. Event `counted`: the number moved.

import { emit, on, state } from "./core.js";
import { unsaved } from "./outbox.js";

let recorded = 0; // at the server
let version = -1; // of that figure: a poll that began before an answer must not take it back

/** Decisions that stand now, those on their way to the server included. */
export const standing = () => recorded + unsaved();

function recount(answer) {
  const { criterion = state.criterion } = answer ?? {};
  if (answer?.decisions === undefined || answer.version < version || criterion !== state.criterion) return;
  ({ decisions: recorded, version } = answer);
  emit("counted");
}

on("criterion", () => { version = -1; });
on("back", () => { version = -1; });
for (const event of ["status", "receipts", "changed-elsewhere"]) on(event, recount);
on("undone", (rows) => { recorded -= rows.length; emit("counted"); });
on("unsaved", () => emit("counted"));
