// The page: settings in, windows out; every part is drawn again from them.

import {byId} from "./dom.js";
import {Orbits} from "./orbits.js";
import {plotPass} from "./pass_plot.js";
import {PassTable} from "./pass_table.js";
import {showProvenance} from "./provenance.js";
import {Controls, defaults, differs} from "./settings.js";
import {Sky} from "./sky.js";
import {showSummary, spanText} from "./summary.js";
import {Timeline} from "./timeline.js";
import {solve} from "./windows.js";

const DATA = JSON.parse(byId("data").textContent);
const OWN = solve(DATA, defaults(DATA));
let found = OWN, waiting = false;

function update() {
  waiting = false;
  found = solve(DATA, controls.settings);
  const moved = differs(DATA, controls.settings);
  showSummary(DATA, found, OWN, moved);
  timeline.show(found, moved ? OWN : null);
  sky.show(found);
  passTable.show(found.hops);
}

// However often settings change, the page is drawn once a frame.
function updateSoon() {
  if (!waiting) requestAnimationFrame(update);
  waiting = true;
}

for (const part of document.querySelectorAll(".live")) part.hidden = false;
byId("title").textContent = DATA.title || "Contact windows";
byId("span").textContent = spanText(DATA);
byId("close").addEventListener("click", () => { byId("pass").hidden = true; });
const plot = (index, window) => plotPass(DATA, controls.settings, index, window);
const controls = new Controls(DATA, updateSoon);
const sky = new Sky(DATA, () => controls.settings, plot);
const timeline = new Timeline(DATA, plot, (start, end) => sky.look(start, end));
const passTable = new PassTable(DATA, plot);
showProvenance(DATA.provenance);
new Orbits(DATA);
update();
