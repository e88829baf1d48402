// @ts-check
// What the colours of the map mean. Beside the pair the map is small: there it opens on demand.

import { state } from "./core.js";
import { h } from "./dom.js";
import { keep, stored } from "./storage.js";

/** @import { LegendEntry } from "./types.js" */

/** The legend: its `element`, `paint(by, entries)`, and `open()` as it was left in this view. */
export function makeLegend() {
  const summary = h("summary");
  const entries = h("div.legend-row");
  const element = h("details.legend", { hidden: true }, summary, entries);
  const name = () => `legend.${state.view}`;
  element.addEventListener("toggle", () => keep("local", name(), element.open ? "open" : "closed"));

  function open() {
    element.open = stored("local", name(), state.view === "map" ? "open" : "closed") === "open";
  }

  /** @param {string} by @param {LegendEntry[]} told */
  function paint(by, told) {
    element.hidden = !told.length;
    const dots = told.map((one) => dot(one.colour));
    summary.replaceChildren(by.replaceAll("_", " "), h("span.dots", {}, ...dots));
    entries.replaceChildren(...told.map(entry));
  }

  return { element, open, paint };
}

/** @param {string} colour */
function dot(colour) {
  const node = h("i");
  node.style.background = colour;
  return node;
}

/** @param {LegendEntry} told */
const entry = ({ colour, name, count }) => h("span.key-entry", { title: name }, dot(colour),
  h("span", {}, name), count === null ? null : h("small", {}, `(${count})`));
