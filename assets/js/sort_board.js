// @ts-check
// The groups as the page knows them: those of the server, and those that answers on their way make.

import { state } from "./core.js";
import { unsentSorts } from "./outbox.js";
import { assigned, withMade } from "./sort_groups.js";
import { keep, stored } from "./storage.js";

/** @import { SortGroup } from "./api.js" */
/** @import { Call, SortName } from "./types.js" */

/**
 * `told` as the server told them last, `groups` with those on their way; `places` are the identities of
 * the groups that have keys, kept over a reload.
 * @typedef {{ told: SortGroup[], groups: SortGroup[], places: string[] }} Board
 */

const placesName = () => `sort.keys.${state.overview?.path}.${state.criterion}`;

/** Of a criterion whose groups are not told yet. @returns {Board} */
export const emptyBoard = () =>
  ({ told: [], groups: [], places: stored("session", placesName(), "").split("\n").filter(Boolean) });

/**
 * The groups of a board are these now.
 * @param {Board} board @param {SortGroup[]} told
 * @returns {Board}
 */
export function laid({ places }, told) {
  const groups = withMade(told, unsent().flatMap(madeBy));
  const next = assigned(places, groups);
  keep("session", placesName(), next.join("\n"));
  return { told, groups, places: next };
}

/** @param {Call<SortName>} sent */
const madeBy = ({ values }) =>
  ("new" in values && values.new ? [{ item: values.item, name: values.new }] : []);

const unsent = () => unsentSorts().filter(({ values }) => values.criterion === state.criterion);

/** Items whose answers are on their way. */
export const unsavedItems = () => unsent().flatMap(({ values }) => itemsIn(values));

/** @param {Call<SortName>["values"]} values */
function itemsIn(values) {
  if ("item" in values) return [values.item];
  return "group" in values ? [...values.members ?? [], ...Object.keys(values.wrong ?? {})] : [];
}
