"""Statistics: how much contact there is, by day and month, and how long the gaps are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from sim.core.files import csv_text
from sim.core.model import Listed, Name
from sim.planning.statistics import statistics
from sim.products.columns import Cell
from sim.scenario.product import NOTHING, Job, Product
from sim.search.windows import overlap
from sim.visibility.routes import hop_text, hops

if TYPE_CHECKING:
    from sim.search.windows import Windows
    from sim.visibility.result import Result

COLUMNS = (
    "of", "name", "period", "known_h", "open_h", "hours_per_day", "passes", "passes_per_day", "gaps", "gap_mean_s",
    "gap_median_s", "gap_95_s", "gap_longest_s", "worst_day_h", "required_met_percent", "required_share_percent",
)  # fmt: skip


class ContactStatistics(Product):
    """Hours a day, passes a day and gaps of every route, link, station and spacecraft: CSV.

    One row for the whole span (`period` is `span`), one for every month and one for every day, in UTC. A station counts
    while any of its links is open, a spacecraft or lander while any station has it in sight, directly or by relay.
    Time in which no orbit is known is neither open nor closed: hours and passes are a day of known time, and a gap that
    unknown time or the span cuts is not counted. Of the days that lie in the span and are known throughout,
    `worst_day_h` is the one with the least contact, `required_met_percent` the share with at least `min_hours_per_day`,
    and `required_share_percent` the share of the required hours that there are, a day counting at most in full.
    """

    kind: Literal["statistics"] = "statistics"
    file: Name = "statistics"
    """name of the file, without its ending"""
    routes: Annotated[tuple[Name, ...], Listed] | None = None
    """routes that are counted, with their links and ends; all if not given"""
    min_hours_per_day: Annotated[float, Field(gt=0, le=24)] | None = None
    """contact that is required every day, h"""

    endings: ClassVar[tuple[str, ...]] = ("csv",)
    of_routes: ClassVar[bool] = True

    def write(self, result: Result, folder: Path, job: Job = NOTHING) -> list[Path]:
        """Write statistics.csv."""
        names = list(result.routes) if self.routes is None else list(self.routes)
        rows = [row for of, name, windows in counted(result, names) for row in self._rows(of, name, windows)]
        path = folder / f"{self.file}.csv"
        path.write_text(csv_text(COLUMNS, rows), encoding="utf-8")
        return [path]

    def _rows(self, of: str, name: str, windows: Windows) -> Iterator[list[Cell]]:
        for each in statistics(windows, self.min_hours_per_day):
            worst_h = None if each.worst_day_s is None else each.worst_day_s / 3600.0
            required = (None if share is None else 100.0 * share for share in (each.required, each.required_share))
            yield [
                of, name, each.period, round(each.known_s / 3600.0, 4), round(each.open_s / 3600.0, 4),
                _rounded(each.hours_per_day, 4), each.passes, _rounded(each.passes_per_day, 3), each.gaps,
                *(_rounded(x, 1) for x in (each.gap_mean_s, each.gap_median_s, each.gap_95_s, each.gap_longest_s)),
                _rounded(worst_h, 4), *(_rounded(share, 2) for share in required),
            ]  # fmt: skip


def counted(result: Result, names: list[str]) -> Iterator[tuple[str, str, Windows]]:
    """What the table counts: `route`, `link`, `station` or `spacecraft`, its name, and when there is contact."""
    from sim.planning.stations import station_windows

    for name in names:
        yield "route", name, result.routes[name]
    for leg in dict.fromkeys(hop for name in names for hop in hops(result.paths[name])):
        yield "link", hop_text(leg), result.hops[leg]
    pairs = station_windows(result, names)
    for place, of in ((1, "station"), (0, "spacecraft")):
        for end in dict.fromkeys(pair[place] for pair in pairs):
            yield of, end, overlap([windows for pair, (windows, _) in pairs.items() if pair[place] == end], 1)


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
