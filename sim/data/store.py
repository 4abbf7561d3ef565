"""Data that users fetch: what there is to fetch, where it lies, and that it is still what was fetched.

Files lie in one folder, each beside a record of where it came from (`NAME.fetched.json`: url, sha256, size, time). A
file appears there whole or not at all. `data:NAME` means such a file wherever a scenario may name one. Only `fetch`
uses the network, and nothing but `sim data fetch` calls it.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from sim.core.errors import DataError
from sim.core.files import digest
from sim.core.regular_files import is_own, is_own_folder, no_room, read_json, reason
from sim.core.text import nearest
from sim.core.toml_file import read
from sim.data.download import Download, Tell, refuse_address
from sim.data.resources import seeds_folder

ENVIRONMENT = "FARSIDE_SIM_DATA"
"""The environment variable that names another folder."""
PREFIX = "data:"
RECORD = ".fetched.json"
WAIT_S = 3600.0
"""How long to wait for another process that fetches the same file."""
MOST_RECORD_BYTES = 1 << 16
"""A larger record is no record."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,127}(?<!\.)")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.I)
_HASH = re.compile(r"(?:sha256:)?([0-9a-f]{64})", re.I)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.I)


@dataclass(frozen=True)
class Entry:
    """A file that `sim data fetch` knows by name; without sha256 and size where no source gives them."""

    name: str
    url: str
    what: str
    source: str
    sha256: str = ""
    size: int | None = None


@dataclass(frozen=True)
class Record:
    """A file that has been fetched: from where, and what it was then."""

    name: str
    url: str
    sha256: str
    size: int
    fetched: str

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return folder() / self.name


def folder() -> Path:
    """Where fetched files lie: $FARSIDE_SIM_DATA, or the platform's cache folder of this user."""
    if given := os.environ.get(ENVIRONMENT):
        return Path(given).expanduser().absolute()
    from pooch import os_cache

    return Path(os_cache("farside-sim"))


@lru_cache(maxsize=1)
def catalogue() -> Mapping[str, Entry]:
    """The files that can be fetched by name, from seeds/data."""
    found = {}
    for path in sorted((seeds_folder() / "data").glob("*.toml")):
        for name, said in read(path).data.items():
            found[name] = Entry(name, **said)
    return found


def find(name: str) -> Path:
    """The file that `data:NAME` means. Raises `DataError` if it is not there, or no longer what it was."""
    name = safe(name.removeprefix(PREFIX))
    path = folder() / name
    if not path.is_file():
        if name in catalogue():
            raise DataError(f"{name} has not been fetched yet. Fetch it once: sim data fetch {name}")
        known = [*(record.name for record in records()), *catalogue()]
        raise DataError(f"no data are called {name!r}.{nearest(name, known)}. `sim data fetch URL` fetches others")
    if (expected := _known(name)) and expected != (got := digest(path)):
        raise DataError(
            f"{path} has changed since it was fetched: expected SHA-256 {expected}, got {got}. "
            f"Fetch it again: sim data fetch {name}"
        )
    return path


def fetch(name_or_url: str, sha256: str = "", tell: Tell = lambda done, total: None) -> Record:
    """Fetches a file of the catalogue by its name, or any other by its URL, unless it is there already.

    sha256 : what the file must have; without it the catalogue's, or what an earlier fetch recorded, or any
    tell : told how many bytes have come, and of how many

    Raises `DataError` if the file cannot be had, or is not what it should be; then nothing is left behind.
    """
    name, url = _named(name_or_url)
    place, staging = folder(), folder() / ".partial" / name
    try:
        staging.parent.mkdir(parents=True, exist_ok=True)
        with _alone(staging.parent / f"{name}.lock"):
            expected = _expected(name, sha256)  # another process may just have recorded it
            return _there(name, url, expected) or _bring(name, url, expected, staging, tell)
    except OSError as error:
        raise _trouble(error, name, place) from error


def records() -> list[Record]:
    """What has been fetched, by name; a record that cannot be read is passed over."""
    home = folder()
    names = sorted(path.name.removesuffix(RECORD) for path in home.glob(f"*{RECORD}")) if home.is_dir() else []
    return [record for record in map(record_of, names) if record is not None]


def record_of(name: str) -> Record | None:
    """The record of a fetched file; None where there is none that can be read."""
    try:
        said = read_json(folder() / (name + RECORD), MOST_RECORD_BYTES)
    except DataError:
        return None
    if not _NAME.fullmatch(name) or not isinstance(said, dict):
        return None
    url, sha256, fetched, size = (said.get(key) for key in ("url", "sha256", "fetched", "size"))
    if not isinstance(url, str) or not isinstance(sha256, str) or not isinstance(fetched, str):
        return None
    if isinstance(size, bool) or not isinstance(size, int) or not 0 <= size < 1 << 63:
        return None
    if not (url + fetched).isprintable() or not _SHA256.fullmatch(sha256):
        return None
    return Record(name, url, sha256.lower(), size, fetched)


def unrecorded() -> list[str]:
    """Names of files in the folder that were put there by hand."""
    home = folder()
    files = [p.name for p in home.iterdir() if p.is_file() and _NAME.fullmatch(p.name)] if home.is_dir() else []
    return sorted(n for n in files if not n.endswith(RECORD) and record_of(n) is None)


def safe(name: str) -> str:
    """A name that means a file in the folder and nothing else. Raises `DataError` for any other."""
    if not _NAME.fullmatch(name) or _RESERVED.fullmatch(name) or name.lower().endswith(RECORD):
        raise DataError(f"expected the name of a file like de440s.bsp (letters, digits and . _ + -), got {name!r}")
    return name


def _named(name_or_url: str) -> tuple[str, str]:
    """The name a file will have, and its URL."""
    if ":" not in name_or_url.removeprefix(PREFIX):
        name = safe(name_or_url.removeprefix(PREFIX))
        if name in catalogue():
            return name, catalogue()[name].url
        if (record := record_of(name)) is not None:
            return name, record.url
        raise DataError(f"no data are called {name!r}.{nearest(name, catalogue())}. Others are fetched by their URL")
    refuse_address(name_or_url)
    last = unquote(urlsplit(name_or_url).path.rpartition("/")[2])
    if not last:
        raise DataError(f"{name_or_url} names a folder. Expected the URL of a file")
    return safe(last), name_or_url


def _expected(name: str, sha256: str) -> str:
    """The SHA-256 that a file must have, or "". Raises `DataError` where two sources differ."""
    if not sha256:
        return _known(name)
    if (match := _HASH.fullmatch(sha256.strip())) is None:
        raise DataError(f"--sha256: expected 64 hexadecimal digits, got {sha256[:80]!r}")
    given, listed = match[1].lower(), catalogue()[name].sha256 if name in catalogue() else ""
    if listed and given != listed:
        raise DataError(f"{name}: the catalogue says SHA-256 {listed}, you said {given}. Leave one of them out")
    return given


def _known(name: str) -> str:
    listed = catalogue()[name].sha256 if name in catalogue() else ""
    record = None if listed else record_of(name)
    return listed or (record.sha256 if record else "")


def _there(name: str, url: str, expected: str) -> Record | None:
    """The record of a file that is there already and is what it should be."""
    path, record = folder() / name, record_of(name)
    if not path.is_file() or not expected or digest(path) != expected:
        return None
    if record is not None and record.url != url and name not in catalogue():
        raise DataError(f"{name} is there already, from {record.url}. Remove {path} to fetch another file of this name")
    if record is None or record.sha256 != expected:
        record = _recorded(name, url, expected, path.stat().st_size)
    return record


def _bring(name: str, url: str, expected: str, staging: Path, tell: Tell) -> Record:
    """Fetches a file into a folder of its own, and moves it into place when it is whole and what it should be."""
    import logging

    import pooch

    logger, download = pooch.get_logger(), Download(name, expected, tell)
    level = logger.level
    logger.setLevel(logging.WARNING)  # it would print what we tell
    if staging.is_symlink() or is_own(staging):
        staging.unlink()
    staging.mkdir(exist_ok=True)
    for stale in staging.iterdir():
        if stale.name.startswith("tmp") or not is_own(stale):  # of a process that was killed; or a pipe, or a link
            shutil.rmtree(stale) if is_own_folder(stale) else stale.unlink(missing_ok=True)
    try:
        try:
            whole = pooch.retrieve(
                url, f"sha256:{expected}" if expected else None, fname=name, path=staging, downloader=download
            )
        except ValueError as error:
            if not download.sha256:
                raise
            raise DataError(
                f"{url} is not the file that was expected: SHA-256 {expected} expected, {download.sha256} came. "
                "Nothing was kept. If the archive has published a new version, remove the old file and its record"
            ) from error
        record = _recorded(name, url, download.sha256, download.size)
        os.replace(whole, folder() / name)
    except Exception:  # but not when interrupted: then the next fetch goes on where this one stopped
        shutil.rmtree(staging, ignore_errors=True)
        raise
    finally:
        logger.setLevel(level)
    shutil.rmtree(staging, ignore_errors=True)
    return record


def _recorded(name: str, url: str, sha256: str, size: int) -> Record:
    """Writes the record of a file, before the file itself: a record without its file says nothing."""
    now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    record = Record(name, url, sha256, size, now)
    target = folder() / (name + RECORD)
    fresh = folder() / ".partial" / f"{name}.record"
    fresh.write_text(json.dumps(asdict(record), indent=2) + "\n", encoding="utf-8")
    os.replace(fresh, target)
    return record


def _alone(lock: Path) -> Any:
    """Holds other processes off: the system lets go of the lock when a process ends, however it ends."""
    from filelock import FileLock, Timeout

    try:
        return FileLock(lock, timeout=WAIT_S).acquire()
    except Timeout as error:
        why = "another process has been fetching this file for an hour"
        raise DataError(f"{why}. If there is none, remove {lock}") from error


def _trouble(error: OSError, name: str, place: Path) -> DataError:
    """What to say when the system will not write."""
    if no_room(error):
        why = f"there is no room for {name} in {place} ({error.strerror or reason(error)})"
        return DataError(f"{why}. Nothing was kept. Free some, or set {ENVIRONMENT} to a folder with more")
    why = f"{name} could not be kept in {place}: {reason(error)}"
    return DataError(f"{why}. Set {ENVIRONMENT} to a folder you may write to")
