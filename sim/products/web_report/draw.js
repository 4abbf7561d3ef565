// Small helpers for the document and for times. Texts reach the document as text only.

const SVG = "http://www.w3.org/2000/svg";

function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

function drawn(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

function filled(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) node.setAttribute(key, value);
  node.append(...children.map((child) => (child instanceof Node ? child : String(child))));
  return node;
}

function byId(id) {
  return document.getElementById(id);
}

// UTC of a time: a leap second inside the span reads as the second after it.
function utc(data, t, digits = 0) {
  const passed = t - data.leaps.filter((leap) => leap <= t).length;
  const step = 1000 / 10 ** digits;
  const clock = Math.round((Date.parse(data.start_utc) + passed * 1000) / step) * step;
  const text = new Date(clock).toISOString();
  return (digits ? text.slice(0, 20 + digits) : text.slice(0, 19)) + "Z";
}

function utcShort(data, t, digits = 0) {
  return utc(data, t, digits).replace("T", " ").slice(0, -1);
}

function lasting(seconds) {
  if (seconds >= 2 * 86400) return `${(seconds / 86400).toFixed(1)}\u00a0d`;
  if (seconds >= 2 * 3600) return `${(seconds / 3600).toFixed(1)}\u00a0h`;
  if (seconds >= 120) return `${(seconds / 60).toFixed(1)}\u00a0min`;
  return `${seconds >= 9.5 || seconds === 0 ? seconds.toFixed(0) : Number(seconds.toPrecision(2))}\u00a0s`;
}

function percent(share) {
  return `${(100 * share).toFixed(1)}\u00a0%`;
}

function hopName(hop) {
  return `${hop.ends[0]} – ${hop.ends[1]}`;
}

function pathText(route) {
  return route.path.map((step) => step.join(" | ")).join(" → ");
}

// Times for the ticks of an axis from start to end, at most so many, on round UTC times: [[t, text]].
function ticks(data, start, end, most) {
  const steps = [1, 5, 15, 30, 60, 300, 600, 1800, 3600, 10800, 21600, 43200, 86400, 172800, 604800, 1209600, 2592000,
    7776000, 31557600];
  const step = steps.find((each) => (end - start) / each <= most) || 31557600 * Math.ceil((end - start) / most / 31557600);
  const zero = (Date.parse(data.start_utc) / 1000) % step;
  const found = [];
  for (let t = Math.ceil((start + zero) / step) * step - zero; t <= end; t += step) {
    const text = utc(data, t);
    const clock = text.slice(11, step >= 60 ? 16 : 19);
    found.push([t, step >= 86400 || /^[0:]*$/.test(clock) ? text.slice(5, 10) : clock]);
  }
  return found;
}

function clipped(text, most) {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
