"""A pass in numbers over time: elevation, azimuth, range, range rate, Doppler shift."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from sim.model import Listed, Name
from sim.plot.profile import Profile, profile
from sim.products.pictures import Picture, between, cannot, station_hops
from sim.result import Result


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

    def write(self, result: Result, folder: Path) -> list[Path]:
        """profile.png or .svg"""
        there = station_hops(result)
        leg = self.hop or next((leg for leg in there if len(result.hops[leg])), next(iter(there), None))
        if leg is None or leg not in there:
            ways = "; ".join(" – ".join(each) for each in there) or "none"
            raise cannot(
                self.kind, f"{'this' if leg is None else ' – '.join(leg)} is no hop with a site. Those: {ways}"
            )
        sight, own, other = there[leg]
        windows = result.hops[leg].bounds
        if len(windows) and self.number > len(windows):
            raise cannot(self.kind, f"{leg[0]} – {leg[1]} has {len(windows)} passes, asked for number {self.number}")
        drawn = []
        for start, end in windows[self.number - 1 : self.number]:
            t = between(start, end, 600)
            drawn.append(
                Profile(other.name, t, sight.range_km()(t), sight.range_rate_km_s()(t), sight.elevation_deg(own)(t),
                        sight.azimuth_deg(own)(t), result.basis(leg))
            )  # fmt: skip
        which = f", pass {self.number} of {len(windows)}" if len(windows) else ""
        mask = float(own.horizon_deg) if isinstance(own.horizon_deg, float | int) else None
        panels = profile(
            drawn, self.frequency_hz, mask, self.title or f"{other.name} from {own.name}{which}", self.theme
        )
        return self.save(panels[0], folder, self.file)
