// @ts-check
// What of the server's answers goes together on the map.

import { numberWords, timeWords } from "./map_ramp.js";

/** @import { Colours } from "./api.js" */

/**
 * The colours that may be painted on the points of `key`: the newest answer, or where there is none
 * what is painted already. Null where neither is of these points: values of other points, in another
 * order or number, say nothing of them.
 * @param {string} key
 * @param {Colours | null | undefined} answer
 * @param {Colours | null} [before]
 */
export function fitting(key, answer, before = null) {
  const told = answer ?? before;
  return told && told.key === key ? told : null;
}

/**
 * Whether two answers paint the same.
 * @param {Colours | null} a
 * @param {Colours | null} b
 */
export const sameColours = (a, b) => a !== null && b !== null && a.key === b.key && a.by === b.by
  && a.pending === b.pending
  && a.names.join("\n") === b.names.join("\n") && a.values.length === b.values.length
  && a.values.every((value, place) => value === b.values[place]);

/**
 * Whether a point stands out: coloured by group most points have none.
 * @param {Colours | null} colours
 */
export const standsOut = (colours) => (/** @type {number} */ place) =>
  colours?.by === "group" && (colours.values[place] ?? -1) >= 0;

/**
 * Places of those of `n` points that are `shown`, as they are drawn: those that stand out lie on top.
 * @param {number} n
 * @param {Colours | null} colours
 * @param {(place: number) => boolean} [shown]
 */
export function drawOrder(n, colours, shown = () => true) {
  const out = standsOut(colours);
  const all = Array.from({ length: n }, (_, place) => place).filter(shown);
  return [...all.filter((place) => !out(place)), ...all.filter(out)];
}

/**
 * What a point's colour says, "" for nothing.
 * @param {Colours | null} colours
 * @param {number} place
 */
export function valueOf(colours, place) {
  const value = colours?.values[place];
  if (!colours || value === null || value === undefined) return "";
  if (colours.kind === "time") return timeWords(value);
  return colours.kind === "number" ? numberWords(value) : colours.names[value] ?? "";
}
