// @ts-check
// The map: one WebGL scatter of all items. The current pair is an overlay, so that a new pair costs
// no redraw. When a new layout arrives, points glide to their new places once the map can be seen.

import { rpc, state } from "./core.js";
import { h, thumbUrl } from "./dom.js";
import { emit, on } from "./events.js";
import { colourer } from "./map_colours.js";
import { CONFIG, layoutOf, traceOf } from "./map_figure.js";
import {
  inView, move, openScene, paintOver, paintPair, pictured, picturesInView, scene, viewNow,
} from "./map_layer.js";
import { makeLegend } from "./map_legend.js";
import { byKeyboard, sayMap } from "./map_keys.js";
import { plotly } from "./map_library.js";
import { arrange, FEW } from "./map_places.js";
import { drawOrder, fitting, sameColours, valueOf } from "./map_points.js";
import { makeQuiet, messageOf } from "./trouble.js";

/** @import { Colours, Overview, Points, Status } from "./api.js" */
/** @import { View } from "./map_view.js" */
/** @import { PlotPoint } from "./types.js" */

const BUSY_MS = 1200; // a key was pressed this recently: redraw later
const LATEST_MS = 4000;
const MANY = 5000;
const SEEN = 0.4; // share of the map that must be in the window before points glide
const SOON = "The map appears when the first items are placed.";
const LASSO = "Draw a line round items to sort them together; otherwise dragging moves the map";

/** @type {ReturnType<typeof build>} */
let parts;
/** @type {Points} */
let points = { key: "", generation: -1, ids: [], x: [], y: [] };
/** @type {Colours | null} */
let colours = null;
let by = "predicted";
let wanted = 0; // requests: the last one wins
let lastKey = 0;
let later = 0;
let drawnKey = ""; // of the points that are drawn
let loaded = "";
let following = false;
const quietly = makeQuiet();

/** @param {HTMLElement} element */
export function mount(element) {
  openScene();
  parts = build();
  parts.frame.append(scene.plot, scene.layer, scene.over, parts.tip, parts.note);
  byKeyboard(parts.frame, { view: viewNow, move: goTo, open: openView });
  element.replaceChildren(h("section.card.map", {},
    h("div.row.map-head", {}, h("h2", {}, "Map"), parts.when, h("span.spacer"),
      h("label.soft", {}, "colour ", parts.by), h("span.tools", {}, parts.pictures, parts.lasso)),
    parts.frame,
    parts.legend.element));
  listen();
}

function build() {
  return {
    by: h("select", { "aria-label": "Colour by", onchange: colourBy }),
    when: h("span.soft"),
    lasso: h("button.small", {
      "aria-pressed": false, title: LASSO, onclick: toggleLasso, dataset: { mode: "lasso" },
    }, "Lasso"),
    pictures: h("button.small.pictures", {
      "aria-pressed": scene.pictured, onclick: togglePictures,
      title: "Pictures in the place of points, where few are in view",
    }, "Pictures"),
    frame: h("div.plot-frame"),
    tip: h("div.tip", { hidden: true }),
    note: h("p.map-note", {}, SOON),
    legend: makeLegend(),
  };
}

function listen() {
  window.addEventListener("keydown", () => { lastKey = performance.now(); }, true);
  on("overview", (overview) => { paintChoices(overview); parts.pictures.hidden = !overview.has_images; });
  on("criterion", () => {
    wanted += 1;
    loaded = "";
    clearTimeout(later);
    parts.when.textContent = "";
  });
  on("changed", () => { if (by === "group" || colours?.pending) recolourSoon(); });
  on("status", loadWhenDrawn);
  on("back", () => (state.status ? loadWhenDrawn(state.status) : undefined));
  on("lasso-over", clearLasso);
  on("pair", (pair) => { scene.pair = pair; paintPair(); });
  on("view", () => { parts.legend.open(); requestAnimationFrame(resize); });
  on("theme", () => { if (scene.drawn) draw(); });
  on("see-map", () => scene.plot.scrollIntoView({ behavior: "smooth", block: "center" }));
  new ResizeObserver(resize).observe(scene.plot);
}

/** @param {Overview} overview */
function paintChoices({ colours: names }) {
  parts.by.replaceChildren(...names.map((n) =>
    h("option", { value: n, selected: n === by }, n.replaceAll("_", " "))));
}

function colourBy() {
  by = parts.by.value;
  parts.by.blur();
  scene.painted.clear();
  return recolour();
}

/**
 * The map is drawn after its generation is in use, and again when its points are others: more are
 * embedded, or some were excluded.
 * @param {Status} status
 */
function loadWhenDrawn({ map_ready: ready, map_key: key }) {
  if (!ready || key === loaded) return undefined;
  loaded = key;
  return load();
}

// ---- data ----------------------------------------------------------------------------------

async function load() {
  if (!state.criterion) return;
  const turn = ++wanted;
  const [next] = await Promise.all([quietly(() => rpc("map_points")), library()]);
  if (turn !== wanted) return;
  if (!next?.ids.length || !window.Plotly) { loaded = ""; return; }
  await quietMoment();
  if (scene.drawn) await inSight(() => emit("mapped", next.generation));
  if (turn !== wanted) return;
  const before = { ids: scene.ids, at: scene.at };
  points = next;
  loaded = next.key;
  place();
  const told = coloursNow();
  if (scene.drawn) await move(before);
  await recolour(told);
  if (turn === wanted) emit("mapped", next.generation);
}

async function library() {
  try {
    await plotly();
  } catch (error) {
    parts.note.textContent = `The map cannot be drawn: ${messageOf(error)}`;
    parts.note.hidden = false;
  }
}

function place() {
  Object.assign(scene, { ids: points.ids, at: places(), chosen: null });
  scene.place = new Map(points.ids.map((id, index) => [id, index]));
  drawnKey = "";
  parts.note.hidden = true;
  parts.when.textContent = `generation ${points.generation}`;
}

const places = () => arrange(points, scene.plot.clientWidth, scene.plot.clientHeight);

// The queue comes first: wait until the keys rest, but not for ever.
async function quietMoment() {
  const end = performance.now() + LATEST_MS;
  while (performance.now() - lastKey < BUSY_MS && performance.now() < end) {
    await new Promise((resolve) => { setTimeout(resolve, 80); });
  }
}

/**
 * On another tab, or below the fold of a narrow screen, points wait for somebody to see them go;
 * `unseen` is called where they do.
 * @param {() => void} unseen
 * @returns {Promise<void>}
 */
function inSight(unseen) {
  return new Promise((resolve) => {
    const watch = new IntersectionObserver(([{ intersectionRatio }]) => {
      if (intersectionRatio < SEEN) { unseen(); return; }
      watch.disconnect();
      resolve();
    }, { threshold: SEEN });
    watch.observe(scene.plot);
  });
}

// Answers change groups all the time, and a large map is slow to draw.
function recolourSoon() {
  clearTimeout(later);
  const quiet = async () => { await quietMoment(); await recolour(); };
  later = setTimeout(quiet, points.ids.length > MANY ? 6000 : 800);
}

const coloursNow = () => quietly(() => rpc("map_colours", { by }));

/** @param {Promise<Colours | undefined>} [asked] */
async function recolour(asked = coloursNow()) {
  if (!points.ids.length) return;
  const turn = wanted;
  const told = await asked;
  if (turn !== wanted || (told && told.by !== by)) return;
  if (told && told.key !== points.key) return; // the points are others by now: the next status says so
  const fits = fitting(points.key, told, colours);
  if (scene.drawn && drawnKey === points.key && sameColours(fits, colours)) return;
  colours = fits;
  draw();
}

// ---- drawing -------------------------------------------------------------------------------

function draw() {
  const { Plotly } = window;
  const { ids } = points;
  if (!Plotly || !scene.plot.clientWidth) { scene.drawn = false; return; }
  const paint = colourer(colours, ids.length, ids.map((id) => scene.painted.get(id)));
  ids.forEach((id, index) => scene.painted.set(id, paint.colours[index]));
  scene.order = drawOrder(ids.length, colours);
  const reach = Math.max(12, picturesInView()?.size ?? 0);
  const layout = layoutOf(state.criterion, scene.plot.dataset.mode || "pan", reach);
  Plotly.react(scene.plot, [traceOf(scene, colours, paint.colours)], layout, CONFIG).then(paintOver);
  scene.plot.classList.remove("gliding");
  parts.legend.paint(by, paint.legend);
  sayMap(parts.frame, ids.length, by, points.generation);
  scene.drawn = true;
  drawnKey = points.key;
  if (!following) follow();
}

/** @param {PlotPoint} point */
const placeOf = (point) => scene.order[point.pointIndex];

function follow() {
  following = true;
  const { plot } = scene;
  plot.on("plotly_hover", ({ points: [point], event }) => tip(placeOf(point), event));
  plot.on("plotly_unhover", () => { parts.tip.hidden = true; });
  plot.on("plotly_click", ({ points: [point] }) =>
    emit("gallery", { mode: "neighbours", item: points.ids[placeOf(point)] }));
  plot.on("plotly_selected", lassoed);
  plot.on("plotly_deselect", () => choose(null));
  plot.on("plotly_relayout", paintOver);
  plot.on("plotly_relayouting", paintOver);
}

/** @param {{ points?: PlotPoint[] } | undefined} event */
function lassoed(event) {
  if (!event?.points?.length) return;
  const inside = event.points.map(placeOf);
  parts.tip.hidden = true;
  choose(new Set(inside));
  emit("gallery", { mode: "lasso", ids: inside.map((index) => points.ids[index]) });
}

/** @param {View} view */
const goTo = ({ across, up }) =>
  window.Plotly?.relayout(scene.plot, { "xaxis.range": across, "yaxis.range": up });

function openView() {
  const ids = inView().map((index) => points.ids[index]);
  if (ids.length) emit("gallery", { mode: "lasso", ids });
}

/** @param {Set<number> | null} indices */
function choose(indices) {
  scene.chosen = indices;
  paintOver();
}

function clearLasso() {
  choose(null);
  if (!scene.drawn || !scene.plot.layout.selections?.length) return undefined;
  return window.Plotly?.update(scene.plot, { selectedpoints: [null] }, { selections: [] });
}

function toggleLasso() {
  const mode = scene.plot.dataset.mode === "lasso" ? "pan" : "lasso";
  scene.plot.dataset.mode = mode;
  parts.lasso.setAttribute("aria-pressed", String(mode === "lasso"));
  return scene.drawn ? window.Plotly?.relayout(scene.plot, { dragmode: mode }) : undefined;
}

function togglePictures() {
  pictured(!scene.pictured);
  parts.pictures.setAttribute("aria-pressed", String(scene.pictured));
  if (scene.drawn) draw();
}

/** @param {number} index @param {MouseEvent} event */
function tip(index, event) {
  const box = scene.plot.getBoundingClientRect();
  const image = h("img", { src: thumbUrl(points.ids[index]), alt: "", onerror: () => { image.remove(); } });
  parts.tip.replaceChildren(image, h("span", {}, valueOf(colours, index)));
  const left = event.clientX - box.left;
  const top = event.clientY - box.top;
  parts.tip.style.left = `${left > box.width / 2 ? left - 132 : left + 14}px`;
  parts.tip.style.top = `${Math.max(4, Math.min(top - 40, box.height - 130))}px`;
  parts.tip.hidden = false;
}

// Places depend on the frame: pictures are set apart in it.
async function resize() {
  if (!scene.plot.clientWidth || !points.ids.length) return;
  scene.at = places();
  if (!scene.drawn || !window.Plotly) { draw(); return; }
  await window.Plotly.Plots.resize(scene.plot);
  if (points.ids.length > FEW) paintOver();
  else draw();
}
