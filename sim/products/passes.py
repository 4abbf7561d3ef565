"""Passes over sites: AOS, TCA, LOS and pointing angles."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.core.model import Degrees, Listed, Name
from sim.products.columns import Cell, Row, as_csv, as_frame, as_shown
from sim.products.pass_visibility import DIGITS as VISIBLE_DIGITS
from sim.products.pass_visibility import VISIBLE, visibility
from sim.products.table import Table, sorted_by, taken
from sim.scenario.product import NOTHING, Job
from sim.trajectories.limits.limit import Figure
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import BASES
from sim.visibility.edge_columns import COLUMNS as EDGE_COLUMNS
from sim.visibility.routes import hop_text, hops

if TYPE_CHECKING:
    from sim.planning.hop_passes import HopPasses
    from sim.visibility.result import Columns, Result
    from sim.visibility.routes import Hop
    from sim.visibility.visible_passes import ByEye

Array = NDArray[np.float64]
Index = NDArray[np.intp]

COLUMNS = (
    "hop", "site", "target", "aos_utc", "tca_utc", "los_utc", "duration_s", "aos_azimuth_deg", "los_azimuth_deg",
    "aos_elevation_deg", "los_elevation_deg", "culmination_utc", "culmination_elevation_deg",
    "culmination_azimuth_deg", "aos_range_km", "tca_range_km", "los_range_km", "aos_range_rate_km_s",
    "los_range_rate_km_s", "tca_light_time_s", "gaps_s", "conflict", "cut", "basis",
    "element_age_days", *EDGE_COLUMNS, "unknown_before_s", "unknown_after_s",
)  # fmt: skip

CABLE = ("part", "parts", "cable_start_deg", "cable_end_deg", "unwrap_s")
"""Columns of passes of antennas whose cables let them turn only so far."""

DIGITS = {
    "cable_start_deg": 4, "cable_end_deg": 4, "unwrap_s": 3,
    "duration_s": 3, "aos_azimuth_deg": 4, "los_azimuth_deg": 4, "aos_elevation_deg": 4, "los_elevation_deg": 4,
    "culmination_elevation_deg": 4, "culmination_azimuth_deg": 4, "aos_range_km": 3, "tca_range_km": 3,
    "los_range_km": 3, "aos_range_rate_km_s": 6, "los_range_rate_km_s": 6, "tca_light_time_s": 6, "gaps_s": 3,
    "element_age_days": 2, "unknown_before_s": 3, "unknown_after_s": 3,
}  # fmt: skip
"""To how many digits files give the numbers of a column."""


class Passes(Table):
    """Passes of all hops with a site at one end (CSV).

    The rules `[passes]` of the scenario and of its sites make passes of windows: short gaps are joined, ends trimmed,
    long passes divided, short ones left out. Without rules a pass is a window. If both ends are sites, the passes are
    those over the receiver. Times are UTC at the receiver. `aos` and `los` are the edges of the pass. `tca` is the
    closest approach and `culmination` the highest elevation within the pass; both may be at an edge. `gaps_s` is how
    long the line of sight is closed in a pass that was joined. `conflict` names the other targets that want the same
    station's antenna at the same time, set-up and tear-down included. `cut` names the ends that the span cuts.
    Elevation and azimuth are apparent (light time and stellar aberration), with refraction where the site has it. Range
    rate is positive when receding. `basis` is the weakest basis of the ends during the pass. `element_age_days` is the
    largest distance of their element sets from their epochs. `start_sigma_s` and `end_sigma_s` are standard deviations
    of the edges of the windows that make `aos` and `los`; a cut between two parts of a divided pass has none.
    `probability` is the probability that the pass exists; of joined windows, the least of theirs. Empty cells mean
    unknown. `unknown_before_s` and `unknown_after_s` are the parts of the time to the neighboring windows, or to the
    ends of the span, without a known orbit of the target.

    Where the cables of an antenna are limited (`cable_min_deg`), `cable_start_deg` and `cable_end_deg` are the azimuths
    at `aos` and `los` as the cables count them. A pass that they divide is one row a `part` of its `parts`, and
    `unwrap_s` is how long the antenna turns back before a part.

    A pass can be seen by eye while the target is sunlit (no body covers the Sun's center there) and the site in the
    dark (the Sun's center below `sun_below_deg`). `visible_from_utc` and `visible_to_utc` are the first and last time
    of that, `visible_s`, `sunlit_s` and `dark_s` the lengths. `magnitude` is the least apparent magnitude while
    visible, of a diffuse sphere with the `magnitude` of the spacecraft at 1000 km and a phase angle of 90 deg.
    """

    kind: Literal["passes"] = "passes"
    file: Name = "passes"
    """file name without extension"""
    routes: Annotated[tuple[Name, ...], Listed] | None = None
    """routes whose hops are listed; default: all"""
    visible: bool = False
    """whether only passes are listed that can be seen by eye at some time, with the columns that say when"""
    sun_below_deg: Annotated[Degrees, Field(ge=-90, le=90)] = -6.0
    """the site is in the dark while the Sun's center is below this elevation, without refraction"""
    shadow: Figure = "spheroid"
    """figure of the bodies that may shade the target: their spheroid, or a sphere of the equatorial radius"""

    usual: ClassVar[tuple[str, ...]] = COLUMNS
    more: ClassVar[tuple[str, ...]] = (*VISIBLE, *CABLE)
    time_columns: ClassVar[tuple[str, ...]] = (
        "aos_utc", "tca_utc", "los_utc", "culmination_utc", "visible_from_utc", "visible_to_utc"
    )  # fmt: skip
    of_routes: ClassVar[bool] = True
    over_sites: ClassVar[bool] = True
    endings: ClassVar[tuple[str, ...]] = ("csv",)

    def write(self, result: Result, folder: Path, job: Job = NOTHING) -> list[Path]:
        """Write passes.csv."""
        path = folder / f"{self.file}.csv"
        path.write_text(as_csv(self.listed(result)), encoding="utf-8")
        return [path]

    def _eye(self) -> ByEye:
        from sim.visibility.visible_passes import ByEye

        return ByEye(self.sun_below_deg, self.shadow)

    def listed(self, result: Result) -> dict[str, list[Cell]]:
        """The columns to write, in the order asked for."""
        from sim.planning.hop_passes import rules_of  # a check of a scenario needs none

        names = list(result.routes) if self.routes is None else list(self.routes)
        legs = list(dict.fromkeys(hop for name in names for hop in hops(result.paths[name])))
        zones = {name: end.time_zone for name, end in result.ends.items() if isinstance(end, Site)}
        turning = any(rules_of(result, leg).has_cable for leg in legs)
        chosen = self.chosen(list(zones.values()), (*(VISIBLE if self.visible else ()), *(CABLE if turning else ())))
        wanted = {*chosen, sorted_by(self.order, self.time_columns[0])}
        needs_sun = self.visible or not wanted.isdisjoint(_of_sun())
        columns = table(result, legs, self._eye() if needs_sun else None)
        if not needs_sun:
            columns |= {name: np.full(len(columns["hop"]), np.nan) for name in VISIBLE}
        rows = self.rows_in_order(columns, "hop")
        if self.visible:
            rows = rows[np.asarray(columns["visible_s"])[rows] > 0.0]
        shown = _shown(columns) | self.clocks(columns, [zones[name] for name in columns["site"]])
        return taken({name: shown[name] for name in chosen}, rows)


def _of_sun() -> frozenset[str]:
    """The columns that need the Sun."""
    stems = [name.removesuffix("_utc") for name in VISIBLE if name.endswith("_utc")]
    return frozenset((*VISIBLE, *(f"{stem}{form}" for stem in stems for form in ("_local", "_elapsed"))))


def table(result: Result, legs: Sequence[Hop] | None = None, eye: ByEye | None = None) -> Columns:
    """The passes of hops, hop by hop in order of time, as columns: times in TDB seconds, angles in degrees.

    legs : all hops if not given; those with a site at neither end have no passes
    eye  : with the columns `VISIBLE`: how far the Sun must be down, and which shadows count
    """
    from sim.planning.hop_passes import conflicts, hop_passes, rules_of, unparted
    from sim.products.pass_geometry import GEOMETRY, seen_in

    edges, links = result.edge_table, result.edge_table.links
    ground = {leg: _ground(result, leg) for leg in (links.hops if legs is None else legs)}
    every = [leg for leg in (links.hops if legs is None else legs) if ground[leg] >= 0]
    made = hop_passes(result, every)
    names = [links.hops[number] for number in made.link.tolist()]
    side = [ground[leg] for leg in names]
    geometry = {name: np.empty(len(names)) for name in GEOMETRY}
    for apart in unparted(made):
        for bundle, some in links.grouped(made.link[apart]):
            chosen = apart[some]
            places = links.place[made.link[chosen]]
            seen = seen_in(bundle, places, made.bounds[chosen], result.span, edges.sky(bundle))
            for name, column in seen.items():
                geometry[name][chosen] = column
    site = [pair[own] for pair, own in zip(names, side, strict=True)]
    target = [pair[1 - own] for pair, own in zip(names, side, strict=True)]
    text, whole = {leg: hop_text(leg) for leg in every}, made.whole
    starts, ends = edges.cut[made.first, 0] & whole[:, 0], edges.cut[made.last, 1] & whole[:, 1]
    rules = {leg[ground[leg]]: rules_of(result, leg) for leg in every}
    found: Columns = {
        **geometry,
        "hop": [text[pair] for pair in names],
        "site": site,
        "target": target,
        "duration_s": made.bounds[:, 1] - made.bounds[:, 0],
        "gaps_s": made.gaps_s,
        "part": made.part + 1,
        "parts": made.parts,
        "cable_start_deg": made.cable_deg[:, 0],
        "cable_end_deg": made.cable_deg[:, 1],
        "unwrap_s": _unwrapped_s(made),
        "conflict": conflicts(site, target, _at_station(result, made, np.array(side, dtype=np.intp)), rules),
        "cut": np.select([starts & ends, starts, ends], ["span start span end", "span start", "span end"], "").tolist(),
        **_known_of(result, made),
    }
    return found if eye is None else found | visibility(result, made, every, eye)


def _ground(result: Result, leg: Hop) -> int:
    """Which end of a hop is the site of its passes: 1 the receiver, which comes first, 0 the transmitter; -1 none."""
    return next((side for side in (1, 0) if isinstance(result.ends[leg[side]], Site)), -1)


def _at_station(result: Result, made: HopPasses, side: Index) -> Array:
    """Start and end of passes at the station's own time (n, 2) TDB s: earlier than at the receiver where it sends."""
    own = made.bounds.copy()
    sends = np.flatnonzero(side == 0)
    for edge in (0, 1) if len(sends) else ():
        sent = result.edge_table.links.sent(made.link[sends], made.bounds[sends, edge])
        own[sends, edge] = np.where(np.isnan(sent), made.bounds[sends, edge], sent)
    return own


def _unwrapped_s(made: HopPasses) -> Array:
    """For how long the antenna turns back before a part of a pass; NaN where there is no rule for cables."""
    before = np.zeros(len(made.part))
    before[1:] = np.where(made.part[1:] > 0, made.bounds[1:, 0] - made.bounds[:-1, 1], 0.0)
    return np.where(np.isnan(made.cable_deg[:, 0]), np.nan, before)


def _known_of(result: Result, made: HopPasses) -> Columns:
    """How passes are known: columns of tables."""
    first = result.known_of(made.first)
    if np.array_equal(made.first, made.last) and made.whole.all():
        return first
    last, whole = result.known_of(made.last), made.whole
    inside = [result.known_of(np.arange(a, b + 1)) for a, b in zip(made.first, made.last, strict=True)]
    ages = [np.append(each["element_age_days"], np.nan) for each in inside]
    return {
        "basis": [max(each["basis"], key=BASES.index) for each in inside],
        "element_age_days": np.array([np.fmax.reduce(age) for age in ages]),
        "start_sigma_s": np.where(whole[:, 0], first["start_sigma_s"], np.nan),
        "end_sigma_s": np.where(whole[:, 1], last["end_sigma_s"], np.nan),
        "probability": np.array([np.min(each["probability"]) for each in inside]),
        "unknown_before_s": np.where(whole[:, 0], first["unknown_before_s"], 0.0),
        "unknown_after_s": np.where(whole[:, 1], last["unknown_after_s"], 0.0),
    }  # fmt: skip


def frame(result: Result, legs: Sequence[Hop] | None = None) -> Any:
    """The passes of hops as a pandas frame: numbers as they are, times in UTC."""
    return as_frame(table(result, legs), COLUMNS)


def passes(result: Result, leg: Hop) -> list[Row]:
    """The rows of one hop; none where neither end is a site."""
    columns = _shown(table(result, [leg]))
    return [dict(zip(COLUMNS, row, strict=True)) for row in zip(*(columns[name] for name in COLUMNS), strict=True)]


def _shown(columns: Columns) -> dict[str, list[Cell]]:
    """Columns as files give them: times as text, numbers to their digits, None for what is not known."""
    digits = {name: most for name, most in (DIGITS | VISIBLE_DIGITS).items() if name in columns}
    found = as_shown(columns, digits)
    for name in columns:
        if "azimuth" in name:
            found[name] = [x % 360.0 if isinstance(x, float) else x for x in found[name]]
    return found
