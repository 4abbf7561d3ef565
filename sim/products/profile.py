"""A pass in numbers over time: elevation, azimuth, range, range rate, Doppler shift."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.core.model import Listed, Name
from sim.core.time import Span
from sim.products.passes import highest
from sim.products.pictures import Look, Picture, between, cannot, just_inside, look, station_hops
from sim.scenario.product import NOTHING, Job
from sim.search.windows import Windows
from sim.visibility.result import Result

Array = NDArray[np.float64]

FINE_S = 60.0
"""So far about a culmination times are close."""


class PassProfile(Picture):
    """Elevation, azimuth, range, range rate and Doppler shift over a pass of one hop (PNG or SVG).

    Times are UTC at the hop's receiving end; directions are apparent, without refraction.
    """

    kind: Literal["profile"] = "profile"
    file: Name = "profile"
    """name of the file, without its ending"""
    hop: Annotated[tuple[Name, Name], Listed] | None = None
    """start and end of the hop; the first hop with a site and a pass if not given"""
    number: Annotated[int, Field(ge=1)] = 1
    """which of its passes, counted from 1"""
    frequency_hz: Annotated[float, Field(gt=0)] | None = None
    """of a carrier, for its one-way Doppler shift"""

    of_routes: ClassVar[bool] = True
    over_sites: ClassVar[bool] = True

    def write(self, result: Result, folder: Path, job: Job = NOTHING) -> list[Path]:
        """profile.png or .svg"""
        from sim.products.plot.profile import Profile, profile

        there = station_hops(result)
        leg = self.hop or next((leg for leg in there if len(result.hops[leg])), next(iter(there), None))
        if leg is None or leg not in there:
            ways = "; ".join(" – ".join(each) for each in there) or "none"
            raise cannot(
                self.kind, f"{'this' if leg is None else ' – '.join(leg)} is no hop with a site. Those: {ways}"
            )
        sight, own, other = there[leg]
        windows, seen = just_inside(sight, result.hops[leg]), look(sight, own)
        if len(windows) and self.number > len(windows):
            raise cannot(self.kind, f"{leg[0]} – {leg[1]} has {len(windows)} passes, asked for number {self.number}")
        drawn = []
        for start, end in windows[self.number - 1 : self.number]:
            t = _times(seen, start, end)
            elevation, azimuth = seen.elevation(t), seen.azimuth(t)
            mask = np.rad2deg(own.horizon(np.deg2rad(azimuth)))
            drawn.append(
                Profile(other.name, t, seen.distance(t), seen.rate(t), elevation, azimuth, result.basis(leg), mask)
            )
        which = f", pass {self.number} of {len(windows)}" if len(windows) else ""
        title = self.title or f"{other.name} from {own.name}{which}"
        panels = profile(drawn, self.frequency_hz, None, title, self.theme)
        return self.save(panels[0], folder, self.file)


def _times(seen: Look, start: float, end: float) -> Array:
    """Times over a pass: evenly spaced, with the culmination, and finely about it where the other end is overhead.

    The azimuth turns within seconds there, by the faster the nearer to the zenith: an even step would cut the corner.
    """
    scalars = (seen.elevation, seen.distance, seen.rate)
    turns = np.concatenate([scalar.extremes(Span(start, end)).times for scalar in scalars])
    top = highest(scalars[0], Windows(np.array([[start, end]]), Span(start, end)))
    near = (top[:, None] + FINE_S * np.linspace(-1.0, 1.0, 121) ** 3).ravel()
    t = np.concatenate((between(start, end, 600), turns, near))
    return np.unique(np.clip(t, start, end))
