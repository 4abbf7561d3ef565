"""The best sequence of tracks for one spacecraft: exact, by dynamic programming over the times of choice.

All times are whole milliseconds, so that scores compare exactly. A state is the pass that is tracked; its best scores
are kept, one unless antennas have to be kept free for a while (`Option`).

The antenna of a station needs time between two tracks. First this is left out: the best sequence then is a bound. Where
it breaks no antenna's time, it is the optimum. Where it does, the stations at which it does are taken into the state,
and the search begins again: decremental state-space relaxation.

References
----------
Righini, G. and Salani, M. (2008), New dynamic programming algorithms for the resource constrained elementary shortest
path problem, Networks 51, 155-170.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

MOST_SCORES, FEW_SCORES, MOST_COMPARED = 1000, 60, 5_000_000
"""Scores that are kept of one state; where there are more, the plan is no longer proven. Two months of three stations
need some dozens in steps of five minutes. Few are kept after so many comparisons, which are some seconds."""

Score = tuple[int, int, int, int]
"""Tracked time (ms), tracked time times preference, less the number of tracks, and what decides between equals."""

NOTHING: Score = (0, 0, 0, 0)


@dataclass(frozen=True)
class Option:
    """A pass as the search sees it, ms.

    least      : shortest track
    turnaround : least time from the end of a track to the start of the next of the same station
    preference : the greater, the sooner it is chosen among passes at the same time
    gaps       : times inside it in which no track begins or ends
    """

    station: int
    start: int
    end: int
    least: int = 0
    turnaround: int = 0
    preference: int = 0
    gaps: tuple[tuple[int, int], ...] = ()

    def may_begin(self, t: int) -> bool:
        """Whether a track may begin at a time."""
        return self.start <= t <= self.end - max(self.least, 1) and not any(a <= t < b for a, b in self.gaps)

    def may_end(self, t: int) -> bool:
        """Whether a track may end at a time."""
        return t <= self.end and not any(a < t <= b for a, b in self.gaps)


@dataclass(frozen=True)
class Track:
    """A part of a pass that is used: the number of the option, from when to when (ms); `shared` of it with the next."""

    option: int
    start: int
    end: int
    shared: int = 0


@dataclass(frozen=True)
class Handover:
    """How one station follows another, ms: both track for `overlap`, or neither for `pause`."""

    overlap: int = 0
    pause: int = 0

    @property
    def least_pause(self) -> int:
        """Least pause where the two do not overlap: with an overlap asked, it costs time to do without."""
        return max(self.pause, 1000) if self.overlap else self.pause


@dataclass(frozen=True)
class Solution:
    """The tracks that were found, their score, the tracked time that no plan exceeds (ms), and whether it is proven."""

    tracks: tuple[Track, ...]
    score: Score
    bound: int
    optimal: bool


@dataclass(frozen=True)
class _Label:
    """A way to a state: its score, when the antennas that matter are free again, its last track and the way before."""

    score: Score
    free: tuple[int, ...]
    last: Track | None = None
    before: _Label | None = None

    def beats(self, other: _Label) -> bool:
        return self.score >= other.score and all(a <= b for a, b in zip(self.free, other.free, strict=True))


def times_of_choice(options: Sequence[Option], handover: Handover, step: int) -> list[int]:
    """The times at which tracks may begin and end (ms), in order.

    The edges of passes and of their gaps; these later by a pause or a turnaround, and by the shortest track; and,
    where passes of two stations overlap, every whole `step`.
    """
    edges = {t for o in options for t in (o.start, o.end, *(t for gap in o.gaps for t in gap))}
    found = set(edges)
    delays = {handover.least_pause, handover.overlap, *(o.turnaround for o in options)} - {0}
    found |= {t + delay for t in edges for delay in delays} | {o.end - handover.overlap for o in options}
    found |= {t for o in options for t in (o.start + o.least, o.end - o.least)}
    ends = 0
    for each in sorted(options, key=lambda o: o.start):
        if each.start < ends:
            last = min(ends, each.end)
            found |= set(range(-(-each.start // step) * step, last + 1, step))
        ends = max(ends, each.end)
    return sorted(found)


def best_tracks(options: Sequence[Option], handover: Handover, times: Sequence[int]) -> Solution:
    """The best tracks of one spacecraft.

    Parameters
    ----------
    options
        The passes to choose from.
    handover
        What is between two tracks.
    times
        When tracks may begin and end, in order.

    Returns
    -------
    Solution
        Greatest in tracked time; among these in preference; then of the fewest tracks; then those in which the station
        that saw the spacecraft first keeps it.
    """
    watched: tuple[int, ...] = ()
    bound: int | None = None
    while True:
        found, whole = _Search(options, handover, times, watched).run()
        bound = found.score[0] if bound is None else bound
        tracks = _tracks(found)
        broken = {options[a.option].station for a, _ in crowded(tracks, options)}
        if not broken - set(watched):
            return Solution(tracks, found.score, bound if not whole else found.score[0], whole)
        watched = tuple(sorted({*watched, *broken}))


def crowded(tracks: Sequence[Track], options: Sequence[Option]) -> Iterable[tuple[Track, Track]]:
    """Pairs of tracks of one station between which its antenna has too little time."""
    latest: dict[int, Track] = {}
    for track in tracks:
        option = options[track.option]
        earlier = latest.get(option.station)
        if earlier is not None and earlier.end + options[earlier.option].turnaround > track.start:
            yield earlier, track
        latest[option.station] = track


def _tracks(label: _Label) -> tuple[Track, ...]:
    found: list[Track] = []
    at: _Label | None = label
    while at is not None:
        if at.last is not None:
            found.append(at.last)
        at = at.before
    return tuple(reversed(found))


@dataclass
class _Search:
    """One sweep over the times of choice."""

    options: Sequence[Option]
    handover: Handover
    times: Sequence[int]
    watched: tuple[int, ...]
    whole: bool = True
    compared: int = 0
    active: dict[int, list[_Label]] = field(default_factory=dict)
    idle: list[_Label] = field(default_factory=list)
    begins: list[list[int]] = field(default_factory=list)
    due: dict[int, list[tuple[int, _Label]]] = field(default_factory=dict)

    def run(self) -> tuple[_Label, bool]:
        """The best way of all, and whether no score was left out."""
        self.begins = [sorted(set(self._begins(station))) for station in self.watched]
        self.idle = [_Label(NOTHING, (0,) * len(self.watched))]
        order = sorted(range(len(self.options)), key=lambda i: self.options[i].start)
        seen: list[int] = []
        for index, t in enumerate(self.times):
            while order and self.options[order[0]].start <= t:
                seen.append(order.pop(0))
            seen = [i for i in seen if self.options[i].end >= t]
            for option, label in self.due.pop(index, ()):
                self._keep(self.idle if option < 0 else self.active.setdefault(option, []), label)
            if len(self.idle) > 1:
                waiting, self.idle = self.idle, []
                for label in waiting:
                    self._keep(self.idle, _Label(label.score, self._from(label.free, t), label.last, label.before))
            handed = self._ended(t)
            for i in seen:
                if self.options[i].may_begin(t):
                    self._begin(i, t, [*self.idle, *handed])
        left = [label for labels in self.due.values() for option, label in labels if option < 0]
        return max([*self.idle, *left], key=lambda label: label.score), self.whole

    def _begins(self, station: int) -> Iterator[int]:
        """The times at which a track of a station may begin."""
        for option in self.options:
            if option.station == station:
                some = slice(bisect_left(self.times, option.start), bisect_left(self.times, option.end))
                yield from filter(option.may_begin, self.times[some])

    def _ended(self, t: int) -> list[_Label]:
        """Ends every track that may end now; returns the ways that the next station may take over at once."""
        handed: list[_Label] = []
        over, pause = self.handover.overlap, self.handover.least_pause
        for i in list(self.active):
            option = self.options[i]
            if option.may_end(t):
                for label in self.active[i]:
                    ended = self._closed(label, i, t, t)
                    if pause:
                        self._later(t + pause, -1, ended)
                    else:
                        self._keep(self.idle, ended)
                    if over and option.may_end(t + over):
                        self._keep(handed, self._closed(label, i, t, t + over))
            if option.end <= t:
                del self.active[i]
        return handed

    def _begin(self, i: int, t: int, ways: Sequence[_Label]) -> None:
        """Begins a track of an option after each way that leaves its antenna free."""
        option, best = self.options[i], list[_Label]()
        for way in ways:
            if option.station in self.watched and way.free[self.watched.index(option.station)] > t:
                continue
            a, b, c, d = way.score
            score = (a - t, b - option.preference * t, c - 1, d + option.start * t)
            self._keep(best, _Label(score, self._from(way.free, t), Track(i, t, t), way))
        for label in best:
            self._later(t + max(option.least, 1), i, label)

    def _closed(self, label: _Label, i: int, t: int, end: int) -> _Label:
        """The way after its track has ended: tracked time counts to `t`, the antenna is in use to `end`."""
        option, (a, b, c, d), begun = self.options[i], label.score, label.last
        assert begun is not None
        free = list(self._from(label.free, t))
        if option.station in self.watched:
            free[self.watched.index(option.station)] = end + option.turnaround
        score = (a + t, b + option.preference * t, c, d - option.start * t)
        return _Label(score, tuple(free), Track(i, begun.start, end, end - t), label.before)

    def _later(self, t: int, option: int, label: _Label) -> None:
        index = bisect_left(self.times, t)
        if option < 0 or index < len(self.times):
            self.due.setdefault(index, []).append((option, label))

    def _from(self, free: tuple[int, ...], t: int) -> tuple[int, ...]:
        """When antennas can be used again, from a time on: 0 where that keeps none from a track."""
        return tuple(
            0 if each <= t or self.next_begin(k, each) == self.next_begin(k, t) else self.next_begin(k, each)
            for k, each in enumerate(free)
        )

    def next_begin(self, k: int, t: int) -> int:
        """The first time from one on at which a track of a watched station may begin; infinitely late without one."""
        begins = self.begins[k]
        index = bisect_left(begins, t)
        return begins[index] if index < len(begins) else self.times[-1] + 1

    def _keep(self, labels: list[_Label], new: _Label) -> None:
        """Adds a way to those of a state, if no other is as good in everything."""
        self.compared += len(labels)
        if any(label.beats(new) for label in labels):
            return
        labels[:] = [label for label in labels if not new.beats(label)]
        labels.append(new)
        most = MOST_SCORES if self.compared < MOST_COMPARED else FEW_SCORES
        if len(labels) > most:
            labels.sort(key=lambda label: label.score, reverse=True)
            del labels[most:]
            self.whole = False
