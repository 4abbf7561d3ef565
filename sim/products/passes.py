"""Passes over sites: AOS, TCA, LOS and pointing angles."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from sim.core.files import csv_text
from sim.core.model import Listed, Name
from sim.core.time import utc
from sim.products.contact_plan import Row
from sim.products.pictures import just_inside, observables
from sim.scenario.product import NOTHING, Job, Product
from sim.search.conditions import Scalar
from sim.search.windows import Windows
from sim.trajectories.sites import Site
from sim.visibility.result import Result
from sim.visibility.routes import Hop, hops
from sim.visibility.sight import Sight
from sim.visibility.uncertainty import COLUMNS as EDGE_COLUMNS

Array = NDArray[np.float64]

COLUMNS = (
    "site", "target", "aos_utc", "tca_utc", "los_utc", "duration_s", "aos_azimuth_deg", "los_azimuth_deg",
    "aos_elevation_deg", "los_elevation_deg", "culmination_utc", "culmination_elevation_deg",
    "culmination_azimuth_deg", "aos_range_km", "tca_range_km", "los_range_km", "aos_range_rate_km_s",
    "los_range_rate_km_s", "tca_light_time_s", "cut", "basis",
    "element_age_days", *EDGE_COLUMNS, "unknown_before_s", "unknown_after_s",
)  # fmt: skip


class Passes(Product):
    """Passes of all hops with a site at one end (CSV).

    If both ends are sites, the passes are those over the receiver. Times are UTC at the receiver. `aos` and `los` are
    the edges of the hop, made by the elevation mask, an occultation or another limit. `tca` is the closest approach and
    `culmination` the highest elevation within the pass; both may be at an edge. `cut` names the ends that the span
    cuts. Elevation and azimuth are apparent (light time and stellar aberration), without refraction. Range rate is
    positive when receding. `basis` is the weakest basis of the ends during the pass. `element_age_days` is the largest
    distance of their element sets from their epochs. `start_sigma_s` and `end_sigma_s` are standard deviations of
    `aos` and `los`. `probability` is the probability that the pass exists. Empty cells mean unknown. `unknown_before_s`
    and `unknown_after_s` are the parts of the time to the neighboring passes, or to the ends of the span, without a
    known orbit of the target.
    """

    kind: Literal["passes"] = "passes"
    file: Name = "passes"
    """file name without extension"""
    routes: Annotated[tuple[Name, ...], Listed] | None = None
    """routes whose hops are listed; default: all"""

    endings: ClassVar[tuple[str, ...]] = ("csv",)
    of_routes: ClassVar[bool] = True
    over_sites: ClassVar[bool] = True

    def write(self, result: Result, folder: Path, job: Job = NOTHING) -> list[Path]:
        """Write passes.csv."""
        chosen = list(result.routes) if self.routes is None else list(self.routes)
        legs = dict.fromkeys(hop for name in chosen for hop in hops(result.paths[name]))
        rows = [row for leg in legs for row in passes(result, leg)]
        path = folder / f"{self.file}.csv"
        path.write_text(csv_text(COLUMNS, [[row[column] for column in COLUMNS] for row in rows]), encoding="utf-8")
        return [path]


def passes(result: Result, leg: Hop) -> list[Row]:
    """Rows of one hop; none if neither end is a site."""
    sight = Sight(result.ends[leg[0]], result.ends[leg[1]], result.light)
    own = next((end for end in (sight.receiver, sight.transmitter) if isinstance(end, Site)), None)
    windows = result.hops[leg]
    if own is None or not len(windows):
        return []
    other = leg[0] if own is sight.receiver else leg[1]
    seen, edges = observables(sight, own), just_inside(sight, windows)
    elevation, azimuth, distance, rate = seen.elevation, seen.azimuth, seen.distance, seen.rate
    top, nearest = highest(elevation, windows, edges), nearest_of(distance, windows, edges)
    aos, los = edges.T
    columns: dict[str, list[str] | list[float]] = {
        "aos_utc": utc(windows.bounds[:, 0]),
        "tca_utc": utc(nearest),
        "los_utc": utc(windows.bounds[:, 1]),
        "duration_s": _rounded(windows.durations_s, 3),
        "aos_azimuth_deg": [each % 360.0 for each in _rounded(azimuth(aos), 4)],
        "los_azimuth_deg": [each % 360.0 for each in _rounded(azimuth(los), 4)],
        "aos_elevation_deg": _rounded(elevation(aos), 4),
        "los_elevation_deg": _rounded(elevation(los), 4),
        "culmination_utc": utc(top),
        "culmination_elevation_deg": _rounded(elevation(top), 4),
        "culmination_azimuth_deg": [each % 360.0 for each in _rounded(azimuth(top), 4)],
        "aos_range_km": _rounded(distance(aos), 3),
        "tca_range_km": _rounded(distance(nearest), 3),
        "los_range_km": _rounded(distance(los), 3),
        "aos_range_rate_km_s": _rounded(rate(aos), 6),
        "los_range_rate_km_s": _rounded(rate(los), 6),
        "tca_light_time_s": _rounded(seen.light_time(nearest), 6),
    }
    rows: list[Row] = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    unknown = _rounded(windows.unknown_beside_s.ravel(), 3)
    ages, uncertainty = result.element_ages_days(leg), result.uncertainty(leg)
    known = zip(rows, result.bases(leg), ages, uncertainty, unknown[::2], unknown[1::2],
                strict=True)  # fmt: skip
    for row, basis, age, each, before, after in known:
        row.update(site=own.name, target=other, cut="", basis=basis)
        row["element_age_days"] = None if age is None else round(age, 2)
        row.update(each.columns)
        row.update(unknown_before_s=before, unknown_after_s=after)
    cuts = ("span start" if windows.open_start else "", "span end" if windows.open_end else "")
    rows[0]["cut"] = cuts[0]
    rows[-1]["cut"] = " ".join(filter(None, cuts if len(rows) == 1 else cuts[1:]))
    return rows


def highest(scalar: Scalar, windows: Windows, edges: Array | None = None) -> Array:
    """Time of the largest value in each window, including its edges: (n,) TDB s.

    edges : (n, 2) TDB s at which the edges are evaluated; the edges themselves if None
    """
    return _best(scalar, windows, windows.bounds if edges is None else edges, 1.0)


def nearest_of(scalar: Scalar, windows: Windows, edges: Array) -> Array:
    """Time of the smallest value in each window, including its edges: (n,) TDB s."""
    return _best(scalar, windows, edges, -1.0)


def _best(scalar: Scalar, windows: Windows, edges: Array, sign: float) -> Array:
    found = scalar.extremes(windows)
    turns = found.maximum == (sign > 0)
    times = np.concatenate((edges.ravel(), found.times[turns]))
    values = sign * np.concatenate((scalar(edges.ravel()), found.values[turns]))
    values = np.where(np.isnan(values), -np.inf, values)
    owner = np.concatenate((np.repeat(np.arange(len(edges)), 2),
                            np.searchsorted(windows.bounds[:, 0], found.times[turns], "right") - 1))  # fmt: skip
    order = np.lexsort((values, owner))
    best = np.flatnonzero(np.append(np.diff(owner[order]) != 0, True))
    result: Array = times[order][best]
    return result


def _rounded(values: Array, digits: int) -> list[float]:
    return [round(float(value), digits) for value in values]
