"""Who can talk to whom, and when: the table that planners start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from sim.core.files import csv_text, json_text
from sim.core.model import Listed, Name
from sim.core.time import utc
from sim.scenario.product import NOTHING, Job, Product
from sim.trajectories.multi_phase import limited_by_data
from sim.visibility.result import Result
from sim.visibility.routes import Hop, hops
from sim.visibility.uncertainty import COLUMNS as SURENESS

COLUMNS = (
    "of", "kind", "path", "start_utc", "end_utc", "duration_s", "opened_by", "closed_by", "data_limited", "basis",
    "element_age_days", *SURENESS, "unknown_before_s", "unknown_after_s",
)  # fmt: skip


class ContactPlan(Product):
    """Every window of every route and of its hops, with what opened and what closed it: CSV and JSON.

    Times are UTC at the receiving end of a hop, and at the last end of a route, where every earlier hop was taken at
    its own, earlier time. `opened_by` and `closed_by` name the limits; a window that the span cuts says `span start`,
    `span end`. `data_limited` says which edges (start, end, both) are none of the geometry's: there the span ends, or
    what is known of an end. `basis` is the weakest of what the ends are in that window, `element_age_days` how far
    their element sets get from their epochs in it, where they come from such. `start_sigma_s` and `end_sigma_s` are
    standard deviations of the edges, `probability` is that the window exists at all: below 0.999 it is a grazing one,
    whose edges are less sure than they say. Empty (null) is unknown: where nobody has counted an orbit's errors, and
    where the span or missing data make an edge. `unknown_before_s` and `unknown_after_s` say for how long, of the time
    to the neighboring windows or to the span's ends, nobody knows, since no orbit of an end is known: that is no gap.
    The JSON lists all such times under `unknown`, each with why.
    """

    kind: Literal["contact_plan"] = "contact_plan"
    file: Name = "contact-plan"
    """name of the files, without their endings"""
    routes: Annotated[tuple[Name, ...], Listed] | None = None
    """which routes; all if not given"""

    endings: ClassVar[tuple[str, ...]] = ("csv", "json")
    of_routes: ClassVar[bool] = True

    def write(self, result: Result, folder: Path, job: Job = NOTHING) -> list[Path]:
        """contact-plan.csv and contact-plan.json."""
        rows = contact_rows(result, self.routes)
        table, tree = folder / f"{self.file}.csv", folder / f"{self.file}.json"
        table.write_text(csv_text(COLUMNS, [[row[column] for column in COLUMNS] for row in rows]), encoding="utf-8")
        head = {
            "title": result.title,
            "start_utc": utc(result.span.start),
            "end_utc": utc(result.span.end),
            "times": "UTC at the receiving end of a hop, at the last end of a route",
            "light_time": result.light,
        }
        unknown = unknown_times(result, self.routes)
        tree.write_text(json_text({**head, "contacts": rows, "unknown": unknown}), encoding="utf-8")
        return [table, tree]


def contact_rows(result: Result, names: tuple[str, ...] | None = None) -> list[dict[str, Any]]:
    """The rows of the plan: routes first, then the hops that they use, each in order of time."""
    return [row for each in _named(result, names) for row in _rows(result, *each)]


def unknown_times(result: Result, names: tuple[str, ...] | None = None) -> list[dict[str, Any]]:
    """When nobody knows whether routes and their hops are open, in the same order, each with why."""
    return [
        {"of": _label(of), "kind": kind, "start_utc": utc(start), "end_utc": utc(end),
         "duration_s": round(end - start, 3), "why": why}
        for of, kind, _ in _named(result, names)
        for start, end, why in result.unknown(of)
    ]  # fmt: skip


def _named(result: Result, names: tuple[str, ...] | None) -> list[tuple[str | Hop, str, str]]:
    """Routes, then the hops that they use: each with its kind and how its path reads."""
    chosen = list(result.routes) if names is None else list(names)
    legs = dict.fromkeys(hop for name in chosen for hop in hops(result.paths[name]))
    ways: list[tuple[str | Hop, str, str]] = [(name, "route", path_text(result.paths[name])) for name in chosen]
    return ways + [(leg, "hop", path_text(leg)) for leg in legs]


def _label(of: str | Hop) -> str:
    return of if isinstance(of, str) else f"{of[0]}–{of[1]}"


def path_text(path: Any) -> str:
    """How a path reads: `change4 → queqiao → kourou | maspalomas`."""
    return " → ".join(step if isinstance(step, str) else " | ".join(step) for step in path)


def _rows(result: Result, of: str | Hop, kind: str, path: str) -> list[dict[str, Any]]:
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
    """Which edges of a window missing data made, or the span's ends: start, end, both or neither."""
    start, end = (cause.startswith("span ") or limited_by_data(cause) for cause in (opened, closed))
    return "both" if start and end else "start" if start else "end" if end else ""
