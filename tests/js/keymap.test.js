import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { latinKey, LEGEND, meaning, SORT_LEGEND } from "../../assets/js/keymap.js";
import {
  actionOfKey, anyChosen, chooseKey, keysOf, resetKeys, symbolOf,
} from "../../assets/js/keys_chosen.js";
import { keysToldOf } from "../../assets/js/keys_help.js";
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
    const keys = legend.map(keysToldOf);
    assert.equal(new Set(keys).size, keys.length);
  }
});

afterEach(resetKeys);

/** What Chromium tells of the keys A X U C Z on keyboards of other scripts. */
const SCRIPTS = {
  Cyrillic: ["ф", "ч", "г", "с", "я"], Greek: ["α", "χ", "θ", "ψ", "ζ"],
  Arabic: ["ش", "ء", "ع", "ؤ", "ئ"], Hebrew: ["ש", "ס", "ו", "ב", "ז"],
  Korean: ["ㅁ", "ㅌ", "ㅕ", "ㅊ", "ㅋ"],
};
const PLACES = ["KeyA", "KeyX", "KeyU", "KeyC", "KeyZ"];

for (const [script, letters] of Object.entries(SCRIPTS)) {
  test(`${script} letters are taken by their place`, () => {
    const said = letters.map((one, n) => meaning(key(one, { code: PLACES[n], ctrlKey: n === 4 })));
    assert.deepEqual(said, ["same", "different", "unsure", "incomparable", "undo"]);
    const large = letters.map((one, n) => latinKey(key(one.toUpperCase(), { code: PLACES[n] })));
    assert.deepEqual(large, ["a", "x", "u", "c", "z"]);
  });
}

test("Latin letters are taken as they are typed, wherever they lie", () => {
  assert.equal(meaning(key("a", { code: "KeyQ" })), "same"); // French
  assert.equal(meaning(key("q", { code: "KeyA" })), null);
  assert.equal(latinKey(key(",", { code: "KeyM" })), ",");
  assert.equal(latinKey(key("é", { code: "KeyA" })), "é");
});

test("digits are found under the signs of other keyboards, and in other digits", () => {
  assert.equal(meaning(key("&", { code: "Digit1" })), "same"); // French
  assert.equal(meaning(key("é", { code: "Digit2" })), "different");
  assert.equal(meaning(key("٢", { code: "Digit2" })), "different");
  assert.equal(meaning(key("!", { code: "Digit1", shiftKey: true })), null);
  assert.equal(meaning(key("?", { code: "Digit7", shiftKey: true })), "help"); // Russian
  assert.equal(latinKey(key("Dead", { code: "Digit2" })), "Dead");
});

test("a letter of two signs (Arabic lam-alef) is one key", () => {
  assert.equal(latinKey(key("لا", { code: "KeyB" })), "b");
});

test("a chosen key takes the place of the first one, and the other stays", () => {
  assert.equal(chooseKey("same", "j"), "");
  assert.deepEqual([actionOfKey("j"), actionOfKey("1"), actionOfKey("a")], ["same", "same", null]);
  assert.deepEqual([meaning(key("j")), meaning(key("a"))], ["same", null]);
  assert.equal(symbolOf("same"), "J");
  assert.equal(keysToldOf(LEGEND[0]), "J or 1");
  assert.ok(anyChosen());
  resetKeys();
  assert.deepEqual([meaning(key("a")), meaning(key("j")), anyChosen()], ["same", null, false]);
});

test("a key that another action has is refused, and one that cannot be a key", () => {
  assert.match(chooseKey("same", "x"), /X is taken/);
  for (const one of ["Enter", "Tab", "Escape", "ArrowLeft", "F5", "Dead"]) {
    assert.match(chooseKey("same", one), /cannot be chosen/, one);
  }
  assert.deepEqual(keysOf("same"), ["a", "1"]);
  assert.equal(chooseKey("different", "1"), ""); // the second one of another goes over
  assert.deepEqual(["1", "2", "a"].map(actionOfKey), ["different", "different", "same"]);
});

test("what cannot be used of what the browser kept is as if it were not there", async () => {
  for (const [number, [kept, same]] of [
    ["{\"same\": \"j\", \"different\": \"j\", \"unsure\": 3, \"gone\": \"k\"}", "j"],
    ["no JSON", "a"], ["null", "a"], ["[1]", "a"], ["{\"same\": \"Enter\"}", "a"],
  ].entries()) {
    globalThis.localStorage = { getItem: () => kept };
    const fresh = await import(`../../assets/js/keys_chosen.js?kept=${number}`);
    assert.deepEqual([fresh.keysOf("same")[0], fresh.keysOf("different")[0]], [same, "x"], kept);
    delete globalThis.localStorage;
  }
});

test("every action has a key, whatever is chosen", () => {
  assert.equal(chooseKey("skip", "j"), "");
  assert.equal(chooseKey("undo", " "), "");
  assert.deepEqual(keysOf("skip"), ["j"]);
  assert.equal(symbolOf("undo"), "␣");
  assert.deepEqual([meaning(key(" ")), meaning(key("Backspace"))], ["undo", null]);
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
