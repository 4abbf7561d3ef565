"""Compares the plans of two results: their tracks, from their tables, with the sigma of the passes that they follow."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path

from sim.core.errors import DataError
from sim.core.regular_files import read_bytes
from sim.core.text import some
from sim.core.time import tdb, utc
from sim.planning.schedule.compare import Comparison, Sigmas, TrackChange, compare
from sim.planning.schedule.request import Track
from sim.simulation import record
from sim.simulation.plan_file import MAX_BYTES

PLAN = frozenset({"mission", "start_utc", "end_utc"})
"""Columns by which a table is known as a plan or a schedule, with the one or the other of `WHERE`."""
WHERE = frozenset({"station", "antennas"})
"""A plan has one station a track; a schedule has antennas, with + between them, and requests."""
PASSES = frozenset({"site", "target", "aos_utc", "los_utc", "start_sigma_s", "end_sigma_s"})
"""Columns by which a table is known as one of passes with uncertainties."""
SAME_S = 2e-3
"""Times of tables are written to the millisecond."""

Edges = tuple[float, float]
Row = Mapping[str, str]


@dataclass(frozen=True)
class PlanTable:
    """The tracks of a plan.

    Attributes
    ----------
    tracks : tuple of Track
        In the order of the table. A track of a plan stands for its mission, of a schedule for its request.
    sigmas : mapping of Track to (float or None, float or None)
        Standard deviations of their edges (s): of the pass, where a track begins or ends with it; 0 for other times,
        which the plan chose; None if unknown.
    """

    tracks: tuple[Track, ...]
    sigmas: Mapping[Track, Sigmas]


@dataclass(frozen=True)
class PlanDifferences:
    """What two results plan differently.

    Attributes
    ----------
    each : mapping of str to Comparison
        By the name of the table.
    only_first, only_second : tuple of str
        Plans that only one side has. They are not compared, and no difference.
    """

    each: Mapping[str, Comparison]
    only_first: tuple[str, ...] = ()
    only_second: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether any track differs by more than noise."""
        return any(self.each.values())

    def as_json(self) -> dict[str, object]:
        """Everything as values that JSON has: a list of changes for each plan."""
        return {name: [_as_json(each) for each in found.changed] for name, found in self.each.items()}

    def __str__(self) -> str:
        """A sentence for each plan."""
        told = [f"{name}: tracks {comparison}" for name, comparison in self.each.items()]
        told += [f"{name} is only in the first" for name in self.only_first]
        told += [f"{name} is only in the second" for name in self.only_second]
        return "\n".join(told)


def is_plan_table(path: Path) -> bool:
    """Whether a file is the table of a plan or a schedule (CSV). Raises `DataError` if it is no regular file."""
    if path.suffix.lower() != ".csv" or path.is_dir():
        return False
    try:
        head = next(csv.reader(io.StringIO(read_bytes(path, MAX_BYTES).decode("utf-8-sig", "replace"), newline="")), [])
    except csv.Error:
        return False
    return _is_plan(head)


def plans_of(path: Path) -> dict[str, PlanTable]:
    """Reads the plans of a result's folder, or the one of a table.

    Parameters
    ----------
    path
        A folder of `sim run`, or the table of a plan (CSV). Of a folder, tables of passes tell how uncertain edges are.

    Returns
    -------
    dict
        By the name of the table. Empty for anything else: a scenario, a contact plan.

    Raises
    ------
    DataError
        With the line, if a table of a plan cannot be read.
    """
    if not path.is_dir():
        return {path.name: _plan(path, {})} if is_plan_table(path) else {}
    tables = [path / name for name in record.read(path).products if name.endswith(".csv")]
    known = {each: _table(each) for each in tables if each.is_file()}
    passes: dict[tuple[str, str], list[tuple[Edges, Sigmas]]] = {}
    for each, (head, rows) in known.items():
        if set(head) >= PASSES:
            for line, row in rows:
                entry = (_edges(each, line, row, "aos_utc", "los_utc"), (_sigma(row, "start"), _sigma(row, "end")))
                passes.setdefault((row["site"], row["target"]), []).append(entry)
    return {each.name: _plan(each, passes) for each, (head, _) in known.items() if _is_plan(head)}


def plan_differences(
    first: Path, second: Path, tolerance_s: float, span: tuple[float, float] | None = None
) -> PlanDifferences:
    """Compares the plans of two results.

    Parameters
    ----------
    first, second
        Folders of results, or tables of plans. Plans of one name are compared; a table with the only plan of a folder.
    tolerance_s
        Shift of an edge that is ignored (s).
    span
        The time that both cover (TDB s); tracks outside it are left out, and cut at its ends.

    Returns
    -------
    PlanDifferences
        Empty if neither side has a plan, or only scenarios are compared.

    Raises
    ------
    DataError
        If a table cannot be read, or if a table is compared with something that has no plan or several.
    """
    a, b = plans_of(first), plans_of(second)
    if not all(path.is_dir() for path in (first, second)) and (is_plan_table(first) or is_plan_table(second)):
        for path, plans in ((first, a), (second, b)):
            if len(plans) != 1:
                found = f"{path} has {some(plans)}" if plans else f"{path} has no plan"
                raise DataError(f"{found}: expected one. A plan is compared with a plan, or with a result that has one")
        (name,) = b
        a = {name: next(iter(a.values()))}
    each = {name: _compared(a[name], b[name], tolerance_s, span) for name in a if name in b}
    only = (tuple(name for name in one if name not in other) for one, other in ((a, b), (b, a)))
    return PlanDifferences(each, *only)


def _as_json(change: TrackChange) -> dict[str, object]:
    track, (start, end) = change.track, change.shifts_s
    return {
        "mission": track.mission, "antennas": list(track.antennas), "change": change.kind, "noise": change.noise,
        "start_utc": utc(track.start), "end_utc": utc(track.end), "start_later_s": start, "end_later_s": end,
        "start_sigma": _finite(change.sigmas[0]), "end_sigma": _finite(change.sigmas[1]),
    }  # fmt: skip


def _finite(sigma: float | None) -> float | None:
    """A number of sigmas; None if it is unknown, or infinite since the time was chosen."""
    return sigma if sigma is not None and isfinite(sigma) else None


def _compared(a: PlanTable, b: PlanTable, tolerance_s: float, span: tuple[float, float] | None) -> Comparison:
    first, second = dict(_cut(a, span)), dict(_cut(b, span))
    return compare(list(first), list(second), lambda track: first.get(track, (None, None)), same_s=tolerance_s)


def _cut(plan: PlanTable, span: tuple[float, float] | None) -> Iterator[tuple[Track, Sigmas]]:
    """The tracks inside a span, and the sigmas of their edges."""
    early, late = span or (float("-inf"), float("inf"))
    for each in plan.tracks:
        start, end = max(each.start, early), min(each.end, late)
        if start < end:
            yield replace(each, start=start, end=end), plan.sigmas[each]


def _is_plan(head: Collection[str]) -> bool:
    return set(head) >= PLAN and not WHERE.isdisjoint(head)


def _plan(path: Path, passes: Mapping[tuple[str, str], list[tuple[Edges, Sigmas]]]) -> PlanTable:
    sigmas: dict[Track, Sigmas] = {}
    for line, row in _table(path)[1]:
        where = row.get("station") or row.get("antennas") or ""
        if not (row["mission"] and where):
            raise DataError(f"{path} line {line}: a cell of the columns mission, station or antennas is empty")
        start, end = _edges(path, line, row, "start_utc", "end_utc")
        name = row.get("request") or row["mission"]
        track = Track(name, row["mission"], tuple(where.split("+")), start, end, start, end)
        sigmas[track] = _of_pass(path, line, row, track, passes.get((where, row["mission"]), []))
    return PlanTable(tuple(sigmas), sigmas)


def _of_pass(path: Path, line: int, row: Row, track: Track, passes: list[tuple[Edges, Sigmas]]) -> Sigmas:
    around = [each for each, _ in passes if each[0] - SAME_S <= track.start and track.end <= each[1] + SAME_S]
    if row.get("pass_start_utc") and row.get("pass_end_utc"):
        opens, closes = _edges(path, line, row, "pass_start_utc", "pass_end_utc")
    elif around:
        opens, closes = around[0]
    else:
        return None, None
    near = (sigmas for (a, b), sigmas in passes if abs(a - opens) <= SAME_S and abs(b - closes) <= SAME_S)
    first, last = next(near, (None, None))
    return (
        first if abs(track.start - opens) <= SAME_S else 0.0,
        last if abs(track.end - closes) <= SAME_S else 0.0,
    )


def _table(path: Path) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """The columns of a table, and its rows with their lines."""
    try:
        reader = csv.DictReader(io.StringIO(read_bytes(path, MAX_BYTES).decode("utf-8-sig"), newline=""))
        head = list(reader.fieldnames or ())
        return head, [(reader.line_num, {key: row[key] or "" for key in head}) for row in reader]
    except (UnicodeDecodeError, csv.Error, ValueError, TypeError) as error:
        raise DataError(f"{path} cannot be read as a table: {error}") from error


def _edges(path: Path, line: int, row: Row, first: str, last: str) -> Edges:
    try:
        start, end = (float(tdb(row[key])) for key in (first, last))
    except (ValueError, TypeError) as error:
        raise DataError(f"{path} line {line}: {first} or {last} is no time: {error}") from error
    if not start < end:
        raise DataError(f"{path} line {line}: expected {first} before {last}")
    return start, end


def _sigma(row: Row, edge: str) -> float | None:
    """A standard deviation; None if the cell is empty, as where it is unknown."""
    try:
        sigma = float(row[f"{edge}_sigma_s"])
    except ValueError:
        return None
    return sigma if 0.0 <= sigma < float("inf") else None
