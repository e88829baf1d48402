// @ts-check
// While the first images are encoded: those that are, newest first, and the question in the person's
// own words.

import { isArriving, isUnworded } from "./arrival_when.js";
import { refreshCriteria, rpc, state } from "./core.js";
import { arrange, h, thumb, toast } from "./dom.js";
import { on } from "./events.js";
import { attempt, makeQuiet } from "./trouble.js";

/** @import { Status } from "./api.js" */

/** @type {ReturnType<typeof build>} */
let parts;
/** @type {Map<string, HTMLElement>} */
const pictures = new Map();
let asked = -1; // how far items had come in when pictures were asked for
const quietly = makeQuiet();

/** The place under the bar, in the panel of review. */
export function arrivalPlace() {
  parts = build();
  on("status", paint);
  on("criteria", () => { if (state.status) paint(state.status); });
  return parts.element;
}

function build() {
  const name = h("input", { maxLength: 80, required: true, placeholder: "same bin", "aria-label": "Name" });
  const question = h("input", {
    maxLength: 200, "aria-label": "Question",
    placeholder: "Do these go into the same bin? Lids don’t count.",
  });
  const form = h("form.fields.first-words", { onsubmit: save, hidden: true },
    h("h2", {}, "Meanwhile: what belongs together, in your words?"),
    h("label", {}, "Name", name), h("label", {}, "Question on the screen", question),
    h("div.row", {}, h("button.primary", { type: "submit" }, "Ask it so"),
      h("span.soft", {}, "or leave it: ✎ on top changes it at any time")));
  const tiles = h("div.arrived", { role: "list", "aria-label": "Encoded last" });
  return { name, question, form, tiles, element: h("div.arrival", { hidden: true }, tiles, form) };
}

/** @param {Status} status */
async function paint(status) {
  const arriving = isArriving(status);
  const asks = isUnworded(state.overview?.criteria ?? [], status) && (arriving || isTyped());
  parts.form.hidden = !asks;
  parts.tiles.hidden = !arriving;
  parts.element.hidden = !arriving && !asks;
  if (arriving && status.progress !== asked) await showNewest(status.progress);
}

/** Words that somebody is writing stay, whatever arrives. */
const isTyped = () => parts.name.value !== "" || parts.question.value !== "";

/** @param {number} progress */
async function showNewest(progress) {
  asked = progress;
  const items = await quietly(() => rpc("header_arrived"));
  if (!items) return;
  for (const item of items) {
    if (!pictures.has(item.id)) {
      pictures.set(item.id, h("span.tile", { role: "listitem" }, thumb(item, { loading: "eager" })));
    }
  }
  const shown = items.map(({ id }) => pictures.get(id)).filter((one) => one !== undefined);
  arrange(parts.tiles, shown);
  const ids = new Set(items.map(({ id }) => id));
  for (const id of pictures.keys()) if (!ids.has(id)) pictures.delete(id);
}

/** @param {Event} event */
async function save(event) {
  event.preventDefault();
  const words = { title: parts.name.value.trim(), question: parts.question.value.trim() };
  if (!(await attempt(() => rpc("header_word_criterion", words)))) return;
  parts.name.value = "";
  parts.question.value = "";
  await attempt(refreshCriteria);
  toast(`From now on the question is “${words.question || words.title}”.`);
}
