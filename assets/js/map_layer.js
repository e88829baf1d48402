// @ts-check
// What lies over the plot: pictures in the place of points where few are in view, the pair on
// screen, and points that glide to new places.

import { state } from "./core.js";
import { h, svg } from "./dom.js";
import { glide } from "./map_glide.js";
import { fetchPictures, paintDots, paintPictures } from "./map_pictures.js";
import { FEW, side } from "./map_places.js";
import { keep, stored } from "./storage.js";

/** @import { View } from "./map_view.js" */
/** @import { Pair, Places, Plot, PlotAxis } from "./types.js" */

/** @typedef {[x: number, y: number]} Spot */

/** Of both axes; places are in [0, 1]. @type {[number, number]} */
export const RANGE = [-0.02, 1.02];
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
    layer: h("canvas.layer"),
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

/** What is in view along both axes, null where nothing is drawn yet. @returns {View | null} */
export function viewNow() {
  const { _fullLayout: full } = scene.plot;
  return full && scene.drawn ? { across: full.xaxis.range, up: full.yaxis.range } : null;
}

/**
 * Indices in view, at most one more than `most`.
 * @param {number} most
 */
export function inView(most = Infinity) {
  const { order, at, plot } = scene;
  const across = plot._fullLayout?.xaxis.range ?? RANGE;
  const up = plot._fullLayout?.yaxis.range ?? RANGE;
  /** @param {[number, number]} range @param {number} v */
  const within = ([low, high], v) => v >= low && v <= high;
  const seen = [];
  for (const index of order) {
    if (within(across, at.x[index]) && within(up, at.y[index])) seen.push(index);
    if (seen.length > most) break;
  }
  return seen;
}

/** Indices in view and the side of their pictures; null where points stay points. */
export function picturesInView() {
  if (!scene.pictured || !state.overview?.has_images) return null;
  const seen = inView(FEW);
  if (seen.length > FEW) return null;
  return { seen, size: side(seen.length, scene.plot.clientWidth, scene.plot.clientHeight) };
}

/** Paint pictures and pair anew: places, colours or what is in view changed. */
export function paintOver() {
  if (!scene.drawn) return;
  paintLayer();
  paintPair();
}

function paintLayer() {
  const pen = cleanLayer();
  const view = picturesInView();
  scene.layer.dataset.pictures = String(view ? view.seen.length : 0);
  if (!view || !pen) return;
  const { chosen } = scene;
  const ids = view.seen.map((index) => scene.ids[index]);
  fetchPictures(ids, paintSoon);
  paintPictures(pen, ids, view.seen.map(pixel), ids.map(colourOf), view.size,
    (n) => chosen !== null && !chosen.has(view.seen[n]));
}

/** @param {string} id */
const colourOf = (id) => scene.painted.get(id) ?? UNKNOWN;

function paintSoon() {
  soon ||= requestAnimationFrame(() => {
    soon = 0;
    if (!scene.plot.matches(".gliding")) paintLayer();
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

/** Ring and join the pair on screen. */
export function paintPair() {
  const { pair, place, drawn, over } = scene;
  const a = pair && drawn ? place.get(pair.a.id) : undefined;
  const b = pair && drawn ? place.get(pair.b.id) : undefined;
  if (a === undefined || b === undefined) { over.replaceChildren(); return; }
  const [[ax, ay], [bx, by]] = [pixel(a), pixel(b)];
  const r = Math.max(7, (picturesInView()?.size ?? 0) * RING);
  over.replaceChildren(svg("line", { x1: ax, y1: ay, x2: bx, y2: by }),
    svg("circle", { cx: ax, cy: ay, r }), svg("circle", { cx: bx, cy: by, r }));
}

/**
 * Let the points glide from where they were `before`; the plot is to be drawn after it.
 * @param {{ ids: string[], at: Places }} before
 */
export async function move(before) {
  const { ids, plot, over } = scene;
  if (ids.length > GLIDE_POINTS) return;
  const old = new Map(before.ids.map((id, index) => [id, index]));
  const paths = ids.map((id, index) => {
    const was = old.get(id);
    return [was === undefined ? pixel(index) : spot(before.at.x[was], before.at.y[was]), pixel(index)];
  });
  const fills = ids.map(colourOf);
  const view = picturesInView();
  over.replaceChildren();
  plot.classList.add("gliding");
  await glide((t) => {
    const spots = paths.map(([[x0, y0], [x1, y1]]) =>
      /** @type {Spot} */ ([x0 + (x1 - x0) * t, y0 + (y1 - y0) * t]));
    const pen = cleanLayer();
    if (!pen) return;
    paintDots(pen, spots, fills, diameter(spots.length));
    if (view) paintPictures(pen, ids, spots, fills, view.size);
  });
}
