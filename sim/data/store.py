"""Data files that users download: the catalog, the folder of downloaded files, and their records.

Each file has a record beside it (`NAME.fetched.json`: url, sha256, size, time). A file appears in the folder only when
it is complete. Scenarios name it as `data:NAME`. Only `fetch` uses the network, and only `sim data fetch` calls it.
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
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from sim.core.errors import DataError
from sim.core.files import digest
from sim.core.regular_files import is_own, is_own_folder, no_room, read_json, reason
from sim.core.text import nearest
from sim.core.toml_file import read
from sim.data.resources import seeds_folder

if TYPE_CHECKING:
    from filelock import AcquireReturnProxy, SoftFileLock

    from sim.data.download import Tell

ENVIRONMENT = "FARSIDE_SIM_DATA"
"""Environment variable that sets another folder for downloaded files."""
PREFIX = "data:"
RECORD = ".fetched.json"
WAIT_S = 3600.0
"""Maximum wait for another process that downloads the same file (s)."""
MOST_RECORD_BYTES = 1 << 16
"""Maximum size of a record."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,127}(?<!\.)")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.I)
_HASH = re.compile(r"(?:sha256:)?([0-9a-f]{64})", re.I)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.I)


@dataclass(frozen=True)
class Entry:
    """A file of the catalog. `sha256` and `size` are empty if no source gives them."""

    name: str
    url: str
    what: str
    source: str
    sha256: str = ""
    size: int | None = None


@dataclass(frozen=True)
class Record:
    """A downloaded file: its URL, and its SHA-256 and size after the download."""

    name: str
    url: str
    sha256: str
    size: int
    fetched: str

    @property
    def path(self) -> Path:
        """Path of the file."""
        return folder() / self.name


def folder() -> Path:
    """Return the folder of downloaded files: $FARSIDE_SIM_DATA, or the user's cache folder."""
    if given := os.environ.get(ENVIRONMENT):
        return Path(given).expanduser().absolute()
    from platformdirs import user_cache_path  # as pooch does, which takes longer to load than a scenario to check

    return user_cache_path("farside-sim")


@lru_cache(maxsize=1)
def catalogue() -> Mapping[str, Entry]:
    """Return the files that can be downloaded by name, from seeds/data."""
    found = {}
    for path in sorted((seeds_folder() / "data").glob("*.toml")):
        for name, fields in read(path).data.items():
            found[name] = Entry(name, **fields)  # type: ignore[arg-type]  # a test checks the catalog's fields
    return found


def find(name: str) -> Path:
    """Return the path of `data:NAME`. Raises `DataError` if it is not downloaded, or has changed since."""
    name = safe(name.removeprefix(PREFIX))
    path = folder() / name
    if not path.is_file():
        if name in catalogue():
            raise DataError(f"{name} is not downloaded. Download it once: sim data fetch {name}")
        known = [*(record.name for record in records()), *catalogue()]
        raise DataError(f"no data file is called {name!r}.{nearest(name, known)}. Others: sim data fetch URL")
    if (expected := _known(name)) and expected != (got := digest(path)):
        raise DataError(
            f"{path} has changed since it was downloaded: expected SHA-256 {expected}, got {got}. "
            f"Download it again: sim data fetch {name}"
        )
    return path


def fetch(name_or_url: str, sha256: str = "", tell: Tell = lambda done, total: None) -> Record:
    """Download a file of the catalog by name, or any file by URL, unless it is there already.

    Parameters
    ----------
    name_or_url : str
        Name of the catalog, or URL (http or https).
    sha256 : str
        Expected SHA-256 in hexadecimal. Without it, the one of the catalog or of an earlier download; else any.
    tell : callable
        Called with the number of bytes received and the total (None if unknown).

    Returns
    -------
    Record

    Raises
    ------
    DataError
        If the download fails, or the file is not the expected one. Then no file is kept.
    """
    name, url = _named(name_or_url)
    place, staging = folder(), folder() / ".partial" / name
    try:
        staging.parent.mkdir(parents=True, exist_ok=True)
        with _alone(staging.parent / f"{name}.lock"):
            expected = _expected(name, sha256)  # after the lock: another process may have recorded it
            return _there(name, url, expected) or _bring(name, url, expected, staging, tell)
    except OSError as error:
        raise _trouble(error, name, place) from error


def records() -> list[Record]:
    """Return the records of downloaded files, by name; records that cannot be read are skipped."""
    home = folder()
    names = sorted(path.name.removesuffix(RECORD) for path in home.glob(f"*{RECORD}")) if home.is_dir() else []
    return [record for record in map(record_of, names) if record is not None]


def record_of(name: str) -> Record | None:
    """Return the record of a downloaded file; None if there is none that can be read."""
    try:
        fields = read_json(folder() / (name + RECORD), MOST_RECORD_BYTES)
    except DataError:
        return None
    if not _NAME.fullmatch(name) or not isinstance(fields, dict):
        return None
    url, sha256, fetched, size = (fields.get(key) for key in ("url", "sha256", "fetched", "size"))
    if not isinstance(url, str) or not isinstance(sha256, str) or not isinstance(fetched, str):
        return None
    if isinstance(size, bool) or not isinstance(size, int) or not 0 <= size < 1 << 63:
        return None
    if not (url + fetched).isprintable() or not _SHA256.fullmatch(sha256):
        return None
    return Record(name, url, sha256.lower(), size, fetched)


def unrecorded() -> list[str]:
    """Return the names of files in the folder without a record."""
    home = folder()
    files = [p.name for p in home.iterdir() if p.is_file() and _NAME.fullmatch(p.name)] if home.is_dir() else []
    return sorted(n for n in files if not n.endswith(RECORD) and record_of(n) is None)


def safe(name: str) -> str:
    """Check that a name is a plain file name. Raises `DataError`."""
    if not _NAME.fullmatch(name) or _RESERVED.fullmatch(name) or name.lower().endswith(RECORD):
        raise DataError(f"expected a file name like de440s.bsp (letters, digits and . _ + -), got {name!r}")
    return name


def _named(name_or_url: str) -> tuple[str, str]:
    """Return the file name and the URL."""
    if ":" not in name_or_url.removeprefix(PREFIX):
        name = safe(name_or_url.removeprefix(PREFIX))
        if name in catalogue():
            return name, catalogue()[name].url
        if (record := record_of(name)) is not None:
            return name, record.url
        raise DataError(f"no data file is called {name!r}.{nearest(name, catalogue())}. Give the URL of other files")
    from sim.data.download import refuse_address

    refuse_address(name_or_url)
    last = unquote(urlsplit(name_or_url).path.rpartition("/")[2])
    if not last:
        raise DataError(f"{name_or_url} is the URL of a folder. Expected the URL of a file")
    return safe(last), name_or_url


def _expected(name: str, sha256: str) -> str:
    """Return the SHA-256 that a file must have, or "". Raises `DataError` if two sources differ."""
    if not sha256:
        return _known(name)
    if (match := _HASH.fullmatch(sha256.strip())) is None:
        raise DataError(f"--sha256: expected 64 hexadecimal digits, got {sha256[:80]!r}")
    given, listed = match[1].lower(), catalogue()[name].sha256 if name in catalogue() else ""
    if listed and given != listed:
        raise DataError(f"{name}: --sha256 is {given}, but the catalog lists {listed}. Leave out --sha256")
    return given


def _known(name: str) -> str:
    listed = catalogue()[name].sha256 if name in catalogue() else ""
    record = None if listed else record_of(name)
    return listed or (record.sha256 if record else "")


def _there(name: str, url: str, expected: str) -> Record | None:
    """Return the record of a file that is there already with the expected SHA-256."""
    path, record = folder() / name, record_of(name)
    if not path.is_file() or not expected or digest(path) != expected:
        return None
    if record is not None and record.url != url and name not in catalogue():
        raise DataError(f"{name} is there already, from {record.url}. Remove {path} first")
    if record is None or record.sha256 != expected:
        record = _recorded(name, url, expected, path.stat().st_size)
    return record


def _bring(name: str, url: str, expected: str, staging: Path, tell: Tell) -> Record:
    """Download a file into a temporary folder, and move it into place if it is complete and the expected one."""
    import logging

    import pooch

    from sim.data.download import Download

    logger, download = pooch.get_logger(), Download(name, expected, tell)
    level = logger.level
    logger.setLevel(logging.WARNING)  # pooch would report the same progress
    if staging.is_symlink() or is_own(staging):
        staging.unlink()
    staging.mkdir(exist_ok=True)
    for stale in staging.iterdir():
        # A process was killed before it recorded a complete file (of this URL or another); or a pipe or link lies here.
        if stale.name == name or stale.name.startswith("tmp") or not is_own(stale):
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
                f"{url} is not the expected file: expected SHA-256 {expected}, got {download.sha256}. "
                "Nothing was kept. If the archive has published a new version, remove the old file and its record"
            ) from error
        record = _recorded(name, url, download.sha256, download.size)
        os.replace(whole, folder() / name)
    except Exception:  # after an interrupt, the next download continues here
        shutil.rmtree(staging, ignore_errors=True)
        raise
    finally:
        logger.setLevel(level)
    shutil.rmtree(staging, ignore_errors=True)
    return record


def _recorded(name: str, url: str, sha256: str, size: int) -> Record:
    """Write the record of a file before the file itself: a record without its file is ignored."""
    now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    record = Record(name, url, sha256, size, now)
    target = folder() / (name + RECORD)
    fresh = folder() / ".partial" / f"{name}.record"
    fresh.write_text(json.dumps(asdict(record), indent=2) + "\n", encoding="utf-8")
    os.replace(fresh, target)
    return record


def _alone(lock: Path) -> AcquireReturnProxy[SoftFileLock]:
    """Lock a download against other processes; the system releases the lock when a process ends."""
    from filelock import FileLock, Timeout

    try:
        return FileLock(lock, timeout=WAIT_S).acquire()
    except Timeout as error:
        why = "another process has been downloading this file for an hour"
        raise DataError(f"{why}. If no such process exists, remove {lock}") from error


def _trouble(error: OSError, name: str, place: Path) -> DataError:
    """The message of a system error while writing."""
    if no_room(error):
        why = f"the disk is too full for {name} in {place} ({error.strerror or reason(error)})"
        return DataError(f"{why}. Nothing was kept. Free some space, or set {ENVIRONMENT} to another folder")
    why = f"{name} could not be written to {place}: {reason(error)}"
    return DataError(f"{why}. Set {ENVIRONMENT} to a folder that you can write to")
