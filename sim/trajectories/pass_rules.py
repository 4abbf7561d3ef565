"""What an operator asks of a pass: its length, its gaps, and the time that the antenna needs around it."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from sim.core.model import Model

Seconds = Annotated[float, Field(ge=0, le=864_000)]


class PassRules(Model):
    """Rules by which windows become passes that can be planned; the default of each changes nothing.

    They are applied in this order: short gaps are joined, both ends are trimmed, a pass that is still too long is
    divided, and one that is too short is dropped. The table `[passes]` holds for every site of a scenario; a site's own
    table `[sites.NAME.passes]` replaces it key by key.

    Examples
    --------
    >>> PassRules(min_duration_s=600, setup_s=300).turnaround_s
    300.0
    """

    min_duration_s: Seconds = 0.0
    """a shorter pass, or track, is not used"""
    max_duration_s: Annotated[float, Field(gt=0, le=864_000)] | None = None
    """a longer pass is divided into equal passes no longer than this"""
    join_gap_s: Seconds = 0.0
    """two passes whose gap is known and shorter than this are one pass with a gap"""
    setup_s: Seconds = 0.0
    """how long the antenna is occupied before a track"""
    teardown_s: Seconds = 0.0
    """how long the antenna is occupied after a track"""
    trim_s: Seconds = 0.0
    """taken off both ends of a pass"""
    trim_sigma: Annotated[float, Field(ge=0, le=10)] = 0.0
    """taken off both ends of a pass besides, in standard deviations of the edge; an edge of unknown deviation is not
    trimmed by it"""

    cable_min_deg: Annotated[float, Field(ge=-3600, le=0)] | None = None
    """least azimuth of an azimuth–elevation mount by its cables, counted on past north: -270 is three quarters of a
    turn to the left of it. A pass that goes on past it or past cable_max_deg is divided there"""
    cable_max_deg: Annotated[float, Field(ge=0, le=3600)] | None = None
    """greatest azimuth by the cables, at least 360 above cable_min_deg"""
    unwrap_s: Seconds = 0.0
    """how long the antenna takes to turn back where a pass is divided so"""

    @model_validator(mode="after")
    def _cable(self) -> Self:
        """A range in which every azimuth can be reached."""
        low, high = self.cable_min_deg, self.cable_max_deg
        if (low is None) != (high is None):
            raise ValueError("give both cable_min_deg and cable_max_deg, or neither")
        if low is not None and high is not None and high - low < 360.0:
            raise ValueError(
                f"cable_max_deg must be at least 360 deg above cable_min_deg, got {low:g} to {high:g}. Azimuths that "
                "cannot be reached at all are a limit of kind azimuth_sector"
            )
        return self

    @model_validator(mode="after")
    def _fit(self) -> Self:
        if self.max_duration_s is not None and self.max_duration_s < 2.0 * self.min_duration_s:
            raise ValueError(
                "max_duration_s must be at least twice min_duration_s: the parts of a pass that is divided would be "
                f"too short. Expected at least {2.0 * self.min_duration_s:g} s, got {self.max_duration_s:g} s"
            )
        return self

    @property
    def has_cable(self) -> bool:
        """Whether the cables of the antenna limit how far it turns."""
        return self.cable_min_deg is not None

    @property
    def turnaround_s(self) -> float:
        """Least time between two tracks of one antenna."""
        return self.setup_s + self.teardown_s

    def over(self, default: PassRules) -> PassRules:
        """These rules, with those of a default where they do not say anything."""
        return PassRules.model_validate({**default.said(), **self.said()})

    def said(self) -> dict[str, float | None]:
        """The rules that were given."""
        return {name: getattr(self, name) for name in type(self).model_fields if name in self.model_fields_set}
