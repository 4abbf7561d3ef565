// What the reader can change: {masks: {site: deg}, off: Set of sites, least: s}.

import {byId, element} from "./dom.js";

const HIGHEST_DEG = 90, HIGHEST_SLIDER_DEG = 60;
const KEY_STEPS_DEG = {ArrowLeft: -0.5, ArrowDown: -0.5, ArrowRight: 0.5, ArrowUp: 0.5, PageDown: -5, PageUp: 5};

// The scenario's own settings.
export function defaults(data) {
  return {masks: Object.fromEntries(data.sites.map((site) => [site.name, site.mask_deg])), off: new Set(), least: 0};
}

export function differs(data, settings) {
  const own = defaults(data);
  return settings.least !== own.least || settings.off.size > 0 ||
    data.sites.some((site) => settings.masks[site.name] !== own.masks[site.name]);
}

export class Controls {
  // changed(): the reader has changed `settings`.
  constructor(data, changed) {
    Object.assign(this, {data, changed, settings: defaults(data)});
    const rows = data.sites.map((site) => this.siteRow(site));
    byId("sites").append(...rows.map(({row}) => row));
    this.shows = [...rows.map(({show}) => show), this.shortest()];
    byId("reset").addEventListener("click", () => {
      this.settings = defaults(data);
      this.show();
      changed();
    });
    this.show();
  }

  show() {
    for (const show of this.shows) show();
  }

  // Takes other settings without telling of it.
  take(settings) {
    this.settings = settings;
    this.show();
  }

  setMask(site, degrees) {
    if (!Number.isFinite(degrees)) return;
    this.settings.masks[site.name] = Math.min(Math.max(degrees, site.lowest_deg), HIGHEST_DEG);
    this.changed();
  }

  siteRow(site) {
    const {name} = site, min = Math.round(site.lowest_deg * 100) / 100, label = `elevation mask of ${name}, degrees`;
    const on = element("input", {type: "checkbox", "aria-label": `use ${name}`});
    const slider = element("input", {type: "range", min, max: HIGHEST_SLIDER_DEG, step: "any", "aria-label": label});
    const number = element("input", {type: "number", min, max: HIGHEST_DEG, step: 0.5, "aria-label": label});
    const show = () => {
      on.checked = !this.settings.off.has(name);
      slider.value = this.settings.masks[name];
      if (document.activeElement !== number) number.value = Number(this.settings.masks[name].toFixed(2));
    };
    const set = (degrees) => { this.setMask(site, degrees); show(); };
    const tenths = (degrees) => Math.round(degrees * 10) / 10;
    on.addEventListener("change", () => {
      this.settings.off[on.checked ? "delete" : "add"](name);
      this.changed();
    });
    slider.addEventListener("input", () => set(tenths(Number(slider.value))));
    slider.addEventListener("keydown", (event) => {
      const step = KEY_STEPS_DEG[event.key];
      if (!step) return;
      event.preventDefault();
      set(tenths(this.settings.masks[name] + step));
    });
    number.addEventListener("input", () => { if (number.value !== "") set(Number(number.value)); });
    number.addEventListener("blur", show);
    const own = site.profile ? "horizon profile" : `${Number(site.mask_deg.toFixed(2))}°`;
    const row = element("tr", {}, element("td", {}, element("label", {}, on, ` ${name}`)), element("td", {}, slider),
      element("td", {}, number, " °"), element("td", {class: "soft"}, own));
    return {row, show};
  }

  // The slider and the number of the shortest window; returns what shows their value.
  shortest() {
    const slider = byId("least"), number = byId("least-number");
    const set = (from, minutes) => {
      if (!Number.isFinite(minutes) || minutes < 0) return;
      this.settings.least = minutes * 60;
      for (const input of [slider, number]) if (input !== from) input.value = minutes;
      this.changed();
    };
    slider.addEventListener("input", () => set(slider, Number(slider.value)));
    number.addEventListener("input", () => { if (number.value !== "") set(number, Number(number.value)); });
    return () => { slider.value = number.value = this.settings.least / 60; };
  }
}
