// Header and navigation; starts the poll; banners for what needs attention.

import {
  chooseCriterion, chooseReviewer, emit, keep, on, refreshCriteria, rpc, show, start, state, stored,
} from "./core.js";
import { attempt, dialog, h, percent, plural } from "./dom.js";
import { openFind } from "./find.js";
import { standing } from "./recorded.js";

const VIEWS = [
  ["review", "Review"], ["map", "Map"], ["groups", "Groups"], ["teach", "Teach"], ["strategies", "Strategies"], ["training", "Training"],
  ["decisions", "Decisions"], ["export", "Export"],
];

const parts = {};

export function mount(element) {
  parts.workspace = h("b");
  parts.criterion = h("select", { "aria-label": "Criterion", onchange: criterionChosen });
  parts.gen = h("span.gen", { "aria-live": "polite" });
  parts.count = h("span.num.count-now");
  parts.unsaved = h("span.pill.warn", { hidden: true, title: "Answers that the server has not confirmed yet; they are kept in this browser and sent again" });
  parts.worker = h("span.pill.warn", { hidden: true });
  parts.reviewer = h("button.pill", { onclick: askReviewer, title: "Your name, stored with every decision" });
  parts.theme = h("button.pill.icon", { onclick: toggleTheme, title: "Light or dark" });
  parts.tabs = new Map(VIEWS.map(([id, label]) => [id, h("button.tab", { role: "tab", id: `tab-${id}`, onclick: () => show(id) }, label)]));
  parts.banners = h("div.banners");
  element.replaceChildren(
    h("header.top", {},
      h("span.brand", {}, "Curation"),
      h("button.pill.workspace", { onclick: facts }, h("span.soft", {}, "workspace "), parts.workspace),
      h("span.pill.pick", {}, h("span.soft", {}, "criterion "), parts.criterion),
      h("button.pill.icon.add", { onclick: askCriterion, title: "Add a criterion: another meaning of “belongs together”", "aria-label": "Add a criterion" }, "+"),
      h("span.spacer"), parts.gen, parts.unsaved, parts.worker, parts.reviewer, parts.theme),
    h("nav.tabs", { role: "tablist" }, ...parts.tabs.values(), h("span.spacer"), openFind()),
    parts.banners);
  listen();
  const before = stored(sessionStorage, "view", "");
  show(parts.tabs.has(before) ? before : "review");
  paintReviewer();
  paintTheme();
  start().catch((error) => emit("fatal", error));
}

function listen() {
  on("overview", paintOverview);
  on("criteria", paintOverview);
  on("criterion", paintOverview);
  on("reviewer", paintReviewer);
  on("view", paintTabs);
  on("status", paintStatus);
  on("unsaved", paintUnsaved);
  on("counted", paintCount);
  on("ask-criterion", askCriterion);
  on("away", paintBanners);
  on("back", paintBanners);
  on("fatal", (error) => parts.banners.replaceChildren(banner("bad", error.message)));
}

function paintOverview() {
  const { overview, criterion } = state;
  parts.workspace.textContent = overview.name;
  parts.criterion.replaceChildren(...overview.criteria.map((c) =>
    h("option", { value: c.name, selected: c.name === criterion, title: c.question }, c.name)));
  document.title = `${overview.name} · Curation`;
}

function paintTabs(view) {
  keep(sessionStorage, "view", view);
  for (const [id, tab] of parts.tabs) tab.setAttribute("aria-selected", id === view);
}

function paintReviewer() {
  parts.reviewer.replaceChildren(h("span.soft", {}, "reviewer "), h("b", {}, state.reviewer));
}

// Follows every answer at once.
function paintCount() {
  parts.count.textContent = `· ${plural(standing(), "decision")}`;
}

function paintStatus(status) {
  parts.gen.replaceChildren(...progress(status));
  const down = status.worker.state !== "ok";
  parts.worker.hidden = !down;
  parts.worker.textContent = status.worker.state === "down" ? "worker down" : "worker starting";
  parts.worker.classList.toggle("quiet", status.worker.state === "starting");
  parts.worker.title = status.worker.message || "";
  paintBanners();
}

function progress(status) {
  if (status.stage !== "ready") {
    const what = status.stage === "scanning" ? "reading the folder" : "encoding";
    const said = status.message || what;
    return [h("span.said", { title: said }, said), bar(status.progress), h("span", {}, `${status.embedded.toLocaleString("en")} of ${status.items.toLocaleString("en")}`)];
  }
  const made = plural(status.generation_decisions, "decision");
  const name = h("span", { title: `Made from ${made}` }, "generation ", h("b", {}, String(status.generation)));
  if (status.training) {
    return [name, parts.count, h("span", {}, "· training"), bar(status.training.progress), h("span.num", {}, percent(status.training.progress))];
  }
  return [name, parts.count, status.pinned ? h("span", {}, "· pinned") : ""];
}

const bar = (share) => {
  const fill = h("i");
  fill.style.width = `${Math.round(share * 100)}%`;
  return h("span.bar", { role: "progressbar", "aria-valuenow": Math.round(share * 100) }, fill);
};

function paintUnsaved(count) {
  parts.unsaved.hidden = count === 0;
  parts.unsaved.textContent = `${count} unsaved`;
  parts.unsaved.classList.toggle("quiet", !state.away);
}

function banner(kind, text, ...actions) {
  return h(`div.banner.${kind}`, { role: "status" }, h("span", {}, text), ...actions);
}

let shown = "";
let dismissed = ""; // the message that was read; another one is shown again

function paintBanners() {
  const status = state.status;
  const { away } = state;
  const key = JSON.stringify([away, status?.offer, status?.pinned, status?.generation, status?.latest, status?.worker, dismissed]);
  if (key === shown) return;
  shown = key;
  parts.banners.replaceChildren(...[
    away && banner("bad", "The server cannot be reached. Go on: answers are kept in this browser and sent when it is back."),
    status && troubleBanner(status.worker),
    status?.offer && offerBanner(status.offer),
    status?.pinned && banner("info.of-criterion", `Generation ${status.generation} is pinned; training waits.`,
      h("button", { onclick: () => attempt(() => rpc("training_resume")) }, "Resume training")),
  ].filter(Boolean));
}

// A worker that is up has a message too: the last training run failed.
function troubleBanner({ state: worker, message }) {
  const text = message || (worker === "down" && "The worker is down; it restarts by itself. Review goes on.");
  if (!text) dismissed = "";
  if (!text || text === dismissed) return null;
  const dismiss = () => { dismissed = text; paintBanners(); };
  return banner("warn", text, h("button", { onclick: dismiss }, "Dismiss"));
}

// Low and high are the interval of the current generation on the same pairs.
function offerBanner(offer) {
  const interval = `[${offer.low.toFixed(2)}–${offer.high.toFixed(2)}]`;
  const text = `Generation ${offer.generation} is worse on held-out pairs (${offer.auc.toFixed(2)}, current ${offer.current_auc.toFixed(2)} ${interval}).`;
  const answer = (accept) => () => attempt(() => rpc("training_offer", { accept }));
  return banner("warn.of-criterion", text,
    h("button.primary", { onclick: answer(false) }, "Keep current"),
    h("button", { onclick: answer(true) }, `Adopt generation ${offer.generation}`));
}

async function facts() {
  const overview = await attempt(() => rpc("header_overview"));
  if (!overview) return;
  const rows = [["Source", overview.source], ["Workspace", overview.path], ["Items", overview.n_items.toLocaleString("en")],
    ["Encoder", `${overview.encoder} on ${overview.device}`], ["Attributes", overview.attributes.join(", ") || "none"]];
  const skipped = overview.unreadable;
  dialog("This workspace", h("dl.facts", {}, ...rows.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
    ...(skipped.length ? [h("h2", {}, `${plural(skipped.length, "file")} left out`),
      h("ul.skipped", {}, ...skipped.slice(0, 200).map(({ path, reason }) => h("li", {}, h("b", {}, path), ` ${reason}`)))] : []));
}

function criterionChosen() {
  parts.criterion.blur();
  chooseCriterion(parts.criterion.value);
}

function askCriterion() {
  const name = h("input", { required: true, maxLength: 80, placeholder: "same bin", "aria-label": "Name" });
  const question = h("input", { maxLength: 200, placeholder: "Do these belong together? What counts, in a few words.", "aria-label": "Question" });
  const add = async (event) => {
    event.preventDefault();
    const made = await attempt(() => rpc("header_add_criterion", { name: name.value.trim(), question: question.value.trim() }));
    if (!made) return;
    box.close();
    await attempt(refreshCriteria);
    await chooseCriterion(made.name);
  };
  const box = dialog("Add a criterion",
    h("p.soft", {}, "A criterion is one meaning of “belongs together”. It has decisions and generations of its own."),
    h("form.fields", { onsubmit: add },
      h("label", {}, "Name", name), h("label", {}, "Question on the screen", question),
      h("div.box-foot", {}, h("button.primary", { type: "submit" }, "Add"))));
  name.focus();
}

function askReviewer() {
  const name = h("input", { value: state.reviewer, required: true, maxLength: 60, "aria-label": "Your name" });
  const save = (event) => { event.preventDefault(); chooseReviewer(name.value.trim()); box.close(); };
  const box = dialog("Who is reviewing?",
    h("p.soft", {}, "The name is stored with every decision; undo takes back only your own."),
    h("form.fields", { onsubmit: save }, h("label", {}, "Name", name),
      h("div.box-foot", {}, h("button.primary", { type: "submit" }, "Save"))));
  name.select();
}

function toggleTheme() {
  const theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  keep(localStorage, "theme", theme);
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
