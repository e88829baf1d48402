// @ts-check
// Header and navigation; starts the poll.

import { encodedOf } from "./arrival_when.js";
import { chooseCriterion, chooseReviewer, rpc, show, start, state, workspace } from "./core.js";
import { askCriterion, editCriterion } from "./criteria.js";
import { dialog, h } from "./dom.js";
import { emit, on } from "./events.js";
import { openFind } from "./find.js";
import { percent, plural } from "./format.js";
import { bannerPlace } from "./header_banners.js";
import { mountOutbox } from "./outbox.js";
import { mountRecorded, standing } from "./recorded.js";
import { keep } from "./storage.js";
import { moreMenu, showLast, tabList } from "./tabs.js";
import { attempt } from "./trouble.js";

/** @import { Status } from "./api.js" */

const UNSAVED = "Answers that the server has not confirmed yet; they are kept in this browser and sent again";
const LEFT_OUT = "Files of this source that are no items here, with the reason for each";
const EDIT = "Rename, reword or delete this criterion";
const ADD = "Add a criterion: another meaning of “belongs together”";
/** @type {[string, () => unknown][]} */
const MORE = [["This workspace", facts], ["First steps", () => { show("review"); emit("guide"); }]];

/** @type {ReturnType<typeof build>} */
let parts;

/** @param {HTMLElement} element */
export function mount(element) {
  parts = build();
  element.replaceChildren(
    h("header.top", {},
      h("span.brand", {}, "Curation"),
      h("button.pill.workspace", { onclick: facts }, h("span.soft", {}, "workspace "), parts.workspace),
      h("span.pill.pick", {}, h("span.soft", {}, "criterion "), parts.criterion),
      iconPill("edit", "✎", "Change this criterion", EDIT, editCriterion),
      iconPill("add", "+", "Add a criterion", ADD, askCriterion),
      h("span.spacer"), parts.gen, parts.unsaved, parts.worker, parts.leftOut, parts.reviewer, parts.theme),
    h("nav.tabs", { "aria-label": "Views and find" }, tabList(), moreMenu(MORE), h("span.spacer"),
      openFind()),
    bannerPlace());
  mountOutbox();
  mountRecorded();
  listen();
  showLast();
  paintReviewer();
  paintTheme();
  start().catch((error) => emit("fatal", error));
}

/** @type {(kind: string, sign: string, label: string, title: string, onclick: () => void) => HTMLElement} */
const iconPill = (kind, sign, label, title, onclick) =>
  h(`button.pill.icon.${kind}`, { onclick, title, "aria-label": label }, sign);

function build() {
  return {
    workspace: h("b"),
    criterion: h("select", { "aria-label": "Criterion", onchange: criterionChosen }),
    gen: h("span.gen", { "aria-live": "polite" }),
    count: h("span.num.count-now"),
    unsaved: h("span.pill.warn", { hidden: true, title: UNSAVED }),
    worker: h("span.pill.warn", { hidden: true }),
    leftOut: h("button.pill.warn.quiet", { hidden: true, onclick: facts, title: LEFT_OUT }),
    reviewer: h("button.pill", { onclick: askReviewer, title: "Your name, stored with every decision" }),
    theme: h("button.pill.icon", { onclick: toggleTheme, title: "Light or dark" }),
  };
}

function listen() {
  on("overview", paintOverview);
  on("criteria", paintOverview);
  on("criterion", paintOverview);
  on("reviewer", paintReviewer);
  on("status", paintStatus);
  on("unsaved", paintUnsaved);
  on("counted", paintCount);
  on("word-criterion", editCriterion);
}

function paintOverview() {
  const { name, criteria } = workspace();
  parts.workspace.textContent = name;
  parts.criterion.replaceChildren(...criteria.map((c) =>
    h("option", { value: c.name, selected: c.name === state.criterion, title: c.question }, c.title)));
  document.title = `${name} · Curation`;
}

function paintReviewer() {
  parts.reviewer.replaceChildren(h("span.soft", {}, "reviewer "), h("b", {}, state.reviewer));
}

// Follows every answer at once.
function paintCount() {
  parts.count.textContent = `· ${plural(standing(), "decision")}`;
}

/** @param {Status} status */
function paintStatus(status) {
  parts.gen.replaceChildren(...progress(status));
  parts.leftOut.hidden = status.unreadable === 0;
  parts.leftOut.textContent = `${status.unreadable.toLocaleString("en")} left out`;
  const { state: worker, message } = status.worker;
  parts.worker.hidden = worker === "ok";
  parts.worker.textContent = worker === "down" ? "worker down" : "worker starting";
  parts.worker.classList.toggle("quiet", worker === "starting");
  parts.worker.title = message || "";
}

/** @param {Status} status */
function progress(status) {
  if (status.stage !== "ready") {
    const what = status.stage === "scanning" ? "reading the folder" : "encoding";
    const said = status.message || what;
    const done = `${encodedOf(status).toLocaleString("en")} of ${status.items.toLocaleString("en")}`;
    return [h("span.said", { title: said }, said), bar(shareOf(status), "Encoding"), h("span", {}, done)];
  }
  const made = plural(status.generation_decisions, "decision");
  const number = h("b", {}, String(status.generation));
  const name = h("span", { title: `Made from ${made}` }, "generation ", number);
  if (status.training) {
    const share = status.training.progress;
    const said = h("span.num", {}, percent(share));
    return [name, parts.count, h("span", {}, "· training"), bar(share, "Training"), said];
  }
  return [name, parts.count, status.pinned ? h("span", {}, "· pinned") : ""];
}

// What was encoded before is counted, though this run has not come to it.
/** @param {Status} status */
const shareOf = (status) =>
  (status.stage === "encoding" && status.items ? encodedOf(status) / status.items : status.progress);

/** @param {number} share @param {string} label */
const bar = (share, label) => {
  const fill = h("i");
  fill.style.width = `${Math.round(share * 100)}%`;
  const now = Math.round(share * 100);
  return h("span.bar", { role: "progressbar", "aria-label": label, "aria-valuenow": now }, fill);
};

/** @param {number} count */
function paintUnsaved(count) {
  parts.unsaved.hidden = count === 0;
  parts.unsaved.textContent = `${count} unsaved`;
  parts.unsaved.classList.toggle("quiet", !state.away);
}

async function facts() {
  const overview = await attempt(() => rpc("header_overview"));
  if (!overview) return;
  const { unreadable: skipped, notes } = overview;
  const rows = [["Source", overview.source], ["Workspace", overview.path],
    ["Items", overview.n_items.toLocaleString("en")],
    ["Encoder", `${overview.encoder} on ${overview.device}`],
    ["Attributes", overview.attributes.join(", ") || "none"]];
  dialog("This workspace",
    h("dl.facts", {}, ...rows.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
    ...told(`${plural(skipped.length, "file")} left out`, skipped),
    ...told("Taken in otherwise, or in part", notes));
}

/**
 * @param {string} title
 * @param {import("./api.js").Unreadable[]} lines
 */
function told(title, lines) {
  if (!lines.length) return [];
  return [h("h2", {}, title), h("ul.skipped", {}, ...lines.slice(0, 200).map(({ path, reason }) =>
    h("li", {}, h("b", {}, path), ` ${reason}`)))];
}

function criterionChosen() {
  parts.criterion.blur();
  chooseCriterion(parts.criterion.value);
}

function askReviewer() {
  const name = h("input", {
    value: state.reviewer, required: true, maxLength: 60, "aria-label": "Your name",
  });
  /** @param {Event} event */
  const save = (event) => { event.preventDefault(); chooseReviewer(name.value.trim()); box.close(); };
  const box = dialog("Who is reviewing?",
    h("p.soft", {}, "The name is stored with every decision; undo takes back only your own."),
    h("form.fields", { onsubmit: save }, h("label", {}, "Name", name),
      h("div.box-foot", {}, h("button.primary", { type: "submit" }, "Save"))));
  name.select();
}

function toggleTheme() {
  const theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  keep("local", "theme", theme);
  document.documentElement.dataset.theme = theme;
  paintTheme();
  emit("theme", theme);
}

function paintTheme() {
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  document.documentElement.dataset.theme ||= system;
  const dark = document.documentElement.dataset.theme === "dark";
  parts.theme.textContent = dark ? "☀" : "☾";
  parts.theme.setAttribute("aria-label", dark ? "Light theme" : "Dark theme");
}
