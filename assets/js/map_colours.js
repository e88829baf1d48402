// Colours of points: categories from a fixed palette, numbers from a ramp; readable on both themes.

import { h } from "./dom.js";

const PALETTE = [
  "#4c86c6", "#f0923a", "#5aa85a", "#dd5f5f", "#a97fb8", "#4fb0a8", "#d1a03c", "#8c7a6b",
  "#e58fb0", "#7f8fd6", "#93b34a", "#c4713f",
];
const RAMP = ["#5b7fc7", "#55a3b5", "#7fba84", "#d9b44f", "#dd6b52"];
const NONE = "#9aa3ae";
const NAMES_SHOWN = 9;

/** Colour strings for `n` points and legend nodes, from the answer of `map_colours` (or null). */
export function colourer(answer, n) {
  if (!answer) return { colours: new Array(n).fill(PALETTE[0]), legend: [] };
  return answer.kind === "number" ? numbers(answer) : categories(answer);
}

function categories({ values, names }) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) || 0) + 1);
  const known = (value) => value !== null && value >= 0;
  const order = [...counts.keys()].filter(known).sort((a, b) => counts.get(b) - counts.get(a));
  const colourOf = new Map(order.map((value) => [value, PALETTE[value % PALETTE.length]]));
  const legend = order.slice(0, NAMES_SHOWN).map((value) => entry(colourOf.get(value), names[value], counts.get(value)));
  if (order.length > NAMES_SHOWN) legend.push(h("span.soft", {}, `+ ${order.length - NAMES_SHOWN} more`));
  const rest = [...counts].filter(([value]) => !known(value)).reduce((sum, [, count]) => sum + count, 0);
  if (rest) legend.push(entry(NONE, "none", rest));
  return { colours: values.map((value) => colourOf.get(value) || NONE), legend };
}

const entry = (colour, name, count) => {
  const dot = h("i");
  dot.style.background = colour;
  return h("span.key-entry", { title: `${name}: ${count}` }, dot, name);
};

function numbers({ values }) {
  const real = values.filter((v) => v !== null && Number.isFinite(v));
  if (!real.length) return { colours: values.map(() => NONE), legend: [] };
  const low = real.reduce((a, b) => Math.min(a, b));
  const high = real.reduce((a, b) => Math.max(a, b));
  const span = high - low || 1;
  const step = (v) => RAMP[Math.min(RAMP.length - 1, Math.floor(((v - low) / span) * RAMP.length))];
  const colours = values.map((v) => (v !== null && Number.isFinite(v) ? step(v) : NONE));
  const legend = RAMP.map((colour, i) => entry(colour, (low + (span * i) / RAMP.length).toFixed(2), ""));
  return { colours, legend };
}
