// @ts-check
// Which points the legend lets through: those of its pressed entries, or all where none is pressed.

/** @import { LegendEntry } from "./types.js" */
/** @import { Painted } from "./map_colours.js" */

/** @param {Set<string>} only @param {string} key */
export function toggled(only, key) {
  const next = new Set(only);
  if (!next.delete(key)) next.add(key);
  return next;
}

/**
 * Without what the legend has no more: a group that was small by now is among the others.
 * @param {Set<string>} only @param {LegendEntry[]} legend
 */
export const pruned = (only, legend) =>
  new Set([...only].filter((key) => legend.some((entry) => entry.key === key)));

/**
 * Whether the point of a place is let through.
 * @param {Set<string>} only @param {Painted} painted
 * @returns {(place: number) => boolean}
 */
export function letThrough(only, { legend, entries }) {
  if (!only.size) return () => true;
  const kept = legend.map(({ key }) => key !== null && only.has(key));
  return (place) => kept[entries[place]] ?? false;
}
