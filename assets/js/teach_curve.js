// @ts-check
// How a session went: agreement with picks before they were told, and confidence, by picks.

import { h, svg } from "./dom.js";
import { percent, plural } from "./format.js";

/** @import { Curve } from "./api.js" */

const WIDE = 210;
const HIGH = 72;
const LINES = /** @type {const} */ ([
  ["agreement", "right before it was told", "right"], ["confident", "belt is confident", "confident"],
]);

/**
 * The figure for teach_curve's answer; null while there are not two points to join.
 * @param {Curve} answer
 */
export function curve(answer) {
  const drawn = LINES.filter(([name]) => answer[name].length > 1);
  if (!drawn.length) return null;
  const last = (/** @type {keyof Curve} */ name) => answer[name][answer[name].length - 1];
  const most = Math.max(...drawn.map(([name]) => last(name)[0]));
  const told = drawn.map(([name, label]) => `${label}: ${percent(last(name)[1])}`).join(", ");
  const frame = { viewBox: `0 0 ${WIDE} ${HIGH}`, preserveAspectRatio: "none", role: "img" };
  return h("figure.curve", {},
    svg("svg", { ...frame, "aria-label": `By picks, now ${told}` },
      ...[0, 0.5, 1].map((share) =>
        svg("line", { x1: 0, x2: WIDE, y1: y(share), y2: y(share), class: "grid" })),
      ...drawn.map(([name]) => svg("polyline", { class: name, points: pointsOf(answer[name], most) }))),
    h("figcaption.soft", {}, ...drawn.map(([name, , short]) => h(`span.line.${name}`, {}, short)),
      h("span.spacer"), `0 to ${plural(most, "pick")}`));
}

/** @param {number} share */
const y = (share) => 2 + (1 - share) * (HIGH - 4);

/**
 * The points of a line, [picks, share] each, for a frame that ends at `most` picks.
 * @param {[number, number][]} line
 * @param {number} most
 */
export const pointsOf = (line, most) =>
  line.map(([picks, share]) => `${(picks / most) * WIDE},${y(share)}`).join(" ");
