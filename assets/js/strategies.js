// @ts-check
// The picker: strategies grouped as in the survey, what each needs, and how it fares here.

import { rpc, saveSettings, state, whose } from "./core.js";
import { blur, h, toast } from "./dom.js";
import { emit, on } from "./events.js";
import { percent } from "./format.js";
import { advanced, isPlain, PLAIN_STRATEGIES, plainChoices } from "./plain.js";
import { attempt } from "./trouble.js";

/** @import { StrategyRow } from "./api.js" */

const COLUMNS = ["", "Strategy", "When to use it", "Shown", "Accepted", "Bits an answer", "Seconds"];

/** @type {HTMLTableElement} */
let table;
/** @type {{ plain: HTMLElement, more: HTMLDetailsElement }} */
let parts;

/** @param {HTMLElement} element */
export function mount(element) {
  table = h("table.strategies", {}, h("thead", {}, h("tr", {}, ...COLUMNS.map((t) => h("th", {}, t)))));
  parts = {
    plain: h("div"),
    more: advanced("strategies", "Advanced: every strategy", false,
      h("p.soft", {}, "bits an answer: how much the answers surprised; accepted: answered same"),
      h("div.table-frame", {}, table)),
  };
  element.replaceChildren(h("section.card.scroll", {},
    h("h2", {}, "Where pairs come from"), parts.plain, parts.more));
  for (const event of /** @type {const} */ (["view", "changed", "criterion", "settings"])) on(event, load);
}

async function load() {
  if (state.view !== "strategies") return;
  const asked = whose();
  const answer = await attempt(() => rpc("strategies_list"));
  if (!answer || asked !== whose()) return;
  const chosen = state.settings.strategy ?? "mix";
  parts.plain.replaceChildren(plainChoices("strategy-plain", PLAIN_STRATEGIES, chosen, choose));
  if (!isPlain(PLAIN_STRATEGIES, chosen)) parts.more.open = true;
  const bodies = [...families(answer)].map(([family, rows]) => h("tbody", {},
    h("tr.family", {}, h("th", { colSpan: COLUMNS.length, scope: "rowgroup" }, family)), ...rows.map(row)));
  table.replaceChildren(...(table.tHead ? [table.tHead] : []), ...bodies);
}

/** @param {StrategyRow[]} rows @returns {Map<string, StrategyRow[]>} */
function families(rows) {
  const found = new Map();
  for (const one of rows) found.set(one.family, [...(found.get(one.family) || []), one]);
  return found;
}

/** @param {StrategyRow} s */
function row(s) {
  const chosen = state.settings.strategy === s.id;
  const pick = h("input", {
    type: "radio", name: "strategy-picked", checked: chosen, disabled: Boolean(s.absent) && !chosen,
    "aria-label": `Take pairs from ${s.id}`, onchange: () => choose(s.id),
  });
  const set = Object.entries(s.defaults).map(([name, value]) => `${name} ${value}`).join(", ");
  const needs = s.needs.length ? `needs ${s.needs.join(", ")}` : "";
  return h(s.absent ? "tr.absent" : chosen ? "tr.current" : "tr", { dataset: { strategy: s.id } },
    h("td", {}, pick),
    h("td", {}, h("b", {}, s.id), " ", h("span.soft", {}, s.kind.replace("_", " ")), h("br"), s.summary,
      h("div.source", {}, [s.paper, set, needs].filter(Boolean).join(" · "))),
    h("td", {}, s.when, s.absent && h("div.why", {}, s.absent)),
    h("td.num", {}, String(s.shown)), h("td.num", {}, s.accepted === null ? "–" : percent(s.accepted)),
    h("td.num", {}, s.information?.toFixed(2) ?? "–"), h("td.num", {}, s.seconds?.toFixed(1) ?? "–"));
}

/** @param {string} strategy */
async function choose(strategy) {
  const asked = state.criterion;
  blur();
  const settings = await attempt(() => saveSettings({ strategy }));
  if (!settings) { await load(); return; }
  if (asked === state.criterion) emit("strategy", strategy);
  toast(strategy === "mix" ? "Pairs come from the mix." : `Pairs come from ${strategy} only.`);
}
