// Passes: the windows of a link as seen from its site, with culmination and what opens and closes them.

import {chebyshev, indexAt, valueOf} from "./chebyshev.js";
import {SLIVER} from "./intervals.js";

const SAME_EDGE_S = 1; // the accuracy that the page states for an edge

// Elevation (deg) from pieces of its sine.
export function elevationAt(data, pieces, t) {
  const sine = data.sine_unit * valueOf(pieces, t);
  return Math.asin(Math.min(1, Math.max(-1, sine))) * 180 / Math.PI;
}

// Time and elevation (deg) of the highest point of a window: one of its ends, or an end of a monotonic piece inside.
export function culmination(data, pieces, [start, end]) {
  let best = [start, valueOf(pieces, start)];
  const consider = (t, value) => { if (value > best[1]) best = [t, value]; };
  for (let index = indexAt(pieces, start); index < pieces.length && pieces[index][1] < end; index++) {
    consider(pieces[index][1], chebyshev(pieces[index], 1));
  }
  consider(end, valueOf(pieces, end));
  return [best[0], elevationAt(data, pieces, best[0])];
}

// What makes an edge: the span, a mask, or another limit of the link.
function edgeCause(data, link, t) {
  if (t <= SLIVER) return "span start";
  if (t >= data.duration_s - SLIVER) return "span end";
  for (let k = 0; k < link.low.length; k++) {
    for (const side of [0, 1]) if (Math.abs(t - link.low[k][side]) < SLIVER) return data.causes[link.causes[k][side]];
  }
  return "elevation mask";
}

// The passes of one link, in order of time. Deviations and probabilities belong to the scenario's own windows: a pass
// has them at those edges that the reader's settings leave where they were.
export function passesOf(data, index, windows) {
  const link = data.hops[index];
  if (!link.elevations.length) return [];
  const {site, pieces} = link.elevations[0], same = (a, b) => Math.abs(a - b) < SAME_EDGE_S;
  const target = link.ends[0] === site ? link.ends[1] : link.ends[0];
  let at = 0;
  return windows.map((window) => {
    const [aos, los] = window, [top, elevation] = culmination(data, pieces, window);
    while (at < link.sure.length && link.sure[at][1] <= aos) at++; // both are in order
    const [start, end, aosSigma, losSigma, probability] = link.sure[at] || [NaN, NaN];
    const first = same(start, aos), last = same(end, los);
    return {
      site, target, aos, top, los, duration: los - aos, elevation, basis: link.basis, hop: index,
      opened: edgeCause(data, link, aos), closed: edgeCause(data, link, los),
      aosSigma: first ? aosSigma : null, losSigma: last ? losSigma : null,
      probability: first && last ? probability : null,
    };
  });
}
