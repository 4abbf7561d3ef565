"""Orbits in the Earth–Moon rotating frame."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field

from sim.core.model import Epoch, Listed, Name
from sim.products.ground_points import even_times, phases, shown_span, spacecraft, unknown_note
from sim.products.pictures import PictureOfSpacecraft
from sim.scenario.product import NOTHING, Job
from sim.trajectories.bodies.body import EARTH, MOON
from sim.trajectories.rotating_frame import from_moon, libration_points, mean_distance_km

if TYPE_CHECKING:
    from sim.visibility.result import Result

FAR_KM = 200_000.0
"""The Earth is drawn if an orbit reaches this distance from the Moon on its Earth side."""


class RotatingFrame(PictureOfSpacecraft):
    """Orbits in the Earth–Moon rotating frame, in three views (PNG or SVG).

    x points from the Earth to the Moon, z along the Moon's orbital angular momentum. Lengths are scaled to the mean
    distance of the Moon, so that L1 and L2 are fixed.
    """

    kind: Literal["rotating_frame"] = "rotating_frame"
    file: Name = "rotating-frame"
    """file name without extension"""
    spacecraft: Annotated[tuple[Name, ...], Listed] | None = None
    """spacecraft shown; default: all"""
    start: Epoch | None = None
    """start of the time shown; default: start of the scenario"""
    days: Annotated[float, Field(gt=0)] | None = None
    """number of days shown; default: to the end of the scenario"""

    def write(self, result: Result, folder: Path, job: Job = NOTHING) -> list[Path]:
        """Write rotating-frame.png or .svg."""
        from sim.products.plot.rotating import Ball, Orbit, rotating_frame

        span = shown_span(result.span, self.start, self.days, self.kind)
        chosen = spacecraft(result, self.spacecraft, self.kind)
        orbits = [Orbit(name, from_moon(way, even_times(when, 60.0, 20_000)), way.basis)
                  for name, way, when in phases(chosen, span)]  # fmt: skip
        reach = max((float(np.abs(orbit.position_km).max()) for orbit in orbits), default=0.0)
        bodies = [Ball("Moon", (0.0, 0.0, 0.0), MOON.equatorial_radius_km)]
        if any(orbit.position_km[:, 0].min() < -FAR_KM for orbit in orbits):
            bodies.append(Ball("Earth", (-mean_distance_km(), 0.0, 0.0), EARTH.equatorial_radius_km))
        points = [(name, at) for name, at in libration_points().items() if reach > 0.4 * abs(at[0])]
        origin = "origin: Moon · lengths scaled to its mean distance"
        words = "\n".join(filter(None, (origin, unknown_note(chosen, span))))
        axes = rotating_frame(orbits, bodies, points, words, self.title or result.title, self.theme)
        return self.save(axes[0], folder, self.file)
