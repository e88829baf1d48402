import assert from "node:assert/strict";
import { test } from "node:test";

import { encodedOf, goalOf, isArriving, isUnworded } from "../../assets/js/arrival_when.js";

const START = { stage: "encoding", embedded: 0, items: 2000, progress: 0, decisions: 0 };
const status = (more) => ({ ...START, ...more });

test("the bar moves as the encoder counts, before there is a space", () => {
  assert.deepEqual([0, 0.01, 0.2].map((progress) => encodedOf(status({ progress }))), [0, 20, 400]);
  assert.equal(encodedOf(status({ embedded: 512, progress: 0.1 })), 512);
});

test("items arrive until review can start, of a small folder all of them", () => {
  assert.deepEqual([goalOf({ items: 2000 }), goalOf({ items: 48 }), goalOf({ items: 0 })], [500, 48, 500]);
  assert.equal(isArriving(status()), true);
  assert.equal(isArriving(status({ embedded: 500 })), false);
  assert.equal(isArriving(status({ stage: "ready" })), false);
  assert.equal(isArriving(status({ stage: "failed" })), false);
});

test("words are asked for while there are none and nobody has answered", () => {
  const plain = { title: "belongs together", question: "" };
  assert.equal(isUnworded([plain], status()), true);
  assert.equal(isUnworded([plain], status({ decisions: 1 })), false);
  assert.equal(isUnworded([{ ...plain, question: "Same bin?" }], status()), false);
  assert.equal(isUnworded([{ ...plain, title: "same bin" }], status()), false);
  assert.equal(isUnworded([plain, plain], status()), false);
});
