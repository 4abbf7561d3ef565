// The clock: one instant that the timeline, the sky, the orbits and the table of passes share.

import {byId, element} from "./dom.js";
import {utcShort} from "./format.js";
import {onButtons, onKeys} from "./gestures.js";
import {eventBeside, eventsOf, routeAt} from "./instant.js";

const CALM_STEP_MS = 1000; // between steps where the reader prefers less motion
const MOST_ROUTES = 40;

export class Clock {
  // moved(t): another instant is shown.
  constructor(data, moved) {
    Object.assign(this, {data, moved, t: 0, found: null, events: [], playing: false, last: null});
    this.slider = byId("clock");
    this.slider.setAttribute("max", Math.round(data.duration_s));
    this.slider.addEventListener("input", () => this.set(Number(this.slider.value)));
    onButtons({play: () => this.toggle(), "event-before": () => this.step(-1), "event-after": () => this.step(1)});
    onKeys(this.slider, {" ": () => this.toggle(), n: () => this.step(1), p: () => this.step(-1)});
  }

  show(found) {
    this.found = found;
    this.events = eventsOf(this.data, found);
    this.set(this.t);
  }

  set(t) {
    this.t = Math.min(Math.max(t, 0), this.data.duration_s);
    this.slider.value = Math.round(this.t);
    const clock = `${utcShort(this.data, this.t)} UTC`;
    this.slider.setAttribute("aria-valuetext", clock);
    byId("clock-time").textContent = clock;
    if (this.found) this.say();
    this.moved(this.t);
  }

  say() {
    const {data, found, t} = this, shown = data.routes.slice(0, MOST_ROUTES);
    byId("clock-words").replaceChildren(...shown.map((route, index) => {
      const {open, text} = routeAt(data, found, index, t);
      const state = open === null ? "unknown" : open ? "lit" : "shut";
      return element("li", {class: state}, element("b", {}, route.name), `: ${text}`);
    }));
  }

  step(direction) {
    this.pause();
    this.set(eventBeside(this.data, this.events, this.t, direction));
  }

  toggle() {
    if (this.playing) { this.pause(); return; }
    if (this.t >= this.data.duration_s) this.set(0);
    Object.assign(this, {playing: true, last: null});
    byId("play").textContent = "Pause";
    byId("clock-words").setAttribute("aria-live", "off"); // a moving text would be read without end
    this.next();
  }

  pause() {
    this.playing = false;
    byId("play").textContent = "Play";
    byId("clock-words").setAttribute("aria-live", "polite");
  }

  next() {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const run = (now) => this.run(now);
    if (calm) setTimeout(() => run(Date.now()), CALM_STEP_MS); else requestAnimationFrame(run);
  }

  run(now) {
    if (!this.playing) return;
    const passed = this.last === null ? 0 : Math.min((now - this.last) / 1000, 2 * CALM_STEP_MS / 1000);
    this.last = now;
    this.set(this.t + passed * Number(byId("speed").value));
    if (this.t >= this.data.duration_s) this.pause(); else this.next();
  }
}
