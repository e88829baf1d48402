// Teaching a robot: the belt with what the robot would do, the bins, and the session itself.

import { Away, chooseCriterion, keep, on, refreshCriteria, register, rpc, show, state, stored } from "./core.js";
import { address, attempt, confirmed, h, plural, toast, uuid } from "./dom.js";
import { keysAreOurs } from "./keys.js";
import { deliver, drained, unsentCalls } from "./outbox.js";
import { makeBelt } from "./teach_belt.js";
import { makeBins } from "./teach_bins.js";
import { aim, aimed } from "./teach_camera.js";
import { askBin, askNewBin, askSession, takesOver } from "./teach_dialogs.js";
import { summary } from "./teach_ended.js";
import { makeFigures } from "./teach_figures.js";
import { holding } from "./teach_hold.js";
import { binOfKey, underFocus, walk } from "./teach_keys.js";
import { askRobots } from "./teach_robots.js";

const LOOK_MS = 1000;
const ASKS = [[0, "never"], [5, "once in 20"], [10, "once in 10"], [20, "once in 5"], [50, "every other time"], [100, "always"]];
const parts = {};
let belt, bins, figures; // what paints the parts of these names
let sessions = [];
let listed = false;
let session = "";
let seen = null; // the last answer of teach_view
let chosen = ""; // the item tapped, waiting for its bin
let painted = "", barred = ""; // what is on screen, and in the bar
let pressing = () => false;
let timer = 0;
let turns = 0; // looks begun: the answer of an older one is out of date
let trouble = ""; // what the last look ran into

export function mount(element, server) {
  register(server);
  parts.bar = h("div.row.wrap.teach-bar", { onfocusout: () => setTimeout(() => pressing() || paintBar()) });
  parts.belt = h("div.belt");
  parts.bins = h("div.bins");
  belt = makeBelt(parts.belt, { tapped, dragged: choose });
  bins = makeBins(parts.bins, { tapped: binTapped, changed: changeBin, dropped: (bin, event) => { drop(event); put(bin); }, fresh: (event) => { drop(event); newBin(); } });
  parts.figures = h("section.card.teach-figures");
  figures = makeFigures(parts.figures);
  parts.hint = h("span.soft");
  parts.asks = h("select.teach-asks", { "aria-label": "How often the robot may ask", onchange: allow });
  parts.next = h("button.teach-next", { onclick: () => { choose(""); look({ more: true }); } });
  parts.allowed = h("label.soft", { hidden: true }, "robot may ask ", parts.asks);
  parts.table = h("section.card.teach-table", {}, h("div.row.wrap", {}, h("h2", {}, "On the belt"), parts.hint, h("span.spacer"), parts.allowed,
    parts.next, h("button.teach-undo", { onclick: undo }, "Undo")), parts.belt);
  parts.ended = h("section.card.teach-ended", { hidden: true });
  element.replaceChildren(h("div.teach", {}, parts.bar, parts.table, parts.ended, parts.figures, parts.bins));
  parts.first = h("p.soft.teach-first", { hidden: true }, "Open a session, show the robot a few things that belong together, and watch it sort the rest.");
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
  chosen = painted = barred = "";
  for (const part of [parts.belt, parts.bins, parts.figures]) part.replaceChildren();
  parts.table.hidden = parts.figures.hidden = !name;
  parts.ended.hidden = true;
}

function enter() {
  listed = false;
  painted = barred = "";
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
  const [asked, turn] = [session, ++turns];
  const answer = await rpc("teach_view", { session, more });
  if (asked === session && turn === turns) { seen = answer; if (!pressing()) paint(); }
}

async function list() {
  ({ sessions } = await rpc("teach_sessions"));
  listed = true;
  const names = sessions.map((one) => one.session);
  const before = stored(sessionStorage, "session", "");
  if (!names.includes(session)) open(names.includes(before) ? before : names.at(-1) ?? "");
  paintBar();
  const known = new Set(state.overview?.criteria.map((one) => one.name));
  if (sessions.some((one) => !known.has(one.name))) attempt(refreshCriteria);
}

// What goes wrong at every look is told once; that the server is away, the header tells.
async function quietly(action) {
  try {
    await action();
    trouble = "";
  } catch (error) {
    if (!(error instanceof Away) && error.message !== trouble) toast(error.message, { bad: true });
    trouble = error.message;
  }
}

// ---- painting ------------------------------------------------------------------------------

// Left as it is while it says the same, and while a session is being chosen.
function paintBar() {
  const { generation, learning, status, picks } = seen?.state ?? {};
  const now = JSON.stringify([sessions, session, generation, learning, status, picks > 0, aimed(), state.overview?.can_embed]);
  if (now === barred || document.activeElement?.closest(".teach-bar select")) return;
  barred = now;
  const picker = h("select", { "aria-label": "Session", onchange: () => { picker.blur(); open(picker.value); look(); } },
    ...sessions.map((one) => h("option", { value: one.session, selected: one.session === session }, one.name)));
  parts.bar.replaceChildren(...[
    sessions.length > 0 && h("label.soft", {}, "session ", picker),
    h("button", { class: "teach-open", onclick: () => askSession(begin) }, "New session"), h("span.spacer"),
    learning && h("span.chip", {}, "learning …"),
    seen && h("span.soft", {}, `generation ${generation}`),
    status === "active" && state.overview?.can_embed && h("button.teach-camera", { onclick: watch, title: "Show objects to this machine's camera" }, aimed() === session ? "Camera off" : "Camera"),
    status === "active" && h("button", { onclick: () => step("pause") }, "Pause"),
    status === "paused" && h("button.primary", { onclick: () => step("resume") }, "Resume"),
    picks > 0 && h(`button.teach-export${status === "ended" ? ".primary" : ""}`, { onclick: save, title: "Picks as groups and pairs, what the robot learnt, and the timeline" }, "Export"),
    status && status !== "ended" && h("button.teach-robots", { onclick: () => askRobots(session, seen.state.robots), title: "Who may talk to this session over HTTP" }, "Robots"),
    status && status !== "ended" && h("button.teach-end", { onclick: end }, "End session"),
    status === "ended" && h("button.teach-review", { onclick: review, title: "The session's decisions, in pair review" }, "Review pairs"),
    status === "ended" && h("span.chip.grey", {}, "ended"),
  ].filter(Boolean));
}

function paint() {
  if (!seen) return;
  const sent = underWay();
  const now = JSON.stringify([seen, chosen, ...sent]);
  if (now === painted) return;
  painted = now;
  const { state: told, belt: items } = seen;
  if (aimed() && (aimed() !== session || told.status === "ended")) aim("");
  paintBar();
  parts.table.hidden = told.status === "ended";
  parts.ended.hidden = !parts.table.hidden;
  if (told.status === "ended") parts.ended.replaceChildren(...summary(told));
  parts.next.textContent = seen.all_seen ? "Start over" : "Next";
  parts.next.title = seen.all_seen ? "Everything has been on the belt: it goes round to what nobody picked" : "The next items of the workspace";
  parts.hint.textContent = told.mode === "pick"
    ? `tap what is “${told.bins[0].name}”; nothing else needs an answer`
    : chosen ? "now tap its bin" : "tap an item, then a bin, or drag it there";
  belt.paint(items, told, { chosen, sent, held: chosen !== "" });
  bins.paint(told);
  figures.paint(session, told);
  if (document.activeElement !== parts.asks) paintAsks(told);
}

// The share may have been set elsewhere, to one that is not in the list.
function paintAsks({ ask_share: share, status }) {
  const percents = Math.round(share * 100);
  const choices = ASKS.some(([value]) => value === percents) ? ASKS : [...ASKS, [percents, `${percents} % of the time`]];
  parts.asks.replaceChildren(...choices.map(([value, label]) => h("option", { value, selected: value === percents }, label)));
  parts.asks.disabled = status === "ended";
  parts.allowed.hidden = false;
}

// ---- doing ---------------------------------------------------------------------------------

function tapped(id) {
  choose(chosen === id ? "" : id);
  if (seen.state.mode === "pick") put(seen.state.bins[0].name);
}

// An item that is on its way into a bin cannot be chosen.
function choose(id) {
  chosen = underWay().has(id) ? "" : id;
  paint();
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
  deliver("teach_pick", { session, item, bin, new: fresh, key: uuid() });
  paint();
}

function undo() {
  deliver("teach_undo", { session, key: uuid() });
  paint();
}

// The server has taken a pick or an undo, or refused it (`answer` is null then).
function delivered({ call, values, answer }) {
  if (values.session !== session) return;
  if (answer?.conflict) toast("Another teacher put this item elsewhere; it teaches nothing until you agree.", { bad: true });
  if (answer?.bin && answer.bin !== values.bin) toast(`“${values.bin}” is “${answer.bin}” by now: the item went there.`);
  if (call === "teach_undo" && answer && !answer.undone) toast("Nothing of yours is left to undo.");
  if (state.view === "teach") look();
}

/** Picks on their way to the server: item -> bin. */
function underWay() {
  const bins = new Map();
  for (const { call, values } of unsentCalls()) {
    if (values.session !== session) continue;
    if (call === "teach_pick") bins.set(values.item, values.bin);
    else bins.delete([...bins.keys()].at(-1));
  }
  return bins;
}

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

async function allow() {
  parts.asks.blur();
  await attempt(() => rpc("teach_asks", { session, percent: Number(parts.asks.value), key: uuid() }));
  look();
}

async function save() {
  const written = await attempt(() => rpc("teach_export", { session }));
  if (!written) return;
  h("a", { href: address(`download/${encodeURIComponent(written.file)}`), download: written.file }).click();
  toast(`Exported ${plural(written.files.length, "file")} in ${written.file}. ${written.encoder}`);
}

function drop(event) {
  event.preventDefault();
  chosen = event.dataTransfer?.getData("text/plain") || chosen;
}

function newBin() {
  if (!chosen) { toast("Tap an item first: a bin begins with what lies in it."); return; }
  const item = chosen;
  askNewBin(seen.state.bins, (name) => { chosen = item; put(name, true); });
}

function changeBin(name) {
  const bin = seen.state.bins.find((one) => one.name === name);
  const become = (merge) => (to) => change("teach_bin", { bin: name, to, merge });
  if (bin) askBin(bin, seen.state.bins, { rename: become(false), merge: become(true) });
}

async function begin({ name, category }) {
  const there = state.overview.criteria.some((one) => one.name === name) && !sessions.some((one) => one.name === name);
  if (there && !await takesOver(name)) return;
  const made = await attempt(() => rpc("teach_open", { name, category, mode: category ? "pick" : "sort", take_over: there, key: uuid() }));
  if (!made) return;
  open(made.session);
  enter();
}

function pressed(event) {
  if (state.view !== "teach" || !seen || seen.state.status === "ended" || !keysAreOurs(event)) return;
  const bin = seen.state.bins[binOfKey(event)];
  const item = chosen || underFocus(parts.belt);
  if (event.key === "Backspace") undo();
  else if (event.key.toLowerCase() === "n" && seen.state.mode === "sort") { choose(item); newBin(); }
  else if (bin && item) { choose(item); put(bin.name); }
  else if (!walk(parts.belt, event.key)) return;
  event.preventDefault();
}
