// @ts-check
// The page's shared state: who and what, calls to the server, and the status poll.

import { call } from "./call.js";
import { moved } from "./criteria_moved.js";
import { showPictures, toast, uuid } from "./dom.js";
import { emit } from "./events.js";
import { worded } from "./format.js";
import { keep, stored } from "./storage.js";
import { Away, makeQuiet, messageOf, report } from "./trouble.js";

/** @import { Overview, Settings, SettingsValues, Status } from "./api.js" */
/** @import { Answer, CallName, Given } from "./types.js" */

const BEFORE_START = new Set(["header_overview", "training_settings"]);
/** @type {() => void} */
let begin;
/** @type {Promise<void>} */
const begun = new Promise((resolve) => { begin = resolve; });

export const state = {
  tab: stored("session", "tab", "") || uuid(),
  reviewer: stored("local", "reviewer", "me"),
  criterion: "",
  view: "review",
  overview: /** @type {Overview | null} */ (null),
  status: /** @type {Status | null} */ (null),
  settings: /** @type {Partial<Settings>} */ ({}),
  away: false,
  stuck: "", // what the start waits for, where it waits long
};
/** The workspace, where a panel is only used once it is known. */
export function workspace() {
  if (!state.overview) throw new Error("The workspace is not known yet; reload the page.");
  return state.overview;
}

/**
 * Call an operation of the server; throws Away when unreachable, Error with the server's text
 * otherwise. A tab may be clicked before the page knows its criterion: such a call waits until it does.
 * @template {CallName} K
 * @param {K} name
 * @param {Given<K>} given
 * @returns {Promise<Answer<K>>}
 */
export async function rpc(name, ...given) {
  if (!BEFORE_START.has(name)) await begun;
  return call(name, { criterion: state.criterion, reviewer: state.reviewer, ...given[0] }, state.tab);
}

// ---- status poll ---------------------------------------------------------------------------

const SLOW_MS = 8000;
const NO_ANSWER = "No answer for eight seconds. The page goes on asking; look at the server's output, and at "
  + "what stands before it.";
const POLL_MS = 1000;
const LONGEST_MS = 15000;
let timer = 0;
let pause = POLL_MS;
let polling = false;
const quietly = makeQuiet();

/** What answers are of: who and what was asked for. One of before a change is not used. */
export const whose = () => `${state.criterion}\n${state.reviewer}`;

export async function poll() {
  clearTimeout(timer);
  if (polling || !state.criterion) return;
  if (document.hidden) return;
  polling = true;
  await quietly(look);
  polling = false;
  timer = setTimeout(poll, pause);
}

async function look() {
  const asked = whose();
  try {
    const status = await rpc("header_status");
    pause = POLL_MS;
    if (state.away) { state.away = false; emit("back"); }
    await follow(status);
    if (asked === whose()) take(status);
  } catch (error) {
    if (!state.status) wait(messageOf(error));
    if (!(error instanceof Away)) throw error;
    pause = Math.min(pause * 2, LONGEST_MS);
    if (!state.away) { state.away = true; emit("away"); }
  }
}

// The overview is of a stage and a revision: both move by what is read in, and by others' hands.
/** @param {Status} status */
async function follow({ stage, criteria_revision: revision }) {
  const before = workspace();
  if (before.stage === stage && before.criteria_revision === revision) return;
  await refreshCriteria();
  for (const text of moved(before, workspace())) toast(text);
}

/** @param {Status} status */
function take(status) {
  const before = state.status;
  state.status = status;
  if (before && before.version === status.version && same(before, status)) return;
  emit("status", status);
  emit("counts", status.counts);
  if (!before || before.generation !== status.generation) emit("generation", status.generation);
  if (!before || before.version !== status.version) emit("changed", status);
}

// Progress moves without a new version, and another reviewer has a session of their own.
/** @type {(a: Status, b: Status) => boolean} */
const same = (a, b) =>
  a.progress === b.progress && a.embedded === b.embedded && a.stage === b.stage &&
  JSON.stringify([a.training, a.worker, a.counts, a.session, a.map_key]) ===
    JSON.stringify([b.training, b.worker, b.counts, b.session, b.map_key]);

// ---- who and what --------------------------------------------------------------------------

export async function start() {
  window.curation = { state, rpc, show };
  document.addEventListener("visibilitychange", () => { if (!document.hidden) poll(); });
  window.addEventListener("unhandledrejection", ({ reason }) => report(reason, "page"));
  window.addEventListener("error", ({ error }) => { if (error) report(error, "page"); });
  keep("session", "tab", state.tab);
  await uniqueTab();
  const slow = setTimeout(() => wait(NO_ANSWER), SLOW_MS);
  const overview = await overviewPatiently().finally(() => clearTimeout(slow));
  const names = overview.criteria.map((c) => c.name);
  const before = stored("local", `criterion.${overview.path}`, "");
  state.overview = overview;
  showPictures(overview.has_images);
  state.criterion = names.includes(before) ? before : names[0] || "";
  await loadSettings();
  begin();
  emit("begun", overview);
  emit("overview", overview);
  emit("criterion", state.criterion);
  poll();
}

// A busy server, or a proxy before one that starts, is asked again.
const isServers = (/** @type {unknown} */ error) =>
  error instanceof Error && "status" in error && Number(error.status) >= 500;

/** @returns {Promise<Overview>} */
async function overviewPatiently() {
  for (let rest = 500; ; rest = Math.min(rest * 2, 8000)) {
    try {
      return await rpc("header_overview");
    } catch (error) {
      wait(messageOf(error));
      if (!(error instanceof Away) && !isServers(error)) throw error;
      await new Promise((resolve) => { setTimeout(resolve, rest); });
    }
  }
}

/**
 * Say what the start waits for: nobody looks at a page that opens for ever.
 * @param {string} what
 */
function wait(what) {
  state.stuck = what;
  emit("stuck", what);
}

// Settings of another criterion must not stay: its number of answers and blind mode are not this one's.
export async function loadSettings() {
  const { criterion } = state;
  if (!criterion) return;
  const settings = await quietly(() => rpc("training_settings"));
  if (criterion === state.criterion) state.settings = settings ?? {};
}

/**
 * Save settings of a criterion; the page goes by them where it still shows that one.
 * @param {SettingsValues} values
 */
export async function saveSettings(values, criterion = state.criterion) {
  const settings = await rpc("training_set_settings", { criterion, values });
  if (criterion !== state.criterion) return settings;
  state.settings = settings;
  emit("settings", settings);
  return settings;
}

/**
 * Criteria made since the page was opened, by a session or in another tab, join the list; deleted ones
 * leave it, and the page goes on with the first where it showed one of them. What was read in since
 * (attributes, colours) is known from then on, too.
 */
export async function refreshCriteria() {
  const overview = await rpc("header_overview");
  const { criteria } = overview;
  const isRead = overview.stage !== workspace().stage;
  state.overview = overview;
  if (isRead) emit("overview", overview);
  emit("criteria", criteria);
  if (!criteria.some(({ name }) => name === state.criterion)) await chooseCriterion(criteria[0].name);
}

/** @param {string} name */
export async function chooseCriterion(name) {
  if (name === state.criterion) return;
  state.criterion = name;
  state.status = null;
  keep("local", `criterion.${workspace().path}`, name);
  await loadSettings();
  if (name !== state.criterion) return; // another one was chosen meanwhile
  emit("criterion", name);
  poll();
}

/** @param {string} name */
export function chooseReviewer(name) {
  if (!name || name === state.reviewer) return;
  state.reviewer = name;
  keep("local", "reviewer", name);
  emit("reviewer", name);
  poll();
}

/** @param {string} view */
export function show(view) {
  state.view = view;
  document.body.dataset.view = view;
  emit("view", view);
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
  await new Promise((resolve) => { setTimeout(resolve, 60); });
  if (!taken) return;
  state.tab = uuid();
  keep("session", "tab", state.tab);
}
