"""Compares two sets of windows: matched, shifted, gained and lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import DataError
from sim.core.time import EDGE_S, utc
from sim.scenario import scenario
from sim.simulation import record, run
from sim.simulation.plan_file import read_plan
from sim.visibility.result import Result
from sim.visibility.routes import ARROW, hop_text

Array = NDArray[np.float64]

TOLERANCE_S = 0.1
"""Default tolerance (s). Edges of the same geometry agree to microseconds; an error in a frame or time scale shifts
them by more than this."""

_ROUNDING_S = 2e-6
"""Times are written to the microsecond."""


@dataclass(frozen=True)
class Windowed:
    """One side of a comparison: windows by the names of routes and hops.

    Attributes
    ----------
    windows
        Start and end of every window, (n, 2) TDB s, by name.
    span
        Start and end of the span (TDB s); None for a table, which does not contain it.
    unknown
        Intervals in which an orbit is unknown, (m, 2) TDB s, by name; None for a table.
    """

    windows: Mapping[str, Array]
    span: tuple[float, float] | None = None
    unknown: Mapping[str, Array] | None = None


@dataclass(frozen=True)
class Difference:
    """The difference between the windows of one route or hop on two sides.

    Attributes
    ----------
    of
        Name of the route or hop.
    tolerance_s
        Shift of an edge that is ignored (s).
    shifts_s
        For each window that overlaps one of the other side, the larger shift of its two edges, (n,) s.
    gained, lost
        Windows of one side that overlap none of the other, (n, 2) TDB s.
    found, missed
        Number of gained windows at times for which the first side knew no orbit, and of lost windows at times for
        which the second side knows none.
    unknown_s
        How long only one side knows whether there is contact (s), in intervals longer than the tolerance.
    gained_s, lost_s
        How long there is contact on the second side and none on the first, and the other way round (s): all of what
        differs, of windows that have a partner too. Time for which a side knows no orbit does not count.
    """

    of: str
    tolerance_s: float
    shifts_s: Array
    gained: Array
    lost: Array
    found: int = 0
    missed: int = 0
    unknown_s: float = 0.0
    gained_s: float = 0.0
    lost_s: float = 0.0

    @property
    def matched(self) -> int:
        """Number of windows whose edges agree within the tolerance."""
        return int(np.sum(self.shifts_s <= self.tolerance_s))

    @property
    def shifted(self) -> int:
        """Number of windows whose edges differ by more than the tolerance."""
        return len(self.shifts_s) - self.matched

    @property
    def largest_s(self) -> float:
        """Largest shift of an edge (s)."""
        return float(np.max(self.shifts_s, initial=0.0))

    @property
    def median_s(self) -> float:
        """Median shift of the shifted windows (s)."""
        moved = self.shifts_s[self.shifts_s > self.tolerance_s]
        return float(np.median(moved)) if len(moved) else 0.0

    def __bool__(self) -> bool:
        """Whether anything differs by more than the tolerance; windows shorter than that do not count."""
        if self.unknown_s > 0.0:
            return True
        return bool(self.shifted) or any(np.any(b[:, 1] - b[:, 0] > self.tolerance_s) for b in (self.gained, self.lost))


@dataclass(frozen=True)
class Differences:
    """The differences of all routes and hops.

    Attributes
    ----------
    each
        One difference per route or hop that both sides have.
    only_first, only_second
        Names that only one side has.
    span
        The time that was compared (TDB s): the overlap of both spans; None if neither side has a span.
    spans
        The span of each side (TDB s); None for a table.
    """

    each: tuple[Difference, ...]
    only_first: tuple[str, ...] = ()
    only_second: tuple[str, ...] = ()
    span: tuple[float, float] | None = None
    spans: tuple[tuple[float, float] | None, tuple[float, float] | None] = (None, None)

    def __bool__(self) -> bool:
        return any(self.each) or bool(self.only_first or self.only_second)

    @property
    def exact(self) -> bool:
        """Whether nothing differs, to the microsecond to which windows are stored."""
        still = all(d.largest_s <= _ROUNDING_S and not d.unknown_s and not len(d.gained) and not len(d.lost)
                    for d in self.each)  # fmt: skip
        return still and not self.only_first and not self.only_second

    @property
    def compared(self) -> str:
        """The time that was compared, in words; empty if both sides cover the same."""
        known = [span for span in self.spans if span is not None]
        if self.span is None:
            return "Contact plans do not contain their span: all windows were compared"
        if len(known) == 2 and np.allclose(known[0], known[1], rtol=0.0, atol=EDGE_S):
            return ""
        text = f"Compared from {_period(self.span)}"
        if len(known) == 1:
            return f"{text}, the span of one side; the contact plan does not contain its span"
        return f"{text}, which both cover (first: {_period(known[0])}; second: {_period(known[1])})"

    def rows(self) -> list[tuple[str, ...]]:
        """Rows of a table, with the columns `HEAD`."""
        rows = [
            (d.of, str(d.matched), str(d.shifted), _seconds(d.largest_s), _seconds(d.median_s) if d.shifted else "",
             _with(len(d.gained), d.found), _with(len(d.lost), d.missed), _hours(d.gained_s), _hours(d.lost_s),
             _seconds(d.unknown_s) if d.unknown_s else "")
            for d in self.each
        ]  # fmt: skip
        return [
            *rows,
            *((name, "only in the first", *[""] * 8) for name in self.only_first),
            *((name, "only in the second", *[""] * 8) for name in self.only_second),
        ]

    def as_json(self) -> dict[str, object]:
        """Everything as values that JSON has: times in UTC, lengths in seconds and hours."""
        return {
            "differs": bool(self),
            "identical": self.exact,
            "span_utc": None if self.span is None else utc(list(self.span), 3),
            "each": [_as_json(each) for each in self.each],
            "only_first": list(self.only_first),
            "only_second": list(self.only_second),
        }

    def __str__(self) -> str:
        """A summary in one sentence."""
        count, when = sum(len(d.shifts_s) for d in self.each), f". {self.compared}" if self.compared else ""
        if self.exact:
            of = f"{len(self.each)} {'route or hop' if len(self.each) == 1 else 'routes and hops'}"
            return f"identical: {count:,} {_windows(count)} of {of}, to the microsecond{when}"
        moved = sum(d.shifted for d in self.each)
        gained, lost = sum(len(d.gained) for d in self.each), sum(len(d.lost) for d in self.each)
        worst = max(self.each, key=lambda d: d.largest_s, default=None)
        parts = [f"{count - moved:,} {_windows(count - moved)} matched", f"{moved:,} shifted"]
        if worst is not None:
            parts[-1] += f" (largest shift {_seconds(worst.largest_s)} s, {worst.of})"
        found, missed = sum(d.found for d in self.each), sum(d.missed for d in self.each)
        parts += [f"{gained:,} gained" + (f" ({found:,} where the first had no orbit data)" if found else "")]
        parts += [f"{lost:,} lost" + (f" ({missed:,} where the second has no orbit data)" if missed else "")]
        if unknown := max((d.unknown_s for d in self.each), default=0.0):
            parts += [f"for up to {_seconds(unknown)} s only one of them has orbit data"]
        parts += [f"{name} only in the first" for name in self.only_first]
        parts += [f"{name} only in the second" for name in self.only_second]
        return ", ".join(parts) + when


HEAD = (
    "of", "matched", "shifted", "largest shift, s", "median shift, s", "gained", "lost", "gained, h", "lost, h",
    "known to one only, s",
)  # fmt: skip
"""Columns of the table of differences."""


def _as_json(each: Difference) -> dict[str, object]:
    return {
        "of": each.of,
        "matched": each.matched,
        "shifted": each.shifted,
        "largest_shift_s": each.largest_s,
        "median_shift_s": each.median_s,
        "gained_h": each.gained_s / 3600.0,
        "lost_h": each.lost_s / 3600.0,
        "gained_utc": [utc(list(bounds), 3) for bounds in each.gained.tolist()],
        "lost_utc": [utc(list(bounds), 3) for bounds in each.lost.tolist()],
        "gained_where_first_unknown": each.found,
        "lost_where_second_unknown": each.missed,
        "known_to_one_only_s": each.unknown_s,
    }


def differences(first: Windowed, second: Windowed, tolerance_s: float = TOLERANCE_S) -> Differences:
    """Compare two sets of windows in the time that both cover.

    Windows that overlap are paired, those with the largest overlap first. A window without a partner is lost or gained.

    Parameters
    ----------
    first, second
        The two sides.
    tolerance_s
        Shift of an edge that is ignored (s).

    Raises
    ------
    DataError
        If the two sides have no time in common.
    """
    spans = [each.span for each in (first, second) if each.span is not None]
    early, late = max((s[0] for s in spans), default=-np.inf), min((s[1] for s in spans), default=np.inf)
    first, second = _of_table(first, second), _of_table(second, first)
    _must_meet(first, second)
    given, names = (first, second), [*first.windows, *second.windows]
    first, second = (each if each.span is not None else _filled(each, names) for each in (first, second))
    a, b = ({name: _cut(w, early, late) for name, w in each.windows.items()} for each in (first, second))
    unknown = [_cut(each.unknown[name], early, late) if each.unknown is not None and name in each.unknown else None
               for name in a for each in (first, second)]  # fmt: skip
    lost = dict(zip(a, zip(unknown[::2], unknown[1::2], strict=True), strict=True))
    return Differences(
        tuple(_difference(name, a[name], b[name], tolerance_s, *lost[name]) for name in a if name in b),
        tuple(name for name in a if name not in b),
        tuple(name for name in b if name not in a),
        (early, late) if spans else None,
        (given[0].span, given[1].span),
    )


def windowed(
    path: Path, *, allow_paths: bool = False, progress: Callable[[str], None] = lambda text: None
) -> Windowed:
    """The windows of an output folder, of a scenario (which is run), or of a contact plan (CSV). Raises `SimError`."""
    if path.is_dir():
        stored = record.read(path)
        return Windowed(stored.windows, stored.span, stored.unknown)
    if path.suffix.lower() == ".csv":
        return Windowed(read_plan(path))
    return windows_of(run.run(scenario.load(path, allow_paths=allow_paths), progress))


def windows_of(result: Result) -> Windowed:
    """The windows of a result."""
    named = {**result.routes, **{hop_text(hop): windows for hop, windows in result.hops.items()}}
    unknown = {name: w.unknown.bounds for name, w in named.items()}
    return Windowed({name: w.bounds for name, w in named.items()}, (result.span.start, result.span.end), unknown)


def _must_meet(first: Windowed, second: Windowed) -> None:
    """Raise `DataError` if two sides have no time in common."""
    one, other = _extent(first), _extent(second)
    if one is not None and other is not None and min(one[1], other[1]) - max(one[0], other[0]) < EDGE_S:
        raise DataError(
            f"the two have no time in common: the first covers {_period(one)}, the second {_period(other)}. "
            "Choose two that overlap in time"
        )


def _extent(side: Windowed) -> tuple[float, float] | None:
    """The time that a side covers; of a table, from its first window to its last; None if it has no windows."""
    edges = np.concatenate([np.empty(0), *(np.ravel(bounds) for bounds in side.windows.values())])
    return side.span or ((float(edges.min()), float(edges.max())) if len(edges) else None)


def _period(span: tuple[float, float]) -> str:
    return " to ".join(utc(list(span), 0))


def _difference(
    name: str, a: Array, b: Array, tolerance_s: float, unknown_a: Array | None, unknown_b: Array | None
) -> Difference:
    first, second = _pairs(a, b)
    shifts = np.max(np.abs(a[first] - b[second]), axis=1, initial=0.0)
    gained, lost = np.delete(b, second, axis=0), np.delete(a, first, axis=0)
    return Difference(
        name, tolerance_s, shifts, gained, lost, _within(gained, unknown_a), _within(lost, unknown_b),
        _apart_s(unknown_a, unknown_b, tolerance_s), _only_s(b, a, unknown_a), _only_s(a, b, unknown_b),
    )  # fmt: skip


def _within(bounds: Array, unknown: Array | None) -> int:
    """Number of intervals whose midpoint is within the unknown time."""
    return 0 if unknown is None else int(np.sum(_inside(bounds.mean(axis=1), unknown)))


def _inside(t: Array, bounds: Array) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = np.searchsorted(bounds.ravel(), t, "right") % 2 == 1
    return inside


def _apart_s(a: Array | None, b: Array | None, tolerance_s: float) -> float:
    """Total length of the intervals longer than the tolerance that are in only one of two sets (s)."""
    if a is None or b is None:
        return 0.0
    edges = np.unique(np.concatenate((a.ravel(), b.ravel())))
    middles, lasting = 0.5 * (edges[1:] + edges[:-1]), np.diff(edges)
    return float(lasting[(_inside(middles, a) != _inside(middles, b)) & (lasting > tolerance_s)].sum())


def _only_s(one: Array, other: Array, unknown: Array | None) -> float:
    """Total time in the windows of one side, outside those of the other and outside what that does not know (s)."""
    away = other if unknown is None else np.concatenate((other, unknown))
    edges = np.unique(np.concatenate((one.ravel(), away.ravel())))
    middles, lasting = 0.5 * (edges[1:] + edges[:-1]), np.diff(edges)
    inside = _inside(middles, one) & ~_inside(middles, other)
    if unknown is not None:
        inside &= ~_inside(middles, unknown)
    return float(lasting[inside].sum())


def _pairs(a: Array, b: Array) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Indices of paired windows: each window at most once, those with the largest overlap first."""
    low, high = np.searchsorted(b[:, 1], a[:, 0], "right"), np.searchsorted(b[:, 0], a[:, 1], "left")
    near = [(i, j) for i in range(len(a)) for j in range(low[i], high[i])]
    rows = [(min(a[i, 1], b[j, 1]) - max(a[i, 0], b[j, 0]), i, j) for i, j in near]
    left, right, found = set(range(len(a))), set(range(len(b))), []
    for _, i, j in sorted(rows, key=lambda row: (-row[0], row[1], row[2])):
        if i in left and j in right:
            left.remove(i)
            right.remove(j)
            found.append((i, j))
    first, second = np.array(sorted(found), dtype=np.intp).reshape(-1, 2).T
    return first, second


def _filled(table: Windowed, names: Iterable[str]) -> Windowed:
    """A contact plan with the names of the other side: it has no rows for routes and hops that are never open."""
    return Windowed({**{name: np.empty((0, 2)) for name in names}, **table.windows})


def _of_table(side: Windowed, other: Windowed) -> Windowed:
    """One side without routes if the other is a table of hops alone, and without hops if it is one of routes alone."""
    listed = {ARROW in name for name in other.windows}
    if other.span is not None or len(listed) != 1:
        return side
    return Windowed({name: w for name, w in side.windows.items() if (ARROW in name) in listed}, side.span, side.unknown)


def _cut(bounds: Array, early: float, late: float) -> Array:
    bounds = np.asarray(bounds, dtype=float).reshape(-1, 2)
    bounds = bounds[np.argsort(bounds[:, 0], kind="stable")].clip(early, late)
    kept: Array = bounds[bounds[:, 1] > bounds[:, 0]]
    return kept


def _with(count: int, unknown: int) -> str:
    """A number of windows, and how many of them are at times for which the other side has no orbit data."""
    return f"{count} ({unknown} where unknown)" if unknown else str(count)


def _windows(count: int) -> str:
    return "window" if count == 1 else "windows"


def _hours(seconds: float) -> str:
    """Hours with three significant digits; empty for none."""
    return f"{seconds / 3600.0:.3g}" if seconds > 0.0 else ""


def _seconds(value: float) -> str:
    """Seconds with three significant digits."""
    return f"{value:.3g}" if value < 1000.0 else f"{value:,.0f}"
