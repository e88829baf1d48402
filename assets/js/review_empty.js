// What the review screen shows when there is no pair: progress, an error, or the session's summary.

import { show, state } from "./core.js";
import { h, percent, plural } from "./dom.js";

const FIRST = 500;

export function emptyState({ error, finished, tally, filtered, again, showAll }) {
  const status = state.status;
  if (status?.stage === "failed" && !status.embedded) return message("The images could not be taken in", status.message);
  if (error) return message("That did not work", error.message, h("button", { onclick: again }, "Try again"));
  if (!status) return message("Opening the workspace…");
  if (status.items < 2 && status.stage === "ready") {
    return message("Two images are needed", `This source has ${plural(status.items, "readable item")}. Add images to ${state.overview.source} and start again.`);
  }
  if (status.stage !== "ready" && status.embedded < Math.min(FIRST, status.items || FIRST)) return encoding(status);
  if (!finished) return message("Fetching the next pair…");
  if (filtered) return message("This queue is empty", finished, h("button.primary", { onclick: showAll }, "Show all queues"));
  return summary(status, finished, tally, again);
}

const message = (title, text = "", ...actions) =>
  h("div.note", {}, h("h1", {}, title), text && h("p", {}, text), h("div.actions", {}, ...actions));

function encoding(status) {
  const goal = Math.min(FIRST, status.items || FIRST);
  const share = status.stage === "scanning" ? status.progress : Math.min(1, status.embedded / goal);
  const fill = h("i");
  fill.style.width = percent(share).replace(" ", "");
  const title = status.stage === "scanning" ? "Reading the folder" : "Encoding the first images";
  const text = status.stage === "scanning"
    ? `${status.items.toLocaleString("en")} images found so far.`
    : `${status.embedded.toLocaleString("en")} of ${goal.toLocaleString("en")}; review starts then, the rest follows while you work.`;
  return h("div.note", {}, h("h1", {}, title), h("span.bar.wide", {}, fill), h("p", {}, text));
}

function summary(status, finished, tally, again) {
  const session = status.session || {};
  const figures = [
    [session.decisions ?? 0, "decisions this session"], [Math.round(session.per_minute ?? 0), "a minute"],
    [tally.same || 0, "same"], [tally.different || 0, "different"],
    [(tally.unsure || 0) + (tally.incomparable || 0), "unsure, can’t"], [status.conflicts, "conflicts"],
  ];
  return h("div.note.summary", {}, h("h1", {}, "Done for now"), h("p", {}, finished),
    h("div.stats.six", {}, ...figures.map(([n, label]) => h("div", {}, h("b", {}, String(n)), h("span", {}, label)))),
    h("div.actions", {},
      h("button.primary", { onclick: () => show("export") }, "Export"),
      h("button", { onclick: () => show("groups") }, "See the groups"),
      h("button", { onclick: again }, "Ask again")));
}
