"""Passes over sites: AOS, TCA, LOS and pointing angles."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import numpy as np

from sim.core.files import csv_text
from sim.core.model import Listed, Name
from sim.products.columns import Cell, Row, as_frame, as_shown
from sim.products.pass_geometry import GEOMETRY, seen_in
from sim.scenario.product import NOTHING, Job, Product
from sim.visibility.result import Columns, Result
from sim.visibility.routes import Hop, hops
from sim.visibility.uncertainty import COLUMNS as EDGE_COLUMNS

COLUMNS = (
    "site", "target", "aos_utc", "tca_utc", "los_utc", "duration_s", "aos_azimuth_deg", "los_azimuth_deg",
    "aos_elevation_deg", "los_elevation_deg", "culmination_utc", "culmination_elevation_deg",
    "culmination_azimuth_deg", "aos_range_km", "tca_range_km", "los_range_km", "aos_range_rate_km_s",
    "los_range_rate_km_s", "tca_light_time_s", "cut", "basis",
    "element_age_days", *EDGE_COLUMNS, "unknown_before_s", "unknown_after_s",
)  # fmt: skip

DIGITS = {
    "duration_s": 3, "aos_azimuth_deg": 4, "los_azimuth_deg": 4, "aos_elevation_deg": 4, "los_elevation_deg": 4,
    "culmination_elevation_deg": 4, "culmination_azimuth_deg": 4, "aos_range_km": 3, "tca_range_km": 3,
    "los_range_km": 3, "aos_range_rate_km_s": 6, "los_range_rate_km_s": 6, "tca_light_time_s": 6,
    "element_age_days": 2, "unknown_before_s": 3, "unknown_after_s": 3,
}  # fmt: skip
"""To how many digits files give the numbers of a column."""


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
        legs = list(dict.fromkeys(hop for name in chosen for hop in hops(result.paths[name])))
        columns = _shown(table(result, legs))
        rows = zip(*(columns[name] for name in COLUMNS), strict=True)
        path = folder / f"{self.file}.csv"
        path.write_text(csv_text(COLUMNS, rows), encoding="utf-8")
        return [path]


def table(result: Result, legs: Sequence[Hop] | None = None) -> Columns:
    """The passes of hops, hop by hop in order of time, as columns: times in TDB seconds, angles in degrees.

    legs : all hops if not given; those with a site at neither end have no passes
    """
    edges, links = result.edge_table, result.edge_table.links
    numbers = np.array([links.number[leg] for leg in (links.hops if legs is None else legs)], dtype=np.intp)
    rows = [result.rows(links.hops[number]) for number in numbers.tolist()]
    windows = np.concatenate([np.empty(0, dtype=np.intp), *(np.arange(each.start, each.stop) for each in rows)])
    link = np.repeat(numbers, [each.stop - each.start for each in rows])
    side = np.array([each.ground for each in links.bundles], dtype=np.intp)[links.bundle[link]]
    windows, link, side = windows[side >= 0], link[side >= 0], side[side >= 0]
    geometry = {name: np.empty(len(windows)) for name in GEOMETRY}
    for bundle, chosen in links.grouped(link):
        bounds = edges.bounds[windows[chosen]]
        for name, column in seen_in(bundle, links.place[link[chosen]], bounds, result.span).items():
            geometry[name][chosen] = column
    names = [links.hops[number] for number in link.tolist()]
    starts, ends = edges.cut[windows].T
    return {
        **geometry,
        "site": [pair[own] for pair, own in zip(names, side.tolist(), strict=True)],
        "target": [pair[1 - own] for pair, own in zip(names, side.tolist(), strict=True)],
        "duration_s": edges.durations_s[windows],
        "cut": np.select([starts & ends, starts, ends], ["span start span end", "span start", "span end"], "").tolist(),
        **result.known_of(windows),
    }


def frame(result: Result, legs: Sequence[Hop] | None = None) -> Any:
    """The passes of hops as a pandas frame: numbers as they are, times in UTC."""
    return as_frame(table(result, legs), COLUMNS)


def passes(result: Result, leg: Hop) -> list[Row]:
    """The rows of one hop; none where neither end is a site."""
    columns = _shown(table(result, [leg]))
    return [dict(zip(COLUMNS, row, strict=True)) for row in zip(*(columns[name] for name in COLUMNS), strict=True)]


def _shown(columns: Columns) -> dict[str, list[Cell]]:
    """Columns as files give them: times as text, numbers to their digits, None for what is not known."""
    found = as_shown(columns, DIGITS)
    for name in COLUMNS:
        if "azimuth" in name:
            found[name] = [x % 360.0 if isinstance(x, float) else x for x in found[name]]
    return found
