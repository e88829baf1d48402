import assert from "node:assert/strict";
import { test } from "node:test";

import { why } from "../../assets/js/cards.js";
import { choicesWith } from "../../assets/js/teach_asks.js";
import { saying } from "../../assets/js/teach_belt.js";
import { pointsOf } from "../../assets/js/teach_curve.js";
import { lines } from "../../assets/js/teach_ended.js";
import { putElsewhere } from "../../assets/js/teach_hand.js";
import { hint } from "../../assets/js/teach_head.js";
import { picksOf } from "../../assets/js/teach_sent.js";
import { isDisputed, saidOf, sortedOf } from "../../assets/js/teach_told.js";

const BINS = [{ name: "glass" }, { name: "paper" }];
const pick = (item, bin, session = "s") => ({ call: "teach_pick", values: { session, item, bin } });
const undo = (item, session = "s") => ({ call: "teach_undo", values: { session, item } });

test("the item in the hand stays while it lies where it lay", () => {
  assert.equal(putElsewhere(undefined, undefined, BINS), "");
  assert.equal(putElsewhere("glass", "glass", BINS), "");
});

test("what others do with it takes it out of the hand, and says so", () => {
  assert.match(putElsewhere(undefined, "paper", BINS), /into “paper”/);
  assert.match(putElsewhere("glass", "paper", BINS), /into “paper”/);
  assert.match(putElsewhere("glass", undefined, BINS), /out of “glass”/);
});

test("a bin with another name is no move", () => {
  assert.equal(putElsewhere("bottles", "glass", BINS), "");
});

test("picks on their way are those of the session, the last one of an item counts", () => {
  const calls = [pick("1", "glass"), pick("2", "paper"), pick("3", "paper", "other"), pick("1", "paper")];
  assert.deepEqual([...picksOf("s", calls)], [["1", "paper"], ["2", "paper"]]);
});

test("an undo on its way takes back the last pick, or the one it names", () => {
  const calls = [pick("1", "glass"), pick("2", "paper")];
  assert.deepEqual([...picksOf("s", [...calls, undo()]).keys()], ["1"]);
  assert.deepEqual([...picksOf("s", [...calls, undo("1")]).keys()], ["2"]);
  assert.deepEqual([...picksOf("s", [undo(), ...calls, undo(undefined, "other")]).keys()], ["1", "2"]);
});

test("a pick that went where it was meant to says nothing", () => {
  assert.deepEqual(saidOf({ ...pick("1", "glass"), answer: { bin: "glass", conflict: false } }), []);
  assert.deepEqual(saidOf({ ...pick("1", "glass"), answer: null }), []); // the outbox has told it
});

test("a conflict is bad news, a renamed bin and an empty undo are told", () => {
  const [conflict] = saidOf({ ...pick("1", "glass"), answer: { bin: "glass", conflict: true } });
  assert.deepEqual([conflict.bad, /Another teacher/.test(conflict.text)], [true, true]);
  const [renamed] = saidOf({ ...pick("1", "glass"), answer: { bin: "bottles" } });
  assert.match(renamed.text, /“glass” is “bottles”/);
  assert.match(saidOf({ ...undo(), answer: { undone: null } })[0].text, /Nothing of yours/);
  assert.match(saidOf({ ...undo("1"), answer: { undone: null } })[0].text, /Somebody else/);
  assert.deepEqual(saidOf({ ...undo(), answer: { undone: "x" } }), []);
});

test("an item lies where its last teacher put it; one that nobody put lies nowhere", () => {
  const sorted = sortedOf({ sorted: { 1: { ann: "glass", bob: "paper" }, 2: {} } });
  assert.deepEqual([...sorted], [["1", "paper"]]);
});

test("disputed is what teachers or pair review disagree about", () => {
  const told = { contradictions: [{ item: "1", bins: {} }], refused: [{ item: "2", bin: "glass" }] };
  assert.deepEqual(["1", "2", "3"].map((item) => isDisputed(told, item)), [true, true, false]);
  assert.equal(isDisputed(undefined, "1"), false);
});

test("the line over the belt says what comes next", () => {
  const told = { status: "active", mode: "sort", bins: BINS };
  const hand = { chosen: "", lifted: false };
  assert.match(hint(told, hand), /tap an item/);
  assert.match(hint(told, { chosen: "1", lifted: false }), /its bin/);
  assert.match(hint(told, { chosen: "1", lifted: true }), /right bin/);
  assert.match(hint({ ...told, mode: "pick" }, hand), /“glass”/);
  assert.match(hint({ ...told, status: "paused", mode: "pick" }, hand), /paused/);
});

test("the robot's word for an item: where to, or a question", () => {
  const sort = { mode: "sort", picks: 3 };
  const one = { mode: "pick", picks: 3 };
  assert.deepEqual([saying({ bin: "glass" }, sort, false), saying({ bin: "glass" }, sort, true)],
    ["→ glass", "glass?"]);
  assert.deepEqual([saying({ bin: null }, sort, true), saying({ bin: null }, one, true)],
    ["which?", "leave it?"]);
  assert.equal(saying({ bin: null }, sort, false), "leave it");
  assert.equal(saying({ bin: null }, { mode: "sort", picks: 0 }, false), "not taught");
});

test("a share set elsewhere is in the list, and only then", () => {
  const usual = choicesWith(10);
  assert.deepEqual(usual.map(([percent]) => percent), [0, 5, 10, 20, 50, 100]);
  assert.deepEqual(choicesWith(33).slice(usual.length), [[33, "33 % of the time"]]);
  assert.equal(choicesWith(10).length, usual.length); // nothing of it stays
});

test("a curve goes from left to right over its frame, one up and nothing down", () => {
  assert.equal(pointsOf([[5, 0], [10, 1]], 10), "105,70 210,2");
});

const ENDED = {
  taught: 3, picks: 4, observed: 1200, asks: 1, learnt: 2, generation: 1, agreement: null,
  confident_share: null, contradictions: [], refused: [], name: "bins", started: "2024-05-01T10:00:00Z",
  ended: "2024-05-01T10:12:10Z",
};

test("the end says how long, how much, and leaves out what there was none of", () => {
  const said = lines(ENDED);
  assert.equal(said[0], "3 items taught with 4 picks in 12 minutes; 1,200 seen, 1 question asked.");
  assert.equal(said.length, 3);
  assert.match(lines({ ...ENDED, learnt: 0 })[1], /learnt nothing/);
  const all = { ...ENDED, agreement: 0, confident_share: 0.5, refused: [{}], contradictions: [{}] };
  assert.equal(lines(all).length, 7);
});

test("a session without times does not say how long", () => {
  assert.match(lines({ ...ENDED, ended: null })[0], /4 picks; /);
  assert.match(lines({ ...ENDED, ended: "2024-05-01T10:00:10Z" })[0], /less than a minute/);
});

test("a chip says what speaks for the pair, not its cosine again", () => {
  const none = { strategy: "mix", words: "" };
  const card = { ...none, summary: "nearest of another group (paper)", reason: "cosine 0.83" };
  assert.equal(why(card), "nearest of another group");
  assert.equal(why({ ...card, reason: "same folder" }), "same folder");
  assert.equal(why({ ...card, words: "unsure: glass or plastic?" }), "unsure: glass or plastic?");
  assert.equal(why({ ...none, summary: "", reason: "" }), "mix");
});
