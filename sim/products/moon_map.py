"""Where landers stand and spacecraft pass over the Moon."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from sim.core.model import Epoch, Listed, Name
from sim.products.ground_points import below, evenly, gaps, phases, shown_span, spacecraft, sun_over
from sim.products.pictures import OfSpacecraft
from sim.scenario.draft import Complaint, Draft
from sim.scenario.product import NOTHING, Job
from sim.trajectories.bodies.body import MOON
from sim.trajectories.sites import Site
from sim.visibility.result import Result

View = Literal["near", "far", "north", "south"]
"""Sides of the Moon."""


class MoonMap(OfSpacecraft):
    """Maps of the Moon with the scenario's landing sites, ground tracks and the night (PNG or SVG).

    Mean-Earth frame. Ground tracks are of the spacecraft that move about the Moon while they do, if none are named; of
    one that has phases, each is drawn by itself. The night is that of the first instant shown.
    """

    kind: Literal["moon_map"] = "moon_map"
    file: Name = "moon-map"
    """name of the file, without its ending"""
    views: Annotated[tuple[View, ...], Listed, Field(min_length=1, max_length=4)] = ("near", "far")
    """which sides"""
    spacecraft: Annotated[tuple[Name, ...], Listed] | None = None
    """whose ground tracks; of all about the Moon if not given"""
    features: bool = True
    """whether named craters and maria are drawn"""
    start: Epoch | None = None
    """first instant shown; the scenario's start if not given"""
    days: Annotated[float, Field(gt=0)] = 1.0
    """how much of the ground tracks is shown"""

    @classmethod
    def problems(cls, product: Any, draft: Draft) -> Iterator[Complaint]:
        yield from ()  # landing sites and the Moon itself are there without spacecraft

    def write(self, result: Result, folder: Path, job: Job = NOTHING) -> list[Path]:
        """moon-map.png or .svg"""
        from sim.products.plot.globe import Place, Track
        from sim.products.plot.moon import moon_maps

        span = shown_span(result.span, self.start, self.days, self.kind)
        sites = [Place(end.name, end.latitude_deg, end.longitude_deg) for end in result.ends.values()
                 if isinstance(end, Site) and end.body == "moon"]  # fmt: skip
        tracks, chosen = [], spacecraft(result, self.spacecraft, self.kind)
        for name, way, when in phases(chosen, span):
            if self.spacecraft is not None or way.center == "moon":
                t = evenly(when, 20.0, 20_000)
                latitude, longitude, _ = below(way, MOON, t)
                tracks.append(Track(name, t, latitude, longitude, way.basis))
        axes = moon_maps(self.views, sites, tracks, sun_over(MOON, span.start), span.start, self.features,
                         self.title or result.title, self.theme, gaps(chosen, span))  # fmt: skip
        return self.save(axes[0], folder, self.file)
