"""Where spacecraft pass over the Earth, and what the stations see of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.core.model import Epoch, Listed, Name
from sim.products.ground_points import below, evenly, gaps, phases, shown_span, spacecraft, sun_over
from sim.products.pictures import OfSpacecraft
from sim.scenario.draft import Complaint, Draft
from sim.scenario.product import NOTHING, Job
from sim.trajectories.bodies.body import EARTH
from sim.trajectories.sites import Site
from sim.visibility.result import Result

Array = NDArray[np.float64]


class GroundTrack(OfSpacecraft):
    """The points of the Earth below spacecraft, with the stations and what they see (PNG or SVG).

    A station's circle holds the points below the first spacecraft where that stands above the station's least horizon,
    at its mean height over the time shown, on a spherical Earth. Of a spacecraft that has phases, each is drawn by
    itself. The night is that of the first instant shown.
    """

    kind: Literal["ground_track"] = "ground_track"
    file: Name = "ground-track"
    """name of the file, without its ending"""
    spacecraft: Annotated[tuple[Name, ...], Listed] | None = None
    """whose; all if not given"""
    start: Epoch | None = None
    """first instant shown; the scenario's start if not given"""
    days: Annotated[float, Field(gt=0)] = 1.0
    """how much is shown"""

    @classmethod
    def problems(cls, product: Any, draft: Draft) -> Iterator[Complaint]:
        yield from draft.without_spacecraft(product, ground=True)

    def write(self, result: Result, folder: Path, job: Job = NOTHING) -> list[Path]:
        """ground-track.png or .svg"""
        from sim.products.plot.globe import Place, Track
        from sim.products.plot.ground import ground_track

        span = shown_span(result.span, self.start, self.days, self.kind)
        tracks: list[Track] = []
        chosen, heights, words = spacecraft(result, self.spacecraft, self.kind), list[Array](), ""
        for name, way, when in phases(chosen, span):
            t = evenly(when, 20.0, 20_000)
            latitude, longitude, height = below(way, EARTH, t)
            tracks.append(Track(name, t, latitude, longitude, way.basis))
            heights += [height] if name == tracks[0].label else []
        mean = float(np.concatenate(heights).mean()) if heights else 0.0
        if tracks:
            words = f"{tracks[0].label} at its mean height, {mean:,.0f} km, above the horizon"
        stations = [Place(end.name, end.latitude_deg, end.longitude_deg, _reach(end, mean) if tracks else None)
                    for end in result.ends.values() if isinstance(end, Site) and end.body == "earth"]  # fmt: skip
        ax = ground_track(tracks, stations, sun_over(EARTH, span.start), span.start, words if stations else "",
                          self.title or result.title, self.theme, gaps(chosen, span))  # fmt: skip
        return self.save(ax, folder, self.file)


def _reach(site: Site, height_km: float) -> float:
    """Angle at the Earth's center (deg) between a site and what it sees lowest. Source: Wertz (1999), SMAD §5.2."""
    level = site.horizon_deg if isinstance(site.horizon_deg, float | int) else min(e for _, e in site.horizon_deg)
    mask, radius = np.deg2rad(level), EARTH.equatorial_radius_km
    return float(np.rad2deg(np.arccos(radius * np.cos(mask) / (radius + max(height_km, 0.0))) - mask))
