"""Coverage of a surface: a grid of points against spacecraft, bodies and relay routes.

Geometry is instantaneous: light time is not modeled here, nor on a relay's downlink. That shifts contacts by the
light time, 0.3 s for a relay near the Moon and 1.3 s between the Earth and the Moon, which no map shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.core.quantities import number
from sim.core.time import Span, utc
from sim.search.conditions import search
from sim.search.window_table import ManyWindows, overlap, piled
from sim.search.windows import Windows
from sim.trajectories.refraction import Air
from sim.trajectories.trajectory import Trajectory
from sim.visibility import hops, routes
from sim.visibility.coverage.figures_of_merit import FIGURES
from sim.visibility.coverage.grid import Grid
from sim.visibility.coverage.point_contacts import point_contacts

Array = NDArray[np.float64]
Tell = Callable[[float], None]

POINTS_AT_ONCE = 512
"""So many points are looked at together: what they need at once stays below 100 MB."""


@dataclass(frozen=True, eq=False)
class Access:
    """A target of points, and when contact with it counts.

    open : windows of the rest of a relay route; None where contact with the target alone counts
    """

    target: Trajectory
    open: Windows | None = None


@dataclass(frozen=True, eq=False)
class Coverage:
    """Coverage of each point of a grid over a span.

    figures : by name (`figures_of_merit`), (n,) each, of the contacts with at least `at_least` assets at once
    seconds_by_number : (n, assets + 1) time with exactly 0, 1, 2, … assets certainly in contact
    possible_by_number : the same, where every asset whose orbit is unknown counts as in contact
    mean_assets : (n,) mean number of assets in contact, each over the time in which its orbit is known
    known_percent : (n,) share of the span in which it is known whether there is contact (%)
    unresolved_s : time in which contact stayed undecided, summed over all points and assets
    air : the air over all points, if elevations are refracted
    """

    grid: Grid
    span: Span
    assets: tuple[str, ...]
    horizon_deg: float
    at_least: int
    figures: Mapping[str, Array]
    seconds_by_number: Array
    possible_by_number: Array
    mean_assets: Array
    known_percent: Array
    unresolved_s: float
    air: Air | None = None

    def percent_at_least(self, number: int) -> Array:
        """Share of the known time with at least so many assets in contact at once (%): (n,)."""
        sure, may = (table[:, number:].sum(axis=1) for table in (self.seconds_by_number, self.possible_by_number))
        known = self.span.duration_s - (may - sure)
        share: Array = np.divide(100.0 * sure, known, out=np.full(len(known), np.nan), where=known > 0.0)
        return share

    def columns(self) -> dict[str, Array]:
        """All columns: coordinates, weight, figures, shares by number of assets."""
        grid = self.grid
        several = range(1, len(self.assets) + 1) if len(self.assets) > 1 else ()
        return {
            "latitude_deg": grid.latitude_deg,
            "longitude_deg": grid.longitude_deg,
            "weight": grid.weight,
            **self.figures,
            "mean_assets": self.mean_assets,
            **{f"percent_{k}_or_more": self.percent_at_least(k) for k in several},
            "known_percent": self.known_percent,
        }

    def to_pandas(self) -> Any:
        """A pandas frame, one row a point."""
        import pandas as pd

        return pd.DataFrame(self.columns())

    def to_xarray(self) -> Any:
        """An xarray dataset: over latitude and longitude if the grid has rows and columns, else over points.

        Needs xarray: `pip install farside-sim[netcdf]`.
        """
        import xarray

        columns, grid = self.columns(), self.grid
        places = {name: columns.pop(name) for name in ("latitude_deg", "longitude_deg")}
        if grid.shape is None:
            coordinates: dict[str, Any] = {name: ("point", values) for name, values in places.items()}
            data: dict[str, Any] = {name: ("point", values) for name, values in columns.items()}
        else:
            latitude, longitude = (places[name].reshape(grid.shape) for name in places)
            coordinates = {"latitude_deg": latitude[:, 0], "longitude_deg": longitude[0]}
            data = {n: (("latitude_deg", "longitude_deg"), v.reshape(grid.shape)) for n, v in columns.items()}
        about = {
            "body": grid.carrier.name,
            "start_utc": utc(self.span.start),
            "end_utc": utc(self.span.end),
            "assets": ", ".join(self.assets),
            "horizon_deg": self.horizon_deg,
            "at_least": self.at_least,
            "light_time": "left out",
            **({} if self.air is None else {"refraction": f"{self.air.kind}; horizon_deg is refracted"}),
        }
        dataset = xarray.Dataset(data, coordinates, about)
        for name in columns:
            dataset[name].attrs = {"units": unit(name), "long_name": meaning(name)}
        return dataset

    def __repr__(self) -> str:
        mean = self.grid.mean(self.figures["percent"])
        return f"<coverage of the {self.grid.carrier.name} by {', '.join(self.assets)}: {mean:.2f} % of {self.span!r}>"


def coverage(
    grid: Grid,
    span: Span,
    assets: Mapping[str, Sequence[Access]],
    *,
    horizon_deg: float = 0.0,
    at_least: int = 1,
    air: Air | None = None,
    workers: int = 2,
    progress: Tell = lambda share: None,
) -> Coverage:
    """Figures of merit of every point of a grid over a span.

    assets      : by name, each with its ways (`way`); an asset is in contact if any of its ways is
    horizon_deg : elevation mask of all points
    at_least    : how many assets must be in contact at once for a contact
    air         : the air over all points; with it `horizon_deg` is the elevation that is seen
    workers     : number of threads, each with a part of the grid
    progress    : called with the share that is done, 0 to 1

    Targets must be ready for the span (`over`). Limits of the targets hold; so do horizons of targets that stand on
    another body, and bodies in the way. Memory is bounded: windows are not kept.
    """
    horizon_deg = number(horizon_deg, "deg", "an elevation in degrees")
    if not assets or not 1 <= at_least <= len(assets):
        raise ValueError(f"expected at_least from 1 to the number of assets, {len(assets)}, got {at_least}")
    parts = [grid.part(low, low + POINTS_AT_ONCE) for low in range(0, len(grid), POINTS_AT_ONCE)]
    vacuum_deg = horizon_deg if air is None else float(air.vacuum_deg(horizon_deg))
    look = partial(_part, span=span, assets=assets, horizon_deg=vacuum_deg, at_least=at_least)
    found = []
    with ThreadPoolExecutor(workers) as pool:
        for done in pool.map(look, parts):
            found.append(done)
            progress(len(found) / len(parts))
    figures, numbers, possible, means, known, unresolved = zip(*found, strict=True)
    return Coverage(
        grid,
        span,
        tuple(assets),
        horizon_deg,
        at_least,
        {name: np.concatenate([each[name] for each in figures]) for name in FIGURES},
        np.concatenate(numbers),
        np.concatenate(possible),
        np.concatenate(means),
        np.concatenate(known),
        float(sum(unresolved)),
        air,
    )


def accesses(path: routes.Path, ends: Mapping[str, Trajectory], span: Span) -> tuple[Access, ...]:
    """The ways of a path that begins at the points' target: `["queqiao", ["kashi", "jiamusi"]]`, or one name."""
    onward: dict[str, list[tuple[str, ...]]] = {}
    for first, *rest in routes.paths(path):
        onward.setdefault(first, []).append((first, *rest))
    return tuple(Access(ends[first], _open(all_ways, ends, span)) for first, all_ways in onward.items())


def unit(figure: str) -> str:
    """Return the unit of a figure, from its name."""
    for ending, name in (("_s", "s"), ("_per_day", "1/day"), ("_deg", "deg")):
        if figure.endswith(ending):
            return name
    return "%" if "percent" in figure else ""


def meaning(figure: str) -> str:
    """Return the definition of a figure, in a sentence."""
    if figure in FIGURES:
        said = FIGURES[figure].__doc__ or figure.replace("_", " ")  # python -OO leaves the docstrings out
        return " ".join(said.split(". ")[0].split())
    told = {
        "mean_assets": "mean number of assets in contact",
        "weight": "share of the surface that the point stands for",
        "known_percent": "share of the span in which it is known whether there is contact (%); the rest is left out",
    }
    return told.get(figure, "share of the known time with so many assets in contact at once (%)")


def _open(all_ways: Sequence[tuple[str, ...]], ends: Mapping[str, Trajectory], span: Span) -> Windows | None:
    """When any way is open beyond its first end; None if one ends there."""
    if any(len(way) == 1 for way in all_ways):
        return None
    asked = list(dict.fromkeys(pair for way in all_ways for pair in routes.hops(way)))
    conditions = [hops.hop(ends[a], ends[b], light=False) for a, b in asked]
    windows = dict(zip(asked, search(conditions, [Windows.whole(span)] * len(asked)), strict=True))
    found = [routes.along(way, ends, windows, light=False) for way in all_ways]
    whole = found[0]
    for each in found[1:]:
        whole = whole | each
    return whole


def _part(
    grid: Grid, span: Span, assets: Mapping[str, Sequence[Access]], horizon_deg: float, at_least: int
) -> tuple[dict[str, Array], Array, Array, Array, Array, float]:
    """The part of a `Coverage` of some points: figures, seconds by number of assets, means, known shares, unresolved s.

    Certain and possible contacts are found together.
    """
    sure, may, unresolved, mean = list[ManyWindows](), list[ManyWindows](), 0.0, np.zeros(len(grid))
    for each in assets.values():
        looks = list(_looks(grid, span, each, horizon_deg))
        unresolved += sum(doubt for *_, doubt in looks)
        sure.append(_any([seen for seen, _, _ in looks]))
        may.append(sure[-1] if all(a is b for a, b, _ in looks) else _any([possible for _, possible, _ in looks]))
        own = sure[-1].with_possible(may[-1])
        mean += np.divide(own.totals_s, own.known_s, out=np.full(len(grid), np.nan), where=own.known_s > 0.0)
    surely = piled(sure)
    possibly = surely if all(a is b for a, b in zip(sure, may, strict=True)) else piled(may)
    together = surely.overlapped(at_least)
    together = together if possibly is surely else together.with_possible(possibly.overlapped(at_least))
    figures = {name: figure(together) for name, figure in FIGURES.items()}
    numbers, possible = surely.seconds_by_number(len(assets)), possibly.seconds_by_number(len(assets))
    return figures, numbers, possible, mean, 100.0 * together.known_s / span.duration_s, unresolved


def _any(sets: Sequence[ManyWindows]) -> ManyWindows:
    return overlap(sets, 1) if len(sets) > 1 else sets[0]


def _looks(
    grid: Grid, span: Span, asset: Sequence[Access], horizon_deg: float
) -> Iterator[tuple[ManyWindows, ManyWindows, float]]:
    """For each way: certain contacts of points, possible ones, and how long contact stayed undecided."""
    count = len(grid)
    for way in asset:
        if way.open is not None and not len(way.open) and way.open.known is None:
            never = ManyWindows.same(np.empty((0, 2)), count, span)
            yield never, never, 0.0
            continue
        seen, doubt = point_contacts(grid, way.target, span, horizon_deg)
        sure = replace(seen, unknown=None)
        may = sure if seen.unknown is None else sure | seen.unknown
        if way.open is not None:
            possible = way.open.possible.bounds
            known = may is sure and way.open.known is None
            sure, before = sure & ManyWindows.same(way.open.bounds, count, span), may
            may = sure if known else before & ManyWindows.same(possible, count, span)
        yield sure, may, doubt
