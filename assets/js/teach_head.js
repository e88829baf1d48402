// @ts-check
// The line over the belt: what to do now, how often the robot may ask, and what moves the belt.

import { h } from "./dom.js";
import { makeAsks } from "./teach_asks.js";

/** @import { State } from "./api.js" */

/** @typedef {{ chosen: string, lifted: boolean, all_seen: boolean }} Now */

/**
 * The line's `element`, and `paint(told, now)` for it. `more`, `undo` and `allowed` hear what is asked for.
 * @param {{ more: () => unknown, undo: () => unknown, allowed: (percent: number) => unknown }} asked
 */
export function makeHead({ more, undo, allowed }) {
  const said = h("span.soft.teach-hint");
  const asks = makeAsks(allowed);
  const next = h("button.teach-next", { onclick: more }, "Next");
  const back = h("button.teach-undo", { onclick: undo }, "Undo");
  const element = h("div.row.wrap", {}, h("h2", {}, "On the belt"), said, asks.element, next, back);

  /** @param {State} told @param {Now} hand */
  function paint(told, hand) {
    next.disabled = back.disabled = told.status !== "active";
    next.textContent = hand.all_seen ? "Start over" : "Next";
    next.title = hand.all_seen
      ? "Everything has been on the belt: it goes round to what nobody picked"
      : "The next items of the workspace";
    said.textContent = said.title = hint(told, hand);
    asks.paint(told);
  }

  return { element, paint };
}

/**
 * What to do now.
 * @param {Pick<State, "status" | "mode"> & { bins: { name: string }[] }} told
 * @param {Pick<Now, "chosen" | "lifted">} hand
 */
export function hint({ status, mode, bins }, { chosen, lifted }) {
  if (status === "paused") return "paused: Resume goes on";
  if (mode === "pick") return `tap what is “${bins[0]?.name}”; leave the rest`;
  if (chosen) return lifted ? "now tap the right bin" : "now tap its bin";
  return "tap an item, then a bin, or drag it there";
}
