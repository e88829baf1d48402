// @ts-check
// A grid of supposed members: what is said of each tile, and which one the arrow keys are at.

import { stepOf } from "./teach_keys.js";

/** @import { SweepTile } from "./api.js" */

/**
 * What is said of tiles that are not in the group: item -> the group it is in, null where nobody said.
 * A tile that is not among them is in the group.
 * @typedef {ReadonlyMap<string, string | null>} Marks
 */

/**
 * The next thing to say of a tile: in the group, in the group it is likeliest in else, in none that
 * is named, in the group again. `known` tells whether a group is still there.
 * @param {Marks} marks
 * @param {Pick<SweepTile, "id" | "other">} tile
 * @param {(group: string) => boolean} known
 * @returns {Marks}
 */
export function toggled(marks, { id, other }, known) {
  if (!marks.has(id)) return said(marks, id, other !== null && known(other) ? other : null);
  return marks.get(id) === null ? ticked(marks, id) : said(marks, id, null);
}

/**
 * A tile is put into a group; into the grid's own one is a tick.
 * @param {Marks} marks @param {string} tile @param {string} to @param {string} group the grid's
 */
export const moved = (marks, tile, to, group) =>
  (to === group ? ticked(marks, tile) : said(marks, tile, to));

/** @param {Marks} marks @param {string} tile @param {string | null} to @returns {Marks} */
const said = (marks, tile, to) => new Map([...marks, [tile, to]]);

/** @param {Marks} marks @param {string} tile @returns {Marks} */
const ticked = (marks, tile) => new Map([...marks].filter(([id]) => id !== tile));

/**
 * None is in the group; where one was put stays.
 * @param {{ id: string }[]} tiles @param {Marks} marks @returns {Marks}
 */
export const allWrong = (tiles, marks) => new Map(tiles.map(({ id }) => [id, marks.get(id) ?? null]));

/**
 * The answer that a grid comes to.
 * @param {{ id: string }[]} tiles @param {Marks} marks
 */
export const answerOf = (tiles, marks) => ({
  members: tiles.filter(({ id }) => !marks.has(id)).map(({ id }) => id),
  wrong: Object.fromEntries(tiles.filter(({ id }) => marks.has(id))
    .map(({ id }) => [id, marks.get(id) ?? null])),
});

/**
 * What the answer's button says.
 * @param {number} members @param {number} all @param {string} name
 */
export function toldAs(members, all, name) {
  if (members === 0) return `None is ${name}`;
  if (members === 1) return `One is ${name}`;
  return members === all ? `All ${all} are ${name}` : `These ${members} are ${name}`;
}

/**
 * Where an arrow key leads from a tile, null where the key is none. Beyond the edge it stays; from
 * nowhere (-1) it leads to the first.
 * @param {string} key @param {number} at @param {number} columns @param {number} count
 */
export function stepped(key, at, columns, count) {
  const step = stepOf(key, columns);
  if (!step) return null;
  if (at < 0) return 0;
  const next = at + step;
  return next < 0 || next >= count ? at : next;
}
