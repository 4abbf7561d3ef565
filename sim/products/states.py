"""State tables: where spacecraft are in a named frame, and the points below them, against time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.core.errors import SimError
from sim.core.model import Epoch, Listed, Name, Seconds
from sim.products.ground_points import phases, shown_span, spacecraft
from sim.products.pass_times import whole_steps
from sim.products.pictures import OfSpacecraft, product_error
from sim.products.table_files import MOST_ROWS, TableFormat, write_table
from sim.scenario.product import NOTHING, Job
from sim.trajectories.bodies.body import body
from sim.trajectories.states import FRAMES, Frame, ground_track, states

if TYPE_CHECKING:
    from sim.visibility.result import Columns, Result

Array = NDArray[np.float64]

STATE = ("x_km", "y_km", "z_km", "vx_km_s", "vy_km_s", "vz_km_s")
POINT = ("latitude_deg", "longitude_deg", "altitude_km")
COLUMNS = ("spacecraft", "time_utc", *STATE, *POINT)

DIGITS = {
    "x_km": 6, "y_km": 6, "z_km": 6, "vx_km_s": 9, "vy_km_s": 9, "vz_km_s": 9, "latitude_deg": 6, "longitude_deg": 6,
    "altitude_km": 6,
}  # fmt: skip

Center = Literal["sun", "mercury", "venus", "earth", "moon", "mars", "jupiter", "saturn", "uranus", "neptune"]


class StateTable(OfSpacecraft):
    """Positions, velocities and ground tracks of spacecraft against time (CSV or Parquet).

    A row for each spacecraft and time, at whole steps from the start of the span. States are geometric: at `time_utc`,
    without light time, along the axes of `frame`, from the center of `center`. In axes that turn, velocity is that
    against the turning axes. `latitude_deg`, `longitude_deg` and `altitude_km` are of the point of `center` straight
    below: geodetic (WGS 84) on the Earth, planetocentric in the mean-Earth frame on the Moon, empty for bodies whose
    rotation is not known. At times without a known orbit there are no rows.
    """

    kind: Literal["states"] = "states"
    file: Name = "states"
    """file name without extension"""
    format: TableFormat = "csv"
    """csv, or parquet with full precision, which needs pyarrow"""
    spacecraft: Annotated[tuple[Name, ...], Listed] | None = None
    """names of the spacecraft; default: all"""
    step_s: Annotated[Seconds, Field(ge=0.001, le=864_000)] = 60.0
    """time between rows"""
    frame: Frame = "icrf"
    """axes: ICRF; fixed in the Earth (itrf) or the Moon (moon_me mean Earth and pole, moon_pa principal axes); or x
    from the Earth to the Moon and z along the Moon's orbital angular momentum (earth_moon_rotating)"""
    center: Center | None = None
    """body from whose center positions are counted, and on which the points below are; default: that of each orbit"""
    start: Epoch | None = None
    """first time; default: the scenario's start"""
    days: Annotated[float, Field(gt=0)] | None = None
    """length; default: to the scenario's end"""

    def write(self, result: Result, folder: Path, job: Job = NOTHING) -> list[Path]:
        """Write states.csv or states.parquet."""
        table = self.columns(result)
        about = {
            "time": "UTC", "frame": FRAMES[self.frame], "center": self.center or "that of each spacecraft's orbit",
            "state": "geometric, without light time",
        }  # fmt: skip
        return [write_table(folder / self.file, table, DIGITS, self.format, about)]

    def columns(self, result: Result) -> Columns:
        """The columns of all spacecraft, one after the other."""
        crafts = spacecraft(result, self.spacecraft, self.kind)
        span = shown_span(result.span, self.start, self.days, self.kind)
        if len(crafts) * span.duration_s / self.step_s > MOST_ROWS:
            raise product_error(self.kind, f"more than {MOST_ROWS:,} rows. Choose a greater step_s, or fewer days")
        names: list[str] = []
        parts: list[list[Array]] = []
        for name, way, when in phases(crafts, span):
            t = whole_steps(when.start, when.end, result.span.start, self.step_s)
            center = self.center or way.center
            try:
                state = states(way, t, self.frame, center)
            except (SimError, ValueError) as error:
                raise product_error(self.kind, f"{name}: {error}") from error
            below = [np.full(len(t), np.nan)] * 3
            if body(center).rotation is not None:
                point = ground_track(way, t, center)
                below = [point.latitude_deg, point.longitude_deg, point.altitude_km]
            names += [name] * len(t)
            parts.append([t, *state.position.T, *state.velocity.T, *below])
        joined = [np.concatenate(column) for column in zip(*parts, strict=True)] or [np.empty(0)] * (len(COLUMNS) - 1)
        return {"spacecraft": names, **dict(zip(COLUMNS[1:], joined, strict=True))}
