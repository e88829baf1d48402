// @ts-check
// The line of facts under each picture of a pair, and which of them this browser shows.

import { workspace } from "./core.js";
import { dialog, h } from "./dom.js";
import { FIRST, factsOf, offered } from "./facts.js";
import { keep, stored } from "./storage.js";

/** @import { Card } from "./api.js" */
/** @import { Fact } from "./facts.js" */

const NONE = "This source tells nothing of its images but their names.";
const place = () => `facts.${workspace().path}`;

/** Names of the facts to show, as they were picked in this browser. @returns {string[]} */
function picked() {
  const kept = stored("local", place(), null);
  const names = kept === null ? FIRST : kept.split("\n");
  return offered(workspace().attributes).filter((name) => names.includes(name));
}

/**
 * A line for each picture of a card; none where nothing picked is known of either.
 * @param {Pick<Card, "facts_a" | "facts_b">} card
 * @returns {Node[]}
 */
export function factLines({ facts_a: a, facts_b: b }) {
  const facts = factsOf(a, b, picked());
  return facts.length ? [line(facts, "a"), line(facts, "b")] : [];
}

/** @param {Fact[]} facts @param {"a" | "b"} side */
const line = (facts, side) => h("p.fact-line", {}, ...facts.map((fact) =>
  h(fact.differs ? "span.fact.differs" : "span.fact", { title: `${fact.name}: ${fact[side]}` },
    `${fact.name} `, h("b", {}, fact[side]))));

/**
 * Let the person pick what stands under the pictures.
 * @param {() => void} changed
 */
export function pickFacts(changed) {
  const names = offered(workspace().attributes);
  const chosen = new Set(picked());
  /** @param {string} name */
  const toggle = (name) => {
    if (!chosen.delete(name)) chosen.add(name);
    keep("local", place(), [...chosen].join("\n"));
    changed();
  };
  const box = (/** @type {string} */ name) => h("label.check", {},
    h("input", { type: "checkbox", checked: chosen.has(name), onchange: () => toggle(name) }), name);
  dialog("Under the pictures",
    h("p.soft", {}, names.length ? "What differs between the two is set in bold." : NONE),
    h("div.fields", {}, ...names.map(box)));
}
