import assert from "node:assert/strict";
import { test } from "node:test";

import { lines, project, round125, scaleBar, unbroken } from "../../assets/js/map_earth.js";

const near = (a, b, most = 1e-6) => assert.ok(Math.abs(a - b) <= most, `${a} is not ${b}`);

test("a degree of latitude is as long as the same way east", () => {
  const { at, projection } = project({ lat: [59, 61, 60], lon: [10, 10, 14] }, 800, 400);
  const north = (at.y[1] - at.y[0]) * 400; // two degrees, 222 km
  const east = (at.x[2] - at.x[0]) * 800; // four degrees at 60 N, as long
  near(north, east, 1e-3);
  near(projection.lat0, 60);
  for (const v of [...at.x, ...at.y]) assert.ok(v >= 0 && v <= 1);
});

test("north is up and east is right; the unknown has no place", () => {
  const { at } = project({ lat: [1, -1, null], lon: [5, 6, null] }, 300, 300);
  assert.ok(at.y[0] > at.y[1] && at.x[1] > at.x[0]);
  assert.ok(Number.isNaN(at.x[2]) && Number.isNaN(at.y[2]));
});

test("no place, or no frame, is no map; one place is its middle", () => {
  assert.equal(project({ lat: [null], lon: [null] }, 300, 300), null);
  assert.equal(project({ lat: [1], lon: [1] }, 0, 0), null);
  const { at } = project({ lat: [48.1, 48.1], lon: [11.5, 11.5] }, 300, 200);
  assert.deepEqual([at.x, at.y], [[0.5, 0.5], [0.5, 0.5]]);
});

test("items on both sides of the date line lie together", () => {
  assert.deepEqual(unbroken([179, -179, null]), [179, 181, null]);
  assert.deepEqual(unbroken([-80, 120]), [-80, 120].map((v) => (v < 0 ? v + 360 : v)));
  assert.deepEqual(unbroken([-10, 20]), [-10, 20]);
  assert.deepEqual(unbroken([-120, -60, 0, 60, 120]), [-120, -60, 0, 60, 120]);
});

test("round numbers are 1, 2 or 5 times a power of ten", () => {
  const rounded = [7, 3.4, 1, 0.049, 2000].map((v) => Number(round125(v).toPrecision(3)));
  assert.deepEqual(rounded, [5, 2, 1, 0.02, 2000]);
});

test("lines lie at round degrees and say on which side", () => {
  const found = lines([0, 1], 0, 1 / 40, ["E", "W"]); // from 20 W to 20 E
  assert.deepEqual(found.map((line) => line.label), ["20° W", "10° W", "0°", "10° E", "20° E"]);
  near(found[3].at, 0.75);
  assert.deepEqual(lines([0, 1], 180, 1 / 4, ["E", "W"]).map((line) => line.label),
    ["178° E", "179° E", "180° E", "179° W", "178° W"]);
  const fine = lines([0.4, 0.6], 48.1, 1 / 0.02, ["N", "S"], 90);
  assert.ok(fine.every((line) => /^48\.\d{3}° N$/.test(line.label)), JSON.stringify(fine));
  assert.ok(lines([-3, 3], 80, 1 / 60, ["N", "S"], 90).every((line) => parseFloat(line.label) <= 90));
});

test("the length is round, no longer than asked, and right", () => {
  const { projection } = project({ lat: [47, 48], lon: [11, 11] }, 500, 500);
  const { label, length } = scaleBar(projection, [0, 1], 500, 120);
  const pixelsADegree = 0.88 * 500;
  assert.equal(label, "20 km");
  near(length, (20_000 / 111_320) * pixelsADegree, 0.5);
  assert.match(scaleBar(projection, [0.5, 0.501], 500, 120).label, /^\d+ m$/);
});
