// @ts-check
// One image, one key: the group that it belongs to, best guess by Enter, or a new one typed once.

import { state } from "./core.js";
import { h, thumb } from "./dom.js";
import { percent } from "./format.js";
import { calledAs, meant, offered } from "./sort_groups.js";
import { button } from "./sort_merge.js";

/** @import { NameQuestion, SortGroup } from "./api.js" */
/** @import { Form, Ways } from "./sort.js" */
/** @import { Board } from "./sort_board.js" */
/** @import { Asked } from "./sort_pictures.js" */

const LEAST = 0.005; // a chance below this is none
const LETTER = /^\p{L}$/u;

/**
 * @param {NameQuestion & Asked} question
 * @param {Board} board
 * @param {Ways} ways
 * @returns {Form}
 */
export function nameForm(question, board, ways) {
  const { item } = question;
  const guesses = state.settings.blind ? [] : question.guesses.filter(({ chance }) => chance >= LEAST);
  const told = h("p.rule");
  const buttons = h("div.sort-groups", { role: "group", "aria-label": "Groups" });
  const typed = typing(board, (group) => choose(group), (name) => create(name));
  const guess = () => guesses.find(({ group }) => board.groups.some(({ id }) => id === group))?.group ?? null;

  /** @param {Partial<{ group: string, new: string }>} said */
  const send = (said) => ways.answer("sort_name", { item: item.id, guess: guess(), ...said });
  /** @param {SortGroup} group */
  const choose = (group) => send({ group: group.id });
  /** @param {string} name */
  const create = (name) => send({ new: name });

  const own = () => offered(board.groups, guesses, board.places);
  const actions = {
    n: () => typed.open(), u: ways.skip, " ": ways.skip, v: () => ways.zoom([item]),
    Enter: () => { const best = own().find((one) => one.best); if (best) choose(best.group); },
  };

  const groups = () => {
    told.textContent = rule(board.groups.length);
    buttons.replaceChildren(...own().map((one) => groupButton(one, choose)));
  };
  /** @param {string} pressed @param {string} letter as it was typed, in any script */
  const key = (pressed, letter) => {
    const chosen = own().find((one) => one.key === pressed);
    if (chosen) choose(chosen.group);
    else if (Object.hasOwn(actions, pressed)) actions[/** @type {"n"} */ (pressed)]();
    else if (LETTER.test(letter)) typed.open(letter.toLowerCase());
    else return false;
    return true;
  };
  groups();
  const node = h("div.sort-form.sort-name", {},
    h("div.q", {}, h("h1", {}, "What is this?"), told),
    h("figure.side", { ondblclick: actions.v }, question.pictures.get(item.id) ?? "",
      h("span.caption", { title: item.name }, item.name)),
    typed.node, buttons,
    h("div.keys.three", {}, button("New group", "N", "new", actions.n),
      button("Can’t say", "U", "skip", ways.skip), button("Undo", "⌫", "undo", ways.undo)));
  return { node, key, groups };
}

/** @param {number} groups */
function rule(groups) {
  if (!groups) return "Type a name for what you see; images like it are guessed from then on.";
  return groups > 9 ? "One key: the likeliest groups. Any other: type its name."
    : "One key: the group it belongs to.";
}

/** @param {import("./sort_groups.js").Offered} one @param {(group: SortGroup) => void} choose */
const groupButton = ({ group, key, chance, best }, choose) => h("button.sort-group", {
  dataset: { group: group.id, key, best }, title: best ? "The best guess: Enter" : "",
  onclick: () => choose(group),
}, thumb({ id: group.id, name: calledAs(group) }, { alt: "", title: "" }),
h("span.sort-group-said", {}, h("b", {}, calledAs(group)),
  h("small", {}, chance === null ? "" : percent(chance), best && h("kbd", {}, "Enter"))),
key && h("kbd", {}, key));

let ids = 0;

/**
 * The field for a name: what is typed narrows the groups, the one marked is taken by Enter.
 * @param {Board} board
 * @param {(group: SortGroup) => void} choose
 * @param {(name: string) => void} create
 */
function typing(board, choose, create) {
  const id = `sort-names-${++ids}`;
  let at = 0;
  /** @type {{ node: HTMLElement, take: () => void }[]} */
  let options = [];
  const list = h("div.sort-options", { id, role: "listbox", "aria-label": "Groups of such a name" });
  const input = h("input", {
    type: "text", maxLength: 80, placeholder: "Name of the group", "aria-label": "Name of the group",
    autocomplete: "off", role: "combobox", "aria-expanded": true, "aria-controls": id,
    oninput: () => { at = 0; paint(); }, onkeydown: (event) => pressed(event),
  });
  const node = h("div.sort-typing", { hidden: true }, input, list);

  function paint() {
    const { found, fresh } = meant(board.groups, input.value);
    options = found.map((group) => option(`${group.name} · ${group.size}`, () => choose(group)));
    const name = input.value.trim();
    if (fresh) options.push(option(`New group “${name}”`, () => create(name)));
    mark();
    list.replaceChildren(...options.map((one) => one.node));
  }

  /** @param {string} label @param {() => void} take */
  const option = (label, take) =>
    ({ take, node: h("div.sort-option", { id: `${id}-${label}`, role: "option", onclick: take }, label) });

  function mark() {
    at = Math.max(0, Math.min(at, options.length - 1));
    options.forEach(({ node: one }, place) => one.setAttribute("aria-selected", String(place === at)));
    input.setAttribute("aria-activedescendant", options.at(at)?.node.id ?? "");
  }

  /** @param {KeyboardEvent} event */
  function pressed(event) {
    if (event.key === "Escape") close();
    else if (event.key === "Enter" && !event.isComposing) options.at(at)?.take();
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      at += event.key === "ArrowDown" ? 1 : -1;
      mark();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  function close() {
    node.hidden = true;
    input.blur();
  }

  /** @param {string} [text] */
  function open(text = "") {
    node.hidden = false;
    input.value = text;
    at = 0;
    paint();
    input.focus();
  }
  return { node, open };
}
