import assert from "node:assert/strict";
import { test } from "node:test";

import { Buffer } from "../../assets/js/review_buffer.js";

const card = (key) => ({ key, a: { id: `${key}a` }, b: { id: `${key}b` } });
const cards = (keys) => [...keys].map(card);
const told = (keys, more = {}) => ({ cards: cards(keys), done: false, ...more });

/** A buffer that holds the cards of these keys; `ready` counts how often each was made ready. */
function holding(keys = "") {
  const ready = {};
  const buffer = new Buffer((one) => {
    ready[one.key] = (ready[one.key] ?? 0) + 1;
    return { ...one, ready: true };
  });
  if (keys) buffer.take(0, told(keys));
  return { buffer, ready };
}

test("an empty buffer asks for eight, one that holds six for none", () => {
  assert.equal(holding().buffer.wanted(), 8);
  assert.equal(holding("abcde").buffer.wanted(), 3);
  assert.equal(holding("abcdef").buffer.wanted(), 0);
});

test("cards are made ready when they come, and each once", () => {
  const { buffer, ready } = holding("ab");
  assert.equal(buffer.take(0, told("bc")), "cards");
  assert.deepEqual(buffer.keys, ["a", "b", "c"]);
  assert.deepEqual(ready, { a: 1, b: 1, c: 1 });
  assert.equal(buffer.shown.ready, true);
});

test("a pair whose answer is on its way is not asked again", () => {
  const { buffer } = holding();
  buffer.take(0, told("abc"), ["b"]);
  assert.deepEqual(buffer.keys, ["a", "c"]);
});

test("what was asked for in an older epoch is not taken", () => {
  const { buffer, ready } = holding("ab");
  const asked = buffer.epoch;
  buffer.restart();
  assert.equal(buffer.take(asked, told("cd", { done: true, message: "old" })), null);
  assert.deepEqual([buffer.keys, buffer.finished, ready.c], [[], null, undefined]);
  assert.equal(buffer.take(buffer.epoch, told("ef")), "cards");
});

test("nothing left is remembered with its reason, and no more is asked for", () => {
  const { buffer } = holding();
  assert.equal(buffer.take(0, told("", { done: true, message: "all answered" })), "done");
  assert.deepEqual([buffer.finished, buffer.wanted()], ["all answered", 0]);
  buffer.reopen();
  assert.deepEqual([buffer.finished, buffer.wanted()], [null, 8]);
});

test("done without a reason has a reason all the same", () => {
  const { buffer } = holding();
  buffer.take(0, told("", { done: true, message: "" }));
  assert.match(buffer.finished, /answered/);
});

test("done while cards are still held is not done", () => {
  const { buffer } = holding("a");
  assert.equal(buffer.take(0, told("", { done: true, message: "x" })), "cards");
  assert.equal(buffer.finished, null);
});

test("nothing yet means wait", () => {
  const { buffer } = holding();
  assert.equal(buffer.take(0, told("")), "wait");
  assert.equal(buffer.wanted(), 8);
});

test("the pair on screen stays although an answer has implied it; the others go", () => {
  const { buffer } = holding("abc");
  assert.equal(buffer.drop(["a", "c"]), true);
  assert.deepEqual(buffer.keys, ["a", "b"]);
  assert.equal(buffer.drop(["x"]), false);
});

test("an excluded item takes its pairs along, the one on screen too", () => {
  const { buffer } = holding("abc");
  assert.equal(buffer.exclude(["aa", "cb"]), true);
  assert.deepEqual(buffer.keys, ["b"]);
});

test("what was taken back comes first, once", () => {
  const { buffer } = holding("abc");
  buffer.putBack(cards("c"));
  assert.deepEqual(buffer.keys, ["c", "a", "b"]);
});

test("taking back ends the end", () => {
  const { buffer } = holding();
  buffer.take(0, told("", { done: true, message: "all answered" }));
  buffer.putBack(cards("a"));
  assert.deepEqual([buffer.keys, buffer.finished], [["a"], null]);
});

test("other settings make the cards that are held ready anew", () => {
  const { buffer, ready } = holding("ab");
  buffer.refresh();
  assert.deepEqual(ready, { a: 2, b: 2 });
});

test("answers come off in order", () => {
  const { buffer } = holding("ab");
  assert.deepEqual([buffer.shift().key, buffer.shift().key, buffer.shift()], ["a", "b", undefined]);
});
