// @ts-check
// Which answers are probably slips: those that most contradictions hang on, one card each.

/** @import { Conflict, DecisionRow } from "./api.js" */

/** @typedef {{ decision: DecisionRow, explains: Conflict[] }} Culprit */

/**
 * The answer that is in most contradictions, then the one in most of those left, and so on. Of equals
 * the one that came against earlier ones, then the newest.
 * @param {Conflict[]} conflicts
 * @returns {Culprit[]}
 */
export function culprits(conflicts) {
  const found = [];
  for (let left = conflicts; left.length;) {
    const best = worst(left);
    const explains = left.filter((one) => involved(one).some(({ id }) => id === best.id));
    found.push({ decision: best, explains });
    left = left.filter((one) => !explains.includes(one));
  }
  return found;
}

/** @param {Conflict} conflict */
const involved = ({ decision, path }) => [decision, ...path];

/** @param {Conflict[]} conflicts */
function worst(conflicts) {
  const all = conflicts.flatMap(involved);
  const accused = new Set(conflicts.map(({ decision }) => decision.id));
  /** @param {DecisionRow} one */
  const times = ({ id }) => all.filter((other) => other.id === id).length;
  /** @param {DecisionRow} a @param {DecisionRow} b */
  const order = (a, b) => times(b) - times(a)
    || Number(accused.has(b.id)) - Number(accused.has(a.id)) || b.seq - a.seq;
  return [...all].sort(order)[0];
}
