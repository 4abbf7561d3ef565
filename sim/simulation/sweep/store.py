"""What a sweep keeps: parts as chunks are done, and tables when all are. Every file is whole or not there."""

from __future__ import annotations

import json
import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from sim.core.errors import DataError, SimError
from sim.core.files import csv_text, json_text, whole_file
from sim.core.time import utc_datetime64
from sim.scenario.sweep_table import Draw, Values
from sim.simulation.sweep.cases import Done
from sim.simulation.sweep.plan import Plan

PACKAGES = ("farside-sim", "numpy", "pyarrow")
PARTS = "parts"
ABOUT = "sweep.json"
TABLES = ("windows", "cases")
UNFINISHED = ".incomplete"
"""Goes into the names of tables that not all cases are in."""

ROWS_AT_ONCE = 1 << 17
"""Rows of a Parquet row group, about: what joining tables holds in memory."""

LISTED = 100
"""So many failed cases are listed in sweep.json; failed.csv has all."""


@dataclass(frozen=True)
class Store:
    """The folder of one sweep."""

    folder: Path
    plan: Plan

    def begin(self, resume: bool) -> set[int]:
        """Make the folder ready; returns the numbers of the chunks that are done already.

        Raises `DataError` for a folder that cannot be written to, or keeps unfinished work that would be lost.
        """
        about, begun = read_about(self.folder), len(list(self._parts.glob("*.cases.parquet")))
        if resume and about and about["plan_sha256"] != self.plan.sha256:
            raise DataError(
                f"{self.folder} keeps another sweep: the scenario, what varies, the seed or the version has changed "
                "since. Give what was given then, or another folder"
            )
        if not resume and begun:
            raise DataError(f"{self.folder} keeps an unfinished sweep: go on with --resume, or give another folder")
        if self.folder.exists() and not self.folder.is_dir():
            raise DataError(f"{self.folder} is a file; expected a folder")
        if about and about["complete"] and resume:
            return set(range(self.plan.chunks))
        if not resume:
            shutil.rmtree(self._parts, ignore_errors=True)
        for name in self._products:  # of an earlier sweep: they would speak of another
            (self.folder / name).unlink(missing_ok=True)
        try:
            self._parts.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DataError(f"cannot write into {self.folder}: {error.strerror}") from error
        self._tell(complete=False, failed=[])
        return set(self.finished())

    def keep(self, done: Done) -> None:
        """One chunk's results."""
        import pyarrow.parquet as pq

        for name, table in zip(TABLES, self._tables(done), strict=True):
            path = self._part(done.chunk.number, name)
            pq.write_table(table, f"{path}.new", compression="zstd")
            os.replace(f"{path}.new", path)

    def finished(self) -> list[int]:
        """The chunks that are done, in order."""
        here = {path.name for path in self._parts.iterdir()} if self._parts.is_dir() else set()
        numbers = sorted(int(name.split(".")[0]) for name in here if name.endswith(".cases.parquet"))
        return [n for n in numbers if n < self.plan.chunks and self._part(n, "windows").name in here]

    def end(self) -> bool:
        """Join the parts to tables, in the order of the cases; returns whether all cases are in them."""
        numbers = self.finished()
        complete = len(numbers) == self.plan.chunks
        failed = self._failures(numbers)
        for name in TABLES:
            self._join(name, numbers, complete)
        if failed:
            rows = [[case, *self.plan.labels(case).values(), error] for case, error in failed]
            columns = ["case", *(variable.key for variable in self.plan.varied), "error"]
            whole_file(self.folder / "failed.csv", csv_text(columns, rows))
        self._tell(complete, failed, numbers)
        if complete:
            shutil.rmtree(self._parts)
        return complete

    def table(self, name: str) -> Path:
        """The file of one of the tables, finished or not."""
        whole = self.folder / f"{name}.parquet"
        return whole if whole.is_file() else self.folder / f"{name}{UNFINISHED}.parquet"

    @property
    def _products(self) -> list[str]:
        from sim.simulation.sweep.summary import PRODUCTS

        both = [f"{name}{ending}.parquet" for name in TABLES for ending in ("", UNFINISHED)]
        return [*both, "failed.csv", *PRODUCTS]

    @property
    def _parts(self) -> Path:
        return self.folder / PARTS

    def _part(self, number: int, name: str) -> Path:
        return self._parts / f"{number:08d}.{name}.parquet"

    def _join(self, name: str, numbers: list[int], complete: bool) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        target = self.folder / f"{name}{'' if complete else UNFINISHED}.parquet"
        with pq.ParquetWriter(f"{target}.new", self._schemas[name], compression="zstd") as writer:
            held: list[Any] = []
            for number in numbers:
                held.append(pq.read_table(self._part(number, name)))
                if sum(map(len, held)) >= ROWS_AT_ONCE:  # cases are not divided among row groups
                    writer.write_table(pa.concat_tables(held), row_group_size=sum(map(len, held)) or None)
                    held = []
            if held:
                writer.write_table(pa.concat_tables(held), row_group_size=sum(map(len, held)) or None)
        os.replace(f"{target}.new", target)

    def _failures(self, numbers: list[int]) -> list[tuple[int, str]]:
        import pyarrow.parquet as pq

        found: list[tuple[int, str]] = []
        for number in numbers:
            part = pq.read_table(self._part(number, "cases"), columns=["case", "error"])
            if part["error"].null_count < len(part):
                found += [(c, e) for c, e in zip(part["case"].to_pylist(), part["error"].to_pylist(), strict=True) if e]
        return found

    def _tell(self, complete: bool, failed: list[tuple[int, str]], numbers: list[int] | None = None) -> None:
        done = self.finished() if numbers is None else numbers
        plan = self.plan
        about = {
            "complete": complete,
            "cases": plan.count,
            "cases_done": sum(plan.chunk_at(n).last - plan.chunk_at(n).first for n in done),
            "cases_failed": len(failed),
            "failed": [{"case": case, "error": error} for case, error in failed[:LISTED]],
            "plan_sha256": plan.sha256,
            "scenario": plan.path.name,
            "vary": {v.key: _shown(v.says) for v in plan.varied},
            "samples": plan.samples,
            "seed": plan.seed,
            "method": plan.method,
            "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
        }
        whole_file(self.folder / ABOUT, json_text(json.loads(json.dumps(about, default=str))))

    @cached_property
    def _schemas(self) -> dict[str, Any]:
        import pyarrow as pa

        when = pa.timestamp("us", tz="UTC")
        varied = [(each.key, _arrow(each.says, each.key in self.plan.whole)) for each in self.plan.varied]
        windows = [("start_utc", when), ("end_utc", when), ("duration_s", pa.float64()), ("cut_by_span", pa.bool_())]
        cases = [("windows", pa.int64()), ("total_s", pa.float64()), ("share", pa.float64()),
                 ("longest_gap_s", pa.float64()), ("error", pa.string())]  # fmt: skip
        head = [("case", pa.int64()), ("route", pa.string())]
        later = [("cut_by_data", pa.bool_()), ("unknown_after_s", pa.float64())]
        known = [("known_s", pa.float64())]
        return {"windows": pa.schema([*head, *windows, *varied, *later]),
                "cases": pa.schema([*head, *cases, *varied, *known])}  # fmt: skip

    def _tables(self, done: Done) -> Iterator[Any]:
        import pyarrow as pa

        labels = {case: self.plan.labels(case) for case in range(done.chunk.first, done.chunk.last)}
        names = np.array(done.routes, dtype=object)

        def table(which: str, case: Any, columns: dict[str, Any]) -> Any:
            schema = self._schemas[which]
            for variable in self.plan.varied:
                said = [labels[int(each)][variable.key] for each in case]
                text = schema.field(variable.key).type == pa.string()
                columns[variable.key] = [_text(each) for each in said] if text else said
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

        def sorted_(values: Any) -> list[Any]:
            listed = [*(values.tolist() if hasattr(values, "tolist") else values), *blank]
            return [listed[i] for i in order]

        case = np.concatenate((c["case"], np.array(sorted(done.failed), dtype=np.int64)))[order]
        with np.errstate(invalid="ignore"):
            share = c["total_s"] / c["known_s"]  # not a number where nothing is known
        yield table("cases", case, {
            "case": case, "route": sorted_(names[c["route"]]), "windows": sorted_(c["windows"]),
            "total_s": sorted_(c["total_s"]), "share": sorted_(share), "known_s": sorted_(c["known_s"]),
            "longest_gap_s": sorted_(c["longest_gap_s"]), "error": [errors[i] for i in order],
        })  # fmt: skip


def read_about(folder: Path) -> dict[str, Any] | None:
    """What the sweep.json of a folder says; None where there is none. Raises `DataError`."""
    path = folder / ABOUT
    if not path.is_file():
        return None
    try:
        about: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        _ = about["plan_sha256"], about["complete"], about["cases_done"], about["cases"]
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} is not what a sweep wrote: {error}. Give another folder") from error
    return about


def need_arrow() -> None:
    """Raises `SimError` where pyarrow is not installed."""
    from importlib.util import find_spec

    if find_spec("pyarrow") is None:
        raise SimError('a sweep writes Parquet with pyarrow, which is not installed: pip install "farside-sim[sweep]"')


def _arrow(says: Values | Draw, whole: bool) -> Any:
    import pyarrow as pa

    if isinstance(says, Draw):
        return pa.string() if says.instants else pa.int64() if whole else pa.float64()
    labels = [says.label(i) for i in range(len(says.values))]
    if all(isinstance(each, bool) for each in labels):
        return pa.bool_()
    if any(isinstance(each, bool) or not isinstance(each, (int, float)) for each in labels):
        return pa.string()
    if whole and all(float(each).is_integer() for each in labels):
        return pa.int64()
    return pa.int64() if all(isinstance(each, int) for each in labels) else pa.float64()


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat().replace("+00:00", "Z") if hasattr(value, "isoformat") else str(value)


def _shown(says: Values | Draw) -> Any:
    if isinstance(says, Draw):
        return says.shown()
    labels = [says.label(i) for i in range(min(len(says.values), 20))]
    return labels if len(labels) == len(says.values) else {"values": len(says.values), "first": labels}
