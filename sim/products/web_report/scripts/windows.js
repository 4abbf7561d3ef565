// Windows of links and routes under the reader's settings: {masks: {site: deg}, off: Set of sites, least: s}.

import {above, valueOf} from "./chebyshev.js";
import {SLIVER, intersect, minus, totalLength, union} from "./intervals.js";

// Arrival at a link's receiver of light that leaves its transmitter at t; iterated to convergence.
function arrival(link, t, unit) {
  if (!link.light || !link.light.length) return t;
  let later = t;
  for (let k = 0; k < 3; k++) later = t + unit * valueOf(link.light, later);
  return later;
}

// Times at which light gets through every link of a way, as seen at its last receiver.
function throughAll(data, way, open) {
  return way.slice(1).reduce((found, index) => {
    const moved = found.map((window) => window.map((t) => arrival(data.hops[index], t, data.light_unit_s)));
    return intersect(moved, open[index]);
  }, open[way[0]]);
}

// The windows of one link above the masks of its sites; none if one of its sites is switched off.
function linkWindows(data, link, settings) {
  if (link.elevations.some(({site}) => settings.off.has(site))) return [];
  const level = (site) => Math.sin(settings.masks[site] * Math.PI / 180) / data.sine_unit;
  return link.elevations.reduce((open, {site, pieces}) => intersect(open, above(pieces, level(site))), link.low);
}

// Windows and unknown time of every link and route: {hops, routes, unknown: {hops, routes}}, each a list of intervals.
// What is certainly open and what may be open are found separately: where they differ, no orbit is defined.
export function solve(data, settings) {
  const certain = data.hops.map((link) => linkWindows(data, link, settings));
  const off = (link) => link.elevations.some(({site}) => settings.off.has(site));
  const possible = data.hops.map((link, index) => (off(link) ? [] : union([certain[index], link.unknown])));
  const [certainRoutes, possibleRoutes] = [certain, possible].map((open) =>
    data.routes.map((route) => union(route.ways.map((way) => throughAll(data, way, open)))));
  const links = knownWindows(data, certain, possible, settings.least);
  const routes = knownWindows(data, certainRoutes, possibleRoutes, settings.least);
  return {hops: links.windows, routes: routes.windows, unknown: {hops: links.unknown, routes: routes.unknown}};
}

// Windows in the span that last long enough, and unknown time: a short window next to it may be part of a long one.
function knownWindows(data, certain, possible, least) {
  const whole = [[0, data.duration_s]], windows = [], unknown = [];
  certain.forEach((intervals, index) => {
    const open = intersect(intervals, whole), gaps = minus(intersect(possible[index], whole), open);
    const touches = (gap, [start, end]) => Math.abs(gap[1] - start) < SLIVER || Math.abs(gap[0] - end) < SLIVER;
    const short = open.filter(([start, end]) => end - start < least);
    windows.push(open.filter(([start, end]) => end - start >= least));
    unknown.push(union([gaps, short.filter((window) => gaps.some((gap) => touches(gap, window)))]));
  });
  return {windows, unknown};
}

// Open time, longest gap, number of windows and share of the known time (s).
export function totals(windows, unknown, duration) {
  const open = totalLength(windows), known = duration - totalLength(unknown);
  const gaps = minus([[0, duration]], union([windows, unknown]));
  const gap = Math.max(0, ...gaps.map(([start, end]) => end - start));
  return {open, known, gap, count: windows.length, share: open / known};
}
