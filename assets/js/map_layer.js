// @ts-check
// What lies over the plot: pictures in the place of points where few are in view and in the middle of
// clusters where many are, names of groups, rings round hits and the pair on screen, and points that
// glide to new places.

import { state } from "./core.js";
import { h, svg } from "./dom.js";
import { glide } from "./map_glide.js";
import { makeGround } from "./map_ground.js";
import { landmarks, levelOf, pictureSide } from "./map_landmarks.js";
import { paintNames } from "./map_names.js";
import { fetchPictures, paintDots, paintPictures } from "./map_pictures.js";
import { FEW, RANGE, side } from "./map_places.js";
import { keep, stored } from "./storage.js";

/** @import { Projection } from "./map_earth.js" */
/** @import { Landmarks } from "./map_landmarks.js" */
/** @import { Label } from "./map_names.js" */
/** @import { Pair, Places, Plot, PlotAxis } from "./types.js" */

/** @typedef {[x: number, y: number]} Spot */
/** @typedef {{ seen: number[], size: number, every: boolean }} View indices with a picture, its side, and
 *  whether each point in view has one */

const GLIDE_POINTS = 20_000;
const RING = 0.68; // radius of the pair's rings, by the side of a picture
const UNKNOWN = "#97a0ac";

/**
 * The map as it is drawn; `order` says which index of `ids` and `at` a drawn point has.
 * @type {ReturnType<typeof build>}
 */
export let scene;

let soon = 0;

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
function spot(x, y) {
  const { _fullLayout: full } = scene.plot;
  if (!full) return [0, 0]; // not drawn yet
  const { xaxis, yaxis } = full;
  return [xaxis._offset + along(xaxis, x), yaxis._offset + yaxis._length - along(yaxis, y)];
}

/** @param {number} index */
const pixel = (index) => spot(scene.at.x[index], scene.at.y[index]);

/** @param {number} index */
const isPlaced = (index) => Number.isFinite(scene.at.x[index]);

/**
 * What has a picture in this view: every point where few are in view, else the middle of each cluster;
 * on the geographic map always the latter, as many may lie in one place. Null where points stay points.
 * @returns {View | null}
 */
export function picturesInView() {
  if (!scene.pictured || !state.overview?.has_images) return null;
  const { order, plot, projection } = scene;
  const within = inView();
  if (!projection) {
    const seen = [];
    for (const index of order) {
      if (within(index)) seen.push(index);
      if (seen.length > FEW) break;
    }
    if (seen.length <= FEW) {
      return { seen, size: side(seen.length, plot.clientWidth, plot.clientHeight), every: true };
    }
  }
  const size = pictureSide(plot.clientWidth, plot.clientHeight);
  return { seen: landmarksOf(size).indices.filter(within), size, every: false };
}

/** Whether the point of an index lies in the view. */
export function inView() {
  const { at, plot } = scene;
  const [left, right] = plot._fullLayout?.xaxis.range ?? RANGE;
  const [low, high] = plot._fullLayout?.yaxis.range ?? RANGE;
  return (/** @type {number} */ index) =>
    at.x[index] >= left && at.x[index] <= right && at.y[index] >= low && at.y[index] <= high;
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

/** @type {View & { spots: Spot[] }} */
let covering = { seen: [], spots: [], size: 0, every: false }; // pictures of clusters, over other points

/**
 * The index of the picture of a cluster at a place of the window, -1 where there is none.
 * @param {{ clientX: number, clientY: number }} event
 */
export function pictureAt({ clientX, clientY }) {
  const box = scene.plot.getBoundingClientRect();
  const [x, y] = [clientX - box.left, clientY - box.top];
  const { seen, spots, size } = covering;
  const hit = spots.findLastIndex(([left, top]) =>
    Math.abs(left - x) <= size / 2 && Math.abs(top - y) <= size / 2);
  return hit < 0 ? -1 : seen[hit];
}

/** Paint all that lies over the points anew: places, colours or what is in view changed. */
export function paintOver() {
  if (!scene.drawn) return;
  const view = picturesInView();
  paintLayer(view);
  paintRings(view);
  paintNames(scene.names, view?.every ? [] : scene.labels, spot);
  scene.ground.paint(scene.plot, scene.projection);
}

/** @param {View | null} view */
function paintLayer(view) {
  const pen = cleanLayer();
  scene.layer.dataset.pictures = String(view ? view.seen.length : 0);
  const spots = view?.seen.map(pixel) ?? [];
  covering = view && !view.every ? { ...view, spots } : { seen: [], spots: [], size: 0, every: false };
  if (!view || !pen) return;
  const { chosen } = scene;
  const ids = view.seen.map((index) => scene.ids[index]);
  fetchPictures(ids, paintSoon);
  paintPictures(pen, ids, spots, ids.map(colourOf), view.size,
    (n) => chosen !== null && !chosen.has(view.seen[n]));
}

/** @param {string} id */
const colourOf = (id) => scene.painted.get(id) ?? UNKNOWN;

function paintSoon() {
  soon ||= requestAnimationFrame(() => {
    soon = 0;
    if (!scene.plot.matches(".gliding")) paintLayer(picturesInView());
  });
}

function cleanLayer() {
  const ratio = window.devicePixelRatio || 1;
  const { clientWidth, clientHeight } = scene.plot;
  const [width, height] = [Math.round(clientWidth * ratio), Math.round(clientHeight * ratio)];
  const { layer } = scene;
  if (layer.width !== width || layer.height !== height) Object.assign(layer, { width, height });
  const pen = layer.getContext("2d");
  pen?.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen?.clearRect(0, 0, clientWidth, clientHeight);
  return pen;
}

/** Ring what was found and the pair on screen, and join the pair. */
export function paintRings(view = picturesInView()) {
  const { pair, place, drawn, over, hits } = scene;
  const shown = new Set(view?.seen);
  /** @param {string} id */
  const placeOf = (id) => {
    const index = drawn ? place.get(id) : undefined;
    return index !== undefined && isPlaced(index) ? index : undefined;
  };
  /** @param {number} index @param {string} name */
  const ring = (index, name) => {
    const [cx, cy] = pixel(index);
    const across = shown.has(index) ? view?.size ?? 0 : 0;
    return svg("circle", { class: name, cx, cy, r: Math.max(7, across * RING) });
  };
  const found = hits.map(placeOf).filter((index) => index !== undefined);
  over.replaceChildren(...found.map((index) => ring(index, "hit")));
  const [a, b] = pair ? [placeOf(pair.a.id), placeOf(pair.b.id)] : [];
  if (a === undefined || b === undefined) return;
  const [[ax, ay], [bx, by]] = [pixel(a), pixel(b)];
  over.append(svg("line", { x1: ax, y1: ay, x2: bx, y2: by }), ring(a, "of-pair"), ring(b, "of-pair"));
}

/**
 * Let the points glide from where they were `before`; the plot is to be drawn after it. Nothing does
 * while the legend hides some: what each will be is known once it is drawn.
 * @param {{ ids: string[], at: Places }} before
 */
export async function move(before) {
  const { plot, over, names } = scene;
  if (scene.ids.length > GLIDE_POINTS || scene.only.size) return;
  const old = new Map(before.ids.map((id, index) => [id, index]));
  const placed = [...scene.ids.keys()].filter(isPlaced);
  const paths = placed.map((index) => {
    const was = old.get(scene.ids[index]);
    const start = was === undefined || !Number.isFinite(before.at.x[was])
      ? pixel(index) : spot(before.at.x[was], before.at.y[was]);
    return [start, pixel(index)];
  });
  const fills = placed.map((index) => colourOf(scene.ids[index]));
  const view = picturesInView();
  const seen = new Set(view?.seen);
  const above = [...placed.keys()].filter((n) => seen.has(placed[n]));
  const ids = above.map((n) => scene.ids[placed[n]]);
  over.replaceChildren();
  names.replaceChildren();
  scene.ground.paint(plot, null);
  plot.classList.add("gliding");
  await glide((t) => {
    const spots = paths.map(([[x0, y0], [x1, y1]]) =>
      /** @type {Spot} */ ([x0 + (x1 - x0) * t, y0 + (y1 - y0) * t]));
    const pen = cleanLayer();
    if (!pen) return;
    paintDots(pen, spots, fills, diameter(spots.length));
    paintPictures(pen, ids, above.map((n) => spots[n]), above.map((n) => fills[n]), view?.size ?? 0);
  });
}
