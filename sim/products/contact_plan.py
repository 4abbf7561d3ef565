"""Contact plan: the windows of routes and links, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from sim.core.files import csv_text, json_text
from sim.core.model import Listed, Name
from sim.core.time import utc
from sim.scenario.product import NOTHING, Job, Product
from sim.trajectories.multi_phase import limited_by_data
from sim.visibility.result import Result
from sim.visibility.routes import Hop, hops
from sim.visibility.uncertainty import COLUMNS as EDGE_COLUMNS

COLUMNS = (
    "of", "kind", "path", "start_utc", "end_utc", "duration_s", "opened_by", "closed_by", "data_limited", "basis",
    "element_age_days", *EDGE_COLUMNS, "unknown_before_s", "unknown_after_s",
)  # fmt: skip


Row = dict[str, str | float | None]
"""One row of the plan: a value per column, None for unknown."""


class ContactPlan(Product):
    """All windows of routes and their hops, with the limits that open and close them (CSV and JSON).

    Times are UTC at the receiver of a hop, and at the last receiver of a route. Earlier hops of a route are evaluated
    at their own, earlier times. `opened_by` and `closed_by` name the limit that makes an edge, or `span start` and
    `span end`. `data_limited` is `start`, `end` or `both` where an edge comes from the end of the span or of the data,
    not from geometry. `basis` is the weakest basis of the ends during the window. `element_age_days` is the largest
    distance of their element sets from their epochs. `start_sigma_s` and `end_sigma_s` are standard deviations of the
    edges. `probability` is the probability that the window exists: below 0.999 the window is grazing, and its edges
    are less certain than their standard deviations. Empty cells (null) mean unknown: the errors of an orbit are not
    known, or the span or missing data cut the edge. `unknown_before_s` and `unknown_after_s` are the parts of the time
    to the neighboring windows, or to the ends of the span, without a known orbit. They do not count as gaps. The JSON
    lists them under `unknown`, with the reason.
    """

    kind: Literal["contact_plan"] = "contact_plan"
    file: Name = "contact-plan"
    """file names without extension"""
    routes: Annotated[tuple[Name, ...], Listed] | None = None
    """routes; default: all"""

    endings: ClassVar[tuple[str, ...]] = ("csv", "json")
    of_routes: ClassVar[bool] = True

    def write(self, result: Result, folder: Path, job: Job = NOTHING) -> list[Path]:
        """Write contact-plan.csv and contact-plan.json."""
        rows = contact_rows(result, self.routes)
        table, tree = folder / f"{self.file}.csv", folder / f"{self.file}.json"
        table.write_text(csv_text(COLUMNS, [[row[column] for column in COLUMNS] for row in rows]), encoding="utf-8")
        head = {
            "title": result.title,
            "start_utc": utc(result.span.start),
            "end_utc": utc(result.span.end),
            "times": "UTC at the receiver of a hop, at the last receiver of a route",
            "light_time": result.light,
        }
        unknown = unknown_times(result, self.routes)
        tree.write_text(json_text({**head, "contacts": rows, "unknown": unknown}), encoding="utf-8")
        return [table, tree]


def contact_rows(result: Result, names: tuple[str, ...] | None = None) -> list[Row]:
    """Rows of the plan: routes, then their hops, each in order of time."""
    return [row for each in _named(result, names) for row in _rows(result, *each)]


def unknown_times(result: Result, names: tuple[str, ...] | None = None) -> list[Row]:
    """Times at which it is unknown whether routes and hops are open, in the same order, with the reason."""
    return [
        {"of": _label(of), "kind": kind, "start_utc": utc(start), "end_utc": utc(end),
         "duration_s": round(end - start, 3), "why": why}
        for of, kind, _ in _named(result, names)
        for start, end, why in result.unknown(of)
    ]  # fmt: skip


def _named(result: Result, names: tuple[str, ...] | None) -> list[tuple[str | Hop, str, str]]:
    """Routes, then their hops, each with its kind and the text of its path."""
    chosen = list(result.routes) if names is None else list(names)
    legs = dict.fromkeys(hop for name in chosen for hop in hops(result.paths[name]))
    ways: list[tuple[str | Hop, str, str]] = [(name, "route", path_text(result.paths[name])) for name in chosen]
    return ways + [(leg, "hop", path_text(leg)) for leg in legs]


def _label(of: str | Hop) -> str:
    return of if isinstance(of, str) else f"{of[0]}–{of[1]}"


def path_text(path: Sequence[str | Sequence[str]]) -> str:
    """Text of a path: `change4 → queqiao → kourou | maspalomas`."""
    return " → ".join(step if isinstance(step, str) else " | ".join(step) for step in path)


def _rows(result: Result, of: str | Hop, kind: str, path: str) -> list[Row]:
    windows = result.routes[of] if isinstance(of, str) else result.hops[of]
    edges, known = result.edges(of), zip(result.bases(of), result.element_ages_days(of), strict=True)
    starts, ends = utc(windows.bounds[:, 0]), utc(windows.bounds[:, 1])
    uncertainties = result.uncertainty(of)
    return [
        {
            "of": _label(of),
            "kind": kind,
            "path": path,
            "start_utc": start,
            "end_utc": end,
            "duration_s": round(float(seconds), 3),
            "opened_by": opened,
            "closed_by": closed,
            "data_limited": _data_limited(opened, closed),
            "basis": basis,
            "element_age_days": None if age is None else round(age, 2),
            **uncertainty.columns,
            "unknown_before_s": round(float(before), 3),
            "unknown_after_s": round(float(after), 3),
        }
        for start, end, seconds, (opened, closed), (basis, age), uncertainty, (before, after) in zip(
            starts, ends, windows.durations_s, edges, known, uncertainties, windows.unknown_beside_s, strict=True
        )
    ]


def _data_limited(opened: str, closed: str) -> str:
    """Which edges of a window come from missing data or the ends of the span: start, end, both, or an empty text."""
    start, end = (cause.startswith("span ") or limited_by_data(cause) for cause in (opened, closed))
    return "both" if start and end else "start" if start else "end" if end else ""
