// @ts-check
// Colours of points: the largest categories from a fixed palette, numbers and times from a gradient;
// readable on both themes.

import { graded } from "./map_ramp.js";

/** @import { Colours } from "./api.js" */
/** @import { LegendEntry } from "./types.js" */

/** @import { Scale } from "./map_ramp.js" */

/**
 * The colour of each point, the place of its entry in the legend (-1: it has none), and the scale of
 * numbers and times.
 * @typedef {{ colours: string[], entries: number[], legend: LegendEntry[], scale: Scale | null }} Painted
 */

export const PALETTE = [
  "#4279c4", "#ee8a2d", "#3f9e58", "#d9534f", "#9a6cc4",
  "#2aa7a1", "#d3a21f", "#8d6b52", "#e07bb0", "#8aa636",
];
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
 * @param {boolean} dark
 * @returns {Painted}
 */
export function colourer(answer, n, worn = [], dark = false) {
  if (!answer) {
    const entries = new Array(n).fill(-1);
    return { colours: new Array(n).fill(PALETTE[0]), entries, legend: [], scale: null };
  }
  const painted = answer.kind === "category" ? categories(answer, worn) : numbers(answer, dark);
  if (!answer.pending) return painted;
  const told = answer.values.some((value) => value !== null && value !== -1) ? painted.legend : [];
  const pending = { key: null, colour: NONE, name: "being computed…", count: null };
  return { ...painted, legend: [...told, pending] };
}

/** @param {Colours} answer @param {boolean} dark @returns {Painted} */
function numbers({ kind, values }, dark) {
  const { colours, scale } = graded(values, { time: kind === "time", dark, none: NONE });
  const entries = colours.map((colour) => (colour === NONE ? 0 : -1));
  const count = scale ? scale.missing : values.length;
  const legend = count ? [{ key: "none", colour: NONE, name: "without a value", count }] : [];
  return { colours, entries, legend, scale };
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
  /** @type {LegendEntry[]} */
  const legend = large.map((value, place) => ({
    key: `=${names[value]}`, colour: colourOf.get(value) ?? PALETTE[place], name: names[value],
    count: size(value),
  }));
  const others = small.reduce((sum, value) => sum + size(value), 0);
  const what = PREDICTED.has(by) ? "other groups" : "others";
  if (small.length) {
    legend.push({ key: "others", colour: OTHER, name: `${small.length} ${what}`, count: others });
  }
  const without = colours.filter((colour) => colour === NONE).length;
  if (without) legend.push({ key: "none", colour: NONE, name: "none", count: without });
  const entries = entriesOf(values, large, without ? legend.length - 1 : -1);
  return { colours, entries, legend, scale: null };
}

/**
 * The place in the legend of each value: the large categories come first, then the others.
 * @param {(number | null)[]} values @param {number[]} large @param {number} none
 */
function entriesOf(values, large, none) {
  const placeOf = new Map(large.map((value, place) => [value, place]));
  return values.map((value) =>
    (value === null || value < 0 ? none : placeOf.get(value) ?? large.length));
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
