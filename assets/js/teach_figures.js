// What a session has come to: figures, the curve, and what went wrong.

import { rpc } from "./core.js";
import { attempt, h, percent, plural } from "./dom.js";
import { curve } from "./teach_curve.js";

/** The figures in `host`: `paint(session, told)`. */
export function makeFigures(host) {
  const drawing = h("div.drawing");
  let drawn = ""; // picks and generation of the curve on screen
  let of = ""; // its session

  function paint(session, told) {
    host.replaceChildren(h("div.figure-grid", {},
      figure(String(told.picks), plural(told.picks, "pick").replace(/^[\d,]+ /, "")),
      figure(shareOf(told.confident_share), "belt is confident"),
      figure(shareOf(told.agreement), "right before it was told"),
      figure(String(told.asks), "asks")), drawing,
    told.disputes ? h("p.warn", {}, `${plural(told.disputes, "answer")} of pair review ${told.disputes === 1 ? "contradicts" : "contradict"} others: Decisions lists them.`) : "",
    told.trouble ? h("p.warn", {}, told.trouble) : "");
    draw(session, told);
  }

  async function draw(session, { picks, generation }) {
    const now = JSON.stringify([session, picks, generation]);
    if (now === drawn) return;
    if (of !== session) drawing.replaceChildren();
    [drawn, of] = [now, session];
    const answer = await attempt(() => rpc("teach_curve", { session }));
    if (answer && now === drawn) drawing.replaceChildren(curve(answer) ?? "");
  }

  return { paint };
}

const figure = (value, label) => h("div.figure", {}, h("b.num", {}, value), h("span.soft", {}, label));

const shareOf = (value) => (value === null ? "–" : percent(value));
