// Importing a module does nothing: no element is built, nothing is listened to or asked of the browser
// before its panel is mounted. Node has no document and no window, so that any of it would throw.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const FOLDER = new URL("../../assets/js/", import.meta.url);
const NAMES = readdirSync(FOLDER).filter((name) => name.endsWith(".js"));
const text = (name) => readFileSync(new URL(name, FOLDER), "utf8");

test("there is no document here", () => {
  assert.deepEqual([typeof document, typeof window], ["undefined", "undefined"]);
});

for (const name of NAMES) {
  test(`${name} can be imported without a page, and is checked by types`, async () => {
    await import(new URL(name, FOLDER));
    assert.equal(text(name).split("\n")[0], "// @ts-check");
    assert.ok(!/@ts-(ignore|expect-error|nocheck)/.test(text(name)));
  });
}

test("every event that is listened to is told somewhere, and every one told is in the list", () => {
  const list = [...text("events.js").matchAll(/^ \* @property \{.*\} ([a-z-]+)/gm)].map(([, name]) => name);
  const all = NAMES.map(text).join("\n");
  const used = (call) => {
    const calls = all.matchAll(new RegExp(`\\b${call}\\("([a-z-]+)"`, "g"));
    return new Set([...calls].map(([, name]) => name));
  };
  const [told, heard] = [used("emit"), used("on")];
  assert.deepEqual([...told].filter((name) => !list.includes(name)), []);
  assert.deepEqual([...heard].filter((name) => !told.has(name)), []);
  assert.deepEqual(list.filter((name) => !told.has(name)), []);
});
