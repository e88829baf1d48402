// The map: one WebGL scatter of all items. The current pair is an overlay, so that a new pair
// costs no redraw; between generations points glide on a canvas and are drawn once at the end.

import { emit, on, register, rpc, state } from "./core.js";
import { address, h, thumbUrl } from "./dom.js";
import { glide } from "./map_glide.js";
import { colourer } from "./map_colours.js";

const BUSY_MS = 1200; // a key was pressed this recently: redraw later
const LATEST_MS = 4000;
const GLIDE_POINTS = 20_000;
const MANY = 5000;
const DECIDED = 1.6; // size of a point in a group, by that of the others

const parts = {};
let points = { generation: -1, ids: [], x: [], y: [] };
let place = new Map();
let order = []; // drawn point -> index in `points`
let colours = null;
let by = "predicted";
let pair = null;
let wanted = 0; // requests: the last one wins
let lastKey = 0;
let drawn = false;
let library = null;
let later = 0;
let drawnGeneration = -1;
let loaded = "";

export function mount(element, server) {
  register(server);
  parts.by = h("select", { "aria-label": "Colour by", onchange: () => { by = parts.by.value; parts.by.blur(); recolour(); } });
  parts.when = h("span.soft");
  parts.tools = ["pan", "lasso"].map((mode) => h("button.small", { "aria-pressed": mode === "pan", onclick: () => drag(mode), dataset: { mode } }, mode === "pan" ? "Move" : "Lasso"));
  parts.plot = h("div.plot");
  parts.over = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  parts.over.classList.add("over");
  parts.glide = h("canvas.glide", { hidden: true });
  parts.tip = h("div.tip", { hidden: true });
  parts.legend = h("div.legend-row");
  parts.note = h("p.map-note", {}, "The map appears when the first items are placed.");
  element.replaceChildren(h("section.card.map", {},
    h("div.row.map-head", {}, h("h2", {}, "Map"),
      parts.when, h("span.spacer"),
      h("label.soft", {}, "colour ", parts.by), h("span.tools", {}, ...parts.tools)),
    h("div.plot-frame", {}, parts.plot, parts.glide, parts.over, parts.tip, parts.note), parts.legend));
  listen();
}

function listen() {
  window.addEventListener("keydown", () => { lastKey = performance.now(); }, true);
  on("overview", paintChoices);
  on("criterion", () => { points = { generation: -1, ids: [], x: [], y: [] }; place = new Map(); loaded = ""; });
  on("changed", () => { if (by === "group") recolourSoon(); });
  on("status", loadWhenDrawn);
  on("lasso-over", clearLasso);
  on("pair", (next) => { pair = next; paintPair(); });
  on("view", () => requestAnimationFrame(resize));
  on("theme", () => { if (drawn) draw(); });
  new ResizeObserver(() => resize()).observe(parts.plot);
}

function paintChoices({ colours }) {
  parts.by.replaceChildren(...colours.map((n) => h("option", { value: n, selected: n === by }, n.replaceAll("_", " "))));
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
  if (turn !== wanted) return;
  const before = points;
  points = next;
  place = new Map(next.ids.map((id, index) => [id, index]));
  parts.note.hidden = true;
  parts.when.textContent = `generation ${next.generation}`;
  if (drawn && before.ids.length && next.ids.length <= GLIDE_POINTS) await move(before);
  if (turn === wanted) await recolour();
}

// The queue comes first: wait until the keys rest, but not for ever.
async function quietMoment() {
  const end = performance.now() + LATEST_MS;
  while (performance.now() - lastKey < BUSY_MS && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 80));
  }
}

// Answers change groups all the time, and a large map is slow to draw.
function recolourSoon() {
  clearTimeout(later);
  later = setTimeout(() => quietMoment().then(recolour), points.ids.length > MANY ? 6000 : 800);
}

async function recolour() {
  if (!points.ids.length) return;
  const turn = wanted;
  const answer = await rpc("map_colours", { by }).catch(() => null);
  if (turn !== wanted) return;
  const usable = answer || colours;
  const fits = usable?.values.length === points.ids.length ? usable : null;
  if (drawn && drawnGeneration === points.generation && sameColours(fits, colours)) return;
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

const size = (n) => (n > 20_000 ? 3 : n > 3000 ? 4 : n > 600 ? 5.5 : 7);

function draw() {
  if (!window.Plotly || !parts.plot.clientWidth) { drawn = false; return; }
  const paint = colourer(colours, points.ids.length);
  order = drawOrder();
  const inOrder = (values) => order.map((index) => values[index]);
  const plain = size(points.ids.length);
  const trace = {
    type: "scattergl", mode: "markers", x: inOrder(points.x), y: inOrder(points.y), hoverinfo: "none",
    marker: { size: order.map((index) => (decided(index) ? plain * DECIDED : plain)), color: inOrder(paint.colours), opacity: 0.8, line: { width: 0 } },
    selected: { marker: { opacity: 1 } }, unselected: { marker: { opacity: 0.25 } },
  };
  const axis = { visible: false, fixedrange: false, zeroline: false, showgrid: false };
  const layout = {
    margin: { l: 6, r: 6, t: 6, b: 6 }, showlegend: false, hovermode: "closest", hoverdistance: 12,
    xaxis: axis, yaxis: { ...axis, scaleanchor: "x" }, uirevision: state.criterion,
    dragmode: parts.plot.dataset.mode || "pan",
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    newselection: { line: { color: "#3b6ef6", width: 1.5, dash: "solid" } }, selections: [],
  };
  const config = { displayModeBar: false, scrollZoom: true, responsive: false, doubleClick: "reset" };
  window.Plotly.react(parts.plot, [trace], layout, config);
  parts.legend.replaceChildren(...paint.legend);
  if (!drawn) follow();
  drawn = true;
  drawnGeneration = points.generation;
  paintPair();
}

const sameColours = (a, b) => a && b && a.by === b.by && a.names.join() === b.names.join() &&
  a.values.every((value, index) => value === b.values[index]);

function follow() {
  parts.plot.on("plotly_hover", ({ points: [point], event }) => tip(order[point.pointIndex], event));
  parts.plot.on("plotly_unhover", () => { parts.tip.hidden = true; });
  parts.plot.on("plotly_click", ({ points: [point] }) => emit("gallery", { mode: "neighbours", item: points.ids[order[point.pointIndex]] }));
  parts.plot.on("plotly_selected", lassoed);
  parts.plot.on("plotly_relayout", paintPair);
  parts.plot.on("plotly_relayouting", paintPair);
}

function lassoed(event) {
  if (!event?.points?.length) return;
  const ids = event.points.map((p) => points.ids[order[p.pointIndex]]);
  parts.tip.hidden = true;
  emit("gallery", { mode: "lasso", ids });
}

function clearLasso() {
  if (!drawn || !parts.plot.layout.selections?.length) return;
  window.Plotly.update(parts.plot, { selectedpoints: [null] }, { selections: [] });
}

function drag(mode) {
  parts.plot.dataset.mode = mode;
  for (const tool of parts.tools) tool.setAttribute("aria-pressed", tool.dataset.mode === mode);
  if (drawn) window.Plotly.relayout(parts.plot, { dragmode: mode });
}

function tip(index, event) {
  const id = points.ids[index];
  const box = parts.plot.getBoundingClientRect();
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

function resize() {
  if (!parts.plot.clientWidth) return;
  if (!drawn) { if (points.ids.length) draw(); return; }
  window.Plotly.Plots.resize(parts.plot).then(paintPair);
}

// ---- overlays ------------------------------------------------------------------------------

const pixel = (index) => {
  const { xaxis, yaxis } = parts.plot._fullLayout;
  return [xaxis._offset + xaxis.l2p(points.x[index]), yaxis._offset + yaxis.l2p(points.y[index])];
};

function paintPair() {
  const spots = pair && drawn ? [place.get(pair.a.id), place.get(pair.b.id)] : [];
  if (spots.length < 2 || spots.includes(undefined)) { parts.over.replaceChildren(); return; }
  const [[ax, ay], [bx, by_]] = spots.map(pixel);
  const shape = (name, values) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(values)) node.setAttribute(key, value);
    return node;
  };
  parts.over.replaceChildren(shape("line", { x1: ax, y1: ay, x2: bx, y2: by_ }),
    shape("circle", { cx: ax, cy: ay, r: 7 }), shape("circle", { cx: bx, cy: by_, r: 7 }));
}

async function move(before) {
  const old = new Map(before.ids.map((id, index) => [id, index]));
  const from = points.ids.map((id, index) => {
    const was = old.get(id);
    return was === undefined ? [points.x[index], points.y[index]] : [before.x[was], before.y[was]];
  });
  const { xaxis, yaxis } = parts.plot._fullLayout;
  const toX = (v) => xaxis._offset + xaxis.l2p(v);
  const toY = (v) => yaxis._offset + yaxis.l2p(v);
  parts.over.replaceChildren();
  parts.plot.classList.add("gliding");
  const fills = colourer(colours?.values.length === from.length ? colours : null, from.length).colours;
  await glide(parts.glide, from.map(([x, y], i) => [toX(x), toY(y), toX(points.x[i]), toY(points.y[i])]), fills, size(from.length));
  parts.plot.classList.remove("gliding");
}
