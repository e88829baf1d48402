// @ts-check
// What happens on the drawn map: a point is hovered or clicked, a lasso is drawn, what was found is ringed,
// the view moves.

import { emit } from "./events.js";
import { countOf, inView, isInView, isPlaced, scene } from "./map_layer.js";
import { paintOver, paintRings, pictureAt } from "./map_paint.js";
import { RANGE } from "./map_places.js";
import { makeTip } from "./map_tip.js";

/** @import { View } from "./map_view.js" */
/** @import { PlotPoint } from "./types.js" */

/** @param {PlotPoint} point */
const placeOf = (point) => scene.order[point.pointIndex];

/**
 * The item that is pointed at: the picture above the points, else the nearest point.
 * @param {{ points: PlotPoint[], event: MouseEvent }} pointed
 */
function pointedAt({ points: [point], event }) {
  const above = pictureAt(event);
  return above < 0 ? placeOf(point) : above;
}

/**
 * The pointer on the map: its `tip`, and `follow()`, which listens once the plot is drawn.
 * @param {(index: number) => string} valueOf what the colour of a point says
 */
export function makePointer(valueOf) {
  const tip = makeTip();
  let following = false;

  /** @param {{ points: PlotPoint[], event: MouseEvent }} pointed */
  function hovered(pointed) {
    const index = pointedAt(pointed);
    const many = pictureAt(pointed.event) < 0 ? 1 : countOf(index);
    const said = [valueOf(index), many > 1 ? `${many.toLocaleString("en")} lie here` : ""];
    tip.show(scene.ids[index], said.filter(Boolean).join(" · "), pointed.event, scene.plot);
  }

  /** @param {{ points?: PlotPoint[] } | undefined} event */
  function lassoed(event) {
    if (!event?.points?.length) return;
    const inside = event.points.map(placeOf);
    tip.hide();
    choose(new Set(inside));
    emit("gallery", { mode: "lasso", ids: inside.map((index) => scene.ids[index]) });
  }

  function follow() {
    if (following) return;
    following = true;
    const { plot } = scene;
    plot.on("plotly_hover", hovered);
    plot.on("plotly_unhover", tip.hide);
    plot.on("plotly_click", (pointed) =>
      emit("gallery", { mode: "neighbours", item: scene.ids[pointedAt(pointed)] }));
    plot.on("plotly_selected", lassoed);
    plot.on("plotly_deselect", () => choose(null));
    plot.on("plotly_relayout", paintOver);
    plot.on("plotly_relayouting", paintOver);
  }

  return { tip: tip.element, follow };
}

/** @param {Set<number> | null} indices */
function choose(indices) {
  scene.chosen = indices;
  paintOver();
}

export function clearLasso() {
  choose(null);
  if (!scene.drawn || !scene.plot.layout.selections?.length) return undefined;
  return window.Plotly?.update(scene.plot, { selectedpoints: [null] }, { selections: [] });
}

/** @param {View} view */
export const goTo = ({ across, up }) =>
  window.Plotly?.relayout(scene.plot, { "xaxis.range": across, "yaxis.range": up });

/** Open what is in view in the gallery. */
export function openView() {
  const ids = inView().map((index) => scene.ids[index]);
  if (ids.length) emit("gallery", { mode: "lasso", ids });
}

/**
 * Ring hits, and show the whole map where some of them lie outside of the view.
 * @param {string[]} ids
 */
export function ring(ids) {
  scene.hits = ids;
  paintRings();
  const isSeen = isInView();
  const outside = ids.map((id) => scene.place.get(id))
    .some((index) => index !== undefined && isPlaced(index) && !isSeen(index));
  return scene.drawn && outside ? goTo({ across: [...RANGE], up: [...RANGE] }) : undefined;
}
