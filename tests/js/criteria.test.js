import assert from "node:assert/strict";
import { test } from "node:test";

import { calledSo, moved } from "../../assets/js/criteria_moved.js";

const row = (name, title = name, question = "") => ({ name, title, question });
const known = (criteria, deleted = []) => ({ criteria, deleted_criteria: deleted });

test("what another reviewer deleted, renamed or reworded is told, what joins or stays is not", () => {
  const before = known([row("colour"), row("shape"), row("size"), row("bin")]);
  const left = [row("colour", "hue"), row("size", "size", "As large?"), row("bin"), row("new")];
  const after = known(left, [row("shape")]);
  assert.deepEqual(moved(before, after), [
    "“colour” is called “hue” now.",
    "“shape” was deleted; its answers are kept, and + brings it back.",
    "“size” asks now: “As large?”",
  ]);
  assert.deepEqual(moved(after, after), []);
});

test("a criterion is found by name and title, a deleted one too", () => {
  const all = known([row("colour", "hue"), row("hue 2", "colour 2")], [row("shape", "form")]);
  assert.deepEqual(calledSo(all, "colour"), { row: row("colour", "hue"), isDeleted: false });
  assert.deepEqual(calledSo(all, "hue"), { row: row("colour", "hue"), isDeleted: false });
  assert.deepEqual(calledSo(all, "form"), { row: row("shape", "form"), isDeleted: true });
  assert.equal(calledSo(all, "size"), undefined);
});
