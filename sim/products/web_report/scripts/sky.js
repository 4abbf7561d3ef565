// The sky over one site: tracks of the passes in the timeline's view. Zenith in the middle, north up, east right.

import {valueOf} from "./chebyshev.js";
import {HUES, byId, drawn, element, lineKey} from "./dom.js";
import {counted, grouped, intervalText, linkName, utcShort} from "./format.js";
import {holding} from "./instant.js";
import {elevationAt} from "./passes.js";
import {skyPoint, skyPointAt} from "./projection.js";

const ZENITH = 250, HORIZON_RADIUS = 215; // of a picture of 500 by 500
const MOST_TRACKS = 200, TRACK_STEPS = 48;

const skyPixels = ([x, y]) => `${(ZENITH + x * HORIZON_RADIUS).toFixed(1)},${(ZENITH + y * HORIZON_RADIUS).toFixed(1)}`;
const ringRadius = (elevation) => HORIZON_RADIUS * (90 - elevation) / 90;

// Circles of elevation, lines of azimuth and the points of the compass.
function skyGrid() {
  const parts = [], around = {cx: ZENITH, cy: ZENITH};
  for (const elevation of [0, 30, 60]) {
    const r = ringRadius(elevation);
    parts.push(drawn("circle", {class: elevation ? "grid hollow" : "horizon", ...around, r}));
    if (elevation) parts.push(drawn("text", {class: "tick", x: ZENITH + 3, y: ZENITH - r - 3}, `${elevation}°`));
  }
  for (const azimuth of [0, 45, 90, 135]) {
    const ends = [azimuth, azimuth + 180].map((each) => skyPixels(skyPointAt(each, 0)));
    parts.push(drawn("polyline", {class: "grid", points: ends.join(" ")}));
  }
  for (const [text, right, down] of [["N", 0, -1.07], ["E", 1.07, 0], ["S", 0, 1.09], ["W", -1.07, 0]]) {
    const x = ZENITH + right * HORIZON_RADIUS, y = ZENITH + down * HORIZON_RADIUS + 4;
    parts.push(drawn("text", {class: "compass", x, y}, text));
  }
  return parts;
}

function maskLine(site, level) {
  if (!site.profile) {
    return drawn("circle", {class: "mask hollow", cx: ZENITH, cy: ZENITH, r: ringRadius(Math.max(level, 0))});
  }
  const line = site.skyline.map(([azimuth, elevation]) => skyPixels(skyPointAt(azimuth, Math.max(elevation, level))));
  return drawn("polyline", {class: "mask hollow", points: line.join(" ")});
}

export class Sky {
  // settings(): the reader's settings; chosen(index, window): a track was clicked.
  constructor(data, settings, chosen) {
    Object.assign(this, {data, settings, chosen, found: null, t: 0, from: 0, to: data.duration_s});
    this.choice = byId("sky-site");
    this.names = [...new Set(data.hops.flatMap((link) => link.elevations.map(({site}) => site)))];
    this.choice.append(...this.names.map((name) => element("option", {value: name}, name)));
    this.choice.addEventListener("change", () => this.draw());
    byId("sky-part").hidden = !this.names.length;
  }

  // At first the site with most passes is shown.
  show(found) {
    const first = !this.found && this.names.length;
    this.found = found;
    const passes = (name) => this.linksOver(name).reduce((sum, {index}) => sum + found.hops[index].length, 0);
    if (first) this.choice.value = this.names.reduce((best, name) => (passes(name) > passes(best) ? name : best));
    this.draw();
  }

  look(start, end) {
    Object.assign(this, {from: start, to: end});
    if (this.found) this.draw();
  }

  linksOver(name) {
    return this.data.hops.flatMap((link, index) => link.elevations.filter((own) => own.site === name)
      .map((own) => ({link, index, own, target: link.ends[0] === name ? link.ends[1] : link.ends[0]})));
  }

  draw() {
    const name = this.choice.value, site = this.data.sites.find((each) => each.name === name);
    if (!site) return;
    const links = this.linksOver(name), targets = [...new Set(links.map(({target}) => target))];
    const inView = ([start, end]) => end > this.from && start < this.to;
    const passes = links.flatMap((link) => this.found.hops[link.index].filter(inView).map((window) => [link, window]));
    const tracks = passes.slice(0, MOST_TRACKS).flatMap(([link, window]) =>
      this.track(link, window, targets.indexOf(link.target) % HUES));
    const svg = byId("sky");
    svg.replaceChildren(...skyGrid(), maskLine(site, this.settings().masks[name]), ...tracks);
    this.now = drawn("g", {});
    svg.append(this.now);
    this.point(this.t);
    const seen = targets.filter((target) => passes.some(([link]) => link.target === target));
    byId("sky-key").replaceChildren(...seen.map((target) => {
      const {basis} = passes.find(([link]) => link.target === target)[0].link;
      return lineKey(targets.indexOf(target), basis, `${target} (${basis})`);
    }));
    const left = passes.length - MOST_TRACKS;
    const text = `Sky over ${name}, ${utcShort(this.data, this.from)} to ${utcShort(this.data, this.to)} UTC (the ` +
      `timeline’s view): ${counted(Math.min(passes.length, MOST_TRACKS), "pass", "passes")}` +
      (seen.length ? ` of ${seen.join(", ")}` : "") +
      (left > 0 ? `; ${grouped(left)} more ${left === 1 ? "is" : "are"} not drawn` : "") +
      ". Dots mark the start of each pass, the dashed line the elevation mask.";
    byId("sky-words").textContent = text;
    svg.setAttribute("aria-label", text);
  }

  // Marks what is in the sky at the time of the clock.
  point(t) {
    this.t = t;
    if (!this.found || !this.now) return;
    const links = this.linksOver(this.choice.value), targets = [...new Set(links.map(({target}) => target))];
    const up = links.filter(({index}) => holding(this.found.hops[index], t));
    this.now.replaceChildren(...up.flatMap(({own, target}) => {
      const elevation = elevationAt(this.data, own.pieces, t), hue = targets.indexOf(target) % HUES;
      const [cx, cy] = skyPixels(skyPoint(valueOf(own.east, t), valueOf(own.north, t), elevation)).split(",");
      return [drawn("circle", {class: `now hue${hue}`, cx, cy, r: 7}),
        drawn("text", {class: "now-name", x: Number(cx) + 10, y: Number(cy) + 4},
          `${target} ${elevation.toFixed(0)}°`)];
    }));
  }

  // The line of one pass inside the view, and the dot where it starts.
  track({link, index, own}, window, hue) {
    const start = Math.max(window[0], this.from), end = Math.min(window[1], this.to);
    const points = Array.from({length: TRACK_STEPS + 1}, (_, k) => {
      const t = start + (end - start) * k / TRACK_STEPS;
      return skyPixels(skyPoint(valueOf(own.east, t), valueOf(own.north, t), elevationAt(this.data, own.pieces, t)));
    });
    const line = drawn("polyline", {class: `track hue${hue} ${link.basis}`, points: points.join(" ")},
      drawn("title", {}, intervalText(this.data, linkName(link), window)));
    if (link.elevations[0] === own) line.addEventListener("click", () => this.chosen(index, window));
    const [cx, cy] = points[0].split(",");
    return [line, drawn("circle", {class: `dot hue${hue}`, cx, cy, r: 2.2})];
  }
}
