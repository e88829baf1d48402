// @ts-check
// What lies near what on the map: what is alike, or what was near on the earth, where coordinates are
// known. The owner of the coordinates and of that choice.

import { rpc } from "./core.js";
import { h } from "./dom.js";
import { project } from "./map_earth.js";
import { arrange } from "./map_places.js";
import { keep, stored } from "./storage.js";
import { makeQuiet } from "./trouble.js";

/** @import { Coordinates, Points } from "./api.js" */

/**
 * The choice: its `element`, `learn(points)` before points are placed, `places(points, width, height)`
 * with the projection (null by likeness), `placed(points)` how many of them have a place, and
 * `isOnEarth(points)`.
 * @param {() => unknown} changed runs after another choice
 */
export function makeArrangement(changed) {
  /** @type {Coordinates | null} */
  let where = null;
  let chosen = stored("local", "arrangement", "likeness");
  const quietly = makeQuiet();
  const select = h("select", { "aria-label": "Arrange by", onchange: choose },
    ...["likeness", "place"].map((name) =>
      h("option", { value: name, selected: name === chosen }, name)));
  const element = h("label", { hidden: true, title: "What lies near what" }, select);

  function choose() {
    chosen = select.value;
    keep("local", "arrangement", chosen);
    select.blur();
    return changed();
  }

  /** @param {Points} points */
  const wanted = (points) => points.on_earth && chosen !== "likeness";

  /** @param {Points} points */
  const isOnEarth = (points) => wanted(points) && where !== null && where.key === points.key;

  /** @param {Points} points */
  async function learn(points) {
    element.hidden = !points.on_earth;
    if (!wanted(points) || isOnEarth(points)) return;
    where = (await quietly(() => rpc("map_coordinates"))) ?? null;
  }

  /** @param {Points} points @param {number} width @param {number} height */
  function places(points, width, height) {
    const made = where && isOnEarth(points) ? project(where, width, height) : null;
    return made ?? { at: arrange(points, width, height), projection: null };
  }

  /** @param {Points} points */
  const placed = (points) => (where && isOnEarth(points)
    ? where.lat.reduce((/** @type {number} */ sum, v) => sum + (v === null ? 0 : 1), 0) : points.ids.length);

  return { element, learn, places, placed, isOnEarth };
}
