// @ts-check
// The dialogs of a criterion: add one, reword it, delete it, bring a deleted one back.

import { chooseCriterion, refreshCriteria, rpc, state, workspace } from "./core.js";
import { calledSo } from "./criteria_moved.js";
import { confirmed, dialog, h, toast } from "./dom.js";
import { plural } from "./format.js";
import { standing } from "./recorded.js";
import { attempt } from "./trouble.js";

/** @import { CriterionRow } from "./api.js" */

const WHAT = "A criterion is one meaning of “belongs together”. It has decisions and generations of its own.";
const QUESTION = "Do these belong together? What counts, in a few words.";

/** Ask for another criterion, and show it. */
export function askCriterion() {
  const { name, question, form } = fields("Add", async (values) => {
    await attempt(refreshCriteria);
    const there = calledSo(workspace(), values.title);
    if (there) {
      if (await goesOnWith(there)) box.close();
      return;
    }
    const made = await attempt(() =>
      rpc("header_add_criterion", { name: values.title, question: values.question }));
    if (!made) return;
    box.close();
    await attempt(refreshCriteria);
    await chooseCriterion(made.name);
  });
  question.placeholder = QUESTION;
  const box = dialog("Add a criterion", h("p.soft", {}, WHAT), form, ...deletedOnes(() => box.close()));
  name.focus();
}

/**
 * Whether the person goes on with a criterion that is there, or was: what was typed is not made then.
 * @param {{ row: CriterionRow, isDeleted: boolean }} there
 */
async function goesOnWith({ row: { name, title, question }, isDeleted }) {
  const asks = question ? `It asks: “${question}”` : "It has no question of its own.";
  const sure = await (isDeleted
    ? confirmed(`“${title}” was deleted. Bring it back?`, `It keeps all its answers. ${asks}`, "Bring back")
    : confirmed(`There is “${title}” already. Show it?`, `${asks} ✎ rewords it.`, "Show it"));
  if (!sure) return false;
  await (isDeleted ? bringBack(name) : chooseCriterion(name));
  return true;
}

/** Reword the criterion on screen, or delete it. */
export function editCriterion() {
  const now = shown();
  if (!now) return;
  const { name, question, form } = fields("Save", async (values) => {
    const changed = await attempt(() => rpc("header_word_criterion", { criterion: now.name, ...values }));
    if (!changed) return;
    box.close();
    await attempt(refreshCriteria);
  });
  Object.assign(name, { value: now.title });
  Object.assign(question, { value: now.question, placeholder: QUESTION });
  form.querySelector(".box-foot")?.prepend(
    h("button", { type: "button", onclick: () => { box.close(); remove(now); } }, "Delete …"),
    h("span.spacer"));
  const box = dialog("Change this criterion",
    h("p.soft", {}, "Answers and generations stay as they are; only the words change."), form,
    ...deletedOnes(() => box.close()));
  name.select();
}

const shown = () => workspace().criteria.find(({ name }) => name === state.criterion);

/**
 * @param {string} verb
 * @param {(values: { title: string, question: string }) => Promise<void>} save
 */
function fields(verb, save) {
  const name = h("input", { required: true, maxLength: 200, placeholder: "same bin", "aria-label": "Name" });
  const question = h("textarea", { rows: 2, maxLength: 10_000, "aria-label": "Question" });
  /** @param {Event} event */
  const submit = (event) => {
    event.preventDefault();
    return save({ title: name.value.trim(), question: question.value.trim() });
  };
  const form = h("form.fields", { onsubmit: submit },
    h("label", {}, "Name", name), h("label", {}, "Question on the screen", question),
    h("div.box-foot", {}, h("button.primary", { type: "submit" }, verb)));
  return { name, question, form };
}

/** @param {CriterionRow} criterion */
async function remove({ name, title }) {
  const answers = plural(standing(), "answer");
  const sure = await confirmed(`Delete “${title}”?`,
    `It leaves the list, with its ${answers} and its generations: no question, map or export uses them any `
      + "more. Nothing is erased; + brings it back as it was.", "Delete");
  if (!sure || !(await attempt(() => rpc("header_delete_criterion", { criterion: name })))) return;
  await attempt(refreshCriteria);
  toast(`Deleted “${title}”.`, { action: "Bring back", run: () => bringBack(name) });
}

/** @param {string} name */
async function bringBack(name) {
  if (!(await attempt(() => rpc("header_restore_criterion", { criterion: name })))) return;
  await attempt(refreshCriteria);
  await chooseCriterion(name);
}

/** @param {() => void} leave */
function deletedOnes(leave) {
  const deleted = workspace().deleted_criteria;
  if (!deleted.length) return [];
  return [h("h2", {}, "Deleted"), h("ul.deleted", {}, ...deleted.map(({ name, title }) => h("li", {},
    h("span", {}, title),
    h("button.small", { onclick: () => { leave(); bringBack(name); } }, "Bring back"))))];
}
