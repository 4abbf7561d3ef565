// The table of passes: sorted by any column, downloaded as CSV; a click on an AOS plots the pass.

import {passesCsv} from "./csv.js";
import {byId, element} from "./dom.js";
import {counted, deviation, duration, grouped, shortCause, utcAfter, utcShort} from "./format.js";
import {passesOf} from "./passes.js";

const ROWS_AT_FIRST = 400;
const COLUMNS = [
  {key: "site", text: "Site"},
  {key: "target", text: "Target"},
  {key: "aos", text: "AOS (UTC)", time: true},
  {key: "top", text: "Culmination", time: true},
  {key: "los", text: "LOS", time: true},
  {key: "duration", text: "Duration", show: duration, number: true},
  {key: "elevation", text: "Highest", show: (value) => `${value.toFixed(2)}°`, number: true},
  {key: "opened", text: "Opened by", show: shortCause},
  {key: "closed", text: "Closed by", show: shortCause},
  {key: "basis", text: "Basis"},
  {key: "aosSigma", text: "σ of AOS", show: deviation, number: true},
  {key: "losSigma", text: "σ of LOS", show: deviation, number: true},
  {key: "probability", text: "Probability", show: rounded, number: true},
];

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
  if (key === "aos") return utcShort(data, row.aos);
  if (time) return utcAfter(data, row.aos, row[key]);
  return show ? show(row[key], row) : row[key];
}

export class PassTable {
  // chosen(index, window): the AOS of a link's pass was clicked.
  constructor(data, chosen) {
    Object.assign(this, {data, chosen, all: [], key: "aos", down: false, most: ROWS_AT_FIRST, choice: byId("site")});
    const sites = new Set(data.hops.flatMap((link) => link.elevations.slice(0, 1).map(({site}) => site)));
    this.choice.append(...[...sites].map((name) => element("option", {value: name}, name)));
    byId("columns").append(...COLUMNS.map((column) => this.heading(column)));
    this.listen();
  }

  show(windows) {
    this.all = windows.flatMap((each, index) => passesOf(this.data, index, each));
    this.draw();
  }

  listen() {
    this.choice.addEventListener("change", () => this.drawAtMost(ROWS_AT_FIRST));
    byId("more").addEventListener("click", () => this.drawAtMost(Infinity));
    byId("download").addEventListener("click", () => this.download());
    let before = this.most; // paper shows all rows
    addEventListener("beforeprint", () => { before = this.most; this.drawAtMost(Infinity); });
    addEventListener("afterprint", () => this.drawAtMost(before));
  }

  // The heading sorts by its column. Browsers do not repeat buttons on every sheet of paper: there it is plain text.
  heading(column) {
    const button = element("button", {type: "button", class: "plain"}, column.text);
    button.addEventListener("click", () => {
      this.down = this.key === column.key && !this.down;
      this.key = column.key;
      this.draw();
    });
    const paper = element("span", {class: "paper"}, column.text);
    return element("th", {scope: "col", class: column.number ? "number" : ""}, button, paper);
  }

  listed() {
    const {value} = this.choice;
    return sortedRows(this.all.filter((row) => !value || row.site === value), this.key, this.down);
  }

  drawAtMost(most) {
    this.most = most;
    this.draw();
  }

  draw() {
    const rows = this.listed(), direction = this.down ? "descending" : "ascending";
    [...byId("columns").children].forEach((cell, index) => {
      cell.setAttribute("aria-sort", COLUMNS[index].key === this.key ? direction : "none");
    });
    byId("rows").replaceChildren(...rows.slice(0, this.most).map((row) =>
      element("tr", {}, ...COLUMNS.map((column) => this.cell(row, column)))));
    byId("count").textContent = counted(rows.length, "pass", "passes");
    byId("more").hidden = rows.length <= this.most;
    byId("more").textContent = `Show all ${grouped(rows.length)} passes`;
  }

  cell(row, column) {
    const kind = {class: column.number ? "number" : column.time ? "time" : ""};
    const text = cellText(this.data, row, column);
    if (column.key !== "aos") return element("td", kind, text);
    const button = element("button", {type: "button", class: "plain", title: "plot this pass"}, text);
    button.addEventListener("click", () => this.chosen(row.hop, [row.aos, row.los]));
    return element("td", kind, button);
  }

  download() {
    const file = new Blob([passesCsv(this.data, this.listed())], {type: "text/csv"});
    const link = element("a", {download: "passes.csv", href: URL.createObjectURL(file)});
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
}
