"""How well a surface is served, point by point: maps and tables."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Discriminator, Field, Tag, model_validator

from sim.core.errors import SimError
from sim.core.files import csv_text
from sim.core.model import Degrees, Listed, Meters, Name, Text
from sim.core.text import nearest, shown
from sim.core.time import utc
from sim.core.toml_file import Keys
from sim.scenario.draft import Complaint, Draft, get, listed
from sim.scenario.product import NOTHING, Job, Product
from sim.trajectories.bodies.body import BODIES
from sim.trajectories.sites import Site
from sim.visibility.coverage import coverage as coverages
from sim.visibility.coverage.coverage import Access, Coverage, accesses, coverage
from sim.visibility.coverage.grid import Grid, equal_area, latitude_longitude
from sim.visibility.result import Result
from sim.visibility.routes import names

Step = Annotated[
    Annotated[Name, Tag("one")] | Annotated[tuple[Name, ...], Field(min_length=1), Listed, Tag("any")],
    Discriminator(lambda value: "any" if isinstance(value, (list, tuple)) else "one"),
]
Asset = Annotated[
    Annotated[Name, Tag("one")] | Annotated[tuple[Step, ...], Field(min_length=1), Listed, Tag("path")],
    Discriminator(lambda value: "path" if isinstance(value, (list, tuple)) else "one"),
]
"""A name, or a path that begins with what the points look at; a list inside means any of them."""

Figure = Literal[
    "percent", "contacts_per_day", "longest_gap_s", "mean_gap_s", "revisit_s", "response_s", "age_95_s", "mean_assets"
]
WORSE = ("longest_gap_s", "mean_gap_s", "revisit_s", "response_s", "age_95_s")
"""The more, the worse."""

TITLES: dict[str, str] = {
    "percent": "time in contact",
    "contacts_per_day": "contacts",
    "longest_gap_s": "longest time without contact",
    "mean_gap_s": "mean gap",
    "revisit_s": "mean time from contact to contact",
    "response_s": "mean wait for a contact",
    "age_95_s": "age of data, not exceeded 95 % of the time",
    "mean_assets": "mean number of assets in contact",
}
MOST_POINTS = 250_000

POLAR_DEG = 80.0
"""Where a pole's surroundings begin, in small print: what serves a pole is not seen in the mean of the surface."""


class CoverageMap(Product):
    """How well each point of the Earth or the Moon is served: a map a figure, CSV, and NetCDF if asked for.

    Points look at spacecraft, bodies, or the first end of a relay's path, which counts while the rest of the path is
    open. Light time is left out. Each figure of merit says what becomes of contacts and gaps that the span cuts:
    docs/coverage.md.
    """

    kind: Literal["coverage"] = "coverage"
    file: Name = "coverage"
    """name of the files, without their endings; a map's name ends with its figure's"""
    body: Literal["earth", "moon"] = "moon"
    """whose surface"""
    assets: Annotated[tuple[Asset, ...], Listed, Field(min_length=1)]
    """spacecraft or bodies, each a name, or a path like ["queqiao", ["kashi", "jiamusi"]]"""
    at_least: Annotated[int, Field(ge=1)] = 1
    """how many assets at once make a contact"""
    step_deg: Annotated[Degrees, Field(ge=0.25, le=30)] = 4.0
    """distance between neighbouring points"""
    grid: Literal["equal_area", "latitude_longitude"] = "equal_area"
    """rings of points that stand for equal areas, or rows and columns"""
    height_m: Annotated[Meters, Field(ge=-12_000, le=100_000)] = 0.0
    """height of all points"""
    horizon_deg: Annotated[Degrees, Field(ge=-10, le=89)] = 0.0
    """least useful elevation at all points"""
    figures: Annotated[tuple[Figure, ...], Listed] = ("percent",)
    """which figures get a map; the table has all"""
    projection: Literal["flat", "faces"] = "flat"
    """one flat map, or both sides of the globe"""
    format: Literal["png", "svg"] = "png"
    title: Text = ""
    """the scenario's title if not given"""
    theme: Literal["light", "dark"] = "light"
    """dark ink on light paper, or the reverse"""
    netcdf: bool = False
    """whether a NetCDF file is written too; needs the extra `netcdf`"""

    in_reports: ClassVar[bool] = True

    @classmethod
    def files(cls, product: Any) -> list[str]:
        file, figures = cls.field_value(product, "file"), listed(cls.field_value(product, "figures"))
        drawn = dict.fromkeys(figure for figure in figures if isinstance(figure, str))
        maps = [f"{file}-{figure.removesuffix('_s')}.{cls.field_value(product, 'format')}" for figure in drawn]
        return [f"{file}.csv", *maps, *([f"{file}.nc"] if cls.field_value(product, "netcdf") is True else [])]

    @classmethod
    def problems(cls, product: Any, draft: Draft) -> Iterator[Complaint]:
        """What the points of a map look at: is it there, and does it not stand on the body itself?"""
        on, known = cls.field_value(product, "body"), [*draft.sites, *draft.spacecraft, *BODIES]
        for place, asset in enumerate(listed(get(product, "assets"))):
            for number, step in enumerate(listed(asset) or (asset,)):
                keys: Keys = ("assets", place, number) if listed(asset) else ("assets", place)
                for name in (each for each in listed(step) or (step,) if isinstance(each, str)):
                    if name not in known:
                        yield keys, f"no site or spacecraft is called {shown(name)}.{nearest(name, known)}"
                    elif number == 0 and on in (name, name in draft.sites and get(draft.sites[name], "body", "earth")):
                        yield keys, f"points of the {on} cannot look at {name!r}, which is on the {on} itself"

    @property
    def caption(self) -> str:
        return self.title or super().caption

    @model_validator(mode="after")
    def _fits(self) -> CoverageMap:
        if self.at_least > len(self.assets):
            raise ValueError(f"at_least is {self.at_least}, but there are only {len(self.assets)} assets")
        return self

    @property
    def ends(self) -> tuple[str, ...]:
        """The names that the assets use, each once."""
        return tuple(dict.fromkeys(name for path in self._paths() for name in names(path)))

    def write(self, result: Result, folder: Path, job: Job = NOTHING) -> list[Path]:
        """coverage.csv, a picture for each figure, and coverage.nc if asked for."""
        from sim.products.plot.coverage import coverage_map
        from sim.products.plot.fonts import quiet

        found = self.covered(result, job.progress)
        columns = found.columns()
        table = folder / f"{self.file}.csv"
        rows = zip(*(np.char.mod(_digits(name), values) for name, values in columns.items()), strict=True)
        table.write_text(csv_text(tuple(columns), _numbers(rows)), encoding="utf-8")
        written = [table]
        marks = [
            (end.latitude_deg, end.longitude_deg, end.name)
            for end in result.ends.values()
            if isinstance(end, Site) and end.body == self.body
        ]
        for figure in dict.fromkeys(self.figures):
            path = folder / f"{self.file}-{figure.removesuffix('_s')}.{self.format}"
            drawn = coverage_map(
                found.grid, columns[figure], TITLES[figure], coverages.unit(figure), self.title or result.title,
                projection=self.projection, reverse=figure in WORSE, marks=marks, note=self._note(found),
                theme=self.theme,
            )  # fmt: skip
            with quiet():
                drawn.savefig(path, metadata={"Software": None} if self.format == "png" else {"Date": None})
            written.append(path)
        if self.netcdf:
            written.append(_netcdf(found, folder / f"{self.file}.nc"))
        return written

    def covered(self, result: Result, progress: Callable[[str], None] = lambda text: None) -> Coverage:
        """The coverage itself."""
        on: Grid = (equal_area if self.grid == "equal_area" else latitude_longitude)(
            self.body, self.step_deg, self.height_m, next(iter(result.ends.values())).ephemeris
        )
        assets: dict[str, tuple[Access, ...]] = {}
        for path in self._paths():
            assets[_text(path)] = accesses(path, result.ends, result.span)
        return coverage(
            on, result.span, assets, horizon_deg=self.horizon_deg, at_least=self.at_least,
            progress=_bar(f"coverage of {len(on)} points", progress),
        )  # fmt: skip

    def _paths(self) -> list[tuple[str | tuple[str, ...], ...]]:
        return [(asset,) if isinstance(asset, str) else asset for asset in self.assets]

    def _note(self, found: Coverage) -> str:
        start, end = utc(np.array([found.span.start, found.span.end]), 0)
        several = f", at least {self.at_least} at once" if self.at_least > 1 else ""
        by = "; ".join(found.assets)
        known = found.grid.mean(found.known_percent)
        unknown = f"; for {100.0 - known:.3g} % of the time no orbit is known: left out" if known < 99.9995 else ""
        return (
            f"by {by}{several}; above {self.horizon_deg:g}° over a smooth surface; "
            f"{_minutes(start)} to {_minutes(end)} UTC; in contact: {_regions(found)}{unknown}"
        )


def _text(path: tuple[str | tuple[str, ...], ...]) -> str:
    return " → ".join(step if isinstance(step, str) else " | ".join(step) for step in path)


def _regions(found: Coverage) -> str:
    """How much of the time there is contact: on average over the surface, about the poles, and at best."""
    percent, grid = found.figures["percent"], found.grid
    told = [f"{grid.mean(percent):.2f} % of the time over the whole surface"]
    for pole, sign in (("N", 1.0), ("S", -1.0)):
        cap = (sign * grid.latitude_deg >= POLAR_DEG) & np.isfinite(percent)
        if cap.any():
            mean = float(np.average(percent[cap], weights=grid.weight[cap]))
            told.append(f"{mean:.2f} % beyond {POLAR_DEG:g}° {pole}")
    return ", ".join(told) + f", {np.nanmax(percent):.2f} % at most"


def _minutes(iso: str) -> str:
    return iso[:16].replace("T", " ")


def _digits(name: str) -> str:
    return "%.8g" if name == "weight" else "%.3f" if name.endswith("_s") else "%.5f"


def _numbers(rows: Iterator[Any]) -> Iterator[list[float | str]]:
    """Cells as numbers, so that a minus is no formula; empty where there is none."""
    for row in rows:
        yield ["" if cell == "nan" else float(cell) for cell in row]


def _bar(what: str, progress: Callable[[str], None]) -> Callable[[float], None]:
    """Tells a share as a bar of ten, with the time that is left, each time another tenth is done."""
    began, told = time.monotonic(), [-1]

    def tell(share: float) -> None:
        tenths = int(10 * share)
        if tenths > told[0]:
            told[0] = tenths
            left = (time.monotonic() - began) * (1.0 - share) / share
            progress(f"{what} {'█' * tenths}{'░' * (10 - tenths)} {100 * share:.0f} %, {left:.0f} s left")

    return tell


def _netcdf(found: Coverage, path: Path) -> Path:
    try:
        found.to_xarray().to_netcdf(path, engine="h5netcdf")
    except ImportError as error:
        raise SimError("netcdf = true needs xarray, h5netcdf and h5py: pip install 'farside-sim[netcdf]'") from error
    return path
