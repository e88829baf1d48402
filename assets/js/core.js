// The page's shared state: who and what, calls to the server, the status poll, and a small bus.
// Events: overview, criteria, status, generation, counts, progress, changed, view, criterion, reviewer,
// pair, decided, undone, receipts, delivered, unsaved, counted, mapped, ask-criterion, see-map, away, back.
// Those that tell how things stand are told again to a panel that arrives after them.

import { Away, call } from "./call.js";
import { showPictures, uuid } from "./dom.js";

export { Away };

const listeners = new Map();
const STANDING = new Set(["overview", "criterion", "view", "status", "counts"]);
const last = new Map();
const BEFORE_START = new Set(["header_overview", "training_settings"]);
let begin;
const begun = new Promise((resolve) => { begin = resolve; });

export const stored = (box, name, otherwise) => {
  try { return box.getItem(`curation.${name}`) ?? otherwise; } catch { return otherwise; }
};
export const keep = (box, name, value) => {
  try { box.setItem(`curation.${name}`, value); } catch { /* private mode: lasts for this page */ }
};

export const state = {
  tab: stored(sessionStorage, "tab", "") || uuid(),
  reviewer: stored(localStorage, "reviewer", "me"),
  criterion: "",
  view: "review",
  overview: null,
  status: null,
  settings: {},
  away: false,
};
keep(sessionStorage, "tab", state.tab);

export function on(event, listener) {
  if (!listeners.has(event)) listeners.set(event, []);
  listeners.get(event).push(listener);
  if (last.has(event)) queueMicrotask(() => listener(last.get(event)));
}

export function emit(event, value) {
  if (STANDING.has(event)) last.set(event, value);
  for (const listener of listeners.get(event) || []) listener(value);
}

/** Call an operation of the server; throws Away when unreachable, Error with the server's text otherwise.
 *  A tab may be clicked before the page knows its criterion: such a call waits until it does. */
export async function rpc(name, values = {}) {
  if (!BEFORE_START.has(name)) await begun;
  return call(name, { criterion: state.criterion, reviewer: state.reviewer, ...values }, state.tab);
}

// ---- status poll ---------------------------------------------------------------------------

const POLL_MS = 1000;
const LONGEST_MS = 15000;
let timer = 0;
let pause = POLL_MS;
let polling = false;

const whose = () => `${state.criterion}\n${state.reviewer}`;

export async function poll() {
  clearTimeout(timer);
  if (polling || !state.criterion) return;
  if (document.hidden) return;
  polling = true;
  try {
    const asked = whose();
    const status = await rpc("header_status");
    pause = POLL_MS;
    if (state.away) { state.away = false; emit("back"); }
    if (asked === whose()) take(status);
  } catch (error) {
    if (error instanceof Away) {
      pause = Math.min(pause * 2, LONGEST_MS);
      if (!state.away) { state.away = true; emit("away"); }
    }
  } finally {
    polling = false;
    timer = setTimeout(poll, pause);
  }
}

function take(status) {
  const before = state.status;
  state.status = status;
  if (before && before.version === status.version && same(before, status)) return;
  emit("status", status);
  emit("progress", status);
  emit("counts", status.counts);
  if (!before || before.generation !== status.generation) emit("generation", status.generation);
  if (!before || before.version !== status.version) emit("changed", status);
}

// Progress moves without a new version, and another reviewer has a session of their own.
const same = (a, b) =>
  a.progress === b.progress && a.embedded === b.embedded && a.stage === b.stage &&
  JSON.stringify([a.training, a.worker, a.counts, a.session]) ===
    JSON.stringify([b.training, b.worker, b.counts, b.session]);

document.addEventListener("visibilitychange", () => { if (!document.hidden) poll(); });

// ---- who and what --------------------------------------------------------------------------

export async function start() {
  await uniqueTab();
  const overview = await overviewPatiently();
  const names = overview.criteria.map((c) => c.name);
  const before = stored(localStorage, `criterion.${overview.path}`, "");
  state.overview = overview;
  showPictures(overview.has_images);
  state.criterion = names.includes(before) ? before : names[0] || "";
  await loadSettings();
  begin();
  emit("overview", overview);
  emit("criterion", state.criterion);
  poll();
}

async function overviewPatiently() {
  for (let wait = 500; ; wait = Math.min(wait * 2, 8000)) {
    try {
      return await rpc("header_overview");
    } catch (error) {
      if (!(error instanceof Away)) throw error;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

export async function loadSettings() {
  if (state.criterion) state.settings = await rpc("training_settings").catch(() => ({}));
}

/** Criteria made since the page was opened, by a session or in another tab, join the list. */
export async function refreshCriteria() {
  const { criteria } = await rpc("header_overview");
  state.overview = { ...state.overview, criteria };
  emit("criteria", criteria);
}

export async function chooseCriterion(name) {
  if (name === state.criterion) return;
  state.criterion = name;
  state.status = null;
  keep(localStorage, `criterion.${state.overview.path}`, name);
  await loadSettings();
  emit("criterion", name);
  poll();
}

export function chooseReviewer(name) {
  if (!name || name === state.reviewer) return;
  state.reviewer = name;
  keep(localStorage, "reviewer", name);
  emit("reviewer", name);
  poll();
}

export function show(view) {
  state.view = view;
  document.body.dataset.view = view;
  emit("view", view);
}

/** A question and the rule that may follow its question mark. */
export function worded(text) {
  const end = text.search(/[?？]/) + 1 || text.length;
  return [text.slice(0, end), text.slice(end).trim()];
}

/** The criterion's question and rule. */
export const question = () => worded(
  state.overview?.criteria.find((c) => c.name === state.criterion)?.question || "Do these belong together?",
);

// A duplicated tab copies the session storage: two tabs must not hold the same leases.
async function uniqueTab() {
  if (!("BroadcastChannel" in window)) return;
  const channel = new BroadcastChannel("curation.tabs");
  const visit = uuid();
  let taken = false;
  channel.addEventListener("message", ({ data }) => {
    if (data.visit === visit || data.tab !== state.tab) return;
    if (data.ask) channel.postMessage({ tab: state.tab, visit });
    else taken = true;
  });
  channel.postMessage({ ask: true, tab: state.tab, visit });
  await new Promise((resolve) => setTimeout(resolve, 60));
  if (!taken) return;
  state.tab = uuid();
  keep(sessionStorage, "tab", state.tab);
}

window.curation = { state, rpc, show };
