// @ts-check
// The map: one WebGL scatter of all items, by likeness or by their place on the earth. The current pair
// is an overlay, so that a new pair costs no redraw. When a new layout arrives, points glide to their new
// places once the map can be seen.

import { rpc, state } from "./core.js";
import { h } from "./dom.js";
import { emit, on } from "./events.js";
import { makeArrangement } from "./map_arrangement.js";
import { colourer } from "./map_colours.js";
import { CONFIG, layoutOf, traceOf } from "./map_figure.js";
import { letThrough, pruned, toggled } from "./map_filter.js";
import { byKeyboard, sayMap } from "./map_keys.js";
import { openScene, pictured, picturesInView, scene, viewNow } from "./map_layer.js";
import { makeLegend } from "./map_legend.js";
import { plotly } from "./map_library.js";
import { labelsOf } from "./map_names.js";
import { move, paintOver, paintRings } from "./map_paint.js";
import { FEW } from "./map_places.js";
import { clearLasso, goTo, makePointer, openView, ring } from "./map_pointer.js";
import { drawOrder, fitting, sameColours, valueOf } from "./map_points.js";
import { makeQuiet, messageOf } from "./trouble.js";

/** @import { Colours, Overview, Points, Status } from "./api.js" */

const BUSY_MS = 1200; // a key was pressed this recently: redraw later
const LATEST_MS = 4000;
const MANY = 5000;
const SEEN = 0.4; // share of the map that must be in the window before points glide
const SOON = "The map appears when the first items are placed.";
const LASSO = "Draw a line round items to sort them together; otherwise dragging moves the map";

/** @type {ReturnType<typeof build>} */
let parts;
/** @type {Points} */
let points = { key: "", generation: -1, ids: [], x: [], y: [], on_earth: false };
/** @type {Colours | null} */
let colours = null;
let by = "predicted";
let wanted = 0; // requests: the last one wins
let lastKey = 0;
let later = 0;
let drawnKey = ""; // of the points that are drawn
let loaded = "";
const quietly = makeQuiet();

/** @param {HTMLElement} element */
export function mount(element) {
  openScene();
  parts = build();
  parts.frame.append(scene.ground.element, scene.plot, scene.layer, scene.names, scene.over,
    parts.pointer.tip, parts.note);
  byKeyboard(parts.frame, { view: viewNow, move: goTo, open: openView });
  element.replaceChildren(h("section.card.map", {},
    h("div.row.map-head", {}, h("h2", {}, "Map"), parts.when, h("span.spacer"),
      parts.arrangement.element, h("label.soft", {}, "colour ", parts.by),
      h("span.tools", {}, parts.pictures, parts.lasso)),
    parts.frame, parts.legend.filtered, parts.legend.element));
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
      title: "Pictures in the place of points: of all where few are in view, else one for each cluster",
    }, "Pictures"),
    frame: h("div.plot-frame"),
    pointer: makePointer((index) => valueOf(colours, index)),
    note: h("p.map-note", {}, SOON),
    arrangement: makeArrangement(rearrange),
    legend: makeLegend((key) => filter(toggled(scene.only, key)), () => filter(new Set())),
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
    scene.only = new Set();
  });
  on("changed", () => { if (by === "group" || colours?.pending) recolourSoon(); });
  on("status", loadWhenDrawn);
  on("back", () => (state.status ? loadWhenDrawn(state.status) : undefined));
  on("lasso-over", clearLasso);
  on("pair", (pair) => { scene.pair = pair; paintRings(); });
  on("ringed", ring);
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
  scene.only = new Set();
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
  await Promise.all([quietMoment(), parts.arrangement.learn(next)]);
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
  Object.assign(scene, { ids: points.ids, ...places(), chosen: null, order: [...points.ids.keys()] });
  scene.place = new Map(points.ids.map((id, index) => [id, index]));
  drawnKey = "";
  parts.note.hidden = true;
  const lost = points.ids.length - parts.arrangement.placed(points);
  parts.when.textContent = parts.arrangement.isOnEarth(points)
    ? (lost ? `${lost.toLocaleString("en")} without coordinates are not shown` : "")
    : `generation ${points.generation}`;
}

const places = () => parts.arrangement.places(points, scene.plot.clientWidth, scene.plot.clientHeight);

/** Points go from where they are to their places of the other arrangement. */
async function rearrange() {
  if (!points.ids.length) return;
  const turn = wanted;
  await parts.arrangement.learn(points);
  if (turn !== wanted) return;
  const before = { ids: scene.ids, at: scene.at };
  place();
  clearLasso();
  if (scene.drawn) await move(before);
  if (turn === wanted) draw();
}

/** @param {Set<string>} only */
function filter(only) {
  scene.only = only;
  draw();
}

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
  const dark = document.documentElement.dataset.theme === "dark";
  const paint = colourer(colours, ids.length, ids.map((id) => scene.painted.get(id)), dark);
  ids.forEach((id, index) => scene.painted.set(id, paint.colours[index]));
  scene.only = pruned(scene.only, paint.legend);
  const through = letThrough(scene.only, paint);
  const { at } = scene;
  scene.order = drawOrder(ids.length, colours, (index) => through(index) && Number.isFinite(at.x[index]));
  scene.labels = ids.length > FEW ? labelsOf(scene.order, at, colours, paint.colours) : [];
  const reach = Math.max(12, picturesInView()?.size ?? 0);
  const view = `${state.criterion}${scene.projection ? " on earth" : ""}`;
  const layout = layoutOf(view, scene.plot.dataset.mode || "pan", reach);
  Plotly.react(scene.plot, [traceOf(scene, colours, paint.colours)], layout, CONFIG).then(paintOver);
  scene.plot.classList.remove("gliding");
  parts.legend.paint(by, paint, scene.only, scene.order.length);
  sayMap(parts.frame, scene.order.length, by, points.generation);
  scene.drawn = true;
  drawnKey = points.key;
  parts.pointer.follow();
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

// Places depend on the frame: pictures are set apart in it.
async function resize() {
  if (!scene.plot.clientWidth || !points.ids.length) return;
  Object.assign(scene, places());
  if (!scene.drawn || !window.Plotly) { draw(); return; }
  await window.Plotly.Plots.resize(scene.plot);
  if (points.ids.length > FEW && !scene.projection) paintOver();
  else draw();
}
