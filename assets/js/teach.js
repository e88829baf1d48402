// @ts-check
// Teaching a robot: the belt with what the robot would do, the bins, and the session itself.

import { chooseCriterion, refreshCriteria, rpc, show, state, workspace } from "./core.js";
import { confirmed, h, toast, uuid } from "./dom.js";
import { on } from "./events.js";
import { latinKey } from "./keymap.js";
import { keysAreOurs } from "./keys.js";
import { deliver, drained } from "./outbox.js";
import { keep, stored } from "./storage.js";
import { makeBar } from "./teach_bar.js";
import { makeBelt } from "./teach_belt.js";
import { makeBins } from "./teach_bins.js";
import { aim, aimed } from "./camera.js";
import { calledSo } from "./criteria_moved.js";
import { askBin, askNewBin, askOut, askSession, takesOver } from "./teach_dialogs.js";
import { summary } from "./teach_ended.js";
import { firstWords } from "./teach_first.js";
import { makeFigures } from "./teach_figures.js";
import { putElsewhere } from "./teach_hand.js";
import { makeHead } from "./teach_head.js";
import { holding } from "./teach_hold.js";
import { showItems } from "./teach_items.js";
import { binOfKey, underFocus, walk } from "./teach_keys.js";
import { askRobots } from "./teach_robots.js";
import { save } from "./teach_save.js";
import { underWay } from "./teach_sent.js";
import { isDisputed, saidOf, sortedOf } from "./teach_told.js";
import { makeTorn } from "./teach_torn.js";
import { attempt, makeQuiet, messageOf } from "./trouble.js";

/** @import { Belt, SessionRow } from "./api.js" */

/** @typedef {Belt & { shown: string[] }} Seen */

const LOOK_MS = 1000;
const ENDED = "It can still be reviewed and exported as a criterion.";

/** @type {ReturnType<typeof build>} */
let parts;
/** @type {SessionRow[]} */
let sessions = [];
let listed = false;
let session = "";
/** @type {Seen | null} */
let seen = null; // the last answer of teach_view
let chosen = ""; // the item tapped, waiting for its bin
/** @type {string | undefined} */
let from; // the bin that it lies in, undefined for one of the belt
let painted = ""; // what is on screen
/** @type {() => boolean} */
let pressing = () => false;
let timer = 0;
let turns = 0; // looks begun: the answer of an older one is out of date
const quietly = makeQuiet();

/** @param {HTMLElement} element */
export function mount(element) {
  parts = build();
  const { hosts } = parts;
  const { bar, table, ended, side, figures, first } = hosts;
  const whole = h("div.teach", {}, bar, table, ended, side, figures, first);
  element.replaceChildren(whole);
  table.hidden = figures.hidden = true;
  pressing = holding(whole, paint);
  on("delivered", delivered);
  on("view", (view) => (view === "teach" ? enter() : leave()));
  document.addEventListener("keydown", pressed);
}

// The places of the parts, and what paints them.
function build() {
  const bar = h("div.row.wrap.teach-bar", {
    onfocusout: () => { setTimeout(() => { if (!pressing()) paintBar(); }); },
  });
  const belt = h("div.belt");
  const torn = h("section.card.teach-torn", { hidden: true });
  const bins = h("div.bins");
  const figures = h("section.card.teach-figures");
  const head = makeHead({ more: () => { choose(""); look({ more: true }); }, undo, allowed: allow });
  return {
    hosts: {
      bar, belt, torn, bins, figures, table: h("section.card.teach-table", {}, head.element, belt),
      ended: h("section.card.teach-ended", { hidden: true }), side: h("div.teach-side", {}, torn, bins),
      first: firstWords(),
    },
    head,
    bar: makeBar(bar, {
      turned: turnTo, open: () => { askSession(begin); }, watch, step, end, review,
      save: () => { save(session); },
      robots: () => { askRobots(session, seen?.state.robots ?? []); },
    }),
    belt: makeBelt(belt, { tapped, dragged: choose }),
    torn: makeTorn(torn, { tapped: liftOrLeave, settled: (item, bin) => { chosen = item; put(bin); } }),
    bins: makeBins(bins, {
      tapped: binTapped, opened: openBin, changed: changeBin, lifted: liftOrLeave, dragged: lift,
      dropped: put, fresh: newBin,
    }),
    figures: makeFigures(figures),
  };
}

/**
 * Turn to a session: what is on screen of another one goes at once.
 * @param {string} name
 */
function open(name) {
  if (name === session) return;
  session = name;
  keep("session", "session", name);
  seen = null;
  chosen = painted = "";
  const { belt, torn, bins, figures, table, ended } = parts.hosts;
  for (const host of [belt, torn, bins, figures]) host.replaceChildren();
  table.hidden = figures.hidden = !name;
  ended.hidden = torn.hidden = true;
}

/** @param {string} name */
function turnTo(name) {
  open(name);
  look();
}

function enter() {
  listed = false;
  painted = "";
  paintBar();
  look();
}

function leave() {
  clearTimeout(timer);
  aim("");
}

// Looks again and again while the tab is shown, whatever came of the look before.
async function look(options = {}) {
  clearTimeout(timer);
  if (!document.hidden) await quietly(() => refresh(options));
  clearTimeout(timer);
  if (state.view === "teach") timer = setTimeout(look, LOOK_MS);
}

/** @param {{ more?: boolean }} options */
async function refresh({ more = false }) {
  if (!listed) await list();
  parts.hosts.first.hidden = session !== "";
  if (!session) return;
  const [asked, turn] = [session, ++turns];
  const shown = [...parts.belt.items(), chosen].filter(Boolean);
  const answer = await rpc("teach_view", { session, more, shown });
  if (asked !== session || turn !== turns) return;
  seen = { ...answer, shown };
  if (!pressing()) paint();
}

async function list() {
  sessions = await rpc("teach_sessions");
  listed = true;
  const names = sessions.map((one) => one.session);
  const before = stored("session", "session", "");
  if (!names.includes(session)) open(names.includes(before) ? before : names.at(-1) ?? "");
  paintBar();
  const known = new Set(state.overview?.criteria.map((one) => one.name));
  if (sessions.some((one) => !known.has(one.name))) await attempt(refreshCriteria);
}

// ---- painting ------------------------------------------------------------------------------

const paintBar = () => parts.bar.paint(sessions, session, seen?.state ?? {});

function paint() {
  if (!seen) return;
  drop(seen);
  const sent = underWay(session);
  const now = JSON.stringify([seen, chosen, ...sent]);
  if (now === painted) return;
  painted = now;
  const { state: told, belt: items } = seen;
  const { table, ended } = parts.hosts;
  if (aimed() && (aimed() !== session || told.status === "ended")) aim("");
  paintBar();
  table.hidden = told.status === "ended";
  ended.hidden = !table.hidden;
  if (told.status === "ended") ended.replaceChildren(...summary(told));
  table.classList.toggle("paused", told.status === "paused");
  parts.head.paint(told, { chosen, lifted: from !== undefined, all_seen: seen.all_seen });
  parts.belt.paint(items, told, { chosen, sent: new Map([...sortedOf(seen), ...sent]), held: chosen !== "" });
  parts.torn.paint(told, state.reviewer, { chosen, sent });
  parts.bins.paint(told, { chosen, sent });
  parts.figures.paint(session, told);
}

// ---- doing ---------------------------------------------------------------------------------

/** The session as it was last seen, null unless it can be taught. */
const active = () => (seen?.state.status === "active" ? seen : null);

/** @param {string} id */
function tapped(id) {
  choose(chosen === id ? "" : id);
  if (seen?.state.mode === "pick") put(seen.state.bins[0].name);
}

/**
 * An item of the belt; one that is in a bin by now, or on its way there, cannot be chosen.
 * @param {string} id
 */
function choose(id) {
  from = undefined;
  const now = active();
  chosen = now && !sortedOf(now).has(id) && !underWay(session).has(id) ? id : "";
  paint();
}

/**
 * An item that lies in a bin, to be put into another.
 * @param {string} id
 * @param {string} bin
 */
function lift(id, bin) {
  chosen = active() && !underWay(session).has(id) ? id : "";
  from = bin;
  paint();
}

/**
 * Whether what was tapped is in the hand now, or (where only one thing is wanted) taken out.
 * @param {string} id
 * @param {string} bin
 */
async function liftOrLeave(id, bin) {
  if (seen?.state.mode === "pick") return takeOut(id, seen.state.bins[0].name);
  if (chosen === id) choose("");
  else lift(id, bin);
  return true;
}

/** @param {string} item @param {string} bin */
async function takeOut(item, bin) {
  const of = session; // another one may be looked at by the time of the answer
  const sure = await askOut(bin);
  if (sure) deliver("teach_undo", { session: of, item, key: uuid() });
  return sure;
}

/**
 * What others do with the chosen item, or a pause, takes it out of the hand.
 * @param {Seen} now
 */
function drop(now) {
  if (!active()) chosen = "";
  if (!chosen || !now.shown.includes(chosen)) return; // not asked about yet: the answer says nothing of it
  const bin = sortedOf(now).get(chosen);
  const told = putElsewhere(from, bin, now.state.bins);
  if (told) { toast(told); chosen = ""; }
  from = bin;
}

/** @param {string} bin */
function binTapped(bin) {
  if (chosen) put(bin);
  else toast("Tap an item first, then its bin.");
}

/**
 * The chosen item into a bin; one said to be `fresh` is not what had its name before.
 * @param {string} bin
 * @param {boolean} fresh
 */
function put(bin, fresh = false) {
  if (!chosen) return;
  const item = chosen;
  chosen = "";
  if (!lies(item, bin)) deliver("teach_pick", { session, item, bin, new: fresh, key: uuid() });
  paint();
}

function undo() {
  if (from !== undefined) chosen = ""; // what is undone may be its own pick
  deliver("teach_undo", { session, key: uuid() });
  paint();
}

/** @param {Parameters<typeof saidOf>[0]} done */
function delivered(done) {
  if (done.values.session !== session) return undefined;
  for (const { text, bad } of saidOf(done)) toast(text, { bad });
  return state.view === "teach" ? look() : undefined;
}

/**
 * What is disputed is put anew into a bin that it lies in: that settles it.
 * @param {string} item
 * @param {string} bin
 */
const lies = (item, bin) => bin === from && !isDisputed(seen?.state, item);

/**
 * What must not overtake the picks before it waits until these are at the server.
 * @param {() => Promise<unknown>} call
 */
async function change(call) {
  await attempt(async () => { await drained(); return call(); });
  look();
}

/** @param {"pause" | "resume" | "end"} name */
const step = (name, of = session) => change(() =>
  rpc("teach_step", { session: of, step: name, key: uuid() }));

async function end() {
  const of = session;
  const sure = await confirmed("End this session?", ENDED, "End it");
  if (sure) await step("end", of);
}

function watch() {
  aim(aimed() === session ? "" : session);
  paintBar();
}

async function review() {
  if (!seen) return;
  await chooseCriterion(seen.state.name);
  show("review");
}

/** @param {number} percent */
async function allow(percent) {
  await attempt(() => rpc("teach_asks", { session, share: percent / 100, key: uuid() }));
  look();
}

function newBin() {
  if (!chosen || !seen) { toast("Tap an item first: a bin begins with what lies in it."); return; }
  const item = chosen;
  askNewBin(seen.state.bins, (name) => { if (chosen === item) put(name, true); });
}

/** @param {string} bin */
async function openBin(bin) {
  const asked = session;
  const found = await attempt(() => rpc("teach_bin_items", { session, bin }));
  if (!found || !seen || asked !== session || state.view !== "teach") return;
  showItems(found, seen.state, { chosen, sent: underWay(session) }, liftOrLeave);
}

/** @param {string} name */
function changeBin(name) {
  const of = session;
  const bins = seen?.state.bins ?? [];
  const bin = bins.find((one) => one.name === name);
  const become = (/** @type {"teach_rename" | "teach_merge"} */ call) => (/** @type {string} */ to) => {
    change(() => rpc(call, { session: of, bin: name, to, key: uuid() }));
  };
  if (bin) askBin(bin, bins, { rename: become("teach_rename"), merge: become("teach_merge") });
}

/**
 * Open a session; what is wrong with its name, if anything.
 * @param {{ name: string, category: string }} made
 * @returns {Promise<string>}
 */
async function begin({ name, category }) {
  const known = calledSo(workspace(), name);
  const there = known?.isDeleted === false && !sessions.some((one) => one.name === known.row.name);
  if (there && !await takesOver(name)) return `There is a criterion “${name}” already. Choose another name.`;
  const mode = category ? "pick" : "sort";
  try {
    const made = await rpc("teach_open", { name, category, mode, take_over: there, key: uuid() });
    open(made.session);
  } catch (error) {
    return messageOf(error);
  }
  enter();
  return "";
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  if (state.view !== "teach" || !seen || seen.state.status === "ended" || !keysAreOurs(event)) return;
  const now = active();
  const bin = now?.state.bins[binOfKey(event)];
  const item = chosen || underFocus(parts.hosts.belt);
  if (now && event.key === "Backspace") undo();
  else if (now && latinKey(event) === "n" && now.state.mode === "sort") { take(item); newBin(); }
  else if (bin && item) { take(item); put(bin.name); }
  else if (!walk(parts.hosts.belt, event.key)) return;
  event.preventDefault();
}

/**
 * One that is in the hand already stays there.
 * @param {string} item
 */
function take(item) {
  if (item !== chosen) choose(item);
}
