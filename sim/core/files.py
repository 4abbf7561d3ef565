"""Files that are whole or not there, and safe for the programs that open them."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from sim.core.errors import DataError
from sim.core.regular_files import is_own, is_own_folder, kind, no_room, opened, read_json, reason, same
from sim.core.text import shown

RUN, SWEEP = "run.json", "sweep.json"
"""What tells of a result: moved last, so that it never tells of files that are not there."""
MAX_BYTES = 256 << 20
"""A larger run.json is refused."""
HIDDEN, NEW, WHOLE, LOCK = ".sim-", ".new", ".whole", ".lock"
"""How the hidden folders of `whole_folder` begin, and end: being written, complete; and the lock of the run."""
LIST = ".list.json"
"""In a hidden folder: the SHA-256 of each of its files, by name. Nothing else is moved out of it."""

_OURS = re.compile(r"\.sim-[0-9a-f]{8}")
_FORMULA = ("=", "+", "-", "@")
_SURROGATE = re.compile("[\ud800-\udfff]")


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Rows as CSV with a header; text is on one line, and gets a quote in front where it would read as a formula."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return buffer.getvalue()


def json_text(value: Any) -> str:
    """JSON for people and machines: indented, in UTF-8, no NaN. Names of files that are no UTF-8 are escaped."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


@contextmanager
def whole_folder(target: Path, *, inputs: Iterable[Path] = (), ours: Container[str] = ()) -> Iterator[Path]:
    """A temporary folder whose files move to the target when all are written, and vanish if anything goes wrong.

    inputs : files that were read and are never written over
    ours : names that are written over whatever they hold; of others only the products that run.json lists are

    The files are written into a hidden folder in the target, `.sim-….new`. Whatever ends the run there, a mistake, a
    full disk or kill -9, what was in the target before is untouched. When all are written and on the disk, with a list
    of them, the folder is renamed `.sim-….whole`: in this one step the new result takes over. Its files then take their
    places one by one, run.json last, and products of the old result that the new one does not have go. A run killed
    among these renames (less than a millisecond) leaves the rest of a whole result behind, and whoever opens the target
    next finishes the moves (`settle`: run, verify and diff do). Files that are not ours stay as they are: the target
    itself is never renamed, so it may be a mounted folder, a link, or the one that a shell stands in. Raises
    `DataError`, also where a file would be written over that no run.json lists, or that was edited since.
    """
    _check_writable(target)
    kept = list(inputs)
    with staged(target) as new:
        yield new
        names = sorted(path.name for path in new.iterdir())
        for name in names:
            _flush(new / name)
        listed = new / LIST
        listed.write_text(json_text({name: digest(new / name) for name in names}), encoding="utf-8")
        _flush(listed)
        with _moving(target):
            _refuse(target, names, kept, ours)
            os.replace(new, whole := new.with_suffix(WHOLE))
            _take_places(whole)


@contextmanager
def new_file(target: Path, *, inputs: Iterable[Path] = ()) -> Iterator[Path]:
    """A path beside a file, which takes its place when all is written, and vanishes if anything goes wrong.

    inputs : files that were read and are never written over
    """
    kept = list(inputs)
    may_write_file(target, kept)
    with staged(target.parent) as new:
        yield new / target.name
        _flush(new / target.name)
        may_write_file(target, kept)
        os.replace(new / target.name, target)


def whole_file(target: Path, text: str, *, inputs: Iterable[Path] = ()) -> None:
    """Write a text into a file that is there in whole or not at all. Raises `DataError`."""
    with new_file(target, inputs=inputs) as new:
        new.write_text(text, encoding="utf-8", errors="backslashreplace")


def may_write_file(target: Path, inputs: Iterable[Path] = ()) -> None:
    """Raises `DataError` where a file cannot be written or would take the place of an input: asked before computing."""
    try:
        there = target.exists()
        if target.is_dir():
            raise DataError(f"{target} is a folder; expected the name of a file to write")
        if there and not target.is_file():  # a rename would put a file in the place of a device
            raise DataError(f"{target} is no regular file; expected the name of a file to write")
    except (OSError, ValueError) as error:
        raise DataError(f"cannot write {target}: {reason(error)}. Choose another file with --output") from error
    if any(same(target, each) for each in inputs):
        raise DataError(f"{target} is an input, which would be lost. Choose another file with --output")
    _check_writable(target.parent)


def may_write_folder(target: Path, names: Iterable[str], inputs: Iterable[Path] = ()) -> None:
    """Raises `DataError` where a folder cannot take files of these names, as `whole_folder`: asked before computing."""
    _check_writable(target)
    if target.is_dir():
        settle(target)
        _refuse(target, names, list(inputs), ())


def settle(target: Path) -> None:
    """Put right what killed runs left in a folder: moves that were begun are finished, unfinished files removed.

    What a run that still lives is writing is left to it: it holds a lock, which the system lets go when a run ends.
    Links, and whatever else is not as `whole_folder` leaves it, are left alone.
    """
    from filelock import FileLock, Timeout

    left = {path.with_suffix(LOCK) for path in target.glob(f"{HIDDEN}*") if path.suffix in (NEW, WHOLE, LOCK)}
    for lock in sorted(left):
        if not _OURS.fullmatch(lock.stem) or not _is_lock(lock):
            continue
        with suppress(Timeout, OSError, NotImplementedError), FileLock(lock, timeout=0):
            if is_own_folder(whole := lock.with_suffix(WHOLE)):
                with _moving(target):
                    _take_places(whole)
            if is_own_folder(new := lock.with_suffix(NEW)):
                shutil.rmtree(new, ignore_errors=True)
            lock.unlink(missing_ok=True)


@contextmanager
def staged(target: Path) -> Iterator[Path]:
    """A hidden folder to write into, held by a lock while this run lives."""
    made, lock = False, target / f"{HIDDEN}{secrets.token_hex(4)}{LOCK}"
    new = lock.with_suffix(NEW)
    try:
        made = not target.exists()
        target.mkdir(parents=True, exist_ok=True)
        settle(target)
        with _held(lock):
            new.mkdir()
            yield new
    except OSError as error:
        if no_room(error):
            raise DataError(
                f"there is no room in {target}. What was there before is untouched. "
                "Free some, or choose another place with --output"
            ) from error
        if not isinstance(error.filename, str) or not Path(error.filename).is_relative_to(target):
            raise
        raise DataError(f"cannot write into {target}: {reason(error)}. Choose another place with --output") from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
        with suppress(OSError):
            lock.unlink(missing_ok=True)
        if made:
            with suppress(OSError):  # it is not empty: all went well
                target.rmdir()


@contextmanager
def _held(lock: Path) -> Iterator[None]:
    """A lock, where the file system knows any; where it does not, what a killed run leaves is not told from others'."""
    from filelock import FileLock, Timeout

    held = FileLock(lock, timeout=10.0)  # nobody else has this name: where it takes longer, there are no locks
    os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY))  # where that fails, a lock would be waited for
    with suppress(NotImplementedError, Timeout):
        held.acquire()
    try:
        yield
    finally:
        held.release()


@contextmanager
def _moving(target: Path) -> Iterator[None]:
    """Holds off others that would move files into the folder, for as long as that takes: one result after another."""
    try:
        import fcntl
    except ImportError:  # Windows cannot lock a folder
        yield
        return
    descriptor = os.open(target, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):  # the file system knows no locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _is_lock(lock: Path) -> bool:
    """Whether a lock is one of ours, or not there: opening it would empty whatever file it is, or is a link to."""
    return (is_own(lock) and lock.stat().st_size == 0) or not os.path.lexists(lock)


def _take_places(whole: Path) -> None:
    """Moves the files of a whole result to where they belong; begun again, it goes on where it was stopped.

    Only regular files are moved that are as the folder's own list says; whatever else is there stays.
    """
    target, listed = whole.parent, _hashes(whole / LIST)
    for name, sha256 in products_listed(target).items() if is_own(whole / RUN) else ():
        if name not in listed and is_own(stale := target / name) and digest(stale) == sha256:
            stale.unlink()
    for name in sorted(listed, key=lambda name: (name in (RUN, SWEEP), name)):
        path = whole / name
        if is_own(path) and digest(path) == listed[name] and not is_own_folder(target / name):
            os.replace(path, target / name)
    if {path.name for path in whole.iterdir()} <= {LIST} and is_own(whole / LIST):
        (whole / LIST).unlink()
    with suppress(OSError):  # what does not belong there stays
        whole.rmdir()


def _refuse(target: Path, names: Iterable[str], inputs: Sequence[Path], ours: Container[str]) -> None:
    """Raises `DataError` where a file of such a name is there that is not one of the last result's products."""
    listed = products_listed(target)
    for name in names:
        there = target / name
        if not os.path.lexists(there):
            continue
        if not is_own(there):
            what = kind(there.lstat().st_mode)
            what = what if what in ("a folder", "a link") else f"no regular file ({what})"
            raise DataError(f"{there} is {what}; a product of this name is to be written. Move it away")
        if any(same(there, each) for each in inputs):
            raise DataError(f"{there} is an input, which a product would replace. Choose another folder with --output")
        if name in ours or (name == RUN and listed) or listed.get(name) == digest(there):
            continue
        why = "has been edited since" if name in listed else f"is no product that a {RUN} there lists"
        if name == RUN:
            why = "is not one that `sim run` wrote"
        raise DataError(f"{there} {why}, and would be lost. Move it away, or choose another folder with --output")


def products_listed(folder: Path) -> Mapping[str, str]:
    """The products that a folder's run.json names, with their SHA-256, and run.json itself; empty where there is none.
    """
    if not is_own(folder / RUN):
        return {}
    try:
        said = read_json(folder / RUN, MAX_BYTES)
        return {RUN: "", **_plain({name: about["sha256"] for name, about in said["products"].items()})}
    except (DataError, KeyError, TypeError, AttributeError):
        return {}


def _hashes(path: Path) -> dict[str, str]:
    """A list of file names with their SHA-256; empty where there is none that can be read."""
    try:
        return _plain(read_json(path, MAX_BYTES)) if is_own(path) else {}
    except DataError:
        return {}


def _plain(listed: Any) -> dict[str, str]:
    """Of a table of names, those that mean a file in the folder itself and nothing of ours that is hidden."""
    pairs = listed.items() if isinstance(listed, dict) else ()
    return {n: sha for n, sha in pairs if Path(n).name == n and not n.startswith(HIDDEN) and isinstance(sha, str)}


def _flush(path: Path) -> None:
    """Everything of a file on the disk, so that a name never stands for less."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _check_writable(target: Path) -> None:
    try:
        if target.is_symlink() and not target.exists():
            raise DataError(f"{target} is a link that leads nowhere; expected a folder to write products into")
        if target.exists() and not target.is_dir():
            raise DataError(f"{target} is a file; expected a folder to write products into")
        parent = next(path for path in (target.absolute(), *target.absolute().parents) if path.exists())
    except (OSError, ValueError) as error:
        raise DataError(f"cannot write into {target}: {reason(error)}. Choose another place with --output") from error
    if not parent.is_dir():
        raise DataError(f"cannot write into {target}: {parent} is a file. Choose another folder with --output")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise DataError(f"cannot write into {parent}: choose another folder with --output")
    try:
        with tempfile.TemporaryFile(dir=parent):  # an administrator may write anywhere, where anything can be written
            pass
    except OSError as error:
        if not no_room(error):
            why = f"cannot write into {parent}: {reason(error)}"
            raise DataError(f"{why}. Choose another folder with --output") from error


def _cell(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if not value.isprintable():  # a tab or a line break could begin a cell or a row of its own
        value = " ".join("".join(letter if letter.isprintable() else " " for letter in value).split())
    return f"'{value}" if value.startswith(_FORMULA) else value


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal; computed again when the file has changed."""
    about = path.stat()
    return _digest(path, about.st_mtime_ns, about.st_size, about.st_ino)


class OutsideError(ValueError):
    """A path that leads out of the scenario's folder."""


def inside(folder: Path, text: str, root: Path) -> Path:
    """The file that a relative path means, which must lie in a folder's tree. Raises `ValueError`, `OutsideError`."""
    if "://" in text:
        raise ValueError(f"expected the path of a file, got {shown(text)}. Nothing is fetched from a network")
    if text.startswith(("~", "/", "\\")) or Path(text).is_absolute() or text[1:2] == ":":
        raise OutsideError(f"expected a path from the folder of the scenario, got {shown(text)}")
    path = resolved(folder / text)
    if not path.is_relative_to(resolved(root)):
        raise OutsideError(f"{shown(text)} leaves the folder of the scenario. Put the file inside it")
    return path


def resolved(path: Path) -> Path:
    """A path without links and dots. Raises `ValueError` if the system cannot follow it."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise ValueError(f"{shown(path.name)} is no path that can be followed") from error


@lru_cache(maxsize=64)
def _digest(path: Path, *_: int) -> str:
    with opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
