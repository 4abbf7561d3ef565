"""Limits of stations and spacecraft on their lines of sight, one class for each kind.

A limit belongs to a station or spacecraft and applies to all its hops.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Annotated, Literal, Protocol, TypeGuard, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sim.core.kinds import Kinds
from sim.core.model import Degrees, Kilometers, Model

if TYPE_CHECKING:  # a limit compares scalars; it does not know how conditions are searched
    from sim.core.values import TimeLike
    from sim.search.conditions import Condition, Scalar
    from sim.trajectories.sites import Site
    from sim.trajectories.trajectory import State, Trajectory

Array = NDArray[np.float64]


class SightLine(Protocol):
    """The scalars of a line of sight that limits compare, as functions of the time of reception."""

    def range_km(self) -> Scalar:
        """Return the distance between the ends."""

    def sun_separation_deg(self, own: Trajectory) -> Scalar:
        """Return the angle between the other end and the Sun's center, seen from an end."""

    def sun_elevation_deg(self, own: Site) -> Scalar:
        """Return the elevation of the Sun's center at a site."""

    def sunlight(self, own: Site) -> Sequence[Condition]:
        """Return the conditions that no body covers a part of the Sun, seen from a site."""

    def off_axis_deg(self, own: Trajectory, axis: Callable[[Array], Array], name: str) -> Scalar:
        """Return the angle between the other end and an axis (…, 3), seen from an end."""


class _OnSurface(Protocol):
    def horizontal(self, t: TimeLike) -> Array: ...


class _InOrbit(Protocol):
    def relative(self, t: TimeLike) -> State: ...


def _stands(own: object) -> TypeGuard[_OnSurface]:
    """Whether an end is a site."""
    return hasattr(own, "horizontal")


class Limit(Model):
    """A limit on every line of sight of a station or spacecraft.

    A kind has a field `kind`, a word in a `Literal`, and a method `condition`.
    """

    if TYPE_CHECKING:

        @property
        def kind(self) -> str:
            """The word that selects the class."""

    def condition(self, sight: SightLine, own: Trajectory) -> Condition:
        """Return the condition that the line of sight must meet.

        Parameters
        ----------
        sight : SightLine
            The line of sight: scalars of the time of reception, such as `range_km()`.
        own : Trajectory
            The end that has the limit: a site or a spacecraft.

        Returns
        -------
        Condition
            A comparison of scalars, or several joined with `&`.
        """
        raise NotImplementedError(f"the class of limit kind {self.kind!r} must define a method condition")


LIMITS: Kinds[Limit] = Kinds("limit", Limit, "farside_sim.limits", "sim.trajectories.limits")
"""All kinds of limits."""

AnyLimit = Annotated[Limit, LIMITS.field()]
"""Any kind of limit; `kind` selects the class."""


class SunSeparation(Limit):
    """Minimum angle between the other end and the Sun's center, to keep the antenna off the Sun."""

    kind: Literal["sun_separation"] = "sun_separation"
    min_deg: Annotated[Degrees, Field(gt=0, le=180)]
    """minimum angle between the other end and the Sun's center, seen from this end"""

    def condition(self, sight: SightLine, own: Trajectory) -> Condition:
        """Return the condition on the Sun's angle from the line of sight."""
        return sight.sun_separation_deg(own) > self.min_deg


class Range(Limit):
    """Maximum or minimum distance of the other end."""

    kind: Literal["range"] = "range"
    min_km: Annotated[Kilometers, Field(ge=0)] | None = None
    """minimum distance of the other end"""
    max_km: Annotated[Kilometers, Field(gt=0)] | None = None
    """maximum distance of the other end"""

    @model_validator(mode="after")
    def _some(self) -> Range:
        if self.min_km is None and self.max_km is None:
            raise ValueError("give min_km, max_km or both")
        if self.min_km is not None and self.max_km is not None and self.min_km >= self.max_km:
            raise ValueError(f"min_km must be below max_km, got {self.min_km:g} and {self.max_km:g}")
        return self

    def condition(self, sight: SightLine, own: Trajectory) -> Condition:
        """Return the condition on the distance."""
        terms: list[Condition] = []
        if self.max_km is not None:
            terms.append(sight.range_km() < self.max_km)
        if self.min_km is not None:
            terms.append(sight.range_km() > self.min_km)
        return reduce(and_, terms)


class SunElevation(Limit):
    """Elevation of the Sun at a site: a lander that works by day, an optical station that works by night.

    With `min_deg`, no other body may cover a part of the Sun either, as the Earth may at the Moon.
    """

    kind: Literal["sun_elevation"] = "sun_elevation"
    min_deg: Annotated[Degrees, Field(ge=-90, le=90)] | None = None
    """minimum elevation of the Sun's center; no other body may cover a part of the Sun"""
    max_deg: Annotated[Degrees, Field(ge=-90, le=90)] | None = None
    """maximum elevation of the Sun's center"""

    @model_validator(mode="after")
    def _some(self) -> SunElevation:
        if self.min_deg is None and self.max_deg is None:
            raise ValueError("give min_deg, max_deg or both")
        if self.min_deg is not None and self.max_deg is not None and self.min_deg >= self.max_deg:
            raise ValueError(f"min_deg must be below max_deg, got {self.min_deg:g} and {self.max_deg:g}")
        return self

    def condition(self, sight: SightLine, own: Trajectory) -> Condition:
        """Return the condition on the Sun's elevation."""
        site = cast("Site", own)  # a scenario with this limit on a spacecraft is refused
        terms: list[Condition] = []
        if self.min_deg is not None:
            terms += [sight.sun_elevation_deg(site) > self.min_deg, *sight.sunlight(site)]
        if self.max_deg is not None:
            terms.append(sight.sun_elevation_deg(site) < self.max_deg)
        return reduce(and_, terms)


class Cone(Limit):
    """Maximum angle of the other end from the axis of an antenna or instrument.

    The axis of a spacecraft points to nadir (the center of its central body), that of a site to the zenith. With a
    right ascension and a declination, it is fixed in ICRF.
    """

    kind: Literal["cone"] = "cone"
    max_deg: Annotated[Degrees, Field(gt=0, le=180)]
    """maximum angle between the axis and the other end, seen from this end: half the opening angle"""
    right_ascension_deg: Annotated[Degrees, Field(ge=-180, le=360)] | None = None
    """of a fixed axis, ICRF"""
    declination_deg: Annotated[Degrees, Field(ge=-90, le=90)] | None = None
    """of a fixed axis, ICRF"""

    @model_validator(mode="after")
    def _both(self) -> Cone:
        if (self.right_ascension_deg is None) != (self.declination_deg is None):
            raise ValueError("give both right_ascension_deg and declination_deg, or neither for nadir or zenith")
        return self

    def condition(self, sight: SightLine, own: Trajectory) -> Condition:
        """Return the condition that the other end is inside the cone."""
        name = "zenith" if _stands(own) else "nadir"
        axis = f"the axis of {own.name}" if self.declination_deg is not None else f"the {name} of {own.name}"
        return sight.off_axis_deg(own, lambda t: self.axis(own, t), axis) < self.max_deg

    def axis(self, own: Trajectory, t: Array) -> Array:
        """Return the axis at times (…) in TDB s: (…, 3) of any length, ICRF."""
        if self.right_ascension_deg is not None and self.declination_deg is not None:
            a, d = np.deg2rad(self.right_ascension_deg), np.deg2rad(self.declination_deg)
            fixed = np.array([np.cos(d) * np.cos(a), np.cos(d) * np.sin(a), np.sin(d)])
            return np.broadcast_to(fixed, (*np.shape(t), 3))
        if _stands(own):
            return own.horizontal(t)[..., 2, :]
        return -cast("_InOrbit", own).relative(t).position
