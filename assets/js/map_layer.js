// @ts-check
// The map as it is drawn: its elements, where its points lie on the screen, and which of them have a
// picture in this view.

import { state } from "./core.js";
import { h, svg } from "./dom.js";
import { makeGround } from "./map_ground.js";
import { landmarks, levelOf, pictureSide } from "./map_landmarks.js";
import { FEW, RANGE, side } from "./map_places.js";
import { keep, stored } from "./storage.js";

/** @import { Projection } from "./map_earth.js" */
/** @import { Landmarks } from "./map_landmarks.js" */
/** @import { Label } from "./map_names.js" */
/** @import { View } from "./map_view.js" */
/** @import { Pair, Places, Plot, PlotAxis } from "./types.js" */

/** @typedef {[x: number, y: number]} Spot */
/** @typedef {{ seen: number[], size: number, every: boolean }} Pictured indices with a picture, its side,
 *  and whether each point in view has one */

/**
 * The map as it is drawn; `order` says which index of `ids` and `at` a drawn point has.
 * @type {ReturnType<typeof build>}
 */
export let scene;

/** Make the elements of the map; its panel shows them. */
export function openScene() {
  scene = build();
  return scene;
}

function build() {
  return {
    plot: /** @type {Plot} */ (/** @type {unknown} */ (h("div.plot"))),
    ground: makeGround(),
    layer: h("canvas.layer"),
    names: h("div.map-names", { "aria-hidden": "true" }),
    over: svg("svg", { class: "over" }),
    drawn: false,
    /** @type {string[]} */
    ids: [],
    /** @type {Places} */
    at: { x: [], y: [] },
    /** @type {number[]} */
    order: [],
    /** @type {Map<string, number>} */
    place: new Map(), // item id -> index
    /** @type {Map<string, string>} */
    painted: new Map(), // item id -> its colour
    /** @type {Set<number> | null} */
    chosen: null, // indices inside the lasso
    /** @type {Pair | null} */
    pair: null,
    /** @type {string[]} */
    hits: [], // ids that a search found
    /** @type {Label[]} */
    labels: [],
    /** @type {Projection | null} */
    projection: null, // of the geographic map
    /** @type {Set<string>} */
    only: new Set(), // entries of the legend whose points are shown; none: all are
    pictured: stored("local", "pictures", "yes") === "yes",
  };
}

/**
 * Diameter of a plain point among n.
 * @param {number} n
 */
export const diameter = (n) => (n > 20_000 ? 3 : n > 3000 ? 4 : n > 600 ? 5.5 : 7);

/** @param {boolean} yes */
export function pictured(yes) {
  scene.pictured = yes;
  keep("local", "pictures", yes ? "yes" : "no");
}

/** @param {PlotAxis} axis @param {number} v */
const along = ({ range: [low, high], _length }, v) => ((v - low) / (high - low)) * _length;

/**
 * Pixels of a place. Plotly's own conversion lags behind while the map is dragged.
 * @param {number} x @param {number} y
 * @returns {Spot}
 */
export function spot(x, y) {
  const { _fullLayout: full } = scene.plot;
  if (!full) return [0, 0]; // not drawn yet
  const { xaxis, yaxis } = full;
  return [xaxis._offset + along(xaxis, x), yaxis._offset + yaxis._length - along(yaxis, y)];
}

/** @param {number} index */
export const pixel = (index) => spot(scene.at.x[index], scene.at.y[index]);

/** @param {number} index */
export const isPlaced = (index) => Number.isFinite(scene.at.x[index]);

/** What is in view along both axes, null where nothing is drawn yet. @returns {View | null} */
export function viewNow() {
  const { _fullLayout: full } = scene.plot;
  return full && scene.drawn ? { across: full.xaxis.range, up: full.yaxis.range } : null;
}

/** Whether the point of an index lies in the view. */
export function isInView() {
  const { at, plot } = scene;
  const [left, right] = plot._fullLayout?.xaxis.range ?? RANGE;
  const [low, high] = plot._fullLayout?.yaxis.range ?? RANGE;
  return (/** @type {number} */ index) =>
    at.x[index] >= left && at.x[index] <= right && at.y[index] >= low && at.y[index] <= high;
}

/**
 * Indices in view, at most one more than `most`.
 * @param {number} most
 */
export function inView(most = Infinity) {
  const isSeen = isInView();
  const seen = [];
  for (const index of scene.order) {
    if (isSeen(index)) seen.push(index);
    if (seen.length > most) break;
  }
  return seen;
}

/**
 * What has a picture in this view: every point where few are in view, else the middle of each cluster;
 * on the geographic map always the latter, as many may lie in one place. Null where points stay points.
 * @returns {Pictured | null}
 */
export function picturesInView() {
  if (!scene.pictured || !state.overview?.has_images) return null;
  const { plot, projection } = scene;
  if (!projection) {
    const seen = inView(FEW);
    const few = side(seen.length, plot.clientWidth, plot.clientHeight);
    if (seen.length <= FEW) return { seen, size: few, every: true };
  }
  const size = pictureSide(plot.clientWidth, plot.clientHeight);
  return { seen: landmarksOf(size).indices.filter(isInView()), size, every: false };
}

/** @type {{ order: number[], at: Places, levels: Map<string, Landmarks> }} */
let known = { order: [], at: { x: [], y: [] }, levels: new Map() };

/**
 * The landmarks of this view's level, of the whole map: found once for each.
 * @param {number} size
 */
function landmarksOf(size) {
  const { order, at, plot, projection } = scene;
  if (known.order !== order || known.at !== at) known = { order, at, levels: new Map() };
  const level = levelOf(plot._fullLayout?.xaxis.range ?? RANGE, RANGE);
  const [width, height] = [plot.clientWidth, plot.clientHeight];
  const name = `${level} ${width} ${height}`;
  const found = known.levels.get(name)
    ?? landmarks(order, at, { level, width, height, side: size, all: projection !== null });
  known.levels.set(name, found);
  return found;
}

/**
 * How many points the picture of a cluster stands for.
 * @param {number} index
 */
export function countOf(index) {
  const { plot } = scene;
  const { indices, counts } = landmarksOf(pictureSide(plot.clientWidth, plot.clientHeight));
  return counts[indices.indexOf(index)] ?? 1;
}
