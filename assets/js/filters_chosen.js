// @ts-check
// Which queues are shown, by their counts and what was chosen.

/** @import { Counts } from "./api.js" */
/** @import { Kind } from "./types.js" */

/** @type {[kind: Kind, label: string][]} */
export const QUEUES = [
  ["positive", "Positives"], ["false_negative", "False negatives"],
  ["hard_negative", "Hard negatives"], ["uncertain", "Uncertain"], ["audit", "Audit"],
];

/**
 * The chosen kinds with one more, or without it.
 * @param {ReadonlySet<Kind>} kinds
 * @param {Kind} kind
 */
export function toggled(kinds, kind) {
  const next = new Set(kinds);
  if (!next.delete(kind)) next.add(kind);
  return next;
}

/**
 * The queues to show and how many pairs wait in all: hard negatives only where there are some.
 * @param {Partial<Counts>} counts
 */
export function shownQueues(counts) {
  return {
    total: QUEUES.reduce((sum, [kind]) => sum + (counts[kind] || 0), 0),
    queues: QUEUES.filter(([kind]) => kind !== "hard_negative" || counts[kind]),
  };
}
