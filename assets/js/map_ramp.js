// @ts-check
// Numbers and times as a gradient, and in words. Lightness grows with the value, so that the order is
// seen without telling hues apart; each theme has the part of the gradient that stands out on it.

const STEPS = 256;
const DAY_MS = 86_400_000;
const DEEP = ["#44126b", "#463480", "#39558c", "#2b6d8e", "#1f8089", "#26906c", "#5b9a31", "#979500"];
const BRIGHT = ["#8a6bd1", "#7686dc", "#5aa0d4", "#40b6be", "#46c79c", "#79d573", "#bbdf52", "#fde74a"];

/** @typedef {{ colours: string[], low: string, middle: string, high: string, missing: number }} Scale */

/** The colours that a gradient goes through, from low to high. */
export const ramp = (/** @type {boolean} */ dark) => (dark ? BRIGHT : DEEP);

/** @param {string} colour */
const parts = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));

/** @type {Map<boolean, string[]>} */
const tables = new Map();

/** @param {boolean} dark */
function table(dark) {
  const known = tables.get(dark);
  if (known) return known;
  const stops = ramp(dark).map(parts);
  const made = Array.from({ length: STEPS }, (_, n) => {
    const at = (n / (STEPS - 1)) * (stops.length - 1);
    const [low, high] = [stops[Math.floor(at)], stops[Math.ceil(at)]];
    const mixed = low.map((part, m) => Math.round(part + (high[m] - part) * (at % 1)));
    return `#${mixed.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
  });
  tables.set(dark, made);
  return made;
}

/** @param {number | null} v @returns {v is number} */
const isReal = (v) => v !== null && Number.isFinite(v);

/**
 * A colour for each value, `none` for those without; and the scale, null where no value is known.
 * @param {(number | null)[]} values
 * @param {{ time: boolean, dark: boolean, none: string }} how
 * @returns {{ colours: string[], scale: Scale | null }}
 */
export function graded(values, { time, dark, none }) {
  let [low, high, missing] = [Infinity, -Infinity, 0];
  for (const v of values) {
    if (!isReal(v)) { missing += 1; continue; }
    if (v < low) low = v;
    if (v > high) high = v;
  }
  if (missing === values.length) return { colours: values.map(() => none), scale: null };
  const shades = table(dark);
  const last = shades.length - 1;
  const span = high - low || 1;
  const colours = values.map((v) => (isReal(v) ? shades[Math.round(((v - low) / span) * last)] : none));
  const middle = low + (high - low) / 2;
  /** @param {number} v */
  const say = (v) => (time ? timeWords(v, (high - low) * 1000) : numberWords(v, high - low));
  const scale = { colours: ramp(dark), low: say(low), middle: say(middle), high: say(high), missing };
  return { colours, scale };
}

/**
 * A number with as many digits as tell it from others in a range of `span`.
 * @param {number} v @param {number} [span]
 */
export function numberWords(v, span = 0) {
  const digits = span > 0 ? Math.min(8, Math.max(0, 2 - Math.floor(Math.log10(span)))) : 3;
  return v.toLocaleString("en", { maximumFractionDigits: digits });
}

/**
 * The time of so many seconds since 1970; where `spanMs` is many days, the day alone.
 * @param {number} seconds @param {number} [spanMs]
 */
export function timeWords(seconds, spanMs = 0) {
  const [day, clock] = new Date(seconds * 1000).toISOString().split("T");
  return spanMs > 3 * DAY_MS ? day : `${day} ${clock.slice(0, spanMs > 0 && spanMs < 3_600_000 ? 8 : 5)}`;
}
