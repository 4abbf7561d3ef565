"""Arrays that took long to compute, kept in files from one run to the next: flown orbits, and fits of orbits.

An entry is one file, named by the hash of all that its arrays depend on (`sim.trajectories.orbits.flown` makes it). It
appears whole or not at all, and carries a hash of its contents: what is damaged, cut short or of another origin is as
good as not there. Nothing needs a lock: two processes that keep one entry write the same bytes. Where a folder cannot
be read or written, nothing is kept, and nothing fails.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import DataError
from sim.core.regular_files import is_own, read_bytes
from sim.data import store

Array = NDArray[np.float64]
Arrays = Mapping[str, Array]

ENVIRONMENT = "FARSIDE_SIM_ORBITS"
"""The environment variable that names another folder, or turns the store off."""
OFF = "off"
"""What turns it off."""
MOST_BYTES = 512 << 20
"""Of all entries together: the ones that were used least recently make room."""
MOST_ENTRY_BYTES = 64 << 20
"""A larger entry is not kept, and no larger file is read."""
SUFFIX = ".orbit"

_NAME = re.compile(r"[0-9a-f]{64}\.orbit")
_UNFINISHED = re.compile(r"\.[0-9a-f]{64}\.[0-9a-f]{16}\.new")
_KEY = re.compile(r"[0-9a-f]{64}")
_HEAD = b"farside-sim arrays 1\n"
_ABANDONED_S = 3600.0
"""A file that has been unfinished for so long belongs to a process that was killed."""
_CLEARED_EVERY = 16
"""The folder is looked through when this share of its room has been filled since."""

_FRESH: ContextVar[bool] = ContextVar("fresh", default=False)
_filled = MOST_BYTES  # the first entry that a process keeps looks the folder through


@dataclass(frozen=True)
class Status:
    """What the store holds; without a folder it is off."""

    folder: Path | None
    entries: int
    size: int

    def __str__(self) -> str:
        if self.folder is None:
            return f"no orbits are kept: {ENVIRONMENT} is {OFF}"
        entries = f"{self.entries} entr{'ies' if self.entries != 1 else 'y'}"
        return f"flown orbits: {entries}, {self.size / 1e6:.1f} of at most {MOST_BYTES / 1e6:.0f} MB, in {self.folder}"


def folder() -> Path | None:
    """Where entries lie: $FARSIDE_SIM_ORBITS, or `orbits` in the folder of fetched data; None where it is off."""
    given = os.environ.get(ENVIRONMENT, "")
    if given.strip().lower() == OFF:
        return None
    return Path(given).expanduser().absolute() if given else store.folder() / "orbits"


@contextmanager
def fresh(on: bool = True) -> Iterator[None]:
    """Inside, nothing is found: everything is computed again, and kept in the place of what was there."""
    token = _FRESH.set(on or _FRESH.get())
    try:
        yield
    finally:
        _FRESH.reset(token)


def is_fresh() -> bool:
    """Whether nothing is found now: what a process remembers of earlier runs must not be used either."""
    return _FRESH.get()


def find(key: str) -> Arrays | None:
    """The arrays of an entry, bit for bit as they were kept; None where there are none, or they are damaged."""
    if is_fresh() or (home := folder()) is None or not _KEY.fullmatch(key):
        return None
    path = home / f"{key}{SUFFIX}"
    try:
        raw = read_bytes(path, MOST_ENTRY_BYTES)
    except DataError:
        return None
    head, sealed, content = raw[: len(_HEAD)], raw[len(_HEAD) : len(_HEAD) + 32], raw[len(_HEAD) + 32 :]
    if head != _HEAD or sealed != _seal(key, content):
        return None
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as table:
            found = {name: np.asarray(table[name]) for name in table.files}
    except (ValueError, OSError, EOFError, KeyError, BadZipFile):
        return None
    if any(array.dtype != np.float64 for array in found.values()):
        return None
    with suppress(OSError):
        os.utime(path)  # it was used now
    return found


def keep(key: str, arrays: Arrays) -> None:
    """Keeps arrays for `find`, if there is a place for them."""
    global _filled
    if (home := folder()) is None or not _KEY.fullmatch(key):
        return
    buffer = io.BytesIO()
    plain: dict[str, Any] = {name: np.asarray(array, dtype=np.float64) for name, array in arrays.items()}
    np.savez(buffer, **plain)
    content = buffer.getvalue()
    raw = _HEAD + _seal(key, content) + content
    if len(raw) > MOST_ENTRY_BYTES:
        return
    unfinished = home / f".{key}.{secrets.token_hex(8)}.new"
    try:
        home.mkdir(parents=True, exist_ok=True)
        if _filled * _CLEARED_EVERY >= MOST_BYTES:
            _make_room(home, len(raw))
            _filled = 0
        unfinished.write_bytes(raw)
        os.replace(unfinished, home / f"{key}{SUFFIX}")
        _filled += len(raw)
    except OSError:  # a full disk, a folder that can only be read: it is computed again next time
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)


def status() -> Status:
    """How many entries there are, and how large they are together."""
    home = folder()
    sizes = [] if home is None else [size for _, size, path in _files(home) if _NAME.fullmatch(path.name)]
    return Status(home, len(sizes), sum(sizes))


def clear() -> Status:
    """Removes all entries, and tells of those that were there. What is not an entry stays."""
    before, home = status(), folder()
    for _, _, path in [] if home is None else _files(home):
        with suppress(OSError):
            path.unlink(missing_ok=True)
    return before


def _seal(key: str, content: bytes) -> bytes:
    """The hash of an entry, of which its name is a part: a file that was renamed is another's."""
    return hashlib.sha256(key.encode() + b"\n" + content).digest()


def _files(home: Path) -> list[tuple[float, int, Path]]:
    """When each of our files was used last, its size and its path, the oldest first."""
    found = []
    with suppress(OSError):
        for entry in os.scandir(home):
            if not (_NAME.fullmatch(entry.name) or _UNFINISHED.fullmatch(entry.name)):
                continue
            with suppress(OSError):
                if is_own(path := Path(entry.path)):
                    about = entry.stat(follow_symlinks=False)
                    found.append((about.st_mtime, about.st_size, path))
    return sorted(found)


def _make_room(home: Path, size: int) -> None:
    """Removes unfinished files of killed processes, and as many of the oldest entries as there is no room for."""
    now, files = time.time(), _files(home)
    total = size + MOST_BYTES // _CLEARED_EVERY + sum(each for _, each, _ in files)
    for used, each, path in files:
        unfinished = _UNFINISHED.fullmatch(path.name) is not None
        if (unfinished and now - used > _ABANDONED_S) or (not unfinished and total > MOST_BYTES):
            with suppress(OSError):
                path.unlink(missing_ok=True)
                total -= each
