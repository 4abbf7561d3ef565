"""Greatest angle between the other end and the axis of an antenna or instrument."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Protocol, TypeGuard, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sim.core.model import Degrees
from sim.trajectories.limits.limit import Limit, SightLine

if TYPE_CHECKING:
    from sim.core.values import TimeLike
    from sim.search.conditions import Condition
    from sim.trajectories.trajectory import State, Trajectory

Array = NDArray[np.float64]


class _OnSurface(Protocol):
    def horizontal(self, t: TimeLike) -> Array: ...


class _InOrbit(Protocol):
    def relative(self, t: TimeLike) -> State: ...


def _stands(own: object) -> TypeGuard[_OnSurface]:
    """Whether an end is a site."""
    return hasattr(own, "horizontal")


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
