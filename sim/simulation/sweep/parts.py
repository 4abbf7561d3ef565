"""The parts of a sweep: what was found for each chunk of cases, kept as it comes in, and believed only after a look."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from sim.core.errors import DataError
from sim.core.regular_files import is_own, kind
from sim.simulation.sweep.cases import Done
from sim.simulation.sweep.folder import ABOUT, PARTS, TABLES
from sim.simulation.sweep.plan import Plan
from sim.simulation.sweep.tables import PLAN, schemas, tables

ROWS_AT_ONCE = 1 << 17
"""Rows of a Parquet row group, about: what joining tables holds in memory."""

_NAME = re.compile(r"(\d{8})\.(windows|cases)\.parquet", re.ASCII)


class Parts:
    """The parts in a sweep's folder: two files a chunk, `00000007.windows.parquet` and `00000007.cases.parquet`."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.folder, self.plan = folder / PARTS, plan

    @cached_property
    def schemas(self) -> dict[str, Any]:
        """The columns of both tables, with the hash of the plan."""
        return schemas(self.plan)

    def path(self, number: int, name: str) -> Path:
        """Where the part of a chunk is kept."""
        return self.folder / f"{number:08d}.{name}.parquet"

    def looked_at(self, names: Iterable[str]) -> tuple[set[int], list[Path]]:
        """Of the names in the folder: the chunks of which both parts are whole, and what only one is left of.

        Files of other names are nobody's business here. Raises `DataError` where a file of a part's name is damaged, or
        no part of this sweep: it is not written over.
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
            more = f" ({len(wrong) - 1:,} more are not either)" if len(wrong) > 1 else ""
            raise DataError(
                f"{wrong[0]}{more}. Move what is damaged or another's out of {self.folder}, and go on with --resume: "
                "its cases are computed again"
            )
        whole = {number for number, paths in found.items() if len(paths) == len(TABLES)}
        return whole, [path for number, paths in found.items() if number not in whole for path in paths]

    def left(self, names: Iterable[str], sha256: str) -> list[Path]:
        """The parts that a complete sweep has left behind. Raises `DataError` where one is not of that plan."""
        paths = [self.folder / name for name in named(names)]
        for path in paths:
            if not is_own(path) or plan_of(path) != sha256:
                raise DataError(f"{path} is not of the sweep that {ABOUT} there tells of. Move it away")
        return paths

    def keep(self, done: Done, new: Path) -> None:
        """One chunk's results, written into a hidden folder and then put in their place."""
        import pyarrow.parquet as pq

        for name, table in zip(TABLES, tables(self.plan, self.schemas, done), strict=True):
            path = self.path(done.chunk.number, name)
            pq.write_table(table, new / path.name, compression="zstd", write_page_checksum=True)
            if os.path.lexists(path):
                raise DataError(f"{path} has come to lie there since the sweep began. Move it away")
            os.replace(new / path.name, path)

    def read(self, number: int, name: str, columns: list[str] | None = None) -> Any:
        """A part, or some of its columns. Raises `DataError` where it is damaged or not this sweep's."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = self.path(number, name)
        if not is_own(path):
            what = kind(path.lstat().st_mode) if os.path.lexists(path) else "not there"
            raise DataError(f"{path} is {what}; expected a part of the sweep")
        if number >= self.plan.chunks:
            raise DataError(f"{path} is no part of this sweep, which has {self.plan.chunks:,}")
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
        """One table of all parts, in the order of the cases."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        with pq.ParquetWriter(target, self.schemas[name], compression="zstd", write_page_checksum=True) as writer:
            held: list[Any] = []
            for number in numbers:
                held.append(self.read(number, name))
                if sum(map(len, held)) >= ROWS_AT_ONCE:  # cases are not divided among row groups
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
        """Remove the parts of chunks, which have been looked at, and their folder where nothing else is in it."""
        for number in numbers:
            for name in TABLES:
                self.path(number, name).unlink(missing_ok=True)
        with suppress(OSError):
            self.folder.rmdir()

    def _expect(self, schema: Any, name: str, path: Path) -> None:
        sha256 = (schema.metadata or {}).get(PLAN)
        if sha256 is None:
            raise DataError(f"{path} is not what a sweep wrote")
        if sha256 != self.plan.sha256.encode():
            raise DataError(f"{path} is a part of another sweep")
        if not schema.equals(self.schemas[name]):
            raise DataError(f"{path} is damaged: its columns are not those of the sweep")

    def _expect_cases(self, column: Any, number: int, name: str, path: Path) -> None:
        """Raises `DataError` where a part has cases of other chunks, or its table of cases not all of its own."""
        cases, chunk = np.unique(column.to_numpy()), self.plan.chunk_at(number)
        outside = len(cases) and not (chunk.first <= cases[0] and cases[-1] < chunk.last)
        if column.null_count or outside or (name == "cases" and len(cases) != chunk.last - chunk.first):
            raise DataError(f"{path} is damaged: its cases are not {chunk.first:,} to {chunk.last - 1:,}")


def named(names: Iterable[str]) -> list[str]:
    """Of some names those that a part can have."""
    return [name for name in names if _NAME.fullmatch(name)]


def plan_of(table: Path) -> str:
    """The hash of the plan that a table is of; empty where it is no sweep's. Raises `DataError` where it is damaged."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return ((pq.read_schema(table).metadata or {}).get(PLAN) or b"").decode()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise DataError(f"{table} is damaged: {_first_line(error)}. Move it away") from error


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), "it cannot be read")
