// What the reader chose, as the hash of the page's address: a link to the page as it is seen. Other people's links are
// untrusted: what they say is bounded, and names that the page does not have are left out.

import {NO_FILTER} from "./pass_filter.js";

const LONGEST_HASH = 20000, LONGEST_TEXT = 200, ZENITH_DEG = 90;

// state: {settings, t, view, filter, sort, hidden, theme}; what is as at first is left out.
export function stateText(first, state) {
  const found = new URLSearchParams();
  for (const [site, mask] of Object.entries(state.settings.masks)) {
    if (mask !== first.settings.masks[site]) found.append(`mask.${site}`, Number(mask.toFixed(2)));
  }
  for (const site of state.settings.off) found.append("off", site);
  if (state.settings.least) found.append("least", state.settings.least);
  if (state.t) found.append("t", Math.round(state.t));
  if (state.view.start !== first.view.start || state.view.end !== first.view.end) {
    found.append("view", [state.view.start, state.view.end].map(Math.round).join(","));
  }
  for (const [key, value] of Object.entries(state.filter)) if (value !== "") found.append(key, value);
  const {key, down} = state.sort;
  if (key !== first.sort.key || down !== first.sort.down) found.append("sort", `${key},${down ? "down" : "up"}`);
  if ([...state.hidden].join() !== [...first.hidden].join()) found.append("hidden", [...state.hidden].join(","));
  if (state.theme) found.append("theme", state.theme);
  return found.toString();
}

function within(text, low, high) {
  const number = text === null || text.trim() === "" ? NaN : Number(text);
  return Number.isFinite(number) ? Math.min(Math.max(number, low), high) : null;
}

// The state that a hash says, on top of the first one.
export function readState(data, first, text) {
  const told = new URLSearchParams(text.length > LONGEST_HASH ? "" : text.replace(/^#/, ""));
  const masks = {...first.settings.masks}, names = data.sites.map(({name}) => name);
  for (const {name, lowest_deg: lowest} of data.sites) {
    masks[name] = within(told.get(`mask.${name}`), lowest, ZENITH_DEG) ?? masks[name];
  }
  const off = new Set(told.getAll("off").filter((name) => names.includes(name)));
  const least = within(told.get("least"), 0, data.duration_s) ?? 0;
  const filter = Object.fromEntries(Object.keys(NO_FILTER).map((key) =>
    [key, (told.get(key) ?? "").slice(0, LONGEST_TEXT)]));
  for (const key of ["minutes", "degrees"]) if (within(filter[key], -1e6, 1e6) === null) filter[key] = "";
  const [start, end] = (told.get("view") ?? "").split(",").map((part) => within(part, 0, data.duration_s));
  const view = start !== null && end !== null && end > start ? {start, end} : first.view;
  const [key, way] = (told.get("sort") ?? "").split(",");
  const sort = key ? {key, down: way === "down"} : first.sort;
  const hidden = told.has("hidden") ? told.get("hidden").split(",") : [...first.hidden];
  const theme = ["light", "dark"].includes(told.get("theme")) ? told.get("theme") : "";
  return {settings: {masks, off, least}, t: within(told.get("t"), 0, data.duration_s) ?? 0, view, filter, sort, hidden,
    theme};
}
