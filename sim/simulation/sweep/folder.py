"""The output folder of a sweep: one sweep at a time writes there, and only over files listed in a sweep's record."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sim.core.errors import DataError
from sim.core.files import SWEEP, digest, may_write_folder, staged
from sim.core.regular_files import is_own, is_own_folder, kind, read_json
from sim.simulation.sweep.summary import PRODUCTS

ABOUT = SWEEP
PARTS = "parts"
TABLES = ("windows", "cases")
UNFINISHED = ".incomplete"
"""Part of the names of tables that do not contain all cases."""
FAILED = "failed.csv"

NAMES = frozenset([*(f"{name}{ending}.parquet" for name in TABLES for ending in ("", UNFINISHED)), FAILED, *PRODUCTS])
"""Files that a sweep writes besides its record. No other file is overwritten or removed, whatever a record lists."""

LOCK = ".sim-sweep.lock"
MAX_BYTES = 64 << 20
"""Largest sweep.json (bytes)."""

_KINDS = {"plan_sha256": str, "complete": bool, "cases": int, "cases_done": int, "cases_failed": int}


@contextmanager
def claimed(folder: Path) -> Iterator[Path]:
    """Lock a folder for one sweep, and give a hidden folder for new parts.

    Raises `DataError` if another sweep is writing there, or if the folder cannot be written. A folder that was created
    for this and is empty at the end is removed.
    """
    may_write_folder(folder, ())
    with staged(folder) as new, _alone(folder):
        yield new


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """A lock that the system releases when this process ends; without effect if the file system has no locks."""
    from filelock import FileLock, Timeout

    lock = folder / LOCK
    if os.path.lexists(lock) and not (is_own(lock) and lock.stat().st_size == 0):  # opening would empty it
        raise DataError(f"{lock} is not a lock file of a sweep. Move it, or choose another folder with --output")
    held = FileLock(lock)
    try:
        held.acquire(timeout=0)
    except Timeout:
        raise DataError(
            f"another sweep is writing into {folder}. Wait until it ends, or choose another folder with --output"
        ) from None
    except NotImplementedError:
        pass
    try:
        yield
    finally:
        with suppress(OSError):
            lock.unlink(missing_ok=True)
        held.release()


def read_about(folder: Path) -> dict[str, Any] | None:
    """The sweep.json of a folder; None if there is none. Raises `DataError` if it was not written by a sweep."""
    path = folder / ABOUT
    if not os.path.lexists(path):
        return None
    cure = "Move it, or choose another folder with --output"
    if not is_own(path):
        raise DataError(f"{path} is {kind(path.lstat().st_mode)}, not the record of a sweep. {cure}")
    about = read_json(path, MAX_BYTES)
    if not isinstance(about, dict):
        raise DataError(f"{path} is not the record of a sweep: expected a table. {cure}")
    for key, expected in _KINDS.items():
        if type(about.get(key)) is not expected:
            raise DataError(f"{path} is not the record of a sweep: {key}: expected {_WORDS[expected]}. {cure}")
    files = about.setdefault("files", {})  # sweeps before 1.0 did not list them
    if not isinstance(files, dict) or not all(isinstance(each, str) for each in files.values()):
        raise DataError(f"{path} is not the record of a sweep: files: expected SHA-256 by name. {cure}")
    about["files"] = {name: sha256 for name, sha256 in files.items() if name in NAMES}
    return about


_WORDS = {str: "text", bool: "true or false", int: "a whole number"}


def refuse_foreign(folder: Path, names: Iterable[str], listed: Mapping[str, str]) -> None:
    """Raise `DataError` if a file with one of these names is not, or no longer, listed in a sweep's record."""
    for name in names:
        path = folder / name
        if not os.path.lexists(path) or (name in listed and is_as_listed(path, listed[name])):
            continue
        if not is_own(path):
            why = f"is {kind(path.lstat().st_mode)}"
        elif name in listed:
            why = f"has been changed since {ABOUT} was written"
        else:
            why = f"is not listed in {ABOUT}"
        raise DataError(
            f"{path} {why}, and a sweep would overwrite it. Move it, or choose another folder with --output"
        )


def refuse_false(folder: Path, about: Mapping[str, Any]) -> None:
    """Raise `DataError` if the files of a complete sweep are not as its record lists them."""
    listed = about["files"]
    wanted = {*(f"{name}.parquet" for name in TABLES)} - set(listed)
    wrong = [name for name, sha256 in listed.items() if not is_as_listed(folder / name, sha256)]
    for name in (*sorted(wanted), *wrong):
        there = "is missing" if not os.path.lexists(folder / name) else f"differs from its SHA-256 in {ABOUT}"
        raise DataError(f"{folder / name} {there}. Run the sweep again into another folder")
    if about["cases_done"] != about["cases"] or not 0 <= about["cases_failed"] <= about["cases"]:
        raise DataError(
            f"{folder / ABOUT} is contradictory: complete, but not all cases are done. Choose another folder"
        )


def is_as_listed(path: Path, sha256: str) -> bool:
    """Whether a path is a regular file with that SHA-256."""
    return is_own(path) and digest(path) == sha256


def remove_listed(folder: Path, listed: Mapping[str, str]) -> None:
    """Remove the files of an earlier sweep that are unchanged since its record was written."""
    for name, sha256 in listed.items():
        if name in NAMES and is_as_listed(path := folder / name, sha256):
            path.unlink()


def parts_there(folder: Path) -> list[str]:
    """The file names in the folder of parts. Raises `DataError` if it is not a folder."""
    parts = folder / PARTS
    if not os.path.lexists(parts):
        return []
    if not is_own_folder(parts):
        raise DataError(
            f"{parts} is {kind(parts.lstat().st_mode)}, but a sweep needs a folder of this name. "
            "Move it, or choose another folder with --output"
        )
    return sorted(os.listdir(parts))


class Own:
    """The names that a sweep may overwrite: its own record, and no file that appeared in the meantime."""

    def __init__(self, folder: Path, sha256: str) -> None:
        self.folder, self.sha256 = folder, sha256

    def __contains__(self, name: object) -> bool:
        if name != ABOUT:
            return False
        try:
            return (read_about(self.folder) or {}).get("plan_sha256") == self.sha256
        except DataError:
            return False
