"""What an end asks of a line of sight: one class a kind.

A limit is declared where operators keep it, on the station or spacecraft, and holds for all its hops. `condition`
gets the sight and the end that asks, and answers with a condition of the receiving end's time.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from sim.conditions import Condition, every
from sim.model import Degrees, Kilometers, Model


class SunSeparation(Model):
    """Keeps the antenna off the Sun: the other end must stand at least so far from the Sun's center in the sky."""

    kind: Literal["sun_separation"] = "sun_separation"
    min_deg: Annotated[Degrees, Field(gt=0, le=180)]
    """least angle between the other end and the Sun's center, as this end sees them"""

    def condition(self, sight: Any, own: Any) -> Condition:
        """Holds while the Sun is far enough from the line of sight."""
        return sight.sun_separation_deg(own) > self.min_deg  # type: ignore[no-any-return]


class Range(Model):
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
        terms = []
        if self.max_km is not None:
            terms.append(sight.range_km() < self.max_km)
        if self.min_km is not None:
            terms.append(sight.range_km() > self.min_km)
        return every(terms)


class SunElevation(Model):
    """Works only by day, or only by night: a lander that sleeps through the lunar night, an optical station."""

    kind: Literal["sun_elevation"] = "sun_elevation"
    min_deg: Annotated[Degrees, Field(ge=-90, le=90)] | None = None
    """the Sun's center must stand at least so high"""
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
        terms = []
        if self.min_deg is not None:
            terms.append(sight.sun_elevation_deg(own) > self.min_deg)
        if self.max_deg is not None:
            terms.append(sight.sun_elevation_deg(own) < self.max_deg)
        return every(terms)


AnyLimit = Annotated[SunSeparation | Range | SunElevation, Field(discriminator="kind")]
"""Any kind of limit; `kind` picks the class."""

LIMITS: tuple[type[Model], ...] = (SunSeparation, Range, SunElevation)
