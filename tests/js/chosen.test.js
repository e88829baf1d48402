import assert from "node:assert/strict";
import { test } from "node:test";

import { QUEUES, shownQueues, toggled } from "../../assets/js/filters_chosen.js";
import { swiped } from "../../assets/js/swipe.js";

test("a queue is chosen and left by the same press, the others stay", () => {
  const one = toggled(new Set(["audit"]), "positive");
  assert.deepEqual([...one], ["audit", "positive"]);
  assert.deepEqual([...toggled(one, "audit")], ["positive"]);
  assert.deepEqual([...one], ["audit", "positive"]); // what was chosen before is not changed
});

test("hard negatives are shown only where there are some", () => {
  const kinds = (counts) => shownQueues(counts).queues.map(([kind]) => kind);
  assert.ok(!kinds({}).includes("hard_negative"));
  assert.ok(!kinds({ hard_negative: 0 }).includes("hard_negative"));
  assert.equal(kinds({ hard_negative: 1 }).length, QUEUES.length);
});

test("all queues together count what each counts, and nothing else", () => {
  assert.equal(shownQueues({ positive: 3, audit: 2, hard_negative: 4, unknown: 100 }).total, 9);
  assert.equal(shownQueues({}).total, 0);
});

test("a swipe far enough to the side answers, right the same and left different", () => {
  assert.deepEqual([swiped({ x: 70, y: 0 }), swiped({ x: -70, y: 0 })], ["same", "different"]);
  assert.equal(swiped({ x: 69, y: 0 }), "");
});

test("scrolling is no answer, even a slanted one", () => {
  assert.equal(swiped({ x: 100, y: 200 }), "");
  assert.equal(swiped({ x: -100, y: 80 }), "");
  assert.equal(swiped({ x: -100, y: -60 }), "different");
});
