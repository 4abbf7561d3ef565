// Piecewise polynomials. A piece is [start, end, c0, c1, …]: times in seconds, then Chebyshev coefficients.

import {union} from "./intervals.js";

// Value of a piece at x from -1 (its start) to 1 (its end), by Clenshaw's recurrence.
export function chebyshev(piece, x) {
  let last = 0, before = 0;
  for (let k = piece.length - 1; k > 2; k--) [last, before] = [2 * x * last - before + piece[k], last];
  return x * last - before + piece[2];
}

// Index of the piece that holds t, or of the nearest one before it.
export function indexAt(pieces, t) {
  let low = 0, high = pieces.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (pieces[middle][0] <= t) low = middle; else high = middle - 1;
  }
  return low;
}

// Value at t; between pieces, that of the nearest end of the piece before.
export function valueOf(pieces, t) {
  const piece = pieces[indexAt(pieces, t)], [start, end] = piece;
  const inside = Math.min(Math.max(t, start), end);
  return chebyshev(piece, (2 * inside - start - end) / (end - start));
}

// The time at which a monotonic piece crosses a level that lies between its values at both ends, by bisection.
function crossing(piece, level, rises) {
  let low = -1, high = 1;
  for (let k = 0; k < 50; k++) {
    const middle = (low + high) / 2;
    if ((chebyshev(piece, middle) > level) === rises) high = middle; else low = middle;
  }
  return piece[0] + (piece[1] - piece[0]) * (low + 1) / 2;
}

// Intervals in which monotonic pieces are above a level: at most one crossing a piece.
export function above(pieces, level) {
  const found = [];
  for (const piece of pieces) {
    const starts = chebyshev(piece, -1) > level, ends = chebyshev(piece, 1) > level;
    if (starts && ends) found.push([piece[0], piece[1]]);
    else if (starts) found.push([piece[0], crossing(piece, level, false)]);
    else if (ends) found.push([crossing(piece, level, true), piece[1]]);
  }
  return union([found]);
}
