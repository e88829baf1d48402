import assert from "node:assert/strict";
import { test } from "node:test";

import { Away, kindOf, makeQuiet, messageOf } from "../../assets/js/trouble.js";
import { serverError } from "./fakes.js";

const fails = (error) => () => Promise.reject(error);

test("what fails every time is told once, another trouble again", async () => {
  const told = [];
  const quietly = makeQuiet((text) => told.push(text));
  for (const text of ["full", "full", "broken", "full"]) await quietly(fails(new Error(text)));
  assert.deepEqual(told, ["full", "broken", "full"]);
});

test("after a success the same trouble is news", async () => {
  const told = [];
  const quietly = makeQuiet((text) => told.push(text));
  await quietly(fails(new Error("full")));
  assert.equal(await quietly(() => 7), 7);
  await quietly(fails(new Error("full")));
  assert.deepEqual(told, ["full", "full"]);
});

test("that the server is away is not told here, and the action has no result", async () => {
  const told = [];
  const quietly = makeQuiet((text) => told.push(text));
  assert.equal(await quietly(fails(new Away("no server"))), undefined);
  assert.deepEqual(told, []);
});

test("an action that throws at once is told as well", async () => {
  const told = [];
  await makeQuiet((text) => told.push(text))(() => { throw new TypeError("no such thing"); });
  assert.deepEqual(told, ["no such thing"]);
});

test("two parts of the page do not silence each other", async () => {
  const told = [];
  const [one, other] = [makeQuiet((text) => told.push(text)), makeQuiet((text) => told.push(text))];
  await one(fails(new Error("full")));
  await other(fails(new Error("full")));
  assert.deepEqual(told, ["full", "full"]);
});

test("an error has a message and a class, anything else is its own text", () => {
  assert.deepEqual([messageOf(new Error("full")), messageOf("odd")], ["full", "odd"]);
  assert.deepEqual([kindOf(serverError("DecisionError")), kindOf(new Error("x")), kindOf("x"), kindOf(null)],
    ["DecisionError", "", "", ""]);
});
