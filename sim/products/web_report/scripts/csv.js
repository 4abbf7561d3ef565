// Passes as CSV, with the columns of the library's own tables.

import {utc} from "./format.js";

const CSV_HEAD = ["site", "target", "aos_utc", "culmination_utc", "los_utc", "duration_s", "culmination_elevation_deg",
  "opened_by", "closed_by", "basis", "start_sigma_s", "end_sigma_s", "probability"];

// Text that a spreadsheet would take for a formula gets a quote in front, as in the library's tables.
function quoted(value) {
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function passesCsv(data, rows) {
  const lines = rows.map((row) => [
    row.site, row.target, utc(data, row.aos, 1), utc(data, row.top, 1), utc(data, row.los, 1),
    Number(row.duration.toFixed(1)), Number(row.elevation.toFixed(3)), row.opened, row.closed, row.basis,
    row.aosSigma ?? "", row.losSigma ?? "", row.probability ?? "",
  ]);
  return [CSV_HEAD, ...lines].map((line) => line.map(quoted).join(",") + "\n").join("");
}
