// @ts-check
// The map as the plotting library takes it: one WebGL scatter of all points.

import { diameter } from "./map_layer.js";
import { RANGE } from "./map_places.js";
import { standsOut } from "./map_points.js";

/** @import { Colours } from "./api.js" */
/** @import { Places } from "./types.js" */

const LARGER = 1.6; // size of a point that stands out, by that of the others

export const CONFIG = { displayModeBar: false, scrollZoom: true, responsive: false, doubleClick: "reset" };

/**
 * The points in their drawn `order`.
 * @param {{ order: number[], at: Places, chosen: Set<number> | null }} scene
 * @param {Colours | null} colours
 * @param {string[]} fills by place
 */
export function traceOf({ order, at, chosen }, colours, fills) {
  /** @template V @param {V[]} values */
  const inOrder = (values) => order.map((place) => values[place]);
  const plain = diameter(order.length);
  const out = standsOut(colours);
  return {
    type: "scattergl", mode: "markers", x: inOrder(at.x), y: inOrder(at.y), hoverinfo: "none",
    marker: {
      size: order.map((place) => (out(place) ? plain * LARGER : plain)), color: inOrder(fills), opacity: 0.8,
      line: { width: 0 },
    },
    selected: { marker: { opacity: 1 } }, unselected: { marker: { opacity: 0.25 } },
    selectedpoints: chosen && [...order.keys()].filter((n) => chosen.has(order[n])),
  };
}

/**
 * @param {string} view name of the map whose view stays where it is
 * @param {string} dragmode
 * @param {number} reach pixels around a point that are its own
 */
export function layoutOf(view, dragmode, reach) {
  const axis = { visible: false, fixedrange: false, zeroline: false, showgrid: false };
  return {
    margin: { l: 6, r: 6, t: 6, b: 6 }, showlegend: false, hovermode: "closest", hoverdistance: reach,
    xaxis: { ...axis, range: [...RANGE] }, yaxis: { ...axis, range: [...RANGE] }, uirevision: view,
    dragmode, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    newselection: { line: { color: "#3b6ef6", width: 1.5, dash: "solid" } }, selections: [],
  };
}
