"""Files that are whole or not there, and safe for the programs that open them."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sim.datastore import digest
from sim.errors import DataError

RUN = "run.json"
"""What tells of a result: moved last, so that it never tells of files that are not there."""
HIDDEN, NEW, WHOLE, LOCK = ".sim-", ".new", ".whole", ".lock"
"""How the hidden folders of `whole_folder` begin, and end: being written, complete; and the lock of the run."""

_FORMULA = ("=", "+", "-", "@")


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Rows as CSV with a header; text is on one line, and gets a quote in front where it would read as a formula."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return buffer.getvalue()


def json_text(value: Any) -> str:
    """JSON for people and machines: indented, in UTF-8, no NaN."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """A temporary folder whose files move to the target when all are written, and vanish if anything goes wrong.

    The files are written into a hidden folder in the target, `.sim-….new`. Whatever ends the run there, a mistake, a
    full disk or kill -9, what was in the target before is untouched. When all are written and on the disk, the folder
    is renamed `.sim-….whole`: in this one step the new result takes over. Its files then take their places one by one,
    run.json last, and products of the old result that the new one does not have go. A run killed among these renames
    (less than a millisecond) leaves the rest of a whole result behind, and whoever opens the target next finishes the
    moves (`settle`: run, verify and diff do). Files that are not ours stay as they are: the target itself is never
    renamed, so it may be a mounted folder, a link, or the one that a shell stands in. Raises `DataError`.
    """
    _check_writable(target)
    with _staged(target) as new:
        yield new
        for path in new.iterdir():
            there = target / path.name
            if there.exists() and not there.is_file():
                what = "a folder" if there.is_dir() else "no regular file"
                raise DataError(f"{there} is {what}; a product of this name is to be written. Move it away")
        for path in new.iterdir():
            _flush(path)
        os.replace(new, whole := new.with_suffix(WHOLE))
        _take_places(whole)


@contextmanager
def new_file(target: Path) -> Iterator[Path]:
    """A path beside a file, which takes its place when all is written, and vanishes if anything goes wrong."""
    if target.is_dir():
        raise DataError(f"{target} is a folder; expected the name of a file to write")
    if target.exists() and not target.is_file():  # a rename would put a file in the place of a device
        raise DataError(f"{target} is no regular file; expected the name of a file to write")
    _check_writable(target.parent)
    with _staged(target.parent) as new:
        yield new / target.name
        _flush(new / target.name)
        os.replace(new / target.name, target)


def whole_file(target: Path, text: str) -> None:
    """Write a text into a file that is there in whole or not at all. Raises `DataError`."""
    with new_file(target) as new:
        new.write_text(text, encoding="utf-8")


def settle(target: Path) -> None:
    """Put right what killed runs left in a folder: moves that were begun are finished, unfinished files removed.

    What a run that still lives is writing is left to it: it holds a lock, which the system lets go when a run ends.
    """
    from filelock import FileLock, Timeout

    left = {path.with_suffix(LOCK) for path in target.glob(f"{HIDDEN}*") if path.suffix in (NEW, WHOLE, LOCK)}
    for lock in sorted(left):
        with suppress(Timeout, OSError, NotImplementedError), FileLock(lock, timeout=0):
            if (whole := lock.with_suffix(WHOLE)).is_dir():
                _take_places(whole)
            shutil.rmtree(lock.with_suffix(NEW), ignore_errors=True)
            lock.unlink(missing_ok=True)


@contextmanager
def _staged(target: Path) -> Iterator[Path]:
    """A hidden folder to write into, held by a lock while this run lives."""
    made = not target.exists()
    target.mkdir(parents=True, exist_ok=True)
    settle(target)
    lock = target / f"{HIDDEN}{secrets.token_hex(4)}{LOCK}"
    new = lock.with_suffix(NEW)
    try:
        with _held(lock):
            new.mkdir()
            yield new
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        raise DataError(
            f"there is no room in {target} ({error.strerror}). What was there before is untouched. "
            "Free some, or choose another place with --output"
        ) from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
        lock.unlink(missing_ok=True)
        if made:
            with suppress(OSError):  # it is not empty: all went well
                target.rmdir()


@contextmanager
def _held(lock: Path) -> Iterator[None]:
    """A lock, where the file system knows any; where it does not, what a killed run leaves is not told from others'."""
    from filelock import FileLock

    held = FileLock(lock)
    with suppress(NotImplementedError):
        held.acquire()
    try:
        yield
    finally:
        held.release()


def _take_places(whole: Path) -> None:
    """Moves the files of a whole result to where they belong; begun again, it goes on where it was stopped."""
    target = whole.parent
    for name, sha256 in _listed(target).items() if (whole / RUN).is_file() else ():
        stale = target / name
        if name not in _listed(whole) and stale.is_file() and digest(stale) == sha256:
            stale.unlink()
    for path in sorted(whole.iterdir(), key=lambda path: path.name == RUN):
        os.replace(path, target / path.name)
    whole.rmdir()


def _listed(folder: Path) -> dict[str, str]:
    """The products that a run.json names, with their SHA-256."""
    try:
        if not (folder / RUN).is_file():  # a FIFO would be waited for
            return {}
        said = json.loads((folder / RUN).read_text(encoding="utf-8"))["products"]
        listed = {name: about["sha256"] for name, about in said.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
    return {name: sha256 for name, sha256 in listed.items() if Path(name).name == name}


def _flush(path: Path) -> None:
    """Everything of a file on the disk, so that a name never stands for less."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _check_writable(target: Path) -> None:
    if target.is_symlink() and not target.exists():
        raise DataError(f"{target} is a link that leads nowhere; expected a folder to write products into")
    if target.exists() and not target.is_dir():
        raise DataError(f"{target} is a file; expected a folder to write products into")
    parent = next(path for path in (target, *target.parents) if path.exists())
    if not os.access(parent, os.W_OK):
        raise DataError(f"cannot write into {parent}: choose another folder with --output")


def _cell(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if not value.isprintable():  # a tab or a line break could begin a cell or a row of its own
        value = " ".join("".join(letter if letter.isprintable() else " " for letter in value).split())
    return f"'{value}" if value.startswith(_FORMULA) else value
