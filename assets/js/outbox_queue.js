// @ts-check
// What waits for the server, in order: sent in batches, again and again until it is taken or refused.
// It knows neither the page nor the server: both are handed in.

import { pairKey, plural } from "./format.js";
import { Away, kindOf } from "./trouble.js";

/** @import { Call, Decision, SortName, TeachName } from "./types.js" */

/** @typedef {{ criterion: string, reviewer: string, decision: Decision }} Answer */
/** @typedef {Answer | Call} Entry */

/**
 * What the queue works with: `post` sends one call, or decisions of one criterion and reviewer;
 * `changed` follows every change of `entries`; `taken` and `refused` hear what came of them once they
 * have left, `trouble` why they could not be sent.
 * @typedef {object} Ways
 * @property {(batch: Entry[]) => Promise<any>} post
 * @property {() => void} changed
 * @property {(batch: Entry[], answer: any) => void} taken
 * @property {(entry: Entry, error: unknown) => void} refused
 * @property {(error: unknown) => void} trouble
 */

const BATCH = 20;
// The answer itself is at fault; any other failure (a full disk, a bug) is the server's: try again.
const REFUSALS = new Set(["DecisionError", "UnknownName", "InvalidRequest"]);
const FIRST_MS = 500;
const LONGEST_MS = 8000;

/** @type {(entry: Entry) => entry is Call} */
export const isCall = (entry) => "call" in entry;
/** @type {(entry: Entry) => entry is Call<SortName>} */
export const isSort = (entry) => isCall(entry) && entry.call.startsWith("sort_");
/** @type {(entry: Entry) => entry is Call<TeachName>} */
export const isTeach = (entry) => isCall(entry) && entry.call.startsWith("teach_");
/** @type {(entry: Entry) => entry is Answer} */
export const isAnswer = (entry) => "decision" in entry;

/** @param {unknown} error */
const isRefusal = (error) => REFUSALS.has(kindOf(error));

/**
 * The first entries that go together: one call, or decisions of one criterion and reviewer.
 * @param {Entry[]} entries
 * @returns {Entry[]}
 */
export function nextBatch(entries) {
  const [head] = entries;
  if (!isAnswer(head)) return [head];
  const fits = (/** @type {Entry} */ e) =>
    isAnswer(e) && e.criterion === head.criterion && e.reviewer === head.reviewer;
  const end = entries.findIndex((e) => !fits(e));
  return entries.slice(0, Math.min(end < 0 ? entries.length : end, BATCH));
}

/**
 * The entries of a box as the browser kept it; throws where it holds anything else.
 * @param {string} text
 * @returns {{ at: number, entries: Entry[] }}
 */
export function opened(text) {
  const { at, entries } = JSON.parse(text);
  const whole = (/** @type {any} */ e) => typeof e?.call === "string"
    || (typeof e?.decision?.id === "string" && typeof e.criterion === "string");
  if (!Array.isArray(entries) || !entries.every(whole)) throw new Error("no box of answers");
  return { at: Number(at) || 0, entries };
}

/** A queue of entries over `ways`. */
export class Queue {
  /** @param {Ways} ways */
  constructor(ways) {
    /** @type {Entry[]} */
    this.entries = [];
    this.ways = ways;
    this.wait = FIRST_MS;
    /** @type {Promise<void> | null} */
    this.sending = null;
    this.timer = 0;
  }

  /** @param {...Entry} entries */
  add(...entries) {
    this.entries.push(...entries);
    this.ways.changed();
    return this.send();
  }

  /** Keys of the pairs whose answers wait. */
  pairs() {
    return this.entries.filter(isAnswer).map(({ decision: { a, b } }) => pairKey(a, b));
  }

  /** Send what waits; one at a time, and a failure is tried again by itself. */
  send() {
    this.sending ??= this.pump().finally(() => { this.sending = null; });
    return this.sending;
  }

  /** The server is back: try at once, and soon again. */
  hurry() {
    this.wait = FIRST_MS;
    return this.send();
  }

  /** Resolves once everything is at the server; throws Away when it cannot be. */
  async drained() {
    await this.send();
    if (this.entries.length) throw new Away(`Not saved yet: ${plural(this.entries.length, "answer")}.`);
  }

  async pump() {
    clearTimeout(this.timer);
    while (this.entries.length) {
      const batch = nextBatch(this.entries);
      try {
        await this.post(batch);
        this.wait = FIRST_MS;
      } catch (error) {
        if (!isRefusal(error)) { this.later(error); return; }
        if (batch.length === 1) this.refuse(batch[0], error);
        else if (!(await this.oneByOne(batch))) return;
      }
    }
  }

  /** @param {Entry[]} batch */
  async post(batch) {
    const answer = await this.ways.post(batch);
    this.remove(batch);
    this.ways.taken(batch, answer);
  }

  // One bad answer must not hold up the others; false when the server went away meanwhile.
  /** @param {Entry[]} batch */
  async oneByOne(batch) {
    for (const entry of batch) {
      try {
        await this.post([entry]);
      } catch (error) {
        if (!isRefusal(error)) { this.later(error); return false; }
        this.refuse(entry, error);
      }
    }
    return true;
  }

  /** @param {Entry} entry @param {unknown} error */
  refuse(entry, error) {
    this.remove([entry]);
    this.ways.refused(entry, error);
  }

  /** @param {Entry[]} batch */
  remove(batch) {
    this.entries = this.entries.filter((e) => !batch.includes(e));
    this.ways.changed();
  }

  /** @param {unknown} error */
  later(error) {
    this.ways.trouble(error);
    this.timer = setTimeout(() => { void this.send(); }, this.wait);
    this.wait = Math.min(this.wait * 2, LONGEST_MS);
  }
}
