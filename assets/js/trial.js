// Trying another objective: a generation beside the one in use, both maps and both figures.

import { emit, on, rpc, state } from "./core.js";
import { attempt, h, percent, plural, toast } from "./dom.js";
import { colourer } from "./map_colours.js";

const WIDTH = 300;
const HEIGHT = 220;
const MARGIN = 8;
const NOTE = "Trains a second space from the same start and the same answers; the one in use stays.";

const parts = {};
let shown = ""; // what of the status the picture was drawn for
let pending = false; // the colours are of an earlier grouping, or none is there yet
let compared = []; // the generation in use when the trial was made, and the trial

/** The section; `interval` draws an AUC with its interval, `reload` repaints the table. */
export function trialSection(interval, reload) {
  parts.interval = interval;
  parts.reload = reload;
  parts.choice = h("select", { "aria-label": "Objective to try" });
  parts.start = h("button.primary", { onclick: () => start(parts.choice.value) }, "Try");
  parts.note = h("p.soft", {}, NOTE);
  parts.since = h("p.soft");
  parts.sides = h("div.trial");
  on("status", (status) => { if (state.view === "training") follow(status); });
  on("changed", (status) => { if (pending && status.trial && state.view === "training") load(status); });
  on("criterion", () => { shown = ""; pending = false; compared = []; parts.since.textContent = ""; parts.sides.replaceChildren(); });
  return h("section.trial-box", {}, h("h2", {}, "Try another objective"),
    h("div.row", {}, parts.choice, parts.start), parts.note, parts.since, parts.sides);
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

function follow(status) {
  const { training, trial, taught } = status;
  parts.start.disabled = Boolean(training) || taught;
  parts.choice.disabled = taught;
  parts.start.textContent = training?.trial ? `Trying ${training.trial}: ${percent(training.progress)}` : "Try";
  parts.note.textContent = taught ? TAUGHT : NOTE;
  if (!trial) return;
  paintSince(status);
  if (shown !== keyOf(status, trial)) load(status);
}

const keyOf = ({ trial, generation, taught }, { drawing }) => `${trial.number} ${generation} ${taught} ${drawing}`;

async function start(objective) {
  const answer = await attempt(() => rpc("training_try", { objective }));
  if (answer?.started === false) toast("A training run is under way.");
}

async function load(status) {
  const { criterion } = state;
  const key = shown = keyOf(status, status.trial);
  const answer = await attempt(() => rpc("training_trial"));
  if (!answer?.trial || criterion !== state.criterion || key !== shown) return;
  const { sides, drawing, colours } = answer.trial;
  shown = keyOf(status, { drawing });
  compared = sides;
  pending = Boolean(colours?.pending);
  parts.sides.replaceChildren(...sides.map((side) => panel(side, status, drawing, colourer(colours, 0).colours)));
  paintSince(state.status);
}

/** How far the comparison still holds: a trial is of the answers that there were. */
function paintSince({ generation, trial }) {
  const [rival, made] = compared;
  if (made?.number !== trial.number) return;
  const who = rival.number ? "Both were" : `${made.objective} was`;
  const since = trial.since ? `; ${trial.since} more since` : "";
  const gone = compared.some(({ number }) => number === generation) ? "" : ` Generation ${rival.number} is no longer in use.`;
  parts.since.textContent = `${who} made from ${plural(made.decisions, "decision")}${since}.${gone}`;
}

function panel(side, { generation, taught }, drawing, colours) {
  const canvas = h("canvas", { width: WIDTH * 2, height: HEIGHT * 2, "aria-label": `Map by ${side.objective}` });
  if (side.places) paint(canvas, side.places, colours);
  return h("figure", { dataset: { generation: side.number } },
    h("figcaption", {}, h("b", {}, side.number ? side.objective : "encoder as it is"), ` · generation ${side.number}`, side.number === generation && h("span.chip", {}, "current")),
    side.places ? canvas : h("p.soft", {}, drawing.includes(side.number) ? "The map is being drawn …" : "No map was drawn of it."),
    h("div.row", {}, h("span.soft", {}, side.auc ? "AUC" : "AUC: too few held-out pairs yet"),
      side.auc && parts.interval(side.auc), h("span.spacer"), !taught && choiceOf(side, generation)));
}

// The trial may take its rival's place; beside what came later it has to be made again.
function choiceOf(side, generation) {
  const [rival, made] = compared;
  if (side !== made || made.number === generation) return null;
  if (rival.number === generation) return h("button.small", { onclick: () => use(made) }, "Use this one");
  return made.objective !== state.settings.objective && h("button.small", { onclick: () => start(made.objective) }, "Try again");
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
  const { criterion } = state; // the same for all three steps
  const done = await attempt(async () => {
    await rpc("training_restore", { criterion, number });
    const settings = await rpc("training_set_settings", { criterion, values: { objective } });
    if (criterion === state.criterion) emit("settings", state.settings = settings);
    return rpc("training_resume", { criterion });
  });
  if (done) toast(`Generation ${number} is in use; training goes on with ${objective}.`);
  parts.reload();
}
