// What stands around the parts of the page: its contents and its theme.

import {byId, element} from "./dom.js";

// Links to every section that is shown. They scroll, and leave the hash to the state of the page.
export function showContents() {
  const sections = [...document.querySelectorAll("main section[aria-labelledby]")].filter(({hidden, id}) =>
    !hidden && id !== "pass");
  byId("contents").replaceChildren(...sections.map((section) => {
    const id = section.getAttribute("aria-labelledby"), link = element("a", {href: `#${id}`}, byId(id).textContent);
    link.addEventListener("click", (event) => {
      event.preventDefault();
      byId(id).scrollIntoView();
      byId(id).setAttribute("tabindex", "-1");
      byId(id).focus({preventScroll: true});
    });
    return element("li", {}, link);
  }));
}

export class ThemeChoice {
  // changed(): the reader chose another theme.
  constructor(changed) {
    this.theme = "";
    byId("theme").addEventListener("change", () => { this.take(byId("theme").value); changed(); });
  }

  // "light", "dark", or "" for that of the device.
  take(theme) {
    this.theme = theme;
    byId("theme").value = theme;
    document.documentElement.setAttribute("data-theme", theme);
  }
}
