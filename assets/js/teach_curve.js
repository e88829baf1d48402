// How a session went: agreement with picks before they were told, and confidence, by picks.

import { h, percent, plural } from "./dom.js";

const WIDE = 210;
const HIGH = 72;
const LINES = [["agreement", "right before it was told", "right"], ["confident", "belt is confident", "confident"]];

/** The figure for teach_curve's answer; null while there are not two points to join. */
export function curve(answer) {
  const drawn = LINES.filter(([name]) => answer[name].length > 1);
  if (!drawn.length) return null;
  const most = Math.max(...drawn.map(([name]) => answer[name].at(-1)[0]));
  const told = drawn.map(([name, label]) => `${label}: ${percent(answer[name].at(-1)[1])}`).join(", ");
  return h("figure.curve", {},
    svg("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, preserveAspectRatio: "none", role: "img", "aria-label": `By picks, now ${told}` },
      ...[0, 0.5, 1].map((share) => svg("line", { x1: 0, x2: WIDE, y1: y(share), y2: y(share), class: "grid" })),
      ...drawn.map(([name]) => svg("polyline", { class: name, points: answer[name].map(([picks, share]) => `${(picks / most) * WIDE},${y(share)}`).join(" ") }))),
    h("figcaption.soft", {}, ...drawn.map(([name, , short]) => h(`span.line.${name}`, {}, short)), h("span.spacer"), `0 to ${plural(most, "pick")}`));
}

const y = (share) => 2 + (1 - share) * (HIGH - 4);

function svg(name, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}
