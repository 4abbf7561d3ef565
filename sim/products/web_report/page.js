// The page: settings in, windows out, everything drawn anew from them.

const DATA = JSON.parse(byId("data").textContent);

function defaults() {
  return {masks: Object.fromEntries(DATA.sites.map((site) => [site.name, site.mask_deg])), off: new Set(), least: 0};
}

const OWN = solve(DATA, defaults());
let settings = defaults();
const controls = [];

function changed() {
  const given = defaults();
  return settings.least !== 0 || settings.off.size > 0 ||
    DATA.sites.some((site) => settings.masks[site.name] !== given.masks[site.name]);
}

function heading() {
  byId("title").textContent = DATA.title || "Contact windows";
  byId("span").textContent =
    `${utcShort(DATA, 0)} to ${utcShort(DATA, DATA.duration_s)} UTC, ${Number((DATA.duration_s / 86400).toFixed(2))} days. ` +
    `Times are UTC at the receiving end of a hop, at the last end of a route. ` +
    (DATA.light ? "Light takes its time." : "Light is taken to be instant.");
}

function summary(found) {
  const moved = changed();
  byId("sentences").replaceChildren(...DATA.routes.map((route, index) => {
    const now = totals(found.routes[index], found.unknown.routes[index], DATA.duration_s);
    const before = totals(OWN.routes[index], OWN.unknown.routes[index], DATA.duration_s);
    const unknown = DATA.duration_s - now.known;
    const left = unknown > 1 ? ` No orbit is known for ${lasting(unknown)}, which are left out.` : "";
    const item = element("li", {}, element("b", {}, route.name), ` (${pathText(route)}; ${route.basis}) `);
    item.append(now.count ? `is open ${percent(now.share)} of ${left ? `the ${lasting(now.known)} known` : "the time"}, ${lasting(now.open)} in ${now.count} ` +
      `${now.count === 1 ? "window" : "windows"}; ${now.gap > 1 ? `the longest gap is ${lasting(now.gap)}.` : "without a gap."}${left}`
      : now.known > 1 ? `is never ${left ? "known to be " : ""}open.${left}` : "is not known: no orbit is.");
    const same = now.count === before.count && Math.abs(now.open - before.open) < 1;
    if (moved && !same) item.append(element("span", {class: "before"}, ` As the scenario says: ${percent(before.share)}` +
      ` in ${before.count}, longest gap ${lasting(before.gap)}.`));
    return item;
  }));
  byId("state").textContent = moved ? "Settings differ from the scenario’s; thin lines below the bars are its own windows."
    : "Settings are the scenario’s own.";
  byId("reset").disabled = !moved;
}

function siteControls() {
  const body = byId("sites");
  for (const site of DATA.sites) {
    const name = site.name, low = Math.round(site.lowest_deg * 100) / 100;
    const on = element("input", {type: "checkbox", "aria-label": `${name} takes part`});
    const slider = element("input", {type: "range", min: low, max: 60, step: "any", "aria-label": `least elevation at ${name}, degrees`});
    const number = element("input", {type: "number", min: low, max: 90, step: 0.5, "aria-label": `least elevation at ${name}, degrees`});
    const set = (value) => {
      if (!Number.isFinite(value)) return;
      settings.masks[name] = Math.min(Math.max(value, site.lowest_deg), 90);
      show();
      later();
    };
    const show = () => {
      on.checked = !settings.off.has(name);
      slider.value = settings.masks[name];
      if (document.activeElement !== number) number.value = settings.masks[name];
    };
    on.addEventListener("change", () => { settings.off[on.checked ? "delete" : "add"](name); later(); });
    slider.addEventListener("input", () => set(Math.max(site.lowest_deg, Math.round(Number(slider.value) * 10) / 10)));
    slider.addEventListener("keydown", (event) => {
      const by = {ArrowLeft: -0.5, ArrowDown: -0.5, ArrowRight: 0.5, ArrowUp: 0.5, PageDown: -5, PageUp: 5}[event.key];
      if (!by) return;
      event.preventDefault();
      set(Math.round((settings.masks[name] + by) * 10) / 10);
    });
    number.addEventListener("input", () => { if (number.value !== "") set(Number(number.value)); });
    number.addEventListener("blur", show);
    controls.push(show);
    const told = site.profile ? "on top of its horizon profile" : `${Number(site.mask_deg.toFixed(2))}°`;
    body.append(element("tr", {}, element("td", {}, element("label", {}, on, ` ${name}`)), element("td", {}, slider),
      element("td", {}, number, " °"), element("td", {class: "soft"}, told)));
  }
  const least = byId("least"), leastNumber = byId("least-number");
  const set = (minutes, from) => {
    if (!Number.isFinite(minutes) || minutes < 0) return;
    settings.least = minutes * 60;
    for (const input of [least, leastNumber]) if (input !== from) input.value = minutes;
    later();
  };
  least.addEventListener("input", () => set(Number(least.value), least));
  leastNumber.addEventListener("input", () => { if (leastNumber.value !== "") set(Number(leastNumber.value), leastNumber); });
  controls.push(() => { least.value = leastNumber.value = settings.least / 60; });
  byId("reset").addEventListener("click", () => {
    settings = defaults();
    for (const show of controls) show();
    update();
  });
  for (const show of controls) show();
}

function provenance() {
  const {certificates = {}, ends = {}, ...rest} = DATA.provenance;
  const place = byId("origins");
  place.append(table(["end", "basis", "source"], Object.entries(ends).map(([name, end]) => [name, end.basis, end.source || ""])));
  place.append(tree(rest));
  const more = Object.fromEntries(Object.entries(ends).map(([name, {basis, source, ...other}]) => [name, other])
    .filter(([, other]) => Object.keys(other).length));
  if (Object.keys(more).length) place.append(element("h3", {}, "More about the ends"), tree(more));
  place.append(element("h3", {}, "Certificates of the search"), element("p", {class: "soft"},
    "What was looked at, and how finely, to be sure that no window was passed over, at the scenario’s own settings."),
  table(["hop", "margins", "pieces", "evaluations", "unresolved"], Object.entries(certificates).map(([name, told]) =>
    [name, told.margins.map((margin) => `${margin.name} (${margin.resolution} ${margin.unit})`).join("; "), told.pieces,
      told.evaluations, `${told.unresolved_s} s`])));
}

function table(heads, rows) {
  return element("div", {class: "wide"}, element("table", {},
    element("thead", {}, element("tr", {}, ...heads.map((text) => element("th", {scope: "col"}, text)))),
    element("tbody", {}, ...rows.map((row) => element("tr", {}, ...row.map((value) => element("td", {}, value)))))));
}

function tree(value) {
  if (value === null || typeof value !== "object") return document.createTextNode(String(value));
  if (Array.isArray(value) && value.every((each) => each === null || typeof each !== "object")) {
    return document.createTextNode(value.join(", "));
  }
  return element("dl", {}, ...Object.entries(value).flatMap(([key, each]) => [
    element("dt", {}, Array.isArray(value) ? each.name || each.file || `${Number(key) + 1}` : key.replaceAll("_", " ")),
    element("dd", {}, tree(each)),
  ]));
}

for (const part of document.querySelectorAll(".live")) part.hidden = false;
const drawPass = (index, window) => profile(DATA, settings, index, window);
const dome = sky(DATA, () => settings, drawPass);
const chart = timeline(DATA, drawPass, dome.look);
const fillTable = passes(DATA, () => settings);
let waiting = 0, found = null;

function later() {
  if (!waiting) waiting = requestAnimationFrame(update);
}

function update() {
  waiting = 0;
  found = solve(DATA, settings);
  summary(found);
  chart.show(found, changed() ? OWN : null);
  dome.show(found);
  fillTable(found.hops);
}

heading();
siteControls();
provenance();
orbits(DATA);
update();
byId("close").addEventListener("click", () => { byId("pass").hidden = true; });
