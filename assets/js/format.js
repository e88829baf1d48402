// @ts-check
// Numbers, times and names as the page words them.

/** @param {string} path */
export const baseName = (path) => path.split("/").at(-1) ?? path;

const LONG = 24;
const TAIL = 12;

/**
 * A long name in two parts: where there is no room for all of it, the first gives way, for the end of a
 * name tells files of one folder apart.
 * @param {string} name
 * @returns {[head: string, tail: string]}
 */
export function parted(name) {
  const signs = [...name];
  const cut = signs.length > LONG ? signs.length - TAIL : 0;
  return [signs.slice(0, cut).join(""), signs.slice(cut).join("")];
}

/** @param {number} n @param {string} word */
export const plural = (n, word) => `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;

/** @param {number} value */
export const percent = (value) => `${Math.round(value * 100)} %`;

/**
 * Fixed-point number without a leading zero: 0.93 -> ".93".
 * @param {number | null | undefined} value
 */
export const short = (value) =>
  (value === null || value === undefined ? "" : value.toFixed(2).replace(/^(-?)0\./, "$1."));

/**
 * Day and minute of an ISO time, "" for none.
 * @param {string} iso
 */
export function clock(iso) {
  const time = new Date(iso);
  return Number.isNaN(time.getTime())
    ? ""
    : time.toLocaleString("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
}

/**
 * A question and the rule that may follow its question mark.
 * @param {string} text
 * @returns {[string, string]}
 */
export function worded(text) {
  const end = text.search(/[?？]/) + 1 || text.length;
  return [text.slice(0, end), text.slice(end).trim()];
}

/**
 * The key of a pair, whatever the order of its items.
 * @param {string} a @param {string} b
 */
export const pairKey = (a, b) => (a < b ? `${a}-${b}` : `${b}-${a}`);

/**
 * What an export lacks, by the counts in its manifest; "" where it lacks nothing.
 *
 * @param {Record<string, number>} counts
 */
export function leftOut(counts) {
  const start = "left_out_";
  const told = Object.entries(counts).filter(([kind]) => kind.startsWith(start))
    .map(([kind, count]) => `${count} ${kind.slice(start.length).replaceAll("_", " ")}`);
  return told.length ? `left out: ${told.join(", ")}` : "";
}
