"""One spacecraft as a sequence: parked, on its way, in orbit, landed, ascending, returning."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.core.model import Degrees, Epoch, Listed, Meters, Model, Text
from sim.core.time import utc
from sim.trajectories.orbits.single_kinds import SingleOrbit
from sim.trajectories.trajectory import LIGHT_TIME_PAD_S, Basis, worst_basis

AROUND_S = 0.5 * LIGHT_TIME_PAD_S
"""How far around the span phases are looked for: light that arrives in it may have left before."""


class Landed(Model):
    """At rest on a body's surface, in the coordinates of a site."""

    kind: Literal["landed"] = "landed"
    body: Literal["earth", "moon", "mars"] = "moon"
    """what it stands on"""
    latitude_deg: Annotated[Degrees, Field(ge=-90, le=90)]
    longitude_deg: Annotated[Degrees, Field(ge=-180, le=360)]
    height_m: Annotated[Meters, Field(ge=-12_000, le=100_000)] = 0.0
    horizon_deg: Annotated[Degrees, Field(ge=-90, le=90)] = 0.0
    """least useful elevation"""
    basis: Basis = "definitive"
    source: Text = ""


AnyPart = Annotated[SingleOrbit | Landed, Field(discriminator="kind")]


class Phase(Model):
    """From start to end the spacecraft moves in an orbit of any kind, or stands where it landed."""

    start: Epoch
    end: Epoch
    orbit: AnyPart
    """an orbit of any kind but phases, or kind = "landed" with the coordinates of a site"""


class Phases(Model):
    """One spacecraft as a sequence of phases: parked, on its way, in orbit, landed, ascending, returning.

    A gap between two phases is a gap, not a guess: nothing is seen or heard there. Positions may step where one phase
    follows another.
    """

    kind: Literal["phases"] = "phases"
    phases: Annotated[tuple[Phase, ...], Listed, Field(min_length=1)]
    """in order of time, without overlaps"""
    source: Text = ""

    @model_validator(mode="after")
    def _in_order(self) -> Phases:
        for phase in self.phases:
            if phase.end <= phase.start:
                raise ValueError(f"a phase ends {utc(phase.end, 0)}, before it starts {utc(phase.start, 0)}")
        for before, after in pairwise(self.phases):
            if after.start < before.end:
                raise ValueError(
                    f"phases must stand in order and not overlap: one ends {utc(before.end, 0)}, "
                    f"the next starts {utc(after.start, 0)}"
                )
        return self

    @property
    def basis(self) -> Basis:
        """The weakest of the phases."""
        return worst_basis(phase.orbit for phase in self.phases)

    @property
    def center(self) -> str:
        """What the first phase is about."""
        first = self.phases[0].orbit
        return first.body if isinstance(first, Landed) else first.center
