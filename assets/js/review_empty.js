// @ts-check
// What the review screen shows when there is no pair: progress, an error, or the session's summary.

import { encodedOf, goalOf, isArriving } from "./arrival_when.js";
import { show, state } from "./core.js";
import { h } from "./dom.js";
import { plural } from "./format.js";

/** @import { Status } from "./api.js" */
/** @import { Child } from "./types.js" */

/**
 * @typedef {object} Empty
 * @property {string | null} error what the last try ran into
 * @property {string | null} finished why nothing is left to ask
 * @property {Record<string, number>} tally this reviewer's answers in this tab, by verdict
 * @property {boolean} filtered whether not all queues are shown
 * @property {() => void} again
 * @property {() => void} showAll
 */

let before = 0; // width of the bar that the next one grows from, in percent

/** @param {Empty} told */
export function emptyState({ error, finished, tally, filtered, again, showAll }) {
  const { status, overview } = state;
  if (status?.stage === "failed" && !status.embedded) {
    return message("The images could not be taken in", status.message);
  }
  if (error !== null) {
    return message("That did not work", error, h("button", { onclick: again }, "Try again"));
  }
  if (!status && state.stuck) return message("The workspace does not open", state.stuck);
  if (!status) return message("Opening the workspace…");
  if (status.items < 2 && status.stage === "ready") {
    return message("Two images are needed", `This source has ${plural(status.items, "readable item")}. `
      + `Add images to ${overview?.source} and start again.`);
  }
  if (isArriving(status)) return encoding(status);
  if (finished === null) return message("Fetching the next pair…");
  if (filtered) {
    return message("This queue is empty", finished,
      h("button.primary", { onclick: showAll }, "Show all queues"));
  }
  return summary(status, finished, tally, again);
}

/** @param {string} title @param {string} text @param {...Child} actions */
export const message = (title, text = "", ...actions) =>
  h("div.note", {}, h("h1", {}, title), text && h("p", {}, text), h("div.actions", {}, ...actions));

/**
 * Nothing is left to ask: what one may do now.
 * @param {string} finished @param {() => void} again @param {...Child} figures
 */
export const done = (finished, again, ...figures) =>
  h("div.note.summary", {}, h("h1", {}, "Done for now"), h("p", {}, finished), ...figures,
    h("div.actions", {},
      h("button.primary", { onclick: () => show("export") }, "Export"),
      h("button", { onclick: () => show("groups") }, "See the groups"),
      h("button", { onclick: again }, "Ask again")));

/** @param {Status} status */
function encoding(status) {
  const goal = goalOf(status);
  const encoded = Math.min(goal, encodedOf(status));
  const scanning = status.stage === "scanning";
  const title = scanning ? "Reading the folder" : "Encoding the first images";
  const text = scanning
    ? `${status.items.toLocaleString("en")} images found so far.`
    : `${encoded.toLocaleString("en")} of ${goal.toLocaleString("en")}; review starts then, the rest `
      + "follows while you work.";
  const bar = growing(title, scanning ? status.progress : encoded / goal);
  return h("div.note", {}, h("h1", {}, title), bar, h("p", {}, text));
}

/** @param {string} label @param {number} share */
function growing(label, share) {
  const fill = h("i");
  const now = Math.round(share * 100);
  fill.style.width = `${Math.min(before, now)}%`;
  before = now;
  requestAnimationFrame(() => { fill.style.width = `${now}%`; });
  return h("span.bar.wide", { role: "progressbar", "aria-label": label, "aria-valuenow": now }, fill);
}

/** @type {(status: Status, finished: string, tally: Record<string, number>, again: () => void) => Node} */
function summary(status, finished, tally, again) {
  const { session } = status;
  /** @type {[number, string][]} */
  const figures = [
    [session?.decisions ?? 0, "decisions this session"], [Math.round(session?.per_minute ?? 0), "a minute"],
    [tally.same || 0, "same"], [tally.different || 0, "different"],
    [(tally.unsure || 0) + (tally.incomparable || 0), "unsure, can’t"], [status.conflicts, "conflicts"],
  ];
  return done(finished, again, h("div.stats.six", {}, ...figures.map(([n, label]) =>
    h("div", {}, h("b", {}, String(n)), h("span", {}, label)))));
}
