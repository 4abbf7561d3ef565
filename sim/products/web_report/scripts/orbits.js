// Orbits about the Earth (ICRF) or in the Earth–Moon rotating frame, turned by drag, arrow keys or buttons.

import {HUES, byId, drawn, lineKey} from "./dom.js";
import {grouped} from "./format.js";
import {onButtons, onDrag, onKeys, onWheel} from "./gestures.js";
import {cutByDepth, roundLength, seenFrom, sphereAround} from "./projection.js";

const ORBITS_WIDTH = 640, ORBITS_HEIGHT = 440, ORBITS_RADIUS = 195;
const FIRST_VIEW = {yaw: -0.9, pitch: 0.45, closer: 1};
const LEAST_REACH_KM = 2500, MOST_CLOSER = 500;
const FRAME_WORDS = {
  earth: {head: "Orbits about the Earth", axes: "ICRF axes: x to the vernal equinox, z to the north pole of 2000."},
  turning: {
    head: "Orbits in the Earth–Moon rotating frame",
    axes: "x points from the Earth to the Moon, z along the Moon’s orbital angular momentum. Lengths are scaled " +
      "with the Earth–Moon distance, so that the Earth, the Moon and the libration points stay in place.",
  },
};

// Place of a spacecraft on its drawn orbit, between its evenly spaced points; null outside their time.
export function placeAt({from_s: from, to_s: to, xyz}, t) {
  if (t < from || t > to) return null;
  const at = (t - from) / (to - from) * (xyz.length - 1), first = Math.min(Math.floor(at), xyz.length - 2);
  return xyz[first].map((value, k) => value + (xyz[first + 1][k] - value) * (at - first));
}

export class Orbits {
  constructor(data) {
    if (!data.orbits.length) return;
    Object.assign(this, {data, t: 0, svg: byId("turning"), ...FIRST_VIEW});
    this.names = [...new Set(data.orbits.map(({name}) => name))];
    const {middle, radius} = sphereAround(data.orbits.flatMap((orbit) => [[0, 0, 0], ...orbit.xyz]));
    Object.assign(this, {middle, reach: Math.max(radius, LEAST_REACH_KM)});
    byId("turning-part").hidden = false;
    byId("turning-head").textContent = FRAME_WORDS[data.frame].head;
    byId("turning-axes").textContent = FRAME_WORDS[data.frame].axes;
    this.listen();
    this.showKey();
    this.draw();
  }

  hueOf({name}) {
    return this.names.indexOf(name) % HUES;
  }

  // A place (km) as x, y of the picture and depth (km) from the origin. The whole picture is centered on the orbits; a
  // closer one on the body at the origin.
  seen(place) {
    const shift = this.middle.map((value) => value / Math.max(this.closer, 1) ** 2);
    const [, , depth] = seenFrom(place, this.yaw, this.pitch);
    const [across, up] = seenFrom(place.map((value, k) => value - shift[k]), this.yaw, this.pitch);
    return [ORBITS_WIDTH / 2 + across * this.scale, ORBITS_HEIGHT / 2 - up * this.scale, depth];
  }

  draw() {
    this.scale = ORBITS_RADIUS / this.reach * this.closer;
    const layers = {behind: [], middle: [], before: [], over: []};
    for (const orbit of this.data.orbits) this.drawOrbit(layers, orbit);
    for (const ball of this.data.balls) this.drawBall(layers, ball);
    for (const [name, ...place] of this.data.points) {
      const [x, y] = this.seen(place);
      if (Math.hypot(x - ORBITS_WIDTH / 2, y - ORBITS_HEIGHT / 2) > ORBITS_HEIGHT / 2) continue;
      layers.over.push(drawn("path", {class: "grid strong", d: `M${x - 4} ${y}h8M${x} ${y - 4}v8`}),
        drawn("text", {class: "tick", x, y: y - 7}, name));
    }
    this.svg.setAttribute("viewBox", `0 0 ${ORBITS_WIDTH} ${ORBITS_HEIGHT}`);
    this.now = drawn("g", {});
    this.svg.replaceChildren(...Object.values(layers).flat(), ...this.axes(), ...this.ruler(), this.now);
    this.point(this.t);
    const degrees = (angle) => Math.round(angle * 180 / Math.PI);
    this.svg.setAttribute("aria-label", `${FRAME_WORDS[this.data.frame].head}: ${this.names.join(", ")}, ` +
      `turned by ${degrees(this.yaw)}°, seen from ${degrees(this.pitch)}° above`);
  }

  // An orbit's line, in front of the body at the origin or behind it, with a dot where it starts.
  drawOrbit(layers, orbit) {
    const hue = this.hueOf(orbit), points = orbit.xyz.map((place) => this.seen(place));
    for (const [run, behind] of cutByDepth(points)) {
      const line = run.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
      layers[behind ? "behind" : "before"].push(
        drawn("polyline", {class: `track hue${hue} ${orbit.basis}`, points: line}));
    }
    if (this.data.orbits.find(({name}) => name === orbit.name) !== orbit) return; // a later phase
    const [cx, cy, depth] = points[0];
    layers[depth < 0 ? "behind" : "before"].push(
      drawn("circle", {class: `dot hue${hue}`, cx, cy, r: 3.5}, drawn("title", {}, `${orbit.name} at its start`)));
  }

  drawBall(layers, [name, x, radius]) {
    const [cx, cy, depth] = this.seen([x, 0, 0]), r = Math.max(radius * this.scale, 2);
    const layer = depth < 0 ? "behind" : depth > 0 ? "before" : "middle";
    layers[layer].push(drawn("circle", {class: "ball", cx, cy, r}));
    layers.over.push(drawn("text", {class: "tick", x: cx, y: cy + r + 13}, name));
  }

  // Marks where spacecraft are at the time of the clock, on the part of their orbits that is drawn.
  point(t) {
    this.t = t;
    if (!this.now) return;
    this.now.replaceChildren(...this.data.orbits.flatMap((orbit) => {
      const place = placeAt(orbit, t);
      if (!place) return [];
      const [cx, cy] = this.seen(place);
      return [drawn("circle", {class: `now hue${this.hueOf(orbit)}`, cx, cy, r: 7}),
        drawn("text", {class: "now-name", x: cx + 10, y: cy + 4}, orbit.name)];
    }));
  }

  axes() {
    const x1 = 60, y1 = ORBITS_HEIGHT - 55;
    return [["x", [1, 0, 0]], ["y", [0, 1, 0]], ["z", [0, 0, 1]]].flatMap(([name, axis]) => {
      const [x, y] = seenFrom(axis, this.yaw, this.pitch);
      return [drawn("line", {class: "grid strong", x1, y1, x2: x1 + x * 34, y2: y1 - y * 34}),
        drawn("text", {class: "tick", x: x1 + x * 44, y: y1 - y * 44 + 4}, name)];
    });
  }

  ruler() {
    const km = roundLength(130 / this.scale), long = km * this.scale, right = ORBITS_WIDTH - 20, y = ORBITS_HEIGHT - 18;
    return [drawn("path", {class: "grid strong", d: `M${right - long} ${y - 4}v8m0 -4h${long}m0 -4v8`}),
      drawn("text", {class: "tick end", x: right, y: y - 8}, `${grouped(km, km < 1 ? 1 : 0)} km`)];
  }

  turn(right, up) {
    this.yaw += right;
    this.pitch = Math.min(Math.max(this.pitch + up, -Math.PI / 2), Math.PI / 2);
    this.draw();
  }

  zoom(factor) {
    this.closer = Math.min(Math.max(this.closer * factor, 0.5), MOST_CLOSER);
    this.draw();
  }

  reset() {
    Object.assign(this, FIRST_VIEW);
    this.draw();
  }

  listen() {
    const left = () => this.turn(-0.1, 0), right = () => this.turn(0.1, 0);
    const up = () => this.turn(0, 0.1), down = () => this.turn(0, -0.1);
    const closer = () => this.zoom(1.4), wider = () => this.zoom(1 / 1.4), reset = () => this.reset();
    onKeys(this.svg, {ArrowLeft: left, ArrowRight: right, ArrowUp: up, ArrowDown: down,
      "+": closer, "=": closer, "-": wider, 0: reset, Home: reset});
    onButtons({"turn-left": left, "turn-right": right, "turn-up": up, "turn-down": down,
      "turn-closer": closer, "turn-wider": wider, "turn-back": reset});
    onWheel(this.svg, (back) => this.zoom(back ? 1 / 1.2 : 1.2));
    onDrag(this.svg, (event) => {
      let {clientX: x, clientY: y} = event;
      return (later) => {
        this.turn((later.clientX - x) / 150, (later.clientY - y) / 150);
        [x, y] = [later.clientX, later.clientY];
      };
    });
  }

  // Phases of one spacecraft and basis share an entry.
  showKey() {
    const entries = new Map();
    for (const orbit of this.data.orbits) {
      const key = JSON.stringify([orbit.name, orbit.basis]);
      entries.set(key, {...orbit, days: orbit.days + (entries.get(key)?.days || 0)});
    }
    byId("turning-key").replaceChildren(...[...entries.values()].map((orbit) =>
      lineKey(this.hueOf(orbit), orbit.basis, `${orbit.name} (${orbit.basis}, ${Number(orbit.days.toFixed(2))} d)`)));
  }
}
