// Trying another objective: a generation beside the one in use, both maps and both figures.

import { on, rpc, state } from "./core.js";
import { attempt, h, percent, toast } from "./dom.js";
import { colourer } from "./map_colours.js";

const WIDTH = 300;
const HEIGHT = 220;
const MARGIN = 8;
const NOTE = "Trains a second space from the same start and the same answers; the one in use stays.";

const parts = {};
let shown = ""; // what of the status the picture was drawn for

/** The section; `interval` draws an AUC with its interval, `reload` repaints the table. */
export function trialSection(interval, reload) {
  parts.interval = interval;
  parts.reload = reload;
  parts.choice = h("select", { "aria-label": "Objective to try" });
  parts.start = h("button.primary", { onclick: start }, "Try");
  parts.note = h("p.soft", {}, NOTE);
  parts.sides = h("div.trial");
  on("status", (status) => { if (state.view === "training") follow(status); });
  on("criterion", () => { shown = ""; parts.sides.replaceChildren(); });
  return h("section.trial-box", {}, h("h2", {}, "Try another objective"),
    h("div.row", {}, parts.choice, parts.start), parts.note, parts.sides);
}

/** An objective in a list: what it does, and whether it does so without the answers. */
export const objectiveLabel = (o) => `${o.id}: ${o.summary}${o.needs.includes("answers") ? "" : " (ignores answers)"}`;

/** Why no objective counts now, where a session teaches the criterion. */
export const TAUGHT = "Taught in a session: learns from its bins, whatever the objective, until the session has ended.";

/** Offer all objectives but the one in use; those that cannot train here say why. */
export function paintTrial() {
  const used = state.settings?.objective;
  parts.choice.replaceChildren(...state.overview.objectives.filter((o) => o.id !== used).map((o) =>
    h("option", { value: o.id, disabled: !o.live, title: o.paper }, o.live ? objectiveLabel(o) : `${o.id}: needs ${o.absent}`)));
  shown = "";
  if (state.status) follow(state.status);
}

function follow({ training, trial, taught, map_generation: map, version }) {
  parts.start.disabled = Boolean(training) || taught;
  parts.choice.disabled = taught;
  parts.note.textContent = taught ? TAUGHT : NOTE;
  parts.start.textContent = training?.trial ? `Trying ${training.trial}: ${percent(training.progress)}` : "Try";
  const key = `${trial} ${map} ${version}`;
  if (trial === null || training || key === shown) return;
  shown = key;
  load();
}

async function start() {
  const answer = await attempt(() => rpc("training_try", { objective: parts.choice.value }));
  if (answer?.started === false) toast("A training run is under way.");
}

async function load() {
  const answer = await attempt(() => rpc("training_trial"));
  if (!answer?.trial) return;
  const { sides, ids, maps, colours } = answer.trial;
  parts.sides.replaceChildren(...sides.map((side, index) => panel(side, index, maps[index], colourer(colours, ids.length).colours)));
}

function panel(side, index, places, colours) {
  const canvas = h("canvas", { width: WIDTH * 2, height: HEIGHT * 2, "aria-label": `Map by ${side.objective}` });
  if (places) paint(canvas, places, colours);
  return h("figure", { dataset: { generation: side.number } },
    h("figcaption", {}, h("b", {}, side.number ? side.objective : "encoder as it is"), ` · generation ${side.number}`, side.number === state.status?.generation && h("span.chip", {}, "current")),
    places ? canvas : h("p.soft", {}, "The map is being drawn …"),
    h("div.row", {}, h("span.soft", {}, side.auc ? "AUC" : "AUC: too few held-out pairs yet"),
      side.auc && parts.interval(side.auc), h("span.spacer"),
      Boolean(index) && h("button.small", { onclick: () => use(side) }, "Use this one")));
}

function paint(canvas, [xs, ys], colours) {
  const pen = canvas.getContext("2d");
  const scale = (values, size) => {
    const low = values.reduce((a, b) => Math.min(a, b), Infinity);
    const span = values.reduce((a, b) => Math.max(a, b), -Infinity) - low || 1;
    return (v) => MARGIN + ((v - low) / span) * (size - 2 * MARGIN);
  };
  const left = scale(xs, canvas.width);
  const top = scale(ys, canvas.height);
  const radius = xs.length > 3000 ? 2 : 4;
  xs.forEach((x, index) => {
    pen.fillStyle = colours[index];
    pen.beginPath();
    pen.arc(left(x), canvas.height - top(ys[index]), radius, 0, 6.2832);
    pen.fill();
  });
}

async function use({ number, objective }) {
  const settings = await attempt(() => rpc("training_set_settings", { values: { objective } }));
  if (!settings) return;
  state.settings = settings;
  await attempt(() => rpc("training_restore", { number }));
  await attempt(() => rpc("training_resume"));
  toast(`Generation ${number} is in use; training goes on with ${objective}.`);
  parts.reload();
}
