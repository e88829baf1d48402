// Teaching a robot: the belt with what the robot would do, the bins, and the session itself.

import { chooseCriterion, keep, on, refreshCriteria, rpc, show, state, stored } from "./core.js";
import { attempt, confirmed, h, toast, uuid } from "./dom.js";
import { keysAreOurs } from "./keys.js";
import { deliver, drained } from "./outbox.js";
import { makeBar } from "./teach_bar.js";
import { makeBelt } from "./teach_belt.js";
import { makeBins } from "./teach_bins.js";
import { aim, aimed } from "./teach_camera.js";
import { askBin, askNewBin, askOut, askSession, takesOver } from "./teach_dialogs.js";
import { summary } from "./teach_ended.js";
import { makeFigures } from "./teach_figures.js";
import { putElsewhere } from "./teach_hand.js";
import { makeHead } from "./teach_head.js";
import { holding } from "./teach_hold.js";
import { showItems } from "./teach_items.js";
import { binOfKey, underFocus, walk } from "./teach_keys.js";
import { askRobots } from "./teach_robots.js";
import { save } from "./teach_save.js";
import { underWay } from "./teach_sent.js";
import { makeTorn } from "./teach_torn.js";
import { makeQuiet } from "./teach_trouble.js";

const LOOK_MS = 1000;
const parts = {};
let bar, head, belt, torn, bins, figures; // what paints the parts of these names
let sessions = [];
let listed = false;
let session = "";
let seen = null; // the last answer of teach_view
let chosen = ""; // the item tapped, waiting for its bin
let from; // the bin that it lies in, undefined for one of the belt
let painted = ""; // what is on screen
let pressing = () => false;
let timer = 0;
let turns = 0; // looks begun: the answer of an older one is out of date
const quietly = makeQuiet();

export function mount(element) {
  parts.bar = h("div.row.wrap.teach-bar", { onfocusout: () => setTimeout(() => pressing() || paintBar()) });
  bar = makeBar(parts.bar, { turned: (name) => { open(name); look(); }, open: () => askSession(begin), watch, step, end, review,
    save: () => save(session), robots: () => askRobots(session, seen.state.robots) });
  parts.belt = h("div.belt");
  belt = makeBelt(parts.belt, { tapped, dragged: choose });
  parts.torn = h("section.card.teach-torn", { hidden: true });
  torn = makeTorn(parts.torn, { tapped: liftOrLeave, settled: (item, bin) => { chosen = item; put(bin); } });
  parts.bins = h("div.bins");
  bins = makeBins(parts.bins, { tapped: binTapped, opened: openBin, changed: changeBin, lifted: liftOrLeave, dragged: lift, dropped: put, fresh: newBin });
  parts.figures = h("section.card.teach-figures");
  figures = makeFigures(parts.figures);
  head = makeHead({ more: () => { choose(""); look({ more: true }); }, undo, allowed: allow });
  parts.table = h("section.card.teach-table", {}, head.element, parts.belt);
  parts.ended = h("section.card.teach-ended", { hidden: true });
  parts.side = h("div.teach-side", {}, parts.torn, parts.bins);
  element.replaceChildren(h("div.teach", {}, parts.bar, parts.table, parts.ended, parts.side, parts.figures));
  parts.first = h("div.note.teach-first", { hidden: true }, h("h1", {}, "Teach a robot to sort"),
    h("p", {}, "Pick a few of the things that are wanted, or put a few into bins: the robot says at once what it would do with all the others, and asks where it is not sure."),
    h("p", {}, "No robot is needed to begin: press ", h("b", {}, "New session"), ", say what is wanted, and tap what lies on the belt. A robot can join later."));
  element.firstChild.append(parts.first);
  parts.table.hidden = parts.figures.hidden = true;
  pressing = holding(element.firstChild, paint);
  on("delivered", delivered);
  on("view", (view) => (view === "teach" ? enter() : leave()));
  document.addEventListener("keydown", pressed);
}

/** Turn to a session: what is on screen of another one goes at once. */
function open(name) {
  if (name === session) return;
  session = name;
  keep(sessionStorage, "session", name);
  seen = null;
  chosen = painted = "";
  for (const part of [parts.belt, parts.torn, parts.bins, parts.figures]) part.replaceChildren();
  parts.table.hidden = parts.figures.hidden = !name;
  parts.ended.hidden = parts.torn.hidden = true;
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

async function refresh({ more = false }) {
  if (!listed) await list();
  parts.first.hidden = session !== "";
  if (!session) return;
  const [asked, turn, shown] = [session, ++turns, [...belt.items(), chosen].filter(Boolean)];
  const answer = await rpc("teach_view", { session, more, shown });
  if (asked === session && turn === turns) { seen = { ...answer, shown }; if (!pressing()) paint(); }
}

async function list() {
  sessions = await rpc("teach_sessions");
  listed = true;
  const names = sessions.map((one) => one.session);
  const before = stored(sessionStorage, "session", "");
  if (!names.includes(session)) open(names.includes(before) ? before : names.at(-1) ?? "");
  paintBar();
  const known = new Set(state.overview?.criteria.map((one) => one.name));
  if (sessions.some((one) => !known.has(one.name))) attempt(refreshCriteria);
}

// ---- painting ------------------------------------------------------------------------------

const paintBar = () => bar.paint(sessions, session, seen?.state ?? {});

function paint() {
  if (!seen) return;
  drop();
  const sent = underWay(session);
  const now = JSON.stringify([seen, chosen, ...sent]);
  if (now === painted) return;
  painted = now;
  const { state: told, belt: items } = seen;
  if (aimed() && (aimed() !== session || told.status === "ended")) aim("");
  paintBar();
  parts.table.hidden = told.status === "ended";
  parts.ended.hidden = !parts.table.hidden;
  if (told.status === "ended") parts.ended.replaceChildren(...summary(told));
  parts.table.classList.toggle("paused", told.status === "paused");
  head.paint(told, { chosen, lifted: from !== undefined, all_seen: seen.all_seen });
  belt.paint(items, told, { chosen, sent: new Map([...sorted(), ...sent]), held: chosen !== "" });
  torn.paint(told, state.reviewer, { chosen, sent });
  bins.paint(told, { chosen, sent });
  figures.paint(session, told);
}

// ---- doing ---------------------------------------------------------------------------------

const active = () => seen?.state.status === "active";

function tapped(id) {
  choose(chosen === id ? "" : id);
  if (seen.state.mode === "pick") put(seen.state.bins[0].name);
}

// An item of the belt; one that is in a bin by now, or on its way there, cannot be chosen.
function choose(id) {
  from = undefined;
  chosen = active() && !sorted().has(id) && !underWay(session).has(id) ? id : "";
  paint();
}

// An item that lies in a bin, to be put into another.
function lift(id, bin) {
  chosen = active() && !underWay(session).has(id) ? id : "";
  from = bin;
  paint();
}

/** Whether what was tapped is in the hand now, or (where only one thing is wanted) taken out. */
async function liftOrLeave(id, bin) {
  if (seen.state.mode === "pick") return takeOut(id);
  if (chosen === id) choose("");
  else lift(id, bin);
  return true;
}

async function takeOut(item) {
  const bin = seen.state.bins[0].name;
  const sure = await askOut(bin);
  if (sure) deliver("teach_undo", { session, item, key: uuid() });
  return sure;
}

// What others do with the chosen item, or a pause, takes it out of the hand.
function drop() {
  if (!active()) chosen = "";
  if (!chosen || !seen.shown.includes(chosen)) return; // not asked about yet: the answer says nothing of it
  const now = sorted().get(chosen);
  const told = putElsewhere(from, now, seen.state.bins);
  if (told) { toast(told); chosen = ""; }
  from = now;
}

function binTapped(bin) {
  if (chosen) put(bin);
  else toast("Tap an item first, then its bin.");
}

/** The chosen item into a bin; one said to be `fresh` is not what had its name before. */
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

// The server has taken a pick or an undo, or refused it (`answer` is null then).
function delivered({ call, values, answer }) {
  if (values.session !== session) return;
  if (answer?.conflict) toast("Another teacher put this item elsewhere; it teaches nothing until you agree.", { bad: true });
  if (answer?.bin && answer.bin !== values.bin) toast(`“${values.bin}” is “${answer.bin}” by now: the item went there.`);
  if (call === "teach_undo" && answer && !answer.undone) toast(values.item ? "Somebody else picked this item; only they can take it out." : "Nothing of yours is left to undo.");
  if (state.view === "teach") look();
}

// What is disputed is put anew into a bin that it lies in: that settles it.
const lies = (item, bin) => bin === from && ![...seen.state.contradictions, ...seen.state.refused].some((one) => one.item === item);

/** Items that have come into a bin since they were laid on the belt here: item -> bin. */
const sorted = () => new Map(Object.entries(seen.sorted).map(([item, said]) => [item, Object.values(said).at(-1)]));

// What must not overtake the picks before it waits until these are at the server.
async function change(call, values) {
  await attempt(async () => { await drained(); return rpc(call, { session, key: uuid(), ...values }); });
  look();
}

const step = (name) => change("teach_step", { step: name });

async function end() {
  if (await confirmed("End this session?", "It can still be reviewed and exported as a criterion.", "End it")) step("end");
}

function watch() {
  aim(aimed() === session ? "" : session);
  paintBar();
}

async function review() {
  await chooseCriterion(seen.state.name);
  show("review");
}

async function allow(percent) {
  await attempt(() => rpc("teach_asks", { session, share: percent / 100, key: uuid() }));
  look();
}

function newBin() {
  if (!chosen) { toast("Tap an item first: a bin begins with what lies in it."); return; }
  const item = chosen;
  askNewBin(seen.state.bins, (name) => { if (chosen === item) put(name, true); });
}

async function openBin(bin) {
  const asked = session;
  const found = await attempt(() => rpc("teach_bin_items", { session, bin }));
  if (found && seen && asked === session && state.view === "teach") showItems(found, seen.state, { chosen, sent: underWay(session) }, liftOrLeave);
}

function changeBin(name) {
  const bin = seen.state.bins.find((one) => one.name === name);
  const become = (call) => (to) => change(call, { bin: name, to });
  if (bin) askBin(bin, seen.state.bins, { rename: become("teach_rename"), merge: become("teach_merge") });
}

/** Open a session; what is wrong with its name, if anything. */
async function begin({ name, category }) {
  const there = state.overview.criteria.some((one) => one.name === name) && !sessions.some((one) => one.name === name);
  if (there && !await takesOver(name)) return `There is a criterion “${name}” already. Choose another name.`;
  try {
    const made = await rpc("teach_open", { name, category, mode: category ? "pick" : "sort", take_over: there, key: uuid() });
    open(made.session);
  } catch (error) {
    return error.message;
  }
  enter();
  return "";
}

function pressed(event) {
  if (state.view !== "teach" || !seen || seen.state.status === "ended" || !keysAreOurs(event)) return;
  const bin = active() && seen.state.bins[binOfKey(event)];
  const item = chosen || underFocus(parts.belt);
  if (active() && event.key === "Backspace") undo();
  else if (active() && event.key.toLowerCase() === "n" && seen.state.mode === "sort") { take(item); newBin(); }
  else if (bin && item) { take(item); put(bin.name); }
  else if (!walk(parts.belt, event.key)) return;
  event.preventDefault();
}

// One that is in the hand already stays there.
const take = (item) => { if (item !== chosen) choose(item); };
