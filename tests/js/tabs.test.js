import assert from "node:assert/strict";
import { test } from "node:test";

import { viewAfter } from "../../assets/js/map_view.js";
import { tabAfter } from "../../assets/js/tabs_keys.js";
import { key } from "./fakes.js";

const TABS = ["review", "map", "export"];
const after = (name, now, more) => tabAfter(key(name, more), TABS, now);

test("arrows go from tab to tab and round the ends, Home and End to the ends", () => {
  assert.deepEqual(TABS.map((now) => after("ArrowRight", now)), ["map", "export", "review"]);
  assert.deepEqual(TABS.map((now) => after("ArrowLeft", now)), ["export", "review", "map"]);
  assert.deepEqual([after("Home", "map"), after("End", "map")], ["review", "export"]);
});

test("other keys, and keys of the browser, lead to no tab", () => {
  for (const name of ["a", "Enter", "ArrowDown", "toString"]) assert.equal(after(name, "map"), null, name);
  assert.equal(after("ArrowLeft", "map", { altKey: true }), null);
});

test("a key moves the map by a fifth of what is in view, and zooming keeps the middle", () => {
  const view = { across: [0, 1], up: [0.2, 0.7] };
  assert.deepEqual(viewAfter("ArrowRight", view), { across: [0.2, 1.2], up: [0.2, 0.7] });
  const { across, up } = viewAfter("ArrowUp", view);
  assert.deepEqual([across, up.map((v) => v.toFixed(2))], [[0, 1], ["0.30", "0.80"]]);
  const closer = viewAfter("+", view);
  assert.ok(closer.across[0] > 0 && closer.across[1] < 1);
  assert.ok(Math.abs(closer.up[0] + closer.up[1] - 0.9) < 1e-9);
});

test("minus undoes plus, 0 shows the whole map, a letter moves nothing", () => {
  const view = { across: [0.1, 0.5], up: [0.2, 0.7] };
  const back = viewAfter("-", viewAfter("+", view));
  assert.deepEqual(back.across.map((v) => v.toFixed(6)), ["0.100000", "0.500000"]);
  const whole = viewAfter("0", view);
  assert.ok(whole.across[0] <= 0 && whole.across[1] >= 1 && whole.up[0] <= 0 && whole.up[1] >= 1);
  assert.equal(viewAfter("a", view), null);
});
