import assert from "node:assert/strict";
import { test } from "node:test";

import { LEGEND, meaning, SORT_LEGEND } from "../../assets/js/keymap.js";
import { binOfKey, keyOfBin, stepOf } from "../../assets/js/teach_keys.js";
import { key } from "./fakes.js";

test("verdicts have a letter, large or small, and the first two a digit", () => {
  const said = (...keys) => keys.map((one) => meaning(key(one)));
  assert.deepEqual(said("a", "A", "1"), ["same", "same", "same"]);
  assert.deepEqual(said("x", "X", "2"), ["different", "different", "different"]);
  assert.deepEqual(said("u", "c", " "), ["unsure", "incomparable", "skip"]);
});

test("a key without a meaning has none, whatever objects inherit", () => {
  for (const one of ["q", "F5", "Tab", "constructor", "toString", "__proto__"]) {
    assert.equal(meaning(key(one)), null, one);
  }
});

test("Ctrl+Z and Backspace undo; Ctrl with another key is the browser's", () => {
  assert.equal(meaning(key("z", { ctrlKey: true })), "undo");
  assert.equal(meaning(key("Z", { metaKey: true })), "undo");
  assert.equal(meaning(key("Backspace")), "undo");
  for (const one of ["a", "x", "c"]) assert.equal(meaning(key(one, { ctrlKey: true })), null, one);
  assert.equal(meaning(key("z", { ctrlKey: true, shiftKey: true })), null); // redo elsewhere
  assert.equal(meaning(key("z", { ctrlKey: true, altKey: true })), null);
  assert.equal(meaning(key("a", { altKey: true })), null);
});

test("a verdict key held down answers once, an arrow held down goes on", () => {
  assert.equal(meaning(key("a", { repeat: true })), "held");
  assert.equal(meaning(key("Backspace", { repeat: true })), "held");
  assert.equal(meaning(key("ArrowLeft", { repeat: true })), "left");
  assert.equal(meaning(key("q", { repeat: true })), null);
});

test("no list of keys says a key twice", () => {
  for (const legend of [LEGEND, SORT_LEGEND]) {
    const keys = legend.map(([name]) => name);
    assert.equal(new Set(keys).size, keys.length);
  }
});

test("every bin has a key of its own, none the key of a new bin", () => {
  const keys = Array.from({ length: 40 }, (_, n) => keyOfBin(n)).filter(Boolean);
  assert.equal(new Set(keys).size, 35);
  assert.ok(!keys.includes("n"));
  assert.deepEqual([keyOfBin(0), keyOfBin(9), keyOfBin(10), keyOfBin(35)], ["1", "0", "a", ""]);
  for (const [number, one] of keys.entries()) assert.equal(binOfKey(key(one.toUpperCase())), number);
  assert.equal(binOfKey(key("Enter")), -1);
});

test("arrows step over tiles in rows", () => {
  const steps = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "a"].map((one) => stepOf(one, 4));
  assert.deepEqual(steps, [-1, 1, -4, 4, 0]);
});
