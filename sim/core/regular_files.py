"""Files of other people's, opened with care: regular files of a bounded size, never a pipe, a device or a folder.

What lies where one of our own files or folders is expected is looked at without following links.
"""

from __future__ import annotations

import errno
import json
import os
import stat
from io import BufferedReader
from pathlib import Path
from typing import Any

from sim.core.errors import DataError

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What the system answers where a disk, a quota or a limit of file size is full."""

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)
_REASONS = {
    errno.ENOENT: "there is no such file or folder",
    errno.EACCES: "this user may not do that",
    errno.EPERM: "this user may not do that",
    errno.EROFS: "the disk can only be read",
    errno.ENAMETOOLONG: "the name is longer than the system allows",
    errno.ELOOP: "its links lead in a circle",
    errno.ENOTDIR: "a part of the path is a file, not a folder",
    errno.EISDIR: "it is a folder",
    errno.EMFILE: "this process has too many files open",
    errno.ENFILE: "this machine has too many files open",
    errno.EIO: "the disk failed",
    errno.ENOMEM: "there is not enough memory",
    **dict.fromkeys(NO_ROOM, "there is no room"),
}


def reason(error: BaseException) -> str:
    """Why the system refused, in plain words; what it said itself where none are known."""
    number = getattr(error, "errno", None)
    known = _REASONS.get(number) if isinstance(number, int) else None
    return known or getattr(error, "strerror", None) or str(error) or type(error).__name__


def no_room(error: OSError) -> bool:
    """Whether a disk is full. HDF5 says so in its text alone."""
    return error.errno in NO_ROOM or any(f"errno = {number}," in str(error) for number in NO_ROOM)


def explained(error: OSError) -> str:
    """An error of the system as a message: which file, why, and what to do."""
    name = error.filename if isinstance(error.filename, (str, bytes)) else None
    about = f"{os.fsdecode(name)}: " if name else "the system refused to read or write: "
    if no_room(error):
        return f"{about}there is no room. Free some, or choose another place with --output"
    return f"{about}{reason(error)}. Check that the place exists and that you may read and write there"


def opened(path: Path) -> BufferedReader:
    """A regular file, open for reading in bytes. Raises `DataError` for anything else, without waiting for it."""
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
    """All of a regular file that has at most so many bytes. Raises `DataError`."""
    with opened(path) as file:
        try:
            raw = file.read(at_most + 1)
        except OSError as error:
            raise DataError(f"{path} cannot be read: {reason(error)}") from error
    if len(raw) > at_most:
        raise DataError(f"{path} is larger than {at_most:,} bytes; expected a smaller file")
    return raw


def read_json(path: Path, at_most: int) -> Any:
    """What a JSON file of at most so many bytes says. Raises `DataError`, also for nesting without end."""
    try:
        return json.loads(read_bytes(path, at_most).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        why = "it nests too deeply" if isinstance(error, RecursionError) else str(error)
        raise DataError(f"{path} cannot be read as JSON: {why}") from error


def kind(mode: int) -> str:
    """What a file's mode says that it is, in words."""
    if stat.S_ISREG(mode):
        return "a regular file"
    return next((words for test, words in _KINDS if test(mode)), "a link" if stat.S_ISLNK(mode) else "no regular file")


def is_own(path: Path) -> bool:
    """Whether a regular file lies there itself, and not a link to one."""
    return stat.S_ISREG(_mode(path))


def is_own_folder(path: Path) -> bool:
    """Whether a folder lies there itself, and not a link to one."""
    return stat.S_ISDIR(_mode(path))


def same(first: Path, second: Path) -> bool:
    """Whether two paths lead to one file, by links or by other names."""
    try:
        return first.samefile(second)
    except (OSError, ValueError):
        return False


def _mode(path: Path) -> int:
    try:
        return path.lstat().st_mode
    except (OSError, ValueError):
        return 0
