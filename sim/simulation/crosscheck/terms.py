"""Splits a hop into terms, each one condition, so that an engine can compute those that it supports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from sim.visibility.limit_sight import limit_conditions
from sim.visibility.sight import Sight

Array = NDArray[np.float64]

INSIDE_S = 1.0
"""Time at each end of a phase that is not compared (s): there light left before the phase began."""


@dataclass(frozen=True)
class Term:
    """One condition of a hop.

    Attributes
    ----------
    kind
        A site's horizon, a body that must not occult the line of sight, or a limit of an end.
    condition
        Our condition.
    sight
        The line of sight.
    own
        The site of a horizon.
    body
        The body that must not occult.
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
        """The end that the site observes."""
        return self.sight.transmitter if self.received else self.sight.receiver


class Engine(Protocol):
    """An independent program that finds windows.

    Attributes
    ----------
    name, version
        Of the program.
    models
        What it models, as text.
    """

    name: str
    version: str
    models: str

    def unable(self, term: Term) -> str:
        """Why it cannot compute a term; empty if it can."""

    def margin(self, term: Term) -> Margin:
        """Its margin of a term; of horizons and occultations in degrees."""

    def windows(self, term: Term, span: Span, step_s: float) -> Array:
        """Its windows of a term, (n, 2) TDB s."""

    def sizes(self, term: Term, t: float) -> Mapping[str, float]:
        """Known causes of differences between its margin and ours at a time (TDB s), with their sizes (deg)."""


def terms(transmitter: Trajectory, receiver: Trajectory, light: bool) -> list[Term]:
    """The conditions of a hop between ends without phases, with every body as a possible obstacle."""
    sight = Sight(transmitter, receiver, light)
    sites = [own for own in (receiver, transmitter) if isinstance(own, Site)]
    found = [Term("horizon", sight.above_horizon(own), sight, own=own) for own in sites]
    bodies = every_body(transmitter, receiver)
    found += [Term("clear", sight.clearance_km(each) > 0.0, sight, body=each) for each in bodies]
    return found + [Term("limit", condition, sight) for condition in limit_conditions(sight)]


def every_body(transmitter: Trajectory, receiver: Trajectory) -> list[Body]:
    """All bodies with a known position, except those that an end is or is on.

    The choice of obstacles is part of what is checked, so nothing is shared with `sim.visibility.obstacles`.
    """
    ends = {each.center for each in (transmitter, receiver) if isinstance(each, Body | Site)}
    files = [file for each in (transmitter, receiver) for file in each.kernels]
    known = list(dict.fromkeys([receiver.ephemeris, kernels.extended(receiver.ephemeris, files)]))
    found: dict[str, Body] = {}
    for ephemeris in known:  # a planet instead of its barycenter, if a file has it
        kernel = kernels.load(ephemeris)
        for each in (body(name, ephemeris) for name in (*BODIES, *MOONS) if name not in ends):
            if kernel.knows(each.naif_id) and _while_known(each, transmitter, receiver):
                found[each.name] = each
    return list(found.values())


def _while_known(each: Body, *ends: Trajectory) -> bool:
    """Whether the position of a body is known at all times of the ends."""
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
    """The horizon of a site at azimuths (deg), linear between the corners of a profile."""
    if isinstance(site.horizon_deg, float | int):
        return np.full(np.shape(azimuth_deg), float(site.horizon_deg))
    at, height = np.array(site.horizon_deg).T
    level: Array = np.interp(azimuth_deg, at, height, period=360.0)
    return level


def bent(term: Term, elevation_deg: Callable[[bool], Array]) -> dict[str, float]:
    """The difference between an engine's refraction and ours (deg); nothing of a site without refraction.

    elevation_deg : whether with refraction → the engine's elevation of the other end
    """
    air = term.own.air if term.own is not None else None
    if air is None:
        return {}
    off = float(abs(elevation_deg(True) - air.refracted_deg(elevation_deg(False)))[0])
    return {f"refraction by another formula differs by {3600.0 * off:.2g}″": off}


def turned(theirs: Array, ours: Array, term: Term, t: float) -> dict[str, float]:
    """The difference between two orientations of the Earth, (3, 3) matrices, as an angle in the sky of a site (deg)."""
    own = term.own
    assert own is not None
    wrong = theirs @ ours.T
    angle = 0.5 * np.linalg.norm([wrong[2, 1] - wrong[1, 2], wrong[0, 2] - wrong[2, 0], wrong[1, 0] - wrong[0, 1]])
    away = float(np.linalg.norm(term.other.position(np.array([t])) - own.position(np.array([t]))))
    arm = float(np.linalg.norm(own.position_at(np.asarray(t))))
    cause = f"Earth orientation differs by {arm * angle * 1e3:.1g} m at the site"
    return {cause: float(np.rad2deg(angle * (1.0 + arm / away)))}
