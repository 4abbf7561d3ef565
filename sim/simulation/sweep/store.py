"""Stores a sweep: parts when chunks are done, and joined tables at the end. Every file is complete or absent."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from sim.core.errors import DataError, SimError
from sim.core.files import csv_text, digest, json_text, whole_file, whole_folder
from sim.simulation.sweep import summary
from sim.simulation.sweep.cases import Done
from sim.simulation.sweep.folder import (
    ABOUT,
    FAILED,
    NAMES,
    TABLES,
    UNFINISHED,
    Own,
    parts_there,
    read_about,
    refuse_false,
    refuse_foreign,
    remove_listed,
)
from sim.simulation.sweep.parts import Parts, named, plan_of
from sim.simulation.sweep.plan import Plan
from sim.simulation.sweep.tables import shown

PACKAGES = ("farside-sim", "numpy", "pyarrow")

LISTED = 100
"""Number of failed cases listed in sweep.json; failed.csv lists all."""


@dataclass(frozen=True)
class Store:
    """The output of one sweep."""

    folder: Path
    plan: Plan

    @cached_property
    def parts(self) -> Parts:
        """The parts of this sweep."""
        return Parts(self.folder, self.plan)

    def look(self, resume: bool) -> set[int] | None:
        """The chunks that are already done; None if the sweep is complete.

        Nothing is changed, except that parts left behind by a complete sweep are removed. Raises `DataError` if the
        folder has an unfinished sweep and `resume` is not set, another sweep, or files that no sweep wrote.
        """
        about, names = read_about(self.folder), parts_there(self.folder)
        if about is None:
            refuse_foreign(self.folder, sorted(NAMES), {})
            if self.parts.folder.exists():
                raise DataError(
                    f"{self.parts.folder} exists without {ABOUT}, so it was not made by a sweep. Move it, or choose "
                    "another folder with --output"
                )
            return set()
        if resume and about["plan_sha256"] != self.plan.sha256:
            raise DataError(
                f"{self.folder} has another sweep: the scenario, one of its files, the varied inputs, the seed or the "
                "program has changed. Use the same inputs, or another folder"
            )
        if resume and about["complete"]:
            refuse_false(self.folder, about)
            self._refuse_others()
            for path in self.parts.left(names, about["plan_sha256"]):  # if it was killed just before its end
                path.unlink()
            self.parts.remove(())
            return None
        refuse_foreign(self.folder, sorted(NAMES), about["files"])
        if about["complete"]:
            self.parts.left(names, about["plan_sha256"])
        elif not resume and named(names):
            raise DataError(f"{self.folder} has an unfinished sweep. Continue with --resume, or choose another folder")
        return self.parts.looked_at(names)[0] if resume else set()

    def begin(self) -> None:
        """Prepare the folder after `look`: remove the listed files of an earlier sweep, except parts that are reused.

        Its record is replaced last, so that it always lists everything that is there.
        """
        about = read_about(self.folder)
        if about is not None:
            remove_listed(self.folder, about["files"])
            names = parts_there(self.folder)
            whole = about["complete"]
            old = self.parts.left(names, about["plan_sha256"]) if whole else self.parts.looked_at(names)[1]
            for path in old:
                path.unlink()
        self._tell(self.folder, complete=False, failed=[], numbers=[])
        self.parts.folder.mkdir(exist_ok=True)

    def undo(self) -> None:
        """Remove the record and the folder of a sweep without results."""
        self.parts.remove(())
        if not self.parts.folder.exists() and ABOUT in Own(self.folder, self.plan.sha256):
            (self.folder / ABOUT).unlink()

    def keep(self, done: Done, new: Path) -> None:
        """Store the results of a chunk, by way of a hidden folder."""
        self.parts.keep(done, new)

    def end(self, done: Iterable[int]) -> bool:
        """Join the parts into tables, write summaries and pictures, and return whether all cases are in them.

        The record, the tables and the summaries replace the old ones together, or not at all.
        """
        numbers = sorted(done)
        complete = len(numbers) == self.plan.chunks
        failed = self.parts.failures(numbers)
        with whole_folder(self.folder, ours=Own(self.folder, self.plan.sha256)) as new:
            for name in TABLES:
                self.parts.join(name, numbers, self._table(new, name, complete))
            if failed:
                rows = [[case, *self.plan.labels(case).values(), error] for case, error in failed]
                columns = ["case", *(variable.key for variable in self.plan.varied), "error"]
                (new / FAILED).write_text(csv_text(columns, rows), encoding="utf-8")
            summary.write(self.plan, new, *(self._table(new, name, complete) for name in TABLES))
            self._tell(new, complete, failed, numbers)
            refuse_foreign(self.folder, sorted(NAMES), {})
        if complete:
            self.parts.remove(numbers)
        return complete

    @staticmethod
    def _table(folder: Path, name: str, complete: bool) -> Path:
        return folder / f"{name}{'' if complete else UNFINISHED}.parquet"

    def _refuse_others(self) -> None:
        for name in TABLES:
            if plan_of(self._table(self.folder, name, True)) != self.plan.sha256:
                raise DataError(
                    f"{self.folder}: {name}.parquet and {ABOUT} are of different sweeps. Choose another folder"
                )

    def _tell(self, folder: Path, complete: bool, failed: list[tuple[int, str]], numbers: list[int]) -> None:
        plan = self.plan
        about = {
            "complete": complete,
            "cases": plan.count,
            "cases_done": sum(plan.chunk_at(n).last - plan.chunk_at(n).first for n in numbers),
            "cases_failed": len(failed),
            "failed": [{"case": case, "error": error} for case, error in failed[:LISTED]],
            "plan_sha256": plan.sha256,
            "scenario": plan.path.name,
            "vary": {v.key: shown(v.says) for v in plan.varied},
            "samples": plan.samples,
            "seed": plan.seed,
            "method": plan.method,
            "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
            "files": {
                name: digest(folder / name)
                for name in sorted(NAMES)
                if folder != self.folder and (folder / name).is_file()
            },
        }
        text = json_text(json.loads(json.dumps(about, default=str)))
        if folder == self.folder:
            whole_file(folder / ABOUT, text)
        else:
            (folder / ABOUT).write_text(text, encoding="utf-8")


def need_arrow() -> None:
    """Raise `SimError` if pyarrow is not installed."""
    from importlib.util import find_spec

    if find_spec("pyarrow") is None:
        raise SimError('a sweep needs pyarrow, which is not installed: pip install "farside-sim[sweep]"')
