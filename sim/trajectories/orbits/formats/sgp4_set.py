"""One element set, and its SGP4 motion as polynomials. Every column that SGP4 uses is checked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

import erfa
import numpy as np
from numpy.typing import NDArray
from sgp4.alpha5 import from_alpha5
from sgp4.api import SGP4_ERRORS, Satrec

from sim.core.chebyshev import Pieces, lobatto_points, lobatto_transform, polynomials
from sim.core.errors import PropagationError
from sim.core.time import DAY_S, J2000_JD, tdb, utc
from sim.core.time_scales import tdb_minus_tt

Array = NDArray[np.float64]

LOWEST_KM, HIGHEST_KM = 6378.0 + 80.0, 2e6
"""From the Earth's center: nothing stays in orbit below 80 km, and SGP4 knows nothing of what holds beyond 2e6 km."""

FIT_KM = 2e-7
"""A piece is halved until its last two coefficients are below 0.2 mm, which leaves 0.1 mm between the nodes."""
FIT_OF_AXIS = 1e-11
"""Or below this part of the semi-major axis: SGP4 solves Kepler's equation to 1e-12 rad, and says no more."""
STEP_KM, TORN_KM = 1e-3, 10.0
"""SGP4 steps where it changes its formulas, above all when a high orbit's inclination passes 11.46 deg: a step of more
than a meter is a join, one of more than 10 km no orbit."""

_DEGREE, _PIECES_A_TURN = 28, 1
_LOOKS_A_TURN, _CLOSE_LOOKS, _LOOKS = 4, 128, 200_000  # a turn, whether it is still an orbit; in all at the most
_NEAR_KM = 40.0  # above the air; its height goes up and down by some 20 km a turn
_HALVINGS = 25  # of a turn: a step is shut into 3 ms at the most
_BLOCK_S, _BLOCK_DEGREE = 16 * DAY_S, 16
_EARTH_RADIUS_KM, _GM = 6378.135, 398600.8  # WGS 72, as in element sets. Source: Vallado et al. (2006), AIAA 2006-6753

_NUMBER = ("catalogue number", 3, 7, r"[ 0-9A-HJ-NP-Z][ 0-9]{3}[0-9]", None)
_COLUMNS = {
    1: (
        _NUMBER,
        ("year", 19, 20, r"[ \d]\d", None),
        ("day of the year", 21, 32, r"[ \d]{2}\d\.\d{8}", None),
        ("drag term", 54, 61, r"[ +-][ \d]{5}[ +-][ \d]", None),
        ("type (4 is not for SGP4 but for SGP4-XP)", 63, 63, r"[ 0-3]", None),
    ),
    2: (
        _NUMBER,
        ("inclination", 9, 16, r"[ \d]{2}\d\.\d{4}", 180.0),
        ("node", 18, 25, r"[ \d]{2}\d\.\d{4}", 360.0),
        ("eccentricity", 27, 33, r"[ \d]{6}\d", None),
        ("argument of perigee", 35, 42, r"[ \d]{2}\d\.\d{4}", 360.0),
        ("mean anomaly", 44, 51, r"[ \d]{2}\d\.\d{4}", 360.0),
        ("mean motion", 53, 63, r"[ \d]\d\.\d{8}", None),
    ),
}
"""What SGP4 reads from each line: name, first and last column, how it looks, the largest angle."""


@dataclass(frozen=True, eq=False)
class ElementSet:
    """Elements of one epoch, ready for SGP4.

    number  : NORAD catalog number
    epoch   : TDB s past J2000
    satrec  : sgp4's own record
    checked : whether its lines had checksums; True for messages, which have none
    """

    number: int
    epoch: float
    satrec: Satrec
    checked: bool = True

    @classmethod
    def read(cls, line1: str, line2: str) -> ElementSet:
        """Read the element set of two lines that have been checked."""
        number, other = (line[2:7].strip().zfill(5) for line in (line1, line2))
        if number != other:
            raise ValueError(f"line 1 is of object {number}, line 2 of object {other}: they do not belong together")
        year, day = int(line1[18:20]), float(line1[20:32])
        year += 2000 if year < 57 else 1900  # Sputnik's year is the first. Source: CelesTrak, TLE format
        try:
            midnight = tdb(f"{year}-{int(day):03d}T00:00:00Z")
        except ValueError:
            raise ValueError(f"columns 21 to 32 of line 1: {year} has no day {int(day)}") from None
        tt = midnight - tdb_minus_tt(midnight) + (day - int(day)) * DAY_S
        if float(line2[52:63]) <= 0.0:
            raise ValueError(f"columns 53 to 63 of line 2: expected a mean motion above 0, got {line2[52:63].strip()}")
        record = Satrec.twoline2rv(f"{line1:<69}", f"{line2:<69}")
        found = cls.of(from_alpha5(number), float(tt + tdb_minus_tt(tt)), record)
        return found if len(line1) == len(line2) == 69 else replace(found, checked=False)

    @classmethod
    def of(cls, number: int, epoch: float, satrec: Satrec) -> ElementSet:
        """The element set of a record that SGP4 accepts. Raises `ValueError`."""
        code, _, _ = satrec.sgp4_tsince(0.0)
        if satrec.error or code:
            raise ValueError(f"SGP4 refuses this element set: {SGP4_ERRORS[satrec.error or code]}")
        if satrec.altp <= 0.0:
            lowest = (satrec.altp + 1.0) * _EARTH_RADIUS_KM
            raise ValueError(f"the orbit's lowest point, {lowest:.0f} km, is inside the earth: check the eccentricity")
        return cls(number, epoch, satrec)

    def __str__(self) -> str:
        return f"element set {self.number:05d} of {utc(self.epoch, 0)}"

    @property
    def apogee_km(self) -> float:
        """Greatest distance from the Earth's center, km."""
        return float(self.satrec.a * (1.0 + self.satrec.ecco)) * _EARTH_RADIUS_KM

    def alive(self, start: float, end: float) -> tuple[float, float, str]:
        """Part of an interval (TDB s) in which it is in orbit, to a tenth of a second, and why it is not in the rest.

        It is followed from its epoch: after a decay SGP4's answers are meaningless, with or without an error. A few
        samples per revolution give the perigee; only where that is near the atmosphere are there more.
        """
        why, turn = "", 120.0 * np.pi / self.satrec.no_kozai
        for side in (min(start - self.epoch, 0.0), max(end - self.epoch, 0.0)):
            since = np.linspace(0.0, side, int(min(_LOOKS, 2 + _LOOKS_A_TURN * abs(side) / turn)))
            if not np.any(low := self._perigee_km(since) < LOWEST_KM + _NEAR_KM):
                continue
            begin = float(since[max(0, int(np.argmax(low)) - _LOOKS_A_TURN)])
            close = np.linspace(begin, side, int(min(_LOOKS, 2 + _CLOSE_LOOKS * abs(side - begin) / turn)))
            if not np.any(bad := _failed(*self._sgp4(close))):
                continue
            good, last = self._until(float(close[np.argmax(bad)]))
            start, end = (max(start, self.epoch + good), end) if side < 0.0 else (start, min(end, self.epoch + good))
            why = self._ended(last)
        return start, end, why

    def pieces(self, start: float, end: float) -> tuple[Pieces, Array]:
        """Position relative to the Earth, km in ICRF axes, from start to end (TDB s), and the times of SGP4 steps.

        Within 0.2 mm of SGP4 where it is smooth: resonant orbits (12 h, 24 h) step by up to a few cm twice a day.
        """
        enough = max(FIT_KM, FIT_OF_AXIS * self.satrec.a * _EARTH_RADIUS_KM)
        length_s = 2.0 * np.pi / self.satrec.no_kozai * 60.0 / _PIECES_A_TURN
        count = max(1, int(np.ceil((end - start) / length_s)))
        edges = np.linspace(start, end, count + 1)
        begins, ends, kept, steps = edges[:-1], edges[1:], [], np.empty(0)
        for halvings in range(_HALVINGS + 1):
            # Seconds since the epoch: those since J2000 would round a low orbit's nodes by half a millimeter.
            begin, half = (begins - self.epoch)[:, None], 0.5 * (ends - begins)[:, None]
            position = self._positions((begin + half * (1.0 + lobatto_points(_DEGREE))).ravel())
            table = np.matmul(lobatto_transform(_DEGREE), position.reshape(len(begins), _DEGREE + 1, 3))
            left = np.max(np.abs(table[:, -2:]), axis=(1, 2))
            good = left < enough
            everywhere = np.count_nonzero(~good) > 8 * count + 64  # an eccentric orbit needs 4 a turn, a step 1
            if everywhere or halvings == _HALVINGS:
                if np.max(left) > (STEP_KM if everywhere else TORN_KM):
                    at = utc(float(begins[np.argmax(left)]), 0)
                    raise PropagationError(f"{self}: SGP4 is discontinuous at {at}. It is not valid for this orbit")
                steps, good = np.sort(begins[left > STEP_KM]), np.ones_like(good)
            kept.append((begins[good], table[good]))
            begins, ends = begins[~good], ends[~good]
            if not len(begins):
                break
            middles = 0.5 * (begins + ends)
            begins, ends = np.concatenate((begins, middles)), np.concatenate((middles, ends))
        starts = np.concatenate([part for part, _ in kept])
        order = np.argsort(starts)
        return Pieces(np.append(starts[order], end), np.concatenate([part for _, part in kept])[order]), steps

    def _positions(self, elapsed: Array) -> Array:
        """Position (n, 3) km relative to the Earth, ICRF axes, at TDB seconds since the epoch (n,)."""
        turn, difference = _teme(self.epoch + np.append(elapsed, 0.0))
        since = elapsed - (difference[:-1] - difference[-1])
        codes, teme = self._sgp4(since)
        bad = _failed(codes, teme)
        if np.any(bad):
            _, last = self._until(float(since[bad][np.argmin(np.abs(since[bad]))]))
            raise PropagationError(f"{self._ended(last)}. Choose another span, or give a nearer element set")
        position: Array = np.einsum("ijn,nj->ni", turn[..., :-1], teme)
        return position

    def _sgp4(self, since: Array) -> tuple[NDArray[np.uint8], Array]:
        """SGP4's error codes (n,) and positions (n, 3) km, TEME axes, at TT seconds since the epoch (n,).

        Elapsed seconds, not differences of UTC dates: no satellite jumps by 8 km at a leap second.
        """
        record = self.satrec
        codes, teme, _ = record.sgp4_array(np.full(len(since), record.jdsatepoch), record.jdsatepochF + since / DAY_S)
        return codes, teme

    def _perigee_km(self, since: Array) -> Array:
        """Perigee distance of the osculating ellipse at each time, km; 0 where SGP4 has failed."""
        codes, place, velocity = self.satrec.sgp4_array(
            np.full(len(since), self.satrec.jdsatepoch), self.satrec.jdsatepochF + since / DAY_S
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            r, spin = np.linalg.norm(place, axis=1), np.linalg.norm(np.cross(place, velocity), axis=1)
            energy = 0.5 * np.sum(velocity**2, axis=1) - _GM / r
            shape = np.sqrt(np.maximum(0.0, 1.0 + 2.0 * energy * spin**2 / _GM**2))
            lowest = spin**2 / (_GM * (1.0 + shape))
        sound: Array = np.where((codes == 0) & np.isfinite(lowest) & (r < HIGHEST_KM), lowest, 0.0)
        return sound

    def _ended(self, last: float) -> str:
        """Say why it is not an orbit at a time, in seconds after the epoch."""
        codes, teme = self._sgp4(np.array([last]))
        height = float(np.linalg.norm(teme[0])) - _EARTH_RADIUS_KM
        placed = f"SGP4 gives an altitude of {height:,.0f} km" if np.isfinite(height) else "SGP4 gives no position"
        why = f"SGP4 stops: {SGP4_ERRORS[int(codes[0])]}" if codes[0] else placed
        what = "leaves the earth at" if height > 0.5 * HIGHEST_KM else "decays at"
        return f"{self} {'is not an orbit before' if last < 0.0 else what} {utc(self.epoch + last, 0)}: {why}"

    def _until(self, last: float) -> tuple[float, float]:
        """Last time before a failure (s since the epoch) at which it is an orbit, and the next one."""
        good = 0.0
        while abs(last - good) > 0.1:
            middle = 0.5 * (good + last)
            good, last = (good, middle) if _failed(*self._sgp4(np.array([middle])))[0] else (middle, last)
        return good, last


def checked_line(text: str, number: int) -> str:
    """Check a line of an element set and return it; 68 characters if it has no checksum."""
    text = text.rstrip(" \t\r\n")
    for column, letter in enumerate(text, 1):
        if not " " <= letter <= "~":
            raise ValueError(f"column {column} holds {letter!a}: expected plain letters, digits and spaces. Retype it")
    if text.startswith(f"{3 - number} "):
        raise ValueError(f"expected line {number}, got line {3 - number}: the two lines are swapped")
    if not text.startswith(f"{number} "):
        raise ValueError(f"expected a line that begins with '{number} ', got {text[:20]!r}")
    if len(text) not in (68, 69):
        raise ValueError(f"expected 69 characters, got {len(text)}. Copy the line whole, with all its spaces")
    total = sum(int(letter) if letter.isdigit() else letter == "-" for letter in text[:68]) % 10
    if text[68:] not in ("", str(total)):
        raise ValueError(f"the line adds up to {total}, its checksum (column 69) says {text[68]}. Copy the line again")
    for name, first, last, pattern, largest in _COLUMNS[number]:
        found = text[first - 1 : last]
        if not re.fullmatch(pattern, found):
            raise ValueError(f"columns {first} to {last} hold no {name} but {found!r}")
        if largest is not None and float(found) > largest:
            raise ValueError(f"columns {first} to {last}: {name} is 0 to {largest:g} deg, got {found.strip()}")
    return text


def _failed(codes: NDArray[np.uint8], teme: Array) -> NDArray[np.bool_]:
    """Where SGP4 reports an error, or fails without one."""
    squared = np.einsum("ni,ni->n", teme, teme)
    sound: NDArray[np.bool_] = (codes == 0) & (squared > LOWEST_KM**2) & (squared < HIGHEST_KM**2)
    return ~sound


def _teme(t: Array) -> tuple[Array, Array]:
    """Rotation from TEME to ICRF axes (3, 3, n), and TDB − TT (n,) s, at TDB seconds (n,)."""
    result = np.empty((10, len(t)))
    blocks = np.floor(t / _BLOCK_S)
    for block in np.unique(blocks):
        here = blocks == block
        x = 2.0 * (t[here] / _BLOCK_S - block) - 1.0
        powers = polynomials(x, _BLOCK_DEGREE + 1).T
        result[:, here] = np.einsum("jn,jk->kn", powers, _teme_block(int(block)))  # threads would cost more than it
    return result[:9].reshape(3, 3, -1), result[9]


@lru_cache(maxsize=4096)
def _teme_block(block: int) -> Array:
    """Chebyshev coefficients of the nine elements and of TDB − TT over 16 days: both change slowly (0.01 mm).

    TEME and the celestial intermediate system share the true pole, and both turn into the same Earth-fixed axes: one by
    GMST of 1982, the other by the Earth rotation angle. What is left between them is precession, 0.13″ a day, so that
    UTC may stand for UT1: 0.9 s are 0.05 mm in a low orbit, 0.3 mm in a geostationary one.
    Source: Vallado et al. (2006), AIAA 2006-6753, appendix C; IERS Conventions (2010), eq. 5.15.
    """
    t = _BLOCK_S * (block + 0.5 * (1.0 + lobatto_points(_BLOCK_DEGREE)))
    difference = tdb_minus_tt(t)
    tt = (t - difference) / DAY_S
    tai1, tai2, _ = erfa.ufunc.tttai(J2000_JD, tt)
    utc1, utc2, _ = erfa.ufunc.taiutc(tai1, tai2)
    angle = erfa.era00(utc1, utc2) - erfa.gmst82(utc1, utc2)
    to_icrf = np.swapaxes(erfa.rz(angle, erfa.c2i06a(J2000_JD, tt)), -1, -2)
    coefficients: Array = lobatto_transform(_BLOCK_DEGREE) @ np.column_stack((to_icrf.reshape(-1, 9), difference))
    return coefficients
