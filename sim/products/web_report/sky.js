// The sky over one site: the passes of the timeline's view as tracks, zenith in the middle, north up, east at the right.

const HUES = 6, MOST_TRACKS = 200;

function sky(data, settings, chosen) {
  const svg = byId("sky"), choice = byId("sky-site"), words = byId("sky-words");
  const names = [...new Set(data.hops.flatMap((hop) => hop.elevations.map(({site}) => site)))];
  let found = null, from = 0, to = data.duration_s;
  choice.append(...names.map((name) => element("option", {value: name}, name)));
  choice.addEventListener("change", draw);
  byId("sky-part").hidden = !names.length;

  // A direction as x to the right and y down, 1 at the horizon: the distance from the zenith is the zenith angle's.
  function place(east, north, elevation) {
    const away = (90 - elevation) / 90, across = Math.hypot(east, north) || 1;
    return [east / across * away, -north / across * away];
  }

  function track(own, start, end) {
    const count = 48, points = [];
    for (let k = 0; k <= count; k++) {
      const t = start + (end - start) * k / count;
      points.push(place(valueOf(own.east, t), valueOf(own.north, t), elevationAt(data, own.pieces, t)));
    }
    return points;
  }

  function passesOver(name, windows) {
    return data.hops.reduce((sum, hop, index) => sum + (hop.elevations.some(({site}) => site === name) ? windows.hops[index].length : 0), 0);
  }

  function draw() {
    const name = choice.value, site = data.sites.find((each) => each.name === name), size = 250;
    if (!site) return;
    const at = ([x, y]) => `${(size + x * size * 0.86).toFixed(1)},${(size + y * size * 0.86).toFixed(1)}`;
    const ring = (elevation) => size * 0.86 * (90 - elevation) / 90;
    const parts = [];
    for (const elevation of [0, 30, 60]) {
      parts.push(drawn("circle", {class: elevation ? "grid hollow" : "horizon", cx: size, cy: size, r: ring(elevation)}));
      if (elevation) parts.push(drawn("text", {class: "tick", x: size + 3, y: size - ring(elevation) - 3}, `${elevation}°`));
    }
    for (const turn of [0, 45, 90, 135]) {
      const [x, y] = [Math.sin(turn * Math.PI / 180), Math.cos(turn * Math.PI / 180)];
      parts.push(drawn("polyline", {class: "grid", points: `${at([x, y])} ${at([-x, -y])}`}));
    }
    for (const [text, x, y] of [["N", 0, -1.07], ["E", 1.07, 0], ["S", 0, 1.09], ["W", -1.07, 0]]) {
      parts.push(drawn("text", {class: "compass", x: size + x * size * 0.86, y: size + y * size * 0.86 + 4}, text));
    }
    const level = settings().masks[name];
    if (site.profile) {
      parts.push(drawn("polyline", {class: "mask hollow", points: site.skyline.map(([azimuth, elevation]) =>
        at(place(Math.sin(azimuth * Math.PI / 180), Math.cos(azimuth * Math.PI / 180), Math.max(elevation, level)))).join(" ")}));
    } else parts.push(drawn("circle", {class: "mask hollow", cx: size, cy: size, r: ring(Math.max(level, 0))}));

    const hops = data.hops.flatMap((hop, index) => hop.elevations.filter((own) => own.site === name)
      .map((own) => ({hop, index, own, target: hop.ends[0] === name ? hop.ends[1] : hop.ends[0]})));
    const targets = [...new Set(hops.map(({target}) => target))], bases = {};
    let count = 0, left = 0;
    for (const {hop, index, own, target} of hops) {
      bases[target] = hop.basis;
      for (const [start, end] of found.hops[index]) {
        if (end <= from || start >= to) continue;
        if (count >= MOST_TRACKS) { left++; continue; }
        count++;
        const points = track(own, Math.max(start, from), Math.min(end, to));
        const line = drawn("polyline", {class: `track hue${targets.indexOf(target) % HUES} ${hop.basis}`,
          points: points.map(at).join(" ")}, drawn("title", {}, spoken(data, hopName(hop), [start, end])));
        if (hop.elevations[0] === own) line.addEventListener("click", () => chosen(index, [start, end]));
        const [x, y] = at(points[0]).split(",");
        parts.push(line, drawn("circle", {class: `dot hue${targets.indexOf(target) % HUES}`, cx: x, cy: y, r: 2.2}));
      }
    }
    svg.replaceChildren(...parts);
    byId("sky-key").replaceChildren(...targets.flatMap((target, index) => [
      drawn("svg", {class: "swatch", viewBox: "0 0 40 10", "aria-hidden": "true"},
        drawn("polyline", {class: `track hue${index % HUES} ${bases[target]}`, points: "1,5 39,5"})),
      `${target} (${bases[target]}) `]));
    const text = `The sky over ${name}, ${utcShort(data, from)} to ${utcShort(data, to)} UTC (the timeline’s view): ` +
      `${count} ${count === 1 ? "pass" : "passes"} of ${targets.join(", ")}` + (left ? `, and ${left} more that are not drawn` : "") +
      ". Dots: where a pass begins. Dashed: the mask.";
    words.textContent = text;
    svg.setAttribute("aria-label", text);
  }

  return {
    show(windows) {
      if (!found && names.length) choice.value = names.reduce((best, name) => (passesOver(name, windows) > passesOver(best, windows) ? name : best));
      found = windows;
      draw();
    },
    look(start, end) { from = start; to = end; if (found) draw(); },
  };
}
