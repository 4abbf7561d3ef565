"""The setting of a claim test: the ends of a scenario, as they are or with one varied within its uncertainty."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field

from sim.core.chebyshev import Pieces
from sim.core.errors import CoverageError, SimError
from sim.core.model import Degrees, Kilometers, Listed, Model, Text
from sim.core.text import nearest, shown
from sim.core.time import DAY_S, Span
from sim.scenario.scenario import Scenario, seeds
from sim.search.windows import Windows
from sim.simulation.claims.free_phases import designed, elsewhere
from sim.simulation.claims.verdicts import period
from sim.trajectories.bodies.body import BODIES, MOON, body
from sim.trajectories.multi_phase import unknown_text
from sim.trajectories.orbits.sampled import Sampled
from sim.trajectories.sites import Site
from sim.trajectories.spacecraft import Spacecraft
from sim.trajectories.trajectory import Trajectory
from sim.visibility import routes

Path = Sequence[str | Sequence[str]]

LANDERS = "sites/moon"
"""Seed file of the sites that are available without a scenario."""

MOST_AHEAD_S = 3000.0
"""Largest shift of a spacecraft along its orbit (s): orbits are known for an hour around a scenario's span."""


class ClaimTest(Model):
    """A test of a claim: which ends and routes it names."""

    @property
    def path(self) -> Path:
        """The ends that it looks along, or the name of a route; empty if it looks along none."""
        return ()

    @property
    def sees_windows(self) -> bool:
        """Whether it asks for windows along its path, which may then be the name of a route."""
        return False

    @property
    def single(self) -> dict[str, str]:
        """The ends that have a field of their own, by its name."""
        return {}


class AlongPath(ClaimTest):
    """A test of the windows along the path in its field `of`."""

    if TYPE_CHECKING:

        @property
        def of(self) -> Path:
            """The name of a route, or a path of ends."""

    @property
    def path(self) -> Path:
        return self.of

    @property
    def sees_windows(self) -> bool:
        return True


class Unsure(Model):
    """Uncertainties of one end. Each is varied by itself; a claim must hold, or fail, with every variation."""

    within_s: Annotated[float, Field(gt=0, le=MOST_AHEAD_S)] | None = None
    """along-track uncertainty of a spacecraft in time: it is moved ahead and behind by all and by half of it"""
    within_km: Annotated[Kilometers, Field(gt=0, le=1000)] | None = None
    """position uncertainty of a site: it is moved north, south, east and west by it"""
    horizons_deg: Annotated[tuple[Annotated[Degrees, Field(ge=-90, le=90)], ...], Listed] = ()
    """other possible horizons of a site"""
    phases: Annotated[tuple[Annotated[float, Field(ge=0, lt=1)], ...], Listed] = ()
    """other possible phases of a halo orbit, in revolutions"""
    members: Annotated[int, Field(ge=2, le=200)] | None = None
    """number of other flights of a transfer, drawn at random; those that do not cover the time are left out"""
    source: Text = ""
    """source of these uncertainties"""


Part = Literal["any", "center", "all"]
"""The part of the Sun that must be visible."""

PARTS: dict[str, str] = {"any": "any part of the Sun", "center": "the Sun's center", "all": "the whole Sun"}


@dataclass(frozen=True)
class Setting:
    """The ends of a test.

    Attributes
    ----------
    scenario
        The scenario; None for tests that need none, which can use the landing sites of the package.
    moved
        Varied ends by name.
    known
        Span in which the varied ends are known, if it is shorter than the scenario's.
    used
        The ends that the test has used, in order; filled by access.
    """

    scenario: Scenario | None = None
    moved: Mapping[str, Trajectory] = field(default_factory=dict)
    known: Span | None = None
    used: dict[str, Trajectory] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Trajectory:
        """An end by its name. Raises `SimError` if the scenario does not have it."""
        if name not in self.used:
            ends = self.scenario.ends if self.scenario is not None else seeds(LANDERS)
            if name not in ends and name not in BODIES:
                raise SimError(f"no site, spacecraft or body is called {shown(name)}.{nearest(name, [*ends, *BODIES])}")
            end = self.moved.get(name)
            if end is None and self.scenario is not None:
                end = self.scenario[name]
            elif end is None:
                end = body(name) if name in BODIES else self._landed(ends[name])
            self.used[name] = end
        return self.used[name]

    @staticmethod
    def _landed(end: Site | Spacecraft) -> Site:
        assert isinstance(end, Site)  # the seed file has only sites
        return end

    @property
    def stated(self) -> Scenario:
        """The scenario. Raises `SimError` if there is none."""
        if self.scenario is None:
            raise SimError('this test needs a scenario. Add one to the claim, for example scenario = "chang-e-4"')
        return self.scenario

    @property
    def light(self) -> bool:
        """Whether light time and stellar aberration are modeled."""
        return self.scenario.light_time if self.scenario is not None else True

    def site(self, name: str) -> Site:
        """A site by its name. Raises `SimError` if it is something else."""
        end = self[name]
        if not isinstance(end, Site):
            raise SimError(f"expected a site, but {shown(name)} is not one")
        return end

    @property
    def span(self) -> Span:
        """The span in which all ends are known."""
        return self.known or self.stated.span

    def craft(self, name: str, start: float, end_: float) -> Sampled:
        """A spacecraft, or the phase of it that covers an interval. Raises `SimError`."""
        end: Trajectory = self[name]
        if end.in_parts:
            held = [part.trajectory for part in end.parts if part.start <= start and end_ <= part.end]
            if not held:
                raise CoverageError(f"no single phase of {name} covers {period(start, end_)}")
            end = held[0]
        if not isinstance(end, Sampled):
            raise SimError(f"expected a spacecraft, but {shown(name)} is not one")
        return end

    def path(self, of: Path) -> Path:
        """The path of a route by its name, or the path itself. Raises `SimError`."""
        if len(of) == 1 and isinstance(of[0], str):
            return self.stated.path([of[0]])
        return of

    def windows(self, of: Path, span: Span, part: Part = "any") -> Windows:
        """The windows of a route or path, at the time of its last end.

        part : how much of the Sun must be visible in hops that begin or end there
        """
        from sim.search.conditions import search  # a claim file is read without the search
        from sim.simulation.claims import sun_sight
        from sim.visibility import hops

        path = self.path(of)
        names = list(dict.fromkeys(chain.from_iterable([s] if isinstance(s, str) else s for s in path)))
        ends = {name: self[name] for name in names}
        try:
            legs = routes.hops(path)
            discs = [leg for leg in legs if "sun" in leg and part != "center"]
            open_when = {leg: hops.hop(ends[leg[0]], ends[leg[1]], self.light) for leg in legs if leg not in discs}
        except ValueError as error:
            raise SimError(str(error)) from error
        asked = self.stated.unchecked(routes={"asked": path})
        early = routes.light_time_s(asked.routes.values(), ends, span, asked.light_time)
        wide = Span(span.start - early, span.end)
        windows = search(list(open_when.values()), [Windows.whole(wide)] * len(open_when))
        found = dict(zip(open_when, windows, strict=True))
        found |= {leg: sun_sight.windows(ends[leg[0]], ends[leg[1]], part, self.light, wide) for leg in discs}
        return routes.along(path, ends, found, self.light).within(span)

    def complete(self, start: float, end: float) -> None:
        """Raise `CoverageError` if a used end is unknown for some of an interval, in a gap between its phases."""
        for name, used in self.used.items():
            if used.in_parts:
                joins = (t for part in used.parts for t in (part.start, part.end))
                edges = np.unique([start, *(t for t in joins if start < t < end), end])
                if not bool(used.covers(np.concatenate((edges, 0.5 * (edges[:-1] + edges[1:])))).all()):
                    raise CoverageError(f"the phases of {name} have gaps between {period(start, end)}")

    def missing(self, unknown: Windows, start: float, end: float) -> str:
        """Which orbits of used ends are unknown for some of an interval, as text.

        unknown : the time in which an orbit is unknown
        """
        texts: list[str] = []
        for opens, closes in unknown:
            if closes >= start and opens <= end:
                middle = 0.5 * (max(opens, start) + min(closes, end))
                texts += filter(None, (unknown_text(used, middle) for used in self.used.values()))
        return "; ".join(dict.fromkeys(texts)) or "an orbit is unknown for some of the time"

    def around(self, start: float, end: float, pad_s: float = DAY_S) -> Span:
        """An interval with up to `pad_s` before and after it within the span. Raises `CoverageError`."""
        span = self.span
        if start < span.start or end > span.end:
            covered = period(span.start, span.end)
            raise CoverageError(f"the scenario covers {covered}, but this test is about {period(start, end)}")
        return Span(max(span.start, start - pad_s), min(span.end, end + pad_s))


def variations(setting: Setting, unsure: Mapping[str, Unsure]) -> Iterator[tuple[str, Setting]]:
    """Every setting with one of the used ends varied, each with a description.

    A designed orbit without declared uncertainties is varied in phase, which is a free choice.
    """
    for name, end in setting.used.items():
        craft = setting.scenario.spacecraft.get(name) if setting.scenario is not None else None
        if craft is not None and setting.scenario is not None and name not in unsure and designed(craft):
            for what, other in elsewhere(craft, setting.scenario.span):
                yield f"{name} {what}", replace(setting, moved={**setting.moved, name: other}, used={})
        if name in unsure:
            for what, other in _elsewhere(end, unsure[name], setting.scenario):
                yield f"{name} {what}", replace(setting, moved={**setting.moved, name: other}, used={})
            for index, (member, span) in enumerate(_members(name, unsure[name], setting.scenario)):
                text = f"{name} on possible flight {index + 1}"
                yield text, replace(setting, moved={**setting.moved, name: member}, known=span, used={})


def _elsewhere(own: Trajectory, unsure: Unsure, scenario: Scenario | None) -> Iterator[tuple[str, Trajectory]]:
    craft = scenario.spacecraft.get(own.name) if scenario is not None else None
    if unsure.within_s is not None:
        if isinstance(own, Site) or not (own.in_parts or isinstance(own, Sampled)):
            raise SimError(f"within_s needs a spacecraft, but {shown(own.name)} is not one. For a site, use within_km")
        for share in (-1.0, -0.5, 0.5, 1.0):
            ahead = share * unsure.within_s
            yield f"{abs(ahead):g} s {'ahead' if ahead > 0 else 'behind'}", _ahead(own, ahead)
    if unsure.within_km is not None or unsure.horizons_deg:
        if not isinstance(own, Site) or own.moves:
            told = "moves" if isinstance(own, Site) else "is not one"
            raise SimError(f"within_km and horizons_deg need a site at one place, but {shown(own.name)} {told}")
        yield from _other_places(own, unsure.within_km)
        for horizon in unsure.horizons_deg:
            yield f"with a horizon of {horizon:g} deg", _site(own, horizon_deg=float(horizon))
    if unsure.phases:
        if craft is None or scenario is None or craft.orbit.at_phase(0.0) is None:
            raise SimError(f"phases needs a halo orbit, but {shown(own.name)} does not have one")
        for phase in unsure.phases:
            yield f"at phase {phase:g} of its {craft.orbit.kind}", _phased(craft, phase, scenario.span)


def _other_places(end: Site, within_km: float | None) -> Iterator[tuple[str, Site]]:
    if within_km is None:
        return
    angle = np.rad2deg(within_km / (6371.0 if end.body == "earth" else MOON.equatorial_radius_km))
    wide = angle / max(np.cos(np.deg2rad(end.latitude_deg)), 1e-3)
    moves = (("north", angle, 0.0), ("south", -angle, 0.0), ("east", 0.0, wide), ("west", 0.0, -wide))
    for word, north, east in moves:
        latitude = float(np.clip(end.latitude_deg + north, -90.0, 90.0))
        longitude = float((end.longitude_deg + east + 180.0) % 360.0 - 180.0)
        yield f"{within_km:g} km farther {word}", _site(end, latitude_deg=latitude, longitude_deg=longitude)


def _ahead(end: Trajectory, seconds: float) -> Trajectory:
    """A spacecraft moved ahead on its own orbit; phases on a surface stay."""
    if end.in_parts and not isinstance(end, Site):
        return end.each(lambda part: _ahead(part, seconds))
    if not isinstance(end, Sampled):
        return end
    pieces = Pieces(end.pieces.edges - seconds, end.pieces.coefficients)
    return replace(end, pieces=pieces, joins=end.joins - seconds)


def _site(end: Site, **changed: float) -> Site:
    given = {name: getattr(end, name) for name in Site.model_fields}
    return Site(**{**given, **changed})  # not a copy, which would keep what was cached for the other place


@lru_cache(maxsize=64)
def _phased(craft: Spacecraft, phase: float, span: Span) -> Trajectory:
    """A spacecraft at another phase of its halo orbit; cached, as many tests use the same."""
    return craft.model_copy(update={"orbit": craft.orbit.at_phase(phase)}).over(span)


def _members(name: str, unsure: Unsure, scenario: Scenario | None) -> tuple[tuple[Trajectory, Span], ...]:
    if unsure.members is None:
        return ()
    craft = scenario.spacecraft.get(name) if scenario is not None else None
    if craft is None or scenario is None or not craft.orbit.has_family:
        raise SimError(f"members needs a transfer orbit, but {shown(name)} does not have one")
    return _family(craft, unsure.members, scenario.span)


@lru_cache(maxsize=16)
def _family(craft: Spacecraft, members: int, span: Span) -> tuple[tuple[Trajectory, Span], ...]:
    """Other flights that agree with the published facts, each with the span that it covers."""
    found = []
    for member in craft.orbit.members(members, 0, craft.ephemeris):
        first, last = member.ends(craft.ephemeris)
        own = Span(max(span.start, first), min(span.end, last))
        found.append((craft.model_copy(update={"orbit": member}).over(own), own))
    return tuple(found)
