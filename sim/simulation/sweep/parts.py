"""The parts of a sweep: the results of each chunk of cases, stored when it is done and checked when it is read."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sim.core.errors import DataError
from sim.core.regular_files import is_own, kind
from sim.simulation.sweep.cases import Done
from sim.simulation.sweep.folder import ABOUT, PARTS, TABLES
from sim.simulation.sweep.plan import Plan
from sim.simulation.sweep.tables import PLAN, schemas, tables

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_AT_ONCE = 1 << 17
"""Approximate number of rows of a Parquet row group, which is what joining tables holds in memory."""

_NAME = re.compile(r"(\d{8})\.(windows|cases)\.parquet", re.ASCII)


class Parts:
    """The parts in a sweep's folder: two files a chunk, `00000007.windows.parquet` and `00000007.cases.parquet`."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.folder, self.plan = folder / PARTS, plan

    @cached_property
    def schemas(self) -> dict[str, pa.Schema]:
        """The Arrow schemas of both tables, with the hash of the plan as metadata."""
        return schemas(self.plan)

    def path(self, number: int, name: str) -> Path:
        """The file of a chunk's part."""
        return self.folder / f"{number:08d}.{name}.parquet"

    def looked_at(self, names: Iterable[str]) -> tuple[set[int], list[Path]]:
        """The chunks of which both parts are there, and the files of chunks of which only one is.

        Other files are ignored. Raises `DataError` if a file with a part's name is damaged, or not a part of this
        sweep; it is never overwritten.
        """
        found: dict[int, list[Path]] = {}
        wrong: list[str] = []
        for match in filter(None, map(_NAME.fullmatch, names)):
            path = self.folder / match[0]
            try:
                self.read(int(match[1]), match[2], columns=["case"])
            except DataError as error:
                wrong.append(str(error))
            found.setdefault(int(match[1]), []).append(path)
        if wrong:
            more = f" ({len(wrong) - 1:,} more like this)" if len(wrong) > 1 else ""
            raise DataError(
                f"{wrong[0]}{more}. Move these files out of {self.folder} and continue with --resume: their cases are "
                "computed again"
            )
        whole = {number for number, paths in found.items() if len(paths) == len(TABLES)}
        return whole, [path for number, paths in found.items() if number not in whole for path in paths]

    def left(self, names: Iterable[str], sha256: str) -> list[Path]:
        """The parts that a complete sweep left behind. Raises `DataError` if one is of another plan."""
        paths = [self.folder / name for name in named(names)]
        for path in paths:
            if not is_own(path) or plan_of(path) != sha256:
                raise DataError(f"{path} does not belong to the sweep recorded in {ABOUT}. Move it")
        return paths

    def keep(self, done: Done, new: Path) -> None:
        """Write the results of a chunk into a hidden folder, then move them into place."""
        import pyarrow.parquet as pq

        for name, table in zip(TABLES, tables(self.plan, self.schemas, done), strict=True):
            path = self.path(done.chunk.number, name)
            pq.write_table(table, new / path.name, compression="zstd", write_page_checksum=True)
            if os.path.lexists(path):
                raise DataError(f"{path} was created by something else since the sweep began. Move it")
            os.replace(new / path.name, path)

    def read(self, number: int, name: str, columns: list[str] | None = None) -> pa.Table:
        """A part, or some of its columns. Raises `DataError` if it is damaged or not of this sweep."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = self.path(number, name)
        if not is_own(path):
            what = kind(path.lstat().st_mode) if os.path.lexists(path) else "missing"
            raise DataError(f"{path} is {what}; expected a part of the sweep")
        if number >= self.plan.chunks:
            raise DataError(f"{path} is not a part of this sweep, which has {self.plan.chunks:,} parts")
        try:
            with pq.ParquetFile(path, page_checksum_verification=True) as file:
                self._expect(file.schema_arrow, name, path)
                table = file.read(columns=columns)
                table.validate(full=True)
        except (pa.ArrowException, OSError, ValueError, MemoryError, EOFError) as error:
            raise DataError(f"{path} is damaged: {_first_line(error)}") from error
        self._expect_cases(table["case"], number, name, path)
        return table

    def join(self, name: str, numbers: list[int], target: Path) -> None:
        """Join all parts into one table, in the order of the cases."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        with pq.ParquetWriter(target, self.schemas[name], compression="zstd", write_page_checksum=True) as writer:
            held: list[pa.Table] = []
            for number in numbers:
                held.append(self.read(number, name))
                if sum(map(len, held)) >= ROWS_AT_ONCE:  # a case is never divided among row groups
                    writer.write_table(pa.concat_tables(held), row_group_size=sum(map(len, held)) or None)
                    held = []
            if held:
                writer.write_table(pa.concat_tables(held), row_group_size=sum(map(len, held)) or None)

    def failures(self, numbers: list[int]) -> list[tuple[int, str]]:
        """The cases that failed, with their errors."""
        found: list[tuple[int, str]] = []
        for number in numbers:
            part = self.read(number, "cases", columns=["case", "error"])
            if part["error"].null_count < len(part):
                found += [(c, e) for c, e in zip(part["case"].to_pylist(), part["error"].to_pylist(), strict=True) if e]
        return found

    def remove(self, numbers: Iterable[int]) -> None:
        """Remove the parts of chunks, and their folder if nothing else is in it."""
        for number in numbers:
            for name in TABLES:
                self.path(number, name).unlink(missing_ok=True)
        with suppress(OSError):
            self.folder.rmdir()

    def _expect(self, schema: pa.Schema, name: str, path: Path) -> None:
        sha256 = (schema.metadata or {}).get(PLAN)
        if sha256 is None:
            raise DataError(f"{path} was not written by a sweep")
        if sha256 != self.plan.sha256.encode():
            raise DataError(f"{path} is a part of another sweep")
        if not schema.equals(self.schemas[name]):
            raise DataError(f"{path} is damaged: its columns differ from those of the sweep")

    def _expect_cases(self, column: pa.ChunkedArray, number: int, name: str, path: Path) -> None:
        """Raise `DataError` if a part has cases of other chunks, or if its table of cases lacks some of its own."""
        cases, chunk = np.unique(column.to_numpy()), self.plan.chunk_at(number)
        outside = len(cases) and not (chunk.first <= cases[0] and cases[-1] < chunk.last)
        if column.null_count or outside or (name == "cases" and len(cases) != chunk.last - chunk.first):
            raise DataError(f"{path} is damaged: expected cases {chunk.first:,} to {chunk.last - 1:,}")


def named(names: Iterable[str]) -> list[str]:
    """Those file names that belong to parts."""
    return [name for name in names if _NAME.fullmatch(name)]


def plan_of(table: Path) -> str:
    """The hash of the plan of a table; empty if no sweep wrote it. Raises `DataError` if it is damaged."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return ((pq.read_schema(table).metadata or {}).get(PLAN) or b"").decode()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise DataError(f"{table} is damaged: {_first_line(error)}. Move it") from error


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), "it cannot be read")
