import assert from "node:assert/strict";
import { test } from "node:test";

import {
  baseName, clock, leftOut, pairKey, parted, percent, plural, short, worded,
} from "../../assets/js/format.js";
import { parsed } from "../../assets/js/review_tally.js";

test("one is one, and large numbers have a comma", () => {
  assert.deepEqual([0, 1, 2, 12345].map((n) => plural(n, "pair")),
    ["0 pairs", "1 pair", "2 pairs", "12,345 pairs"]);
});

test("shares are whole percents", () => {
  assert.deepEqual([0, 0.005, 0.994, 1].map(percent), ["0 %", "1 %", "99 %", "100 %"]);
});

test("a cosine has two digits and no leading zero, nothing has none", () => {
  assert.deepEqual([0.934, -0.5, 1, 0, null, undefined].map(short), [".93", "-.50", "1.00", ".00", "", ""]);
});

test("a name is what follows the last slash", () => {
  assert.deepEqual(["a/b/c.png", "c.png", ""].map(baseName), ["c.png", "c.png", ""]);
});

test("the end of a name is a part of its own, and no sign is torn", () => {
  assert.deepEqual(parted("camera trap/north/IMG_00123.jpg"), ["camera trap/north/I", "MG_00123.jpg"]);
  assert.deepEqual(parted("disc/disc 00.png"), ["", "disc/disc 00.png"]);
  assert.deepEqual(parted(`${"🐘".repeat(30)}34567890.jpg`), ["🐘".repeat(30), "34567890.jpg"]);
});

test("a time is a day and a minute, nonsense is nothing", () => {
  assert.match(clock("2024-05-07T10:20:30"), /^7 May,? (at )?10:20$/);
  assert.equal(clock("never"), "");
});

test("what follows the question mark is the rule", () => {
  assert.deepEqual(worded("Same bin? Lids count."), ["Same bin?", "Lids count."]);
  assert.deepEqual(worded("同じですか？色は別。"), ["同じですか？", "色は別。"]);
  assert.deepEqual(worded("Same bin"), ["Same bin", ""]);
});

test("a pair has one key, whichever item comes first", () => {
  assert.equal(pairKey("b", "a"), "a-b");
  assert.equal(pairKey("a", "b"), "a-b");
});

test("a tally that cannot be read counts from nothing, and only numbers count", () => {
  assert.deepEqual(parsed("{\"same\": 2, \"odd\": \"x\"}"), { same: 2 });
  assert.deepEqual([parsed("{"), parsed("null")], [{}, {}]);
});

test("what an export lacks is told by its counts", () => {
  assert.equal(leftOut({ items_explicit: 3 }), "");
  assert.equal(leftOut({ left_out_missing: 2, rows: 4, left_out_without_image: 1 }),
    "left out: 2 missing, 1 without image");
});
