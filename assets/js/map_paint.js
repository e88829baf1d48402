// @ts-check
// What is painted over the plot: pictures in the place of points where few are in view and in the middle
// of clusters where many are, names of groups, rings round hits and the pair on screen, and points that
// glide to new places.

import { svg } from "./dom.js";
import { glide } from "./map_glide.js";
import { diameter, isPlaced, picturesInView, pixel, scene, spot } from "./map_layer.js";
import { paintNames } from "./map_names.js";
import { fetchPictures, paintDots, paintPictures } from "./map_pictures.js";

/** @import { Pictured, Spot } from "./map_layer.js" */
/** @import { Places } from "./types.js" */

const GLIDE_POINTS = 20_000;
const RING = 0.68; // radius of rings, by the side of a picture
const UNKNOWN = "#97a0ac";

let soon = 0;

/** @type {Pictured & { spots: Spot[] }} */
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

/** @param {Pictured | null} view */
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
