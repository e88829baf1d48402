// @ts-check
// What came of a session, in the place of its belt once it has ended.

import { h } from "./dom.js";
import { percent, plural } from "./format.js";

/** @import { State } from "./api.js" */

/**
 * The summary for a session's state.
 * @param {State} told
 */
export const summary = (told) =>
  [h("h2", {}, "How it went"), ...lines(told).map((line) => h("p", {}, line))];

/**
 * What is said of a session that has ended.
 * @param {State} told
 * @returns {string[]}
 */
export function lines(told) {
  const said = [
    `${plural(told.taught, "item")} taught with ${plural(told.picks, "pick")}${lasted(told)}; `
      + `${told.observed.toLocaleString("en")} seen, ${plural(told.asks, "question")} asked.`,
    told.learnt
      ? `The robot learnt ${told.learnt} of them in ${plural(told.generation, "update")}.`
      : "The robot has learnt nothing: there was no update before the end.",
    told.agreement !== null
      && `It had ${percent(told.agreement)} of the last picks right before it was told.`,
    told.confident_share !== null
      && `It is sure about ${percent(told.confident_share)} of the items that nobody picked.`,
    told.contradictions.length > 0
      && `Teachers disagree about ${plural(told.contradictions.length, "item")}; these taught nothing.`,
    told.refused.length > 0
      && `Pair review took ${plural(told.refused.length, "item")} out of the bins they were put into.`,
    `All of it stays as the criterion “${told.name}”: Review pairs goes on from here, Export takes it `
      + "along.",
  ];
  return said.filter((line) => line !== false);
}

/** @param {Pick<State, "started" | "ended">} times */
function lasted({ started, ended }) {
  const minutes = Math.round((Date.parse(ended ?? "") - Date.parse(started)) / 60_000);
  if (!Number.isFinite(minutes)) return "";
  return minutes < 1 ? " in less than a minute" : ` in ${plural(minutes, "minute")}`;
}
