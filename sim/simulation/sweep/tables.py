"""The results of a chunk of cases as Arrow tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.core.time import utc_datetime64
from sim.scenario.sweep_table import Draw, Values
from sim.simulation.sweep.cases import Done
from sim.simulation.sweep.plan import Plan

if TYPE_CHECKING:
    import pyarrow as pa

PLAN = b"farside-sim.plan_sha256"
"""Key in the metadata of every part and table: the hash of their plan."""


def schemas(plan: Plan) -> dict[str, pa.Schema]:
    """The Arrow schemas of the tables of windows and of cases."""
    import pyarrow as pa

    when = pa.timestamp("us", tz="UTC")
    varied = [(each.key, _arrow(each.says, each.key in plan.whole)) for each in plan.varied]
    windows = [("start_utc", when), ("end_utc", when), ("duration_s", pa.float64()), ("cut_by_span", pa.bool_())]
    cases = [("windows", pa.int64()), ("total_s", pa.float64()), ("share", pa.float64()),
             ("longest_gap_s", pa.float64()), ("error", pa.string())]  # fmt: skip
    later = [("cut_by_data", pa.bool_()), ("unknown_after_s", pa.float64())]
    head, metadata = [("case", pa.int64()), ("route", pa.string())], {PLAN: plan.sha256.encode()}
    return {
        "windows": pa.schema([*head, *windows, *varied, *later], metadata=metadata),
        "cases": pa.schema([*head, *cases, *varied, ("known_s", pa.float64())], metadata=metadata),
    }


def tables(plan: Plan, schemas: dict[str, pa.Schema], done: Done) -> Iterator[pa.Table]:
    """The table of windows and the table of cases of a chunk."""
    import pyarrow as pa

    labels = {case: plan.labels(case) for case in range(done.chunk.first, done.chunk.last)}
    names = np.array(done.routes, dtype=object)

    def table(which: str, case: NDArray[np.int64], columns: dict[str, Any]) -> pa.Table:
        schema = schemas[which]
        for variable in plan.varied:
            values = [labels[int(each)][variable.key] for each in case]
            text = schema.field(variable.key).type == pa.string()
            columns[variable.key] = [_text(each) for each in values] if text else values
        return pa.table([pa.array(columns[n], type=schema.field(n).type) for n in schema.names], schema=schema)

    w, c = done.windows, done.cases
    starts, ends = (utc_datetime64(w[edge]).astype("datetime64[us]") for edge in ("start", "end"))
    yield table("windows", w["case"], {
        "case": w["case"], "route": names[w["route"]], "start_utc": starts, "end_utc": ends,
        "duration_s": w["end"] - w["start"], "cut_by_span": w["cut"],
        "cut_by_data": w["cut_by_data"], "unknown_after_s": w["unknown_after_s"],
    })  # fmt: skip
    order = np.argsort(np.concatenate((c["case"], np.array(sorted(done.failed), dtype=np.int64))), kind="stable")
    errors = [None] * len(c["case"]) + [done.failed[case] for case in sorted(done.failed)]
    blank = [None] * len(done.failed)

    def sorted_(values: NDArray[Any]) -> list[object]:
        listed = [*values.tolist(), *blank]
        return [listed[i] for i in order]

    case = np.concatenate((c["case"], np.array(sorted(done.failed), dtype=np.int64)))[order]
    with np.errstate(invalid="ignore"):
        share = c["total_s"] / c["known_s"]  # NaN if no time is known
    yield table("cases", case, {
        "case": case, "route": sorted_(names[c["route"]]), "windows": sorted_(c["windows"]),
        "total_s": sorted_(c["total_s"]), "share": sorted_(share), "known_s": sorted_(c["known_s"]),
        "longest_gap_s": sorted_(c["longest_gap_s"]), "error": [errors[i] for i in order],
    })  # fmt: skip


def shown(says: Values | Draw) -> object:
    """A variable as it is in sweep.json, with the first values of a long list."""
    if isinstance(says, Draw):
        return says.shown()
    labels = [says.label(i) for i in range(min(len(says.values), 20))]
    return labels if len(labels) == len(says.values) else {"values": len(says.values), "first": labels}


def _arrow(says: Values | Draw, whole: bool) -> pa.DataType:
    import pyarrow as pa

    if isinstance(says, Draw):
        return pa.string() if says.instants else pa.int64() if whole else pa.float64()
    labels = [says.label(i) for i in range(len(says.values))]
    if all(isinstance(each, bool) for each in labels):
        return pa.bool_()
    numbers = [each for each in labels if isinstance(each, (int, float)) and not isinstance(each, bool)]
    if len(numbers) < len(labels):
        return pa.string()
    if whole and all(float(each).is_integer() for each in numbers):
        return pa.int64()
    return pa.int64() if all(isinstance(each, int) for each in numbers) else pa.float64()


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, (dt.date, dt.time)) else str(value)
