"""Ground tracks on the Earth with stations and their visibility circles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
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
from sim.trajectories.bodies.body import EARTH
from sim.trajectories.sites import Site

if TYPE_CHECKING:
    from sim.visibility.result import Result

Array = NDArray[np.float64]


class GroundTrack(PictureOfSpacecraft):
    """Ground tracks of spacecraft on the Earth, with stations and their visibility circles (PNG or SVG).

    The circle of a station encloses the subpoints at which the first spacecraft is above the lowest elevation of the
    station's mask, at its mean height over the time shown, on a spherical Earth. Phases of a spacecraft are drawn
    separately. Sites that move are drawn as lines. The night is shown for the start.
    """

    kind: Literal["ground_track"] = "ground_track"
    file: Name = "ground-track"
    """file name without extension"""
    spacecraft: Annotated[tuple[Name, ...], Listed] | None = None
    """spacecraft shown; default: all"""
    start: Epoch | None = None
    """start of the time shown; default: start of the scenario"""
    days: Annotated[float, Field(gt=0)] = 1.0
    """number of days shown"""

    @classmethod
    def problems(cls, product: Any, draft: Draft) -> Iterator[Complaint]:
        yield from draft.without_spacecraft(product, ground=True)

    def write(self, result: Result, folder: Path, job: Job = NOTHING) -> list[Path]:
        """Write ground-track.png or .svg."""
        from sim.products.plot.globe import Place, Track
        from sim.products.plot.ground import ground_track

        span = shown_span(result.span, self.start, self.days, self.kind)
        tracks: list[Track] = []
        chosen, heights, words = spacecraft(result, self.spacecraft, self.kind), list[Array](), ""
        for name, way, when in phases(chosen, span):
            t = even_times(when, 20.0, 20_000)
            latitude, longitude, height = subpoint(way, EARTH, t)
            tracks.append(Track(name, t, latitude, longitude, way.basis))
            heights += [height] if name == tracks[0].label else []
        mean = float(np.concatenate(heights).mean()) if heights else 0.0
        if tracks:
            words = f"{tracks[0].label} above the elevation mask at its mean height, {mean:,.0f} km"
        stations = [Place(end.name, end.latitude_deg, end.longitude_deg, _reach(end, mean) if tracks else None)
                    for end in standing(result, "earth")]
        ships = moving(result, "earth")
        tracks += way_lines(ships, span)
        ax = ground_track(tracks, stations, subsolar_point(EARTH, span.start), span.start, words if stations else "",
                          self.title or result.title, self.theme, unknown_note([*chosen, *ships], span))  # fmt: skip
        return self.save(ax, folder, self.file)


def _reach(site: Site, height_km: float) -> float:
    """Radius of the visibility circle (deg at the center of the Earth). Source: Wertz (1999), SMAD §5.2."""
    level = site.horizon_deg if isinstance(site.horizon_deg, float | int) else min(e for _, e in site.horizon_deg)
    mask, radius = np.deg2rad(level), EARTH.equatorial_radius_km
    return float(np.rad2deg(np.arccos(radius * np.cos(mask) / (radius + max(height_km, 0.0))) - mask))
