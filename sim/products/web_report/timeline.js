// The timeline: a row for each route and hop; zoom and move with buttons, keys, drag, or Ctrl and the wheel.

function timeline(data, chosen, looked) {
  const svg = byId("chart"), rows = rowsOf(data);
  const view = {start: 0, end: data.duration_s};
  const nights = Object.fromEntries(data.sites.map((site) => [site.name, site.night]));
  let found = null, own = null, words = "", which = "all", pixels = 800, left = 0;

  function look(start, end) {
    const least = Math.min(60, data.duration_s), length = Math.min(Math.max(end - start, least), data.duration_s);
    view.start = Math.min(Math.max(start, 0), data.duration_s - length);
    view.end = view.start + length;
    draw();
    looked(view.start, view.end);
  }

  function zoom(factor, at = (view.start + view.end) / 2) {
    look(at - (at - view.start) * factor, at + (view.end - at) * factor);
  }

  function move(share) {
    const by = share * (view.end - view.start);
    look(view.start + by, view.end + by);
  }

  function draw() {
    const width = Math.max(svg.clientWidth || 800, 280), narrow = width < 640;
    const step = narrow ? 40 : 24, top = 22, characters = narrow ? Math.floor(width / 7) : 26;
    left = narrow ? 4 : 190;
    pixels = width - left - 6;
    const shown = rows.filter((row) => (which === "all" || row.kind === which) && row.words.includes(words));
    const height = top + shown.length * step + 8, x = (t) => left + (t - view.start) / (view.end - view.start) * pixels;
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const parts = [];
    for (const [t, text] of ticks(data, view.start, view.end, Math.max(3, Math.floor(pixels / 75)))) {
      parts.push(drawn("line", {class: "grid", x1: x(t), x2: x(t), y1: top - 4, y2: height}));
      parts.push(drawn("text", {class: "tick", x: Math.min(Math.max(x(t), left + 16), width - 20), y: 12}, text));
    }
    shown.forEach((row, index) => {
      const y = top + index * step + (narrow ? 16 : 0), windows = found[row.kind][row.index];
      const label = drawn("text", {class: `label ${row.kind}`, x: narrow ? left : left - 8, y: y + (narrow ? -3 : 14),
        "text-anchor": narrow ? "start" : "end"}, clipped(row.name, characters), drawn("title", {}, row.title));
      parts.push(label, drawn("rect", {class: "row", x: left, y, width: pixels, height: 18}));
      for (const night of nights[row.site] || []) bar(parts, x, night, y, 18, "night");
      for (const gap of found.unknown[row.kind][row.index]) hatch(parts, x, gap, y + 2, 14, row.name);
      for (const window of windows) {
        const node = bar(parts, x, window, y + 3, 12, `bar ${row.kind} ${row.basis}`);
        if (!node) continue;
        node.append(drawn("title", {}, spoken(data, row.name, window)));
        if (row.kind === "hops") node.addEventListener("click", () => chosen(row.index, window));
      }
      if (own) for (const window of own[row.kind][row.index]) bar(parts, x, window, y + 16, 2, "own");
    });
    if (!shown.length) parts.push(drawn("text", {class: "label", x: left, y: top + 14}, "no row has these words"));
    svg.replaceChildren(...parts);
    const range = `${utcShort(data, view.start)} to ${utcShort(data, view.end)} UTC`;
    byId("view").textContent = range;
    svg.setAttribute("aria-label", `Timeline, ${shown.length} rows, ${range}`);
  }

  function bar(parts, x, [start, end], y, height, kind) {
    if (end <= view.start || start >= view.end) return null;
    const from = Math.max(x(start), left), to = Math.min(x(end), left + pixels);
    const wide = Math.max(to - from, 0.7), thin = wide < 4 ? " thin" : ""; // an outline would be all that is seen of it
    const node = drawn("rect", {class: kind + thin, x: from.toFixed(2), y, width: wide.toFixed(2), height});
    parts.push(node);
    return node;
  }

  // Stripes over time in which no orbit is known; what is shorter than a dot is not drawn.
  function hatch(parts, x, [start, end], y, height, name) {
    const from = Math.max(x(start), left), to = Math.min(x(end), left + pixels), apart = 6, stripes = [];
    if (to - from < 1) return;
    for (let at = Math.floor((from - height) / apart) * apart; at < to; at += apart) {
      const first = Math.max(at, from), last = Math.min(at + height, to);
      if (last > first) stripes.push(`M${first.toFixed(1)},${(y + height - first + at).toFixed(1)}L${last.toFixed(1)},${(y + height - last + at).toFixed(1)}`);
    }
    parts.push(drawn("g", {class: "unknown"}, drawn("title", {}, spoken(data, `${name}: no orbit known`, [start, end])),
      drawn("rect", {class: "under", x: from.toFixed(2), y, width: (to - from).toFixed(2), height}),
      drawn("path", {class: "stripes", d: stripes.join("")})));
  }

  const keys = {
    ArrowLeft: () => move(-0.2), ArrowRight: () => move(0.2), PageUp: () => move(-1), PageDown: () => move(1),
    "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2), Home: () => look(0, data.duration_s),
    0: () => look(0, data.duration_s),
  };
  svg.addEventListener("keydown", (event) => {
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
  });
  const timeAt = (event) => {
    const box = svg.getBoundingClientRect();
    return view.start + (event.clientX - box.left - left) / pixels * (view.end - view.start);
  };
  svg.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoom(event.deltaY > 0 ? 1.3 : 1 / 1.3, timeAt(event));
  }, {passive: false});
  svg.addEventListener("dblclick", (event) => zoom(0.4, timeAt(event)));
  svg.addEventListener("pointerdown", (event) => {
    const from = event.clientX, {start, end} = view;
    const drag = (later) => {
      if (Math.abs(later.clientX - from) < 3 && view.start === start) return;
      const by = (from - later.clientX) / pixels * (end - start);
      look(start + by, end + by);
    };
    addEventListener("pointermove", drag);
    addEventListener("pointerup", () => removeEventListener("pointermove", drag), {once: true});
  });
  for (const [id, act] of Object.entries({
    earlier: () => move(-0.5), later: () => move(0.5), closer: () => zoom(0.5), wider: () => zoom(2),
    whole: () => look(0, data.duration_s),
  })) byId(id).addEventListener("click", act);
  byId("words").addEventListener("input", (event) => { words = event.target.value.trim().toLowerCase(); draw(); });
  byId("which").addEventListener("change", (event) => { which = event.target.value; draw(); });
  new ResizeObserver(() => { if (found) draw(); }).observe(svg.parentElement);
  addEventListener("beforeprint", draw);

  return {
    show(windows, unchanged) { found = windows; own = unchanged; draw(); },
    look,
  };
}

function rowsOf(data) {
  const sites = new Set(data.sites.map((site) => site.name));
  const row = (kind, index, name, title, site, basis) =>
    ({kind, index, name, title, site, basis, words: `${name} ${title}`.toLowerCase()});
  return [
    ...data.routes.map((route, index) => row("routes", index, route.name,
      `${route.name}: ${pathText(route)} (${route.basis})`, route.path[0][0], route.basis)),
    ...data.hops.map((hop, index) => row("hops", index, hopName(hop), `${hopName(hop)} (${hop.basis})`,
      sites.has(hop.ends[1]) ? hop.ends[1] : hop.ends[0], hop.basis)).filter((_, index) => data.hops[index].low.length || data.hops[index].unknown.length),
  ];
}

function spoken(data, name, [start, end]) {
  return `${name}\n${utcShort(data, start)} to ${utcShort(data, end)} UTC, ${lasting(end - start)}`;
}
