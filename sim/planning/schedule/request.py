"""What a schedule is made from: antennas, the times in which they can track, and what missions request of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sim.core.time import DAY_S, Span

Interval = tuple[float, float]
"""Start and end, TDB s."""


@dataclass(frozen=True)
class Antenna:
    """An antenna that tracks one spacecraft at a time, or several in one beam.

    Attributes
    ----------
    name : str
        Its name, by which opportunities refer to it.
    site : str
        Where it stands: antennas of one site share a crew. Its own name if empty.
    maintenance : tuple of (float, float)
        When it is closed, set-up and tear-down included: start and end, TDB s.
    spacecraft_per_beam : int
        How many spacecraft it tracks at once, if their requests name the same `beam`.
    crew : int
        How much of its site's crew a track needs, from the start of set-up to the end of tear-down.
    """

    name: str
    site: str = ""
    maintenance: tuple[Interval, ...] = ()
    spacecraft_per_beam: int = 1
    crew: int = 1

    @property
    def at(self) -> str:
        """The site that it belongs to."""
        return self.site or self.name


@dataclass(frozen=True)
class Opportunity:
    """A view period: a time in which an antenna, or an array of antennas together, can track the spacecraft.

    Attributes
    ----------
    antennas : tuple of str
        One antenna, or all antennas of an array, which are needed at once.
    start, end : float
        Between which tracks lie (TDB s): where the transmitter may be on, if that is less than the view period.
    setup_s, teardown_s : float
        How long the antennas are occupied before and after a track; this may lie outside the view period.
    """

    antennas: tuple[str, ...]
    start: float
    end: float
    setup_s: float = 0.0
    teardown_s: float = 0.0


@dataclass(frozen=True)
class Track:
    """A time in which an antenna, or an array, tracks a spacecraft: TDB s.

    The antennas are occupied from the start of set-up, `occupied_from`, to the end of tear-down, `occupied_to`.
    """

    request: str
    mission: str
    antennas: tuple[str, ...]
    start: float
    end: float
    occupied_from: float
    occupied_to: float

    @property
    def duration_s(self) -> float:
        """How long it tracks, without set-up and tear-down."""
        return self.end - self.start


@dataclass(frozen=True)
class Request:
    """What a mission asks for: so much tracking, of these opportunities, by these rules.

    A request gets a set of tracks that keeps all its rules, or none (except for pinned tracks, which always stay).

    Attributes
    ----------
    name, mission : str
        The request, and the mission (spacecraft) that it is for.
    opportunities : tuple of Opportunity
        What its tracks may use.
    max_s, min_s : float
        Greatest and least total of tracked time; time tracked by two antennas at once counts once. A request that
        gets `min_s` is *satisfied*.
    min_track_s : float or None
        Least length of a track; None for `min_s` in as many tracks as there must be (`min_tracks`).
    max_tracks, min_tracks : int
        How many tracks: more than one if the request may be split.
    window : (float, float) or None
        When its tracks may lie (TDB s); None for whenever there are opportunities.
    priority : int
        For how many requests it counts, where satisfied requests are counted.
    preferred : tuple of str
        Antennas that it would rather use.
    beam : str
        Requests of different missions with the same name here can share an antenna's beam; none if empty.
    min_gap_s, max_gap_s : float or None
        Least and greatest time from the end of a track to the start of the next. The greatest also holds from the
        start of `window` to the first track, and from the last track to its end.
    overlap_s : float
        How long both antennas track at a hand-over. With `max_gap_s` = -overlap_s, tracking is continuous.
    sites_at_once : int
        From how many different sites it is tracked at the same time, for critical events.
    pinned : tuple of Track
        Tracks that are decided: they stay, and count for this request.

    Examples
    --------
    >>> pass_ = Opportunity(("dss-24",), 0.0, 36000.0, setup_s=3600.0, teardown_s=900.0)
    >>> Request("juno-1", "juno", (pass_,), max_s=8 * 3600.0, min_s=6 * 3600.0).may_split
    False
    """

    name: str
    mission: str
    opportunities: tuple[Opportunity, ...]
    max_s: float
    min_s: float = 0.0
    min_track_s: float | None = None
    max_tracks: int = 1
    min_tracks: int = 1
    window: Interval | None = None
    priority: int = 1
    preferred: tuple[str, ...] = ()
    beam: str = ""
    min_gap_s: float | None = None
    max_gap_s: float | None = None
    overlap_s: float = 0.0
    sites_at_once: int = 1
    pinned: tuple[Track, ...] = ()

    @property
    def may_split(self) -> bool:
        """Whether it may get more than one track."""
        return self.max_tracks > 1

    @property
    def least_track_s(self) -> float:
        """Least length of a track."""
        return self.min_s / self.min_tracks if self.min_track_s is None else self.min_track_s


def every(request: Request, span: Span, period_s: float = DAY_S) -> Iterator[Request]:
    """Repeats a request once a day, once a week, or once in any other period.

    Parameters
    ----------
    request
        What is asked in each period: its least and greatest time, its tracks and their rules.
    span
        The periods begin at its start; the last one may be cut off by its end, and then asks for its share of the time.
    period_s
        Length of a period.

    Yields
    ------
    Request
        One a period, named `NAME 1`, `NAME 2`, …, with the period as its window and the opportunities that reach into
        it.

    Examples
    --------
    >>> daily = Request("science", "lro", (Opportunity(("ws1",), 0.0, 172800.0),), max_s=14400.0, min_s=7200.0)
    >>> [(each.name, each.window) for each in every(daily, Span(0.0, 172800.0))]
    [('science 1', (0.0, 86400.0)), ('science 2', (86400.0, 172800.0))]
    """
    if not period_s > 0:
        raise ValueError(f"period_s is {period_s}: expected a length of time above 0 s")
    number, start = 1, span.start
    while start < span.end:
        end = min(start + period_s, span.end)
        share = (end - start) / period_s
        inside = tuple(each for each in request.opportunities if each.start < end and start < each.end)
        pinned = tuple(each for each in request.pinned if start <= each.start < end)
        yield replace(
            request, name=f"{request.name} {number}", opportunities=inside, window=(start, end), pinned=pinned,
            max_s=request.max_s * share, min_s=request.min_s * share,
        )  # fmt: skip
        number, start = number + 1, span.start + number * period_s
