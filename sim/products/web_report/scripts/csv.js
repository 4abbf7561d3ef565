// Passes as CSV and JSON, with the columns of the library's own tables, and as calendar entries.

import {duration, utc} from "./format.js";

const PASS_COLUMNS = ["site", "target", "aos_utc", "culmination_utc", "los_utc", "duration_s",
  "culmination_elevation_deg", "opened_by", "closed_by", "basis", "start_sigma_s", "end_sigma_s", "probability"];
const LONGEST_LINE = 73; // bytes of a line of iCalendar: RFC 5545 allows 75

// Text that a spreadsheet would take for a formula gets a quote in front, as in the library's tables.
function quoted(value) {
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function valuesOf(data, row) {
  return [
    row.site, row.target, utc(data, row.aos, 1), utc(data, row.top, 1), utc(data, row.los, 1),
    Number(row.duration.toFixed(1)), Number(row.elevation.toFixed(3)), row.opened, row.closed, row.basis,
    row.aosSigma ?? null, row.losSigma ?? null, row.probability ?? null,
  ];
}

export function passesCsv(data, rows) {
  const lines = rows.map((row) => valuesOf(data, row).map((value) => value ?? ""));
  return [PASS_COLUMNS, ...lines].map((line) => line.map(quoted).join(",") + "\n").join("");
}

export function passesJson(data, rows) {
  const named = rows.map((row) => Object.fromEntries(valuesOf(data, row).map((value, k) => [PASS_COLUMNS[k], value])));
  return `${JSON.stringify(named, null, 1)}\n`;
}

// Tab-separated, for the clipboard; a tab or a line feed in a name becomes a blank.
export function passesTabs(data, rows) {
  const cell = (value) => quoted(String(value ?? "").replace(/[\t\n\r]/g, " "));
  const lines = rows.map((row) => valuesOf(data, row).map(cell));
  return [PASS_COLUMNS, ...lines].map((line) => line.join("\t") + "\n").join("");
}

function escaped(text) {
  return text.replace(/[\\;,]/g, "\\$&").replace(/\r?\n|\r/g, "\\n");
}

// A line folded where it is too long, never inside a character.
function folded(line) {
  let text = "", used = 0;
  for (const sign of line) {
    const code = sign.codePointAt(0), bytes = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (used + bytes > LONGEST_LINE) { text += "\r\n "; used = 1; }
    text += sign;
    used += bytes;
  }
  return `${text}\r\n`;
}

// stamp: when the calendar was made, ISO 8601 UTC.
export function passesCalendar(data, rows, stamp) {
  const packed = (text) => text.slice(0, 19).replace(/[-:]/g, "") + "Z";
  const entries = rows.flatMap((row) => [
    "BEGIN:VEVENT", `UID:${packed(utc(data, row.aos))}-${encodeURIComponent(`${row.target}-${row.site}`)}@sim`,
    `DTSTAMP:${packed(stamp)}`, `DTSTART:${packed(utc(data, row.aos))}`, `DTEND:${packed(utc(data, row.los))}`,
    `SUMMARY:${escaped(`${row.target} – ${row.site}`)}`,
    "DESCRIPTION:" + escaped(`${duration(row.duration)}, highest ${row.elevation.toFixed(2)}° ` +
      `at ${utc(data, row.top)}; opened by ${row.opened}, closed by ${row.closed}; orbit ${row.basis}`),
    "END:VEVENT",
  ]);
  const head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//sim//web report//EN"];
  return [...head, ...entries, "END:VCALENDAR"].map(folded).join("");
}
