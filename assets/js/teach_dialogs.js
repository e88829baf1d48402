// @ts-check
// What a session asks for in a dialog: its name, a new bin's, and what a bin becomes.

import { confirmed, dialog, h } from "./dom.js";
import { plural } from "./format.js";
import { messageOf } from "./trouble.js";

/** @import { Bin } from "./api.js" */

/** What is wrong with what was entered, if anything. @typedef {string | undefined} Wrong */

/**
 * A form of `fields`; `then(values)` with those entered, the first not empty, returns (or promises)
 * what is wrong with them. The dialog's element.
 * @param {string} title
 * @param {[name: string, label: string, value: string][]} fields
 * @param {string} verb
 * @param {(values: Record<string, string>) => Wrong | Promise<Wrong>} then
 */
function ask(title, fields, verb, then) {
  const inputs = fields.map(([name, , value]) => h("input", { name, value, maxLength: 80 }));
  const wrong = h("p.warn", { role: "alert" });
  const button = h("button.primary", { type: "submit" }, verb);
  /** @param {Event} event */
  const submit = async (event) => {
    event.preventDefault();
    const values = Object.fromEntries(inputs.map((input) => [input.name, input.value.trim()]));
    if (!values[fields[0][0]]) return;
    button.disabled = true;
    const trouble = await troubleOf(() => then(values));
    button.disabled = false;
    wrong.textContent = trouble ?? "";
    if (!trouble) box.close();
  };
  const box = dialog(title, h("form.fields", { onsubmit: submit },
    ...inputs.map((input, number) => h("label", {}, fields[number][1], input)), wrong,
    h("div.box-foot", {}, button)));
  inputs[0].focus();
  inputs[0].select();
  return box;
}

/** @param {() => Wrong | Promise<Wrong>} action @returns {Promise<Wrong>} */
async function troubleOf(action) {
  try {
    return await action();
  } catch (error) {
    return messageOf(error);
  }
}

/**
 * Ask for a new session; `then` promises what is wrong with it.
 * @param {(made: { name: string, category: string }) => Promise<Wrong>} then
 */
export function askSession(then) {
  ask("New session", [
    ["name", "Name of the session", ""], ["category", "What is wanted (empty: sort into bins)", ""],
  ], "Open it", ({ name, category }) => then({ name, category }));
}

/**
 * Whether a session is to teach on in a criterion that is there already.
 * @param {string} name
 */
export const takesOver = (name) => confirmed(`Teach on in “${name}”?`,
  "This criterion is there already. Its answers count in the session, the session's picks become answers of "
    + "it, and from now on it is updated every few picks.", "Teach on in it");

/**
 * `then(name)` for a name that none of `bins` has.
 * @param {Bin[]} bins
 * @param {(name: string) => void} then
 */
export function askNewBin(bins, then) {
  ask("New bin", [["name", "Name of the new bin", ""]], "Make it", ({ name }) => {
    if (bins.some((bin) => bin.name === name)) {
      return `There is a bin “${name}” already. Tap it to put the item there, or choose another name.`;
    }
    then(name);
    return undefined;
  });
}

/**
 * Whether what was picked is to be taken out of `bin` again.
 * @param {string} bin
 */
export const askOut = (bin) => confirmed("Take it out?",
  `It was picked as “${bin}”. It goes back to what nobody picked.`, "Take it out");

/**
 * `rename(name)` or `merge(name of the other bin)`.
 * @param {Bin} bin
 * @param {Bin[]} bins
 * @param {Record<"rename" | "merge", (name: string) => void>} become
 */
export function askBin(bin, bins, { rename, merge }) {
  const others = bins.filter((one) => one.name !== bin.name);
  const box = ask(`Bin “${bin.name}”`, [["name", "Name of this bin", bin.name]], "Rename", ({ name }) => {
    if (others.some((one) => one.name === name)) {
      return `There is a bin “${name}” already. To join the two, merge.`;
    }
    if (name !== bin.name) rename(name);
    return undefined;
  });
  if (!others.length) return;
  const into = others.map((other) => h("button", {
    dataset: { into: other.name }, onclick: () => { box.close(); return join(bin, other, merge); },
  }, `Merge into “${other.name}”`));
  box.append(h("p.soft", {}, "Or put all of it into another bin:"), h("div.merges", {}, ...into));
}

/** @param {Bin} bin @param {Bin} other @param {(name: string) => void} merge */
async function join(bin, other, merge) {
  const told = `${plural(bin.taught, "item")} of “${bin.name}” and ${plural(other.taught, "item")} of `
    + `“${other.name}” become one bin. Undo takes it back.`;
  if (await confirmed(`Merge “${bin.name}” into “${other.name}”?`, told, "Merge")) merge(other.name);
}
