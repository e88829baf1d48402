// @ts-check
// Images that may lie in a wrong folder, worst first: one key keeps, one key moves. Over the page, with
// the keys to itself.

import { rpc, whose } from "./core.js";
import { dialog, h, imageUrl, nameplate, thumb, uuid } from "./dom.js";
import { emit } from "./events.js";
import { plural } from "./format.js";
import { latinKey, modified } from "./keymap.js";
import { calledAs } from "./sort_groups.js";
import { attempt } from "./trouble.js";

/** @import { DoubtRow, Item, SortGroup } from "./api.js" */

const LOOK_MS = 700;
const NONE = "No image looks as if it lay in a wrong folder.";
const DONE = "That was the last one that looks wrong.";

/** Doubts about folders among all, in their order. @param {DoubtRow[]} doubts */
export const misfiled = (doubts) => doubts.filter((one) => one.folder && one.group && one.like);

/** @param {DoubtRow} doubt @returns {Item} */
export const oddOf = ({ decision, odd }) => (decision.a.id === odd ? decision.a : decision.b);

let open = false;

/** Open the cards; once. */
export function openCheck() {
  if (open) return;
  open = true;
  const asked = whose();
  const place = h("div.check");
  const box = dialog("Is it in the right folder?", place);
  box.classList.add("wide", "check-box");
  box.addEventListener("close", () => {
    open = false;
    window.removeEventListener("keydown", pressed, true);
  });
  window.addEventListener("keydown", pressed, true); // wherever the focus has gone
  /** @type {DoubtRow[]} */
  let rows = [];
  /** @type {Set<string>} */
  const seen = new Set();
  /** @type {DoubtRow[]} */
  let past = []; // answered here, the newest last
  let sending = Promise.resolve(); // one after the other, in the order of the keys
  let pending = true;
  let more = false;
  load();

  async function load() {
    const told = await attempt(() => rpc("doubts_list"));
    if (!box.open || asked !== whose()) { box.close(); return; }
    if (!told) { place.replaceChildren(...failed()); return; }
    ({ pending, more } = told);
    rows = misfiled(told.doubts).filter(({ odd }) => !seen.has(odd));
    if (pending) setTimeout(load, LOOK_MS);
    if (!pending || rows.length) paint();
    else place.replaceChildren(h("p.soft.check-wait", {}, "Looking for images that do not fit …"));
  }

  function paint() {
    const [doubt, next] = rows;
    box.dataset.odd = doubt?.odd ?? "";
    if (next && oddOf(next).w) new Image().src = imageUrl(next.odd);
    place.replaceChildren(...(doubt ? card(doubt) : end()));
  }

  const end = () => [
    h("p.check-wait", {}, past.length ? DONE : NONE),
    h("div.box-foot", {}, undoButton(),
      h("button.primary", { onclick: () => box.close() }, "Close")),
  ];

  const failed = () => [
    h("p.check-wait", {}, "What looks wrong could not be asked for."),
    h("div.box-foot", {}, h("button.primary", { onclick: load }, "Try again")),
  ];

  const undoButton = () => h("button", {
    dataset: { action: "undo" }, disabled: !past.length, onclick: undo,
  }, "Undo ", h("kbd", {}, "⌫"));

  /** @param {DoubtRow} doubt */
  function card(doubt) {
    const item = oddOf(doubt);
    const group = /** @type {SortGroup} */ (doubt.group);
    const like = /** @type {SortGroup} */ (doubt.like);
    return [
      h("figure.check-picture", {},
        item.w ? h("img", { src: imageUrl(item.id), alt: item.name }) : nameplate(item),
        h("figcaption", { title: item.name }, item.name)),
      h("p.check-says", {
        title: `Chance that the folder is wrong: ${Math.round(doubt.wrong * 100)} %, by the images like `
          + "it in the other folders; this one was left out of the comparison",
      }, "It lies in ", h("b", {}, calledAs(group)), ", and looks like ", h("b", {}, calledAs(like)), "."),
      h("div.check-keys", {},
        target(group, "Keep in", "keep", "A", () => say(null)),
        target(like, "Move to", "move", "X", () => say(like)),
        h("button", { dataset: { action: "skip" }, onclick: skip }, "Later ", h("kbd", {}, "␣")),
        undoButton()),
      h("p.soft", {}, `${plural(rows.length, "image")} to look at`, more && " for now",
        pending && "; more are being looked for"),
    ];
  }

  /**
   * @param {SortGroup} group @param {string} verb @param {string} action @param {string} key
   * @param {() => void} run
   */
  const target = (group, verb, action, key, run) => h("button.check-into", {
    dataset: { action }, onclick: run,
  }, thumb({ id: group.id, name: calledAs(group) }, { alt: "", title: "" }),
  h("span", {}, `${verb} `, h("b", {}, calledAs(group))), h("kbd", {}, key));

  /** @param {SortGroup | null} into null: it is right where it is */
  function say(into) {
    const [doubt] = rows;
    if (!doubt) return;
    const { a, b } = doubt.decision;
    const other = a.id === doubt.odd ? b.id : a.id;
    const values = { item: doubt.odd, group: into?.id ?? null, other, batch_id: uuid() };
    seen.add(doubt.odd);
    past = [...past, doubt];
    rows = rows.filter(({ odd }) => odd !== doubt.odd);
    paint();
    sending = sending.then(async () => {
      const done = await attempt(() => rpc("folders_check", values));
      if (done) emit("changed-elsewhere", done);
      else bringBack(doubt);
      if (done && more && !rows.length) await load();
    });
  }

  /** @param {DoubtRow} doubt */
  function bringBack(doubt) {
    past = past.filter((one) => one !== doubt);
    seen.delete(doubt.odd);
    rows = [doubt, ...rows];
    paint();
  }

  function skip() {
    if (rows.length > 1) rows = [...rows.slice(1), rows[0]];
    paint();
  }

  function undo() {
    const id = uuid();
    sending = sending.then(async () => {
      const last = past.at(-1);
      const done = last && await attempt(() => rpc("review_undo", { id }));
      if (!last || !done) return;
      bringBack(last);
      emit("undone", done.undone);
    });
  }

  /** @param {KeyboardEvent} event */
  function pressed(event) {
    if (event.repeat || modified(event)) return;
    const key = latinKey(event).toLowerCase();
    const [doubt] = rows;
    if (key === "backspace") undo();
    else if (!doubt) return;
    else if (key === "a" || key === "1" || key === "y") say(null);
    else if (key === "x" || key === "2" || key === "n") say(doubt.like);
    else if (key === " ") skip();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
