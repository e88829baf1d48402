// @ts-check
// The review screen: one pair, one key. Answers are optimistic; the next pair is already decoded.

import { arrivalPlace } from "./arrival.js";
import { prepare } from "./cards.js";
import { poll, question, rpc, state, whose } from "./core.js";
import { confirmed, h, toast, uuid } from "./dom.js";
import { emit, on } from "./events.js";
import { pickFacts } from "./facts_shown.js";
import { chooseAll, chosenKinds, filterRow } from "./filters.js";
import { plural } from "./format.js";
import { actionOf, drawerOpen, keysStayOurs } from "./keys.js";
import { symbolOf } from "./keys_chosen.js";
import { showKeys, showSortKeys } from "./keys_help.js";
import { decide, drained, unsavedPairs } from "./outbox.js";
import { Buffer } from "./review_buffer.js";
import { emptyState } from "./review_empty.js";
import { count, readTally, tally } from "./review_tally.js";
import { mountSort, setSort, sortKey, sortOn, sortTookBack, sortZoom } from "./sort.js";
import { keep, stored } from "./storage.js";
import { swipe } from "./swipe.js";
import { attempt, makeQuiet, messageOf } from "./trouble.js";
import { closeZoom, openZoom, paintZoom, zoomed } from "./zoom.js";

/** @import { Prepared } from "./cards.js" */
/** @import { Card, Cards, Counts, DecisionRow } from "./api.js" */
/** @import { Receipts, Verdict } from "./types.js" */

const RETRY_MS = 1500;
const STALE_MS = 90_000; // leases expire after two minutes without a sign of life

const BUTTONS = /** @type {const} */ ([
  ["same", "Same", "y"], ["different", "Different", "n"], ["unsure", "Unsure", ""],
  ["incomparable", "Can’t", ""], ["skip", "Skip", ""], ["undo", "Undo", ""],
]);
const VERDICTS = new Set(["same", "different", "unsure", "incomparable"]);

const TOO_LATE = "Not undone: another criterion or reviewer was chosen meanwhile.";
const JUNK = "out of queues, map and groups. Decisions stay, and it can be put back under Decisions.";

/** @type {ReturnType<typeof build>} */
let parts;
/** @type {Buffer<Card, Prepared>} */
const buffer = new Buffer(prepare);
let filling = false;
let paintedAt = 0;
let hiddenAt = 0;
let retry = 0;
let undoing = Promise.resolve(); // one after the other, none dropped
let step = ""; // id of an undo whose reply is not here: sent again it undoes nothing more
const quietly = makeQuiet();

/** @param {HTMLElement} element */
export function mount(element) {
  readTally();
  parts = build();
  const sort = mountSort();
  const tools = h("span.tools", {},
    h("button.icon.facts-pick", {
      title: "What is known of the two, under the pictures", "aria-label": "Attributes under the pictures",
      onclick: () => pickFacts(rebuild),
    }, h("b", {}, "i")),
    parts.zoom, h("button.icon", { title: "Keys", "aria-label": "Keys", onclick: help }, "?"));
  element.replaceChildren(h("section.card.review", {},
    h("div.row.top-row", {}, parts.modes, filterRow(() => reset()), h("span.spacer"), sort.kinds, tools),
    parts.asked, parts.chips, parts.card, parts.empty, sort.place, arrivalPlace()));
  swipe(parts.pair, act);
  window.addEventListener("keydown", onKey);
  keysStayOurs();
  document.addEventListener("visibilitychange", onVisibility);
  listen();
  paintQuestion();
  paintKeys();
  setMode(stored("local", "ask", "pairs"));
}

/** @param {string} mode "pairs" or "sort", remembered by the browser */
function setMode(mode) {
  keep("local", "ask", mode);
  document.body.dataset.ask = mode;
  for (const [name, button] of Object.entries(parts.modeButtons)) {
    button.setAttribute("aria-pressed", String(name === mode));
  }
  emit("ask", mode);
  setSort(mode === "sort");
  return reset();
}

/** @param {string} mode @param {string} label @param {string} title */
const modeButton = (mode, label, title) => h("button.seg", {
  title, dataset: { mode }, onclick: (event) => { event.currentTarget.blur(); setMode(mode); },
}, label);

function build() {
  const title = h("h1");
  const rule = h("p.rule");
  const pair = h("div.pair");
  const facts = h("div.facts-row");
  const strips = h("div.nears");
  const keys = h("div.keys");
  const zoomButton = h("button.icon", { "aria-label": "Zoom", onclick: () => act("zoom") }, "⤢");
  const modeButtons = {
    pairs: modeButton("pairs", "Pairs", "Two images at a time: do they belong together?"),
    sort: modeButton("sort", "Sort", "Put images into groups, one or many at a time"),
  };
  return {
    modeButtons,
    modes: h("span.segs", { role: "group", "aria-label": "How to answer" }, ...Object.values(modeButtons)),
    title, rule, pair, facts, strips, keys, zoom: zoomButton,
    asked: h("div.q", {}, title, rule), chips: h("div.chips"),
    card: h("div.card-body", { hidden: true }, pair, facts, keys, strips), empty: h("div.empty"),
  };
}

function listen() {
  on("criterion", () => reset());
  on("criteria", paintQuestion);
  on("reviewer", () => { readTally(); return reset(); });
  on("settings", rebuild);
  on("status", () => { if (!buffer.shown) { paintEmpty(); fill(); } });
  on("receipts", heard);
  on("refused", fill);
  on("stuck", () => paintEmpty());
  on("keys", paintKeys);
  on("generation", () => { if (buffer.finished !== null) again(); });
  on("strategy", () => reset());
  on("exclude", (item) => exclude([item.id], item.name));
  on("exclude-many", (ids) => exclude(ids, plural(ids.length, "item")));
  on("zoom", () => act("zoom"));
  on("undo", () => act("undo"));
  on("changed-elsewhere", heard);
}

function rebuild() {
  buffer.refresh();
  paint();
  paintStrips();
}

/** @param {Receipts} told what answers did: pairs that are decided by now, and the counts of the queues */
function heard(told) {
  drop(told.void);
  emitCounts(told.counts);
}

/** @param {Counts | undefined} counts */
function emitCounts(counts) {
  if (!counts) return;
  if (state.status) state.status.counts = counts;
  emit("counts", counts);
}

// ---- buffer --------------------------------------------------------------------------------

async function reset({ release = true } = {}) {
  buffer.restart();
  step = "";
  paintQuestion();
  closeZoom();
  paint();
  if (sortOn()) return;
  if (release && state.status) await quietly(() => rpc("review_release"));
  fill();
}

async function fill() {
  const n = buffer.wanted();
  if (sortOn() || filling || n === 0 || !state.criterion) return;
  clearTimeout(retry);
  filling = true;
  const asked = buffer.epoch;
  try {
    const have = [...buffer.keys, ...unsavedPairs()];
    take(asked, await rpc("review_cards", { n, kinds: chosenKinds(), have }));
  } catch (error) {
    if (asked === buffer.epoch && !buffer.shown) paintEmpty(messageOf(error));
    retry = setTimeout(fill, RETRY_MS);
  } finally {
    filling = false;
    if (asked !== buffer.epoch) fill();
  }
}

/** @param {number} asked @param {Cards} told */
function take(asked, told) {
  const waited = !buffer.shown;
  const came = buffer.take(asked, told, unsavedPairs());
  if (came === null) return;
  emitCounts(told.counts);
  if (came !== "cards") paintEmpty();
  else if (waited) { paint(); firstPair(); }
  if (came === "wait") retry = setTimeout(fill, RETRY_MS);
}

async function firstPair() {
  await buffer.shown?.ready;
  emit("first-pair");
}

/** @param {string[] | undefined} keys */
function drop(keys) {
  if (!keys?.length) return;
  buffer.drop(keys);
  fill();
}

// ---- painting ------------------------------------------------------------------------------

function paintQuestion() {
  [parts.title.textContent, parts.rule.textContent] = question();
}

function paint() {
  const card = buffer.shown;
  parts.card.hidden = !card;
  parts.card.dataset.pair = card ? card.key : "";
  parts.card.dataset.criterion = card ? state.criterion : "";
  parts.empty.hidden = Boolean(card);
  parts.asked.hidden = !card;
  parts.chips.replaceChildren(...(card?.chips ?? []));
  parts.facts.replaceChildren(...(card?.facts ?? []));
  if (card) parts.pair.replaceChildren(...card.pair);
  else paintEmpty();
  if (!sortOn()) paintZoom(card ? both(card) : []);
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
      const card = buffer.shown;
      paintStrips();
      emit("pair", card ? { a: card.a, b: card.b } : null);
    };
    channel.port2.postMessage(0);
  });
}

function paintStrips() {
  parts.strips.replaceChildren(...(buffer.shown?.strips ?? []));
}

/** @param {string | null} error */
function paintEmpty(error = null) {
  if (buffer.shown) return;
  parts.card.hidden = true;
  parts.empty.hidden = false;
  parts.asked.hidden = true;
  parts.empty.replaceChildren(emptyState({
    error, finished: buffer.finished, tally: tally(), filtered: chosenKinds().length > 0, again,
    showAll: chooseAll,
  }));
}

function again() {
  buffer.reopen();
  paintEmpty();
  fill();
}

// ---- actions -------------------------------------------------------------------------------

function paintKeys() {
  parts.keys.replaceChildren(...BUTTONS.map(keyButton));
  parts.zoom.title = `Zoom (${symbolOf("zoom")})`;
}

/** @param {(typeof BUTTONS)[number]} button */
function keyButton([action, label, tone]) {
  return h(tone ? `button.key.${tone}` : "button.key", {
    onclick: (event) => { event.currentTarget.blur(); act(action); }, dataset: { action },
  }, label, h("kbd", {}, symbolOf(action)));
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (state.view !== "review" && !drawerOpen()) return;
  const action = actionOf(event);
  if (sortOn() && action !== "undo" && action !== "help") {
    if (sortKey(event)) event.preventDefault();
    return;
  }
  if (!action) return;
  event.preventDefault();
  if (action !== "held") act(action);
}

/** @param {string} action */
function act(action) {
  if (VERDICTS.has(action)) answer(/** @type {Verdict} */ (action));
  else if (action === "skip") skip();
  else if (action === "undo") undo();
  else if (action === "zoom") zoom();
  else if (action === "help") help();
  else if (action === "close") closeZoom();
  else if (zoomed() && buffer.shown) paintZoom(both(buffer.shown), action);
}

/** @param {Verdict} verdict */
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

async function skip() {
  const card = buffer.shift();
  if (!card) return;
  paint();
  count("skip");
  await quietly(() => rpc("review_skip", { a: card.a.id, b: card.b.id }));
  fill();
}

function undo() {
  const asked = whose();
  undoing = undoing.then(() => undoOne(asked));
}

/** @param {string} asked whose answer it is to take back */
async function undoOne(asked) {
  try {
    await drained();
    if (asked !== whose()) { toast(TOO_LATE); return; }
    step ||= uuid();
    const { undone, cards } = await rpc("review_undo", { id: step });
    if (asked !== whose()) return;
    step = "";
    if (undone.length) emit("undone", undone);
    if (sortOn() ? sortTookBack(undone) : undone.length) tookBack(undone, cards);
    else toast("Nothing of yours is left to undo.");
  } catch (error) {
    toast(`Undo has to wait: ${messageOf(error)}`, { bad: true });
  }
}

/** @param {DecisionRow[]} undone @param {Card[]} cards */
function tookBack(undone, cards) {
  count("undo");
  if (sortOn()) return;
  if (undone.length > 1) {
    toast(`Took back ${plural(undone.length, "answer")} of one gesture.`);
    again();
    return;
  }
  buffer.putBack(cards);
  paint();
  fill();
}

function zoom() {
  if (zoomed()) closeZoom();
  else if (sortOn()) sortZoom();
  else if (buffer.shown) openZoom(both(buffer.shown), true);
}

/** @param {string[]} items @param {string} name */
async function exclude(items, name) {
  if (!(await confirmed("Exclude as junk?", `${name}: ${JUNK}`, "Exclude"))) return;
  if (!(await attempt(() => rpc("review_exclude", { items })))) return;
  buffer.exclude(items);
  toast("Excluded.", { action: "Put back", run: () => putIn(items) });
  emit("excluded", items);
  poll(); // the map follows
  paint();
  fill();
}

/** @param {string[]} items */
async function putIn(items) {
  await attempt(() => rpc("review_exclude", { items, restore: true }));
  poll();
}

/** @param {Card} card */
const both = ({ a, b }) => [a, b];

function help() {
  if (sortOn()) showSortKeys();
  else showKeys();
}

function onVisibility() {
  if (document.hidden) { hiddenAt = performance.now(); return; }
  if (hiddenAt && performance.now() - hiddenAt > STALE_MS) reset({ release: false });
  hiddenAt = 0;
}
