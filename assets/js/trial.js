// @ts-check
// Trying another objective: a generation beside the one in use, both maps and both figures.

import { rpc, saveSettings, state, workspace } from "./core.js";
import { h, toast } from "./dom.js";
import { on } from "./events.js";
import { percent, plural } from "./format.js";
import { colourer } from "./map_colours.js";
import { attempt } from "./trouble.js";

/** @import { AUC, Objective, Side, Status, StatusTrial } from "./api.js" */

const WIDTH = 300;
const HEIGHT = 220;
const MARGIN = 8;
const NOTE = "Trains a second space from the same start and the same answers; the one in use stays.";

/** @type {ReturnType<typeof build>} */
let parts;
/** @type {(auc: AUC) => HTMLElement} */
let figure; // draws an AUC with its interval
/** @type {() => unknown} */
let reload; // repaints the table
let shown = ""; // what of the status the picture was drawn for
let laid = ""; // which panels are on screen, and what they hold beside colours
let pending = false; // the colours are of an earlier grouping, or none is there yet
/** @type {Side[]} */
let compared = []; // the generation in use when the trial was made, and the trial

/**
 * The section; `interval` draws an AUC with its interval, `repaint` the table.
 * @param {(auc: AUC) => HTMLElement} interval
 * @param {() => unknown} repaint
 */
export function trialSection(interval, repaint) {
  parts = build();
  figure = interval;
  reload = repaint;
  on("status", (status) => { if (state.view === "training") follow(status); });
  on("changed", (status) => {
    if (pending && status.trial && state.view === "training") load(status, status.trial);
  });
  on("criterion", clear);
  return h("section.trial-box", {}, h("h2", {}, "Try another objective"),
    h("div.row", {}, parts.choice, parts.start), parts.note, parts.since, parts.sides);
}

function build() {
  const choice = h("select", { "aria-label": "Objective to try" });
  return {
    choice, start: h("button.primary", { onclick: () => { start(choice.value); } }, "Try"),
    note: h("p.soft", {}, NOTE), since: h("p.soft"), sides: h("div.trial"),
  };
}

function clear() {
  shown = laid = "";
  pending = false;
  compared = [];
  parts.since.textContent = "";
  parts.sides.replaceChildren();
}

/**
 * An objective in a list: what it does, and whether it does so without the answers.
 * @param {Objective} o
 */
export const objectiveLabel = (o) =>
  `${o.id}: ${o.summary}${o.needs.includes("answers") ? "" : " (ignores answers)"}`;

/** Why no objective counts now, where a session teaches the criterion. */
export const TAUGHT = "Taught in a session: learns from its bins, whatever the objective, until the session "
  + "has ended.";

/** Offer all objectives but the one in use; those that cannot train here say why. */
export function paintTrial() {
  const used = state.settings.objective;
  const others = workspace().objectives.filter((o) => o.id !== used);
  parts.choice.replaceChildren(...others.map((o) =>
    h("option", { value: o.id, disabled: !o.live, title: o.paper },
      o.live ? objectiveLabel(o) : `${o.id}: needs ${o.absent}`)));
  shown = laid = "";
  if (state.status) follow(state.status);
}

/** @param {Status} status */
function follow(status) {
  const { training, trial, taught } = status;
  parts.start.disabled = Boolean(training) || taught;
  parts.choice.disabled = taught;
  parts.start.textContent = training?.trial
    ? `Trying ${training.trial}: ${percent(training.progress)}` : "Try";
  parts.note.textContent = taught ? TAUGHT : NOTE;
  if (!trial) return;
  paintSince(status.generation, trial);
  if (shown !== keyOf(status, trial)) load(status, trial);
}

/** @param {Status} status @param {StatusTrial} trial @param {number[]} drawing */
const keyOf = ({ generation, taught }, trial, drawing = trial.drawing) =>
  `${trial.number} ${generation} ${taught} ${drawing}`;

/** @param {string} objective */
async function start(objective) {
  const answer = await attempt(() => rpc("training_try", { objective }));
  if (answer?.started === false) toast("A training run is under way.");
}

/** @param {Status} status @param {StatusTrial} trial */
async function load(status, trial) {
  const { criterion } = state;
  const key = shown = keyOf(status, trial);
  const found = await attempt(() => rpc("training_trial"));
  if (!found || criterion !== state.criterion || key !== shown) return;
  const { sides, drawing, colours: told } = found;
  shown = keyOf(status, trial, drawing);
  compared = sides;
  pending = Boolean(told?.pending);
  const { colours } = colourer(told, 0);
  lay(sides, status, drawing, colours);
  const { status: now } = state;
  if (now?.trial) paintSince(now.generation, now.trial);
}

/**
 * The panels; those on screen stay where only their colours are new.
 * @param {Side[]} sides @param {Status} status @param {number[]} drawing @param {string[]} colours
 */
function lay(sides, status, drawing, colours) {
  const now = JSON.stringify([status.generation, status.taught,
    sides.map(({ number, places }) => [number, places?.[0].length, drawing.includes(number)])]);
  if (now !== laid) {
    parts.sides.replaceChildren(...sides.map((side) => panel(side, status, drawing, colours)));
    laid = now;
    return;
  }
  for (const { number, places } of sides) {
    const canvas = parts.sides.querySelector(`[data-generation="${number}"] canvas`);
    if (places && canvas instanceof HTMLCanvasElement) paint(canvas, places, colours);
  }
}

/**
 * How far the comparison still holds: a trial is of the answers that there were.
 * @param {number} generation
 * @param {StatusTrial} trial
 */
function paintSince(generation, trial) {
  const [rival, made] = compared;
  if (made?.number !== trial.number) return;
  const who = rival.number ? "Both were" : `${made.objective} was`;
  const since = trial.since ? `; ${trial.since} more since` : "";
  const inUse = compared.some(({ number }) => number === generation);
  const gone = inUse ? "" : ` Generation ${rival.number} is no longer in use.`;
  parts.since.textContent = `${who} made from ${plural(made.decisions, "decision")}${since}.${gone}`;
}

/** @param {Side} side @param {Status} status @param {number[]} drawing @param {string[]} colours */
function panel(side, { generation, taught }, drawing, colours) {
  return h("figure", { dataset: { generation: side.number } },
    h("figcaption", {}, h("b", {}, side.number ? side.objective : "encoder as it is"),
      ` · generation ${side.number}`, side.number === generation && h("span.chip", {}, "current")),
    picture(side, drawing, colours),
    h("div.row", {}, h("span.soft", {}, side.auc ? "AUC" : "AUC: too few held-out pairs yet"),
      side.auc && figure(side.auc), h("span.spacer"), !taught && choiceOf(side, generation)));
}

/** @param {Side} side @param {number[]} drawing @param {string[]} colours */
function picture({ number, objective, places }, drawing, colours) {
  if (!places) {
    return h("p.soft", {}, drawing.includes(number) ? "The map is being drawn …" : "No map was drawn of it.");
  }
  const canvas = h("canvas", { width: WIDTH * 2, height: HEIGHT * 2, "aria-label": `Map by ${objective}` });
  paint(canvas, places, colours);
  return canvas;
}

/**
 * The trial may take its rival's place; beside what came later it has to be made again.
 * @param {Side} side
 * @param {number} generation
 */
function choiceOf(side, generation) {
  const [rival, made] = compared;
  if (side !== made || made.number === generation) return null;
  if (rival.number === generation) return h("button.small", { onclick: () => use(made) }, "Use this one");
  return made.objective !== state.settings.objective
    && h("button.small", { onclick: () => start(made.objective) }, "Try again");
}

/** @param {HTMLCanvasElement} canvas @param {[number[], number[]]} places @param {string[]} colours */
function paint(canvas, [xs, ys], colours) {
  const pen = canvas.getContext("2d");
  if (!pen) return;
  const left = scaled(xs, canvas.width);
  const top = scaled(ys, canvas.height);
  const radius = xs.length > 3000 ? 2 : 4;
  pen.clearRect(0, 0, canvas.width, canvas.height);
  xs.forEach((x, index) => {
    pen.fillStyle = colours[index];
    pen.beginPath();
    pen.arc(left(x), canvas.height - top(ys[index]), radius, 0, 6.2832);
    pen.fill();
  });
}

/** @param {number[]} values @param {number} size */
function scaled(values, size) {
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const span = values.reduce((a, b) => Math.max(a, b), -Infinity) - low || 1;
  /** @param {number} v */
  return (v) => MARGIN + ((v - low) / span) * (size - 2 * MARGIN);
}

/** @param {Side} side */
async function use({ number, objective }) {
  const { criterion } = state; // the same for all three steps
  const done = await attempt(async () => {
    await rpc("training_restore", { criterion, number });
    await saveSettings({ objective }, criterion);
    return rpc("training_resume", { criterion });
  });
  if (done !== undefined) toast(`Generation ${number} is in use; training goes on with ${objective}.`);
  reload();
}
