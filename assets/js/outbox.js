// @ts-check
// Answers wait here until the server has them: kept in local storage, sent in order, retried by
// decision id or key (the server takes a repeated one as the same answer).

import { rpc, state, workspace } from "./core.js";
import { toast, uuid } from "./dom.js";
import { emit, on } from "./events.js";
import { isAnswer, isCall, isSort, isTeach, opened, Queue } from "./outbox_queue.js";
import { forget, keep, stored, storedNames } from "./storage.js";
import { Away, makeQuiet, messageOf } from "./trouble.js";

/** @import { Call, NewDecision, Pair, Values } from "./types.js" */
/** @import { Entry } from "./outbox_queue.js" */

const ORPHAN_MS = 60_000;

const queue = new Queue({ post, changed, taken, refused, trouble });
let kept = true; // whether the browser keeps what waits

/** What went wrong the last times; told once until something is sent. */
const quietly = makeQuiet((text) => toast(`Not saved yet, trying again: ${text}`, { bad: true }));

const prefix = () => `outbox.${workspace().path}.`;
const own = () => prefix() + state.tab;

export const unsaved = () => queue.entries.filter(isAnswer).length;
export const unsavedPairs = () => queue.pairs();
/** Picks and undos of a session that wait, oldest first: {call, values}. */
export const unsentCalls = () => queue.entries.filter(isTeach);
/** Answers of Sort that wait, oldest first. */
export const unsentSorts = () => queue.entries.filter(isSort);
/** Resolves once everything is stored at the server; throws when it cannot be. */
export const drained = () => queue.drained();

/** Take up what waited before a refresh, and listen; once. */
export function mountOutbox() {
  on("begun", recover);
  on("back", () => { void queue.hurry(); });
  window.addEventListener("beforeunload", (event) => {
    if (queue.entries.length && (state.away || !kept)) event.preventDefault();
  });
}

/**
 * Put a decision in the box and send it; `items` lets lists show it at once.
 * @param {NewDecision} decision
 * @param {Pair | null} [items]
 */
export function decide(decision, items = null) {
  const whole = { id: uuid(), ...decision, generation: decision.generation ?? state.status?.generation ?? 0 };
  const { criterion, reviewer } = state;
  void queue.add({ criterion, reviewer, decision: whole });
  emit("decided", { ...whole, items });
  return whole;
}

/**
 * Put a call with a `key` or a `batch_id` among its `values` in the box; event `delivered`, or `sorted`
 * for an answer of Sort: it and its `answer`.
 * @template {Call["call"]} K
 * @param {K} call
 * @param {Values<K>} values
 */
export function deliver(call, values) {
  void queue.add(/** @type {Call} */ ({ call, values: { ...values, reviewer: state.reviewer } }));
}

/** @param {Entry[]} batch */
function post(batch) {
  const [head] = batch;
  if (isCall(head)) return rpc(head.call, head.values);
  const { criterion, reviewer } = head;
  return rpc("review_decide", {
    criterion, reviewer, decisions: batch.filter(isAnswer).map((e) => e.decision),
  });
}

/** @param {Entry[]} batch @param {any} answer */
function taken([head], answer) {
  void quietly(() => undefined);
  if (isCall(head)) left(head, answer);
  else emit("receipts", { ...answer, criterion: head.criterion, reviewer: head.reviewer });
}

/** @param {Entry} entry @param {unknown} error */
function refused(entry, error) {
  toast(`An answer was not taken: ${messageOf(error)}`, { bad: true });
  if (isCall(entry)) left(entry, null);
  else emit("refused", entry.decision);
}

/** @param {Call} call @param {any} answer */
function left(call, answer) {
  if (isSort(call)) emit("sorted", { ...call, answer });
  else emit("delivered", { ...call, answer });
}

/** @param {unknown} error */
function trouble(error) {
  void quietly(() => {
    if (!(error instanceof Away) || kept) throw error;
    throw new Error("This browser keeps nothing for the page: leave it open until the server is back.");
  });
}

function changed() {
  if (!queue.entries.length) forget("local", own());
  else kept = keep("local", own(), JSON.stringify({ at: Date.now(), entries: queue.entries }));
  emit("unsaved", queue.entries.length);
}

// Answers of this tab before a refresh, and of tabs that were closed before the server came back.
function recover() {
  const found = storedNames("local", prefix()).flatMap(takeUp);
  if (found.length) void queue.add(...found);
}

/** @param {string} name @returns {Entry[]} */
function takeUp(name) {
  const text = stored("local", name, "");
  const ours = name === own();
  try {
    const { at, entries } = opened(text);
    if (!ours && Date.now() - at < ORPHAN_MS) return [];
    if (!ours) forget("local", name);
    return entries;
  } catch {
    setAside(name, text);
    return [];
  }
}

// What cannot be read is not thrown away: somebody may.
/** @param {string} name @param {string} text */
function setAside(name, text) {
  const aside = `unreadable.${name}`;
  if (keep("local", aside, text)) forget("local", name);
  toast("Answers that waited in this browser cannot be read; they stay in its storage as "
    + `“curation.${aside}”.`, { bad: true });
}
