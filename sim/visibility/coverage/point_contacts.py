"""When each point of a grid is in contact with a target: horizon, bodies in the way, the target's limits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from sim.core.geometry import length
from sim.core.time import Span
from sim.search.conditions import Condition
from sim.search.conditions import search as search_conditions
from sim.search.find import find_parts
from sim.search.margins import SAME_S, Family, Margin
from sim.search.window_table import ManyWindows
from sim.search.windows import Windows
from sim.trajectories.bodies.body import Body, body
from sim.trajectories.limits.cone import Cone
from sim.trajectories.limits.limit import Limit
from sim.trajectories.limits.range import Range
from sim.trajectories.limits.sun_separation import SunSeparation
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import Trajectory
from sim.visibility.body_view import Heights, Outlook, Passings, outlook
from sim.visibility.coverage.grid import Grid
from sim.visibility.coverage.point_margins import Axis, Beam, Caps, Reach, nobody, site_like, turned
from sim.visibility.known_times import known_times
from sim.visibility.limit_sight import condition_of
from sim.visibility.sight import Sight, occulters

Array = NDArray[np.float64]

RESOLUTION_DEG = 1e-3
"""Least excursion of an angle that a map minds: 3.6″, far below what ridges leave unknown."""

RESOLUTION_KM = 0.01

EDGE_TOLERANCE_S = 0.01
"""How well edges are wanted: what maps show is hours, or seconds."""


def point_contacts(grid: Grid, target: Trajectory, span: Span, horizon_deg: float) -> tuple[ManyWindows, float]:
    """Contacts of each point with the target, and the total time in which contact stayed undecided.

    Geometry is instantaneous, without light time; the target must be ready for the span. In a gap between its phases
    contact is unknown; there is none while it is landed on the grid's own body.
    """
    if target.in_parts:
        return _by_phases(grid, target, span, horizon_deg)
    if target.name == grid.carrier.name or (isinstance(target, Site) and target.body == grid.carrier.name):
        raise ValueError(f"points of the {grid.carrier.name} cannot look at {target.name}, which is of the same body")
    look = _Look(grid, target, span)
    seen = look.above(horizon_deg)
    for occulter in occulters(Sight(target, _site(grid, 0), light=False)):
        if len(seen) and look.may_hide(occulter):
            seen = look.past(occulter, seen)
    for known in filter(look.knows, target.limits):
        if len(seen):
            seen = look.limited(known, seen)
    if isinstance(target, Site):
        seen = look.one_by_one(lambda sight: sight.above_horizon(target), seen)
    for limit in target.limits:
        if not look.knows(limit) and condition_of(limit, Sight(target, _site(grid, 0), light=False), target):
            search = look.once if limit.of_end_alone else look.one_by_one
            seen = search(partial(_limited, limit, target), seen)
    return seen, look.unresolved_s


class _Look:
    """One target over a grid and a span, and the time that stayed undecided so far."""

    def __init__(self, grid: Grid, target: Trajectory, span: Span) -> None:
        self.grid, self.target, self.span = grid, target, span
        self.view: Outlook = outlook(target, grid.carrier.name, grid.carrier.ephemeris, light=False)
        somewhere = _site(grid, 0)
        self.pace_s, self.stride_s = (
            min(0.5 * step, 2.0 * somewhere.pace_s) for step in (target.pace_s, target.stride_s)
        )
        self.breaks = np.union1d(target.breaks(span), somewhere.breaks(span))
        self.unresolved_s = 0.0

    def above(self, horizon_deg: float) -> ManyWindows:
        """Above the horizon."""
        angle, view = np.deg2rad(RESOLUTION_DEG), self.view
        if self.grid.round or horizon_deg == 0.0:
            return self.where(Caps(view, self.grid, horizon_deg), angle * view.slant_km(0.0))
        mask = float(np.sin(np.deg2rad(horizon_deg)))
        heights, members = Heights(view), [(point, mask) for point in site_like(self.grid)]
        return self.where(heights, heights.resolution_km(mask, angle), members=members)

    def may_hide(self, occulter: Body) -> bool:
        """Whether a body comes near enough to hide the target, with a tenth of the distance to spare."""
        t = np.linspace(self.span.start, self.span.end, max(257, int(4 * self.span.duration_s / self.pace_s)))
        clear = length(occulter.position_from(self.grid.carrier, t)) - occulter.equatorial_radius_km
        far = length(self.target.position_from(self.grid.carrier, t))
        return bool(np.min(0.9 * clear - far) < self.grid.radius_km)

    def past(self, occulter: Body, seen: ManyWindows) -> ManyWindows:
        """Not occulted by a body, taken as a sphere of its equatorial radius."""
        members = site_like(self.grid)
        passings = Passings(self.view, occulter, occulter.equatorial_radius_km)
        return self.where(passings, RESOLUTION_KM, seen, members=members)

    def knows(self, limit: Limit) -> TypeGuard[Range | SunSeparation | Cone]:
        """Whether a limit can be searched for many points together."""
        inner = isinstance(limit, Cone) and (limit.min_deg is not None or limit.max_deg is None)
        return isinstance(limit, (Range, SunSeparation, Cone)) and not inner and not isinstance(self.target, Site)

    def limited(self, limit: Range | SunSeparation | Cone, seen: ManyWindows) -> ManyWindows:
        """Within a limit of the target."""
        view, grid = self.view, self.grid
        if isinstance(limit, Range):
            for bound, sign in ((limit.max_km, -1.0), (limit.min_km, 1.0)):
                if bound is not None:
                    level, noise = bound**2, max(2.0 * bound * RESOLUTION_KM, 1e-6)
                    seen = self.where(Reach(view, grid), noise, seen, sign=sign, level=level)
            return seen
        if isinstance(limit, SunSeparation):
            sun = body("sun", grid.carrier.ephemeris)
            center = grid.carrier

            def towards(t: Array) -> Array:
                return sun.position_from(center, t) - self.target.position_from(center, t)

            return self.beam(turned(view, towards), limit.min_deg, seen, -1.0)
        assert limit.max_deg is not None
        return self.beam(turned(view, _axis(limit, self.target)), limit.max_deg, seen, 1.0)

    def beam(self, axis: Axis, limit_deg: float, seen: ManyWindows, sign: float) -> ManyWindows:
        """Within an angle of an axis of the target, or, with the sign changed, outside it."""
        limit = np.deg2rad(limit_deg)
        least = max(np.sin(limit), np.deg2rad(RESOLUTION_DEG)) * np.deg2rad(RESOLUTION_DEG) * self.view.nearest_km
        return self.where(Beam(self.view, self.grid, axis, float(limit)), float(least), seen, sign=sign)

    def where(
        self,
        family: Family | Any,
        resolution: float,
        given: ManyWindows | None = None,
        sign: float = 1.0,
        level: float = 0.0,
        members: Sequence[Any] | None = None,
    ) -> ManyWindows:
        """Where the family's margins are positive, inside the given windows."""
        count = len(self.grid)
        chosen = range(count) if members is None else members
        margins = [
            Margin(
                nobody, resolution, self.pace_s, self.breaks, sign=sign, level=level, family=family, member=member,
                stride_s=self.stride_s, edge_tolerance_s=EDGE_TOLERANCE_S,
            )
            for member in chosen
        ]  # fmt: skip
        whole = Windows.whole(self.span)
        inside = [whole] * count if given is None else [Windows(b, self.span) for b in given.of_each()]
        positive, doubtful = find_parts(margins, inside)
        self.unresolved_s += sum(float((b[:, 1] - b[:, 0]).sum()) for b, _ in doubtful)
        bounds = np.concatenate([np.empty((0, 2)), *(b for b, _ in positive)])
        owners = np.concatenate([np.empty(0, dtype=np.intp), *(o for _, o in positive)])
        found = ManyWindows.of(bounds, owners, count, self.span, SAME_S)
        return found if given is None else found & given

    def once(self, condition: Callable[[Sight], Condition], seen: ManyWindows) -> ManyWindows:
        """Where a condition holds that is the same for all points: searched from one of them, without light time."""
        found = condition(Sight(self.target, _site(self.grid, 0), light=False)).windows(self.span)
        return seen & ManyWindows.same(found.bounds, seen.count, self.span)

    def one_by_one(self, condition: Callable[[Sight], Condition], seen: ManyWindows) -> ManyWindows:
        """Where any other condition holds: each point is searched as a site of its own, slowly."""
        inside = seen.of_each()
        some = [i for i, bounds in enumerate(inside) if len(bounds)]
        if not some:
            return seen
        sights = [Sight(self.target, _site(self.grid, i), light=False) for i in some]
        found = search_conditions([condition(s) for s in sights], [Windows(inside[i], self.span) for i in some])
        owners = np.concatenate([np.full(len(w), i) for i, w in zip(some, found, strict=True)])
        return ManyWindows.of(np.concatenate([w.bounds for w in found]), owners, seen.count, self.span)


def _by_phases(grid: Grid, target: Trajectory, span: Span, horizon_deg: float) -> tuple[ManyWindows, float]:
    """Contacts in each phase, within its time."""
    found, doubt = ManyWindows.same(np.empty((0, 2)), len(grid), span), 0.0
    for part in target.parts:
        start, end = max(part.start, span.start), min(part.end, span.end)
        landed = isinstance(part.trajectory, Site) and part.trajectory.body == grid.carrier.name
        if start < end and not landed:
            seen, more = point_contacts(grid, part.trajectory, Span(start, end), horizon_deg)
            found = found | ManyWindows(seen.bounds, seen.owners, seen.count, span)
            doubt += more
    unknown = ~Windows.of(known_times(target, span=span), span)
    if len(unknown):
        found = replace(found, unknown=ManyWindows.same(unknown.bounds, len(grid), span))
    return found, doubt


def _limited(limit: Limit, target: Trajectory, sight: Sight) -> Condition:
    """The condition of a limit that applies."""
    return condition_of(limit, sight, target)[0]


def _axis(limit: Cone, target: Trajectory) -> Callable[[Array], Array]:
    """A cone's axis as a function of time, ICRF."""
    return lambda t: limit.direction(target, t)


def _site(grid: Grid, index: int) -> Site:
    return Site(
        name=f"point-{index}",
        body=grid.carrier.name,  # type: ignore[arg-type]  # the Earth or the Moon
        latitude_deg=float(grid.latitude_deg[index]),
        longitude_deg=float(grid.longitude_deg[index]),
        height_m=grid.height_m,
        ephemeris=grid.carrier.ephemeris,
    )
