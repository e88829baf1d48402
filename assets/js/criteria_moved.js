// @ts-check
// What became of the criteria while the page was open, in words. It knows neither page nor server.

/** @import { CriterionRow, Overview } from "./api.js" */
/** @typedef {Pick<Overview, "criteria" | "deleted_criteria">} Criteria */

/**
 * One sentence for each criterion that was deleted, renamed or reworded between two looks.
 * @param {Criteria} before
 * @param {Criteria} after
 */
export function moved(before, after) {
  return before.criteria.flatMap((old) => {
    const now = after.criteria.find(({ name }) => name === old.name);
    if (now) return reworded(old, now);
    return [`“${old.title}” was deleted; its answers are kept, and + brings it back.`];
  });
}

/** @param {CriterionRow} old @param {CriterionRow} now */
function reworded(old, now) {
  const told = [];
  if (old.title !== now.title) told.push(`“${old.title}” is called “${now.title}” now.`);
  if (old.question !== now.question) {
    told.push(`“${now.title}” ${now.question ? `asks now: “${now.question}”` : "has no question now."}`);
  }
  return told;
}

/**
 * The criterion that is called so, by name or title, and whether it is deleted; undefined where none is.
 * @param {Criteria} known
 * @param {string} called
 */
export function calledSo({ criteria, deleted_criteria: deleted }, called) {
  const all = [...criteria, ...deleted];
  const row = all.find(({ name }) => name === called) ?? all.find(({ title }) => title === called);
  return row && { row, isDeleted: deleted.includes(row) };
}
