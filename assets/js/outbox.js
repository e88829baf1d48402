// Answers wait here until the server has them: kept in local storage, sent in order, retried by
// decision id or key (the server takes a repeated one as the same answer).

import { Away, emit, on, rpc, state } from "./core.js";
import { toast, uuid } from "./dom.js";

const prefix = () => `curation.outbox.${state.overview.path}.`;
const BATCH = 20;
// The answer itself is at fault; any other failure (a full disk, a bug) is the server's: try again.
const REFUSALS = new Set(["DecisionError", "UnknownName", "InvalidRequest"]);
const ORPHAN_MS = 60_000;

let entries = [];
let sending = null;
let wait = 500;
let timer = 0;
let told = ""; // the trouble that was shown last

const decisions = () => entries.filter((e) => e.decision).map((e) => e.decision);
export const unsaved = () => decisions().length;
export const unsavedPairs = () => decisions().map(pairKey);
/** Calls that wait, oldest first: {call, values}. */
export const unsentCalls = () => entries.filter((e) => e.call);

const pairKey = ({ a, b }) => (a < b ? `${a}-${b}` : `${b}-${a}`);

/** Put a decision in the box and send it; `items` ({a, b}) lets lists show it at once. */
export function decide(decision, items = null) {
  const whole = { id: uuid(), generation: state.status?.generation ?? 0, ...decision };
  const { criterion, reviewer } = state;
  entries.push({ criterion, reviewer, decision: whole });
  store();
  emit("decided", { ...whole, items });
  send();
  return whole;
}

/** Put a call with a `key` among its `values` in the box; event `delivered`: it and its `answer`. */
export function deliver(call, values) {
  entries.push({ call, values: { ...values, reviewer: state.reviewer } });
  store();
  send();
}

/** Resolves once everything is stored at the server; throws when it cannot be. */
export async function drained() {
  await send();
  if (entries.length) throw new Away(`${entries.length} answers are not saved yet.`);
}

function send() {
  sending ??= pump().finally(() => { sending = null; });
  return sending;
}

async function pump() {
  clearTimeout(timer);
  while (entries.length) {
    const batch = nextBatch();
    try {
      await post(batch);
      wait = 500;
      told = "";
    } catch (error) {
      if (!REFUSALS.has(error.kind)) return later(error);
      if (batch.length === 1) refuse(batch[0], error);
      else if (!(await oneByOne(batch))) return later();
    }
  }
  return undefined;
}

// Decisions of one criterion and reviewer that follow each other, or one call.
function nextBatch() {
  const head = entries[0];
  if (head.call) return [head];
  const fits = (e) => e.decision && e.criterion === head.criterion && e.reviewer === head.reviewer;
  const end = entries.findIndex((e) => !fits(e));
  return entries.slice(0, Math.min(end < 0 ? entries.length : end, BATCH));
}

async function post(batch) {
  const { call, values, criterion, reviewer } = batch[0];
  if (call) {
    const answer = await rpc(call, values);
    remove(batch);
    emit("delivered", { call, values, answer });
    return;
  }
  const decisions = batch.map((e) => e.decision);
  const answer = await rpc("review_decide", { criterion, reviewer, decisions });
  remove(batch);
  emit("receipts", { ...answer, criterion, reviewer });
}

// One bad answer must not hold up the others; false when the server went away meanwhile.
async function oneByOne(batch) {
  for (const entry of batch) {
    try {
      await post([entry]);
    } catch (error) {
      if (!REFUSALS.has(error.kind)) return false;
      refuse(entry, error);
    }
  }
  return true;
}

function refuse(entry, error) {
  remove([entry]);
  toast(`An answer was not taken: ${error.message}`, { bad: true });
  if (entry.call) emit("delivered", { ...entry, answer: null });
  else emit("refused", entry.decision);
}

function remove(batch) {
  entries = entries.filter((e) => !batch.includes(e));
  store();
}

function later(error = null) {
  if (error && !(error instanceof Away) && error.message !== told) {
    told = error.message;
    toast(`Not saved yet, trying again: ${error.message}`, { bad: true });
  }
  timer = setTimeout(send, wait);
  wait = Math.min(wait * 2, 8000);
}

function store() {
  try {
    if (entries.length) {
      localStorage.setItem(prefix() + state.tab, JSON.stringify({ at: Date.now(), entries }));
    } else localStorage.removeItem(prefix() + state.tab);
  } catch { /* storage full or forbidden: answers still wait in memory */ }
  emit("unsaved", entries.length);
}

// Answers of this tab before a refresh, and of tabs that were closed before the server came back.
function recover() {
  for (const key of Object.keys(localStorage).filter((k) => k.startsWith(prefix()))) {
    const own = key === prefix() + state.tab;
    try {
      const box = JSON.parse(localStorage.getItem(key));
      if (!own && Date.now() - box.at < ORPHAN_MS) continue;
      entries.push(...box.entries);
      if (!own) localStorage.removeItem(key);
    } catch { localStorage.removeItem(key); }
  }
  if (!entries.length) return;
  store();
  send();
}

on("overview", recover);
on("back", () => { wait = 500; send(); });
window.addEventListener("beforeunload", (event) => {
  if (entries.length && state.away) event.preventDefault();
});
