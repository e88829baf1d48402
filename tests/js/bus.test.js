import assert from "node:assert/strict";
import { test } from "node:test";

import { makeBus } from "../../assets/js/bus.js";
import { settled } from "./fakes.js";

function bus(standing = []) {
  const failed = [];
  return { ...makeBus(standing, (error, event) => failed.push([event, error.message])), failed };
}

test("listeners hear a value in the order in which they came", () => {
  const { on, emit } = bus();
  const heard = [];
  on("count", (n) => heard.push(["first", n]));
  on("count", (n) => heard.push(["second", n]));
  emit("count", 3);
  assert.deepEqual(heard, [["first", 3], ["second", 3]]);
});

test("one that throws does not stop the others, now and later", async () => {
  const { on, emit, failed } = bus();
  const heard = [];
  on("count", () => { throw new Error("broken"); });
  on("count", (n) => heard.push(n));
  emit("count", 1);
  emit("count", 2);
  assert.deepEqual(heard, [1, 2]);
  await settled();
  assert.deepEqual(failed, [["count", "broken"], ["count", "broken"]]);
});

test("a rejected promise of a listener is reported too", async () => {
  const { on, emit, failed } = bus();
  on("count", () => Promise.reject(new Error("later")));
  emit("count", 1);
  await settled();
  assert.deepEqual(failed, [["count", "later"]]);
});

test("an event that stands reaches who arrives later, any other does not", async () => {
  const { on, emit } = bus(["status"]);
  const heard = [];
  emit("status", "old");
  emit("status", "new");
  emit("passing", "gone");
  on("status", (value) => heard.push(value));
  on("passing", (value) => heard.push(value));
  assert.deepEqual(heard, []); // not while it is still being set up
  await settled();
  assert.deepEqual(heard, ["new"]);
});

test("a late listener that throws is reported, and the next one still hears", async () => {
  const { on, emit, failed } = bus(["status"]);
  const heard = [];
  emit("status", 1);
  on("status", () => { throw new Error("late"); });
  on("status", (value) => heard.push(value));
  await settled();
  assert.deepEqual([heard, failed], [[1], [["status", "late"]]]);
});

test("who joins while an event is told does not hear that one", () => {
  const { on, emit } = bus();
  const heard = [];
  on("count", () => on("count", (n) => heard.push(n)));
  emit("count", 1);
  assert.deepEqual(heard, []);
  emit("count", 2);
  assert.deepEqual(heard, [2]);
});
