// The table of passes: filtered, sorted by any column, copied and downloaded; a click on an AOS plots the pass.

import {passesCalendar, passesCsv, passesJson, passesTabs} from "./csv.js";
import {byId, element} from "./dom.js";
import {counted, deviation, duration, grouped, shortCause, utcAfter, utcShort} from "./format.js";
import {NO_FILTER, filtered, localText} from "./pass_filter.js";
import {passesOf} from "./passes.js";

const ROWS_AT_FIRST = 400;
const COLUMNS = [
  {key: "site", text: "Site", about: "place from which the pass is seen"},
  {key: "target", text: "Target", about: "other end of the link"},
  {key: "aos", text: "AOS (UTC)", time: true, about: "acquisition of signal: the pass begins"},
  {key: "top", text: "Culmination", time: true, about: "time of the highest elevation"},
  {key: "los", text: "LOS", time: true, about: "loss of signal: the pass ends"},
  {key: "duration", text: "Duration", show: duration, number: true},
  {key: "elevation", text: "Highest", show: (value) => `${value.toFixed(2)}°`, number: true},
  {key: "opened", text: "Opened by", show: shortCause, about: "condition that begins the pass"},
  {key: "closed", text: "Closed by", show: shortCause, about: "condition that ends the pass"},
  {key: "basis", text: "Basis", about: "where the orbits and places come from"},
  {key: "aosSigma", text: "σ of AOS", show: deviation, number: true, about: "standard deviation of AOS"},
  {key: "losSigma", text: "σ of LOS", show: deviation, number: true, about: "standard deviation of LOS"},
  {key: "probability", text: "Probability", show: rounded, number: true, about: "that the pass takes place"},
  {key: "aosLocal", text: "AOS (local)", time: true, more: true, about: "AOS on the clock of this device"},
  {key: "losLocal", text: "LOS (local)", time: true, more: true, about: "LOS on the clock of this device"},
];
const FILTERS = {words: "pass-words", site: "site", target: "target", from: "pass-from", to: "pass-to",
  minutes: "pass-minutes", degrees: "pass-degrees"};

function rounded(probability) {
  return probability === null ? "" : Number(probability.toFixed(4));
}

// Rows in the order of a column, then of time; those without a value come last.
export function sortedRows(rows, key, down) {
  const sign = down ? -1 : 1;
  const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  const value = (row) => row[key] ?? sign * Infinity;
  return [...rows].sort((a, b) => sign * order(value(a), value(b)) || a.aos - b.aos);
}

export function cellText(data, row, {key, time, show}) {
  if (key === "aosLocal") return localText(data, row.aos);
  if (key === "losLocal") return localText(data, row.los);
  if (key === "aos") return utcShort(data, row.aos);
  if (time) return utcAfter(data, row.aos, row[key]);
  return show ? show(row[key], row) : row[key];
}

export class PassTable {
  // chosen(index, window): the AOS of a link's pass was clicked; changed(): the reader changed what is listed.
  constructor(data, chosen, changed) {
    Object.assign(this, {data, chosen, changed, filter: {...NO_FILTER}, all: [], drawn: [], t: 0});
    Object.assign(this, {key: "aos", down: false});
    this.most = ROWS_AT_FIRST;
    this.hidden = new Set(COLUMNS.filter(({more}) => more).map(({key}) => key));
    const sites = new Set(data.hops.flatMap((link) => link.elevations.slice(0, 1).map(({site}) => site)));
    const targets = new Set(data.hops.flatMap(({ends, elevations}) =>
      elevations.slice(0, 1).map(({site}) => (ends[0] === site ? ends[1] : ends[0]))));
    for (const [id, names] of [["site", sites], ["target", targets]]) {
      byId(id).append(...[...names].map((name) => element("option", {value: name}, name)));
    }
    this.headings = new Map(COLUMNS.map((column) => [column.key, this.heading(column)]));
    this.boxes = COLUMNS.map((column) => this.columnBox(column));
    byId("which-columns").append(...this.boxes.map(({label}) => label));
    this.listen();
  }

  show(windows) {
    this.all = windows.flatMap((each, index) => passesOf(this.data, index, each));
    this.draw();
  }

  listen() {
    for (const [key, id] of Object.entries(FILTERS)) {
      byId(id).addEventListener("input", () => this.restrict({...this.filter, [key]: byId(id).value}));
    }
    byId("clear").addEventListener("click", () => this.take({filter: NO_FILTER}));
    byId("copy").addEventListener("click", () => this.copy());
    const files = {
      download: ["passes.csv", "text/csv", passesCsv], "download-json": ["passes.json", "application/json", passesJson],
      "download-calendar": ["passes.ics", "text/calendar",
        (own, rows) => passesCalendar(own, rows, new Date().toISOString())],
    };
    for (const [id, [name, type, write]] of Object.entries(files)) {
      byId(id).addEventListener("click", () => saveFile(name, type, write(this.data, this.listed())));
    }
    byId("more").addEventListener("click", () => this.drawAtMost(Infinity));
    let before = this.most; // paper shows all rows
    addEventListener("beforeprint", () => { before = this.most; this.drawAtMost(Infinity); });
    addEventListener("afterprint", () => this.drawAtMost(before));
  }

  // The heading sorts by its column. Browsers do not repeat buttons on every sheet of paper: there it is plain text.
  heading(column) {
    const button = element("button", {type: "button", class: "plain", title: column.about}, column.text);
    button.addEventListener("click", () => {
      this.down = this.key === column.key && !this.down;
      this.key = column.key;
      this.draw();
      this.changed();
    });
    const paper = element("span", {class: "paper"}, column.text);
    return element("th", {scope: "col", class: column.number ? "number" : ""}, button, paper);
  }

  columnBox({key, text}) {
    const box = element("input", {type: "checkbox"}), label = element("label", {}, box, ` ${text}`);
    box.addEventListener("change", () => {
      this.hidden[box.checked ? "delete" : "add"](key);
      this.draw();
      this.changed();
    });
    return {key, box, label};
  }

  // Filters the rows, from the first ones on.
  restrict(filter) {
    this.filter = filter;
    this.drawAtMost(ROWS_AT_FIRST);
    this.changed();
  }

  // Takes what a link or a button says: {filter, sort, hidden}, each as it was if it is left out.
  take({filter, sort, hidden}) {
    const known = (key) => COLUMNS.some((column) => column.key === key);
    if (sort && known(sort.key)) Object.assign(this, sort);
    if (hidden) this.hidden = new Set(hidden.filter(known));
    for (const [key, id] of Object.entries(FILTERS)) if (filter) byId(id).value = filter[key];
    this.restrict(filter ? {...filter} : this.filter);
  }

  columns() {
    return COLUMNS.filter(({key}) => !this.hidden.has(key));
  }

  listed() {
    return sortedRows(filtered(this.data, this.all, this.filter), this.key, this.down);
  }

  drawAtMost(most) {
    this.most = most;
    this.draw();
  }

  draw() {
    const rows = this.listed(), direction = this.down ? "descending" : "ascending";
    const columns = this.columns();
    byId("columns").replaceChildren(...columns.map(({key}) => this.headings.get(key)));
    for (const [key, cell] of this.headings) cell.setAttribute("aria-sort", key === this.key ? direction : "none");
    for (const {key, box} of this.boxes) box.checked = !this.hidden.has(key);
    byId("rows").replaceChildren(...rows.slice(0, this.most).map((row) =>
      element("tr", {}, ...columns.map((column) => this.cell(row, column)))));
    this.drawn = rows.slice(0, this.most);
    this.point(this.t);
    byId("count").textContent = counted(rows.length, "pass", "passes");
    byId("more").hidden = rows.length <= this.most;
    byId("more").textContent = `Show all ${grouped(rows.length)} passes`;
  }

  // Marks the passes that last at the time of the clock.
  point(t) {
    this.t = t;
    [...byId("rows").children].forEach((line, index) => {
      const {aos, los} = this.drawn[index];
      line.setAttribute("class", aos <= t && t < los ? "current" : "");
    });
  }

  cell(row, column) {
    const kind = {class: column.number ? "number" : column.time ? "time" : ""};
    const text = cellText(this.data, row, column);
    if (column.key !== "aos") return element("td", kind, text);
    const button = element("button", {type: "button", class: "plain", title: "plot this pass"}, text);
    button.addEventListener("click", () => this.chosen(row.hop, [row.aos, row.los]));
    return element("td", kind, button);
  }

  // By selection: a page that is opened from a file may not always write to the clipboard.
  copy() {
    const rows = this.listed(), area = element("textarea", {"aria-label": "passes to copy"});
    area.value = passesTabs(this.data, rows);
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    byId("count").textContent = done ? `${counted(rows.length, "pass", "passes")} copied`
      : "not copied: the browser does not allow it; download the CSV";
  }
}

function saveFile(name, type, text) {
  const link = element("a", {download: name, href: URL.createObjectURL(new Blob([text], {type}))});
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
