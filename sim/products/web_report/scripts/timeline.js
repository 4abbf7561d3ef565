// The timeline: a row for each route and link. Zoom and move by buttons, keys, drag, or Ctrl and the wheel.

import {byId, drawn} from "./dom.js";
import {clipped, counted, intervalText, linkName, pathText, ticks, utcShort} from "./format.js";
import {onButtons, onDrag, onKeys, onWheel} from "./gestures.js";
import {holding} from "./instant.js";

const SHORTEST_VIEW_S = 60;
const CHARACTER_WIDTH = 7; // pixels, on average, of a label
const NARROW_WIDTH = 640; // pixels: labels stand above their rows
const AXIS_HEIGHT = 22, ROW_HEIGHT = 18, BAR_HEIGHT = 12, EDGE = 1.5;
const NOT_MEASURED = new Set(["predicted", "unsourced", "designed"]);

// Rows of the timeline; a link that no mask opens, and whose orbits are always defined, has none.
export function rowsOf(data) {
  const sites = new Set(data.sites.map((site) => site.name));
  const row = (kind, index, name, title, site, basis) =>
    ({kind, index, name, title, site, basis, words: `${name} ${title}`.toLowerCase()});
  const routes = data.routes.map((route, index) => row("routes", index, route.name,
    `${route.name}: ${pathText(route)} (${route.basis})`, route.path[0][0], route.basis));
  const links = data.hops.map((link, index) => row("hops", index, linkName(link), `${linkName(link)} (${link.basis})`,
    sites.has(link.ends[1]) ? link.ends[1] : link.ends[0], link.basis));
  return [...routes, ...links.filter(({index}) => data.hops[index].low.length || data.hops[index].unknown.length)];
}

// A view of the span, moved inside it and neither shorter than a minute nor longer than the span.
export function fittedView(start, end, duration) {
  const length = Math.min(Math.max(end - start, Math.min(SHORTEST_VIEW_S, duration)), duration);
  const from = Math.min(Math.max(start, 0), duration - length);
  return {start: from, end: from + length};
}

// Where things stand in a picture of some width: labels at the left, or above their rows where it is narrow.
export function layoutOf(width, rows, view) {
  const narrow = width < NARROW_WIDTH, characters = Math.max(0, ...rows.map((row) => row.name.length));
  const room = Math.min(Math.max(characters * CHARACTER_WIDTH + 12, 90), Math.max(0.25 * width, 190));
  const left = narrow ? 4 : room, pixels = width - left - 6;
  return {
    narrow, left, pixels, right: left + pixels, step: narrow ? 40 : 24,
    characters: Math.floor((narrow ? width : left - 12) / CHARACTER_WIDTH),
    x: (t) => left + (t - view.start) / (view.end - view.start) * pixels,
    t: (x) => view.start + (x - left) / pixels * (view.end - view.start),
  };
}

// Part of an interval that a layout shows, in pixels: [from, to]; null if none of it is in view.
function visible(layout, [start, end]) {
  const from = Math.max(layout.x(start), layout.left), to = Math.min(layout.x(end), layout.right);
  return to < layout.left || from > layout.right ? null : [from, to];
}

function bar(layout, interval, y, height, kind) {
  const part = visible(layout, interval);
  if (!part) return null;
  const width = Math.max(part[1] - part[0], 0.7); // the shortest window can still be seen
  return drawn("rect", {class: kind, x: part[0].toFixed(2), y, width: width.toFixed(2), height});
}

// Lines inside the top and bottom of a row's bars: they say "not measured" of wide and narrow bars alike.
function edges(layout, windows, y, kind) {
  const sides = windows.map((window) => visible(layout, window)).filter(Boolean).map(([from, to]) => {
    const across = Math.max(to - from, 0.7).toFixed(2);
    return [EDGE / 2, BAR_HEIGHT - EDGE / 2].map((down) => `M${from.toFixed(2)},${y + down}h${across}`).join("");
  });
  return drawn("path", {class: `edges ${kind}`, d: sides.join("")});
}

// Stripes over time without a defined orbit; not drawn where narrower than a pixel.
function hatching(layout, interval, y, height, title) {
  const [from, to] = visible(layout, interval) || [0, 0], apart = 7, stripes = [];
  if (to - from < 1) return null;
  for (let at = Math.floor((from - height) / apart) * apart; at < to; at += apart) {
    const first = Math.max(at, from), last = Math.min(at + height, to), low = y + height + at;
    if (last <= first) continue;
    stripes.push(`M${first.toFixed(1)},${(low - first).toFixed(1)}L${last.toFixed(1)},${(low - last).toFixed(1)}`);
  }
  return drawn("g", {class: "unknown"}, drawn("title", {}, title),
    drawn("rect", {class: "under", x: from.toFixed(2), y, width: (to - from).toFixed(2), height}),
    drawn("path", {class: "stripes", d: stripes.join("")}));
}

function noRow(layout) {
  return drawn("text", {class: "label", x: layout.left, y: AXIS_HEIGHT + 14}, "No row has this name.");
}

export class Timeline {
  // chosen(index, window): a link's window was clicked; looked(start, end): another part of the span is in view;
  // timed(t): the time of a place was clicked.
  constructor(data, chosen, looked, timed) {
    Object.assign(this, {data, chosen, looked, timed, found: null, own: null});
    Object.assign(this, {words: "", which: "all", t: 0, labels: []});
    this.svg = byId("chart");
    this.rows = rowsOf(data);
    this.nights = Object.fromEntries(data.sites.map((site) => [site.name, site.night]));
    this.view = {start: 0, end: data.duration_s};
    this.listen();
  }

  // own: the scenario's own windows, where the settings differ from them; else null.
  show(found, own) {
    Object.assign(this, {found, own});
    this.draw();
  }

  look(start, end) {
    this.view = fittedView(start, end, this.data.duration_s);
    this.draw();
    this.looked(this.view.start, this.view.end);
  }

  zoom(factor, at = (this.view.start + this.view.end) / 2) {
    this.look(at - (at - this.view.start) * factor, at + (this.view.end - at) * factor);
  }

  move(share) {
    const by = share * (this.view.end - this.view.start);
    this.look(this.view.start + by, this.view.end + by);
  }

  draw() {
    const {view, svg, which, words} = this, width = Math.max(svg.clientWidth || 800, 280);
    const layout = this.layout = layoutOf(width, this.rows, view);
    const shown = this.rows.filter((row) => (which === "all" || row.kind === which) && row.words.includes(words));
    const height = AXIS_HEIGHT + Math.max(shown.length, 1) * layout.step + 8, parts = [];
    this.labels = [];
    for (const [t, text] of ticks(this.data, view.start, view.end, Math.max(3, Math.floor(layout.pixels / 75)))) {
      const x = layout.x(t), middle = Math.min(Math.max(x, layout.left + 16), width - 20);
      parts.push(drawn("line", {class: "grid", x1: x, x2: x, y1: AXIS_HEIGHT - 4, y2: height}));
      parts.push(drawn("text", {class: "tick", x: middle, y: 12}, text));
    }
    shown.forEach((row, index) => {
      parts.push(...this.drawnRow(row, layout, AXIS_HEIGHT + index * layout.step + (layout.narrow ? 16 : 0)));
    });
    if (!shown.length) parts.push(noRow(layout));
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.cursor = drawn("line", {class: "cursor", y1: AXIS_HEIGHT - 8, y2: height});
    svg.replaceChildren(...parts.filter(Boolean), this.cursor);
    this.point(this.t);
    const range = `${utcShort(this.data, view.start)} to ${utcShort(this.data, view.end)} UTC`;
    byId("view").textContent = range;
    svg.setAttribute("aria-label", `Timeline, ${counted(shown.length, "row")}, ${range}`);
  }

  // Moves the line of the clock, and lights the rows that are open at its time.
  point(t) {
    this.t = t;
    if (!this.layout || !this.cursor) return;
    const x = this.layout.x(t).toFixed(2), inView = t >= this.view.start && t <= this.view.end;
    this.cursor.setAttribute("x1", x);
    this.cursor.setAttribute("x2", x);
    this.cursor.setAttribute("visibility", inView ? "visible" : "hidden");
    for (const {label, row} of this.labels) {
      const open = holding(this.found[row.kind][row.index], t);
      label.setAttribute("class", `label ${row.kind}${open ? " lit" : ""}`);
    }
  }

  drawnRow(row, layout, y) {
    const {data, found, own} = this, {kind, index} = row, windows = found[kind][index];
    const place = layout.narrow ? {x: layout.left, y: y - 3, "text-anchor": "start"}
      : {x: layout.left - 8, y: y + 14, "text-anchor": "end"};
    const nights = this.nights[row.site] || [], unknown = found.unknown[kind][index];
    const label = drawn("text", {class: `label ${kind}`, ...place}, clipped(row.name, layout.characters),
      drawn("title", {}, row.title));
    this.labels.push({label, row});
    return [
      label,
      drawn("rect", {class: "row", x: layout.left, y, width: layout.pixels, height: ROW_HEIGHT}),
      ...nights.map((night) => bar(layout, night, y, ROW_HEIGHT, "night")),
      ...unknown.map((gap) =>
        hatching(layout, gap, y + 2, ROW_HEIGHT - 4, intervalText(data, `${row.name}: no orbit defined`, gap))),
      ...windows.map((window) => this.drawnWindow(row, layout, window, y + 3)),
      NOT_MEASURED.has(row.basis) ? edges(layout, windows, y + 3, kind) : null,
      ...(own ? own[kind][index].map((window) => bar(layout, window, y + ROW_HEIGHT - 2, 2, "own")) : []),
    ];
  }

  drawnWindow(row, layout, window, y) {
    const node = bar(layout, window, y, BAR_HEIGHT, `bar ${row.kind} ${row.basis}`);
    if (!node) return null;
    node.append(drawn("title", {}, intervalText(this.data, row.name, window)));
    if (row.kind === "hops") node.addEventListener("click", () => this.chosen(row.index, window));
    return node;
  }

  listen() {
    const {svg} = this, whole = () => this.look(0, this.data.duration_s);
    const closer = () => this.zoom(0.5), wider = () => this.zoom(2);
    onKeys(svg, {
      ArrowLeft: () => this.move(-0.2), ArrowRight: () => this.move(0.2), PageUp: () => this.move(-1),
      PageDown: () => this.move(1), "+": closer, "=": closer, "-": wider, Home: whole, 0: whole,
    });
    const timeAt = (event) => this.layout.t(event.clientX - svg.getBoundingClientRect().left);
    onWheel(svg, (back, event) => this.zoom(back ? 1.3 : 1 / 1.3, timeAt(event)));
    svg.addEventListener("click", (event) => { if (!this.dragged) this.timed(timeAt(event)); });
    svg.addEventListener("dblclick", (event) => this.zoom(0.4, timeAt(event)));
    onDrag(svg, (event) => this.dragFrom(event.clientX));
    onButtons({earlier: () => this.move(-0.5), later: () => this.move(0.5), closer, wider, whole});
    byId("words").addEventListener("input", (event) => {
      this.words = event.target.value.trim().toLowerCase();
      this.draw();
    });
    byId("which").addEventListener("change", (event) => { this.which = event.target.value; this.draw(); });
    new ResizeObserver(() => { if (this.found) this.draw(); }).observe(svg.parentElement);
    addEventListener("beforeprint", () => this.draw());
  }

  dragFrom(from) {
    const {start, end} = this.view;
    this.dragged = false; // a hand that shakes does not move the view
    return (event) => {
      this.dragged ||= Math.abs(event.clientX - from) >= 3;
      const by = (from - event.clientX) / this.layout.pixels * (end - start);
      if (this.dragged) this.look(start + by, end + by);
    };
  }
}
