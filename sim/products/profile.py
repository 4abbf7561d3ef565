"""Profile of a pass: elevation, azimuth, range, range rate and Doppler shift over time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.core.model import Listed, Name
from sim.core.time import Span
from sim.products.pass_geometry import highest
from sim.products.pictures import Observables, Picture, between, just_inside, observables, product_error, station_hops
from sim.scenario.product import NOTHING, Job
from sim.search.windows import Windows

if TYPE_CHECKING:
    from sim.visibility.result import Result

Array = NDArray[np.float64]

FINE_S = 60.0
"""Half the time around a culmination with small steps."""


class PassProfile(Picture):
    """Elevation, azimuth, range, range rate and Doppler shift over a pass of one hop (PNG or SVG).

    Times are UTC at the receiver. Directions are apparent, with refraction if the site has it.
    """

    kind: Literal["profile"] = "profile"
    file: Name = "profile"
    """file name without extension"""
    hop: Annotated[tuple[Name, Name], Listed] | None = None
    """transmitter and receiver; default: the first hop with a site and a pass"""
    number: Annotated[int, Field(ge=1)] = 1
    """number of the pass, from 1"""
    frequency_hz: Annotated[float, Field(gt=0)] | None = None
    """carrier frequency for the one-way Doppler shift"""

    of_routes: ClassVar[bool] = True
    over_sites: ClassVar[bool] = True

    def write(self, result: Result, folder: Path, job: Job = NOTHING) -> list[Path]:
        """Write profile.png or .svg."""
        from sim.products.plot.profile import Profile, profile

        there = station_hops(result)
        leg = self.hop or next((leg for leg in there if len(result.hops[leg])), next(iter(there), None))
        if leg is None or leg not in there:
            ways = "; ".join(" – ".join(each) for each in there) or "none"
            if leg is None:
                raise product_error(self.kind, "expected a hop with a site at one end, but the routes have none")
            raise product_error(self.kind, f"{' – '.join(leg)} is not a hop with a site at one end. Hops: {ways}")
        sight, own, other = there[leg]
        windows, seen = just_inside(sight, result.hops[leg]), observables(sight, own)
        if len(windows) and self.number > len(windows):
            count = f"{len(windows)} pass{'es' if len(windows) > 1 else ''}"
            raise product_error(self.kind, f"{leg[0]} – {leg[1]} has {count}, but number is {self.number}")
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
        panels = profile(drawn, self.frequency_hz, None, title, self.theme, own.refraction)
        return self.save(panels[0], folder, self.file)


def _times(seen: Observables, start: float, end: float) -> Array:
    """Times over a pass: evenly spaced, at extremes, and with small steps around the culmination.

    Near the zenith the azimuth changes within seconds, which a constant step would not resolve.
    """
    scalars = (seen.elevation, seen.distance, seen.rate)
    turns = np.concatenate([scalar.extremes(Span(start, end)).times for scalar in scalars])
    top = highest(scalars[0], Windows(np.array([[start, end]]), Span(start, end)))
    near = (top[:, None] + FINE_S * np.linspace(-1.0, 1.0, 121) ** 3).ravel()
    t = np.concatenate((between(start, end, 600), turns, near))
    return np.unique(np.clip(t, start, end))
