"""Requests for tracking: antennas of sites, missions, and what each of them asks for."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sim.core.model import Epoch, Hours, Listed, Model, Name, OneOrMore, StartAndEnd, Text, one_or_more
from sim.core.time import utc
from sim.trajectories.limits.closed_times import Interval
from sim.trajectories.pass_rules import Seconds

Priority = Annotated[int, Field(ge=0, le=1_000_000)]


Names = Annotated[tuple[Name, ...], OneOrMore, Field(min_length=1, max_length=1000), one_or_more(1, 1000)]


class SiteAntenna(Model):
    """One of the antennas of a site. A site without any in the scenario has one of its own name.

    Examples
    --------
    >>> SiteAntenna(site="kourou").spacecraft_per_beam
    1
    """

    site: Name
    """where it stands"""
    spacecraft_per_beam: Annotated[int, Field(ge=1, le=1000)] = 1
    """how many spacecraft it tracks at once, if their missions have the same `beam`"""
    crew: Annotated[int, Field(ge=0, le=1000)] = 1
    """how much of its site's crew a track needs"""
    maintenance: Annotated[tuple[Interval, ...], Listed, Field(max_length=10_000)] = ()
    """when it tracks nothing"""


class Mission(Model):
    """A mission that asks for tracking, and what all its requests have in common.

    Examples
    --------
    >>> Mission(routes="downlink", priority=2).routes
    ('downlink',)
    """

    routes: Names | None = None
    """routes over which it is tracked, by the site at one end; by default those whose other end has the mission's
    name"""
    priority: Priority = 1
    """for how many requests each of its requests counts, where satisfied requests are counted"""
    antennas: Names | None = None
    """antennas, or sites with all their antennas, that may track it; all if not given"""
    preferred: Names | None = None
    """antennas or sites that it would rather use"""
    beam: Annotated[str, Field(max_length=64)] = ""
    """missions with the same name here may share an antenna's beam"""
    setup_s: Seconds | None = None
    """how long an antenna is occupied before a track; by default as the site's pass rules say"""
    teardown_s: Seconds | None = None
    """how long an antenna is occupied after a track; by default as the site's pass rules say"""


class PinnedTrack(StartAndEnd):
    """A track that is decided: it stays where it is."""

    antennas: Names
    """the antennas that track"""
    setup_s: Seconds = 0.0
    """how long the antennas are occupied before it"""
    teardown_s: Seconds = 0.0
    """how long the antennas are occupied after it"""


class TrackingRequest(Model):
    """What a mission asks for: so many hours, once or in every period, by these rules.

    Examples
    --------
    >>> TrackingRequest(mission="lro", hours=4.0, min_hours=2.0, per="day").max_tracks
    1
    """

    mission: Name
    """the mission that it is for"""
    name: Name | None = None
    """by default the mission's name, with a letter if it has several requests"""
    hours: Annotated[Hours, Field(gt=0, le=1e6)]
    """the most that it asks for, in all or in each period (h)"""
    min_hours: Annotated[Hours, Field(ge=0, le=1e6)] = 0.0
    """with so much it is satisfied; with less it gets nothing (h)"""
    per: Literal["span", "day", "week"] = "span"
    """the period in which it asks for so much, counted from its start; it becomes a request for each"""
    start: Epoch | None = None
    """when its tracks may begin; by default the scenario's start"""
    end: Epoch | None = None
    """when they must end; by default the scenario's end"""
    max_tracks: Annotated[int, Field(ge=1, le=1000)] = 1
    """into how many tracks it may be split"""
    min_tracks: Annotated[int, Field(ge=1, le=1000)] = 1
    """how many tracks it needs at least"""
    min_track_s: Seconds | None = None
    """least length of a track; by default min_hours in min_tracks equal parts"""
    min_gap_s: Seconds | None = None
    """least time from the end of a track to the next"""
    max_gap_s: Annotated[float, Field(ge=-86_400, le=3.2e9)] | None = None
    """greatest time without a track, also before the first and after the last; minus overlap_s for tracking without a
    break"""
    overlap_s: Seconds = 0.0
    """how long both antennas track at a hand-over"""
    sites_at_once: Annotated[int, Field(ge=1, le=4)] = 1
    """from how many sites it is tracked at once: 2 for events that must not be missed"""
    priority: Priority | None = None
    """for how many requests it counts; by default the mission's"""
    antennas: Names | None = None
    """antennas or sites that may track it; by default the mission's"""
    preferred: Names | None = None
    """antennas or sites that it would rather use; by default the mission's"""
    pinned: Annotated[tuple[PinnedTrack, ...], Listed, Field(max_length=1000)] = ()
    """tracks that are decided"""
    source: Text = ""
    """who asks; without one the request is assumed"""

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if self.min_hours > self.hours:
            raise ValueError(f"min_hours is {self.min_hours:g}, more than hours, {self.hours:g}")
        if self.min_tracks > self.max_tracks:
            raise ValueError(f"min_tracks is {self.min_tracks}, more than max_tracks, {self.max_tracks}")
        least = 3600.0 * self.min_hours / self.min_tracks if self.min_track_s is None else self.min_track_s
        if least * self.min_tracks > 3600.0 * self.hours + 1e-6:
            told = f"{self.min_tracks} tracks of at least {least:g} s are more than hours, {self.hours:g}"
            raise ValueError(f"{told}. Ask for more hours, or for fewer or shorter tracks")
        if self.overlap_s and self.min_gap_s is not None:
            raise ValueError("give min_gap_s or overlap_s, not both")
        if self.overlap_s and not 2.0 * self.overlap_s < least:
            raise ValueError(f"overlap_s is {self.overlap_s:g}: expected less than half of a track, {least:g} s")
        if self.max_gap_s is not None and self.max_gap_s < (self.min_gap_s or 0.0) - self.overlap_s:
            raise ValueError(f"max_gap_s is {self.max_gap_s:g}: expected at least min_gap_s, or -overlap_s")
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise ValueError(f"expected an end after the start, {utc(self.start, 0)}, got {utc(self.end, 0)}")
        if len(self.pinned) > self.max_tracks:
            raise ValueError(f"{len(self.pinned)} pinned tracks: expected at most max_tracks, {self.max_tracks}")
        pinned = sorted(self.pinned, key=lambda each: each.start)
        if any(a.end - self.overlap_s > b.start for a, b in pairwise(pinned)):
            raise ValueError("pinned tracks overlap. Expected one after the other")
        return self
