import assert from "node:assert/strict";
import { test } from "node:test";

import { factsOf, offered } from "../../assets/js/facts.js";

test("coordinates are offered as one place, the time by its plain name", () => {
  assert.deepEqual(offered(["camera", "capture_time", "folder", "lat", "lon"]),
    ["place", "camera", "time", "folder"]);
  assert.deepEqual(offered(["lat", "weight"]), ["weight"]);
});

test("what differs is told apart, what neither has is left out", () => {
  const a = { camera: "Trap 1", capture_time: "2024-05-07T10:20:30", weight: 3 };
  const b = { camera: "Trap 1", capture_time: "2024-05-07T10:21:30" };
  const facts = factsOf(a, b, ["time", "camera", "weight", "place"]);
  assert.deepEqual(facts.map(({ name, differs }) => [name, differs]),
    [["time", true], ["camera", false], ["weight", true]]);
  assert.equal(facts[0].a, "2024-05-07 10:20:30");
  assert.deepEqual([facts[2].a, facts[2].b], ["3", "–"]);
});

test("places some metres apart are one place", () => {
  const here = { lat: 52.1, lon: 4.3 };
  const facts = (more) => factsOf(here, { ...here, ...more }, ["place"])[0];
  const near = facts({ lat: 52.1001 });
  assert.deepEqual([near.a, near.b, near.differs], ["52.1000, 4.3000", "52.1001, 4.3000", false]);
  assert.equal(facts({ lon: 4.4 }).differs, true);
  assert.equal(facts({ lat: null }).differs, true);
});

test("zero and false are values", () => {
  const [fact] = factsOf({ n: 0 }, { n: false }, ["n"]);
  assert.deepEqual([fact.a, fact.b, fact.differs], ["0", "false", true]);
});
