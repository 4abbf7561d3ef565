// What is open at one instant, through what, how long, and what happens next.

import {valueOf} from "./chebyshev.js";
import {duration, linkName, shortCause, utcAfter} from "./format.js";
import {SLIVER} from "./intervals.js";

// The interval that holds t; undefined if none does.
export function holding(intervals, t) {
  return intervals.find(([start, end]) => start <= t && t < end);
}

// Start of the next interval after t; undefined if there is none.
function nextStart(intervals, t) {
  return intervals.find(([start]) => start > t)?.[0];
}

// Light time (s) of a link at a time of its receiver: 0 where light is instantaneous, null where it is not known.
function lightTime(data, link, t) {
  if (!data.light) return 0;
  if (link.light && link.light.length) return data.light_unit_s * valueOf(link.light, t);
  const index = link.delays ? link.low.findIndex(([start, end]) => start - SLIVER <= t && t <= end + SLIVER) : -1;
  if (index < 0) return null;
  const [start, end] = link.low[index], [first, middle, last] = link.delays[index], x = (t - start) / (end - start);
  return data.light_unit_s * (first + 4 * middle * x * (1 - x) + last * x * (2 * x - 1));
}

// The way of a route that is open at t of its last receiver: {names, light} (s, null if not known); null if none is.
export function openWay(data, found, route, t) {
  for (const way of route.ways) {
    let at = t, light = 0, open = true;
    for (const index of [...way].reverse()) {
      const link = data.hops[index], delay = lightTime(data, link, at), near = Math.max(at, 0);
      const inside = ([start, end]) => start - SLIVER <= near && near <= end + SLIVER;
      if (!found.hops[index].some(inside)) { open = false; break; }
      light = light === null || delay === null ? null : light + delay;
      at -= delay || 0;
    }
    if (open) return {names: [data.hops[way[0]].ends[0], ...way.map((index) => data.hops[index].ends[1])], light};
  }
  return null;
}

// Why a link is closed at t: the cause that ended the last time that all limits but the masks allow; a mask inside it.
function closedBy(data, link, found, index, t) {
  if (holding(found.unknown.hops[index], t)) return "no orbit defined";
  if (holding(link.low, t)) return "elevation mask";
  const before = link.low.findLastIndex(([, end]) => end <= t);
  if (before < 0) return null;
  const cause = data.causes[link.causes[before][1]];
  return shortCause(cause, {site: link.ends[1], target: link.ends[0]});
}

function until(data, t, end) {
  return end >= data.duration_s - SLIVER ? "to the end of the span" : `until ${utcAfter(data, t, end)}`;
}

// One sentence about a route at an instant: {open: true, false, or null where it is not known, text}.
export function routeAt(data, found, index, t) {
  const route = data.routes[index], windows = found.routes[index];
  const gap = holding(found.unknown.routes[index], t), window = holding(windows, t);
  if (gap) return {open: null, text: `not known: no orbit is defined ${until(data, t, gap[1])}.`};
  if (window) {
    const way = openWay(data, found, route, t), [first, ...others] = way ? way.names : [];
    const through = others.length > 1 ? ` through ${others.slice(0, -1).join(" and ")}` : "";
    const reached = way ? `${first} reaches ${others[others.length - 1]}${through}` : "open";
    const light = way && data.light && way.light !== null ? `, light time ${seconds(way.light)}` : "";
    return {open: true, text: `${reached}${light}, ${until(data, t, window[1])}.`};
  }
  const links = [...new Set(route.ways.flat())].filter((each) => !holding(found.hops[each], t));
  const why = links.slice(0, 4).map((each) => {
    const cause = closedBy(data, data.hops[each], found, each, t);
    return linkName(data.hops[each]) + (cause ? ` (${cause})` : "");
  });
  const more = links.length > 4 ? `, and ${links.length - 4} more` : "";
  const closed = why.length ? `; closed links: ${why.join(", ")}${more}` : "";
  const opens = nextStart(windows, t);
  const next = opens === undefined ? "not open again in the span"
    : `next open at ${utcAfter(data, t, opens)}, in ${duration(opens - t)}`;
  return {open: false, text: `closed, ${next}${closed}.`};
}

function seconds(value) {
  if (value >= 120) return `${(value / 60).toFixed(1)}\u00a0min`;
  return `${value.toFixed(value < 10 ? 2 : 1)}\u00a0s`;
}

// Times at which a route or a link opens or closes, in order, inside the span.
export function eventsOf(data, found) {
  const all = [...found.routes, ...found.hops].flat(2).filter((t) => t > SLIVER && t < data.duration_s - SLIVER);
  return [...new Set(all)].sort((a, b) => a - b);
}

// The next event after t (step 1) or the last one before it (step -1); an end of the span where there is none.
export function eventBeside(data, events, t, step) {
  if (step > 0) return events.find((each) => each > t + SLIVER) ?? data.duration_s;
  return events.findLast((each) => each < t - SLIVER) ?? 0;
}
