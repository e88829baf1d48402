// The map: one WebGL scatter of all items. The current pair is an overlay, so that a new pair costs
// no redraw. When a new layout arrives, points glide to their new places once the map can be seen.

import {
  emit, keep, on, rpc, state, stored,
} from "./core.js";
import { address, h, thumbUrl } from "./dom.js";
import { colourer } from "./map_colours.js";
import {
  diameter, move, paintOver, paintPair, pictured, picturesInView, RANGE, scene,
} from "./map_layer.js";
import { arrange, FEW } from "./map_places.js";

const BUSY_MS = 1200; // a key was pressed this recently: redraw later
const LATEST_MS = 4000;
const MANY = 5000;
const DECIDED = 1.6; // size of a point in a group, by that of the others
const SEEN = 0.4; // share of the map that must be in the window before points glide

const parts = {};
let points = { generation: -1, ids: [], x: [], y: [] };
let colours = null;
let by = "predicted";
let wanted = 0; // requests: the last one wins
let lastKey = 0;
let library = null;
let later = 0;
let drawnGeneration = -1;
let loaded = "";
let following = false;

export function mount(element) {
  parts.by = h("select", { "aria-label": "Colour by", onchange: () => { by = parts.by.value; parts.by.blur(); scene.painted.clear(); recolour(); } });
  parts.when = h("span.soft");
  parts.lasso = h("button.small", { "aria-pressed": false, title: "Draw a line round items to sort them together; otherwise dragging moves the map", onclick: toggleLasso, dataset: { mode: "lasso" } }, "Lasso");
  parts.pictures = h("button.small.pictures", { "aria-pressed": scene.pictured, title: "Pictures in the place of points, where few are in view", onclick: togglePictures }, "Pictures");
  parts.tip = h("div.tip", { hidden: true });
  parts.note = h("p.map-note", {}, "The map appears when the first items are placed.");
  parts.summary = h("summary");
  parts.entries = h("div.legend-row");
  parts.legend = h("details.legend", { hidden: true }, parts.summary, parts.entries);
  parts.legend.addEventListener("toggle", () => keep(localStorage, legendKey(), parts.legend.open ? "open" : "closed"));
  element.replaceChildren(h("section.card.map", {},
    h("div.row.map-head", {}, h("h2", {}, "Map"), parts.when, h("span.spacer"),
      h("label.soft", {}, "colour ", parts.by), h("span.tools", {}, parts.pictures, parts.lasso)),
    h("div.plot-frame", {}, scene.plot, scene.layer, scene.over, parts.tip, parts.note), parts.legend));
  listen();
}

function listen() {
  window.addEventListener("keydown", () => { lastKey = performance.now(); }, true);
  on("overview", (overview) => { paintChoices(overview); parts.pictures.hidden = !overview.has_images; });
  on("criterion", () => { wanted += 1; loaded = ""; parts.when.textContent = ""; });
  on("changed", () => { if (by === "group") recolourSoon(); });
  on("status", loadWhenDrawn);
  on("lasso-over", clearLasso);
  on("pair", (pair) => { scene.pair = pair; paintPair(); });
  on("view", () => { openLegend(); requestAnimationFrame(resize); });
  on("theme", () => { if (scene.drawn) draw(); });
  on("see-map", () => scene.plot.scrollIntoView({ behavior: "smooth", block: "center" }));
  new ResizeObserver(() => resize()).observe(scene.plot);
}

function paintChoices({ colours: names }) {
  parts.by.replaceChildren(...names.map((n) => h("option", { value: n, selected: n === by }, n.replaceAll("_", " "))));
}

// The map is drawn after its generation is in use, and again when more items are embedded.
function loadWhenDrawn({ map_ready: ready, map_generation: generation, mapped }) {
  const key = `${generation} ${mapped}`;
  if (!ready || key === loaded) return;
  loaded = key;
  load();
}

// ---- data ----------------------------------------------------------------------------------

async function load() {
  if (!state.criterion) return;
  const turn = ++wanted;
  const [next] = await Promise.all([
    rpc("map_points").catch(() => null), loadLibrary(),
  ]);
  if (turn !== wanted) return;
  if (!next?.ids.length) { loaded = ""; return; }
  await quietMoment();
  if (scene.drawn) await inSight(() => emit("mapped", next.generation));
  if (turn !== wanted) return;
  const before = { ids: scene.ids, at: scene.at };
  points = next;
  drawnGeneration = -1;
  Object.assign(scene, { ids: next.ids, at: places(), chosen: null, place: new Map(next.ids.map((id, index) => [id, index])) });
  parts.note.hidden = true;
  parts.when.textContent = `generation ${next.generation}`;
  const told = coloursNow();
  if (scene.drawn) await move(before);
  await recolour(told);
  if (turn === wanted) emit("mapped", next.generation);
}

const places = () => arrange(points, scene.plot.clientWidth, scene.plot.clientHeight);

// The queue comes first: wait until the keys rest, but not for ever.
async function quietMoment() {
  const end = performance.now() + LATEST_MS;
  while (performance.now() - lastKey < BUSY_MS && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 80));
  }
}

// On another tab, or below the fold of a narrow screen, points wait for somebody to see them go;
// `unseen` is called where they do.
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
  later = setTimeout(() => quietMoment().then(() => recolour()), points.ids.length > MANY ? 6000 : 800);
}

const coloursNow = () => rpc("map_colours", { by }).catch(() => null);

async function recolour(told = coloursNow()) {
  if (!points.ids.length) return;
  const turn = wanted;
  const usable = (await told) || colours;
  if (turn !== wanted) return;
  const fits = usable?.values.length === points.ids.length ? usable : null;
  if (scene.drawn && drawnGeneration === points.generation && sameColours(fits, colours)) return;
  colours = fits;
  draw();
}

function loadLibrary() {
  library ??= new Promise((resolve, reject) => {
    const wait = new Promise((go) => { on("first-pair", go); setTimeout(go, 1200); });
    wait.then(() => document.head.append(h("script", { src: address("plotly.min.js"), onload: resolve, onerror: () => reject(new Error("plotly.min.js did not load")) })));
  });
  return library;
}

// ---- drawing -------------------------------------------------------------------------------

// Coloured by group most points are grey: the few that have one stand out, and lie on top.
const decided = (index) => colours?.by === "group" && colours.values[index] >= 0;

function drawOrder() {
  const all = points.ids.map((_, index) => index);
  return [...all.filter((index) => !decided(index)), ...all.filter(decided)];
}

function draw() {
  if (!window.Plotly || !scene.plot.clientWidth) { scene.drawn = false; return; }
  const paint = colourer(colours, points.ids.length, points.ids.map((id) => scene.painted.get(id)));
  points.ids.forEach((id, index) => scene.painted.set(id, paint.colours[index]));
  scene.order = drawOrder();
  const { order, at, chosen } = scene;
  const inOrder = (values) => order.map((index) => values[index]);
  const plain = diameter(points.ids.length);
  const trace = {
    type: "scattergl", mode: "markers", x: inOrder(at.x), y: inOrder(at.y), hoverinfo: "none",
    marker: { size: order.map((index) => (decided(index) ? plain * DECIDED : plain)), color: inOrder(paint.colours), opacity: 0.8, line: { width: 0 } },
    selected: { marker: { opacity: 1 } }, unselected: { marker: { opacity: 0.25 } },
    selectedpoints: chosen && [...order.keys()].filter((n) => chosen.has(order[n])),
  };
  const axis = { visible: false, fixedrange: false, zeroline: false, showgrid: false };
  const layout = {
    margin: { l: 6, r: 6, t: 6, b: 6 }, showlegend: false, hovermode: "closest",
    hoverdistance: Math.max(12, picturesInView()?.size ?? 0),
    xaxis: { ...axis, range: [...RANGE] }, yaxis: { ...axis, range: [...RANGE] }, uirevision: state.criterion,
    dragmode: scene.plot.dataset.mode || "pan",
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    newselection: { line: { color: "#3b6ef6", width: 1.5, dash: "solid" } }, selections: [],
  };
  const config = { displayModeBar: false, scrollZoom: true, responsive: false, doubleClick: "reset" };
  window.Plotly.react(scene.plot, [trace], layout, config).then(paintOver);
  scene.plot.classList.remove("gliding");
  paintLegend(paint.legend);
  scene.drawn = true;
  drawnGeneration = points.generation;
  if (!following) follow();
}

const legendKey = () => `legend.${state.view}`;

// Beside the pair the map is small: there the legend opens on demand.
function openLegend() {
  parts.legend.open = stored(localStorage, legendKey(), state.view === "map" ? "open" : "closed") === "open";
}

function paintLegend(entries) {
  parts.legend.hidden = !entries.length;
  parts.summary.replaceChildren(by.replaceAll("_", " "), h("span.dots", {}, ...entries.map((e) => e.firstChild.cloneNode())));
  parts.entries.replaceChildren(...entries);
}

const sameColours = (a, b) => a && b && a.by === b.by && a.names.join() === b.names.join() &&
  a.values.every((value, index) => value === b.values[index]);

function follow() {
  following = true;
  scene.plot.on("plotly_hover", ({ points: [point], event }) => tip(scene.order[point.pointIndex], event));
  scene.plot.on("plotly_unhover", () => { parts.tip.hidden = true; });
  scene.plot.on("plotly_click", ({ points: [point] }) => emit("gallery", { mode: "neighbours", item: points.ids[scene.order[point.pointIndex]] }));
  scene.plot.on("plotly_selected", lassoed);
  scene.plot.on("plotly_deselect", () => choose(null));
  scene.plot.on("plotly_relayout", paintOver);
  scene.plot.on("plotly_relayouting", paintOver);
}

function lassoed(event) {
  if (!event?.points?.length) return;
  const inside = event.points.map((p) => scene.order[p.pointIndex]);
  parts.tip.hidden = true;
  choose(new Set(inside));
  emit("gallery", { mode: "lasso", ids: inside.map((index) => points.ids[index]) });
}

function choose(indices) {
  scene.chosen = indices;
  paintOver();
}

function clearLasso() {
  choose(null);
  if (!scene.drawn || !scene.plot.layout.selections?.length) return;
  window.Plotly.update(scene.plot, { selectedpoints: [null] }, { selections: [] });
}

function toggleLasso() {
  const mode = scene.plot.dataset.mode === "lasso" ? "pan" : "lasso";
  scene.plot.dataset.mode = mode;
  parts.lasso.setAttribute("aria-pressed", mode === "lasso");
  if (scene.drawn) window.Plotly.relayout(scene.plot, { dragmode: mode });
}

function togglePictures() {
  pictured(!scene.pictured);
  parts.pictures.setAttribute("aria-pressed", scene.pictured);
  if (scene.drawn) draw();
}

function tip(index, event) {
  const id = points.ids[index];
  const box = scene.plot.getBoundingClientRect();
  const value = colours ? label(colours, index) : "";
  parts.tip.replaceChildren(h("img", { src: thumbUrl(id), alt: "", onerror: (e) => e.target.remove() }), h("span", {}, value));
  const left = event.clientX - box.left;
  const top = event.clientY - box.top;
  parts.tip.style.left = `${left > box.width / 2 ? left - 132 : left + 14}px`;
  parts.tip.style.top = `${Math.max(4, Math.min(top - 40, box.height - 130))}px`;
  parts.tip.hidden = false;
}

const label = ({ kind, values, names }, index) => {
  const value = values[index];
  if (kind === "number") return value === null ? "" : value.toFixed(3);
  return names[value] ?? "";
};

// Places depend on the frame: pictures are set apart in it.
function resize() {
  if (!scene.plot.clientWidth || !points.ids.length) return;
  scene.at = places();
  if (!scene.drawn) { draw(); return; }
  window.Plotly.Plots.resize(scene.plot).then(() => { if (points.ids.length > FEW) paintOver(); else draw(); });
}
