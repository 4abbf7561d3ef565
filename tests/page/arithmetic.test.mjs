// Intervals, polynomials, windows and passes: the page's arithmetic.

import assert from "node:assert/strict";
import {test} from "node:test";

import {above, chebyshev, indexAt, valueOf} from "../../sim/products/web_report/scripts/chebyshev.js";
import {SLIVER, intersect, minus, totalLength, union} from "../../sim/products/web_report/scripts/intervals.js";
import {culmination, elevationAt, passesOf} from "../../sim/products/web_report/scripts/passes.js";
import {solve, totals} from "../../sim/products/web_report/scripts/windows.js";
import {pageData, settingsWith, slope} from "./page_data.mjs";

const HOUR = 3600;

function near(actual, expected, allowed = 1e-6) {
  assert.equal(actual.length, expected.length, JSON.stringify(actual));
  const wanted = expected.flat();
  actual.flat().forEach((value, k) => assert.ok(Math.abs(value - wanted[k]) <= allowed, JSON.stringify(actual)));
}

// Random sets of intervals, the same at every run; whole seconds, so that membership can be asked half-way between.
function randomSets(count) {
  let state = 12345;
  const next = (most) => {
    state = (1103515245 * state + 12345) % 2147483648;
    return Math.floor(state / 2147483648 * most);
  };
  return Array.from({length: count}, () => {
    const edges = [...new Set(Array.from({length: 2 * (1 + next(4))}, () => next(40)))].sort((a, b) => a - b);
    return Array.from({length: Math.floor(edges.length / 2)}, (_, k) => [edges[2 * k], edges[2 * k + 1]]);
  });
}

test("sets of intervals hold the times that logic says", () => {
  const inside = (set, t) => set.some(([start, end]) => start < t && t < end);
  const sets = randomSets(60);
  for (let k = 0; k + 1 < sets.length; k++) {
    const [a, b] = [sets[k], sets[k + 1]];
    for (let t = 0.5; t < 40; t++) {
      assert.equal(inside(intersect(a, b), t), inside(a, t) && inside(b, t));
      assert.equal(inside(union([a, b]), t), inside(a, t) || inside(b, t));
      assert.equal(inside(minus(a, b), t), inside(a, t) && !inside(b, t));
    }
    const both = totalLength(intersect(a, b));
    assert.equal(totalLength(a) + totalLength(b), totalLength(union([a, b])) + both);
    assert.equal(totalLength(minus(a, b)), totalLength(a) - both);
  }
});

test("gaps and windows as short as the rounding are none", () => {
  assert.deepEqual(union([[[0, 1]], [[1 + SLIVER / 2, 2]]]), [[0, 2]]);
  assert.deepEqual(union([[[0, 1]], [[1 + 2 * SLIVER, 2]]]).length, 2);
  assert.deepEqual(intersect([[0, 1]], [[1 - SLIVER / 2, 2]]), []);
  assert.deepEqual(minus([[0, 1]], [[SLIVER / 2, 2]]), []);
});

test("a union leaves its operands as they were", () => {
  const first = [[0, 2]];
  union([first, [[1, 3]]]);
  assert.deepEqual(first, [[0, 2]]);
});

test("Chebyshev sums are those of cosines", () => {
  const coefficients = [0.5, -1.25, 2, 0.125, -0.75];
  for (const x of [-1, -0.3, 0, 0.77, 1]) {
    const sum = coefficients.reduce((total, value, k) => total + value * Math.cos(k * Math.acos(x)), 0);
    assert.ok(Math.abs(chebyshev([0, 1, ...coefficients], x) - sum) < 1e-12);
  }
});

test("a piece is found by its time, and the nearest one outside all", () => {
  const pieces = [[0, 10, 1, 1], [20, 30, 5, -2]];
  assert.deepEqual([-5, 0, 9, 15, 20, 99].map((t) => indexAt(pieces, t)), [0, 0, 0, 0, 1, 1]);
  assert.deepEqual([-5, 0, 5, 10, 15, 20, 30, 99].map((t) => valueOf(pieces, t)), [0, 0, 1, 2, 2, 7, 3, 3]);
});

test("monotonic pieces are above a level up to their crossing", () => {
  const pieces = [slope(0, 10, 0, 90), slope(10, 20, 90, 0)];
  near(above(pieces, 0.5e8), [[5, 15]], 1e-9);
  near(above(pieces, -1), [[0, 20]]);
  assert.deepEqual(above(pieces, 1.1e8), []);
});

test("windows begin and end at the masks", () => {
  const data = pageData(), {hops} = solve(data, settingsWith({masks: {station: 10}}));
  const rise = 2 * HOUR * Math.sin(10 * Math.PI / 180) / Math.sin(30 * Math.PI / 180);
  near(hops[0], [[HOUR + rise, 5 * HOUR - rise]], 1e-3);
  near(hops[1], [[0, 10 * HOUR]]);
  assert.deepEqual(solve(data, settingsWith({masks: {station: 31}})).hops[0], []);
});

test("a route is seen at its last receiver, a light time later", () => {
  const data = pageData();
  data.hops[1].low = [[2 * HOUR, 3 * HOUR]];
  near(solve(data, settingsWith()).routes[0], [[2 * HOUR + 2, 3 * HOUR + 2]], 1e-6);
});

test("time without an orbit is neither open nor closed", () => {
  const data = pageData(), {routes, unknown} = solve(data, settingsWith());
  near(unknown.hops[0], [[6 * HOUR, 10 * HOUR]]);
  near(unknown.routes[0], [[6 * HOUR, 10 * HOUR]]);
  const sums = totals(routes[0], unknown.routes[0], data.duration_s);
  near([sums.count, sums.known, sums.gap, sums.share], [1, 6 * HOUR, HOUR, 4 / 6]);
});

test("a site that is off closes its links, known or not", () => {
  const {hops, routes, unknown} = solve(pageData(), settingsWith({off: new Set(["station"])}));
  assert.deepEqual([hops[0], routes[0], unknown.hops[0], unknown.routes[0]], [[], [], [], []]);
  assert.equal(hops[1].length, 1);
});

test("windows that are too short are left out; next to unknown time they are unknown", () => {
  const data = pageData();
  data.hops[0].low = [[HOUR, 1.5 * HOUR], [4.5 * HOUR, 5 * HOUR]];
  data.hops[0].unknown = [[5 * HOUR, 10 * HOUR]];
  const {hops, unknown} = solve(data, settingsWith({least: HOUR}));
  assert.deepEqual(hops[0], []);
  near(unknown.hops[0], [[4.5 * HOUR, 10 * HOUR]]);
  near(solve(data, settingsWith({least: HOUR / 2 - 0.5})).hops[0], [[HOUR, 1.5 * HOUR], [4.5 * HOUR, 5 * HOUR]], 1e-3);
  near(solve(data, settingsWith({least: HOUR / 2 + 0.5})).hops[0], []);
});

test("a pass culminates where its elevation is highest", () => {
  const data = pageData(), {pieces} = data.hops[0].elevations[0];
  const [top, elevation] = culmination(data, pieces, [HOUR, 5 * HOUR]);
  near([top, elevation], [3 * HOUR, 30]);
  near(culmination(data, pieces, [HOUR, 2 * HOUR]), [2 * HOUR, elevationAt(data, pieces, 2 * HOUR)]);
  near(culmination(data, pieces, [4 * HOUR, 5 * HOUR]), [4 * HOUR, elevationAt(data, pieces, 4 * HOUR)]);
});

test("a pass has deviations at those edges that stayed where they were", () => {
  const data = pageData(), causes = (pass) => [pass.opened, pass.closed];
  const [own] = passesOf(data, 0, [[HOUR, 5 * HOUR]]);
  assert.deepEqual([own.site, own.target], ["station", "relay"]);
  assert.deepEqual([own.aosSigma, own.losSigma, own.probability], [12, 0.5, 0.99]);
  assert.deepEqual(causes(own), ["clear of the moon", "clear of the moon"]);
  const [moved] = passesOf(data, 0, [[HOUR + 60, 5 * HOUR]]);
  assert.deepEqual([moved.aosSigma, moved.losSigma, moved.probability], [null, 0.5, null]);
  assert.deepEqual(causes(moved), ["elevation mask", "clear of the moon"]);
  const [whole] = passesOf(data, 0, [[0, data.duration_s]]);
  assert.deepEqual(causes(whole), ["span start", "span end"]);
  assert.deepEqual(passesOf(data, 1, [[0, HOUR]]), []);
});
