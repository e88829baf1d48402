// What a session asks for in a dialog: its name, a new bin's, and what a bin becomes.

import { confirmed, dialog, h, plural } from "./dom.js";

/** A form of `fields` [[name, label, value]]; `then(values)` with those entered, the first not empty,
 *  returns (or promises) what is wrong with them, if anything. The dialog's element. */
function ask(title, fields, verb, then) {
  const inputs = fields.map(([name, , value]) => h("input", { name, value, maxLength: 80 }));
  const wrong = h("p.warn", { role: "alert" });
  const button = h("button.primary", { type: "submit" }, verb);
  const submit = async (event) => {
    event.preventDefault();
    const values = Object.fromEntries(inputs.map((input) => [input.name, input.value.trim()]));
    if (!values[fields[0][0]]) return;
    button.disabled = true;
    const trouble = await then(values);
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

/** `then({name, category})` promises what is wrong with them. */
export function askSession(then) {
  ask("New session", [["name", "Name of the session", ""], ["category", "What is wanted (empty: sort into bins)", ""]], "Open it", then);
}

/** Whether a session is to teach on in a criterion that is there already. */
export const takesOver = (name) => confirmed(`Teach on in “${name}”?`,
  "This criterion is there already. Its answers count in the session, the session's picks become answers of it, and from now on it is updated every few picks.", "Teach on in it");

/** `then(name)` for a name that none of `bins` has. */
export function askNewBin(bins, then) {
  ask("New bin", [["name", "Name of the new bin", ""]], "Make it", ({ name }) => {
    if (bins.some((bin) => bin.name === name)) return `There is a bin “${name}” already. Tap it to put the item there, or choose another name.`;
    then(name);
    return undefined;
  });
}

/** Whether what was picked is to be taken out of `bin` again. */
export const askOut = (bin) => confirmed("Take it out?", `It was picked as “${bin}”. It goes back to what nobody picked.`, "Take it out");

/** `rename(name)` or `merge(name of the other bin)`. */
export function askBin(bin, bins, { rename, merge }) {
  const others = bins.filter((one) => one.name !== bin.name);
  const box = ask(`Bin “${bin.name}”`, [["name", "Name of this bin", bin.name]], "Rename", ({ name }) => {
    if (others.some((one) => one.name === name)) return `There is a bin “${name}” already. To join the two, merge.`;
    if (name !== bin.name) rename(name);
    return undefined;
  });
  if (!others.length) return;
  box.append(h("p.soft", {}, "Or put all of it into another bin:"), h("div.merges", {}, ...others.map((other) =>
    h("button", { dataset: { into: other.name }, onclick: () => { box.close(); join(bin, other, merge); } }, `Merge into “${other.name}”`))));
}

async function join(bin, other, merge) {
  const told = `${plural(bin.taught, "item")} of “${bin.name}” and ${plural(other.taught, "item")} of “${other.name}” become one bin. Undo takes it back.`;
  if (await confirmed(`Merge “${bin.name}” into “${other.name}”?`, told, "Merge")) merge(other.name);
}
