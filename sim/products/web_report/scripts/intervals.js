// Sets of intervals: [start, end] pairs in seconds after the span's start, in order and disjoint.

export const SLIVER = 0.002; // s: times in the page are rounded to a millisecond

export function intersect(first, second) {
  const found = [];
  for (let i = 0, j = 0; i < first.length && j < second.length;) {
    const start = Math.max(first[i][0], second[j][0]), end = Math.min(first[i][1], second[j][1]);
    if (end - start > SLIVER) found.push([start, end]);
    if (first[i][1] < second[j][1]) i++; else j++;
  }
  return found;
}

// All intervals of several sets; gaps as short as the rounding are closed.
export function union(sets) {
  const all = sets.flat().sort((a, b) => a[0] - b[0]), found = [];
  for (const [start, end] of all) {
    const last = found[found.length - 1];
    if (last && start <= last[1] + SLIVER) last[1] = Math.max(last[1], end); else found.push([start, end]);
  }
  return found.filter(([start, end]) => end - start > SLIVER);
}

// The parts of some intervals that lie in none of the others.
export function minus(first, second) {
  const found = [];
  for (const [start, end] of first) {
    let from = start;
    for (const [opens, closes] of second) {
      if (closes <= from || opens >= end) continue;
      if (opens - from > SLIVER) found.push([from, opens]);
      from = Math.max(from, closes);
    }
    if (end - from > SLIVER) found.push([from, end]);
  }
  return found;
}

export function totalLength(intervals) {
  return intervals.reduce((sum, [start, end]) => sum + end - start, 0);
}
