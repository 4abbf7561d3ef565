"""Maps of the Moon with landing sites and ground tracks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from sim.core.model import Epoch, Listed, Name
from sim.products.ground_points import (
    even_times,
    moving,
    phases,
    shown_span,
    spacecraft,
    standing,
    subpoint,
    subsolar_point,
    unknown_note,
    way_lines,
)
from sim.products.pictures import PictureOfSpacecraft
from sim.scenario.draft import Complaint, Draft
from sim.scenario.product import NOTHING, Job
from sim.trajectories.bodies.body import MOON

if TYPE_CHECKING:
    from sim.visibility.result import Result

View = Literal["near", "far", "north", "south"]
"""Sides and poles of the Moon."""


class MoonMap(PictureOfSpacecraft):
    """Maps of the Moon with landing sites, ground tracks and the night (PNG or SVG).

    Coordinates are in the mean-Earth frame. By default, ground tracks are drawn for all spacecraft while they orbit the
    Moon. Phases of a spacecraft are drawn separately, sites that move as lines. The night is shown for the start.
    """

    kind: Literal["moon_map"] = "moon_map"
    file: Name = "moon-map"
    """file name without extension"""
    views: Annotated[tuple[View, ...], Listed, Field(min_length=1, max_length=4)] = ("near", "far")
    """sides or poles shown"""
    spacecraft: Annotated[tuple[Name, ...], Listed] | None = None
    """spacecraft with a ground track; default: all that orbit the Moon"""
    features: bool = True
    """whether to draw named craters and maria"""
    start: Epoch | None = None
    """start of the time shown; default: start of the scenario"""
    days: Annotated[float, Field(gt=0)] = 1.0
    """number of days of the ground tracks"""

    @classmethod
    def problems(cls, product: Any, draft: Draft) -> Iterator[Complaint]:
        yield from ()  # the map is useful without spacecraft

    def write(self, result: Result, folder: Path, job: Job = NOTHING) -> list[Path]:
        """Write moon-map.png or .svg."""
        from sim.products.plot.globe import Place, Track
        from sim.products.plot.moon import moon_maps

        span = shown_span(result.span, self.start, self.days, self.kind)
        sites = [Place(end.name, end.latitude_deg, end.longitude_deg) for end in standing(result, "moon")]
        rovers = moving(result, "moon")
        tracks, chosen = [], spacecraft(result, self.spacecraft, self.kind)
        for name, way, when in phases(chosen, span):
            if self.spacecraft is not None or way.center == "moon":
                t = even_times(when, 20.0, 20_000)
                latitude, longitude, _ = subpoint(way, MOON, t)
                tracks.append(Track(name, t, latitude, longitude, way.basis))
        tracks += way_lines(rovers, span)
        axes = moon_maps(self.views, sites, tracks, subsolar_point(MOON, span.start), span.start, self.features,
                         self.title or result.title, self.theme, unknown_note([*chosen, *rovers], span))  # fmt: skip
        return self.save(axes[0], folder, self.file)
