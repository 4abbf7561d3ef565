// The page: settings in, windows out; every part is drawn again from them.

import {Clock} from "./clock.js";
import {byId} from "./dom.js";
import {ThemeChoice, showContents} from "./frame.js";
import {Orbits} from "./orbits.js";
import {readState, stateText} from "./page_state.js";
import {plotPass} from "./pass_plot.js";
import {PassTable} from "./pass_table.js";
import {showProvenance} from "./provenance.js";
import {Controls, defaults, differs} from "./settings.js";
import {Sky} from "./sky.js";
import {showSummary, spanText} from "./summary.js";
import {Timeline} from "./timeline.js";
import {solve} from "./windows.js";

const HASH_DELAY_MS = 400; // browsers limit how often an address may change

const DATA = JSON.parse(byId("data").textContent);
const OWN = solve(DATA, defaults(DATA));
let found = OWN, waiting = false, saving = false;

function update() {
  waiting = false;
  found = solve(DATA, controls.settings);
  const moved = differs(DATA, controls.settings);
  showSummary(DATA, found, OWN, moved);
  timeline.show(found, moved ? OWN : null);
  sky.show(found);
  passTable.show(found.hops);
  clock.show(found);
  saveSoon();
}

// However often settings change, the page is drawn once a frame.
function updateSoon() {
  if (!waiting) requestAnimationFrame(update);
  waiting = true;
}

function state() {
  const {key, down, hidden, filter} = passTable;
  return {settings: controls.settings, t: clock.t, view: timeline.view, filter, sort: {key, down},
    hidden: new Set(hidden), theme: theme.theme};
}

function saveSoon() {
  if (!saving && started) setTimeout(save, HASH_DELAY_MS);
  saving = started;
}

function save() {
  saving = false;
  const text = stateText(FIRST, state());
  if (text !== location.hash.slice(1)) history.replaceState(null, "", text ? `#${text}` : "#");
}

// Shows what the hash of the address says.
function takeHash() {
  const told = readState(DATA, FIRST, location.hash);
  controls.take(told.settings);
  theme.take(told.theme);
  passTable.take(told);
  timeline.view = told.view;
  clock.t = told.t;
  Object.assign(sky, {from: told.view.start, to: told.view.end});
  update();
}

for (const part of document.querySelectorAll(".live")) part.hidden = false;
byId("title").textContent = DATA.title || "Contact windows";
byId("span").textContent = spanText(DATA);
byId("close").addEventListener("click", () => { byId("pass").hidden = true; });
const plot = (index, window) => plotPass(DATA, controls.settings, index, window);
const look = (start, end) => { sky.look(start, end); saveSoon(); };
const controls = new Controls(DATA, updateSoon);
const sky = new Sky(DATA, () => controls.settings, plot);
const timeline = new Timeline(DATA, plot, look, (t) => clock.set(t));
const passTable = new PassTable(DATA, plot, saveSoon);
const orbits = new Orbits(DATA);
const theme = new ThemeChoice(saveSoon);
const clock = new Clock(DATA, (t) => {
  for (const part of [timeline, sky, orbits, passTable]) part.point(t);
  saveSoon();
});
let started = false;
const FIRST = state();
showProvenance(DATA.provenance);
takeHash();
started = true;
addEventListener("hashchange", takeHash);
showContents();
