// Every decision, searchable and changeable; conflicts first; excluded items last.

import { on, rpc, state } from "./core.js";
import { change, openChange, VERDICT_NAMES } from "./change.js";
import { attempt, baseName, clock, h, plural, thumb } from "./dom.js";

const PAGE = 50;
const TYPING_MS = 250;

const parts = {};
let offset = 0;
let timer = 0;

export function mount(element) {
  parts.conflicts = h("div.conflicts");
  parts.query = h("input", { type: "search", placeholder: "Search file, reviewer, strategy, verdict", "aria-label": "Search decisions", oninput: () => { clearTimeout(timer); timer = setTimeout(() => { offset = 0; load(); }, TYPING_MS); } });
  parts.mine = h("input", { type: "checkbox", onchange: () => { offset = 0; load(); } });
  parts.total = h("span.soft");
  parts.table = h("tbody");
  parts.pager = h("div.row.pager");
  parts.excluded = h("div.excluded");
  element.replaceChildren(h("section.card.scroll", {},
    parts.conflicts,
    h("div.row.wrap", {}, h("h2", {}, "Decisions"), parts.total, h("span.spacer"), h("label.check", {}, parts.mine, "mine only"), parts.query),
    h("div.table-frame", {}, h("table.decisions", {}, h("thead", {}, h("tr", {}, ...["Pair", "Verdict", "Effect", "Why asked", "Reviewer", "Gen", "Time"].map((t) => h("th", {}, t)))), parts.table)),
    parts.pager, parts.excluded));
  on("view", (view) => { if (view === "decisions") all(); });
  for (const event of ["changed", "criterion", "receipts", "undone"]) on(event, () => { if (state.view === "decisions") all(); });
}

function all() {
  load();
  loadConflicts();
  loadExcluded();
}

async function load() {
  const reviewer = parts.mine.checked || state.settings.blind ? state.reviewer : null;
  const page = await attempt(() => rpc("decisions_page", { query: parts.query.value, reviewer, limit: PAGE, offset }));
  if (!page) return;
  parts.total.textContent = plural(page.total, "entry").replace("entrys", "entries");
  parts.table.replaceChildren(...page.rows.map(row));
  if (!page.rows.length) parts.table.append(h("tr", {}, h("td.soft", { colSpan: 7 }, "No decision matches.")));
  const last = Math.min(offset + PAGE, page.total);
  parts.pager.replaceChildren(...(page.total > PAGE ? [
    h("button.small", { disabled: offset === 0, onclick: () => { offset -= PAGE; load(); } }, "Newer"),
    h("span.soft.num", {}, `${offset + 1}–${last} of ${page.total}`),
    h("button.small", { disabled: last >= page.total, onclick: () => { offset += PAGE; load(); } }, "Older")] : []));
}

const duo = (d) => h("span.pairlet", { title: `${d.a.name}\n${d.b.name}` }, thumb(d.a), thumb(d.b), h("span.names", {}, baseName(d.a.name), h("br"), baseName(d.b.name)));

function row(d) {
  const verdict = d.effective && d.verdict ? verdictSelect(d)
    : h("span.soft", {}, d.verdict ? h("s", {}, VERDICT_NAMES[d.verdict]) : "taken back");
  return h(d.effective ? "tr" : "tr.past", { dataset: { id: d.id } }, h("td", {}, duo(d)), h("td", {}, verdict),
    h(d.conflict ? "td.clash" : "td.soft", {}, `${d.conflict ? "⚠ " : ""}${d.effect || ""}`),
    h("td.soft", {}, [d.kind?.replace("_", " "), d.strategy].filter(Boolean).join(" · ")), h("td", {}, d.reviewer),
    h("td.num", {}, String(d.generation ?? "")), h("td.soft", {}, clock(d.time)));
}

function verdictSelect(d) {
  const select = h("select.verdict", { "aria-label": "Verdict", dataset: { verdict: d.verdict }, onchange: () => { select.blur(); change(d, select.value); } },
    ...Object.entries(VERDICT_NAMES).map(([value, label]) => h("option", { value, selected: value === d.verdict }, label)));
  return select;
}

async function loadConflicts() {
  const list = await attempt(() => rpc("decisions_conflicts"));
  if (!list) return;
  parts.conflicts.replaceChildren(...(list.length ? [h("h2", {}, plural(list.length, "conflict")),
    h("p.soft", {}, "An answer contradicts what earlier ones imply. It is kept but not applied: change whichever is wrong.")] : []), ...list.map(conflict));
}

function conflict({ decision, path, items }) {
  return h("article.conflict", { dataset: { id: decision.id } },
    h("div.row", {}, h("b", {}, "⚠ this answer"), line(decision), h("button", { onclick: () => openChange(decision), dataset: { change: decision.id } }, "Change")),
    h("p.soft", {}, `contradicts ${plural(path.length, "earlier decision")} along ${items.map((i) => baseName(i.name)).join(" → ")}`),
    ...path.map((d) => h("div.row.step", {}, line(d), h("button", { onclick: () => openChange(d), dataset: { change: d.id } }, "Change"))));
}

const line = (d) => h("span.row.line", {}, duo(d), h("b", { dataset: { verdict: d.verdict } }, VERDICT_NAMES[d.verdict]), h("span.soft", {}, d.reviewer));

async function loadExcluded() {
  const answer = await attempt(() => rpc("decisions_excluded"));
  if (!answer) return;
  const back = (item) => attempt(() => rpc("review_exclude", { items: [item.id], restore: true })).then(loadExcluded);
  parts.excluded.replaceChildren(...(answer.items.length ? [h("h2", {}, plural(answer.items.length, "excluded item")),
    h("div.tiles.small", {}, ...answer.items.map((item) => h("div.tile", {}, thumb(item), h("button.small", { onclick: () => back(item) }, "Put back"))))] : []));
}
