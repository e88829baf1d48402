// One image against five groups: "which one, or none?" An answer is written as its pairs, in one
// step. The next question is fetched while this one is looked at.

import { emit, on, question, rpc } from "./core.js";
import { attempt, h, imageUrl, nameplate, percent, plural, toast, uuid } from "./dom.js";

const RETRY_MS = 3000;

let host = null;
let active = false;
let current = null;
let upcoming = null; // promise of the answer to question_next
let skipped = [];
let leaving = Promise.resolve(); // the last skip's way to the server
let saving = false;
let paintedAt = 0;
let epoch = 0;
let retry = 0;
let leave = null; // back to pairs

/** The place where questions are painted, hidden until they are chosen. */
export function questionPlace() {
  host = h("div.question", { hidden: true });
  for (const event of ["criterion", "reviewer"]) on(event, restart);
  on("generation", () => { if (!current) restart(); });
  on("changed-elsewhere", (answer) => drop(answer?.void || []));
  return host;
}

export const questionsOn = () => active;

/** The button that changes between pairs and questions; `whenLeft` shows pairs again. */
export function questionButton(whenLeft) {
  leave = () => toggle(button, whenLeft);
  const button = h("button.filter", {
    "aria-pressed": false, title: "Compare one image with five groups at once", onclick: leave,
  }, "1 of 5");
  return button;
}

function toggle(button, whenLeft) {
  active = !active;
  button.blur();
  button.setAttribute("aria-pressed", active);
  button.closest(".review").classList.toggle("asks-five", active);
  host.hidden = !active;
  restart();
  if (!active) whenLeft();
}

async function restart() {
  epoch += 1;
  clearTimeout(retry);
  current = null;
  upcoming = null;
  skipped = [];
  if (!active) return;
  const asked = epoch;
  await release();
  if (asked === epoch) next();
}

const release = () => rpc("review_release").catch(() => undefined);

async function next() {
  const asked = epoch;
  const ahead = upcoming;
  upcoming = null;
  let answer = await (ahead || fetchNext());
  if (asked !== epoch) return;
  if (answer && !answer.question && (ahead || skipped.length)) { // those put off come back
    skipped = [];
    await leaving;
    answer = await fetchNext();
    if (asked !== epoch) return;
  }
  if (!answer?.question) { paintNone(answer?.message); return; }
  current = { ...answer.question, batch: uuid() };
  paint();
  upcoming = fetchNext();
}

// What answers have decided in part meanwhile is not asked: another question comes in its place.
function drop(keys) {
  const gone = new Set(keys);
  const decided = (asked) => asked?.covers.some((cover) => gone.has(pairKey(asked.item, cover)));
  if (decided(current)) { restart(); return; }
  upcoming = upcoming?.then((answer) => (decided(answer?.question) ? release().then(fetchNext) : answer));
}

const pairKey = (...items) => items.map((item) => item.id).sort().join("-");

const fetchNext = () => attempt(() => rpc("question_next", { seen: [...skipped, current?.item.id].filter(Boolean) }));

function paintNone(message = "The server cannot be reached; trying again.") {
  retry = setTimeout(() => { if (active && !current) next(); }, RETRY_MS);
  if (host.textContent.startsWith(message)) return;
  host.replaceChildren(h("div.note", {}, h("p", {}, message), h("button.primary", { onclick: leave }, "Back to pairs")));
}

function paint() {
  const { item, covers } = current;
  host.replaceChildren(
    h("div.q", {}, h("h1", {}, "Which of these does it belong with?"), h("p.rule", {}, question()[1])),
    h("figure.side.asked", {}, picture(item), h("span.caption", { title: item.name }, item.name)),
    h("div.covers", {}, ...covers.map((cover, place) =>
      h("button.cover", { title: `${cover.name} · ${percent(cover.chance)} likely`, dataset: { choice: place }, onclick: () => choose(place) },
        picture(cover), h("span", {}, h("kbd", {}, String(place + 1)), ` ${plural(cover.size, "item")}`)))),
    h("div.keys", {},
      h("button.key.n", { dataset: { action: "none" }, onclick: () => choose(null) }, "None of these", h("kbd", {}, "0")),
      h("button.key", { dataset: { action: "skip" }, onclick: skip }, "Skip", h("kbd", {}, "␣")),
      h("button.key", { dataset: { action: "undo" }, onclick: () => emit("undo") }, "Undo", h("kbd", {}, "⌫"))));
  paintedAt = performance.now();
}

function picture(item) {
  if (!item.w) return h("div.plate", {}, nameplate(item));
  return h("img", { alt: item.name, draggable: false, src: imageUrl(item.id) });
}

async function choose(choice) {
  if (!current || saving || (choice !== null && choice >= current.covers.length)) return;
  const { item, covers, batch } = current;
  const asked = epoch;
  const milliseconds = Math.round(performance.now() - paintedAt);
  setSaving(true);
  const answer = await attempt(() => rpc("question_answer", { item: item.id, covers: covers.map((cover) => cover.id), choice, milliseconds, batch_id: batch }));
  setSaving(false);
  if (!answer) { toast("That answer is not saved; press it again.", { bad: true }); return; }
  if (asked === epoch) current = null;
  emit("changed-elsewhere", answer);
  if (asked === epoch) next();
}

function setSaving(is) {
  saving = is;
  host.setAttribute("aria-busy", is);
}

function skip() {
  if (!current || saving) return;
  const { item, covers } = current;
  skipped.push(item.id);
  current = null;
  leaving = rpc("question_skip", { item: item.id, covers: covers.map((cover) => cover.id) }).catch(() => undefined);
  next();
}

/** Keys 1 to 5 and 0, and the space bar; false where the key is not the question's. */
export function questionKey(digit, action) {
  if (digit !== null) choose(digit === 0 ? null : digit - 1);
  else if (action === "skip") skip();
  else return false;
  return true;
}
