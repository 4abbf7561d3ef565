// A small page: a relay seen from one station, whose elevation falls and rises in straight lines, and a lander.

const HOUR = 3600;
const SINE_UNIT = 1e-8;

// One piece whose sine goes from one elevation (deg) to another.
export function slope(start, end, from, to) {
  const [a, b] = [from, to].map((degrees) => Math.sin(degrees * Math.PI / 180) / SINE_UNIT);
  return [start, end, (a + b) / 2, (b - a) / 2];
}

// The relay rises from 0° at 1 h to 30° at 3 h, sets at 5 h, and has no orbit from 6 h on.
export function pageData() {
  const flat = (value) => [[HOUR, 5 * HOUR, value]];
  return {
    title: "A relay", start_utc: "2026-03-01T00:00:00Z", end_utc: "2026-03-01T10:00:00Z", duration_s: 10 * HOUR,
    leaps: [], light: true, light_unit_s: 1e-3, sine_unit: SINE_UNIT, compass_unit: 1, causes: ["clear of the moon"],
    sites: [
      {name: "station", body: "earth", lowest_deg: 0, mask_deg: 0, profile: false, skyline: [], night: [[0, HOUR]]},
    ],
    hops: [
      {
        ends: ["relay", "station"], basis: "designed", low: [[HOUR, 5 * HOUR]], unknown: [[6 * HOUR, 10 * HOUR]],
        elevations: [{site: "station", east: flat(1), north: flat(0),
          pieces: [slope(HOUR, 3 * HOUR, 0, 30), slope(3 * HOUR, 5 * HOUR, 30, 0)]}],
        causes: [[0, 0]], sure: [[HOUR, 5 * HOUR, 12, 0.5, 0.99]], light: [[0, 10 * HOUR, 2000]],
      },
      {
        ends: ["lander", "relay"], basis: "definitive", low: [[0, 10 * HOUR]], unknown: [], elevations: [],
        causes: [[0, 0]], sure: [[0, 10 * HOUR, null, null, null]],
      },
    ],
    routes: [{name: "home", ways: [[1, 0]], path: [["lander"], ["relay"], ["station"]], basis: "designed"}],
    frame: "turning", balls: [["Moon", 0, 1737.4], ["Earth", -384400, 6378.1]], points: [["L1", -58000, 0, 0]],
    orbits: [
      {name: "relay", basis: "designed", days: 0.25, from_s: 0, to_s: 6 * HOUR,
        xyz: [[5000, 0, 0], [0, 5000, 0], [-5000, 0, 0], [0, -5000, 0]]},
    ],
    provenance: {version: "1", ends: {relay: {basis: "designed", source: "a guess"}, lander: {basis: "definitive"}},
      certificates: {"relay – station": {
        margins: [{name: "elevation", resolution: 0.1, unit: "deg"}], pieces: 3, evaluations: 90, unresolved_s: 0}}},
  };
}

export function settingsWith(changes = {}) {
  return {masks: {station: 0}, off: new Set(), least: 0, ...changes};
}
