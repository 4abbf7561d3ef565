// The whole page on a document of its own: what a reader changes, and what follows.

import assert from "node:assert/strict";
import {test} from "node:test";

import {differs} from "../../sim/products/web_report/scripts/settings.js";
import {fakeDocument} from "./fake_document.mjs";
import {pageData, settingsWith} from "./page_data.mjs";

const fake = fakeDocument(), {element, drawFrames} = fake;
element("data").textContent = JSON.stringify(pageData());
for (const id of ["words", "site"]) element(id).value = "";
await import("../../sim/products/web_report/scripts/main.js");

const texts = (id, name) => element(id).all(name).map((each) => each.textContent.replaceAll("\u00a0", " "));
const [use, slider, number] = element("sites").all("input");

function type(value) {
  number.value = value;
  number.fire("input");
  drawFrames();
}

test("the page opens with the scenario's own windows", () => {
  assert.equal(element("title").textContent, "A relay");
  assert.deepEqual(texts("sentences", "li"), ["home (lander → relay → station; designed) is open 66.7 % of the 6.0 h " +
    "known: 4.0 h in 1 window, longest gap 60.0 min. Not counted: 4.0 h without a defined orbit."]);
  assert.equal(element("count").textContent, "1 pass");
  assert.deepEqual(texts("rows", "td"), ["station", "relay", "2026-03-01 01:00:00", "03:00:00", "05:00:00", "4.0 h",
    "30.00°", "clear of the moon", "clear of the moon", "designed", "12 s", "0.5 s", "0.99"]);
  assert.equal(element("sky").all(".track").length, 1);
  assert.match(element("sky-words").textContent, /^Sky over station, .*: 1 pass of relay\. Dots/);
  assert.match(element("origins").textContent, /a guess.*elevation \(0\.1 deg\)/);
  assert.equal(element("reset").disabled, true);
});

test("a mask that is moved moves all parts once a frame, and a reset brings all back", () => {
  type("20");
  assert.match(texts("sentences", "li")[0], /is open 2\d\.\d % .*With the scenario’s settings it is open 66\.7 %/);
  assert.equal(slider.value, 20);
  assert.deepEqual([7, 10, 12].map((column) => texts("rows", "td")[column]), ["elevation mask", "", ""]);
  assert.deepEqual([element("reset").disabled, element("own-key").hidden], [false, false]);
  type("95");
  assert.equal(element("count").textContent, "0 passes");
  assert.match(texts("sentences", "li")[0], /is never known to be open/);
  element("reset").fire("click");
  drawFrames();
  assert.equal(element("count").textContent, "1 pass");
  assert.equal(number.value, 0);
  assert.deepEqual([element("reset").disabled, element("own-key").hidden], [true, true]);
});

test("text that is no number changes nothing, and none below the lowest mask is taken", () => {
  type("");
  type("x");
  assert.equal(element("reset").disabled, true);
  type("-8");
  assert.equal(element("reset").disabled, true);
});

test("arrow keys move a mask by half a degree", () => {
  assert.equal(slider.fire("keydown", {key: "ArrowRight"}), true);
  assert.equal(slider.fire("keydown", {key: "a"}), false);
  drawFrames();
  assert.equal(slider.value, 0.5);
  element("reset").fire("click");
  drawFrames();
});

test("a site that is switched off closes its links", () => {
  use.checked = false;
  use.fire("change");
  drawFrames();
  assert.equal(element("count").textContent, "0 passes");
  assert.equal(texts("sentences", "li")[0].includes("is never open."), true);
  assert.match(element("sky-words").textContent, /: 0 passes\. Dots/);
  assert.equal(element("sky-key").textContent, "");
  element("reset").fire("click");
  drawFrames();
  assert.equal(use.checked, true);
});

test("the shortest window is typed in minutes", () => {
  element("least-number").value = "241";
  element("least-number").fire("input");
  drawFrames();
  assert.equal(element("least").value, 241);
  assert.equal(element("count").textContent, "0 passes");
  element("reset").fire("click");
  drawFrames();
  assert.equal(element("least-number").value, 0);
});

test("the sky shows the passes of the timeline's view", () => {
  const chart = element("chart"), tracks = () => element("sky").all(".track").length;
  for (const [key, count] of [["+", 1], ["+", 1], ["PageDown", 0], ["0", 1]]) {
    chart.fire("keydown", {key});
    assert.equal(tracks(), count, element("view").textContent);
  }
});

test("an AOS plots its pass, which can be closed", () => {
  element("rows").all("button")[0].fire("click");
  assert.match(element("words-of-pass").textContent, /^relay – station/);
  assert.equal(element("pass").hidden, false);
  element("close").fire("click");
  assert.equal(element("pass").hidden, true);
});

test("a heading sorts up, then down; paper shows all rows", () => {
  const [, target] = element("columns").all("th");
  for (const direction of ["ascending", "descending", "ascending"]) {
    target.all("button")[0].fire("click");
    assert.equal(target.getAttribute("aria-sort"), direction);
  }
  fake.page.fire("beforeprint");
  fake.page.fire("afterprint");
  assert.equal(element("more").hidden, true);
});

test("settings differ by mask, site or shortest window", () => {
  const data = pageData();
  assert.deepEqual([{}, {least: 1}, {masks: {station: 1}}, {off: new Set(["station"])}]
    .map((change) => differs(data, settingsWith(change))), [false, true, true, true]);
});
