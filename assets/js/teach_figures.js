// @ts-check
// What a session has come to: figures, the curve, and what went wrong.

import { rpc } from "./core.js";
import { h } from "./dom.js";
import { percent, plural } from "./format.js";
import { curve } from "./teach_curve.js";
import { makeQuiet } from "./trouble.js";

/** @import { State } from "./api.js" */

/**
 * The figures in `host`: `paint(session, told)`.
 * @param {HTMLElement} host
 */
export function makeFigures(host) {
  const drawing = h("div.drawing");
  let drawn = ""; // picks and generation of the curve on screen
  let of = ""; // its session
  const quietly = makeQuiet();

  /** @param {string} session @param {State} told */
  function paint(session, told) {
    const disputes = `${plural(told.disputes, "answer")} of pair review `
      + `${told.disputes === 1 ? "contradicts" : "contradict"} others: Decisions lists them.`;
    host.replaceChildren(h("div.figure-grid", {},
      figure(String(told.picks), plural(told.picks, "pick").replace(/^[\d,]+ /, "")),
      figure(shareOf(told.confident_share), "belt is confident"),
      figure(shareOf(told.agreement), "right before it was told"),
      figure(String(told.asks), "asks")), drawing,
    told.disputes ? h("p.warn", {}, disputes) : "",
    told.trouble ? h("p.warn", {}, told.trouble) : "");
    draw(session, told);
  }

  /** @param {string} session @param {State} told */
  async function draw(session, { picks, generation }) {
    const now = JSON.stringify([session, picks, generation]);
    if (now === drawn) return;
    if (of !== session) drawing.replaceChildren();
    [drawn, of] = [now, session];
    const answer = await quietly(() => rpc("teach_curve", { session }));
    if (now !== drawn) return;
    if (answer) drawing.replaceChildren(curve(answer) ?? "");
    else drawn = ""; // tried again with the next look
  }

  return { paint };
}

/** @param {string} value @param {string} label */
const figure = (value, label) => h("div.figure", {}, h("b.num", {}, value), h("span.soft", {}, label));

/** @param {number | null} value */
const shareOf = (value) => (value === null ? "–" : percent(value));
