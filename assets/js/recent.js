// @ts-check
// The last ten decisions, each changeable by a click, and the session in four figures.

import { openChange, verdictName } from "./change.js";
import { rpc, show, state, whose } from "./core.js";
import { h, thumb, toast } from "./dom.js";
import { on } from "./events.js";
import { percent } from "./format.js";
import { makeQuiet } from "./trouble.js";

/** @import { DecisionRow, Receipt, Status } from "./api.js" */
/** @import { Decided, Props, Receipts } from "./types.js" */

const ROWS = 10;
const SETTLE_MS = 150;
const NONE = "Your answers appear here; any of them can be changed.";

/** @type {{ list: HTMLElement, stats: HTMLElement }} */
let parts;
/** @type {Decided[]} */
let pending = []; // answered here, not yet confirmed
/** @type {DecisionRow[]} */
let rows = [];
/** @type {Map<string, string>} */
const effects = new Map(); // what each answer of this page did
let timer = 0;
const quietly = makeQuiet();

/** @param {HTMLElement} element */
export function mount(element) {
  parts = { list: h("div.recent-list"), stats: h("div.stats") };
  element.replaceChildren(h("section.card.recent", {},
    h("div.row", {}, h("h2", {}, "Last decisions"), h("span.soft", {}, "click to change")),
    parts.list, parts.stats));
  on("decided", (decision) => { pending.unshift(decision); afterFrame(paint); });
  on("receipts", confirm);
  on("refused", (decision) => { pending = pending.filter((d) => d.id !== decision.id); paint(); });
  on("undone", soon);
  on("changed", soon);
  on("criterion", startAnew);
  on("reviewer", startAnew);
  on("status", paintStats);
  paint();
}

/** @param {Receipts} answer */
function confirm({ receipts, session, criterion, reviewer }) {
  const stored = new Set(receipts.map((r) => r.id));
  for (const { id, effect } of receipts) if (effect) effects.set(id, effect);
  for (const decision of pending) if (stored.has(decision.id)) decision.stored = true;
  warn(receipts);
  soon();
  const ours = criterion === state.criterion && reviewer === state.reviewer;
  if (session && ours && state.status) paintStats(Object.assign(state.status, { session }));
}

// What stood here was of another criterion or reviewer.
function startAnew() {
  pending = [];
  rows = [];
  return load();
}

// The next pair is painted first.
/** @param {() => void} work */
const afterFrame = (work) => requestAnimationFrame(() => { setTimeout(work); });

/** @param {Receipt[]} receipts */
function warn(receipts) {
  if (!receipts.some((r) => r.conflict)) return;
  toast("This answer contradicts earlier ones; it is kept, but not applied.",
    { action: "Resolve", run: () => show("decisions") });
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(load, SETTLE_MS);
}

async function load() {
  const asked = whose();
  const page = await quietly(() => rpc("decisions_page", { limit: 10 }));
  if (!page || asked !== whose()) return;
  rows = page.rows;
  const known = new Set(rows.map((r) => r.id));
  pending = pending.filter((d) => !d.stored && !known.has(d.id));
  paint();
}

function paint() {
  const waiting = pending.slice(0, ROWS).flatMap(waitingRow);
  const replaced = new Set(pending.map((d) => d.supersedes).filter(Boolean));
  const stored = rows.filter((r) => r.verdict && !replaced.has(r.id)).map(storedRow);
  const list = [...waiting, ...stored].slice(0, ROWS);
  parts.list.replaceChildren(...list);
  if (!list.length) parts.list.append(h("p.soft", {}, NONE));
}

/** @param {Decided} decision */
function waitingRow({ items, verdict }) {
  if (!items) return [];
  return [h("div.decision.waiting", {}, thumb(items.a), thumb(items.b),
    h("b", { dataset: { verdict } }, verdictName(verdict)), h("span.soft", {}, "saving …"))];
}

/** @param {DecisionRow} row */
function storedRow(row) {
  const why = `${row.strategy} · gen ${row.generation}`;
  const effect = state.settings.blind ? "" : row.effect || effects.get(row.id) || why;
  return h("button.decision", {
    onclick: () => openChange(row), title: `${row.a.name} – ${row.b.name}\n${row.verdict} ${effect}`,
    dataset: { id: row.id },
  }, thumb(row.a), thumb(row.b),
  h("b", { dataset: { verdict: row.verdict } }, verdictName(row.verdict)),
  h(row.conflict ? "span.soft.clash" : "span.soft", {}, `${row.conflict ? "⚠ " : ""}${effect}`));
}

/** @param {Status} status */
function paintStats({ session, conflicts, change_chance: chance }) {
  parts.stats.replaceChildren(
    figure(String(session?.decisions ?? 0), "this session"),
    figure(session?.per_minute ? String(Math.round(session.per_minute)) : "–", "a minute"),
    figure(String(conflicts), conflicts === 1 ? "conflict" : "conflicts",
      conflicts ? { onclick: () => show("decisions"), className: "attention", title: "Resolve" } : {}),
    figure(chance === null || chance === undefined ? "–" : percent(chance), "next 20 matter",
      { title: "Chance that the next 20 answers change anything: joins, separations, corrections" }));
}

/** @param {string} value @param {string} label @param {Props<any>} props */
const figure = (value, label, props = {}) =>
  h(props.onclick ? "button" : "div", props, h("b", {}, value), h("span", {}, label));
