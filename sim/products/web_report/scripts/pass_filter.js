// Which passes are listed: {words, site, target, from, to, minutes, degrees}, each empty if it does not matter.

import {utc} from "./format.js";

export const NO_FILTER = {words: "", site: "", target: "", from: "", to: "", minutes: "", degrees: ""};

// Rows that match a filter; from and to are UTC as `2026-03-01T12:00`, and a pass that overlaps them is listed.
export function filtered(data, rows, filter) {
  const {site, target} = filter, words = filter.words.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const [from, to] = [filter.from, filter.to].map((text) => Date.parse(`${text}Z`));
  const shortest = 60 * Number(filter.minutes || 0);
  const lowest = filter.degrees === "" ? -Infinity : Number(filter.degrees);
  const after = (t, limit) => Date.parse(utc(data, t, 3)) > limit;
  return rows.filter((row) => {
    if (site && row.site !== site || target && row.target !== target) return false;
    if (row.duration < shortest || row.elevation < lowest) return false;
    if (!Number.isNaN(from) && !after(row.los, from) || !Number.isNaN(to) && after(row.aos, to)) return false;
    if (!words.length) return true;
    const text = [row.site, row.target, row.basis, row.opened, row.closed, utc(data, row.aos), utc(data, row.los)]
      .join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

// A time on the reader's own clock, with its offset from UTC: `2026-03-01 14:00:00 +02:00`.
export function localText(data, t) {
  const clock = new Date(Date.parse(utc(data, t))), offset = -clock.getTimezoneOffset();
  const two = (value) => String(Math.floor(value)).padStart(2, "0"), away = Math.abs(offset);
  const there = new Date(clock.getTime() + offset * 60000).toISOString().slice(0, 19).replace("T", " ");
  return `${there} ${offset < 0 ? "−" : "+"}${two(away / 60)}:${two(away % 60)}`;
}
