// @ts-check
// A grid of supposed members, all ticked: the wrong ones are clicked or dragged away, one key says all.

import { h, thumb } from "./dom.js";
import { beingOf, calledAs, groupOf, inPlaces, keyOf } from "./sort_groups.js";
import { draggable } from "./sort_drag.js";
import { button } from "./sort_merge.js";
import { allWrong, answerOf, moved, stepped, toggled, toldAs } from "./sort_tiles.js";

/** @import { SweepQuestion, SweepTile } from "./api.js" */
/** @import { Form, Ways } from "./sort.js" */
/** @import { Board } from "./sort_board.js" */
/** @import { Asked } from "./sort_pictures.js" */
/** @import { Marks } from "./sort_tiles.js" */

/**
 * `kept` are marks of before, where the grid was taken back or interrupted.
 * @param {SweepQuestion & Asked & { marks?: Marks, drawn?: boolean }} question
 * @param {Board} board
 * @param {Ways} ways
 * @returns {Form}
 */
export function sweepForm(question, board, ways) {
  const { group, supposed, tiles, pictures, drawn = false } = question;
  /** @type {Marks} */
  let marks = question.marks ?? new Map();
  let at = -1; // the tile that digits and the space bar are about
  let byKeys = false;

  /** @param {string} id */
  const find = (id) => board.groups.find((known) => known.id === id);
  const name = () => beingOf(find(group));
  const which = drawn ? `${tiles.length} drawn at random`
    : `${tiles.length} of ${supposed} supposed, of those less sure`;
  /** @type {HTMLElement[]} */
  const faces = tiles.map((tile, place) => faceOf(tile, pictures.get(tile.id), () => clicked(place)));
  const titleName = h("span");
  const sample = thumb({ id: group, name: "" }, { alt: "", title: "" });
  const done = button("", "Enter", "enter", () => send(marks), "y");
  const hint = h("p.rule", { "aria-live": "polite" });
  const dock = h("div.sort-dock", { "aria-hidden": "true" });
  const grid = h("div.sort-grid", { role: "group" }, ...faces);

  /** @param {Marks} said */
  const send = (said) => ways.answer("sort_sweep", { group, ...answerOf(tiles, said) }, { marks: said });
  /** @param {Marks} said */
  const say = (said) => { marks = said; paint(); };
  /** @param {number} place */
  const toggle = (place) => say(toggled(marks, tiles[place], (id) => find(id) !== undefined));
  /** @param {number} place @param {string} to */
  const put = (place, to) => say(moved(marks, tiles[place].id, to, group));
  /** @param {number} place */
  const clicked = (place) => { go(place, false); toggle(place); };
  /** @param {number} place @param {boolean} keys */
  const go = (place, keys) => {
    [at, byKeys] = [place, keys];
    if (keys) faces[at].focus();
    paint();
  };
  const leave = () => { faces.at(at)?.blur(); [at, byKeys] = [-1, false]; paint(); };
  draggable(grid, {
    picked: (tile) => go(faces.indexOf(tile), false),
    dropped: (tile, to) => put(faces.indexOf(tile), to),
    ended: leave,
  });

  function paint() {
    const members = tiles.filter(({ id }) => !marks.has(id)).length;
    titleName.textContent = ` ${name()}?`;
    grid.setAttribute("aria-label", `Supposed to be ${name()}`);
    done.firstChild?.replaceWith(toldAs(members, tiles.length, name()));
    hint.textContent = byKeys ? "Space: in or not · digit: the group it belongs to · Esc: leave the grid"
      : `${which} · click or drag to another group`;
    tiles.forEach((tile, place) => paintTile(faces[place], tile, place === at));
  }

  /** @param {HTMLElement} face @param {SweepTile} tile @param {boolean} current */
  function paintTile(face, tile, current) {
    const wrong = marks.has(tile.id);
    const to = marks.get(tile.id) ?? null;
    const said = to === null ? `not ${name()}` : `→ ${calledAs(find(to))}`;
    face.setAttribute("aria-checked", String(!wrong));
    face.setAttribute("aria-label", `${tile.name}: ${wrong ? said.replace("→", "belongs to") : name()}`);
    face.classList.toggle("current", current);
    face.tabIndex = current || (at < 0 && face === faces[0]) ? 0 : -1;
    if (face.lastChild) face.lastChild.textContent = wrong ? said : "";
  }

  /** @type {Record<string, () => void>} */
  const actions = {
    Enter: () => send(marks), x: () => send(allWrong(tiles, marks)),
    " ": () => (byKeys ? toggle(at) : ways.skip()),
    v: () => ways.zoom([tiles[Math.max(at, 0)]]),
    Escape: leave,
  };

  /** @param {string} pressed */
  function key(pressed) {
    const columns = getComputedStyle(grid).gridTemplateColumns.split(" ").length;
    const next = stepped(pressed, at, columns, tiles.length);
    const to = at < 0 ? undefined : groupOf(board.places, board.groups, pressed);
    if (next !== null) go(next, true);
    else if (to) put(at, to.id);
    else if (Object.hasOwn(actions, pressed)) actions[pressed]();
    else return false;
    return true;
  }

  function groups() {
    paint();
    dock.replaceChildren(...inPlaces(board.groups, board.places).map((one) =>
      h("span.sort-group", { dataset: { group: one.id, key: keyOf(board.places, one) } },
        thumb({ id: one.id, name: calledAs(one) }, { alt: "", title: "" }), h("b", {}, calledAs(one)))));
  }

  groups();
  const node = h("div.sort-form.sort-sweep", {},
    h("div.q", {}, h("h1", {}, "Which of these are ", h("u", {}, "not"), titleName), sample, hint),
    grid,
    h("div.keys.four.first-wide", {}, done, button("All wrong", "X", "all-wrong", actions.x),
      button("Skip", "␣", "skip", ways.skip), button("Undo", "⌫", "undo", ways.undo)),
    dock);
  return { node, key, groups };
}

/** @param {SweepTile} tile @param {HTMLElement | undefined} picture @param {() => void} onclick */
const faceOf = (tile, picture, onclick) => h("div.sort-tile", {
  role: "checkbox", title: tile.name, dataset: { id: tile.id }, onclick,
}, picture ?? "", h("b.sort-tick", { "aria-hidden": "true" }), h("em", { "aria-hidden": "true" }));
