"""Coverage of a surface, point by point: maps and tables."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Discriminator, Field, Tag, model_validator

from sim.core.durations import duration
from sim.core.errors import SimError
from sim.core.files import csv_text
from sim.core.model import Degrees, Epoch, Listed, Meters, Name, Text
from sim.core.text import nearest, shown
from sim.core.time import utc
from sim.core.toml_file import Keys
from sim.products.ground_points import shown_span, standing
from sim.products.region_table import Corner, RegionTable
from sim.scenario.draft import Complaint, Draft, get, listed
from sim.scenario.product import NOTHING, Job, Product
from sim.trajectories.bodies.body import BODIES
from sim.trajectories.refraction import Kind, air_over
from sim.visibility.coverage.grid import cell_count, equal_area, latitude_longitude, points
from sim.visibility.routes import names

if TYPE_CHECKING:
    from sim.visibility.coverage.coverage import Access, Coverage
    from sim.visibility.coverage.grid import Grid
    from sim.visibility.coverage.summary import Row
    from sim.visibility.result import Result

Step = Annotated[
    Annotated[Name, Tag("one")] | Annotated[tuple[Name, ...], Field(min_length=1), Listed, Tag("any")],
    Discriminator(lambda value: "any" if isinstance(value, (list, tuple)) else "one"),
]
Asset = Annotated[
    Annotated[Name, Tag("one")] | Annotated[tuple[Step, ...], Field(min_length=1), Listed, Tag("path")],
    Discriminator(lambda value: "path" if isinstance(value, (list, tuple)) else "one"),
]
"""A name, or a path that begins with the target of the points. A list inside a path means any of its members."""

Figure = Literal[
    "percent", "contacts_per_day", "longest_gap_s", "mean_gap_s", "revisit_s", "response_s", "age_95_s", "mean_assets"
]
LESS_IS_BETTER = ("longest_gap_s", "mean_gap_s", "revisit_s", "response_s", "age_95_s")
"""Figures whose small values are good."""

TITLES: dict[str, str] = {
    "percent": "time in contact",
    "contacts_per_day": "contacts",
    "longest_gap_s": "longest gap",
    "mean_gap_s": "mean gap",
    "revisit_s": "mean revisit time",
    "response_s": "mean response time",
    "age_95_s": "age of data, 95th percentile",
    "mean_assets": "mean number of assets in contact",
}
LEAST_STEP_DEG = 0.25
"""Least distance between points of a whole body."""

POLAR_DEG = 80.0
"""Latitude of the polar caps whose means the small print gives: the global mean does not show them."""


class CoverageMap(Product):
    """Coverage of a body, a region or points of interest: a map per figure of merit, CSV tables, and optional NetCDF.

    The target of a point is a spacecraft, a body, or the first end of a relay path, which counts while the rest of the
    path is open. Light time is not applied. docs/coverage.md defines the figures of merit, also for contacts and gaps
    that the span cuts. A second table sums up the region, each point by the area that it stands for.
    """

    kind: Literal["coverage"] = "coverage"
    file: Name = "coverage"
    """file names without extension; the name of its figure is appended to that of a map"""
    body: Literal["earth", "moon", "mars"] = "moon"
    """body that carries the grid"""
    region: RegionTable | None = None
    """part of the surface; default: all of it"""
    points: Annotated[dict[Name, Corner], Field(min_length=1, max_length=1000)] | None = None
    """places of interest instead of a grid: name = [latitude_deg, longitude_deg]"""
    start: Epoch | None = None
    """start of the time that counts; default: start of the scenario"""
    days: Annotated[float, Field(gt=0)] | None = None
    """number of days that count; default: to the end of the scenario"""
    assets: Annotated[tuple[Asset, ...], Listed, Field(min_length=1)]
    """spacecraft or bodies by name, or paths like ["queqiao", ["kashi", "jiamusi"]]"""
    at_least: Annotated[int, Field(ge=1)] = 1
    """least number of simultaneous assets that counts as contact"""
    step_deg: Annotated[Degrees, Field(ge=0.01, le=30)] = 4.0
    """distance between neighboring points; of a whole body at least 0.25"""
    grid: Literal["equal_area", "latitude_longitude"] = "equal_area"
    """points of equal area, or a latitude–longitude grid"""
    height_m: Annotated[Meters, Field(ge=-12_000, le=100_000)] = 0.0
    """height of all points above the reference surface"""
    horizon_deg: Annotated[Degrees, Field(ge=-10, le=89)] = 0.0
    """elevation mask of all points"""
    refraction: Kind = "none"
    """on the Earth, what the air over the points bends: nothing, light or radio waves, in the standard atmosphere at
    `height_m`. With it `horizon_deg` is the elevation that is seen"""
    figures: Annotated[tuple[Figure, ...], Listed] = ("percent",)
    """figures of merit with a map; the table has all"""
    projection: Literal["flat", "faces", "north", "south"] = "flat"
    """one flat map, both hemispheres, or the area around a pole (stereographic)"""
    format: Literal["png", "svg"] = "png"
    title: Text = ""
    """default: the title of the scenario"""
    theme: Literal["light", "dark"] = "light"
    """color theme"""
    netcdf: bool = False
    """whether to write a NetCDF file as well; needs the extra `netcdf`"""

    in_reports: ClassVar[bool] = True

    @classmethod
    def files(cls, product: Any) -> list[str]:
        file, figures = cls.field_value(product, "file"), listed(cls.field_value(product, "figures"))
        drawn = dict.fromkeys(figure for figure in figures if isinstance(figure, str))
        maps = [f"{file}-{figure.removesuffix('_s')}.{cls.field_value(product, 'format')}" for figure in drawn]
        more = [f"{file}.nc"] if cls.field_value(product, "netcdf") is True else []
        return [f"{file}.csv", f"{file}-summary.csv", *maps, *more]

    @classmethod
    def problems(cls, product: Any, draft: Draft) -> Iterator[Complaint]:
        """Assets that do not exist, or that are on the body itself."""
        on, known = cls.field_value(product, "body"), [*draft.sites, *draft.spacecraft, *BODIES]
        for place, asset in enumerate(listed(get(product, "assets"))):
            for number, step in enumerate(listed(asset) or (asset,)):
                keys: Keys = ("assets", place, number) if listed(asset) else ("assets", place)
                for name in (each for each in listed(step) or (step,) if isinstance(each, str)):
                    if name not in known:
                        yield keys, f"no site or spacecraft is called {shown(name)}.{nearest(name, known)}"
                    elif number == 0 and on in (name, name in draft.sites and get(draft.sites[name], "body", "earth")):
                        yield keys, f"{name!r} is on the {on} itself. Expected a spacecraft or another body"

    @property
    def caption(self) -> str:
        return self.title or super().caption

    @model_validator(mode="after")
    def _fits(self) -> CoverageMap:
        if self.at_least > len(self.assets):
            raise ValueError(f"at_least is {self.at_least}, but the number of assets is {len(self.assets)}")
        if self.region is not None and self.points is not None:
            raise ValueError("give either region or points")
        if self.refraction != "none" and self.body != "earth":
            raise ValueError(f"refraction is that of the Earth's air, and the points are on the {self.body}")
        if self.region is not None:
            cell_count(self.region.on(self.body), self.step_deg, self.grid)
        elif self.points is None and self.step_deg < LEAST_STEP_DEG:
            raise ValueError(
                f"step_deg: expected at least {LEAST_STEP_DEG:g} for a whole body, got {self.step_deg:g}. Give a region"
            )
        return self

    @property
    def ends(self) -> tuple[str, ...]:
        """The names that the assets use, each once."""
        return tuple(dict.fromkeys(name for path in self._paths() for name in names(path)))

    def write(self, result: Result, folder: Path, job: Job = NOTHING) -> list[Path]:
        """Write coverage.csv, one map per figure, and coverage.nc if requested."""
        from sim.products.plot.coverage import coverage_map
        from sim.products.plot.fonts import no_font_warnings
        from sim.visibility.coverage.coverage import unit
        from sim.visibility.coverage.summary import summary

        found = self.covered(result, job.progress)
        columns = found.columns()
        table = folder / f"{self.file}.csv"
        cells = _numbers(zip(*(np.char.mod(_digits(name), values) for name, values in columns.items()), strict=True))
        if names := found.grid.names:
            table.write_text(
                csv_text(("name", *columns), ([name, *row] for name, row in zip(names, cells, strict=True))),
                encoding="utf-8",
            )
        else:
            table.write_text(csv_text(tuple(columns), cells), encoding="utf-8")
        brief = folder / f"{self.file}-summary.csv"
        rows_of_all = summary(found)
        brief.write_text(csv_text(SUMMARY, _summary_cells(rows_of_all)), encoding="utf-8")
        written = [table, brief]
        marks = [
            (end.latitude_deg, end.longitude_deg, end.name)
            for end in standing(result, self.body)
        ]
        for figure in dict.fromkeys(self.figures):
            path = folder / f"{self.file}-{figure.removesuffix('_s')}.{self.format}"
            drawn = coverage_map(
                found.grid, columns[figure], TITLES[figure], unit(figure), self.title or result.title,
                projection=self.projection, reverse=figure in LESS_IS_BETTER, marks=marks, theme=self.theme,
                note=self._note(found, rows_of_all),
            )  # fmt: skip
            with no_font_warnings():
                drawn.savefig(path, metadata={"Software": None} if self.format == "png" else {"Date": None})
            written.append(path)
        if self.netcdf:
            written.append(_netcdf(found, folder / f"{self.file}.nc"))
        return written

    def covered(self, result: Result, progress: Callable[[str], None] = lambda text: None) -> Coverage:
        """Compute the coverage."""
        from sim.visibility.coverage.coverage import accesses, coverage

        on, span = self._grid(next(iter(result.ends.values())).ephemeris), result.span
        if self.start is not None or self.days is not None:
            span = shown_span(result.span, self.start, self.days, self.kind)
        assets: dict[str, tuple[Access, ...]] = {}
        for path in self._paths():
            assets[_text(path)] = accesses(path, result.ends, span)
        return coverage(
            on, span, assets, horizon_deg=self.horizon_deg, at_least=self.at_least,
            air=air_over(self.height_m, self.refraction),
            progress=_bar(f"coverage of {len(on):,} points", progress),
        )  # fmt: skip

    def _grid(self, ephemeris: str) -> Grid:
        if self.points is not None:
            latitudes, longitudes = zip(*self.points.values(), strict=True)
            return points(self.body, latitudes, longitudes, self.height_m, ephemeris, tuple(self.points))
        make = equal_area if self.grid == "equal_area" else latitude_longitude
        region = None if self.region is None else self.region.on(self.body)
        return make(self.body, self.step_deg, self.height_m, ephemeris, region)

    def _paths(self) -> list[tuple[str | tuple[str, ...], ...]]:
        return [(asset,) if isinstance(asset, str) else asset for asset in self.assets]

    def _note(self, found: Coverage, rows: Sequence[Row]) -> str:
        start, end = utc(np.array([found.span.start, found.span.end]), 0)
        several = f" (at least {self.at_least} at once)" if self.at_least > 1 else ""
        by = "; ".join(found.assets)
        known = found.grid.mean(found.known_percent)
        seen = "" if found.air is None else "refracted "
        unknown = f"; no orbit known for {100.0 - known:.3g} % of the time (left out)" if known < 99.9995 else ""
        return (
            f"assets: {by}{several}; {seen}elevation above {self.horizon_deg:g}°, smooth surface; "
            f"{_minutes(start)} to {_minutes(end)} UTC; {self._sums(found, rows)}{unknown}"
        )

    def _sums(self, found: Coverage, rows: Sequence[Row]) -> str:
        """What the small print says of the whole surface, of the region, or of the points."""
        if self.region is None and self.points is None:
            return f"in contact: {_regions(found)}"
        by_name = {row.figure: row for row in rows}
        what = f"{len(found.grid)} points"
        if self.region is not None:
            what = f"{self.region.words} ({100.0 * found.grid.share:.3g} % of the surface)"
        contact, longest = by_name["percent"], by_name["longest_gap_s"]
        parts = [f"in contact {contact.mean:.2f} % of the time on average ({0.24 * contact.mean:.2f} h a day)"]
        parts.append(f"{contact.least:.2f} % at the worst place")
        for told, figure in (("mean gap", "mean_gap_s"), ("mean revisit time", "revisit_s")):
            if np.isfinite(by_name[figure].mean):
                parts.append(f"{told} {duration(by_name[figure].mean)}")
        if np.isfinite(longest.greatest):
            parts.append(f"longest gap {duration(longest.greatest)}")
        return f"{what}: {', '.join(parts)}"


SUMMARY = ("figure", "unit", "mean", "least", "median", "percentile_95", "greatest", "area_percent")
"""Columns of the table of a whole region."""


def _summary_cells(rows: Sequence[Row]) -> Iterator[list[float | str | None]]:
    for row in rows:
        values = (row.mean, row.least, row.median, row.percentile_95, row.greatest, row.area_percent)
        digits = 3 if row.unit == "s" else 5
        yield [row.figure, row.unit, *(round(x, digits) if np.isfinite(x) else None for x in values)]


def _text(path: tuple[str | tuple[str, ...], ...]) -> str:
    return " → ".join(step if isinstance(step, str) else " | ".join(step) for step in path)


def _regions(found: Coverage) -> str:
    """Share of time in contact: mean over the surface, over the polar caps, and the maximum."""
    percent, grid = found.figures["percent"], found.grid
    parts = [f"{grid.mean(percent):.2f} % of the time on average"]
    for pole, side, sign in (("N", "north", 1.0), ("S", "south", -1.0)):
        cap = (sign * grid.latitude_deg >= POLAR_DEG) & np.isfinite(percent)
        if cap.any():
            mean = float(np.average(percent[cap], weights=grid.weight[cap]))
            parts.append(f"{mean:.2f} % {side} of {POLAR_DEG:g}° {pole}")
    return ", ".join(parts) + f", at most {np.nanmax(percent):.2f} %"


def _minutes(iso: str) -> str:
    return iso[:16].replace("T", " ")


def _digits(name: str) -> str:
    return "%.8g" if name == "weight" else "%.3f" if name.endswith("_s") else "%.5f"


def _numbers(rows: Iterator[tuple[str, ...]]) -> Iterator[list[float | str]]:
    """Cells as numbers, because text that begins with a minus could be a formula; empty for NaN."""
    for row in rows:
        yield ["" if cell == "nan" else float(cell) for cell in row]


def _bar(what: str, progress: Callable[[str], None]) -> Callable[[float], None]:
    """Report progress as a bar of ten steps with the remaining time, once per step."""
    began, shown_tenths = time.monotonic(), -1

    def report(share: float) -> None:
        nonlocal shown_tenths
        tenths = int(10 * share)
        if tenths > shown_tenths:
            shown_tenths = tenths
            left = (time.monotonic() - began) * (1.0 - share) / share
            progress(f"{what} {'█' * tenths}{'░' * (10 - tenths)} {100 * share:.0f} %, {duration(left)} left")

    return report


def _netcdf(found: Coverage, path: Path) -> Path:
    try:
        found.to_xarray().to_netcdf(path, engine="h5netcdf")
    except ImportError as error:
        raise SimError("netcdf = true needs xarray, h5netcdf and h5py: pip install 'farside-sim[netcdf]'") from error
    return path
