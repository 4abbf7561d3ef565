// Orbits about the Earth (ICRF), or in axes that turn with the Moon, seen from any side: turned by drag, arrow keys or buttons.

function orbits(data) {
  const svg = byId("turning"), whole = {yaw: -0.9, pitch: 0.45};
  if (!data.orbits.length) return;
  const earthly = data.frame === "earth", frame = earthly ? "about the Earth" : "in axes that turn with the Moon";
  byId("turning-part").hidden = false;
  byId("turning-head").textContent = earthly ? "Orbits about the Earth" : "Orbits in the Earth–Moon rotating frame";
  byId("turning-axes").textContent = earthly ? "ICRF axes: x to the vernal equinox, z to the north pole of 2000." :
    "x from the Earth to the Moon, z along the Moon’s orbital momentum; lengths are scaled so that the Moon, L1 and L2 stand still.";
  let {yaw, pitch} = whole, closer = 1;
  const names = [...new Set(data.orbits.map(({name}) => name))], hueOf = ({name}) => names.indexOf(name) % HUES;
  const reach = Math.max(...data.orbits.flatMap((orbit) => orbit.xyz.map(([x, y, z]) => Math.hypot(x, y, z))), 2500);

  // x to the right, y up, depth towards the reader (km).
  function seen([x, y, z]) {
    const across = x * Math.cos(yaw) + y * Math.sin(yaw), along = -x * Math.sin(yaw) + y * Math.cos(yaw);
    return [across, z * Math.cos(pitch) + along * Math.sin(pitch), z * Math.sin(pitch) - along * Math.cos(pitch)];
  }

  function draw() {
    const width = 640, height = 480, scale = 215 / reach * closer;
    const at = ([x, y]) => [width / 2 + x * scale, height / 2 - y * scale];
    const behind = [], before = [], front = [];
    data.orbits.forEach((orbit, index) => {
      const hue = hueOf(orbit), first = data.orbits.findIndex(({name}) => name === orbit.name) === index;
      const points = orbit.xyz.map(seen);
      let run = [], side = points[0][2] < 0;
      const close = () => {
        if (run.length > 1) (side ? behind : before).push(drawn("polyline", {class: `track hue${hue} ${orbit.basis}`,
          points: run.map((point) => at(point).map((value) => value.toFixed(1)).join(",")).join(" ")}));
      };
      for (const point of points) {
        run.push(point);
        if (point[2] < 0 !== side) { close(); run = [point]; side = point[2] < 0; }
      }
      close();
      const [x, y] = at(points[0]);
      if (first) (points[0][2] < 0 ? behind : before).push(drawn("circle", {class: `dot hue${hue}`, cx: x, cy: y, r: 3.5}, drawn("title", {}, `${orbit.name} at the start`)));
    });
    for (const [name, x, radius] of data.balls) {
      const point = seen([x, 0, 0]), [cx, cy] = at(point);
      (point[2] < 0 ? behind : point[2] > 0 ? before : front).push(drawn("circle", {class: "ball", cx, cy, r: Math.max(radius * scale, 2)}));
      before.push(drawn("text", {class: "tick", x: cx, y: cy + Math.max(radius * scale, 2) + 13}, name));
    }
    for (const [name, ...place] of data.points) {
      const [cx, cy] = at(seen(place));
      before.push(drawn("path", {class: "grid strong", d: `M${cx - 4} ${cy}h8M${cx} ${cy - 4}v8`}), drawn("text", {class: "tick", x: cx, y: cy - 7}, name));
    }
    const length = reach * 0.25 / closer;
    [["x", [1, 0, 0]], ["y", [0, 1, 0]], ["z", [0, 0, 1]]].forEach(([name, axis]) => {
      const [x, y] = seen(axis), [cx, cy] = [70, height - 60];
      before.push(drawn("line", {class: "grid strong", x1: cx, y1: cy, x2: cx + x * 34, y2: cy - y * 34}),
        drawn("text", {class: "tick", x: cx + x * 44, y: cy - y * 44 + 4}, name));
    });
    const ruler = 10 ** Math.floor(Math.log10(length)), long = ruler * scale;
    before.push(drawn("path", {class: "grid strong", d: `M${width - 20 - long} ${height - 18}h${long}`}),
      drawn("text", {class: "tick", x: width - 20 - long / 2, y: height - 24}, `${ruler.toLocaleString("en")} km`));
    svg.replaceChildren(...behind, ...front, ...before);
    const degrees = (angle) => Math.round(angle * 180 / Math.PI);
    svg.setAttribute("aria-label", `Orbits of ${names.join(", ")} ${frame}, ` +
      `turned by ${degrees(yaw)}°, seen from ${degrees(pitch)}° above`);
  }

  function turn(right, up) {
    yaw += right;
    pitch = Math.min(Math.max(pitch + up, -Math.PI / 2), Math.PI / 2);
    draw();
  }

  function zoom(factor) {
    closer = Math.min(Math.max(closer * factor, 0.5), 500);
    draw();
  }

  function back() {
    ({yaw, pitch} = whole);
    closer = 1;
    draw();
  }

  const keys = {
    ArrowLeft: () => turn(-0.1, 0), ArrowRight: () => turn(0.1, 0), ArrowUp: () => turn(0, 0.1), ArrowDown: () => turn(0, -0.1),
    "+": () => zoom(1.4), "=": () => zoom(1.4), "-": () => zoom(1 / 1.4), 0: back, Home: back,
  };
  svg.addEventListener("keydown", (event) => {
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
  });
  svg.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoom(event.deltaY > 0 ? 1 / 1.2 : 1.2);
  }, {passive: false});
  svg.addEventListener("pointerdown", (event) => {
    let x = event.clientX, y = event.clientY;
    const drag = (later) => { turn((later.clientX - x) / 150, (later.clientY - y) / 150); x = later.clientX; y = later.clientY; };
    addEventListener("pointermove", drag);
    addEventListener("pointerup", () => removeEventListener("pointermove", drag), {once: true});
  });
  for (const [id, act] of Object.entries({
    "turn-left": keys.ArrowLeft, "turn-right": keys.ArrowRight, "turn-up": keys.ArrowUp, "turn-down": keys.ArrowDown,
    "turn-closer": keys["+"], "turn-wider": keys["-"], "turn-back": back,
  })) byId(id).addEventListener("click", act);
  const days = new Map(); // phases of one name and basis have one entry
  for (const orbit of data.orbits) {
    const key = `${hueOf(orbit)} ${orbit.basis} ${orbit.name}`;
    days.set(key, {...orbit, days: orbit.days + (days.get(key)?.days || 0)});
  }
  byId("turning-key").replaceChildren(...[...days.values()].flatMap((orbit) => [
    drawn("svg", {class: "swatch", viewBox: "0 0 40 10", "aria-hidden": "true"},
      drawn("polyline", {class: `track hue${hueOf(orbit)} ${orbit.basis}`, points: "1,5 39,5"})),
    `${orbit.name} (${orbit.basis}, ${Number(orbit.days.toFixed(2))} days) `]));
  draw();
}
