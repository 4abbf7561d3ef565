// The clock: what is open at an instant, and what the parts of the page show of it.

import assert from "node:assert/strict";
import {test} from "node:test";

import {eventBeside, eventsOf, holding, openWay, routeAt} from "../../sim/products/web_report/scripts/instant.js";
import {placeAt} from "../../sim/products/web_report/scripts/orbits.js";
import {solve} from "../../sim/products/web_report/scripts/windows.js";
import {fakeDocument} from "./fake_document.mjs";
import {pageData, settingsWith} from "./page_data.mjs";

const HOUR = 3600, DATA = pageData(), FOUND = solve(DATA, settingsWith());
const say = (t, data = DATA, found = FOUND) => routeAt(data, found, 0, t).text.replaceAll("\u00a0", " ");

const fake = fakeDocument(), {element, drawFrames} = fake;
element("data").textContent = JSON.stringify(DATA);
for (const id of ["words", "site"]) element(id).value = "";
await import("../../sim/products/web_report/scripts/main.js");

test("an interval holds its start and not its end", () => {
  assert.deepEqual([0, 1, 1.5, 2].map((t) => holding([[1, 2]], t)), [undefined, [1, 2], [1, 2], undefined]);
});

test("an open route names its way and the light time of all its links", () => {
  const data = {...DATA, hops: [DATA.hops[0], {...DATA.hops[1], light: [[0, 10 * HOUR, 500]]}]};
  assert.equal(say(2 * HOUR, data), "lander reaches station through relay, light time 2.50 s, until 05:00:00.");
  assert.deepEqual(openWay(data, FOUND, data.routes[0], 2 * HOUR),
    {names: ["lander", "relay", "station"], light: 2.5});
});

test("a light time that the page does not know is not said", () => {
  assert.equal(say(2 * HOUR), "lander reaches station through relay, until 05:00:00.");
});

test("every link counts at its own, earlier time", () => {
  const late = {...FOUND, hops: [FOUND.hops[0], [[0, 2 * HOUR - 1.5]]]};
  assert.equal(openWay(DATA, late, DATA.routes[0], 2 * HOUR).names.length, 3);
  assert.equal(openWay(DATA, late, DATA.routes[0], 2 * HOUR + 1), null);
});

test("a closed route names its closed links and why, and when it opens", () => {
  assert.equal(say(HOUR / 2), "closed, next open at 01:00:00, in 30.0 min; closed links: relay – station.");
  assert.equal(say(5.5 * HOUR),
    "closed, not open again in the span; closed links: relay – station (clear of the moon).");
  const masked = solve(DATA, settingsWith({masks: {station: 20}}));
  assert.match(say(1.5 * HOUR, DATA, masked), /closed, next open at .*relay – station \(elevation mask\)\.$/);
});

test("without an orbit nothing is known", () => {
  assert.equal(say(7 * HOUR), "not known: no orbit is defined to the end of the span.");
  assert.equal(routeAt(DATA, FOUND, 0, 7 * HOUR).open, null);
});

test("events are where windows begin and end inside the span", () => {
  const events = eventsOf(DATA, FOUND);
  assert.deepEqual(events.map(Math.round), [HOUR, 5 * HOUR]);
  assert.deepEqual([0, ...events].map((t) => eventBeside(DATA, events, t, 1)), [events[0], events[1], 10 * HOUR]);
  assert.deepEqual([10 * HOUR, events[1], events[0]].map((t) => eventBeside(DATA, events, t, -1)),
    [events[1], events[0], 0]);
});

test("a spacecraft stands between the points of its orbit, and nowhere outside their time", () => {
  const orbit = {from_s: 10, to_s: 30, xyz: [[0, 0, 0], [10, 0, 0], [10, 20, 0]]};
  assert.deepEqual([9, 10, 15, 25, 30, 31].map((t) => placeAt(orbit, t)),
    [null, [0, 0, 0], [5, 0, 0], [10, 10, 0], [10, 20, 0], null]);
});

test("the clock moves the timeline, the sky, the orbits and the table together", () => {
  const lit = () => ["chart", "sky", "turning"].map((id) => element(id).all(id === "chart" ? ".lit" : ".now").length);
  const current = () => element("rows").all(".current").length;
  element("event-after").fire("click");
  assert.equal(element("clock-time").textContent, "2026-03-01 01:00:00 UTC");
  assert.deepEqual([...lit(), current()], [3, 1, 1, 1]);
  element("event-after").fire("click");
  assert.deepEqual([...lit(), current()], [1, 0, 1, 0]);
  element("clock").value = "25200";
  element("clock").fire("input");
  assert.deepEqual(lit(), [1, 0, 0]);
  assert.match(element("clock-words").textContent, /home: not known/);
  element("chart").fire("click", {clientX: 0});
  assert.equal(element("clock-time").textContent, "2026-03-01 00:00:00 UTC");
});

test("play runs at its speed until the end, and the key pauses it", () => {
  element("speed").value = "3600";
  element("play").fire("click");
  const frame = (now) => globalThis.frame(now);
  globalThis.requestAnimationFrame = (draw) => { globalThis.frame = draw; };
  drawFrames(0);
  frame(1000);
  assert.equal(element("play").textContent, "Pause");
  const before = element("clock-time").textContent;
  frame(1500);
  assert.notEqual(element("clock-time").textContent, before);
  element("clock").fire("keydown", {key: " "});
  assert.equal(element("play").textContent, "Play");
  const paused = element("clock-time").textContent;
  frame(9000);
  assert.equal(element("clock-time").textContent, paused);
});
