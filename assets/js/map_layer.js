// What lies over the plot: pictures in the place of points where few are in view, the pair on
// screen, and points that glide to new places.

import { keep, state, stored } from "./core.js";
import { h } from "./dom.js";
import { glide } from "./map_glide.js";
import { fetchPictures, paintDots, paintPictures } from "./map_pictures.js";
import { FEW, side } from "./map_places.js";

/** Of both axes; places are in [0, 1]. */
export const RANGE = [-0.02, 1.02];
const GLIDE_POINTS = 20_000;
const RING = 0.68; // radius of the pair's rings, by the side of a picture
const UNKNOWN = "#97a0ac";

/** The map as it is drawn; `order` says which index of `ids` and `at` a drawn point has. */
export const scene = {
  plot: h("div.plot"),
  layer: h("canvas.layer"),
  over: document.createElementNS("http://www.w3.org/2000/svg", "svg"),
  drawn: false,
  ids: [],
  at: { x: [], y: [] },
  order: [],
  place: new Map(), // item id -> index
  painted: new Map(), // item id -> its colour
  chosen: null, // indices inside the lasso
  pair: null,
  pictured: stored(localStorage, "pictures", "yes") === "yes",
};
scene.over.classList.add("over");

let soon = 0;

/** Diameter of a plain point among n. */
export const diameter = (n) => (n > 20_000 ? 3 : n > 3000 ? 4 : n > 600 ? 5.5 : 7);

export function pictured(yes) {
  scene.pictured = yes;
  keep(localStorage, "pictures", yes ? "yes" : "no");
}

// Pixels of a place. Plotly's own conversion lags behind while the map is dragged.
function spot(x, y) {
  const { xaxis, yaxis } = scene.plot._fullLayout;
  const along = ({ range: [low, high], _length: length }, v) => ((v - low) / (high - low)) * length;
  return [xaxis._offset + along(xaxis, x), yaxis._offset + yaxis._length - along(yaxis, y)];
}

const pixel = (index) => spot(scene.at.x[index], scene.at.y[index]);

/** Indices in view and the side of their pictures; null where points stay points. */
export function picturesInView() {
  if (!scene.pictured || !state.overview?.has_images) return null;
  const ranges = ["xaxis", "yaxis"].map((axis) => scene.plot._fullLayout?.[axis].range ?? RANGE);
  const within = ([low, high], v) => v >= low && v <= high;
  const { order, at, plot } = scene;
  const seen = [];
  for (const index of order) {
    if (within(ranges[0], at.x[index]) && within(ranges[1], at.y[index])) seen.push(index);
    if (seen.length > FEW) return null;
  }
  return { seen, size: side(seen.length, plot.clientWidth, plot.clientHeight) };
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
  scene.layer.dataset.pictures = view ? view.seen.length : 0;
  if (!view) return;
  const ids = view.seen.map((index) => scene.ids[index]);
  fetchPictures(ids, paintSoon);
  paintPictures(pen, ids, view.seen.map(pixel), ids.map((id) => scene.painted.get(id)), view.size,
    (n) => scene.chosen && !scene.chosen.has(view.seen[n]));
}

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
  if (scene.layer.width !== width || scene.layer.height !== height) Object.assign(scene.layer, { width, height });
  const pen = scene.layer.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, clientWidth, clientHeight);
  return pen;
}

/** Ring and join the pair on screen. */
export function paintPair() {
  const { pair, place, drawn, over } = scene;
  const found = pair && drawn ? [place.get(pair.a.id), place.get(pair.b.id)] : [];
  if (found.length < 2 || found.includes(undefined)) { over.replaceChildren(); return; }
  const [[ax, ay], [bx, by]] = found.map(pixel);
  const r = Math.max(7, (picturesInView()?.size ?? 0) * RING);
  const shape = (name, values) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(values)) node.setAttribute(key, value);
    return node;
  };
  over.replaceChildren(shape("line", { x1: ax, y1: ay, x2: bx, y2: by }),
    shape("circle", { cx: ax, cy: ay, r }), shape("circle", { cx: bx, cy: by, r }));
}

/** Let the points glide from where `before` ({ids, at}) had them; the plot is to be drawn after it. */
export async function move(before) {
  const { ids, plot, over, painted } = scene;
  if (ids.length > GLIDE_POINTS) return;
  const old = new Map(before.ids.map((id, index) => [id, index]));
  const paths = ids.map((id, index) => {
    const was = old.get(id);
    return [was === undefined ? pixel(index) : spot(before.at.x[was], before.at.y[was]), pixel(index)];
  });
  const fills = ids.map((id) => painted.get(id) ?? UNKNOWN);
  const view = picturesInView();
  over.replaceChildren();
  plot.classList.add("gliding");
  await glide((t) => {
    const spots = paths.map(([[x0, y0], [x1, y1]]) => [x0 + (x1 - x0) * t, y0 + (y1 - y0) * t]);
    const pen = cleanLayer();
    paintDots(pen, spots, fills, diameter(spots.length));
    if (view) paintPictures(pen, ids, spots, fills, view.size);
  });
}
