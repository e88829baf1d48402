// The picker: strategies grouped as in the survey, what each needs, and how it fares here.

import { emit, on, rpc, state } from "./core.js";
import { attempt, h, percent, toast } from "./dom.js";

const COLUMNS = ["", "Strategy", "When to use it", "Shown", "Accepted", "Bits an answer", "Seconds"];

const parts = {};

export function mount(element) {
  parts.table = h("table.strategies", {}, h("thead", {}, h("tr", {}, ...COLUMNS.map((t) => h("th", {}, t)))));
  element.replaceChildren(h("section.card.scroll", {},
    h("div.row.wrap", {}, h("h2", {}, "Where pairs come from"),
      h("span.soft", {}, "bits an answer: how much the answers surprised; accepted: answered same")),
    h("div.table-frame", {}, parts.table)));
  for (const event of ["view", "changed", "criterion", "settings"]) {
    on(event, () => { if (state.view === "strategies") load(); });
  }
}

async function load() {
  const all = await attempt(() => rpc("strategies_list"));
  if (!all) return;
  const families = Map.groupBy ? Map.groupBy(all, (s) => s.family) : grouped(all);
  parts.table.replaceChildren(parts.table.tHead, ...[...families].map(([family, rows]) =>
    h("tbody", {}, h("tr.family", {}, h("th", { colSpan: COLUMNS.length, scope: "rowgroup" }, family)), ...rows.map(row))));
}

function grouped(rows) {
  const found = new Map();
  for (const one of rows) found.set(one.family, [...(found.get(one.family) || []), one]);
  return found;
}

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

async function choose(strategy) {
  document.activeElement?.blur();
  const settings = await attempt(() => rpc("training_set_settings", { values: { strategy } }));
  if (!settings) { load(); return; }
  state.settings = settings;
  emit("settings", settings);
  emit("strategy", strategy);
  toast(strategy === "mix" ? "Pairs come from the mix." : `Pairs come from ${strategy} only.`);
}
