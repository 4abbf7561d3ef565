"""What an end asks of a line of sight: one class a kind.

A limit is declared where operators keep it, on the station or spacecraft, and holds for all its hops. `condition`
gets the sight and the end that asks, and answers with a condition of the receiving end's time.
"""

from __future__ import annotations

from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sim.core.kinds import Kinds
from sim.core.model import Degrees, Kilometers, Model

if TYPE_CHECKING:  # a limit makes conditions by comparing; it does not know how they are searched
    from sim.search.conditions import Condition

Array = NDArray[np.float64]


class Limit(Model):
    """What an end asks of every line of sight. A kind has a field `kind` and a method `condition`."""

    if TYPE_CHECKING:

        @property
        def kind(self) -> str:
            """The word that chooses the class."""

    def condition(self, sight: Any, own: Any) -> Condition:
        """What must hold for the line of sight to be open.

        Parameters
        ----------
        sight
            What the two ends see of one another: scalars of the receiving end's time, such as `range_km()`.
        own
            The end that asks: a site or a spacecraft.

        Returns
        -------
        Condition
            A comparison of scalars, or several joined with `&`.
        """
        raise NotImplementedError(f"a limit of kind {self.kind!r} does not say what it asks: it has no condition")


LIMITS: Kinds[Limit] = Kinds("limit", Limit, "farside_sim.limits", "sim.trajectories.limits")
"""All kinds of limits."""

AnyLimit = Annotated[Limit, LIMITS.field()]
"""Any kind of limit; `kind` picks the class."""


class SunSeparation(Limit):
    """Keeps the antenna off the Sun: the other end must stand at least so far from the Sun's center in the sky."""

    kind: Literal["sun_separation"] = "sun_separation"
    min_deg: Annotated[Degrees, Field(gt=0, le=180)]
    """least angle between the other end and the Sun's center, as this end sees them"""

    def condition(self, sight: Any, own: Any) -> Condition:
        """Holds while the Sun is far enough from the line of sight."""
        return sight.sun_separation_deg(own) > self.min_deg  # type: ignore[no-any-return]


class Range(Limit):
    """A radio that reaches only so far, or needs so much distance."""

    kind: Literal["range"] = "range"
    min_km: Annotated[Kilometers, Field(ge=0)] | None = None
    """least distance of the other end"""
    max_km: Annotated[Kilometers, Field(gt=0)] | None = None
    """greatest distance of the other end"""

    @model_validator(mode="after")
    def _some(self) -> Range:
        if self.min_km is None and self.max_km is None:
            raise ValueError("give min_km, max_km or both")
        if self.min_km is not None and self.max_km is not None and self.min_km >= self.max_km:
            raise ValueError(f"min_km must be below max_km, got {self.min_km:g} and {self.max_km:g}")
        return self

    def condition(self, sight: Any, own: Any) -> Condition:
        """Holds while the other end is at a distance that the radio bridges."""
        terms: list[Condition] = []
        if self.max_km is not None:
            terms.append(sight.range_km() < self.max_km)
        if self.min_km is not None:
            terms.append(sight.range_km() > self.min_km)
        return reduce(and_, terms)


class SunElevation(Limit):
    """Works only by day, or only by night: a lander that sleeps through the lunar night, an optical station.

    A day ends also where another body covers a part of the Sun: the Earth, at the Moon.
    """

    kind: Literal["sun_elevation"] = "sun_elevation"
    min_deg: Annotated[Degrees, Field(ge=-90, le=90)] | None = None
    """the Sun's center must stand at least so high, and no other body may cover any part of the Sun"""
    max_deg: Annotated[Degrees, Field(ge=-90, le=90)] | None = None
    """the Sun's center must stand no higher"""

    @model_validator(mode="after")
    def _some(self) -> SunElevation:
        if self.min_deg is None and self.max_deg is None:
            raise ValueError("give min_deg, max_deg or both")
        if self.min_deg is not None and self.max_deg is not None and self.min_deg >= self.max_deg:
            raise ValueError(f"min_deg must be below max_deg, got {self.min_deg:g} and {self.max_deg:g}")
        return self

    def condition(self, sight: Any, own: Any) -> Condition:
        """Holds while the Sun stands in the band."""
        terms: list[Condition] = []
        if self.min_deg is not None:
            terms += [sight.sun_elevation_deg(own) > self.min_deg, *sight.sunlight(own)]
        if self.max_deg is not None:
            terms.append(sight.sun_elevation_deg(own) < self.max_deg)
        return reduce(and_, terms)


class Cone(Limit):
    """An antenna or an instrument that sees only so far off its axis: a fixed dish, a camera's swath.

    The axis points from a spacecraft to the center of the body it moves about, from a site to its zenith; or, with a
    right ascension and a declination, always in one direction of ICRF.
    """

    kind: Literal["cone"] = "cone"
    max_deg: Annotated[Degrees, Field(gt=0, le=180)]
    """greatest angle between the axis and the other end, as this end sees it: half the cone's opening"""
    right_ascension_deg: Annotated[Degrees, Field(ge=-180, le=360)] | None = None
    """of a fixed axis, ICRF"""
    declination_deg: Annotated[Degrees, Field(ge=-90, le=90)] | None = None
    """of a fixed axis, ICRF"""

    @model_validator(mode="after")
    def _both(self) -> Cone:
        if (self.right_ascension_deg is None) != (self.declination_deg is None):
            raise ValueError("give right_ascension_deg and declination_deg, or neither for nadir")
        return self

    def condition(self, sight: Any, own: Any) -> Condition:
        """Holds while the other end is inside the cone."""
        name = "zenith" if hasattr(own, "horizontal") else "nadir"
        told = f"the axis of {own.name}" if self.declination_deg is not None else f"the {name} of {own.name}"
        return sight.off_axis_deg(own, lambda t: self.axis(own, t), told) < self.max_deg  # type: ignore[no-any-return]

    def axis(self, own: Any, t: Array) -> Array:
        """The axis at TDB seconds (…): (…, 3) of any length, ICRF."""
        if self.right_ascension_deg is not None and self.declination_deg is not None:
            a, d = np.deg2rad(self.right_ascension_deg), np.deg2rad(self.declination_deg)
            fixed = np.array([np.cos(d) * np.cos(a), np.cos(d) * np.sin(a), np.sin(d)])
            return np.broadcast_to(fixed, (*np.shape(t), 3))
        if hasattr(own, "horizontal"):
            up: Array = own.horizontal(t)[..., 2, :]
            return up
        away: Array = own.relative(t).position
        return -away
