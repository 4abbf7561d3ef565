"""A spacecraft's trajectory as a sequence of phases: parking orbit, transfer, orbit, landed, ascent, return."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from sim.core.model import Epoch, Listed, Model, Text
from sim.core.time import utc
from sim.trajectories.orbits.orbit import AnyPart, Orbit
from sim.trajectories.trajectory import Basis, worst_basis


class Phase(Model):
    """An interval in which the spacecraft moves in an orbit of any kind, or stands where it landed."""

    start: Epoch
    end: Epoch
    orbit: AnyPart
    """an orbit of any kind but phases, or kind = "landed" with the coordinates of a site"""


class Phases(Orbit):
    """One spacecraft as a sequence of phases: parking orbit, transfer, orbit, landed, ascent, return.

    In a gap between two phases its position is unknown. Positions may step where one phase follows another.
    """

    kind: Literal["phases"] = "phases"
    phases: Annotated[tuple[Phase, ...], Listed, Field(min_length=1)]
    """in order of time, without overlaps"""
    source: Text = ""

    in_phases: ClassVar[bool] = False

    @model_validator(mode="after")
    def _in_order(self) -> Phases:
        for phase in self.phases:
            if phase.end <= phase.start:
                raise ValueError(f"a phase ends {utc(phase.end, 0)}, before it starts {utc(phase.start, 0)}")
        for before, after in pairwise(self.phases):
            if after.start < before.end:
                raise ValueError(
                    f"phases must be in order and not overlap: one ends {utc(before.end, 0)}, "
                    f"the next starts {utc(after.start, 0)}"
                )
        return self

    @property
    def basis(self) -> Basis:
        """The weakest basis of the phases."""
        return worst_basis(phase.orbit for phase in self.phases)

    @property
    def center(self) -> str:
        """The center of the first phase."""
        return self.phases[0].orbit.center

    def farther(self, share: float) -> Phases | None:
        """With its phases of free position a fraction of a revolution ahead; None if there are none."""
        turned = [phase.orbit.farther(share) if phase.orbit.place_is_free else None for phase in self.phases]
        if all(orbit is None for orbit in turned):
            return None
        both = zip(self.phases, turned, strict=True)
        parts = tuple(old if new is None else old.model_copy(update={"orbit": new}) for old, new in both)
        return self.model_copy(update={"phases": parts})

    def sequence(self) -> tuple[Phase, ...]:
        return self.phases
