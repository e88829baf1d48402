// @ts-check
// What lies below the points of the geographic map: lines of longitude and latitude, and a length.

import { h, svg } from "./dom.js";
import { lines, scaleBar } from "./map_earth.js";

/** @import { Projection } from "./map_earth.js" */
/** @import { Plot } from "./types.js" */

const LONGEST = 120; // pixels of the length
const ROOM = 56; // pixels that a label may take

/** The ground below a plot: its `element`, and `paint(plot, projection)`; null paints none. */
export function makeGround() {
  const grid = svg("svg", { class: "ground", "aria-hidden": "true" });
  const bar = h("i");
  const length = h("span");
  const element = h("div.ground-frame", { hidden: true }, grid, h("p.scale", {}, bar, length));

  /** @param {Plot} plot @param {Projection | null} projection */
  function paint(plot, projection) {
    const full = plot._fullLayout;
    element.hidden = !projection || !full;
    if (!projection || !full) return;
    const { xaxis, yaxis } = full;
    const { clientWidth: width, clientHeight: height } = plot;
    const meridians = lines(xaxis.range, projection.lon0, projection.across, ["E", "W"], 540);
    const parallels = lines(yaxis.range, projection.lat0, projection.up, ["N", "S"], 90);
    /** @param {import("./types.js").PlotAxis} axis @param {number} v */
    const along = ({ range: [low, high], _length }, v) => ((v - low) / (high - low)) * _length;
    grid.replaceChildren(
      ...meridians.flatMap(({ at, label }) => {
        const x = xaxis._offset + along(xaxis, at);
        const line = svg("line", { x1: x, y1: 0, x2: x, y2: height });
        return x + ROOM > width ? [line] : [line, text(x + 4, 12, label)];
      }),
      ...parallels.flatMap(({ at, label }) => {
        const y = yaxis._offset + yaxis._length - along(yaxis, at);
        return [svg("line", { x1: 0, y1: y, x2: width, y2: y }), text(4, y - 4, label)];
      }));
    const told = scaleBar(projection, yaxis.range, yaxis._length, LONGEST);
    bar.style.width = `${told.length}px`;
    length.textContent = told.label;
  }

  return { element, paint };
}

/** @param {number} x @param {number} y @param {string} label */
const text = (x, y, label) => svg("text", { x, y }, document.createTextNode(label));
