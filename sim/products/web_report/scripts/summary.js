// The heading, and a sentence for each route.

import {byId, element} from "./dom.js";
import {counted, duration, pathText, percent, utcShort} from "./format.js";
import {totals} from "./windows.js";

export function spanText(data) {
  const days = Number((data.duration_s / 86400).toFixed(2));
  const light = data.light ? "Light time and stellar aberration are included." : "Light is taken as instantaneous.";
  const edges = [0, data.duration_s].map((t) => utcShort(data, t)), unit = days === 1 ? "day" : "days";
  return `${edges.join(" to ")} UTC (${days} ${unit}). Times of a link are UTC at its receiver, ` +
    `those of a route at its last receiver. ${light}`;
}

// How much of the time a route is open, by its totals.
export function routeText({open, known, gap, count, share}, duration_s) {
  const left = duration_s - known;
  if (known <= 1) return "is not known at any time: no orbit is defined.";
  const unknown = left > 1 ? ` Not counted: ${duration(left)} without a defined orbit.` : "";
  if (!count) return `is never ${unknown ? "known to be " : ""}open.${unknown}`;
  const part = `${percent(share)} of ${unknown ? `the ${duration(known)} known` : "the time"}`;
  const gaps = gap > 1 ? `longest gap ${duration(gap)}` : "no gap";
  return `is open ${part}: ${duration(open)} in ${counted(count, "window")}, ${gaps}.${unknown}`;
}

// own: the windows with the scenario's settings; moved: whether the reader's settings differ from them.
export function showSummary(data, found, own, moved) {
  byId("sentences").replaceChildren(...data.routes.map((route, index) => {
    const [now, before] = [found, own].map(({routes, unknown}) =>
      totals(routes[index], unknown.routes[index], data.duration_s));
    const item = element("li", {}, element("b", {}, route.name), ` (${pathText(route)}; ${route.basis}) `,
      routeText(now, data.duration_s));
    const same = now.count === before.count && Math.abs(now.open - before.open) < 1;
    if (moved && !same) item.append(element("span", {class: "before"},
      ` With the scenario’s settings it ${routeText(before, data.duration_s)}`));
    return item;
  }));
  byId("state").textContent = moved
    ? "These settings differ from the scenario’s, whose windows are the thin lines below the bars."
    : "These are the scenario’s own settings.";
  byId("reset").disabled = !moved;
  byId("own-key").hidden = !moved;
}
