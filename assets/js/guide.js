// @ts-check
// The first run: three steps above the pair, done by doing them. Keys stay alive all the while.

import { chooseCriterion, question, rpc, show, state, workspace } from "./core.js";
import { h } from "./dom.js";
import { emit, on } from "./events.js";
import { openCheck } from "./folders_check.js";
import { foldersAsked, foldersQuestion, mountFolders, putOff } from "./folders_ask.js";
import { plural, worded } from "./format.js";
import { keysAreOurs } from "./keys.js";
import { symbolOf } from "./keys_chosen.js";
import { standing } from "./recorded.js";
import { keep, stored } from "./storage.js";
import { makeQuiet } from "./trouble.js";
import { zoomed } from "./zoom.js";

/** @import { CriterionRow } from "./api.js" */

const answersToTrain = () => state.settings.every_decisions ?? 10;
const guided = () => `guided.${state.reviewer}`;
const place = () => `guide.${workspace().path}.${state.reviewer}`;

/** @type {ReturnType<typeof build>} */
let parts;
let step = 0; // 0: no guide
/** @type {number | null} */
let begun = null; // generation in use when this criterion was taken up, null until it is known
const quietly = makeQuiet();

/** @param {HTMLElement} element */
export function mount(element) {
  parts = build();
  element.replaceChildren(parts.card);
  window.addEventListener("keydown", leaveByKey, true); // before what else Escape closes is gone
  mountFolders(paint);
  on("check-folders", openCheck);
  on("begun", welcome);
  on("guide", () => go(1));
  on("reviewer", welcome);
  on("criterion", () => { begun = null; paint(); });
  on("criteria", paint);
  on("ask", () => { if (step === 2) paint(); });
  on("decided", answered);
  on("changed-elsewhere", answered);
  on("counted", countDown);
  on("settings", countDown);
  on("status", ({ generation }) => { begun ??= generation; countDown(); });
  on("mapped", (generation) => { if (step === 2 && trainedHere(generation)) go(3); });
}

function build() {
  const body = h("div.guide-body", { "aria-live": "polite" });
  const dots = h("span.dots", { "aria-hidden": "true" }, h("i"), h("i"), h("i"));
  const close = "Close the first steps";
  return {
    body, dots, left: h("span.soft"),
    card: h("section.card.guide", { hidden: true, "aria-label": "First steps" }, dots, body,
      h("button.icon", { title: close, "aria-label": close, onclick: leave }, "✕")),
  };
}

function answered() {
  if (step === 1) go(2);
}

/**
 * A generation that was restored by hand is pinned; generation 0 is the encoder as it is.
 * @param {number} generation
 */
const trainedHere = (generation) =>
  begun !== null && generation > Math.max(begun, 0) && !state.status?.pinned;

/** @param {KeyboardEvent} event */
function leaveByKey(event) {
  if (event.key !== "Escape" || state.view !== "review" || !(step || foldersAsked())) return;
  if (keysAreOurs(event) && !zoomed()) leave();
}

function leave() {
  if (foldersAsked()) putOff();
  else go(0);
}

// A reload goes on where the tab was. Who has been here, under this name, is known to the server;
// the browser knows whom it has shown round in another workspace.
async function welcome() {
  const asked = place();
  begun = state.status?.generation ?? null;
  const kept = stored("session", asked, null);
  if (kept !== null) { go(Number(kept) || 0); return; }
  const answer = await quietly(() => rpc("guide_welcome"));
  if (asked !== place()) return;
  const elsewhere = stored("local", guided(), "") !== "";
  keep("local", guided(), "yes");
  go(answer?.first && !elsewhere ? 1 : 0);
}

/** @param {number} next */
function go(next) {
  step = next;
  keep("session", place(), String(step));
  paint();
}

function paint() {
  const asked = foldersAsked();
  const shown = asked || step > 0;
  parts.card.hidden = !shown;
  parts.dots.hidden = asked;
  document.body.classList.toggle("guided", shown);
  if (asked) parts.body.replaceChildren(...foldersQuestion());
  if (asked || !shown) return;
  [...parts.dots.children].forEach((dot, index) => dot.classList.toggle("on", index < step));
  parts.body.replaceChildren(...[meaning, answering, watching][step - 1]());
}

/** @returns {(Node | string)[]} */
function meaning() {
  const { criteria } = workspace();
  const start = h("b", {}, "What belongs together is up to you. ");
  if (criteria.length > 1) return [start, "Pick a meaning:", ...criteria.slice(0, 5).map(choice)];
  return [start, `The question is “${question()[0]}” `,
    h("button.pill", { onclick: () => emit("word-criterion") }, "Word it differently"),
    h("button.pill", { onclick: () => go(2) }, "Go on")];
}

/** @param {CriterionRow} criterion */
const choice = ({ name, title, question: asked }) => h("button.meaning", {
  "aria-pressed": name === state.criterion,
  onclick: async () => { await chooseCriterion(name); go(2); },
}, h("b", {}, title), h("span", {}, worded(asked)[0]));

/** @returns {(Node | string)[]} */
function answering() {
  countDown();
  const touch = matchMedia("(hover: none)").matches;
  const how = sorts() ? sorting(touch) : touch ? taps() : keys();
  return [...how, parts.left];
}

// Of everybody's answers: the server counts those that no training run has seen.
function countDown() {
  const { status } = state;
  if (!status) { parts.left.textContent = ""; return; }
  const left = answersToTrain() - status.new_decisions - (standing() - status.decisions);
  const said = left > 0
    ? `${plural(left, "answer")} until the images are sorted anew.` : "The images are being sorted anew …";
  if (parts.left.textContent !== said) parts.left.textContent = said;
}

const taps = () =>
  [h("b", {}, "One tap an answer, "), "or swipe the pair: right is same, left is different. "];

const sorts = () => document.body.dataset.ask === "sort";

/** @param {boolean} touch @returns {(Node | string)[]} */
function sorting(touch) {
  if (touch) return [h("b", {}, "One tap an image: "), "the group it belongs to. A new one is typed once. "];
  return [h("b", {}, "One key an image. "), h("kbd", {}, "1"), " to ", h("kbd", {}, "9"), " its group, ",
    h("kbd", {}, "Enter"), " the best guess, ", h("kbd", {}, "N"), " a new group, ",
    h("kbd", {}, "⌫"), " undo. "];
}

const keys = () => [h("b", {}, "One key or one click an answer. "), h("kbd", {}, symbolOf("same")),
  " same, ", h("kbd", {}, symbolOf("different")), " different, ", h("kbd", {}, symbolOf("skip")), " skip, ",
  h("kbd", {}, symbolOf("undo")), " undo. "];

/** @returns {(Node | string)[]} */
function watching() {
  const often = `It does after every ${answersToTrain()}. A lasso sorts many at once. `;
  const what = sorts() ? "The guesses have followed your answers, and so has the map. "
    : "The map has followed your answers. ";
  return [h("b", {}, what), often,
    h("button.pill.narrow", { onclick: () => emit("see-map") }, "See the map"),
    h("button.pill", { onclick: () => { show("export"); go(0); } }, "What leaves as files"),
    h("button.pill", { onclick: () => go(0) }, "Got it")];
}
