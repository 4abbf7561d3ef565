// One pass as elevation over time, with its mask. Only time in which no other limit closes the link is plotted.

import {byId, drawn} from "./dom.js";
import {duration, linkName, ticks, utcAfter, utcShort} from "./format.js";
import {SLIVER} from "./intervals.js";
import {culmination, elevationAt} from "./passes.js";

const PLOT_WIDTH = 640, PLOT_HEIGHT = 220, PLOT_LEFT = 40, PLOT_RIGHT = 630, PLOT_TOP = 12, PLOT_BOTTOM = 192;
const CURVE_STEPS = 120, GRID_DEG = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30];

// The time around a pass that is plotted: 15 % more on each side, as far as no other limit cuts it.
export function plottedTime(link, [start, end]) {
  const inside = (window) => window[0] <= start + SLIVER && window[1] >= end - SLIVER;
  const [from, to] = link.low.find(inside) || [start, end], margin = 0.15 * (end - start);
  return [Math.max(from, start - margin), Math.min(to, end + margin)];
}

// Elevations at the bottom and top of a plot, and those of its grid lines (deg).
export function elevationScale(values) {
  const floor = Math.min(0, ...values), roof = Math.min(90, Math.max(floor + 1, ...values) * 1.08 + 0.2);
  const step = GRID_DEG.find((each) => (roof - floor) / each <= 5) || 30, first = Math.ceil(floor / step);
  const count = Math.floor(roof / step) - first + 1;
  const lines = Array.from({length: count}, (_, k) => Number(((first + k) * step).toFixed(1)));
  return {floor, roof, lines};
}

function gridLines(data, x, y, [first, last], lines) {
  const levels = lines.flatMap((degrees) => [
    drawn("line", {class: "grid", x1: PLOT_LEFT, x2: PLOT_RIGHT, y1: y(degrees), y2: y(degrees)}),
    drawn("text", {class: "tick end", x: PLOT_LEFT - 5, y: y(degrees) + 4}, `${degrees}°`.replace("-", "−"))]);
  const times = ticks(data, first, last, 6).flatMap(([t, text]) => [
    drawn("line", {class: "grid", x1: x(t), x2: x(t), y1: PLOT_TOP, y2: PLOT_BOTTOM}),
    drawn("text", {class: "tick", x: Math.min(x(t), PLOT_WIDTH - 24), y: PLOT_HEIGHT - 10}, text)]);
  return [...levels, ...times];
}

export function plotPass(data, settings, index, [start, end]) {
  const link = data.hops[index];
  if (!link.elevations.length) return;
  const {site, pieces} = link.elevations[0], mask = settings.masks[site];
  const [first, last] = plottedTime(link, [start, end]), [top, highest] = culmination(data, pieces, [start, end]);
  const outer = [first, last].map((t) => elevationAt(data, pieces, t));
  const {floor, roof, lines} = elevationScale([mask, highest, ...outer]);
  const x = (t) => PLOT_LEFT + (t - first) / (last - first) * (PLOT_RIGHT - PLOT_LEFT);
  const y = (degrees) => PLOT_BOTTOM - (degrees - floor) / (roof - floor) * (PLOT_BOTTOM - PLOT_TOP);
  const curve = (a, b) => Array.from({length: CURVE_STEPS + 1}, (_, k) => a + (b - a) * k / CURVE_STEPS)
    .map((t) => `${x(t).toFixed(1)},${y(elevationAt(data, pieces, t)).toFixed(1)}`).join(" ");
  const svg = byId("profile");
  svg.setAttribute("viewBox", `0 0 ${PLOT_WIDTH} ${PLOT_HEIGHT}`);
  svg.replaceChildren(...gridLines(data, x, y, [first, last], lines),
    drawn("line", {class: "mask", x1: PLOT_LEFT, x2: PLOT_RIGHT, y1: y(mask), y2: y(mask)}),
    drawn("polyline", {class: "outside", points: curve(first, last)}),
    drawn("polyline", {class: "inside", points: curve(start, end)}),
    drawn("circle", {class: "top", cx: x(top), cy: y(highest), r: 4}));
  const text = `${linkName(link)}: ${utcShort(data, start)} to ${utcAfter(data, start, end)} UTC, ` +
    `${duration(end - start)}; highest ${highest.toFixed(2)}° above ${site} at ${utcAfter(data, start, top)}; ` +
    `elevation mask ${Number(mask.toFixed(2))}° (dashed)`;
  svg.setAttribute("aria-label", text);
  byId("words-of-pass").textContent = text;
  byId("pass").hidden = false;
  byId("pass").scrollIntoView({block: "nearest"});
}
