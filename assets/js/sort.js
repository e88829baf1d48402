// @ts-check
// Sort: images are put into groups by names, grids and piles. Answers are optimistic: they wait in the
// outbox, and the next question is here already.

import { rpc, state } from "./core.js";
import { h, toast, uuid } from "./dom.js";
import { emit, on } from "./events.js";
import { plural } from "./format.js";
import { plainKey } from "./keys.js";
import { deliver } from "./outbox.js";
import { groupOf, itemsOf, keyOf, pairsOf, Questions } from "./sort_buffer.js";
import { emptyBoard, laid, unsavedItems } from "./sort_board.js";
import { nothing, why } from "./sort_empty.js";
import { calledAs } from "./sort_groups.js";
import { mergeForm } from "./sort_merge.js";
import { nameForm } from "./sort_name.js";
import { picturesOf } from "./sort_pictures.js";
import { sweepForm } from "./sort_sweep.js";
import { keep, stored } from "./storage.js";
import { makeQuiet, messageOf } from "./trouble.js";
import { closeZoom, openZoom, zoomed } from "./zoom.js";

/** @import { DecisionRow, Item, SortGroup, SortQuestions } from "./api.js" */
/** @import { SortDelivered, SortName } from "./types.js" */
/** @import { Question } from "./sort_buffer.js" */
/** @import { Board } from "./sort_board.js" */
/** @import { Asked } from "./sort_pictures.js" */
/** @import { Marks } from "./sort_tiles.js" */

/** @typedef {Question & Asked & { marks?: Marks, drawn?: boolean }} Held */

/**
 * What a form shows and which keys it takes; `groups` follows the board.
 * @typedef {{ node: HTMLElement, key: (key: string, typed: string) => boolean, groups: () => void }} Form
 */

/**
 * What a form can do: answer (keeping what the screen needs to ask the same again), put off, take back,
 * and show items large.
 * @typedef {object} Ways
 * @property {(call: SortName, values: object, kept?: { marks?: Marks }) => void} answer
 * @property {() => void} skip
 * @property {() => void} undo
 * @property {(items: Item[]) => void} zoom
 */

/** @typedef {{ batch: string, question: Held, silent: boolean }} Answered */

const FORMS = [["", "chosen for you"], ["name", "Name"], ["sweep", "Sweep"], ["merge", "Merge"]];
const REMEMBERED = 100;
const RETRY_MS = 1500;

/** @type {ReturnType<typeof build>} */
let parts;
/** @type {Questions<Asked>} */
const buffer = new Questions(picturesOf);
/** @type {Board} */
const board = { told: [], groups: [], places: [] };
/** @type {Form | null} */
let form = null;
/** @type {Answered[]} */
let answered = []; // in this tab, the newest last: what is taken back is shown as it was
let active = false;
let chosen = ""; // the form to stay in
/** @type {string | null} */
let checked = null; // the group to stay with
/** @type {string | null} */
let claimed = null; // the claim whose drawn images are asked about
let filling = false;
let wanted = false; // another fill, after the one under way
let paintedAt = 0;
let retry = 0;
let version = 0; // of the server's state, as answers told it
/** @type {string | null} */
let trouble = null;
const quietly = makeQuiet();

/** @type {Ways} */
const ways = {
  answer, skip, undo: () => emit("undo"), zoom: (items) => (zoomed() ? closeZoom() : openZoom(items)),
};

/** Build the `place` of the questions, hidden until Sort is chosen, and the choice of their `kinds`. */
export function mountSort() {
  chosen = stored("local", "sort.form", "");
  parts = build();
  on("criterion", begin);
  on("reviewer", begin);
  on("sorted", delivered);
  on("settings", repaint);
  on("generation", refresh);
  on("changed", (status) => { if (status.version > version) refresh(); });
  on("status", () => { if (active && !form) { paint(); fill(); } });
  on("excluded", (items) => drop((asked) => itemsOf(asked).some((id) => items.includes(id))));
  on("check-group", check);
  on("audit", audit);
  return { place: parts.place, kinds: parts.kinds };
}

function build() {
  const select = h("select", {
    "aria-label": "Kind of question", onchange: () => { select.blur(); choose(select.value); },
  }, ...FORMS.map(([value, label]) => h("option", { value, selected: value === chosen }, label)));
  const only = h("button.filter", {
    hidden: true, title: "Ask about all groups again",
    onclick: () => (claimed ? emit("audit", null) : check(null)),
  });
  const body = h("div.sort-body");
  const reason = h("span.soft.sort-why");
  const kinds = h("span.sort-kinds", {}, only, reason, select);
  return { select, only, why: reason, body, kinds, place: h("div.sort", { hidden: true }, body) };
}

export const sortOn = () => active;

/** @param {boolean} is whether Sort is shown */
export function setSort(is) {
  active = is;
  parts.place.hidden = !is;
  parts.kinds.hidden = !is;
  return begin();
}

async function begin() {
  buffer.restart();
  clearTimeout(retry);
  [answered, checked, claimed, form, trouble] = [[], null, null, null, null];
  Object.assign(board, emptyBoard());
  if (!active) return;
  const asked = buffer.epoch;
  paint();
  if (state.status) await quietly(() => rpc("review_release"));
  if (asked === buffer.epoch) fill();
}

/** @param {string} next */
function choose(next) {
  chosen = next;
  keep("local", "sort.form", next);
  if (next !== "sweep") checked = null;
  if (claimed) emit("audit", null);
  else again();
}

/** @param {string | null} group the one to check, null for all */
function check(group) {
  checked = group;
  if (claimed) emit("audit", null);
  else again();
}

/** @param {string | null} claim the one to check, null for none */
function audit(claim) {
  if (!active || claim === claimed) return;
  claimed = claim;
  again();
}

// Other questions than those held.
function again() {
  buffer.restart();
  trouble = null;
  form = null;
  paint();
  fill();
}

// ---- questions -----------------------------------------------------------------------------

const refresh = () => { if (active) fill(); };

async function fill() {
  if (!active || !state.criterion) return;
  wanted = filling;
  if (filling) return;
  clearTimeout(retry);
  filling = true;
  const asked = buffer.asking();
  try {
    const unsaved = unsavedItems();
    const have = [...new Set([...buffer.have, ...unsaved])];
    const values = { form: /** @type {"name"} */ (chosen || null), group: checked, have, n: buffer.ahead };
    const came = claimed ? await drawn(claimed, have)
      : await rpc("sort_next", checked ? { ...values, form: "sweep" } : values);
    take(asked, came, unsaved);
  } catch (error) {
    if (asked === buffer.epoch && !buffer.shown) { trouble = messageOf(error); paint(); }
    retry = setTimeout(fill, RETRY_MS);
  } finally {
    filling = false;
    if (wanted || asked !== buffer.epoch) fill();
  }
}

/** The images drawn for a claim. @param {string} claim @param {string[]} have */
async function drawn(claim, have) {
  const came = await rpc("claim_audits", { claim, have, n: buffer.ahead + 1 });
  const questions = came.questions.map((one) => ({ ...one, drawn: true }));
  return { ...came, questions, message: "All of these are looked at." };
}

/** @param {number} asked @param {SortQuestions} came @param {string[]} unsaved */
function take(asked, came, unsaved) {
  if (!buffer.take(asked, came, unsaved)) return;
  trouble = null;
  setGroups(came.groups);
  if (!buffer.shown && claimed && !unsaved.length) { emit("audit", null); return; }
  if (!buffer.shown && !unsaved.length && buffer.recall()) { wanted = true; return; }
  if (form) return;
  paint();
  firstQuestion();
  wanted = buffer.shown !== undefined; // as many ahead as it keeps
}

async function firstQuestion() {
  await buffer.shown?.ready;
  if (buffer.shown) emit("first-pair");
}

/** @param {SortGroup[]} told */
function setGroups(told) {
  Object.assign(board, laid(board, told));
  const here = new Set(board.groups.map(({ id }) => id));
  const gone = drop((asked) => { const id = groupOf(asked); return id !== null && !here.has(id); });
  if (gone) toast("The group of this grid is gone, or joined with another one; something else is asked.");
  form?.groups();
  emit("sort-board", board);
}

/**
 * Whether the one on screen was among those that cannot be answered any more.
 * @param {(question: Question) => boolean} out
 */
function drop(out) {
  const gone = buffer.keep((asked) => !out(asked));
  if (gone) { form = null; paint(); fill(); }
  return gone;
}

// ---- painting ------------------------------------------------------------------------------

function repaint() {
  form = null;
  paint();
}

function paint() {
  if (!active) return;
  const question = buffer.shown;
  parts.only.hidden = checked === null && claimed === null;
  parts.only.textContent = claimed ? "a random sample ✕" : `only ${nameOf(checked)} ✕`;
  const stays = chosen !== "" || checked !== null || claimed !== null;
  parts.why.textContent = question && !stays ? why(question, nameOf) : "";
  parts.select.value = checked || claimed ? "sweep" : chosen;
  parts.place.dataset.question = question ? keyOf(question) : "";
  parts.place.dataset.form = question?.form ?? "";
  parts.place.dataset.many = String(board.groups.length > 9);
  if (!question) {
    const free = () => { checked = null; choose(""); };
    parts.body.replaceChildren(nothing({ trouble, finished: buffer.finished, stays, again, free }));
    return;
  }
  form = formOf(question);
  parts.body.replaceChildren(form.node);
  if (zoomed()) closeZoom();
  paintedAt = performance.now();
  performance.mark("curation-question");
}

/** @param {Held} question */
function formOf(question) {
  if (question.form === "name") return nameForm(question, board, ways);
  return question.form === "sweep" ? sweepForm(question, board, ways) : mergeForm(question, board, ways);
}

/** @param {string | null} id */
const nameOf = (id) => calledAs(board.groups.find((group) => group.id === id));

// ---- answers -------------------------------------------------------------------------------

/** @param {SortName} call @param {object} values @param {{ marks?: Marks }} [more] */
function answer(call, values, more = {}) {
  const question = buffer.shift();
  if (!question) return;
  const batch = uuid();
  const milliseconds = Math.round(performance.now() - paintedAt);
  answered = [...answered, { batch, question: { ...question, ...more }, silent: false }].slice(-REMEMBERED);
  form = null;
  const whole = /** @type {any} */ ({ ...values, criterion: state.criterion, batch_id: batch, milliseconds });
  deliver(call, whole);
  setGroups(board.told);
  if (!form) paint();
  if (!buffer.shown) fill();
}

function skip() {
  const question = buffer.skip();
  if (!question) return;
  form = null;
  paint();
  const pairs = pairsOf(question);
  if (pairs.length) void quietly(() => rpc("sort_skip", { pairs }));
  fill();
}

/** @param {SortDelivered} sent */
function delivered({ values, answer: sorted }) {
  const { criterion, reviewer, batch_id: batch } = values;
  if (criterion !== state.criterion || reviewer !== state.reviewer) return;
  const entry = answered.find((one) => one.batch === batch);
  if (!sorted) { refused(entry); return; }
  version = Math.max(version, sorted.version);
  if (entry) entry.silent = sorted.receipts.length === 0;
  setGroups(sorted.groups);
  emit("changed-elsewhere", sorted);
  if (sorted.receipts.some((receipt) => receipt.conflict)) contradicted();
  refresh();
}

function contradicted() {
  toast("This answer contradicts earlier ones; it is kept, but not applied. See “Look again”.");
  emit("contradiction");
}

// What the server does not take is asked anew, where it still can be: piles that are one by now are not.
/** @param {Answered | undefined} entry */
async function refused(entry) {
  if (entry) answered = answered.filter((one) => one !== entry);
  await fill();
  if (entry && active && entry.question.form !== "merge") bringBack(entry.question);
}

/** @param {Held} question */
function bringBack(question) {
  buffer.putBack(question);
  form = null;
  setGroups(board.told); // drops it where its group is gone
  if (!form) paint();
  fill();
}

/**
 * The answer of rows that were taken back is on the screen again as it was; false where no answer of
 * this tab was. No rows: the first name of all is no decision yet.
 * @param {DecisionRow[]} rows
 */
export function sortTookBack(rows) {
  const last = answered.at(-1);
  const entry = rows.length ? answered.find(({ batch }) => batch === rows[0].batch_id) : last?.silent && last;
  if (!entry) {
    if (rows.length) { toast(`Took back ${plural(rows.length, "answer")}.`); refresh(); }
    return rows.length > 0;
  }
  answered = answered.filter((one) => one !== entry);
  bringBack(entry.question);
  return true;
}

// ---- keys ----------------------------------------------------------------------------------

/** @param {KeyboardEvent} event whether it was for the question */
export function sortKey(event) {
  const key = plainKey(event);
  if (key === null || !form) return false;
  if (key === "Escape" && zoomed()) { closeZoom(); return true; }
  return form.key(key, event.key);
}

/** The picture of the question, large. */
export const sortZoom = () => form?.key("v", "v");
