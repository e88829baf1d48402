// The queues as chips with their own counts, and the blind mode.

import { KIND_NAMES } from "./cards.js";
import { emit, on, rpc, state } from "./core.js";
import { attempt, h } from "./dom.js";

const QUEUES = [
  ["positive", "Positives"], ["false_negative", "False negatives"],
  ["hard_negative", "Hard negatives"], ["uncertain", "Uncertain"], ["audit", "Audit"],
];

let kinds = new Set();
let counts = {};
let row = null;
let changed = () => undefined;

/** The row of chips; `whenChanged` runs after another choice of queues. */
export function filterRow(whenChanged) {
  changed = whenChanged;
  row = h("div.filters", { role: "group", "aria-label": "Queues" });
  on("counts", (fresh) => { counts = fresh; paint(); });
  on("settings", paint);
  on("criterion", paint);
  return row;
}

export const chosenKinds = () => [...kinds];

export function chooseAll() {
  choose(new Set());
}

function choose(next) {
  kinds = next;
  document.activeElement?.blur();
  paint();
  changed();
}

function toggle(kind) {
  const next = new Set(kinds);
  if (!next.delete(kind)) next.add(kind);
  choose(next);
}

function paint() {
  const all = QUEUES.reduce((sum, [kind]) => sum + (counts[kind] || 0), 0);
  const queues = QUEUES.filter(([kind]) => kind !== "hard_negative" || counts[kind]);
  row.replaceChildren(
    chip("All", all, "All queues", { "aria-pressed": kinds.size === 0, onclick: chooseAll }),
    ...queues.map(([kind, label]) => chip(label, counts[kind] || 0, `Only ${KIND_NAMES[kind]} pairs`,
      { "aria-pressed": kinds.has(kind), onclick: () => toggle(kind), dataset: { kind } })),
    h("button.filter.blind", { "aria-pressed": Boolean(state.settings.blind), onclick: toggleBlind, title: "Blind mode: hide scores, reasons and earlier answers" }, "Blind"));
}

const chip = (label, count, title, props) =>
  h("button.filter", { title, ...props }, label, " ", h("b", {}, count.toLocaleString("en")));

async function toggleBlind() {
  const values = { blind: !state.settings.blind };
  const settings = await attempt(() => rpc("training_set_settings", { values }));
  if (!settings) return;
  state.settings = settings;
  emit("settings", settings);
}
