// @ts-check
// What Sort says around a question: why it asks this one, and what is when there is none.

import { h } from "./dom.js";
import { done, emptyState, message } from "./review_empty.js";

/** @import { Question } from "./sort_buffer.js" */

/**
 * Why the product asks a question that it chose by itself.
 * @param {Question} question
 * @param {(group: string) => string} nameOf
 */
export function why(question, nameOf) {
  if (question.form === "name") return "a name moves most images per second now";
  if (question.form === "merge") return "two groups look like one";
  return `checking ${nameOf(question.group)} moves most images per second now`;
}

/**
 * Nothing is asked: not yet, not for now, or not in the form that the person `stays` in.
 * @param {{ trouble: string | null, finished: string | null, stays: boolean, again: () => void,
 *   free: () => void }} told
 */
export function nothing({ trouble, finished, stays, again, free }) {
  if (finished === null || trouble !== null) {
    return emptyState({ error: trouble, finished, tally: {}, filtered: false, again, showAll: again });
  }
  if (!stays) return done(finished, again);
  return message("Nothing of this kind to ask", finished,
    h("button.primary", { onclick: free }, "Choose for me"));
}
