"""A hop taken apart: what keeps it closed, one term at a time, so that an engine can answer for those it knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.core.time import Span
from sim.search.conditions import Condition
from sim.simulation.crosscheck.scan import Margin
from sim.trajectories.bodies import ephemeris as kernels
from sim.trajectories.bodies.body import BODIES, MOONS, Body, body
from sim.trajectories.orbits.sampled import Sampled
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import Trajectory
from sim.visibility.known_times import stretches
from sim.visibility.sight import Sight

Array = NDArray[np.float64]

INSIDE_S = 1.0
"""So much of each end of a phase is left out: there light left before it began."""


@dataclass(frozen=True)
class Term:
    """One thing that must hold for a hop to be open.

    kind      : a site's horizon, a body that must not be in the way, or a limit of an end
    condition : how we say it
    own       : the site whose horizon it is; body: what must not be in the way
    """

    kind: Literal["horizon", "clear", "limit"]
    condition: Condition
    sight: Sight
    own: Site | None = None
    body: Body | None = None

    @property
    def received(self) -> bool:
        """Whether the horizon is that of the receiver."""
        return self.own is self.sight.receiver

    @property
    def other(self) -> Trajectory:
        """The end that the site looks at."""
        return self.sight.transmitter if self.received else self.sight.receiver


class Engine(Protocol):
    """A program that finds windows by itself.

    name, version : of the program; models : what it knows, in words
    """

    name: str
    version: str
    models: str

    def unable(self, term: Term) -> str:
        """Why it cannot answer for a term; "" where it can."""

    def margin(self, term: Term) -> Margin:
        """How far inside a term we are as it sees it: degrees for horizons and bodies in the way."""

    def windows(self, term: Term, span: Span, step_s: float) -> Array:
        """When a term holds as it sees it: (n, 2) TDB s."""

    def sizes(self, term: Term, t: float) -> Mapping[str, float]:
        """The known reasons for which its margin may differ from ours at a time, with their sizes in degrees."""


def terms(transmitter: Trajectory, receiver: Trajectory, light: bool) -> list[Term]:
    """What must hold for a hop to be open, between ends that are in no phases: past every body, near or far."""
    sight = Sight(transmitter, receiver, light)
    sites = [own for own in (receiver, transmitter) if isinstance(own, Site)]
    found = [Term("horizon", sight.above_horizon(own), sight, own=own) for own in sites]
    bodies = every_body(transmitter, receiver)
    found += [Term("clear", sight.clearance_km(each) > 0.0, sight, body=each) for each in bodies]
    limits = [limit.condition(sight, own) for own in (receiver, transmitter) for limit in own.limits]
    return found + [Term("limit", condition, sight) for condition in limits]


def every_body(transmitter: Trajectory, receiver: Trajectory) -> list[Body]:
    """All bodies with a radius whose place is known, but what an end is or stands on.

    Which of them a hop is asked to pass is among what is checked, so nothing is shared with `sim.visibility.obstacles`.
    """
    ends = {each.center for each in (transmitter, receiver) if isinstance(each, Body | Site)}
    files = [file for each in (transmitter, receiver) for file in getattr(each, "kernels", ())]
    known = list(dict.fromkeys([receiver.ephemeris, kernels.extended(receiver.ephemeris, files)]))
    found: dict[str, Body] = {}
    for ephemeris in known:  # a planet itself in place of its barycenter, where a file has it
        kernel = kernels.load(ephemeris)
        for each in (body(name, ephemeris) for name in (*BODIES, *MOONS) if name not in ends):
            if kernel.knows(each.naif_id) and _while_known(each, transmitter, receiver):
                found[each.name] = each
    return list(found.values())


def _while_known(each: Body, *ends: Trajectory) -> bool:
    """Whether a body's place is known while the ends are."""
    pieces = [end.pieces for end in ends if isinstance(end, Sampled)]
    first, last = max((p.start for p in pieces), default=0.0), min((p.end for p in pieces), default=0.0)
    return kernels.load(each.ephemeris).covers(each.naif_id, first, last)


def in_phases(transmitter: Trajectory, receiver: Trajectory, light: bool, span: Span) -> list[tuple[list[Term], Span]]:
    """What must hold for a hop to be open, and when that is asked: all of the span, or in each pair of phases."""
    if not transmitter.in_parts and not receiver.in_parts:
        return [(terms(transmitter, receiver, light), span)]
    found = []
    for one, other, when in stretches(transmitter, receiver, light):
        first, last = max(span.start, when.start + INSIDE_S), min(span.end, when.end - INSIDE_S)
        if first < last:
            found.append((terms(one, other, light), Span(first, last)))
    return found


def horizon_deg(site: Site, azimuth_deg: Array) -> Array:
    """A site's horizon, linear between the corners of a profile."""
    if isinstance(site.horizon_deg, float | int):
        return np.full(np.shape(azimuth_deg), float(site.horizon_deg))
    at, height = np.array(site.horizon_deg).T
    level: Array = np.interp(azimuth_deg, at, height, period=360.0)
    return level


def turned(theirs: Array, ours: Array, term: Term, t: float) -> dict[str, float]:
    """How much differently the Earth is turned (two (3, 3) matrices), as an angle in the sky of a site."""
    own = term.own
    assert own is not None
    wrong = theirs @ ours.T
    angle = 0.5 * np.linalg.norm([wrong[2, 1] - wrong[1, 2], wrong[0, 2] - wrong[2, 0], wrong[1, 0] - wrong[0, 1]])
    away = float(np.linalg.norm(term.other.position(np.array([t])) - own.position(np.array([t]))))
    arm = float(np.linalg.norm(own.fixed_position))
    told = f"its Earth is turned by {arm * angle * 1e3:.1g} m against ours"
    return {told: float(np.rad2deg(angle * (1.0 + arm / away)))}
