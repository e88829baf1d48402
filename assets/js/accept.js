// @ts-check
// Accept what is certified: a claim about images that nobody looked at, its audit, and its acceptance.

import { toldOf } from "./accept_words.js";
import { rpc, state, whose } from "./core.js";
import { h, toast, uuid } from "./dom.js";
import { emit, on } from "./events.js";
import { drained } from "./outbox.js";
import { kindOf, makeQuiet, messageOf } from "./trouble.js";

/** @import { Claim } from "./api.js" */

const TARGETS = ["95", "98", "99", "99.9"];
const BEGIN = "Accept what is certified";
const [TRIES, AGAIN_MS] = [20, 1500];
const CLAIM = "Claim that images which nobody looked at are in the right groups, and check a random sample";

/** @type {ReturnType<typeof build>} */
let parts;
/** @type {Claim[]} */
let claims = [];
let shown = "";
let auditing = false;
const quietly = makeQuiet();

/** The part of the panel; `load` it when answers came. */
export function acceptPart() {
  parts = build();
  on("criterion", () => { claims = []; auditing = false; paint(); });
  on("audit", (claim) => { auditing = claim !== null; paint(); });
  paint();
  return { node: parts.node, load };
}

function build() {
  const target = h("select", { "aria-label": "How much of it is to be true" },
    ...TARGETS.map((value) => h("option", { value, selected: value === "99" }, `${value} %`)));
  const of = h("select", { "aria-label": "Of what" }, h("option", { value: "pairs" }, "of pairs"),
    h("option", { value: "images" }, "of images"));
  const begin = h("button", { onclick: start, title: CLAIM }, BEGIN);
  const ask = h("div.accept-ask", {}, begin, target, of);
  const list = h("div.accept-claims");
  const node = h("div.accept", { "aria-label": "Accepted unseen" }, list, ask);
  return { target, of, begin, ask, list, node };
}

async function load() {
  const asked = whose();
  const found = await quietly(() => rpc("claims"));
  if (!found || asked !== whose()) return;
  claims = found.claims;
  paint();
}

// Of the claims that are over only the newest one is told, those that were accepted stay.
function paint() {
  const now = claims.filter((claim, place) =>
    ["accepted", "shaken"].includes(claim.state) || (place === 0 && claim.state !== "revoked"));
  const told = JSON.stringify([now, auditing]);
  if (told === shown) return;
  shown = told;
  parts.list.replaceChildren(...now.map(row));
  parts.ask.hidden = now.some((claim) => claim.state === "open" || claim.state === "holds");
}

/** @param {Claim} claim */
function row(claim) {
  const { text, exact } = toldOf(claim);
  return h("div.accept-claim", { dataset: { state: claim.state } }, h("p", { title: exact }, text),
    h("div.row", {}, ...buttonsOf(claim)));
}

/** @param {Claim} claim */
function buttonsOf({ id, state: how, accepts }) {
  /** @param {string} label */
  const back = (label) => h("button", { onclick: () => step("claim_revoke", id) }, label);
  if (how === "accepted" || how === "shaken") return [back("Take back")];
  if (how === "open") {
    const check = { disabled: auditing, onclick: () => emit("audit", id) };
    return [h("button.primary", check, auditing ? "Checking …" : "Check them"), back("Not now")];
  }
  if (how !== "holds") return [];
  const take = () => step("claim_accept", id);
  return [h("button.primary", { onclick: take }, `Accept ${accepts.toLocaleString("en")}`), back("Not now")];
}

async function start() {
  parts.begin.disabled = true;
  try {
    const target = Number(parts.target.value) / 100;
    const of = /** @type {"pairs"} */ (parts.of.value);
    await drained(); // a claim rests on all answers so far
    const claim = await begun({ id: uuid(), target, of });
    claims = [claim, ...claims];
    paint();
  } catch (error) {
    toast(messageOf(error));
  } finally {
    parts.begin.disabled = false;
    parts.begin.textContent = BEGIN;
  }
}

/**
 * A claim, once the groups of the newest answers are computed.
 * @param {{ id: string, target: number, of: "pairs" }} values
 * @returns {Promise<Claim>}
 */
async function begun(values) {
  const asked = whose();
  for (let left = TRIES; ; left -= 1) {
    try {
      return await rpc("claim_begin", values);
    } catch (error) {
      if (kindOf(error) !== "BusyError" || !left || asked !== whose()) throw error;
    }
    parts.begin.textContent = "The groups are being computed …";
    await new Promise((resolve) => { setTimeout(resolve, AGAIN_MS); });
  }
}

/** @param {"claim_accept" | "claim_revoke"} call @param {string} claim */
async function step(call, claim) {
  try {
    const now = await rpc(call, { claim, reviewer: state.reviewer });
    if (call === "claim_revoke") emit("audit", null);
    claims = claims.map((one) => (one.id === now.id ? now : one));
    paint();
  } catch (error) {
    toast(messageOf(error));
  }
}
