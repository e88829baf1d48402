// @ts-check
// The queues as chips with their own counts, and the blind mode.

import { KIND_NAMES } from "./cards.js";
import { saveSettings, state } from "./core.js";
import { blur, h } from "./dom.js";
import { on } from "./events.js";
import { shownQueues, toggled } from "./filters_chosen.js";
import { attempt } from "./trouble.js";

/** @import { Counts } from "./api.js" */
/** @import { Kind, Props } from "./types.js" */

/** @type {Set<Kind>} */
let kinds = new Set();
/** @type {Partial<Counts>} */
let counts = {};
/** @type {HTMLElement} */
let row;
/** @type {() => unknown} */
let changed;

/**
 * The row of chips; `whenChanged` runs after another choice of queues.
 * @param {() => unknown} whenChanged
 */
export function filterRow(whenChanged) {
  changed = whenChanged;
  row = h("div.filters", { role: "group", "aria-label": "Queues" });
  on("counts", (fresh) => { counts = fresh; paint(); });
  on("settings", paint);
  on("criterion", paint);
  return row;
}

export const chosenKinds = () => [...kinds];

export const chooseAll = () => choose(new Set());

/** @param {Set<Kind>} next */
function choose(next) {
  kinds = next;
  blur();
  paint();
  changed();
}

function paint() {
  const { total, queues } = shownQueues(counts);
  row.replaceChildren(
    chip("All", total, "All queues", { "aria-pressed": kinds.size === 0, onclick: chooseAll }),
    ...queues.map(([kind, label]) => chip(label, counts[kind] || 0, `Only ${KIND_NAMES[kind]} pairs`, {
      "aria-pressed": kinds.has(kind), onclick: () => choose(toggled(kinds, kind)), dataset: { kind },
    })),
    h("button.filter.blind", {
      "aria-pressed": Boolean(state.settings.blind), onclick: toggleBlind,
      title: "Blind mode: hide scores, reasons and earlier answers",
    }, "Blind"));
}

/** @param {string} label @param {number} count @param {string} title @param {Props} props */
const chip = (label, count, title, props) =>
  h("button.filter", { title, ...props }, label, " ", h("b", {}, count.toLocaleString("en")));

const toggleBlind = () => attempt(() => saveSettings({ blind: !state.settings.blind }));
