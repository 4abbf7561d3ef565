// The table of passes: filters, files, and the state of the page in its address.

import assert from "node:assert/strict";
import {test} from "node:test";

import {passesCalendar, passesCsv, passesJson, passesTabs} from "../../sim/products/web_report/scripts/csv.js";
import {readState, stateText} from "../../sim/products/web_report/scripts/page_state.js";
import {NO_FILTER, filtered, localText} from "../../sim/products/web_report/scripts/pass_filter.js";
import {passesOf} from "../../sim/products/web_report/scripts/passes.js";
import {fakeDocument} from "./fake_document.mjs";
import {pageData, settingsWith} from "./page_data.mjs";

process.env.TZ = "Asia/Kolkata";
const HOUR = 3600, DATA = pageData();
const ROWS = passesOf(DATA, 0, [[HOUR, 2 * HOUR], [2.5 * HOUR, 5 * HOUR]]);
const kept = (change) => filtered(DATA, ROWS, {...NO_FILTER, ...change}).map(({aos}) => aos / HOUR);
const FIRST = {settings: settingsWith(), t: 0, view: {start: 0, end: 10 * HOUR}, filter: NO_FILTER,
  sort: {key: "aos", down: false}, hidden: new Set(["aosLocal"]), theme: ""};

const fake = fakeDocument(), {element, drawFrames} = fake;
element("data").textContent = JSON.stringify(DATA);
element("words").value = "";
globalThis.location.hash = "#t=7200&mask.station=20&theme=dark&hidden=basis&words=relay";
await import("../../sim/products/web_report/scripts/main.js");

test("passes are filtered by words, names, time, length and elevation", () => {
  const filters = [{}, {words: "relay MOON"}, {words: "mars"}, {site: "station"}, {site: "x"}, {target: "x"}];
  assert.deepEqual(filters.map(kept), [[1, 2.5], [1, 2.5], [], [1, 2.5], [], []]);
  assert.deepEqual([{from: "2026-03-01T02:00"}, {to: "2026-03-01T02:29"}, {minutes: "61"}, {degrees: "16"}].map(kept),
    [[2.5], [1], [2.5], [2.5]]);
});

test("a local time says its offset", () => {
  assert.equal(localText(DATA, 0), "2026-03-01 05:30:00 +05:30");
});

test("JSON and the clipboard have the columns and values of the CSV", () => {
  const [head, first] = passesCsv(DATA, ROWS).trim().split("\n").map((line) => line.split(","));
  const [named] = JSON.parse(passesJson(DATA, ROWS));
  assert.deepEqual(Object.keys(named), head);
  assert.deepEqual(Object.values(named).map((value) => String(value ?? "")), first);
  assert.equal(named.probability, null);
  assert.deepEqual(passesTabs(DATA, ROWS).split("\n")[1].split("\t"), first);
  assert.match(passesTabs(DATA, [{...ROWS[0], site: "=a\tb"}]), /\n'=a b\t/);
});

test("a calendar has one entry a pass, escaped, and folded inside no character", () => {
  const rows = [{...ROWS[0], target: "鹊桥,".repeat(20)}, ROWS[1]];
  const text = passesCalendar(DATA, rows, "2026-01-02T03:04:05.678Z"), bytes = new TextEncoder();
  assert.equal(text.match(/BEGIN:VEVENT/g).length, 2);
  assert.match(text, /DTSTART:20260301T010000Z\r\nDTEND:20260301T020000Z\r\n/);
  assert.match(text, /DTSTAMP:20260102T030405Z/);
  assert.ok(text.split("\r\n").every((line) => bytes.encode(line).length <= 75));
  assert.ok(text.replaceAll("\r\n ", "").includes("SUMMARY:" + "鹊桥\\,".repeat(20) + " – station"));
});

test("the state goes into the address and comes back", () => {
  assert.equal(stateText(FIRST, FIRST), "");
  const state = {settings: {masks: {station: 12.5}, off: new Set(["station"]), least: 60}, t: 7200,
    view: {start: 3600, end: 7200}, filter: {...NO_FILTER, words: "a&b=c#", degrees: "5"},
    sort: {key: "site", down: true}, hidden: ["basis"], theme: "dark"};
  assert.deepEqual(readState(DATA, FIRST, `#${stateText(FIRST, {...state, hidden: new Set(["basis"])})}`), state);
});

test("an address cannot ask for what the page does not have", () => {
  const bad = "#mask.station=1e99&mask.__proto__=3&off=moon&least=-5&t=NaN&view=9,1&theme=x&degrees=abc&words=";
  const read = readState(DATA, FIRST, bad + "w".repeat(5000));
  assert.equal(read.filter.words.length, 200);
  assert.deepEqual({...read, filter: null, hidden: null},
    {...FIRST, settings: settingsWith({masks: {station: 90}}), filter: null, hidden: null});
  assert.deepEqual(readState(DATA, FIRST, "#t=5&words=" + "w".repeat(20000)).t, 0);
});

test("the page opens as its address says, and changes it", () => {
  assert.equal(element("clock-time").textContent, "2026-03-01 02:00:00 UTC");
  assert.equal(element("root").getAttribute("data-theme"), "dark");
  assert.equal(element("pass-words").value, "relay");
  assert.equal(element("columns").textContent.includes("Basis"), false);
  assert.equal(element("reset").disabled, false);
  element("clear").fire("click");
  drawFrames();
  assert.equal(globalThis.location.hash, "#mask.station=20&t=7200&hidden=basis&theme=dark");
});

test("a filter and a column box change the table", () => {
  element("pass-words").value = "mars";
  element("pass-words").fire("input");
  assert.equal(element("count").textContent, "0 passes");
  element("clear").fire("click");
  assert.equal(element("count").textContent, "1 pass");
  const box = element("which-columns").all("input")[13];
  box.checked = true;
  box.fire("change");
  assert.match(element("rows").textContent, /\+05:30/);
});
