// @ts-check
// Colours of points: the largest categories from a fixed palette, numbers from a ramp; readable on
// both themes.

/** @import { Colours } from "./api.js" */
/** @import { LegendEntry } from "./types.js" */

/** @typedef {{ colours: string[], legend: LegendEntry[] }} Painted */

export const PALETTE = [
  "#4279c4", "#ee8a2d", "#3f9e58", "#d9534f", "#9a6cc4",
  "#2aa7a1", "#d3a21f", "#8d6b52", "#e07bb0", "#8aa636",
];
const RAMP = ["#5b7fc7", "#55a3b5", "#7fba84", "#d9b44f", "#dd6b52"];
export const OTHER = "#97a0ac";
export const NONE = "#97a0ac73";
const PREDICTED = new Set(["group", "predicted"]);

/**
 * Colour strings for `n` points and the legend, from the answer of `map_colours` (or null).
 * A category keeps the colour that more than half of its points have `worn`, so that an eye can
 * follow it.
 * @param {Colours | null} answer
 * @param {number} n
 * @param {(string | undefined)[]} worn
 * @returns {Painted}
 */
export function colourer(answer, n, worn = []) {
  if (!answer) return { colours: new Array(n).fill(PALETTE[0]), legend: [] };
  const painted = answer.kind === "number" ? numbers(answer.values) : categories(answer, worn);
  if (!answer.pending) return painted;
  const told = answer.values.some((value) => value !== null && value !== -1) ? painted.legend : [];
  return { ...painted, legend: [...told, { colour: NONE, name: "being computed…", count: null }] };
}

/** @param {Colours} answer @param {(string | undefined)[]} worn @returns {Painted} */
function categories({ by, values, names, tints = {} }, worn) {
  const members = membersOf(values);
  const size = (/** @type {number} */ value) => members.get(value)?.length ?? 0;
  const known = [...members.keys()].sort((a, b) =>
    size(b) - size(a) || names[a].localeCompare(names[b], "en", { numeric: true }));
  const large = known.slice(0, PALETTE.length);
  const small = known.slice(PALETTE.length);
  const wornBy = (/** @type {number} */ value) => (members.get(value) ?? []).map((place) => worn[place]);
  const colourOf = given(large.map((value) => [value, wornBy(value)]), tints);
  for (const value of small) colourOf.set(value, OTHER);
  const colours = values.map((value) => colourOf.get(value ?? -1) ?? NONE);
  const legend = large.map((value, place) =>
    ({ colour: colourOf.get(value) ?? PALETTE[place], name: names[value], count: size(value) }));
  const others = small.reduce((sum, value) => sum + size(value), 0);
  const what = PREDICTED.has(by) ? "other groups" : "others";
  if (small.length) legend.push({ colour: OTHER, name: `${small.length} ${what}`, count: others });
  const without = colours.filter((colour) => colour === NONE).length;
  if (without) legend.push({ colour: NONE, name: "none", count: without });
  return { colours, legend };
}

/**
 * Category -> the places of its points; those without a category are in none.
 * @param {(number | null)[]} values
 */
function membersOf(values) {
  /** @type {Map<number, number[]>} */
  const members = new Map();
  values.forEach((value, place) => {
    if (value === null || value < 0) return;
    const there = members.get(value);
    if (there) there.push(place);
    else members.set(value, [place]);
  });
  return members;
}

/**
 * Category -> colour. Largest first: the palette's colour that more than half of the members wore. Of
 * what is left the others get the colour that is most like what they show, the most vivid first.
 * @param {[value: number, worn: (string | undefined)[]][]} groups
 * @param {Record<string, number[] | null>} tints
 */
function given(groups, tints) {
  const free = new Set(PALETTE);
  /** @type {Map<number, string>} */
  const colourOf = new Map();
  for (const [value, worn] of groups) {
    const most = mostWorn(worn, free);
    if (!most) continue;
    colourOf.set(value, most);
    free.delete(most);
  }
  const bare = groups.map(([value]) => value).filter((value) => !colourOf.has(value));
  const fits = bare.flatMap((value) =>
    [...free].map((colour) => ({ value, colour, fit: likeness(tints[value], colour) })));
  for (const { value, colour } of fits.sort((a, b) => b.fit - a.fit)) {
    if (colourOf.has(value) || !free.has(colour)) continue;
    colourOf.set(value, colour);
    free.delete(colour);
  }
  return colourOf;
}

/**
 * The colour of `free` that more than half of those wear who wear any.
 * @param {(string | undefined)[]} worn
 * @param {Set<string>} free
 */
function mostWorn(worn, free) {
  /** @type {Map<string, number>} */
  const votes = new Map();
  for (const colour of worn) if (colour && free.has(colour)) votes.set(colour, (votes.get(colour) ?? 0) + 1);
  const half = worn.filter(Boolean).length / 2;
  return [...votes].find(([, count]) => count > half)?.[0];
}

/**
 * Of a tint (how far red, green and blue are from grey) and a colour of the palette.
 * @param {number[] | null | undefined} tint
 * @param {string} colour
 */
function likeness(tint, colour) {
  if (!tint) return 0;
  const parts = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  const grey = (parts[0] + parts[1] + parts[2]) / 3;
  const away = parts.map((part) => part - grey);
  return away.reduce((sum, part, n) => sum + part * tint[n], 0) / Math.hypot(...away);
}

/** @param {number | null} v @returns {v is number} */
const isReal = (v) => v !== null && Number.isFinite(v);

/** @param {(number | null)[]} values @returns {Painted} */
function numbers(values) {
  const real = values.filter(isReal);
  if (!real.length) return { colours: values.map(() => NONE), legend: [] };
  const low = real.reduce((a, b) => Math.min(a, b));
  const high = real.reduce((a, b) => Math.max(a, b));
  const span = high - low || 1;
  /** @param {number} v */
  const step = (v) => RAMP[Math.min(RAMP.length - 1, Math.floor(((v - low) / span) * RAMP.length))];
  const colours = values.map((v) => (isReal(v) ? step(v) : NONE));
  const legend = RAMP.map((colour, i) =>
    ({ colour, name: (low + (span * i) / RAMP.length).toFixed(2), count: null }));
  return { colours, legend };
}
