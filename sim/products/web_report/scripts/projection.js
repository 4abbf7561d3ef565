// Directions and places as points of a picture.

// A direction as x to the right (east) and y down, 1 at the horizon: the distance from the middle is the zenith angle.
export function skyPoint(east, north, elevation) {
  const away = (90 - elevation) / 90, across = Math.hypot(east, north) || 1;
  return [east / across * away, -north / across * away];
}

export function skyPointAt(azimuth, elevation) {
  const turn = azimuth * Math.PI / 180;
  return skyPoint(Math.sin(turn), Math.cos(turn), elevation);
}

// A place turned by yaw about z and seen from pitch above the xy plane: x to the right, y up, z towards the reader.
export function seenFrom([x, y, z], yaw, pitch) {
  const across = x * Math.cos(yaw) + y * Math.sin(yaw), along = -x * Math.sin(yaw) + y * Math.cos(yaw);
  return [across, z * Math.cos(pitch) + along * Math.sin(pitch), z * Math.sin(pitch) - along * Math.cos(pitch)];
}

// Middle and radius of a sphere that holds all places whichever way they are turned.
export function sphereAround(places) {
  const axis = (k) => places.map((place) => place[k]);
  const middle = [0, 1, 2].map((k) => (least(axis(k)) - least(axis(k).map((value) => -value))) / 2);
  const radius = places.reduce((most, place) => Math.max(most, Math.hypot(...place.map((v, k) => v - middle[k]))), 0);
  return {middle, radius};
}

function least(values) { // spreading thousands of values as arguments may overflow the stack
  return values.reduce((low, value) => Math.min(low, value), Infinity);
}

// Polylines of points with a depth, cut where they pass the plane through the origin: [[points, isBehind]].
export function cutByDepth(points) {
  const runs = [];
  let run = [], behind = points[0][2] < 0;
  for (const point of points) {
    run.push(point);
    if (point[2] < 0 === behind) continue;
    runs.push([run, behind]);
    run = [point];
    behind = !behind;
  }
  runs.push([run, behind]);
  return runs.filter(([each]) => each.length > 1);
}

// The longest round length (1, 2 or 5 times a power of ten) that is at most a given one.
export function roundLength(most) {
  const power = 10 ** Math.floor(Math.log10(most));
  return power * [5, 2, 1].find((each) => each * power <= most * (1 + 1e-9));
}
