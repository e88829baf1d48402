// @ts-check
// One image against five groups: "which one, or none?" An answer is written as its pairs, in one
// step. The next question is fetched while this one is looked at.

import { question, rpc } from "./core.js";
import { h, imageUrl, nameplate, toast, uuid, within } from "./dom.js";
import { emit, on } from "./events.js";
import { pairKey, percent, plural } from "./format.js";
import { attempt, makeQuiet } from "./trouble.js";

/** @import { NextQuestion, Cover, Item, Question } from "./api.js" */

const RETRY_MS = 3000;

const MOST_SEEN = 1000; // as many as a request may name

/** @type {HTMLElement} */
let host;
let active = false;
/** @type {(Question & { batch: string }) | null} */
let current = null;
/** @type {Promise<NextQuestion | undefined> | null} */
let upcoming = null; // the answer to question_next
/** @type {string[]} */
let skipped = [];
/** @type {Promise<unknown>} */
let leaving = Promise.resolve(); // the last skip's way to the server
let saving = false;
let paintedAt = 0;
let epoch = 0;
let retry = 0;
/** @type {() => void} */
let leave; // back to pairs
const quietly = makeQuiet();

/** The place where questions are painted, hidden until they are chosen. */
export function questionPlace() {
  host = h("div.question", { hidden: true });
  on("criterion", restart);
  on("reviewer", restart);
  on("generation", () => (current ? undefined : restart()));
  on("changed-elsewhere", (answer) => drop(answer.void));
  on("excluded", (items) => replace((asked) => names(asked).some((id) => items.includes(id))));
  return host;
}

export const questionsOn = () => active;

/**
 * The button that changes between pairs and questions; `whenLeft` shows pairs again.
 * @param {() => unknown} whenLeft
 */
export function questionButton(whenLeft) {
  leave = () => toggle(button, whenLeft);
  const button = h("button.filter", {
    "aria-pressed": false, title: "Compare one image with five groups at once", onclick: () => leave(),
  }, "1 of 5");
  return button;
}

/** @param {HTMLElement} button @param {() => unknown} whenLeft */
function toggle(button, whenLeft) {
  active = !active;
  button.blur();
  button.setAttribute("aria-pressed", String(active));
  within(document, ".review").classList.toggle("asks-five", active);
  host.hidden = !active;
  restart();
  if (!active) whenLeft();
}

async function restart() {
  epoch += 1;
  clearTimeout(retry);
  current = null;
  upcoming = null;
  skipped = [];
  if (!active) return;
  const asked = epoch;
  await release();
  if (asked === epoch) await next();
}

const release = () => quietly(() => rpc("review_release"));

async function next() {
  const asked = epoch;
  const ahead = upcoming;
  upcoming = null;
  let answer = await (ahead || fetchNext());
  if (asked !== epoch) return;
  if (answer && !answer.question && (ahead || skipped.length)) { // those put off come back
    skipped = [];
    await leaving;
    answer = await fetchNext();
    if (asked !== epoch) return;
  }
  if (!answer?.question) { paintNone(answer?.message); return; }
  current = { ...answer.question, batch: uuid() };
  paint(current);
  upcoming = fetchNext();
}

/** @param {Question} asked */
const names = ({ item, covers }) => [item, ...covers].map(({ id }) => id);

/**
 * What answers have decided in part meanwhile is not asked.
 * @param {string[]} keys
 */
function drop(keys) {
  const gone = new Set(keys);
  return replace(({ item, covers }) => covers.some((cover) => gone.has(pairKey(item.id, cover.id))));
}

/**
 * Another question comes in the place of one that is `out`.
 * @param {(asked: Question) => boolean} out
 */
function replace(out) {
  if (current && out(current)) return restart();
  upcoming = upcoming?.then((answer) =>
    (answer?.question && out(answer.question) ? release().then(fetchNext) : answer)) ?? null;
  return undefined;
}

const fetchNext = () => {
  const seen = [...skipped, ...(current ? [current.item.id] : [])].slice(-MOST_SEEN);
  return quietly(() => rpc("question_next", { seen }));
};

function paintNone(message = "The server cannot be reached; trying again.") {
  clearTimeout(retry);
  retry = setTimeout(() => (active && !current ? next() : undefined), RETRY_MS);
  if (host.textContent?.startsWith(message)) return;
  host.replaceChildren(h("div.note", {}, h("p", {}, message),
    h("button.primary", { onclick: () => leave() }, "Back to pairs")));
}

/** @param {Question} asked */
function paint({ item, covers }) {
  host.replaceChildren(
    h("div.q", {}, h("h1", {}, "Which of these does it belong with?"), h("p.rule", {}, question()[1])),
    h("figure.side.asked", {}, picture(item), h("span.caption", { title: item.name }, item.name)),
    h("div.covers", {}, ...covers.map(coverButton)),
    h("div.keys", {},
      h("button.key.n", { dataset: { action: "none" }, onclick: () => choose(null) },
        "None of these", h("kbd", {}, "0")),
      h("button.key", { dataset: { action: "skip" }, onclick: skip }, "Skip", h("kbd", {}, "␣")),
      h("button.key", { dataset: { action: "undo" }, onclick: () => emit("undo") },
        "Undo", h("kbd", {}, "⌫"))));
  paintedAt = performance.now();
}

/** @param {Cover} cover @param {number} place */
const coverButton = (cover, place) => h("button.cover", {
  title: `${cover.name} · ${percent(cover.chance)} likely`, dataset: { choice: place },
  onclick: () => choose(place),
}, picture(cover), h("span", {}, h("kbd", {}, String(place + 1)), ` ${plural(cover.size, "item")}`));

/** @param {Item} item */
function picture(item) {
  if (!item.w) return h("div.plate", {}, nameplate(item));
  return h("img", { alt: item.name, draggable: false, src: imageUrl(item.id) });
}

/** @param {number | null} choice */
async function choose(choice) {
  if (!current || saving || (choice !== null && choice >= current.covers.length)) return;
  const { item, covers, batch } = current;
  const asked = epoch;
  const milliseconds = Math.round(performance.now() - paintedAt);
  setSaving(true);
  const answer = await attempt(() => rpc("question_answer", {
    item: item.id, covers: covers.map((cover) => cover.id), choice, milliseconds, batch_id: batch,
  }));
  setSaving(false);
  if (!answer) { toast("That answer is not saved; press it again.", { bad: true }); return; }
  if (asked === epoch) current = null;
  emit("changed-elsewhere", answer);
  if (asked === epoch) await next();
}

/** @param {boolean} is */
function setSaving(is) {
  saving = is;
  host.setAttribute("aria-busy", String(is));
}

function skip() {
  if (!current || saving) return;
  const { item, covers } = current;
  skipped.push(item.id);
  current = null;
  const values = { item: item.id, covers: covers.map((cover) => cover.id) };
  leaving = quietly(() => rpc("question_skip", values));
  next();
}

/**
 * Keys 1 to 5 and 0, and the space bar; false where the key is not the question's.
 * @param {number | null} digit
 * @param {string | null} action
 */
export function questionKey(digit, action) {
  if (digit !== null) choose(digit === 0 ? null : digit - 1);
  else if (action === "skip") skip();
  else return false;
  return true;
}
