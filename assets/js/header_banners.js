// @ts-check
// Banners under the header for what needs attention.

import { rpc, state } from "./core.js";
import { h } from "./dom.js";
import { on } from "./events.js";
import { attempt } from "./trouble.js";

/** @import { Offer, WorkerState } from "./api.js" */
/** @import { Child } from "./types.js" */

const AWAY = "The server cannot be reached. Go on: answers are kept in this browser and sent when it is "
  + "back.";
const DOWN = "The worker is down; it restarts by itself. Review goes on.";

/** @type {HTMLElement} */
let host;
let shown = "";
let dismissed = ""; // the message that was read; another one is shown again

/** The place of the banners. */
export function bannerPlace() {
  host = h("div.banners");
  on("status", paint);
  on("away", paint);
  on("back", paint);
  on("fatal", (error) => host.replaceChildren(banner("bad", error.message)));
  return host;
}

/** @param {string} kind @param {Child} text @param {...Child} actions */
const banner = (kind, text, ...actions) =>
  h(`div.banner.${kind}`, { role: "status" }, h("span", {}, text), ...actions);

function paint() {
  const { away, criterion, status } = state;
  const key = JSON.stringify([away, status?.offer, status?.pinned, status?.generation, status?.latest,
    status?.worker, dismissed]);
  if (key === shown) return;
  shown = key;
  host.replaceChildren(...[
    away && banner("bad", AWAY),
    status && troubleBanner(status.worker),
    status?.offer && offerBanner(status.offer),
    status?.pinned && pinnedBanner(status.generation, criterion),
  ].filter((one) => one instanceof Node));
}

/** @param {number} generation @param {string} criterion */
const pinnedBanner = (generation, criterion) =>
  banner("info.of-criterion", `Generation ${generation} is pinned; training waits.`,
    h("button", { onclick: () => attempt(() => rpc("training_resume", { criterion })) }, "Resume training"));

/**
 * A worker that is up has a message too: the last training run failed.
 * @param {WorkerState} worker
 */
function troubleBanner({ state: worker, message }) {
  const text = message || (worker === "down" ? DOWN : "");
  if (!text) dismissed = "";
  if (!text || text === dismissed) return null;
  const dismiss = () => { dismissed = text; paint(); };
  return banner("warn", text, h("button", { onclick: dismiss }, "Dismiss"));
}

/**
 * Low and high are the interval of the current generation on the same pairs.
 * @param {Offer} offer
 */
function offerBanner(offer) {
  const { criterion } = state; // whose offer it is, whatever is chosen by the time of the answer
  const { generation } = offer;
  const exact = `Held-out AUC ${offer.auc.toFixed(2)}; in use ${offer.current_auc.toFixed(2)}, between `
    + `${offer.low.toFixed(2)} and ${offer.high.toFixed(2)} with 95 % confidence`;
  const text = h("span", { title: exact }, `The last training (generation ${generation}) tells answers that `
    + "were kept out of it worse than the one in use, which stays. Training goes on with your next answers.");
  /** @param {boolean} accept */
  const answer = (accept) => () => attempt(() => rpc("training_offer", { criterion, accept, generation }));
  return banner("warn.of-criterion", text,
    h("button.primary", { onclick: answer(false) }, "Keep current"),
    h("button", { onclick: answer(true) }, `Use generation ${generation} all the same`));
}
