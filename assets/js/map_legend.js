// @ts-check
// What the colours of the map mean: a gradient with its range, or entries that filter. Beside the pair
// the map is small: there the legend opens on demand.

import { state } from "./core.js";
import { h } from "./dom.js";
import { plural } from "./format.js";
import { keep, stored } from "./storage.js";

/** @import { Painted } from "./map_colours.js" */
/** @import { Scale } from "./map_ramp.js" */
/** @import { LegendEntry } from "./types.js" */

const PRESS = "Show only these on the map; press several for more";

/**
 * The legend: its `element`, `paint(by, painted, only, shown)`, and `open()` as it was left in this view.
 * @param {(key: string) => unknown} toggle an entry was pressed
 * @param {() => unknown} clear all points are wanted again
 */
export function makeLegend(toggle, clear) {
  const summary = h("summary");
  const entries = h("div.legend-row", { role: "group", "aria-label": "Show only" });
  const told = h("span", { role: "status" });
  const all = h("button.link", { hidden: true, onclick: clear }, "Show all");
  const element = h("details.legend", { hidden: true }, summary, entries);
  const filtered = h("p.filtered", { hidden: true }, told, all);
  const name = () => `legend.${state.view}`;
  element.addEventListener("toggle", () => keep("local", name(), element.open ? "open" : "closed"));

  function open() {
    element.open = stored("local", name(), state.view === "map" ? "open" : "closed") === "open";
  }

  /** @param {string} by @param {Painted} painted @param {Set<string>} only @param {number} shown */
  function paint(by, { legend, scale, colours }, only, shown) {
    element.hidden = !legend.length && !scale;
    const dots = legend.map((one) => dot(one.colour));
    const range = scale ? [gradient(scale, by), h("span", {}, `${scale.low} – ${scale.high}`)] : [];
    summary.replaceChildren(by.replaceAll("_", " "), h("span.dots", {}, ...range, ...dots));
    const focused = /** @type {HTMLElement | null} */ (entries.querySelector(":focus"))?.dataset.key;
    entries.replaceChildren(...(scale ? [scaled(scale, by)] : []),
      ...legend.map((one) => entry(one, only, toggle)));
    if (focused !== undefined) {
      for (const one of entries.querySelectorAll("button")) if (one.dataset.key === focused) one.focus();
    }
    filtered.hidden = !only.size;
    all.hidden = !only.size;
    const names = legend.filter(({ key }) => key !== null && only.has(key)).map((one) => one.name);
    const text = only.size
      ? `${shown.toLocaleString("en")} of ${plural(colours.length, "point")} shown: ${names.join(", ")}` : "";
    if (told.textContent !== text) told.textContent = text;
  }

  return { element, filtered, open, paint };
}

/** @param {string} colour */
function dot(colour) {
  const node = h("i");
  node.style.background = colour;
  return node;
}

/** @param {Scale} scale @param {string} by */
function gradient({ colours, low, high }, by) {
  const label = `${by.replaceAll("_", " ")} from ${low} to ${high}`;
  const node = h("i.gradient", { role: "img", "aria-label": label });
  node.style.background = `linear-gradient(to right, ${colours.join(", ")})`;
  return node;
}

/** @param {Scale} scale @param {string} by */
const scaled = (scale, by) => h("div.scaled", {}, gradient(scale, by),
  h("span", {}, scale.low), h("span", {}, scale.middle), h("span", {}, scale.high));

/** @param {LegendEntry} told @param {Set<string>} only @param {(key: string) => unknown} toggle */
function entry({ key, colour, name, count }, only, toggle) {
  const content = [dot(colour), h("span", {}, name), count === null ? null : h("small", {}, `(${count})`)];
  if (key === null) return h("span.key-entry", { title: name }, ...content);
  return h("button.key-entry", {
    type: "button", title: `${name}\n${PRESS}`, "aria-pressed": only.has(key), dataset: { key },
    onclick: () => toggle(key),
  }, ...content);
}
