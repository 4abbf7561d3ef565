// As much of a document as the page's scripts use, for tests without a browser.

class FakeElement {
  constructor(name, id = "") {
    Object.assign(this, {name, id, children: [], attributes: {}, listeners: {}, hidden: false, value: "", scrolled: 0});
    this.parentElement = this;
  }

  setAttribute(key, value) {
    this.attributes[key] = String(value);
    if (key === "value") this.value = String(value);
  }

  getAttribute(key) {
    return this.attributes[key] ?? null;
  }

  append(...children) {
    this.children.push(...children.map((child) => (child instanceof FakeElement ? child : String(child))));
  }

  replaceChildren(...children) {
    this.children = [];
    this.append(...children);
  }

  get textContent() {
    return this.children.map((child) => (typeof child === "string" ? child : child.textContent)).join("");
  }

  set textContent(text) {
    this.children = [text];
  }

  addEventListener(kind, listener) {
    (this.listeners[kind] ||= []).push(listener);
  }

  removeEventListener(kind, listener) {
    this.listeners[kind] = (this.listeners[kind] || []).filter((each) => each !== listener);
  }

  // As a person would: fires an event, and returns whether its default was prevented.
  fire(kind, event = {}) {
    let prevented = false;
    const whole = {target: this, ctrlKey: false, metaKey: false, altKey: false, ...event,
      preventDefault: () => { prevented = true; }};
    for (const listener of [...(this.listeners[kind] || [])]) listener(whole);
    return prevented;
  }

  getBoundingClientRect() {
    return {left: 0, top: 0};
  }

  scrollIntoView() {
    this.scrolled++;
  }

  // Elements below this one of a name (`rect`) or a class (`.bar`).
  all(wanted) {
    const classes = (this.attributes.class || "").split(" ");
    const own = wanted.startsWith(".") ? classes.includes(wanted.slice(1)) : this.name === wanted;
    const below = this.children.flatMap((child) => (typeof child === "string" ? [] : child.all(wanted)));
    return own ? [this, ...below] : below;
  }
}

// Puts a new document in place of the browser's; elements come into being when they are asked for by their ids.
export function fakeDocument(width = 1000) {
  const byId = new Map(), frames = [], page = new FakeElement("window");
  const element = (id) => {
    if (!byId.has(id)) byId.set(id, new FakeElement("div", id));
    return byId.get(id);
  };
  element("chart").clientWidth = width;
  Object.assign(globalThis, {
    document: {
      createElement: (name) => new FakeElement(name),
      createElementNS: (space, name) => new FakeElement(name, space),
      getElementById: element, querySelectorAll: () => [], body: element("body"), activeElement: null,
      documentElement: element("root"),
    },
    addEventListener: (...event) => page.addEventListener(...event),
    removeEventListener: (...event) => page.removeEventListener(...event),
    requestAnimationFrame: (draw) => frames.push(draw),
    location: {hash: ""},
    history: {replaceState: (_state, _title, hash) => { globalThis.location.hash = hash; }},
    setTimeout: (act) => frames.push(act), matchMedia: () => ({matches: false}),
    ResizeObserver: class { observe() {} },
  });
  return {element, page, drawFrames: (now) => frames.splice(0).forEach((draw) => draw(now))};
}
