"""A site's sky with the passes of what it looks at."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from sim.core.model import Name
from sim.products.pictures import Picture, between, cannot, just_inside, look, station_hops
from sim.scenario.product import NOTHING, Job
from sim.visibility.result import Result


class Sky(Picture):
    """The passes over one site as tracks in its sky (PNG or SVG).

    Zenith in the middle, north up; directions are apparent (light time, aberration), without refraction. A pass is a
    window of a hop: it begins and ends with whatever opens and closes the hop, with times of
    its receiving end.
    """

    kind: Literal["sky"] = "sky"
    file: Name = "sky"
    """name of the file, without its ending"""
    site: Name | None = None
    """whose sky; that of the first hop with a site if not given"""
    east: Literal["right", "left"] = "right"
    """right: a compass laid on the ground; left: as seen looking up"""

    of_routes: ClassVar[bool] = True
    over_sites: ClassVar[bool] = True
    in_reports: ClassVar[bool] = False

    def write(self, result: Result, folder: Path, job: Job = NOTHING) -> list[Path]:
        """sky.png or .svg"""
        from sim.products.plot.sky import SkyTrack, sky

        there = station_hops(result)
        if not there:
            raise cannot(self.kind, "no hop of the routes has a site at an end")
        name = self.site or next(own.name for _, own, _ in there.values())
        mine = {leg: parts for leg, parts in there.items() if parts[1].name == name}
        if not mine:
            raise cannot(self.kind, f"no hop begins or ends at {name!r}. Hops do at "
                                    f"{', '.join(sorted({own.name for _, own, _ in there.values()}))}")  # fmt: skip
        most = 240 if sum(len(result.hops[leg]) for leg in mine) < 100 else 60
        tracks = []
        for leg, (sight, own, other) in mine.items():
            seen = look(sight, own)
            for start, end in just_inside(sight, result.hops[leg]):
                t = between(start, end, most)
                tracks.append(SkyTrack(other.name, t, seen.azimuth(t), seen.elevation(t), result.basis(leg)))
        site = next(own for _, own, _ in mine.values())
        around = np.arange(0.0, 360.5, 0.5)
        level = np.rad2deg(site.horizon(np.deg2rad(around)))
        corners = [(float(a), float(e)) for a, e in zip(around, level, strict=True)]
        ax = sky(tracks, corners, self.title or f"The sky of {name}", self.east, self.theme)
        return self.save(ax, folder, self.file)
