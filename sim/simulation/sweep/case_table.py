"""One row a case, as CSV: its inputs, and every measure of every route beside each other."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from sim.core.files import csv_text

if TYPE_CHECKING:
    import pyarrow.parquet as pq

FILE = "cases.csv"

MEASURES = ("windows", "total_s", "share", "longest_gap_s")
"""The measures of a route, in the order of their columns."""

AT_ONCE = 1000
"""Number of rows that are written together."""


def write(cases: Path, folder: Path, vary: Sequence[str], routes: Sequence[str]) -> None:
    """Write cases.csv from the table of cases and routes.

    The table is read in pieces: memory does not grow with the number of cases.

    Parameters
    ----------
    cases
        The Parquet table, in order of cases.
    folder
        Where to write.
    vary
        Names of the inputs.
    routes
        Names of the rows that cases have; cells of those that a case does not have are empty.
    """
    import pyarrow.parquet as pq

    head = ["case", *vary, *(f"{route}: {measure}" for route in routes for measure in MEASURES), "error"]
    rows = _rows(pq.ParquetFile(cases), vary, routes)
    with (folder / FILE).open("w", encoding="utf-8", newline="") as file:
        file.write(csv_text(head, []))
        while some := list(islice(rows, AT_ONCE)):
            file.write(csv_text((), some).partition("\n")[2])


def _rows(table: pq.ParquetFile, vary: Sequence[str], routes: Sequence[str]) -> Iterator[list[object]]:
    number, inputs, error = -1, list[object](), ""
    found: dict[str, list[object]] = {}

    def row() -> list[object]:
        return [number, *inputs, *(x for route in routes for x in found.get(route, [""] * len(MEASURES))), error]

    for batch in table.iter_batches(columns=["case", "route", *MEASURES, "error", *vary]):
        for each in batch.to_pylist():
            if each["case"] != number:
                if number >= 0:
                    yield row()
                number, inputs, found = each["case"], [_cell(each[key]) for key in vary], {}
            error = each["error"] or ""
            if each["route"] is not None:
                found[each["route"]] = [_cell(each[measure]) for measure in MEASURES]
    if number >= 0:
        yield row()


def _cell(value: object) -> object:
    """A value of a cell; numbers that are not known are empty."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return str(value).lower() if isinstance(value, bool) else value
