// Elements of the document. Texts enter it as text nodes and attributes only, never as markup.

const SVG = "http://www.w3.org/2000/svg";

export function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

export function drawn(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

function filled(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

export function byId(id) {
  return document.getElementById(id);
}

export function table(heads, rows) {
  return element("div", {class: "wide"}, element("table", {},
    element("thead", {}, element("tr", {}, ...heads.map((text) => element("th", {scope: "col"}, text)))),
    element("tbody", {}, ...rows.map((row) => element("tr", {}, ...row.map((value) => element("td", {}, value)))))));
}

// A sample of an orbit's line with its name: color for the spacecraft, line style for the basis.
export const HUES = 6;

export function lineKey(hue, basis, text) {
  return element("span", {class: "entry"},
    drawn("svg", {class: "swatch", viewBox: "0 0 40 10", "aria-hidden": "true"},
      drawn("polyline", {class: `track hue${hue % HUES} ${basis}`, points: "1,5 39,5"})), text);
}
