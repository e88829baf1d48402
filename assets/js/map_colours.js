// Colours of points: the largest categories from a fixed palette, numbers from a ramp; readable on
// both themes.

import { h } from "./dom.js";

const PALETTE = [
  "#4279c4", "#ee8a2d", "#3f9e58", "#d9534f", "#9a6cc4", "#2aa7a1", "#d3a21f", "#8d6b52", "#e07bb0", "#8aa636",
];
const RAMP = ["#5b7fc7", "#55a3b5", "#7fba84", "#d9b44f", "#dd6b52"];
const OTHER = "#97a0ac";
const NONE = "#97a0ac73";
const PREDICTED = new Set(["group", "predicted"]);

/** Colour strings for `n` points and legend nodes, from the answer of `map_colours` (or null).
 *  A category keeps the colour that more than half of its points have `worn`, so that an eye can
 *  follow it. */
export function colourer(answer, n, worn = []) {
  if (!answer) return { colours: new Array(n).fill(PALETTE[0]), legend: [] };
  const painted = answer.kind === "number" ? numbers(answer) : categories(answer, worn);
  if (!answer.pending) return painted;
  const told = answer.values.some((value) => value !== null && value !== -1) ? painted.legend : [];
  return { ...painted, legend: [...told, entry(NONE, "being computed…", null)] };
}

function categories({ by, values, names, tints = {} }, worn) {
  const members = new Map();
  values.forEach((value, index) => {
    if (!members.has(value)) members.set(value, []);
    members.get(value).push(index);
  });
  const known = [...members.keys()].filter((value) => value !== null && value >= 0)
    .sort((a, b) => members.get(b).length - members.get(a).length || names[a].localeCompare(names[b], "en", { numeric: true }));
  const large = known.slice(0, PALETTE.length);
  const small = known.slice(PALETTE.length);
  const colourOf = given(large.map((value) => [value, members.get(value).map((index) => worn[index])]), tints);
  for (const value of small) colourOf.set(value, OTHER);
  const legend = large.map((value) => entry(colourOf.get(value), names[value], members.get(value).length));
  const count = (group) => group.reduce((sum, value) => sum + members.get(value).length, 0);
  if (small.length) legend.push(entry(OTHER, PREDICTED.has(by) ? `${small.length} other groups` : `${small.length} others`, count(small)));
  const without = [...members.keys()].filter((value) => !colourOf.has(value));
  if (without.length) legend.push(entry(NONE, "none", count(without)));
  return { colours: values.map((value) => colourOf.get(value) || NONE), legend };
}

// Largest first: the palette's colour that more than half of the members wore. Of what is left the
// others get the colour that is most like what they show, the most vivid first.
function given(groups, tints) {
  const free = new Set(PALETTE);
  const colourOf = new Map();
  for (const [value, worn] of groups) {
    const votes = new Map();
    for (const colour of worn) if (free.has(colour)) votes.set(colour, (votes.get(colour) || 0) + 1);
    const half = worn.filter(Boolean).length / 2;
    const [most] = [...votes].find(([, count]) => count > half) ?? [];
    colourOf.set(value, most);
    free.delete(most);
  }
  const bare = [...colourOf.keys()].filter((value) => !colourOf.get(value));
  const fits = bare.flatMap((value) => [...free].map((colour) => [likeness(tints[value], colour), value, colour]));
  for (const [, value, colour] of fits.sort((a, b) => b[0] - a[0])) {
    if (colourOf.get(value) || !free.has(colour)) continue;
    colourOf.set(value, colour);
    free.delete(colour);
  }
  return colourOf;
}

// Of a tint (how far red, green and blue are from grey) and a colour of the palette.
function likeness(tint, colour) {
  if (!tint) return 0;
  const parts = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  const grey = (parts[0] + parts[1] + parts[2]) / 3;
  const away = parts.map((part) => part - grey);
  return away.reduce((sum, part, n) => sum + part * tint[n], 0) / Math.hypot(...away);
}

const entry = (colour, name, count) => {
  const dot = h("i");
  dot.style.background = colour;
  return h("span.key-entry", { title: name }, dot, h("span", {}, name), count === null ? null : h("small", {}, `(${count})`));
};

function numbers({ values }) {
  const real = values.filter((v) => v !== null && Number.isFinite(v));
  if (!real.length) return { colours: values.map(() => NONE), legend: [] };
  const low = real.reduce((a, b) => Math.min(a, b));
  const high = real.reduce((a, b) => Math.max(a, b));
  const span = high - low || 1;
  const step = (v) => RAMP[Math.min(RAMP.length - 1, Math.floor(((v - low) / span) * RAMP.length))];
  const colours = values.map((v) => (v !== null && Number.isFinite(v) ? step(v) : NONE));
  const legend = RAMP.map((colour, i) => entry(colour, (low + (span * i) / RAMP.length).toFixed(2), null));
  return { colours, legend };
}
