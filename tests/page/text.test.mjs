// Times, durations, sentences and CSV.

import assert from "node:assert/strict";
import {test} from "node:test";

import {passesCsv} from "../../sim/products/web_report/scripts/csv.js";
import {clipped, counted, deviation, duration, grouped, pathText, percent, shortCause, ticks, utc, utcAfter}
  from "../../sim/products/web_report/scripts/format.js";
import {cellText, sortedRows} from "../../sim/products/web_report/scripts/pass_table.js";
import {routeText, spanText} from "../../sim/products/web_report/scripts/summary.js";

const NEW_YEAR = {start_utc: "2016-12-31T12:00:00Z", leaps: [12 * 3600 + 1]};
const plain = (text) => text.replaceAll("\u00a0", " ");

test("UTC counts a leap second once", () => {
  assert.deepEqual([0, 43199, 43200, 43201, 43202].map((t) => utc(NEW_YEAR, t).slice(11)),
    ["12:00:00Z", "23:59:59Z", "00:00:00Z", "00:00:00Z", "00:00:01Z"]);
  assert.equal(utc(NEW_YEAR, 1.26, 1), "2016-12-31T12:00:01.3Z");
  assert.equal(utc(NEW_YEAR, 0.9996), "2016-12-31T12:00:01Z");
});

test("a time is written as short as the other one allows", () => {
  assert.deepEqual([60, 86400, 400 * 86400].map((t) => utcAfter(NEW_YEAR, 0, t)),
    ["12:01:00", "2017-01-01 11:59:59", "2018-02-04 11:59:59"]);
  assert.equal(utcAfter({...NEW_YEAR, start_utc: "2016-06-01T00:00:00Z", leaps: []}, 0, 86400), "06-02 00:00:00");
});

test("durations, counts and shares read as a person writes them", () => {
  assert.deepEqual([0, 0.25, 9.4, 78, 120, 7199, 7200, 3 * 86400, 1e9].map(duration).map(plain),
    ["0 s", "0.25 s", "9.4 s", "78 s", "2.0 min", "120.0 min", "2.0 h", "3.0 d", "11,574.1 d"]);
  assert.deepEqual([null, 0.0123, 42, 300].map(deviation).map(plain), ["", "0.012 s", "42 s", "5.0 min"]);
  assert.deepEqual([counted(1, "pass", "passes"), counted(1200, "row"), grouped(1234567.25, 1), plain(percent(0.1234))],
    ["1 pass", "1,200 rows", "1,234,567.3", "12.3 %"]);
  assert.equal(clipped("a long name", 6), "a lon…");
  assert.equal(pathText({path: [["lander"], ["a", "b"]]}), "lander → a | b");
});

test("a cause leaves out the names of its row", () => {
  const row = {site: "kourou", target: "lro"};
  assert.equal(shortCause("lro – kourou clear of the moon", row), "clear of the moon");
  const long = "separation of lro from the sun seen from kourou > 5 deg";
  assert.equal(shortCause(long, row), "separation from the sun > 5 deg");
});

test("ticks stand at round times, few enough, and midnights show their date", () => {
  const data = {start_utc: "2026-03-01T10:20:00Z", leaps: []};
  const found = ticks(data, 0, 86400, 10);
  assert.ok(found.length <= 10 && found.length >= 5);
  assert.deepEqual(found.slice(0, 5).map(([, text]) => text), ["12:00", "15:00", "18:00", "21:00", "03-02"]);
  assert.equal(found[0][0], 6000);
  assert.ok(ticks(data, 0, 200 * 365.25 * 86400, 10).length <= 10);
  assert.deepEqual(ticks(data, 0, 3, 5).map(([, text]) => text), ["10:20:00", "10:20:01", "10:20:02", "10:20:03"]);
});

test("a route's sentence tells open, closed and unknown time apart", () => {
  const sums = {open: 3600, known: 86400, gap: 7200, count: 1, share: 1 / 24};
  assert.equal(plain(routeText(sums, 86400)), "is open 4.2 % of the time: 60.0 min in 1 window, longest gap 2.0 h.");
  assert.match(plain(routeText({...sums, gap: 0}, 86400)), /no gap\.$/);
  const half = plain(routeText(sums, 2 * 86400));
  assert.match(half, /of the 24\.0 h known: .* Not counted: 24\.0 h without a defined orbit\.$/);
  assert.equal(routeText({...sums, open: 0, count: 0}, 86400), "is never open.");
  assert.match(routeText({...sums, open: 0, count: 0}, 2 * 86400), /^is never known to be open\./);
  assert.equal(routeText({open: 0, known: 0, gap: 0, count: 0, share: NaN}, 86400),
    "is not known at any time: no orbit is defined.");
});

test("the heading tells days and light time", () => {
  const data = {start_utc: "2026-03-01T00:00:00Z", leaps: [], duration_s: 86400, light: false};
  assert.match(spanText(data), /^2026-03-01 00:00:00 to 2026-03-02 00:00:00 UTC \(1 day\)\. .*instantaneous\.$/);
  const long = spanText({...data, duration_s: 52.8153 * 86400, light: true});
  assert.match(long, /\(52\.82 days\)\. .*aberration are included\.$/);
});

test("rows are sorted by any column, those without a value last", () => {
  const rows = [{aos: 1, losSigma: null}, {aos: 2, losSigma: 5}, {aos: 3, losSigma: 1}, {aos: 0, losSigma: 1}];
  const order = (down) => sortedRows(rows, "losSigma", down).map(({aos}) => aos);
  assert.deepEqual([order(false), order(true)], [[0, 3, 2, 1], [2, 0, 3, 1]]);
  assert.equal(rows[0].aos, 1);
});

test("cells show times and numbers as their column says", () => {
  const row = {aos: 0, los: 7200, duration: 7200};
  assert.equal(cellText(NEW_YEAR, row, {key: "aos", time: true}), "2016-12-31 12:00:00");
  assert.equal(cellText(NEW_YEAR, row, {key: "los", time: true}), "14:00:00");
  assert.equal(plain(cellText(NEW_YEAR, row, {key: "duration", show: duration})), "2.0 h");
});

test("CSV quotes what a reader would take apart or compute", () => {
  const row = {site: "=1+1", target: 'a "b", c', aos: 0, top: 1, los: 2, duration: 2, elevation: 12.34567, opened: "-x",
    closed: "y", basis: "designed", aosSigma: null, losSigma: 0.5, probability: null};
  const [head, line] = passesCsv(NEW_YEAR, [row]).split("\n");
  assert.equal(head.split(",").length, 13);
  const times = [0, 1, 2].map((second) => `2016-12-31T12:00:0${second}.0Z`).join(",");
  assert.equal(line, `'=1+1,"a ""b"", c",${times},2,` + "12.346,'-x,y,designed,,0.5,");
});
