// @ts-check
// The list of keys, in which each key of pair review can be changed.

import { dialog, h } from "./dom.js";
import { emit } from "./events.js";
import { latinKey, LEGEND, SORT_LEGEND } from "./keymap.js";
import { anyChosen, chooseKey, keysOf, nameOf, resetKeys } from "./keys_chosen.js";

/** @import { Told } from "./keymap.js" */
/** @import { Chooseable } from "./keys_chosen.js" */

const MODIFIERS = new Set(["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "Dead"]);
const SETTLED = "The browser keeps the keys that you choose. On a keyboard of another script the letters are "
  + "taken by their place.";

/** @param {Told} one */
export const keysToldOf = ({ action, more }) =>
  [...(action ? keysOf(action).map(nameOf) : []), ...more].join(" or ");

/** The keys of Sort; but for those of pair review they are as they come. */
export function showSortKeys() {
  const list = SORT_LEGEND.flatMap((one) => [h("dt", {}, keysToldOf(one)), h("dd", {}, one.meaning)]);
  const box = dialog("Keys", h("dl.legend", {}, ...list), h("div.box-foot", {}, firstSteps(() => box)));
}

/** @param {() => HTMLDialogElement} box */
const firstSteps = (box) =>
  h("button", { onclick: () => { box().close(); emit("guide"); } }, "Show the first steps");

/** The keys of pair review, to be read and changed. */
export function showKeys() {
  let asking = /** @type {Chooseable | null} */ (null);
  const list = h("dl.legend.changeable");
  const told = h("p.soft", { role: "status" }, SETTLED);
  const reset = h("button", { onclick: () => { resetKeys(); ask(null); } }, "Reset all keys");
  const box = dialog("Keys", list, told, h("div.box-foot", {}, firstSteps(() => box), reset));

  /** @param {Chooseable | null} action @param {string} [trouble] */
  function ask(action, trouble = "") {
    const before = asking;
    asking = action;
    told.textContent = trouble || (action ? "Press the new key; Esc leaves it as it is." : SETTLED);
    list.replaceChildren(...LEGEND.flatMap(row));
    (action ? box : buttonOf(before))?.focus(); // the button that had the focus is gone
    reset.disabled = !anyChosen();
    if (!action) emit("keys");
  }

  /** @param {Chooseable | null} action @returns {HTMLElement | null} */
  const buttonOf = (action) => list.querySelector(`button[data-change="${action}"]`);

  /** @param {Told} one @returns {Node[]} */
  const row = (one) => {
    const { action, meaning } = one;
    const key = action && action === asking ? "…" : keysToldOf(one);
    return [h("dt", {}, key), h("dd", {}, meaning), h("dd", {},
      action && h("button.small", {
        "aria-label": `Change the key for ${meaning}`, dataset: { change: action },
        onclick: () => ask(action),
      }, "change"))];
  };

  box.tabIndex = -1;
  // Before the dialog and its buttons: Esc would close it, Space press the button.
  box.addEventListener("keydown", (event) => {
    if (!asking || MODIFIERS.has(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    const wanted = asking;
    if (event.key === "Escape") { ask(null); return; }
    const trouble = chooseKey(wanted, latinKey(event));
    ask(trouble ? wanted : null, trouble);
  }, { capture: true });
  box.addEventListener("cancel", (event) => { if (asking) { event.preventDefault(); ask(null); } });
  ask(null);
}
