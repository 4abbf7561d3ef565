"""Compares two schedules: which tracks moved, shrank, grew, are new or gone, and by how many sigma of their edges."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Literal

from sim.core.durations import duration
from sim.core.time import utc
from sim.planning.schedule.request import Track

Kind = Literal["kept", "moved", "shrunk", "grown", "new", "gone"]
Sigmas = tuple[float | None, float | None]
"""Standard deviations of the start and the end of a track (s): 0 for a time that is chosen, None if it is unknown."""
SAME_S = 0.01
"""Times that differ by less are the same: solvers round to whole milliseconds."""
NOISE = 1.0
"""An edge that moved by less than so many of its standard deviations did not move for certain."""


@dataclass(frozen=True)
class TrackChange:
    """What became of one track.

    Attributes
    ----------
    before, after : Track or None
        The track in the first and in the second schedule; None where there is none.
    sigmas : tuple of (float or None, float or None)
        How far its start and its end moved, in standard deviations of these edges; None if that is not known.
    same_s : float
        Shifts up to this are none (s).
    """

    before: Track | None
    after: Track | None
    sigmas: Sigmas = (None, None)
    same_s: float = SAME_S

    @property
    def track(self) -> Track:
        """The track, as it is now if it is still there."""
        found = self.after or self.before
        assert found is not None
        return found

    @property
    def shifts_s(self) -> tuple[float, float]:
        """How much later its start and its end are (s); 0 for a track that only one schedule has."""
        if self.before is None or self.after is None:
            return 0.0, 0.0
        return self.after.start - self.before.start, self.after.end - self.before.end

    @property
    def other_antennas(self) -> bool:
        """Whether it moved to other antennas."""
        both = self.before is not None and self.after is not None
        return both and sorted(self.before.antennas) != sorted(self.after.antennas)  # type: ignore[union-attr]

    @property
    def kind(self) -> Kind:
        """What became of it: *shrunk* if it lies inside what it was, *grown* if around it, else *moved*."""
        if self.before is None or self.after is None:
            return "new" if self.before is None else "gone"
        start, end = self.shifts_s
        if self.other_antennas:
            return "moved"
        same = self.same_s
        if abs(start) <= same and abs(end) <= same:
            return "kept"
        if start >= -same and end <= same:
            return "shrunk"
        return "grown" if start <= same and end >= -same else "moved"

    @property
    def noise(self) -> bool | None:
        """Whether all that moved is less than one standard deviation of its edge; None if a deviation is unknown."""
        if self.kind in ("kept", "new", "gone") or self.other_antennas:
            return False
        moved = [sigma for shift, sigma in zip(self.shifts_s, self.sigmas, strict=True) if abs(shift) > self.same_s]
        if any(sigma is not None and sigma >= NOISE for sigma in moved):
            return False
        return None if None in moved else True

    def __str__(self) -> str:
        """What became of it, in words."""
        track, (start, end), name, same = self.track, self.shifts_s, self.track.request, self.same_s
        where = f"{', '.join(track.antennas)} from {clock(track.start)} to {clock(track.end)}"
        if self.kind in ("kept", "new", "gone"):
            verb = {"kept": "kept", "new": "got", "gone": "lost"}[self.kind]
            return f"{name} {verb} its track on {where}" if self.kind != "new" else f"{name} got a track on {where}"
        if self.other_antennas:
            return f"{name} moved to {where}"
        if abs(start - end) <= same:
            return f"{name} moved {_later(start)}"
        parts = [f"{verb} {_later(shift)}" for verb, shift in (("began", start), ("ended", end)) if abs(shift) > same]
        return f"{name} {' and '.join(parts)}"


@dataclass(frozen=True)
class Comparison:
    """What two schedules do differently.

    Attributes
    ----------
    changes : tuple of TrackChange
        Every track of both schedules, in order of time.
    """

    changes: tuple[TrackChange, ...]

    def of_kind(self, *kinds: Kind) -> tuple[TrackChange, ...]:
        """The changes of some kinds."""
        return tuple(each for each in self.changes if each.kind in kinds)

    @property
    def changed(self) -> tuple[TrackChange, ...]:
        """All changes but tracks that were kept."""
        return tuple(each for each in self.changes if each.kind != "kept")

    def __bool__(self) -> bool:
        """Whether anything differs by more than noise; what is not known to be noise counts."""
        return any(each.noise is not True for each in self.changed)

    def __str__(self) -> str:
        """A summary in one sentence."""
        kinds: tuple[Kind, ...] = ("kept", "moved", "shrunk", "grown", "new", "gone")
        text = ", ".join(f"{len(self.of_kind(kind))} {kind}" for kind in kinds)
        noise = sum(each.noise is True for each in self.changed)
        unknown = sum(each.noise is None for each in self.changed)
        text += f"; {noise} of the changes within 1 sigma of their edges" if noise else ""
        return text + (f"; {unknown} of the changes at edges of unknown sigma" if unknown else "")

    def rows(self) -> list[tuple[str, ...]]:
        """Rows of a table of what changed, with the columns `HEAD`."""
        return [_row(each) for each in self.changed]


HEAD = (
    "request", "mission", "antennas", "change", "start", "end", "start later, s", "end later, s", "start, sigma",
    "end, sigma", "noise",
)  # fmt: skip
"""Columns of the table of changes."""


def compare(
    before: Sequence[Track],
    after: Sequence[Track],
    sigma_s: Callable[[Track], Sigmas] = lambda track: (None, None),
    *,
    same_s: float = SAME_S,
) -> Comparison:
    """Compares two schedules, track by track.

    Tracks of one request on the same antennas are paired first, those with the greatest overlap before others; then
    what is left of the same request, those that are nearest in time before others.

    Parameters
    ----------
    before, after
        The tracks of the two schedules.
    sigma_s
        Gives the standard deviations of the edges of an earlier track. Without it they are unknown.

    same_s
        Shifts of edges up to this are none (s).

    Returns
    -------
    Comparison
        What became of each track.

    Examples
    --------
    >>> old = Track("lro 1", "lro", ("ws1",), 0.0, 3600.0, 0.0, 3600.0)
    >>> new = Track("lro 1", "lro", ("ws1",), 600.0, 3600.0, 600.0, 3600.0)
    >>> (found,) = compare([old], [new], lambda track: (1200.0, 0.0)).changes
    >>> found.kind, found.sigmas, found.noise
    ('shrunk', (0.5, 0.0), True)
    """
    found: list[TrackChange] = []
    sides: dict[str, tuple[list[Track], list[Track]]] = defaultdict(lambda: ([], []))
    for side, tracks in enumerate((before, after)):
        for each in tracks:
            sides[each.request][side].append(each)
    for old, new in sides.values():
        found += _paired(old, new, sigma_s, same_s)
    return Comparison(tuple(sorted(found, key=lambda each: (each.track.start, each.track.request))))


def clock(t: float) -> str:
    """A time (TDB s) in UTC to the minute, as in `2026-05-08 04:00`."""
    return utc(t + 30.0, 0)[:16].replace("T", " ")


def _paired(
    old: list[Track], new: list[Track], sigma_s: Callable[[Track], Sigmas], same_s: float
) -> Iterable[TrackChange]:
    pairs = sorted(
        ((sorted(a.antennas) != sorted(b.antennas), -_overlap_s(a, b), i, j)
         for i, a in enumerate(old) for j, b in enumerate(new)),
        key=lambda pair: (pair[0] or pair[1] >= 0, pair[1], pair[2], pair[3]),
    )  # fmt: skip
    left, right = dict(enumerate(old)), dict(enumerate(new))
    for _, _, i, j in pairs:
        if i in left and j in right:
            a, b = left.pop(i), right.pop(j)
            shifts = b.start - a.start, b.end - a.end
            first, last = (_in_sigmas(*each, same_s) for each in zip(shifts, sigma_s(a), strict=True))
            yield TrackChange(a, b, (first, last), same_s)
    yield from (TrackChange(each, None) for each in left.values())
    yield from (TrackChange(None, each) for each in right.values())


def _overlap_s(a: Track, b: Track) -> float:
    """How long two tracks overlap (s); how far they are apart, if they do not, as a negative number."""
    return min(a.end, b.end) - max(a.start, b.start)


def _in_sigmas(shift_s: float, sigma_s: float | None, same_s: float) -> float | None:
    if abs(shift_s) <= same_s:
        return 0.0
    if sigma_s is None:
        return None
    return abs(shift_s) / sigma_s if sigma_s > 0.0 else inf


def _later(shift_s: float) -> str:
    return f"{duration(abs(shift_s))} {'later' if shift_s > 0 else 'earlier'}"


def _row(each: TrackChange) -> tuple[str, ...]:
    track, known = each.track, each.before is not None and each.after is not None
    shifts = [f"{shift:+.3g}" if abs(shift) > each.same_s else "0" for shift in each.shifts_s] if known else ["", ""]
    sigmas = ["unknown" if sigma is None else f"{sigma:.3g}" for sigma in each.sigmas] if known else ["", ""]
    noise = {True: "yes", False: "no", None: "unknown"}[each.noise]
    times = utc(track.start, 0), utc(track.end, 0)
    return track.request, track.mission, " ".join(track.antennas), each.kind, *times, *shifts, *sigmas, noise
