"use strict";

// From margins to windows. Intervals are [start, end] pairs in seconds after the span's start, in order and disjoint.
// Everything here is arithmetic on the page's data: no document is touched.

const SLIVER = 0.002; // s: times in the page are rounded to a millisecond

function chebyshev(piece, x) {
  let last = 0, before = 0;
  for (let k = piece.length - 1; k > 2; k--) [last, before] = [2 * x * last - before + piece[k], last];
  return x * last - before + piece[2];
}

function valueAt(piece, t) {
  return chebyshev(piece, (2 * t - piece[0] - piece[1]) / (piece[1] - piece[0]));
}

// The piece of a list that holds t, or the nearest one.
function pieceAt(pieces, t) {
  let low = 0, high = pieces.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (pieces[middle][0] <= t) low = middle; else high = middle - 1;
  }
  return pieces[low];
}

function valueOf(pieces, t) {
  const piece = pieceAt(pieces, t);
  return valueAt(piece, Math.min(Math.max(t, piece[0]), piece[1]));
}

// Where pieces that only grow or only fall are above a level: one root a piece, by bisection.
function above(pieces, level) {
  const found = [];
  for (const piece of pieces) {
    const rises = chebyshev(piece, 1) > level, falls = chebyshev(piece, -1) > level;
    if (!rises && !falls) continue;
    let [start, end] = piece;
    if (rises !== falls) {
      let low = -1, high = 1;
      for (let k = 0; k < 50; k++) {
        const middle = (low + high) / 2;
        if ((chebyshev(piece, middle) > level) === rises) high = middle; else low = middle;
      }
      const root = start + (end - start) * (low + 1) / 2;
      if (rises) start = root; else end = root;
    }
    found.push([start, end]);
  }
  return union([found]);
}

function intersect(first, second) {
  const found = [];
  for (let i = 0, j = 0; i < first.length && j < second.length;) {
    const start = Math.max(first[i][0], second[j][0]), end = Math.min(first[i][1], second[j][1]);
    if (end - start > SLIVER) found.push([start, end]);
    if (first[i][1] < second[j][1]) i++; else j++;
  }
  return found;
}

// Intervals of all sets together; gaps of a rounding's size are closed.
function union(sets) {
  const all = sets.flat().sort((a, b) => a[0] - b[0]), found = [];
  for (const [start, end] of all) {
    const last = found[found.length - 1];
    if (last && start <= last[1] + SLIVER) last[1] = Math.max(last[1], end); else found.push([start, end]);
  }
  return found.filter(([start, end]) => end - start > SLIVER);
}

// When light that leaves a hop's first end at t arrives at its second.
function arrival(hop, t, unit) {
  if (!hop.light || !hop.light.length) return t;
  let later = t;
  for (let k = 0; k < 3; k++) later = t + unit * valueOf(hop.light, later);
  return later;
}

// What of some intervals lies in none of others.
function minus(first, second) {
  const found = [];
  for (const [start, end] of first) {
    let from = start;
    for (const [opens, closes] of second) {
      if (closes <= from || opens >= end) continue;
      if (opens - from > SLIVER) found.push([from, opens]);
      from = Math.max(from, closes);
    }
    if (end - from > SLIVER) found.push([from, end]);
  }
  return found;
}

// When light that passes a way's first hop in some windows gets through all others, which are open in theirs.
function throughAll(data, way, open) {
  return way.slice(1).reduce((found, index) => {
    const moved = found.map((window) => window.map((t) => arrival(data.hops[index], t, data.light_unit_s)));
    return intersect(moved, open[index]);
  }, open[way[0]]);
}

// The windows of every hop and route under some settings: {masks: {site: deg}, off: Set of sites, least: s}; and when
// nobody knows, since no orbit is known. What surely is open and what may be open are found each alone.
function solve(data, settings) {
  const off = data.hops.map((hop) => hop.elevations.some(({site}) => settings.off.has(site)));
  const sure = data.hops.map((hop, index) => (off[index] ? [] : hop.elevations.reduce(
    (open, {site, pieces}) =>
      intersect(open, above(pieces, Math.sin(settings.masks[site] * Math.PI / 180) / data.sine_unit)),
    hop.low)));
  const possible = data.hops.map((hop, index) => (off[index] || !hop.unknown.length ? sure[index] : union([sure[index], hop.unknown])));
  const routes = [sure, possible].map((open) => data.routes.map((route) => union(route.ways.map((way) => throughAll(data, way, open)))));
  const hops = knownWindows(data, sure, possible, settings.least), ways = knownWindows(data, ...routes, settings.least);
  return {hops: hops.windows, routes: ways.windows, unknown: {hops: hops.unknown, routes: ways.unknown}};
}

// Windows in the span that last so long, and when nobody knows: a short one that unknown time cuts may be a long one.
function knownWindows(data, sure, possible, least) {
  const whole = [[0, data.duration_s]], windows = [], unknown = [];
  sure.forEach((bounds, index) => {
    const open = intersect(bounds, whole), gaps = minus(intersect(possible[index], whole), open);
    const cut = ([start, end]) => gaps.some((gap) => Math.abs(gap[1] - start) < SLIVER || Math.abs(gap[0] - end) < SLIVER);
    windows.push(open.filter(([start, end]) => end - start >= least));
    unknown.push(union([gaps, open.filter((window) => window[1] - window[0] < least && cut(window))]));
  });
  return {windows, unknown};
}

// Elevation (deg) of a hop at one of its sites.
function elevationAt(data, pieces, t) {
  const sine = data.sine_unit * valueOf(pieces, t);
  return Math.asin(Math.min(1, Math.max(-1, sine))) * 180 / Math.PI;
}

// Time and elevation (deg) where a target stands highest in a window: at its ends, or between two pieces.
function culmination(data, pieces, [start, end]) {
  let best = [start, valueOf(pieces, start)];
  const consider = (t, value) => { if (value > best[1]) best = [t, value]; };
  let index = pieces.indexOf(pieceAt(pieces, start));
  for (; index < pieces.length && pieces[index][1] < end; index++) consider(pieces[index][1], chebyshev(pieces[index], 1));
  consider(end, valueOf(pieces, end));
  return [best[0], elevationAt(data, pieces, best[0])];
}

// What made an edge: the span, a mask, or something else that limits the hop.
function edgeCause(data, hop, t) {
  if (t <= SLIVER) return "span start";
  if (t >= data.duration_s - SLIVER) return "span end";
  for (let k = 0; k < hop.low.length; k++) {
    for (const side of [0, 1]) if (Math.abs(t - hop.low[k][side]) < SLIVER) return data.causes[hop.causes[k][side]];
  }
  return "least elevation";
}

// Of the time in which it is known: how long open, the longest gap, how many windows, the share.
function totals(windows, unknown, duration) {
  const length = (bounds) => bounds.reduce((sum, [start, end]) => sum + end - start, 0);
  const open = length(windows), known = duration - length(unknown);
  const gaps = minus([[0, duration]], union([windows, unknown]));
  return {open, known, gap: Math.max(0, ...gaps.map(([start, end]) => end - start)), count: windows.length, share: open / known};
}
