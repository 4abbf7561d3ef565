"""Low-thrust arcs, from hours to months long."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from sim.core.model import Epoch, Model, Text
from sim.core.time import utc

if TYPE_CHECKING:
    from sim.trajectories.dynamics.forces import Push

STANDARD_GRAVITY_M_S2 = 9.80665
"""Standard gravity, for specific impulses in seconds. Source: 3rd CGPM (1901)."""

_DIRECTIONS: dict[str, tuple[bool, tuple[float, float, float]]] = {
    "prograde": (True, (1.0, 0.0, 0.0)),
    "retrograde": (True, (-1.0, 0.0, 0.0)),
    "outward": (False, (1.0, 0.0, 0.0)),
    "inward": (False, (-1.0, 0.0, 0.0)),
    "normal": (False, (0.0, 0.0, 1.0)),
    "antinormal": (False, (0.0, 0.0, -1.0)),
}


class Thrust(Model):
    """An engine that burns from start to end with constant thrust, while the mass decreases."""

    start: Epoch
    end: Epoch
    force_n: Annotated[float, Field(gt=0, le=100_000)]
    """newtons: an electric engine has some hundredths of a newton"""
    isp_s: Annotated[float, Field(gt=0, le=100_000)]
    """specific impulse: exhaust speed over standard gravity"""
    direction: Literal["prograde", "retrograde", "outward", "inward", "normal", "antinormal"] = "prograde"
    """direction: along or against the velocity about the center, away from or toward the center, along or against the
    angular momentum of the orbit"""
    source: Text = ""

    @model_validator(mode="after")
    def _some_time(self) -> Thrust:
        if self.end <= self.start:
            raise ValueError(f"a thrust ends {utc(self.end, 0)}, before it starts, {utc(self.start, 0)}")
        return self

    @property
    def flow_kg_s(self) -> float:
        """Mass flow."""
        return self.force_n / (self.isp_s * STANDARD_GRAVITY_M_S2)

    def burnt_kg(self, begin: float, end: float) -> float:
        """Mass burned between two times (TDB s)."""
        return self.flow_kg_s * max(0.0, min(end, self.end) - max(begin, self.start))


def check(thrusts: Sequence[Thrust], epoch: float | None, mass_kg: float | None) -> None:
    """Raises `ValueError` for impossible thrusts."""
    if not thrusts:
        return
    if epoch is None:
        raise ValueError("thrusts need one epoch with a state, not anchors")
    if mass_kg is None:
        raise ValueError("thrusts need mass_kg, the mass at the epoch")
    for early, late in pairwise(thrusts):
        if late.start < early.end:
            raise ValueError(
                f"thrusts must be in order of time and not overlap: one ends {utc(early.end, 0)}, the next starts "
                f"{utc(late.start, 0)}"
            )
    if (burnt := sum(thrust.burnt_kg(epoch, thrust.end) for thrust in thrusts)) >= mass_kg:
        told = f"{burnt:.3g} kg" if burnt < 1e12 else "more than any mass"
        raise ValueError(f"thrusts burn {told} of {mass_kg:g} kg: check force_n, isp_s and the times")


def edges(thrusts: Sequence[Thrust]) -> list[float]:
    """All times at which a thrust begins or ends, TDB s."""
    return sorted({t for thrust in thrusts for t in (thrust.start, thrust.end)})


def push(thrusts: Sequence[Thrust], epoch: float, mass_kg: float, t: float) -> Push | None:
    """The thrust at a time (TDB s), in the form of the dynamics, for a mass at the epoch; None if there is none."""
    from sim.trajectories.dynamics.forces import Push

    for thrust in thrusts:
        if thrust.start < t < thrust.end:
            begin = thrust.start
            burnt = sum(each.burnt_kg(epoch, begin) - each.burnt_kg(begin, epoch) for each in thrusts)
            along_velocity, parts = _DIRECTIONS[thrust.direction]
            return Push(begin, mass_kg - burnt, thrust.force_n, thrust.flow_kg_s, along_velocity, parts)
    return None
