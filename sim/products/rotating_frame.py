"""Orbits in axes that turn with the Moon."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from sim.core.model import Epoch, Listed, Name
from sim.products.ground_points import evenly, gaps, phases, shown_span, spacecraft
from sim.products.pictures import OfSpacecraft
from sim.scenario.product import NOTHING, Job
from sim.trajectories.bodies.body import EARTH, MOON
from sim.trajectories.rotating_frame import from_moon, libration_points, mean_distance_km
from sim.visibility.result import Result

FAR_KM = 200_000.0
"""What comes so far from the Moon on its Earth's side is shown with the Earth."""


class RotatingFrame(OfSpacecraft):
    """Orbits in axes that turn with the Moon, from above, from the side and from behind (PNG or SVG).

    x from the Earth to the Moon, z along the Moon's orbital momentum. Lengths are scaled so that the Moon stays at its
    mean distance: L1 and L2 stand still.
    """

    kind: Literal["rotating_frame"] = "rotating_frame"
    file: Name = "rotating-frame"
    """name of the file, without its ending"""
    spacecraft: Annotated[tuple[Name, ...], Listed] | None = None
    """whose; all if not given"""
    start: Epoch | None = None
    """first instant shown; the scenario's start if not given"""
    days: Annotated[float, Field(gt=0)] | None = None
    """how much is shown; to the scenario's end if not given"""

    def write(self, result: Result, folder: Path, job: Job = NOTHING) -> list[Path]:
        """rotating-frame.png or .svg"""
        from sim.products.plot.rotating import Ball, Orbit, rotating_frame

        span = shown_span(result.span, self.start, self.days, self.kind)
        chosen = spacecraft(result, self.spacecraft, self.kind)
        orbits = [Orbit(name, from_moon(way, evenly(when, 60.0, 20_000)), way.basis)
                  for name, way, when in phases(chosen, span)]  # fmt: skip
        reach = max((float(np.abs(orbit.position_km).max()) for orbit in orbits), default=0.0)
        bodies = [Ball("Moon", (0.0, 0.0, 0.0), MOON.equatorial_radius_km)]
        if any(orbit.position_km[:, 0].min() < -FAR_KM for orbit in orbits):
            bodies.append(Ball("Earth", (-mean_distance_km(), 0.0, 0.0), EARTH.equatorial_radius_km))
        points = [(name, at) for name, at in libration_points().items() if reach > 0.4 * abs(at[0])]
        origin = "\n".join(filter(None, ("origin: Moon; lengths scaled to its mean distance", gaps(chosen, span))))
        axes = rotating_frame(orbits, bodies, points, origin,
                              self.title or result.title, self.theme)  # fmt: skip
        return self.save(axes[0], folder, self.file)
