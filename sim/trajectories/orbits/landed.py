"""A phase of a spacecraft on the surface of a body."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sim.core.model import Degrees, Meters, Text
from sim.trajectories.orbits.orbit import Orbit
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import Basis


class Landed(Orbit):
    """A spacecraft at rest on the surface of a body, at the coordinates of a site."""

    kind: Literal["landed"] = "landed"
    body: Literal["earth", "moon", "mars"] = "moon"
    """body that it stands on"""
    latitude_deg: Annotated[Degrees, Field(ge=-90, le=90)]
    longitude_deg: Annotated[Degrees, Field(ge=-180, le=360)]
    height_m: Annotated[Meters, Field(ge=-12_000, le=100_000)] = 0.0
    horizon_deg: Annotated[Degrees, Field(ge=-90, le=90)] = 0.0
    """minimum useful elevation"""
    basis: Basis = "definitive"
    source: Text = ""

    alone: ClassVar[bool] = False

    @property
    def center(self) -> str:
        return self.body

    def site(self, **about: object) -> Site:
        return Site(**{**self.model_dump(exclude={"kind"}), **about})
