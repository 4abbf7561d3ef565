// Where things stand in the page's pictures.

import assert from "node:assert/strict";
import {test} from "node:test";

import {Orbits} from "../../sim/products/web_report/scripts/orbits.js";
import {elevationScale, plotPass, plottedTime} from "../../sim/products/web_report/scripts/pass_plot.js";
import {cutByDepth, roundLength, seenFrom, skyPoint, skyPointAt, sphereAround}
  from "../../sim/products/web_report/scripts/projection.js";
import {Timeline, fittedView, layoutOf, rowsOf} from "../../sim/products/web_report/scripts/timeline.js";
import {solve} from "../../sim/products/web_report/scripts/windows.js";
import {fakeDocument} from "./fake_document.mjs";
import {pageData, settingsWith} from "./page_data.mjs";

const HOUR = 3600;

function near(actual, expected, allowed = 1e-9) {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, k) => assert.ok(Math.abs(value - expected[k]) <= allowed, `${actual} for ${expected}`));
}

test("the sky has north up, east at the right and the zenith in the middle", () => {
  near(skyPointAt(0, 0), [0, -1]);
  near(skyPointAt(90, 0), [1, 0]);
  near(skyPointAt(180, 45), [0, 0.5]);
  near(skyPointAt(270, 90), [0, 0]);
  near(skyPoint(3, 4, 0), [0.6, -0.8]);
});

test("turning keeps lengths; yaw turns about z, pitch raises the reader", () => {
  near(seenFrom([1, 2, 3], 0, 0), [1, 3, -2]);
  near(seenFrom([0, 1, 0], Math.PI / 2, 0), [1, 0, 0]);
  near(seenFrom([0, 0, 1], 0.7, Math.PI / 2), [0, 0, 1]);
  assert.ok(Math.abs(Math.hypot(...seenFrom([1, 2, 3], 0.4, -1.1)) - Math.hypot(1, 2, 3)) < 1e-12);
});

test("a sphere holds all places; a line is cut where it passes the origin's depth", () => {
  const {middle, radius} = sphereAround([[0, 0, 0], [10, 0, 0], [5, 2, 0]]);
  near([...middle, radius], [5, 1, 0, Math.hypot(5, 1)]);
  const runs = cutByDepth([[0, 0, -1], [1, 0, -1], [2, 0, 1], [3, 0, 1], [4, 0, -1]]);
  assert.deepEqual(runs.map(([run, behind]) => [run.map(([x]) => x), behind]), [[[0, 1, 2], true], [[2, 3, 4], false]]);
});

test("a scale bar is 1, 2 or 5 times a power of ten", () => {
  assert.deepEqual([1, 1.9, 4.99, 9999, 10000, 0.3].map(roundLength), [1, 1, 2, 5000, 10000, 0.2]);
});

test("a view stays inside the span, and is a minute long at least", () => {
  assert.deepEqual(fittedView(-50, 150, 1000), {start: 0, end: 200});
  assert.deepEqual(fittedView(950, 1150, 1000), {start: 800, end: 1000});
  assert.deepEqual(fittedView(500, 501, 1000), {start: 500, end: 560});
  assert.deepEqual(fittedView(-5, 5000, 1000), {start: 0, end: 1000});
  assert.deepEqual(fittedView(3, 4, 10), {start: 0, end: 10});
});

test("labels have room at the left, or stand above their rows", () => {
  const rows = [{name: "change6_ascender – queqiao2"}], view = {start: 0, end: 100};
  const wide = layoutOf(1300, rows, view), narrow = layoutOf(400, rows, view);
  assert.ok(wide.characters >= rows[0].name.length && narrow.characters >= rows[0].name.length);
  assert.deepEqual([wide.narrow, narrow.narrow, narrow.left], [false, true, 4]);
  near([wide.x(0), wide.x(100), wide.t(wide.x(37))], [wide.left, wide.right, 37]);
  assert.ok(layoutOf(1300, [{name: "x".repeat(200)}], view).left <= 0.25 * 1300);
});

test("a link that no mask opens has no row, unless its orbit is not always defined", () => {
  const data = pageData();
  const names = () => rowsOf(data).map(({name}) => name);
  assert.deepEqual(names(), ["home", "relay – station", "lander – relay"]);
  data.hops[1].low = [];
  assert.deepEqual(names(), ["home", "relay – station"]);
  data.hops[1].unknown = [[0, 5]];
  assert.deepEqual(names(), ["home", "relay – station", "lander – relay"]);
});

function timeline(width = 1000) {
  const fake = fakeDocument(width), data = pageData(), looks = [], clicks = [];
  const drawn = new Timeline(data, (...click) => clicks.push(click), (...look) => looks.push(look));
  drawn.show(solve(data, settingsWith()), null);
  return {fake, data, drawn, looks, clicks, chart: fake.element("chart")};
}

const numbers = (node, ...keys) => keys.map((key) => Number(node.getAttribute(key)));

test("bars stand where their windows are, and a click names the link", () => {
  const {drawn, data, chart, clicks} = timeline();
  const [route, link, lander] = chart.all(".bar");
  for (const bar of [route, link]) {
    const [x, width] = numbers(bar, "x", "width");
    near([drawn.layout.t(x), drawn.layout.t(x + width)], [HOUR, 5 * HOUR], 60);
  }
  near(numbers(lander, "x", "width"), [drawn.layout.left, drawn.layout.pixels], 0.01);
  link.fire("click");
  assert.deepEqual(clicks, [[0, solve(data, settingsWith()).hops[0][0]]]);
  assert.match(link.textContent, /^relay – station\n2026-03-01 01:00:00 to 2026-03-01 05:00:00 UTC, 4\.0\u00a0h$/);
});

test("what is not measured is lined above and below, however short", () => {
  const {chart, data, drawn} = timeline();
  assert.deepEqual(chart.all(".edges").map((each) => each.getAttribute("class")), ["edges routes", "edges hops"]);
  drawn.show({...solve(data, settingsWith()), hops: [[[HOUR, HOUR + 1]], []]}, null);
  const [bar] = chart.all(".hops").filter((each) => each.name === "rect");
  assert.equal(bar.getAttribute("width"), "0.70");
  assert.match(chart.all(".edges")[1].getAttribute("d"), /^M[\d.]+,[\d.]+h0\.70M[\d.]+,[\d.]+h0\.70$/);
});

test("time without an orbit is hatched in its row, and nowhere else", () => {
  const {chart, drawn} = timeline(), gaps = chart.all(".unknown");
  assert.equal(gaps.length, 2);
  const [x, width] = numbers(gaps[0].all("rect")[0], "x", "width");
  near([drawn.layout.t(x), drawn.layout.t(x + width)], [6 * HOUR, 10 * HOUR], 60);
  const across = gaps[0].all("path")[0].getAttribute("d").match(/[\d.]+(?=,)/g).map(Number);
  assert.ok(across.length > 100 && across.every((at) => at >= x - 0.05 && at <= x + width + 0.05));
  assert.match(gaps[0].textContent, /no orbit defined/);
});

test("the scenario's own windows stand below where the settings differ", () => {
  const {chart, data, drawn} = timeline();
  assert.equal(chart.all(".own").length, 0);
  drawn.show(solve(data, settingsWith({masks: {station: 20}})), solve(data, settingsWith()));
  assert.equal(chart.all(".own").length, 3);
});

test("keys, wheel and drag move and zoom, and the sky follows", () => {
  const {fake, chart, drawn, looks} = timeline(), page = fake.page;
  assert.equal(chart.fire("keydown", {key: "+"}), true);
  assert.deepEqual(drawn.view, {start: 2.5 * HOUR, end: 7.5 * HOUR});
  assert.equal(chart.fire("keydown", {key: "+", ctrlKey: true}), false); // the browser's own zoom
  assert.equal(chart.fire("keydown", {key: "toString"}), false);
  chart.fire("keydown", {key: "ArrowRight"});
  assert.deepEqual(drawn.view, {start: 3.5 * HOUR, end: 8.5 * HOUR});
  assert.equal(chart.fire("wheel", {deltaY: 1}), false);
  assert.equal(chart.fire("wheel", {deltaY: -1, ctrlKey: true, clientX: drawn.layout.x(3.5 * HOUR)}), true);
  near([drawn.view.start], [3.5 * HOUR], 1e-6);
  chart.fire("keydown", {key: "0"});
  chart.fire("keydown", {key: "+"});
  chart.fire("pointerdown", {clientX: 500});
  page.fire("pointermove", {clientX: 501});
  assert.equal(drawn.view.start, 2.5 * HOUR);
  page.fire("pointermove", {clientX: 500 - drawn.layout.pixels / 5});
  near([drawn.view.start], [3.5 * HOUR], 1e-6);
  page.fire("pointerup");
  page.fire("pointermove", {clientX: 0});
  near([drawn.view.start], [3.5 * HOUR], 1e-6);
  assert.deepEqual(looks.at(-1), [drawn.view.start, drawn.view.end]);
});

test("words and a choice filter the rows", () => {
  const {fake, chart} = timeline(), labels = () => chart.all(".label").map((each) => each.children[0]);
  fake.element("words").value = " Station";
  fake.element("words").fire("input");
  assert.deepEqual(labels(), ["home", "relay – station"]);
  fake.element("which").value = "hops";
  fake.element("which").fire("change");
  assert.deepEqual(labels(), ["relay – station"]);
  fake.element("words").value = "nothing";
  fake.element("words").fire("input");
  assert.deepEqual(labels(), ["No row has this name."]);
});

test("a pass is plotted with room on both sides, as far as other limits let it", () => {
  assert.deepEqual(plottedTime({low: [[0, 1000]]}, [400, 600]), [370, 630]);
  assert.deepEqual(plottedTime({low: [[400, 610]]}, [400, 600]), [400, 610]);
  assert.deepEqual(plottedTime({low: []}, [400, 600]), [400, 600]);
  const {floor, roof, lines} = elevationScale([5, 42, -0.3]);
  assert.deepEqual([floor, lines], [-0.3, [0, 10, 20, 30, 40]]);
  assert.ok(roof > 42 && roof <= 90);
  assert.equal(elevationScale([88]).roof, 90);
});

test("the plot of a pass has its top above its mask", () => {
  const fake = fakeDocument(), data = pageData();
  plotPass(data, settingsWith({masks: {station: 10}}), 0, [HOUR, 5 * HOUR]);
  const svg = fake.element("profile"), [top] = svg.all(".top"), [mask] = svg.all(".mask");
  assert.ok(numbers(top, "cy")[0] < numbers(mask, "y1")[0]);
  assert.equal(fake.element("words-of-pass").textContent, "relay – station: 2026-03-01 01:00:00 to 05:00:00 UTC, " +
    "4.0\u00a0h; highest 30.00° above station at 03:00:00; elevation mask 10° (dashed)");
  assert.equal(fake.element("pass").scrolled, 1);
});

test("orbits fit their picture whichever way they are turned, and a closer view keeps the Moon in it", () => {
  const fake = fakeDocument(), data = pageData(), svg = fake.element("turning");
  data.orbits[0].xyz.push([-384400, 0, 0]); // as far as the Earth
  const orbits = new Orbits(data);
  for (const key of ["ArrowLeft", "ArrowUp", "ArrowUp", "ArrowRight", "ArrowDown", "ArrowLeft"]) {
    svg.fire("keydown", {key});
    const places = svg.all("polyline").flatMap((line) => line.getAttribute("points").split(" "));
    for (const [x, y] of places.map((each) => each.split(",").map(Number))) {
      assert.ok(x > 0 && x < 640 && y > 0 && y < 440, `${x}, ${y}`);
    }
  }
  for (let k = 0; k < 12; k++) svg.fire("keydown", {key: "+"});
  near(orbits.seen([0, 0, 0]).slice(0, 2), [320, 220], 25);
  svg.fire("keydown", {key: "0"});
  assert.equal(orbits.closer, 1);
  assert.match(fake.element("turning-key").textContent, /^relay \(designed, 0\.25 d\)$/);
  assert.equal(fake.element("turning-part").hidden, false);
});

test("libration points stand in the picture's middle, not among its axes and scale", () => {
  const fake = fakeDocument(), data = pageData(), svg = fake.element("turning");
  const names = () => svg.all("text").map((each) => each.textContent);
  new Orbits(data);
  assert.equal(names().includes("L1"), false); // far outside a low orbit
  data.orbits[0].xyz.push([-60000, 0, 0]);
  new Orbits(data);
  assert.equal(names().includes("L1"), true);
});

test("without orbits there is no picture of them", () => {
  const fake = fakeDocument(), data = {...pageData(), orbits: []};
  fake.element("turning-part").hidden = true;
  new Orbits(data);
  assert.equal(fake.element("turning-part").hidden, true);
});
