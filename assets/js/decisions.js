// @ts-check
// Every decision, searchable and changeable; conflicts first; excluded items last.

import { change, openChange, VERDICT_NAMES, verdictName, VERDICTS } from "./change.js";
import { poll, rpc, state, whose } from "./core.js";
import { h, thumb } from "./dom.js";
import { on } from "./events.js";
import { baseName, clock, plural } from "./format.js";
import { attempt } from "./trouble.js";

/** @import { Conflict, DecisionRow, Item } from "./api.js" */
/** @import { Verdict } from "./types.js" */

const PAGE = 50;
const TYPING_MS = 250;
const COLUMNS = ["Pair", "Verdict", "Effect", "Why asked", "Reviewer", "Gen", "Time"];
const NONE = "No decision matches.";
const CONFLICT = "An answer contradicts what earlier ones imply. It is kept but not applied: "
  + "change whichever is wrong.";

/** @type {ReturnType<typeof build>} */
let parts;
let offset = 0;
let timer = 0;
let turn = 0; // pages asked for: the last one is shown

/** @param {HTMLElement} element */
export function mount(element) {
  parts = build();
  element.replaceChildren(h("section.card.scroll", {},
    parts.conflicts,
    h("div.row.wrap", {}, h("h2", {}, "Decisions"), parts.total, h("span.spacer"),
      h("label.check", {}, parts.mine, "mine only"), parts.query),
    h("div.table-frame", {}, h("table.decisions", {},
      h("thead", {}, h("tr", {}, ...COLUMNS.map((t) => h("th", {}, t)))), parts.table)),
    parts.pager, parts.excluded));
  on("view", all);
  on("changed", all);
  on("receipts", all);
  on("undone", all);
  on("criterion", () => { offset = 0; return all(); });
}

function build() {
  return {
    conflicts: h("div.conflicts"),
    query: h("input", {
      type: "search", placeholder: "Search file, reviewer, strategy, verdict",
      "aria-label": "Search decisions",
      oninput: () => { clearTimeout(timer); timer = setTimeout(() => turnTo(0), TYPING_MS); },
    }),
    mine: h("input", { type: "checkbox", onchange: () => { turnTo(0); } }),
    total: h("span.soft"),
    table: h("tbody"),
    pager: h("div.row.pager"),
    excluded: h("div.excluded"),
  };
}

async function all() {
  if (state.view === "decisions") await Promise.all([load(), loadConflicts(), loadExcluded()]);
}

/** @param {number} place */
function turnTo(place) {
  offset = place;
  return load();
}

async function load() {
  const asked = ++turn;
  const reviewer = parts.mine.checked || state.settings.blind ? state.reviewer : "";
  const page = await attempt(() =>
    rpc("decisions_page", { query: parts.query.value, reviewer, limit: PAGE, offset }));
  if (!page || asked !== turn) return;
  parts.total.textContent = plural(page.total, "entry").replace("entrys", "entries");
  parts.table.replaceChildren(...page.rows.map(row));
  if (!page.rows.length) parts.table.append(h("tr", {}, h("td.soft", { colSpan: 7 }, NONE)));
  parts.pager.replaceChildren(...(page.total > PAGE ? pager(page.total) : []));
}

/** @param {number} total */
function pager(total) {
  const last = Math.min(offset + PAGE, total);
  return [
    h("button.small", { disabled: offset === 0, onclick: () => turnTo(offset - PAGE) }, "Newer"),
    h("span.soft.num", {}, `${offset + 1}–${last} of ${total}`),
    h("button.small", { disabled: last >= total, onclick: () => turnTo(offset + PAGE) }, "Older"),
  ];
}

/** @param {DecisionRow} d */
const duo = (d) => h("span.pairlet", { title: `${d.a.name}\n${d.b.name}` }, thumb(d.a), thumb(d.b),
  h("span.names", {}, baseName(d.a.name), h("br"), baseName(d.b.name)));

/** @param {DecisionRow} d */
function row(d) {
  const verdict = d.effective && d.verdict ? verdictSelect(d)
    : h("span.soft", {}, d.verdict ? h("s", {}, VERDICT_NAMES[d.verdict]) : "taken back");
  return h(d.effective ? "tr" : "tr.past", { dataset: { id: d.id } },
    h("td", {}, duo(d)), h("td", {}, verdict),
    h(d.conflict ? "td.clash" : "td.soft", {}, `${d.conflict ? "⚠ " : ""}${d.effect || ""}`),
    h("td.soft", {}, [d.kind?.replace("_", " "), d.strategy].filter(Boolean).join(" · ")),
    h("td", {}, d.reviewer), h("td.num", {}, String(d.generation ?? "")), h("td.soft", {}, clock(d.time)));
}

/** @param {DecisionRow} d */
function verdictSelect(d) {
  const select = h("select.verdict", {
    "aria-label": "Verdict", dataset: { verdict: d.verdict },
    onchange: () => { select.blur(); change(d, /** @type {Verdict} */ (select.value)); },
  }, ...VERDICTS.map(([value, label]) => h("option", { value, selected: value === d.verdict }, label)));
  return select;
}

async function loadConflicts() {
  const asked = whose();
  const list = await attempt(() => rpc("decisions_conflicts"));
  if (!list || asked !== whose()) return;
  parts.conflicts.replaceChildren(
    ...(list.length ? [h("h2", {}, plural(list.length, "conflict")), h("p.soft", {}, CONFLICT)] : []),
    ...list.map(conflict));
}

/** @param {Conflict} found */
function conflict({ decision, path, items }) {
  const along = items.map((i) => baseName(i.name)).join(" → ");
  return h("article.conflict", { dataset: { id: decision.id } },
    h("div.row", {}, h("b", {}, "⚠ this answer"), line(decision), changeButton(decision)),
    h("p.soft", {}, `contradicts ${plural(path.length, "earlier decision")} along ${along}`),
    ...path.map((d) => h("div.row.step", {}, line(d), changeButton(d))));
}

/** @param {DecisionRow} d */
const changeButton = (d) =>
  h("button", { onclick: () => openChange(d), dataset: { change: d.id } }, "Change");

/** @param {DecisionRow} d */
const line = (d) => h("span.row.line", {}, duo(d),
  h("b", { dataset: { verdict: d.verdict } }, verdictName(d.verdict)), h("span.soft", {}, d.reviewer));

async function loadExcluded() {
  const answer = await attempt(() => rpc("decisions_excluded"));
  if (!answer) return;
  const { items } = answer;
  parts.excluded.replaceChildren(...(items.length ? [h("h2", {}, plural(items.length, "excluded item")),
    h("div.tiles.small", {}, ...items.map(excludedTile))] : []));
}

/** @param {Item} item */
const excludedTile = (item) => h("div.tile", {}, thumb(item),
  h("button.small", { onclick: () => putBack(item) }, "Put back"));

/** @param {Item} item */
async function putBack(item) {
  await attempt(() => rpc("review_exclude", { items: [item.id], restore: true }));
  poll(); // the map follows
  await loadExcluded();
}
