// The table of passes: sorted by any column, downloaded as CSV, and each drawn as elevation over time.

const COLUMNS = [
  {key: "site", text: "Site"},
  {key: "target", text: "Target"},
  {key: "aos", text: "AOS (UTC)", time: true},
  {key: "top", text: "Highest at", time: true},
  {key: "los", text: "LOS", time: true},
  {key: "duration", text: "Duration", show: lasting, number: true},
  {key: "elevation", text: "Highest", show: (value) => `${value.toFixed(2)}°`, number: true},
  {key: "opened", text: "Opened by", show: shorter},
  {key: "closed", text: "Closed by", show: shorter},
  {key: "basis", text: "Basis"},
  {key: "aosSigma", text: "σ of AOS", show: deviation, number: true},
  {key: "losSigma", text: "σ of LOS", show: deviation, number: true},
  {key: "probability", text: "Probability", show: (value) => (value === null ? "" : Number(value.toFixed(4))), number: true},
];
const HEAD = ["site", "target", "aos_utc", "culmination_utc", "los_utc", "duration_s", "culmination_elevation_deg",
  "opened_by", "closed_by", "basis", "start_sigma_s", "end_sigma_s", "probability"];
const ROWS_AT_ONCE = 400;
const SAME_S = 1; // what the page promises of an edge

function deviation(seconds) {
  return seconds === null ? "" : seconds >= 120 ? lasting(seconds) : `${Number(seconds.toPrecision(2))}\u00a0s`;
}

// A cause without the names that the row says already: `clear of the moon`, `range < 350 km`.
function shorter(cause, {site, target}) {
  const names = [site, target];
  const hops = [`${site} – ${target} `, `${target} – ${site} `];
  let text = hops.reduce((left, hop) => (left.startsWith(hop) ? left.slice(hop.length) : left), cause);
  for (const name of names) for (const word of ["seen from", "from", "of"]) text = text.replaceAll(` ${word} ${name} `, " ");
  return text;
}

function passesOf(data, index, windows) {
  const hop = data.hops[index];
  if (!hop.elevations.length) return [];
  const {site, pieces} = hop.elevations[0], same = (a, b) => Math.abs(a - b) < SAME_S;
  let at = 0;
  return windows.map((window) => {
    const [top, elevation] = culmination(data, pieces, window);
    while (at < hop.sure.length && hop.sure[at][1] <= window[0]) at++; // both are in order
    const [start, end, aosSigma, losSigma, probability] = hop.sure[at] || [NaN, NaN];
    const first = same(start, window[0]), last = same(end, window[1]);
    return {
      site, target: hop.ends[0] === site ? hop.ends[1] : hop.ends[0], aos: window[0], top, los: window[1],
      duration: window[1] - window[0], elevation, opened: edgeCause(data, hop, window[0]),
      closed: edgeCause(data, hop, window[1]), basis: hop.basis, hop: index,
      aosSigma: first ? aosSigma : null, losSigma: last ? losSigma : null, probability: first && last ? probability : null,
    };
  });
}

function passes(data, settings) {
  const body = byId("rows"), head = byId("columns"), choice = byId("site");
  let all = [], sorted = {key: "aos", down: false}, most = ROWS_AT_ONCE;

  for (const name of new Set(data.hops.flatMap((hop) => hop.elevations.slice(0, 1).map(({site}) => site)))) {
    choice.append(element("option", {value: name}, name));
  }
  for (const column of COLUMNS) {
    const button = element("button", {type: "button", class: "plain"}, column.text);
    button.addEventListener("click", () => {
      sorted = {key: column.key, down: sorted.key === column.key && !sorted.down};
      draw();
    });
    const paper = element("span", {class: "paper"}, column.text);  // buttons are not repeated there
    head.append(element("th", {scope: "col", class: column.number ? "number" : ""}, button, paper));
  }
  choice.addEventListener("change", () => { most = ROWS_AT_ONCE; draw(); });
  byId("more").addEventListener("click", () => { most = Infinity; draw(); });
  byId("download").addEventListener("click", download);
  let before = most;
  addEventListener("beforeprint", () => { before = most; most = Infinity; draw(); });
  addEventListener("afterprint", () => { most = before; draw(); });

  function listed() {
    const kept = all.filter((row) => !choice.value || row.site === choice.value);
    const sign = sorted.down ? -1 : 1;
    const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
    const value = (row) => row[sorted.key] ?? sign * Infinity; // what is not known comes last
    return kept.sort((a, b) => sign * order(value(a), value(b)) || a.aos - b.aos);
  }

  function draw() {
    const rows = listed();
    [...head.children].forEach((cell, index) => {
      const direction = sorted.down ? "descending" : "ascending";
      cell.setAttribute("aria-sort", COLUMNS[index].key === sorted.key ? direction : "none");
    });
    body.replaceChildren(...rows.slice(0, most).map((row) => element("tr", {}, ...COLUMNS.map((column) => cell(row, column)))));
    byId("count").textContent = `${rows.length} passes`;
    byId("more").hidden = rows.length <= most;
    byId("more").textContent = `Show all ${rows.length}`;
  }

  // A time; without its day, where that is the day of AOS.
  function clockOf(aos, t) {
    const [day, text] = [aos, t].map((each) => utcShort(data, each));
    return text.slice(text.slice(0, 10) === day.slice(0, 10) ? 11 : text.slice(0, 4) === day.slice(0, 4) ? 5 : 0);
  }

  function cell(row, column) {
    const value = row[column.key];
    const text = column.key === "aos" ? utcShort(data, value) : column.time ? clockOf(row.aos, value)
      : column.show ? column.show(value, row) : value;
    const node = element("td", {class: column.number ? "number" : column.time ? "time" : ""});
    if (column.key !== "aos") return filled(node, {}, [text]);
    const button = element("button", {type: "button", class: "plain", title: "draw this pass"}, text);
    button.addEventListener("click", () => profile(data, settings(), row.hop, [row.aos, row.los]));
    return filled(node, {}, [button]);
  }

  function download() {
    const link = element("a", {download: "passes.csv", href: URL.createObjectURL(new Blob([csv(data, listed())], {type: "text/csv"}))});
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  return (windows) => {
    all = windows.flatMap((each, index) => passesOf(data, index, each));
    draw();
  };
}

// Rows as CSV; text that a spreadsheet would take for a formula gets a quote in front, as in the library's tables.
function csv(data, rows) {
  const quoted = (value) => {
    const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const lines = rows.map((row) => [
    row.site, row.target, utc(data, row.aos, 1), utc(data, row.top, 1), utc(data, row.los, 1),
    Number(row.duration.toFixed(1)), Number(row.elevation.toFixed(3)), row.opened, row.closed, row.basis,
    row.aosSigma ?? "", row.losSigma ?? "", row.probability ?? "",
  ]);
  return [HEAD, ...lines].map((line) => line.map(quoted).join(",") + "\n").join("");
}

// One pass as elevation over time, with its mask; what the other limits leave dark is not drawn.
function profile(data, settings, index, [start, end]) {
  const hop = data.hops[index], panel = byId("pass"), svg = byId("profile");
  if (!hop.elevations.length) return;
  const {site, pieces} = hop.elevations[0], mask = settings.masks[site];
  const [from, to] = hop.low.find((window) => window[0] <= start + SLIVER && window[1] >= end - SLIVER) || [start, end];
  const margin = 0.15 * (end - start), first = Math.max(from, start - margin), last = Math.min(to, end + margin);
  const [top, highest] = culmination(data, pieces, [start, end]);
  const width = 640, height = 220, left = 40, right = 10, above = 12, below = 28;
  const floor = Math.min(0, mask, ...[first, last].map((t) => elevationAt(data, pieces, t)));
  const roof = Math.min(90, Math.max(highest, mask, floor + 1) * 1.08 + 0.2);
  const x = (t) => left + (t - first) / (last - first) * (width - left - right);
  const y = (degrees) => height - below - (degrees - floor) / (roof - floor) * (height - above - below);
  const line = (a, b) => Array.from({length: 121}, (_, k) => a + (b - a) * k / 120)
    .map((t) => `${x(t).toFixed(1)},${y(elevationAt(data, pieces, t)).toFixed(1)}`).join(" ");
  const step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30].find((each) => (roof - floor) / each <= 5) || 30;
  const parts = [];
  for (let degrees = Math.ceil(floor / step) * step; degrees <= roof; degrees += step) {
    parts.push(drawn("line", {class: "grid", x1: left, x2: width - right, y1: y(degrees), y2: y(degrees)}));
    parts.push(drawn("text", {class: "tick", x: left - 5, y: y(degrees) + 4, "text-anchor": "end"}, `${Number(degrees.toFixed(1))}°`));
  }
  for (const [t, text] of ticks(data, first, last, 6)) {
    parts.push(drawn("line", {class: "grid", x1: x(t), x2: x(t), y1: above, y2: height - below}));
    parts.push(drawn("text", {class: "tick", x: x(t), y: height - 10}, text));
  }
  parts.push(drawn("line", {class: "mask", x1: left, x2: width - right, y1: y(mask), y2: y(mask)}));
  parts.push(drawn("polyline", {class: "outside", points: line(first, last)}));
  parts.push(drawn("polyline", {class: "inside", points: line(start, end)}));
  parts.push(drawn("circle", {class: "top", cx: x(top), cy: y(highest), r: 4}));
  svg.replaceChildren(...parts);
  const words = `${hopName(hop)}: ${utcShort(data, start)} to ${utcShort(data, end)} UTC, ${lasting(end - start)}, ` +
    `highest ${highest.toFixed(2)}° over ${site} at ${utcShort(data, top).slice(11)}; mask ${mask}° (dashed)`;
  svg.setAttribute("aria-label", words);
  byId("words-of-pass").textContent = words;
  panel.hidden = false;
  panel.scrollIntoView({block: "nearest"});
}
