"""Writing files completely or not at all, in folders that several runs may share."""

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

from sim.core.errors import DataError
from sim.core.regular_files import is_own, is_own_folder, kind, no_room, opened, read_json, reason, same
from sim.core.text import shown
from sim.core.values import JsonValue

RUN, SWEEP = "run.json", "sweep.json"
"""Records of a result. They are moved into place last, so that every file they list exists."""
MAX_BYTES = 256 << 20
"""Maximum size of a run.json."""
HIDDEN, NEW, WHOLE, LOCK = ".sim-", ".new", ".whole", ".lock"
"""Prefix of the hidden folders of `whole_folder`; suffixes of a folder being written, a complete one, and a lock."""
LIST = ".list.json"
"""File of a hidden folder that lists its files with their SHA-256. Only listed files are moved out."""

_OURS = re.compile(r"\.sim-[0-9a-f]{8}")
_FORMULA = ("=", "+", "-", "@")
_SURROGATE = re.compile("[\ud800-\udfff]")


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Format rows as CSV with a header. Text is put on one line; text that reads as a formula gets a leading quote."""
    return _csv(columns, ([_cell(value) for value in row] for row in rows))


def csv_of(columns: Mapping[str, Sequence[object]]) -> str:
    """Format columns of the same length as CSV with their names as a header; text as in `csv_text`."""
    safe = [[_cell(value) for value in each] if str in set(map(type, each)) else each for each in columns.values()]
    return _csv(tuple(columns), zip(*safe, strict=True))


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(row for some in ([head], rows) for row in some)
    return buffer.getvalue()


def json_text(value: object) -> str:
    """Format a value as indented JSON in UTF-8. NaN is refused; file names that are not UTF-8 are escaped."""
    text = _indented(value, "\n") + "\n"
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _indented(value: object, newline: str) -> str:
    """What `json.dumps` with indent=2 makes, by its compiled half, which indents nothing but joins with any text."""
    if not isinstance(value, (dict, list, tuple)) or not value:
        return _encoder(", ").encode(value)
    inner = newline + "  "
    items = value.values() if isinstance(value, dict) else value
    if not any(isinstance(each, (dict, list, tuple)) for each in items):
        text = _encoder("," + inner).encode(value)
    elif isinstance(value, dict):
        keys = (_encoder(", ").encode({key: 0})[1:-1].removesuffix("0") for key in value)  # "key": , whatever it was
        text = f"{{{f',{inner}'.join(map(str.__add__, keys, (_indented(each, inner) for each in items)))}}}"
    else:
        text = f"[{f',{inner}'.join(_indented(each, inner) for each in items)}]"
    return f"{text[0]}{inner}{text[1:-1]}{newline}{text[-1]}"


@lru_cache(maxsize=64)
def _encoder(separator: str) -> json.JSONEncoder:
    return json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(separator, ": "))


@contextmanager
def whole_folder(target: Path, *, inputs: Iterable[Path] = (), ours: Container[str] = ()) -> Iterator[Path]:
    """Yield a temporary folder whose files move to the target when all are written; on an error they are removed.

    Parameters
    ----------
    target : Path
        Folder to write to.
    inputs : iterable of Path
        Input files, which are never overwritten.
    ours : container of str
        Names that are always overwritten. Other files are overwritten only if the target's run.json lists them.

    Raises
    ------
    DataError
        If the folder cannot be written, or if a file would be overwritten that no run.json lists or that was edited
        since.

    Notes
    -----
    Files are written to a hidden folder in the target, `.sim-….new`. If the run ends there, by an error, a full disk or
    kill -9, the earlier files of the target are unchanged. When all files are on the disk, with a list of them, the
    folder is renamed `.sim-….whole`: this one step replaces the old result. The files are then moved into place one by
    one, run.json last, and products of the old result that the new one does not have are removed. If a run is killed
    during these moves (less than a millisecond), the next command that opens the target finishes them (`settle`).
    Files of others stay. The target itself is never renamed, so it may be a mount point, a link, or a shell's working
    directory.
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
    """Yield a temporary path that replaces a file when it is written; on an error it is removed.

    inputs : files that were read and are never overwritten
    """
    kept = list(inputs)
    may_write_file(target, kept)
    with staged(target.parent) as new:
        yield new / target.name
        _flush(new / target.name)
        may_write_file(target, kept)
        os.replace(new / target.name, target)


def whole_file(target: Path, text: str, *, inputs: Iterable[Path] = ()) -> None:
    """Write a text file completely or not at all. Raises `DataError`."""
    with new_file(target, inputs=inputs) as new:
        new.write_text(text, encoding="utf-8", errors="backslashreplace")


def may_write_file(target: Path, inputs: Iterable[Path] = ()) -> None:
    """Check, before computing, that a file can be written and is not an input. Raises `DataError`."""
    try:
        there = target.exists()
        if target.is_dir():
            raise DataError(f"{target} is a folder; expected the name of a file to write")
        if there and not target.is_file():  # a rename would put a file in the place of a device
            raise DataError(f"{target} is not a regular file; expected the name of a file to write")
    except (OSError, ValueError) as error:
        raise DataError(f"cannot write {target}: {reason(error)}. Choose another file with --output") from error
    if any(same(target, each) for each in inputs):
        raise DataError(f"{target} is an input file and would be overwritten. Choose another file with --output")
    _check_writable(target.parent)


def may_write_folder(target: Path, names: Iterable[str], inputs: Iterable[Path] = ()) -> None:
    """Check, before computing, that `whole_folder` can write files of these names. Raises `DataError`."""
    _check_writable(target)
    if target.is_dir():
        settle(target)
        _refuse(target, names, list(inputs), ())


def settle(target: Path) -> None:
    """Clean up after killed runs in a folder: finish moves that were begun, remove incomplete files.

    Files of a run that is still going on are left alone: it holds a lock, which the system releases when a process
    ends. Links and other files that `whole_folder` does not make are left alone too.
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
    """Yield a hidden folder to write to, with a lock that is held until the run ends."""
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
                f"{target}: the disk is full. Earlier files there are unchanged. "
                "Free some space, or choose another place with --output"
            ) from error
        if not isinstance(error.filename, str) or not Path(error.filename).is_relative_to(target):
            raise
        raise DataError(f"cannot write to {target}: {reason(error)}. Choose another folder with --output") from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
        with suppress(OSError):
            lock.unlink(missing_ok=True)
        if made:
            with suppress(OSError):  # not empty: the files were written
                target.rmdir()


@contextmanager
def _held(lock: Path) -> Iterator[None]:
    """Hold a lock. On a file system without locks, the files of killed and running processes look the same."""
    from filelock import FileLock, Timeout

    held = FileLock(lock, timeout=10.0)  # the name is unique: a wait means that the file system has no locks
    os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY))  # if this fails, acquire would wait
    with suppress(NotImplementedError, Timeout):
        held.acquire()
    try:
        yield
    finally:
        held.release()


@contextmanager
def _moving(target: Path) -> Iterator[None]:
    """Lock the folder while files are moved into it, so that two results are not mixed."""
    try:
        import fcntl
    except ImportError:  # Windows cannot lock a folder
        yield
        return
    descriptor = os.open(target, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _is_lock(lock: Path) -> bool:
    """Whether a path is an empty lock file, or absent. FileLock truncates the file that it opens."""
    return (is_own(lock) and lock.stat().st_size == 0) or not os.path.lexists(lock)


def _take_places(whole: Path) -> None:
    """Move the files of a complete result into place; called again, continue where it stopped.

    Only regular files with the SHA-256 of the folder's list are moved; others stay.
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
    with suppress(OSError):  # files of others stay
        whole.rmdir()


def _refuse(target: Path, names: Iterable[str], inputs: Sequence[Path], ours: Container[str]) -> None:
    """Raise `DataError` if a file of such a name exists that is not a product of the last result."""
    listed = products_listed(target)
    for name in names:
        there = target / name
        if not os.path.lexists(there):
            continue
        if not is_own(there):
            what = kind(there.lstat().st_mode)
            what = what if what in ("a folder", "a link") else f"not a regular file ({what})"
            raise DataError(f"{there} is {what}, and a product has this name. Move it away")
        if any(same(there, each) for each in inputs):
            raise DataError(f"{there} is an input file of the run. Choose another folder with --output")
        if name in ours or (name == RUN and listed) or listed.get(name) == digest(there):
            continue
        why = "was edited after the run" if name in listed else f"is not listed in a {RUN} there"
        if name == RUN:
            why = "was not written by `sim run`"
        raise DataError(
            f"{there} {why}, and would be overwritten. Move it away, or choose another folder with --output"
        )


def products_listed(folder: Path) -> Mapping[str, str]:
    """Return the products that a folder's run.json lists, with their SHA-256, and run.json itself; or nothing."""
    if not is_own(folder / RUN):
        return {}
    try:
        record = read_json(folder / RUN, MAX_BYTES)
    except DataError:
        return {}
    products = record.get("products") if isinstance(record, dict) else None
    if not isinstance(products, dict):
        return {}
    if not all(isinstance(about, dict) and "sha256" in about for about in products.values()):
        return {}
    return {RUN: "", **_plain({name: about["sha256"] for name, about in products.items() if isinstance(about, dict)})}


def _hashes(path: Path) -> dict[str, str]:
    """Read a list of file names with their SHA-256; empty if it cannot be read."""
    try:
        return _plain(read_json(path, MAX_BYTES)) if is_own(path) else {}
    except DataError:
        return {}


def _plain(listed: JsonValue) -> dict[str, str]:
    """Keep the names of files in the folder itself that are not hidden files of this package."""
    pairs = listed.items() if isinstance(listed, dict) else ()
    return {n: sha for n, sha in pairs if Path(n).name == n and not n.startswith(HIDDEN) and isinstance(sha, str)}


def _flush(path: Path) -> None:
    """Write a file's buffered data to the disk, so that it is complete before it is renamed."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _check_writable(target: Path) -> None:
    try:
        if target.is_symlink() and not target.exists():
            raise DataError(f"{target} is a broken link; expected a folder to write products to")
        if target.exists() and not target.is_dir():
            raise DataError(f"{target} is a file; expected a folder to write products to")
        parent = next(path for path in (target.absolute(), *target.absolute().parents) if path.exists())
    except (OSError, ValueError) as error:
        raise DataError(f"cannot write to {target}: {reason(error)}. Choose another folder with --output") from error
    if not parent.is_dir():
        raise DataError(f"cannot write to {target}: {parent} is a file. Choose another folder with --output")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise DataError(f"cannot write to {parent}: permission denied. Choose another folder with --output")
    try:
        with tempfile.TemporaryFile(dir=parent):  # os.access allows root everything, also on a read-only disk
            pass
    except OSError as error:
        if not no_room(error):
            why = f"cannot write to {parent}: {reason(error)}"
            raise DataError(f"{why}. Choose another folder with --output") from error


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not value.isprintable():  # a tab or a line break could start another cell or row
        value = " ".join("".join(letter if letter.isprintable() else " " for letter in value).split())
    return f"'{value}" if value.startswith(_FORMULA) else value


def digest(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal; cached until the file changes."""
    about = path.stat()
    return _digest(path, about.st_mtime_ns, about.st_size, about.st_ino)


class OutsideError(ValueError):
    """A path that leaves the scenario's folder."""


def inside(folder: Path, text: str, root: Path) -> Path:
    """Resolve a path relative to a folder; it must stay below `root`. Raises `ValueError` and `OutsideError`."""
    if "://" in text:
        raise ValueError(f"expected the path of a file, got {shown(text)}. Download it first: sim data fetch URL")
    if text.startswith(("~", "/", "\\")) or Path(text).is_absolute() or text[1:2] == ":":
        raise OutsideError(f"expected a path relative to the folder of the scenario, got {shown(text)}")
    path = resolved(folder / text)
    if not path.is_relative_to(resolved(root)):
        raise OutsideError(f"{shown(text)} leaves the folder of the scenario. Put the file inside it")
    return path


def resolved(path: Path) -> Path:
    """Resolve links and dots of a path. Raises `ValueError` if that fails."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise ValueError(f"{shown(path.name)} is not a valid path") from error


@lru_cache(maxsize=64)
def _digest(path: Path, *_: int) -> str:
    with opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
