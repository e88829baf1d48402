// The review screen: one pair, one key. Answers are optimistic; the next pair is already decoded.

import {
  emit, keep, on, question, rpc, state, stored,
} from "./core.js";
import { prepare } from "./cards.js";
import {
  attempt, confirmed, dialog, h, plural, toast, uuid,
} from "./dom.js";
import { chooseAll, chosenKinds, filterRow } from "./filters.js";
import { actionOf, digitOf, drawerOpen, LEGEND } from "./keys.js";
import { decide, drained, unsavedPairs } from "./outbox.js";
import { questionButton, questionKey, questionPlace, questionsOn } from "./question.js";
import { emptyState } from "./review_empty.js";
import { swipe } from "./swipe.js";
import { closeZoom, openZoom, paintZoom, zoomed } from "./zoom.js";

const AHEAD = 8; // cards held, the shown one included
const REFILL_BELOW = 6;
const RETRY_MS = 1500;
const STALE_MS = 90_000; // leases expire after two minutes without a sign of life

const BUTTONS = [
  ["same", "Same", "A", "y"], ["different", "Different", "X", "n"], ["unsure", "Unsure", "U", ""],
  ["incomparable", "Can’t", "C", ""], ["skip", "Skip", "␣", ""], ["undo", "Undo", "⌫", ""],
];
const VERDICTS = new Set(["same", "different", "unsure", "incomparable"]);

const parts = {};
let buffer = [];
let epoch = 0; // answers of an older criterion or filter are dropped
let filling = false;
let finished = null;
let paintedAt = 0;
let hiddenAt = 0;
let retry = 0;
let undoing = Promise.resolve(); // one after the other, none dropped
let step = ""; // id of an undo whose reply is not here: sent again it undoes nothing more

let tally = {}; // this reviewer's answers in this tab, by verdict
const tallyKey = () => `tally.${state.reviewer}`;
const readTally = () => { tally = JSON.parse(stored(sessionStorage, tallyKey(), "{}")); };

export function mount(element) {
  readTally();
  parts.title = h("h1");
  parts.rule = h("p.rule");
  parts.chips = h("div.chips");
  parts.pair = h("div.pair");
  parts.strips = h("div.nears");
  parts.keys = h("div.keys", {}, ...BUTTONS.map(keyButton));
  parts.card = h("div.card-body", { hidden: true }, parts.pair, parts.keys, parts.strips);
  parts.empty = h("div.empty");
  const tools = h("span.tools", {}, questionButton(() => reset()),
    h("button.icon", { title: "Zoom (V)", "aria-label": "Zoom", onclick: () => act("zoom") }, "⤢"),
    h("button.icon", { title: "Keys (?)", "aria-label": "Keys", onclick: help }, "?"));
  element.replaceChildren(h("section.card.review", {},
    h("div.row.top-row", {}, filterRow(() => reset()), tools), h("div.q", {}, parts.title, parts.rule), parts.chips,
    parts.card, parts.empty, questionPlace()));
  swipe(parts.pair, (action) => act(action));
  window.addEventListener("keydown", onKey);
  document.addEventListener("visibilitychange", onVisibility);
  listen();
  paintQuestion();
  paintEmpty();
}

function listen() {
  on("criterion", reset);
  on("reviewer", () => { readTally(); reset(); });
  on("settings", () => { buffer = buffer.map(prepare); paint(); paintStrips(); });
  on("status", () => { if (!buffer.length) { paintEmpty(); fill(); } });
  on("receipts", (answer) => { drop(answer.void || []); emitCounts(answer); });
  on("refused", () => fill());
  on("generation", () => { if (finished) again(); });
  on("strategy", () => reset());
  on("exclude", (item) => exclude([item.id], item.name));
  on("exclude-many", (ids) => exclude(ids, plural(ids.length, "item")));
  on("zoom", () => act("zoom"));
  on("undo", () => act("undo"));
  on("changed-elsewhere", (answer) => { drop(answer?.void || []); emitCounts(answer); });
}

function emitCounts(answer) {
  if (!answer?.counts) return;
  if (state.status) state.status.counts = answer.counts;
  emit("counts", answer.counts);
}

// ---- buffer --------------------------------------------------------------------------------

async function reset({ release = true } = {}) {
  epoch += 1;
  buffer = [];
  finished = null;
  step = "";
  paintQuestion();
  closeZoom();
  paint();
  if (release && state.status && !questionsOn()) await rpc("review_release").catch(() => undefined);
  fill();
}

async function fill() {
  if (questionsOn() || filling || finished || !state.criterion || buffer.length >= REFILL_BELOW) return;
  clearTimeout(retry);
  filling = true;
  const asked = epoch;
  try {
    const have = [...buffer.map((c) => c.key), ...unsavedPairs()];
    const answer = await rpc("review_cards", { n: AHEAD - buffer.length, kinds: chosenKinds(), have });
    if (asked === epoch) take(answer);
  } catch (error) {
    if (asked === epoch && !buffer.length) paintEmpty(error);
    retry = setTimeout(fill, RETRY_MS);
  } finally {
    filling = false;
    if (asked !== epoch) fill();
  }
}

function take(answer) {
  const taken = new Set([...buffer.map((c) => c.key), ...unsavedPairs()]);
  const fresh = answer.cards.filter((c) => !taken.has(c.key)).map(prepare);
  const waited = !buffer.length;
  buffer.push(...fresh);
  emitCounts(answer);
  if (buffer.length) {
    finished = null;
    if (waited) { paint(); fresh[0]?.ready.then(() => emit("first-pair")); }
    return;
  }
  finished = answer.done ? answer.message || "Every proposed pair is answered." : null;
  paintEmpty();
  if (!answer.done) retry = setTimeout(fill, RETRY_MS);
}

// Pairs that an answer has meanwhile implied: never shown, except the one on screen.
function drop(keys) {
  if (!keys.length) return;
  const gone = new Set(keys);
  buffer = buffer.filter((card, index) => index === 0 || !gone.has(card.key));
  fill();
}

// ---- painting ------------------------------------------------------------------------------

function paintQuestion() {
  [parts.title.textContent, parts.rule.textContent] = question();
}

function paint() {
  const card = buffer[0];
  parts.card.hidden = !card;
  parts.card.dataset.pair = card ? card.key : "";
  parts.empty.hidden = Boolean(card);
  parts.title.parentElement.hidden = !card;
  if (!card) {
    parts.chips.replaceChildren();
    paintEmpty();
  } else {
    parts.pair.replaceChildren(...card.pair);
    parts.chips.replaceChildren(...card.chips);
  }
  paintZoom(card);
  paintedAt = performance.now();
  performance.mark("curation-pair");
  afterPaint();
}

// The frame with the new pair is out once a task after the next animation frame runs; what is not
// the pair itself comes after it.
function afterPaint() {
  requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      const card = buffer[0];
      paintStrips();
      emit("pair", card ? { a: card.a, b: card.b } : null);
    };
    channel.port2.postMessage(0);
  });
}

function paintStrips() {
  parts.strips.replaceChildren(...(buffer[0]?.strips || []));
}

function paintEmpty(error = null) {
  if (buffer.length) return;
  parts.card.hidden = true;
  parts.empty.hidden = false;
  parts.title.parentElement.hidden = true;
  parts.empty.replaceChildren(emptyState({
    error, finished, tally, filtered: chosenKinds().length > 0, again, showAll: chooseAll,
  }));
}

function again() {
  finished = null;
  paintEmpty();
  fill();
}

// ---- actions -------------------------------------------------------------------------------

function keyButton([action, label, key, tone]) {
  const press = (event) => { event.currentTarget.blur(); act(action); };
  return h(tone ? `button.key.${tone}` : "button.key", { onclick: press, dataset: { action } }, label, h("kbd", {}, key));
}

function onKey(event) {
  if (state.view !== "review" && !drawerOpen()) return;
  const action = actionOf(event);
  if (questionsOn() && action !== "undo" && action !== "help") {
    if (questionKey(digitOf(event), action)) event.preventDefault();
    return;
  }
  if (!action) return;
  event.preventDefault();
  if (action !== "held") act(action);
}

function act(action) {
  if (VERDICTS.has(action)) answer(action);
  else if (action === "skip") skip();
  else if (action === "undo") undo();
  else if (action === "zoom") zoom();
  else if (action === "help") help();
  else if (action === "close") closeZoom();
  else if (zoomed()) paintZoom(buffer[0], action);
}

function answer(verdict) {
  const card = buffer.shift();
  if (!card) return;
  const milliseconds = Math.round(performance.now() - paintedAt);
  paint();
  count(verdict);
  decide({
    a: card.a.id, b: card.b.id, verdict, kind: card.kind, strategy: card.strategy,
    score: card.score, generation: card.generation, milliseconds,
    batch_id: null, supersedes: null,
  }, { a: card.a, b: card.b });
  fill();
}

function skip() {
  const card = buffer.shift();
  if (!card) return;
  paint();
  count("skip");
  rpc("review_skip", { a: card.a.id, b: card.b.id }).catch(() => undefined).finally(fill);
}

function undo() {
  undoing = undoing.then(undoOne);
}

async function undoOne() {
  try {
    await drained();
    step ||= uuid();
    const { undone, cards } = await rpc("review_undo", { id: step });
    step = "";
    if (!undone.length) { toast("Nothing of yours is left to undo."); return; }
    count("undo");
    emit("undone", undone);
    if (undone.length > 1) { toast(`Took back ${plural(undone.length, "answer")} of one gesture.`); again(); return; }
    putBack(cards);
  } catch (error) {
    toast(`Undo has to wait: ${error.message}`, { bad: true });
  }
}

function putBack(cards) {
  const back = new Set(cards.map((c) => c.key));
  buffer = [...cards.map(prepare), ...buffer.filter((c) => !back.has(c.key))];
  finished = null;
  paint();
  fill();
}

function zoom() {
  if (zoomed()) closeZoom();
  else if (buffer.length) openZoom(buffer[0]);
}

async function exclude(items, name) {
  const text = `${name}: out of queues, map and groups. Decisions stay, and it can be put back under Decisions.`;
  if (!(await confirmed("Exclude as junk?", text, "Exclude"))) return;
  if (!(await attempt(() => rpc("review_exclude", { items })))) return;
  const gone = new Set(items);
  buffer = buffer.filter((card) => !gone.has(card.a.id) && !gone.has(card.b.id));
  toast("Excluded.", { action: "Put back", run: () => attempt(() => rpc("review_exclude", { items, restore: true })) });
  emit("excluded");
  paint();
  fill();
}

function help() {
  dialog("Keys", h("dl.legend", {}, ...LEGEND.flatMap(([key, meaning]) => [h("dt", {}, key), h("dd", {}, meaning)])));
}

function count(what) {
  tally[what] = (tally[what] || 0) + 1;
  keep(sessionStorage, tallyKey(), JSON.stringify(tally));
}

function onVisibility() {
  if (document.hidden) { hiddenAt = performance.now(); return; }
  if (hiddenAt && performance.now() - hiddenAt > STALE_MS) reset({ release: false });
  hiddenAt = 0;
}
