import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { nextBatch, opened, Queue } from "../../assets/js/outbox_queue.js";
import { Away } from "../../assets/js/trouble.js";
import { deferred, serverError, settled } from "./fakes.js";

const answer = (id, whose = {}) =>
  ({ criterion: "c", reviewer: "r", decision: { id, a: `${id}2`, b: `${id}1` }, ...whose });
const call = (name = "teach_pick") => ({ call: name, values: { key: name } });
const idsOf = (batch) => batch.map((entry) => entry.decision?.id ?? entry.call);

/** A queue over a server that answers by `reply(batch)`, and what came of it. */
function boxed(reply = async () => "ok") {
  const told = { posted: [], taken: [], refused: [], trouble: [], kept: [] };
  const queue = new Queue({
    post: (batch) => { told.posted.push(idsOf(batch)); return reply(batch, told.posted.length); },
    changed: () => told.kept.push(queue?.entries.length ?? 0),
    taken: (batch, said) => told.taken.push([idsOf(batch), said, queue.entries.length]),
    refused: (entry, error) => told.refused.push([idsOf([entry])[0], error.message]),
    trouble: (error) => told.trouble.push(error.message),
  });
  return { queue, told };
}

test("a batch is of one criterion and one reviewer", () => {
  const entries = [answer("a"), answer("b"), answer("x", { reviewer: "s" }), answer("c")];
  assert.deepEqual(idsOf(nextBatch(entries)), ["a", "b"]);
  assert.deepEqual(idsOf(nextBatch([answer("a"), answer("x", { criterion: "d" })])), ["a"]);
});

test("a batch ends at twenty and before a call; a call goes alone", () => {
  const many = Array.from({ length: 30 }, (_, n) => answer(`n${n}`));
  assert.equal(nextBatch(many).length, 20);
  assert.deepEqual(idsOf(nextBatch([answer("a"), call(), answer("b")])), ["a"]);
  assert.deepEqual(idsOf(nextBatch([call("teach_undo"), call()])), ["teach_undo"]);
});

test("what is taken has left the box before anybody hears of it", async () => {
  const { queue, told } = boxed();
  await queue.add(answer("a"));
  assert.deepEqual(told.taken, [[["a"], "ok", 0]]);
  assert.deepEqual(told.kept, [1, 0]);
});

test("answers given while one is sent go together, in order, and never twice", async () => {
  const first = deferred();
  const { queue, told } = boxed((_, turn) => (turn === 1 ? first.promise : Promise.resolve("ok")));
  const all = [queue.add(answer("a")), queue.add(answer("b")), queue.add(answer("c"))];
  await settled();
  assert.deepEqual(told.posted, [["a"]]);
  first.resolve("ok");
  await Promise.all(all);
  assert.deepEqual(told.posted, [["a"], ["b", "c"]]);
});

test("an answer stays while the server is away, and drained says so", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { queue, told } = boxed(() => Promise.reject(new Away("no server")));
  await queue.add(answer("a"));
  assert.deepEqual([queue.pairs(), told.trouble], [["a1-a2"], ["no server"]]);
  await assert.rejects(queue.drained(), (error) =>
    error instanceof Away && /: 1 answer\.$/.test(error.message));
  mock.timers.reset();
});

test("it is tried again by itself, later and later", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  let up = false;
  const { queue, told } = boxed(() => (up ? Promise.resolve("ok") : Promise.reject(new Away("no server"))));
  await queue.add(answer("a"));
  mock.timers.tick(499);
  await settled();
  assert.equal(told.posted.length, 1);
  mock.timers.tick(1);
  await settled();
  assert.equal(told.posted.length, 2);
  mock.timers.tick(999);
  await settled();
  assert.equal(told.posted.length, 2); // the second pause is twice as long
  up = true;
  mock.timers.tick(1);
  await settled();
  assert.deepEqual([told.posted.length, queue.entries.length], [3, 0]);
  assert.equal(queue.wait, 500); // and short again after a success
  mock.timers.reset();
});

test("once the server is back nobody waits for the long pause", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  let up = false;
  const { queue, told } = boxed(() => (up ? Promise.resolve("ok") : Promise.reject(new Away("no server"))));
  await queue.add(answer("a"));
  up = true;
  await queue.hurry();
  assert.deepEqual([told.posted.length, queue.entries.length], [2, 0]);
  mock.timers.tick(20_000); // the timer of the failure is gone: no third time
  await settled();
  assert.equal(told.posted.length, 2);
  mock.timers.reset();
});

test("a try between two others leaves one timer, not two", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { queue, told } = boxed(() => Promise.reject(new Away("no server")));
  await queue.add(answer("a"));
  mock.timers.tick(250);
  await queue.hurry();
  mock.timers.tick(499); // the first timer's time is over, the second one's is not
  await settled();
  assert.equal(told.posted.length, 2);
  mock.timers.tick(1);
  await settled();
  assert.equal(told.posted.length, 3);
  mock.timers.reset();
});

for (const kind of ["DecisionError", "UnknownName", "InvalidRequest"]) {
  test(`${kind} is the answer's fault: it leaves, is told, and holds up nobody`, async () => {
    const { queue, told } = boxed((batch) => (batch.some((e) => e.decision.id === "bad")
      ? Promise.reject(serverError(kind, "no such item")) : Promise.resolve("ok")));
    await queue.add(answer("a"), answer("bad"), answer("c"));
    assert.deepEqual(told.posted, [["a", "bad", "c"], ["a"], ["bad"], ["c"]]);
    assert.deepEqual(told.refused, [["bad", "no such item"]]);
    assert.deepEqual(queue.entries, []);
  });
}

for (const kind of ["OperationalError", "OSError", ""]) {
  test(`a failure of the server (${kind || "unknown"}) loses nothing`, async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    const { queue, told } = boxed(() => Promise.reject(serverError(kind, "disk full")));
    await queue.add(answer("a"), answer("b"));
    assert.deepEqual([idsOf(queue.entries), told.refused, told.trouble], [["a", "b"], [], ["disk full"]]);
    mock.timers.reset();
  });
}

test("the server leaves while a bad batch is sent one by one: the rest stays, in order", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const replies = [serverError("DecisionError"), null, new Away("gone")];
  const { queue } = boxed((_, turn) => (replies[turn - 1] ? Promise.reject(replies[turn - 1])
    : Promise.resolve("ok")));
  await queue.add(answer("a"), answer("b"), answer("c"));
  assert.deepEqual(idsOf(queue.entries), ["b", "c"]);
  mock.timers.reset();
});

test("a kept box is opened as it was written", () => {
  const entries = [answer("a"), call()];
  assert.deepEqual(opened(JSON.stringify({ at: 5, entries })), { at: 5, entries });
});

for (const text of ["", "{", "null", "[]", "{\"entries\": 3}", "{\"entries\": [null]}",
  "{\"entries\": [{\"decision\": {\"id\": \"a\"}}]}", "{\"entries\": [{\"decision\": null}]}"]) {
  test(`a box that holds ${text || "nothing"} is said to be none`, () => {
    assert.throws(() => opened(text));
  });
}
