"""Contact plan: the windows of routes and links, as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np

from sim.core.files import json_text
from sim.core.model import Listed, Name
from sim.core.time import utc
from sim.products.columns import Cell, Row, as_csv, as_frame, as_shown
from sim.products.table import Table, taken
from sim.scenario.product import NOTHING, Job
from sim.trajectories.multi_phase import limited_by_data
from sim.trajectories.sites import Site
from sim.visibility.edge_columns import COLUMNS as EDGE_COLUMNS
from sim.visibility.routes import hop_text, hops, route_text, steps

if TYPE_CHECKING:
    from sim.visibility.result import Columns, Result
    from sim.visibility.routes import Hop

COLUMNS = (
    "of", "kind", "path", "start_utc", "end_utc", "duration_s", "opened_by", "closed_by", "data_limited", "basis",
    "element_age_days", *EDGE_COLUMNS, "unknown_before_s", "unknown_after_s",
)  # fmt: skip


class ContactPlan(Table):
    """All windows of routes and of their hops, with the limits that open and close them (CSV and JSON).

    The windows of routes are in `contact-plan.csv`, those of hops in `contact-plan-hops.csv`, and both in the JSON,
    under `routes` and `hops`. A hop is written `transmitter->receiver`, a path with `|` between alternative ends.
    Times are UTC at the receiver of a hop, and at the last receiver of a route. Earlier hops of a route are evaluated
    at their own, earlier times. `opened_by` and `closed_by` name the limit that makes an edge, or `span start` and
    `span end`. `data_limited` is `start`, `end` or `both` where an edge comes from the end of the span or of the data,
    not from geometry. `basis` is the weakest basis of the ends during the window. `element_age_days` is the largest
    distance of their element sets from their epochs. `start_sigma_s` and `end_sigma_s` are standard deviations of the
    edges. `probability` is the probability that the window exists: below 0.999 the window is grazing, and its edges
    are less certain than their standard deviations. Empty cells (null) mean unknown: the errors of an orbit are not
    known, or the span or missing data cut the edge. `unknown_before_s` and `unknown_after_s` are the parts of the time
    to the neighboring windows, or to the ends of the span, without a known orbit. They do not count as gaps. The JSON
    lists them under `unknown`, with the reason. Windows are not changed by the rules `[passes]`. Local times are those
    of the receiver.
    """

    kind: Literal["contact_plan"] = "contact_plan"
    file: Name = "contact-plan"
    """file names without extension"""
    routes: Annotated[tuple[Name, ...], Listed] | None = None
    """routes; default: all"""

    usual: ClassVar[tuple[str, ...]] = COLUMNS
    time_columns: ClassVar[tuple[str, ...]] = ("start_utc", "end_utc")
    of_routes: ClassVar[bool] = True

    @classmethod
    def files(cls, product: object) -> list[str]:
        """The table of routes, that of hops, and the tree."""
        file = cls.field_value(product, "file")
        return [f"{file}.csv", f"{file}-hops.csv", f"{file}.json"]

    def write(self, result: Result, folder: Path, job: Job = NOTHING) -> list[Path]:
        """Write contact-plan.csv, contact-plan-hops.csv and contact-plan.json."""
        names = list(result.routes) if self.routes is None else list(self.routes)
        legs = list(dict.fromkeys(hop for name in names for hop in hops(result.paths[name])))
        head = {
            "title": result.title,
            "start_utc": utc(result.span.start),
            "end_utc": utc(result.span.end),
            "times": "UTC at the receiver of a hop, at the last receiver of a route",
            "light_time": result.light,
        }
        paths = [folder / name for name in self.files(self)]
        both: dict[str, list[Row]] = {}
        wanted: list[tuple[str, Sequence[str | Hop]]] = [("routes", names), ("hops", legs)]
        for path, (key, asked) in zip(paths, wanted, strict=False):
            columns = self.listed(result, asked)
            path.write_text(as_csv(columns), encoding="utf-8")
            both[key] = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        unknown = unknown_times(result, self.routes)
        paths[2].write_text(json_text({**head, **both, "unknown": unknown}), encoding="utf-8")
        return paths

    def listed(self, result: Result, asked: Sequence[str | Hop]) -> dict[str, list[Cell]]:
        """The columns to write of some routes or hops, in the order asked for."""
        columns = windows_of(result, asked)
        zone = {label(of): _zone(result, of) for of in asked}
        zones = [zone[of] for of in columns["of"]]
        chosen, rows = self.chosen(zones), self.rows_in_order(columns, "of")
        shown = _shown(columns) | self.clocks(columns, zones)
        return taken({name: shown[name] for name in chosen}, rows)


def _zone(result: Result, of: str | Hop) -> str:
    """The time zone of the last receiver of a route or hop; an empty text if there are several, or it has none."""
    last = steps(result.paths[of] if isinstance(of, str) else of)[-1]
    ends = [result.ends[name] for name in last]
    found = {end.time_zone if isinstance(end, Site) else "" for end in ends}
    return found.pop() if len(found) == 1 else ""


def table(result: Result, names: Sequence[str] | None = None) -> Columns:
    """The plan as columns: routes first, then the hops that they use, each in order of time; times in TDB seconds.

    names : of the routes; all if not given
    """
    return windows_of(result, _named(result, names))


def windows_of(result: Result, named: Sequence[str | Hop]) -> Columns:
    """The windows of some routes (by name) and hops as columns, in order of these and of time; times in TDB seconds."""
    edges = result.edge_table
    rows = [result.rows(of) for of in named]
    counts = [each.stop - each.start for each in rows]
    starts, many = np.array([each.start for each in rows], dtype=np.intp), np.array(counts, dtype=np.intp)
    windows = np.arange(many.sum()) + np.repeat(starts - np.cumsum(many) + many, many)
    texts = edges.texts
    opened, closed = ([texts[2 * row + side] for row in windows.tolist()] for side in (0, 1))

    def repeated(each: Iterable[str]) -> list[str]:
        return [text for text, count in zip(each, counts, strict=True) for _ in range(count)]

    return {
        "of": repeated(label(of) for of in named),
        "kind": repeated(_kind(of) for of in named),
        "path": repeated(route_text(result.paths[of] if isinstance(of, str) else of) for of in named),
        "start_utc": edges.bounds[windows, 0],
        "end_utc": edges.bounds[windows, 1],
        "duration_s": edges.durations_s[windows],
        "opened_by": opened,
        "closed_by": closed,
        "data_limited": _data_limited(opened, closed),
        **result.known_of(windows),
    }


def frame(result: Result, names: Sequence[str] | None = None) -> Any:
    """The plan as a pandas frame: numbers as they are, times in UTC."""
    return as_frame(table(result, names), COLUMNS)


def contact_rows(result: Result, names: tuple[str, ...] | None = None) -> list[Row]:
    """Rows of the plan: routes, then their hops, each in order of time."""
    columns = _shown(table(result, names))
    return [dict(zip(COLUMNS, row, strict=True)) for row in zip(*(columns[name] for name in COLUMNS), strict=True)]


def _shown(columns: Columns) -> dict[str, list[Cell]]:
    digits = {"duration_s": 3, "element_age_days": 2, "unknown_before_s": 3, "unknown_after_s": 3}
    return as_shown(columns, digits)


def unknown_times(result: Result, names: tuple[str, ...] | None = None) -> list[Row]:
    """Times at which it is unknown whether routes and hops are open, in the same order, with the reason."""
    return [
        {"of": label(of), "kind": _kind(of), "start_utc": utc(start), "end_utc": utc(end),
         "duration_s": round(end - start, 3), "why": why}
        for of in _named(result, names)
        for start, end, why in result.unknown(of)
    ]  # fmt: skip


def _named(result: Result, names: Sequence[str] | None) -> list[str | Hop]:
    """Routes, then their hops."""
    chosen = list(result.routes) if names is None else list(names)
    return [*chosen, *dict.fromkeys(hop for name in chosen for hop in hops(result.paths[name]))]


def label(of: str | Hop) -> str:
    """How tables write a route or a hop."""
    return of if isinstance(of, str) else hop_text(of)


def _kind(of: str | Hop) -> str:
    return "route" if isinstance(of, str) else "hop"


def path_text(path: Sequence[str | Sequence[str]]) -> str:
    """Text of a path for people: `change4 → queqiao → kourou | maspalomas`."""
    return " → ".join(step if isinstance(step, str) else " | ".join(step) for step in path)


def _data_limited(opened: Sequence[str], closed: Sequence[str]) -> list[str]:
    """Which edges of windows come from missing data or the ends of the span: start, end, both, or an empty text."""
    limited = {cause for cause in {*opened, *closed} if cause.startswith("span ") or limited_by_data(cause)}
    said = {(True, True): "both", (True, False): "start", (False, True): "end", (False, False): ""}
    return [said[start in limited, end in limited] for start, end in zip(opened, closed, strict=True)]
