// Times, durations and names as text.

const DAY_S = 86400;
const STEPS_S = [1, 5, 15, 30, 60, 300, 600, 1800, 3600, 10800, 21600, 43200, DAY_S, 2 * DAY_S, 7 * DAY_S, 14 * DAY_S,
  30 * DAY_S, 90 * DAY_S, 365.25 * DAY_S];

// ISO 8601 UTC of a time in seconds after the span's start; a leap second inside the span reads as the second after it.
export function utc(data, t, digits = 0) {
  const passed = t - data.leaps.filter((leap) => leap <= t).length;
  const step = 1000 / 10 ** digits;
  const clock = Math.round((Date.parse(data.start_utc) + passed * 1000) / step) * step;
  const text = new Date(clock).toISOString();
  return (digits ? text.slice(0, 20 + digits) : text.slice(0, 19)) + "Z";
}

export function utcShort(data, t) {
  return utc(data, t).replace("T", " ").slice(0, -1);
}

// UTC without its date if that is the date of another time; without its year if that is the other's.
export function utcAfter(data, other, t) {
  const [known, text] = [other, t].map((each) => utcShort(data, each));
  return text.slice(text.slice(0, 10) === known.slice(0, 10) ? 11 : text.slice(0, 4) === known.slice(0, 4) ? 5 : 0);
}

// A length of time as the library writes it: `18.2 d`, `2.8 h`, `36.4 min`, `78 s`, `0.25 s`.
export function duration(seconds) {
  for (const [size, unit] of [[DAY_S, "d"], [3600, "h"], [60, "min"]]) {
    if (seconds >= 2 * size) return `${grouped(seconds / size, 1)}\u00a0${unit}`;
  }
  return `${seconds >= 9.95 || seconds === 0 ? seconds.toFixed(0) : Number(seconds.toPrecision(2))}\u00a0s`;
}

// Thousands separated by commas, as the library does it; at most two digits after the point.
export function grouped(number, digits = 0) {
  return number.toFixed(digits).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

export function counted(count, noun, plural = `${noun}s`) {
  return `${grouped(count)} ${count === 1 ? noun : plural}`;
}

export function percent(share) {
  return `${(100 * share).toFixed(1)}\u00a0%`;
}

// A standard deviation with two significant digits; empty if there is none.
export function deviation(seconds) {
  if (seconds === null) return "";
  return seconds >= 120 ? duration(seconds) : `${Number(seconds.toPrecision(2))}\u00a0s`;
}

export function linkName(link) {
  return `${link.ends[0]} – ${link.ends[1]}`;
}

export function pathText(route) {
  return route.path.map((step) => step.join(" | ")).join(" → ");
}

export function intervalText(data, name, [start, end]) {
  return `${name}\n${utcShort(data, start)} to ${utcShort(data, end)} UTC, ${duration(end - start)}`;
}

// A cause without the names that its row shows already: `clear of the moon`, `range < 350 km`.
export function shortCause(cause, {site, target}) {
  const links = [`${site} – ${target} `, `${target} – ${site} `];
  let text = links.reduce((left, link) => (left.startsWith(link) ? left.slice(link.length) : left), cause);
  for (const name of [site, target]) {
    for (const word of ["seen from", "from", "of"]) text = text.replaceAll(` ${word} ${name} `, " ");
  }
  return text;
}

// Ticks of a time axis at round UTC times, at most so many: [[t, text]]. Midnights show their date.
export function ticks(data, start, end, most) {
  const year = STEPS_S[STEPS_S.length - 1], years = Math.ceil((end - start) / most / year);
  const step = STEPS_S.find((each) => (end - start) / each <= most) || year * years;
  const zero = (Date.parse(data.start_utc) / 1000) % step;
  const found = [];
  for (let t = Math.ceil((start + zero) / step) * step - zero; t <= end; t += step) {
    const text = utc(data, t);
    const clock = text.slice(11, step >= 60 ? 16 : 19);
    found.push([t, step >= DAY_S || /^[0:]*$/.test(clock) ? text.slice(5, 10) : clock]);
  }
  return found;
}

export function clipped(text, most) {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
