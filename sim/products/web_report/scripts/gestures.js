// Keys, wheel and drag on a picture, and the buttons that do the same.

import {byId} from "./dom.js";

export function onKeys(target, actions) {
  target.addEventListener("keydown", (event) => {
    if (!Object.hasOwn(actions, event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    actions[event.key]();
  });
}

// The wheel zooms only with Ctrl (or ⌘): without it the page scrolls.
export function onWheel(target, zoom) {
  target.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoom(event.deltaY > 0, event);
  }, {passive: false});
}

// begin(event) returns what is done at every move until the pointer is released.
export function onDrag(target, begin) {
  target.addEventListener("pointerdown", (event) => {
    const drag = begin(event);
    const stop = () => {
      removeEventListener("pointermove", drag);
      for (const kind of ["pointerup", "pointercancel"]) removeEventListener(kind, stop);
    };
    addEventListener("pointermove", drag);
    for (const kind of ["pointerup", "pointercancel"]) addEventListener(kind, stop);
  });
}

export function onButtons(actions) {
  for (const [id, act] of Object.entries(actions)) byId(id).addEventListener("click", act);
}
