// Where the results come from: orbits and places, kernels and versions, and the certificates of the search.

import {byId, element, table} from "./dom.js";

const isPlain = (value) => value === null || typeof value !== "object";

// Nested values as lists of terms; a list of plain values as one text.
function tree(value) {
  if (isPlain(value)) return String(value);
  if (Array.isArray(value) && value.every(isPlain)) return value.join(", ");
  return element("dl", {}, ...Object.entries(value).flatMap(([key, each]) => [
    element("dt", {}, Array.isArray(value) ? each.name || each.file || `${Number(key) + 1}` : key.replaceAll("_", " ")),
    element("dd", {}, tree(each)),
  ]));
}

function certificateRow([name, {margins, pieces, evaluations, unresolved_s}]) {
  const resolutions = margins.map((margin) => `${margin.name} (${margin.resolution} ${margin.unit})`).join("; ");
  return [name, resolutions, pieces, evaluations, `${unresolved_s} s`];
}

export function showProvenance({certificates = {}, ends = {}, ...rest}) {
  const place = byId("origins"), named = Object.entries(ends);
  place.append(table(["Name", "Basis", "Source"], named.map(([name, end]) => [name, end.basis, end.source || ""])));
  place.append(tree(rest));
  const more = Object.fromEntries(named.map(([name, {basis, source, ...other}]) => [name, other])
    .filter(([, other]) => Object.keys(other).length));
  if (Object.keys(more).length) place.append(element("h3", {}, "More about spacecraft and places"), tree(more));
  place.append(element("h3", {}, "Certificates of the search"), element("p", {class: "soft"},
    "The functions that were searched at the scenario’s own settings, and how finely, so that no window was missed."),
  table(["Link", "Functions (resolution)", "Pieces", "Evaluations", "Unresolved"],
    Object.entries(certificates).map(certificateRow)));
}
