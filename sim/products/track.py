"""Tracking tables: angles, rates, range and Doppler shift against time, pass by pass."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sim.core.model import Degrees, Listed, Name, Seconds
from sim.planning.hop_passes import hop_passes
from sim.products.pass_times import adaptive_times, whole_steps
from sim.products.pictures import product_error
from sim.products.table_files import MOST_ROWS, TableFormat, carrier_text, write_table
from sim.scenario.product import NOTHING, Job, Product
from sim.visibility.routes import hop_text, hops

if TYPE_CHECKING:
    from sim.visibility.result import Columns, Result
    from sim.visibility.routes import Hop

Array = NDArray[np.float64]

DIGITS = {
    "azimuth_deg": 6, "elevation_deg": 6, "range_km": 6, "range_rate_km_s": 9, "light_time_s": 9,
    "azimuth_rate_deg_s": 7, "elevation_rate_deg_s": 7, "sun_separation_deg": 4, "moon_separation_deg": 4,
}  # fmt: skip

ABOUT = {
    "time": "UTC at the receiver of the hop",
    "angles": "apparent (light time and stellar aberration), without refraction, at the site; rates by its own time",
    "range": "length of the light's path, one way: from the transmitter as the light left to the receiver at time_utc",
    "range_rate": "rate of the range by the time of arrival, positive when receding",
    "light_time": "one way",
    "one_way_doppler": "received minus transmitted frequency: -f rate / c",
    "two_way_doppler": "received minus turned-around frequency: f ((1 - up / c) (1 - down / c) - 1)",
}
"""What the columns mean; the metadata of Parquet files."""

_DEFAULT_STEP_S = 10.0

Megahertz = Annotated[float, Field(gt=0, le=1e9)]


class Track(Product):
    """Tracking tables: where an antenna points and what it receives, pass by pass, against time (CSV or Parquet).

    A row for each time of each pass of each hop, by the rules `[passes]`. Times are UTC at the receiver. `azimuth_deg`
    and `elevation_deg` are those of the site's antenna, apparent (light time and stellar aberration), without
    refraction; their rates are by the site's own time. `range_km` is the length of the light's path, one way: from
    where the transmitter was when the light left it to where the receiver is when it arrives. `range_rate_km_s` is its
    rate by the time of arrival, positive when receding; `light_time_s` is one way. Separations from the Sun and the
    Moon are seen from the site, or from the receiver of a hop between spacecraft. Cells are empty where a column has no
    meaning: azimuth and elevation of a hop without a site, and angles from an end of the hop itself.

    Of each carrier f, the one-way shift is received minus transmitted frequency, -f rate / c. The two-way shift is that
    of a signal that the site sends, or the receiver of a hop between spacecraft, and that the other end turns around to
    f: f ((1 - up / c) (1 - down / c) - 1), with the range rate of each way by the time at which it arrives. Both are
    exact but for the rates of clocks (relativity), which are left out. On a hop that begins at the site, the time is
    that at the spacecraft, and the two-way shift that of the signal which is turned around then.

    Rows are at whole steps of `step_s` from the start of the span, and at both ends of a pass; or, with
    `tolerance_deg`, as many as linear interpolation between rows needs for azimuth (the shorter way round) and
    elevation.
    """

    kind: Literal["track"] = "track"
    file: Name = "track"
    """file name without extension"""
    format: TableFormat = "csv"
    """csv, or parquet with full precision, which needs pyarrow"""
    routes: Annotated[tuple[Name, ...], Listed] | None = None
    """routes whose hops are listed; default: all"""
    step_s: Annotated[Seconds, Field(ge=0.001, le=86_400)] | None = None
    """time between rows; default: 10 s. Give step_s or tolerance_deg"""
    tolerance_deg: Annotated[Degrees, Field(ge=1e-6, le=10)] | None = None
    """instead of step_s: greatest error of azimuth and elevation by linear interpolation between rows"""
    frequency_mhz: Megahertz | Annotated[tuple[Megahertz, ...], Listed, Field(max_length=20)] = ()
    """carriers, one or a list: their one-way and two-way Doppler shifts are given"""
    uplink_mhz: Megahertz | None = None
    """carrier that the site sends: its one-way shift at the spacecraft, and the two-way shift of uplink_mhz times
    turnaround_ratio, are given"""
    turnaround_ratio: Annotated[float, Field(gt=0, le=100)] | None = None
    """carrier that the spacecraft sends back over the one that it receives, such as 240/221 = 1.0859729; default: 1"""

    of_routes: ClassVar[bool] = True

    @model_validator(mode="after")
    def _one_way_to_step(self) -> Self:
        if self.step_s is not None and self.tolerance_deg is not None:
            raise ValueError("give step_s or tolerance_deg, not both: rows are evenly spaced, or as many as are needed")
        if self.turnaround_ratio is not None and self.uplink_mhz is None:
            raise ValueError("turnaround_ratio needs uplink_mhz, the carrier that the site sends")
        return self

    def write(self, result: Result, folder: Path, job: Job = NOTHING) -> list[Path]:
        """Write track.csv or track.parquet."""
        names = list(result.routes) if self.routes is None else list(self.routes)
        legs = dict.fromkeys(hop for name in names for hop in hops(result.paths[name]))
        tables, rows = [], 0
        for leg in legs:
            job.progress(f"tracking {hop_text(leg)}")
            times, number = self._times(result, leg, MOST_ROWS - rows)
            rows += len(times)
            tables.append(self.columns(result, leg, times, number))
        table: Columns = {}
        for name in tables[0]:
            parts = [each[name] for each in tables]
            text = not isinstance(parts[0], np.ndarray)
            table[name] = [x for part in parts for x in part] if text else np.concatenate(parts)
        digits = {name: DIGITS.get(name, 3) for name in table if name not in ("hop", "pass", "time_utc")}
        return [write_table(folder / self.file, table, digits, self.format, ABOUT)]

    def columns(self, result: Result, leg: Hop, t: Array, number: NDArray[np.int64]) -> Columns:
        """The columns of one hop at times (n,) TDB s in passes of some numbers (n,)."""
        from sim.visibility.tracking import COLUMNS, DOWN, UP, one_way_factor, tracking, two_way_factor

        seen = tracking(result, leg, t)
        up, down = np.asarray(seen[UP]), np.asarray(seen[DOWN])
        one, both = one_way_factor(np.asarray(seen["range_rate_km_s"])) - 1.0, two_way_factor(up, down) - 1.0
        found: Columns = {
            "hop": [hop_text(leg)] * len(t), "pass": number, "time_utc": t, **{name: seen[name] for name in COLUMNS}
        }  # fmt: skip
        carriers = self.frequency_mhz if isinstance(self.frequency_mhz, tuple) else (self.frequency_mhz,)
        for carrier in carriers:
            at = carrier_text(carrier)
            found[f"one_way_doppler_hz_at_{at}"] = 1e6 * carrier * one
            found[f"two_way_doppler_hz_at_{at}"] = 1e6 * carrier * both
        if self.uplink_mhz is not None:
            back = self.uplink_mhz * (self.turnaround_ratio or 1.0)
            found[f"uplink_doppler_hz_at_{carrier_text(self.uplink_mhz)}"] = (
                1e6 * self.uplink_mhz * (one_way_factor(up) - 1.0)
            )
            found[f"two_way_doppler_hz_at_{carrier_text(back)}"] = 1e6 * back * both
        return found

    def _times(self, result: Result, leg: Hop, most: int) -> tuple[Array, NDArray[np.int64]]:
        """The times of the rows of a hop, TDB s, and the numbers of the passes that they are in."""
        found: list[Array] = [np.empty(0)]
        counts = [0]
        for start, end in hop_passes(result, [leg]).bounds.tolist():
            step = self.step_s or _DEFAULT_STEP_S
            if self.tolerance_deg is None and (end - start) / step + sum(counts) > most:
                raise self._too_long()
            found.append(
                whole_steps(start, end, result.span.start, step)
                if self.tolerance_deg is None
                else adaptive_times(result, leg, start, end, self.tolerance_deg)
            )
            counts.append(len(found[-1]))
            if sum(counts) > most:
                raise self._too_long()
        return np.concatenate(found), np.repeat(np.arange(len(counts)), counts)

    def _too_long(self) -> Exception:
        key = "step_s" if self.tolerance_deg is None else "tolerance_deg"
        cure = f"Choose a greater {key}, or fewer routes or days"
        return product_error(self.kind, f"more than {MOST_ROWS:,} rows. {cure}")
