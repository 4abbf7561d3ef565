"""Sky plot of the passes over a site."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from sim.core.model import Name
from sim.products.pictures import Picture, between, just_inside, observables, product_error, station_hops
from sim.scenario.product import NOTHING, Job

if TYPE_CHECKING:
    from sim.visibility.result import Result


class Sky(Picture):
    """Sky plot of the passes over one site (PNG or SVG).

    The zenith is in the center, north is up. Directions are apparent (light time and stellar aberration), with
    refraction if the site has it. A pass is a window of a hop: any limit may begin or end it. Times are those of the
    receiver.
    """

    kind: Literal["sky"] = "sky"
    file: Name = "sky"
    """file name without extension"""
    site: Name | None = None
    """the site; default: that of the first hop with one"""
    east: Literal["right", "left"] = "right"
    """right: as on a map; left: as seen looking up"""

    of_routes: ClassVar[bool] = True
    over_sites: ClassVar[bool] = True
    in_reports: ClassVar[bool] = False

    def write(self, result: Result, folder: Path, job: Job = NOTHING) -> list[Path]:
        """Write sky.png or .svg."""
        from sim.products.plot.sky import SkyTrack, sky

        there = station_hops(result)
        if not there:
            raise product_error(self.kind, "no hop of the routes has a site at one end")
        name = self.site or next(own.name for _, own, _ in there.values())
        mine = {leg: parts for leg, parts in there.items() if parts[1].name == name}
        if not mine:
            raise product_error(self.kind, f"no hop begins or ends at {name!r}. Sites with hops: "
                                    f"{', '.join(sorted({own.name for _, own, _ in there.values()}))}")  # fmt: skip
        most = 240 if sum(len(result.hops[leg]) for leg in mine) < 100 else 60
        tracks = []
        for leg, (sight, own, other) in mine.items():
            seen = observables(sight, own)
            for start, end in just_inside(sight, result.hops[leg]):
                t = between(start, end, most)
                tracks.append(SkyTrack(other.name, t, seen.azimuth(t), seen.elevation(t), result.basis(leg)))
        site = next(own for _, own, _ in mine.values())
        around = np.arange(0.0, 360.5, 0.5)
        level = np.rad2deg(site.horizon(np.deg2rad(around)))
        corners = [(float(a), float(e)) for a, e in zip(around, level, strict=True)]
        bent = "" if site.air is None else f", with {site.refraction} refraction"
        ax = sky(tracks, corners, self.title or f"Sky over {name}{bent}", self.east, self.theme)
        return self.save(ax, folder, self.file)
