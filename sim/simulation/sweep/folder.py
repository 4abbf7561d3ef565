"""The folder of a sweep: one sweep at a time writes there, and only over files that it can show to be a sweep's own."""

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
"""Goes into the names of tables that not all cases are in."""
FAILED = "failed.csv"

NAMES = frozenset([*(f"{name}{ending}.parquet" for name in TABLES for ending in ("", UNFINISHED)), FAILED, *PRODUCTS])
"""What a sweep writes besides its record. Whatever a record lists, no other file is ever written over or removed."""

LOCK = ".sim-sweep.lock"
MAX_BYTES = 64 << 20
"""A larger sweep.json is refused."""

_KINDS = {"plan_sha256": str, "complete": bool, "cases": int, "cases_done": int, "cases_failed": int}


@contextmanager
def claimed(folder: Path) -> Iterator[Path]:
    """A hidden folder to write parts into, while no other sweep writes into the folder.

    Raises `DataError` at once where another does, or where nothing can be written. A folder that was made for this and
    is empty at the end goes.
    """
    may_write_folder(folder, ())
    with staged(folder) as new, _alone(folder):
        yield new


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """A lock that the system lets go when this process ends, however it does; where the file system knows any."""
    from filelock import FileLock, Timeout

    lock = folder / LOCK
    if os.path.lexists(lock) and not (is_own(lock) and lock.stat().st_size == 0):  # opened, it would be emptied
        raise DataError(f"{lock} is not the lock of a sweep. Move it away, or choose another folder with --output")
    held = FileLock(lock)
    try:
        held.acquire(timeout=0)
    except Timeout:
        raise DataError(
            f"another sweep is writing into {folder}. Wait until it has ended, or choose another folder with --output"
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
    """What the sweep.json of a folder says; None where there is none. Raises `DataError` where no sweep wrote it."""
    path = folder / ABOUT
    if not os.path.lexists(path):
        return None
    cure = "Move it away, or choose another folder with --output"
    if not is_own(path):
        raise DataError(f"{path} is {kind(path.lstat().st_mode)}, and not what a sweep wrote. {cure}")
    about = read_json(path, MAX_BYTES)
    if not isinstance(about, dict):
        raise DataError(f"{path} is not what a sweep wrote: expected a table. {cure}")
    for key, expected in _KINDS.items():
        if type(about.get(key)) is not expected:
            raise DataError(f"{path} is not what a sweep wrote: {key}: expected {_WORDS[expected]}. {cure}")
    files = about.setdefault("files", {})  # sweeps before 1.0 did not list them
    if not isinstance(files, dict) or not all(isinstance(each, str) for each in files.values()):
        raise DataError(f"{path} is not what a sweep wrote: files: expected SHA-256 by name. {cure}")
    about["files"] = {name: sha256 for name, sha256 in files.items() if name in NAMES}
    return about


_WORDS = {str: "a text", bool: "true or false", int: "a whole number"}


def refuse_foreign(folder: Path, names: Iterable[str], listed: Mapping[str, str]) -> None:
    """Raises `DataError` where a file of such a name is there that is not as a sweep's record lists it."""
    for name in names:
        path = folder / name
        if not os.path.lexists(path) or (name in listed and is_as_listed(path, listed[name])):
            continue
        if not is_own(path):
            why = f"is {kind(path.lstat().st_mode)}"
        elif name in listed:
            why = f"has been edited since the sweep that {ABOUT} there tells of"
        else:
            why = f"is no file that a {ABOUT} there lists"
        raise DataError(
            f"{path} {why}, and would be lost: a sweep writes a file of this name. Move it away, or choose another "
            "folder with --output"
        )


def refuse_false(folder: Path, about: Mapping[str, Any]) -> None:
    """Raises `DataError` where a complete sweep's files are not, or no longer, what its record says."""
    listed = about["files"]
    wanted = {*(f"{name}.parquet" for name in TABLES)} - set(listed)
    wrong = [name for name, sha256 in listed.items() if not is_as_listed(folder / name, sha256)]
    for name in (*sorted(wanted), *wrong):
        there = "is not there" if not os.path.lexists(folder / name) else f"is not what {ABOUT} says"
        raise DataError(f"{folder / name} {there}. Sweep again into another folder")
    if about["cases_done"] != about["cases"] or not 0 <= about["cases_failed"] <= about["cases"]:
        raise DataError(f"{folder / ABOUT} contradicts itself: it is complete without all cases. Choose another folder")


def is_as_listed(path: Path, sha256: str) -> bool:
    """Whether a regular file lies there itself, with that SHA-256."""
    return is_own(path) and digest(path) == sha256


def remove_listed(folder: Path, listed: Mapping[str, str]) -> None:
    """Remove the files of an earlier sweep that are still as its record lists them."""
    for name, sha256 in listed.items():
        if name in NAMES and is_as_listed(path := folder / name, sha256):
            path.unlink()


def parts_there(folder: Path) -> list[str]:
    """The names in the folder of parts. Raises `DataError` where something else has its name."""
    parts = folder / PARTS
    if not os.path.lexists(parts):
        return []
    if not is_own_folder(parts):
        raise DataError(
            f"{parts} is {kind(parts.lstat().st_mode)}; a sweep keeps its parts in a folder of this name. "
            "Move it away, or choose another folder with --output"
        )
    return sorted(os.listdir(parts))


class Own:
    """The names that a sweep may write over now: its own record, and nothing that came to lie there meanwhile."""

    def __init__(self, folder: Path, sha256: str) -> None:
        self.folder, self.sha256 = folder, sha256

    def __contains__(self, name: object) -> bool:
        if name != ABOUT:
            return False
        try:
            return (read_about(self.folder) or {}).get("plan_sha256") == self.sha256
        except DataError:
            return False
