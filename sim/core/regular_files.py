"""Opening files from users: regular files of a limited size, never a pipe, a device or a folder.

The package's own files and folders are recognized without following links.
"""

from __future__ import annotations

import errno
import json
import os
import stat
from io import BufferedReader
from pathlib import Path

from sim.core.errors import DataError
from sim.core.values import JsonValue

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""Error numbers of a full disk, an exceeded quota, or a file size limit."""

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)
_REASONS = {
    errno.ENOENT: "there is no such file or folder",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.EROFS: "the file system is read-only",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ELOOP: "its links form a loop",
    errno.ENOTDIR: "a part of the path is a file, not a folder",
    errno.EISDIR: "it is a folder",
    errno.EMFILE: "this process has too many open files",
    errno.ENFILE: "this machine has too many open files",
    errno.EIO: "the disk reports an input/output error",
    errno.ENOMEM: "there is not enough memory",
    **dict.fromkeys(NO_ROOM, "the disk is full"),
}


def reason(error: BaseException) -> str:
    """Return the reason of a system error in plain words, or else the system's own text."""
    number = getattr(error, "errno", None)
    known = _REASONS.get(number) if isinstance(number, int) else None
    return known or getattr(error, "strerror", None) or str(error) or type(error).__name__


def no_room(error: OSError) -> bool:
    """Whether the disk is full. HDF5 reports it in its message only."""
    return error.errno in NO_ROOM or any(f"errno = {number}," in str(error) for number in NO_ROOM)


def explained(error: OSError) -> str:
    """Format a system error: which file, why, and what to do."""
    name = error.filename if isinstance(error.filename, (str, bytes)) else None
    about = f"{os.fsdecode(name)}: " if name else "cannot read or write a file: "
    if no_room(error):
        return f"{about}the disk is full. Free some space, or choose another place with --output"
    return f"{about}{reason(error)}. Check that it exists and that you have permission to read and write there"


def opened(path: Path) -> BufferedReader:
    """Open a regular file for reading bytes. Raises `DataError` for anything else, without blocking on a pipe."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        descriptor = os.open(path, flags)
    except IsADirectoryError:
        raise DataError(f"{path} is a folder; expected a file") from None
    except FileNotFoundError:
        raise DataError(f"there is no file {path}. Check its name") from None
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read: {reason(error)}") from error
    found = kind(os.fstat(descriptor).st_mode)
    if found != "a regular file":
        os.close(descriptor)
        raise DataError(f"{path} is {found}; expected a regular file")
    return open(descriptor, "rb")


def read_bytes(path: Path, at_most: int) -> bytes:
    """Read a regular file of at most so many bytes. Raises `DataError`."""
    with opened(path) as file:
        try:
            raw = file.read(at_most + 1)
        except OSError as error:
            raise DataError(f"{path} cannot be read: {reason(error)}") from error
    if len(raw) > at_most:
        raise DataError(f"{path} is larger than the limit of {at_most:,} bytes")
    return raw


def read_json(path: Path, at_most: int) -> JsonValue:
    """Read a JSON file of at most so many bytes. Raises `DataError`, also for excessive nesting."""
    try:
        value: JsonValue = json.loads(read_bytes(path, at_most).decode("utf-8-sig"))
        return value
    except (ValueError, RecursionError) as error:
        why = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise DataError(f"{path} cannot be read as JSON: {why}") from error


def kind(mode: int) -> str:
    """Name the type of a file by its mode."""
    if stat.S_ISREG(mode):
        return "a regular file"
    other = "a link" if stat.S_ISLNK(mode) else "not a regular file"
    return next((words for test, words in _KINDS if test(mode)), other)


def is_own(path: Path) -> bool:
    """Whether a path is a regular file, not a link to one."""
    return stat.S_ISREG(_mode(path))


def is_own_folder(path: Path) -> bool:
    """Whether a path is a folder, not a link to one."""
    return stat.S_ISDIR(_mode(path))


def same(first: Path, second: Path) -> bool:
    """Whether two paths name the same file."""
    try:
        return first.samefile(second)
    except (OSError, ValueError):
        return False


def _mode(path: Path) -> int:
    try:
        return path.lstat().st_mode
    except (OSError, ValueError):
        return 0
