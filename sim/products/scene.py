"""Orbits about a body in three dimensions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from sim.core.model import Epoch, Listed, Name
from sim.products.ground_points import even_times, phases, shown_span, spacecraft, unknown_note
from sim.products.pictures import PictureOfSpacecraft
from sim.scenario.product import NOTHING, Job
from sim.trajectories.bodies.body import body
from sim.trajectories.rotating_frame import from_moon, libration_points

if TYPE_CHECKING:
    from sim.visibility.result import Result


class Scene(PictureOfSpacecraft):
    """Orbits about a body in three dimensions (PNG or SVG).

    Axes are ICRF about the Earth or the Moon, or the Earth–Moon rotating frame, scaled to the Moon's mean distance.
    """

    kind: Literal["scene"] = "scene"
    file: Name = "scene"
    """file name without extension"""
    axes: Literal["moon", "earth", "turning"] | None = None
    """ICRF about the Moon or the Earth, or rotating frame (turning); default: center of the first spacecraft"""
    spacecraft: Annotated[tuple[Name, ...], Listed] | None = None
    """spacecraft shown; default: all"""
    start: Epoch | None = None
    """start of the time shown; default: start of the scenario"""
    days: Annotated[float, Field(gt=0)] = 1.0
    """number of days shown"""
    elevation_deg: Annotated[float, Field(ge=-90, le=90)] = 22.0
    """elevation of the viewing direction above the x–y plane"""
    azimuth_deg: Annotated[float, Field(ge=-360, le=360)] = -60.0
    """azimuth of the viewing direction, from x to y"""

    def write(self, result: Result, folder: Path, job: Job = NOTHING) -> list[Path]:
        """Write scene.png or .svg."""
        from sim.products.plot.rotating import Ball, Orbit
        from sim.products.plot.scene import scene

        chosen = spacecraft(result, self.spacecraft, self.kind)
        axes = self.axes or ("earth" if chosen and chosen[0].center == "earth" else "moon")
        span = shown_span(result.span, self.start, self.days, self.kind)
        about = body("moon" if axes == "turning" else axes)
        orbits = []
        for name, way, when in phases(chosen, span):
            t = even_times(when, 20.0, 20_000)
            center = body(about.name, way.ephemeris)
            place = from_moon(way, t) if axes == "turning" else way.position_from(center, t)
            orbits.append(Orbit(name, place, way.basis))
        ball = Ball(about.name.title(), (0.0, 0.0, 0.0), about.equatorial_radius_km)
        frame = "Earth–Moon rotating frame, scaled to the mean distance" if axes == "turning" else "ICRF axes"
        words = "\n".join(filter(None, (f"{frame}, origin: {ball.label}", unknown_note(chosen, span))))
        drawn = scene(orbits, [ball], list(libration_points().items()) if axes == "turning" else [],
                      words, self.title or result.title,
                      (self.elevation_deg, self.azimuth_deg), self.theme)  # fmt: skip
        return self.save(drawn, folder, self.file)
