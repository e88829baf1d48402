// @ts-check
// How far the first images have come, and when a criterion still lacks words.

/** @import { CriterionRow, Status } from "./api.js" */

const FIRST = 500; // review starts then
const UNWORDED = "belongs together";

/**
 * Items after which review starts.
 * @param {Pick<Status, "items">} status
 */
export const goalOf = ({ items }) => Math.min(FIRST, items || FIRST);

/**
 * Whether the first items are still being taken in.
 * @param {Pick<Status, "stage" | "embedded" | "items">} status
 */
export const isArriving = (status) =>
  (status.stage === "scanning" || status.stage === "encoding") && status.embedded < goalOf(status);

/**
 * Items encoded so far: those in the space, or as the encoder counts them before there is one.
 * @param {Pick<Status, "embedded" | "items" | "progress">} status
 */
export const encodedOf = ({ embedded, items, progress }) => Math.max(embedded, Math.round(progress * items));

/**
 * Whether the only criterion is the one that every workspace begins with, and nobody has answered yet.
 * @param {Pick<CriterionRow, "title" | "question">[]} criteria
 * @param {Pick<Status, "decisions">} status
 */
export const isUnworded = (criteria, { decisions }) =>
  criteria.length === 1 && criteria[0].title === UNWORDED && !criteria[0].question && decisions === 0;
