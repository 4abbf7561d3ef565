"""Rotation matrices from ICRF axes to axes fixed in the Earth, the Moon and the planets.

ITRS     : IAU 2006/2000A with UT1 and polar motion from the IERS tables of `astropy-iers-data`; the CIP's X, Y and s
           and TDB − TT are kept as Chebyshev pieces of 16 days (0.001 mm). Celestial pole offsets (under 1 cm) and
           sub-daily tides in UT1 and polar motion (about 3 cm) are left out, as Astropy does.
MOON_PA  : principal axes of DE421, from its binary PCK: what lunar gravity lives in
MOON_ME  : mean Earth/polar axis of DE421: what lunar maps and coordinates live in; up to 875 m from MOON_PA
planets  : in `spins`
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import erfa
import numpy as np
from numpy.typing import NDArray

from sim.core.chebyshev import Pieces, lobatto_points, lobatto_transform, polynomials
from sim.core.errors import DataError
from sim.core.recent import recent
from sim.core.time import DAY_S, J2000_JD, instants
from sim.core.time_scales import tdb_minus_tt
from sim.core.values import TimeLike
from sim.trajectories.bodies.ephemeris import lunar_angles, not_covered

Array = NDArray[np.float64]

EARTH_SPIN_RAD_S = 7.292115e-5
"""Nominal rate of the Earth's rotation. Source: IERS Conventions (2010), table 1.1."""

_ERA_RAD_S = 2.0 * np.pi * 1.00273781191135448 / DAY_S
"""Rate of the Earth rotation angle. Source: IERS Conventions (2010), eq. 5.15."""

EARTH_MEASURED, EARTH_PREDICTED = "eopc04.1962-now", "finals2000A.all"
"""Files of astropy-iers-data: EOP 20 C04, and Bulletin A's rapid values and predictions."""

_ARCSECOND = np.pi / 648000.0
_BLOCK_S = 16 * DAY_S
_DEGREE = 16
_PIECES = 8  # two days each, on which a lower degree is as good
_LOW = 8


@recent
def itrs(t: TimeLike) -> Array:
    """Rotation from ICRF axes to the Earth-fixed ITRS: (…) TDB s → (…, 3, 3)."""
    t = instants(t)
    x, y, s, difference = np.moveaxis(_celestial(t)(t), -1, 0)
    ut1, pole_x, pole_y = _orientation(t - difference)
    days = ut1 / DAY_S
    # Earth rotation angle, whole turns taken off before they cost digits. Source: IERS Conventions (2010), eq. 5.15.
    turn = 2.0 * np.pi * ((days - np.floor(days)) + 0.7790572732640 + 0.00273781191135448 * days)
    tio = -47e-6 * _ARCSECOND * days / 36525.0  # TIO locator s', ibid. eq. 5.13
    z = np.sqrt(1.0 - x * x - y * y)
    a = 1.0 / (1.0 + z)
    cosine, sine = np.cos(turn - s + tio), np.sin(turn - s + tio)
    matrix = np.empty((3, 3, *np.shape(t)))
    # Column by column: what the turn makes of the CIP's frame, then what polar motion makes of that. The squares of the
    # pole's 2e-6 rad are 0.03 mm.
    for column, (first, second, third) in enumerate(
        ((1.0 - a * x * x, -a * x * y, x), (-a * x * y, 1.0 - a * y * y, y), (-x, -y, z))
    ):
        first, second = cosine * first + sine * second, cosine * second - sine * first
        first, third = first + pole_x * third, third - pole_x * first
        matrix[0, column] = first
        matrix[1, column] = second - pole_y * third
        matrix[2, column] = third + pole_y * second
    return np.moveaxis(matrix, (0, 1), (-2, -1))


def moon_pa(t: TimeLike) -> Array:
    """Rotation from ICRF axes to the Moon's principal axes (DE421): (…) TDB s → (…, 3, 3)."""
    t = instants(t)
    pieces = _lunar(t)
    return euler(*np.moveaxis(pieces(t), -1, 0))


@recent
def moon_me(t: TimeLike) -> Array:
    """Rotation from ICRF axes to the Moon's mean-Earth/polar axes (DE421): (…) TDB s → (…, 3, 3)."""
    matrix = np.moveaxis(moon_pa(t), (-2, -1), (0, 1))
    return np.moveaxis((ME_FROM_PA @ matrix.reshape(3, -1)).reshape(matrix.shape), (0, 1), (-2, -1))


@recent
def moon_spin(t: TimeLike) -> Array:
    """Angular velocity of the Moon's axes, in ICRF axes: (…) TDB s → (…, 3) rad/s."""
    t = instants(t)
    angles, rates = _lunar(t).both(t)
    (phi, theta, _), (phi_rate, theta_rate, psi_rate) = np.moveaxis(angles, -1, 0), np.moveaxis(rates, -1, 0)
    node = np.stack((np.cos(phi), np.sin(phi), np.zeros_like(phi)), axis=-1)
    pole = np.stack((np.sin(theta) * np.sin(phi), -np.sin(theta) * np.cos(phi), np.cos(theta)), axis=-1)
    spin: Array = theta_rate[..., None] * node + psi_rate[..., None] * pole
    spin[..., 2] += phi_rate
    return spin


@recent
def earth_spin(t: TimeLike) -> Array:
    """Angular velocity of the ITRS, in ICRF axes: (…) TDB s → (…, 3) rad/s.

    About the celestial intermediate pole, at the rate of the Earth rotation angle: the pole of the ITRS is up to 0.6″
    away, 1.4 mm/s on the equator. The rates of precession and nutation (1e-7) and the excess length of day (3e-8) are
    left out.
    """
    x, y, _, _ = np.moveaxis(_celestial(t := instants(t))(t), -1, 0)
    return _ERA_RAD_S * np.stack((x, y, np.sqrt(1.0 - x * x - y * y)), axis=-1)


OBLIQUITY = 84381.448 / 3600.0 * np.pi / 180.0
"""Of the ecliptic of J2000 against ICRF axes, as minor planets' elements use it (rad). Source: IAU 1976, Horizons."""


def rotation(axis: int, angle: float) -> Array:
    """The matrix that turns axes by an angle about axis 1, 2 or 3."""
    i, j = {1: (1, 2), 2: (2, 0), 3: (0, 1)}[axis]
    matrix = np.eye(3)
    matrix[i, i] = matrix[j, j] = np.cos(angle)
    matrix[i, j], matrix[j, i] = np.sin(angle), -np.sin(angle)
    return matrix


ME_FROM_PA: Array = (
    rotation(3, 67.92 * _ARCSECOND) @ rotation(2, 78.56 * _ARCSECOND) @ rotation(1, 0.30 * _ARCSECOND)
).T
"""Rotation from the principal axes of DE421 to its mean-Earth axes. Source: NAIF moon_080317.tf."""


def held(name: str, epoch: float) -> Array:
    """Rotation (3, 3) from ICRF axes to axes of a name, as these stand at an epoch (s TDB past J2000) and fixed.

    icrf          : the ICRF's own
    ecliptic      : of J2000, by the obliquity of 1976 and ICRF's own equator, as catalogues of minor planets mean it
    earth_equator : true equator and equinox of the epoch, IAU 2006/2000A
    moon_me, moon_pa : the Moon's own, x to the mean Earth
    moon_equator  : z as moon_me has it, x where the Moon's equator rises through the ICRF's

    Source: IERS Conventions (2010), §5, through ERFA's `pnm06a`; IAU WGCCRE (2018) for the node.
    """
    if name == "icrf":
        return np.eye(3)
    t = np.asarray(epoch, dtype=float)
    if name == "ecliptic":
        return rotation(1, OBLIQUITY)
    if name == "earth_equator":
        matrix: Array = erfa.pnm06a(J2000_JD, float(t - tdb_minus_tt(t)) / DAY_S)
        return matrix
    if name == "moon_pa":
        return moon_pa(t)
    axes = moon_me(t)
    if name == "moon_equator":
        node = np.array([-axes[2, 1], axes[2, 0], 0.0]) / np.hypot(axes[2, 0], axes[2, 1])
        return np.stack((node, np.cross(axes[2], node), axes[2]))
    return axes


@dataclass(frozen=True)
class EarthOrientation:
    """Daily Earth orientation, by TT.

    tt (n,) s past J2000; ut1_minus_tt (n,) s; pole_x, pole_y (n,) rad; measured_until, predicted_until: TT s
    """

    tt: Array
    ut1_minus_tt: Array
    pole_x: Array
    pole_y: Array
    measured_until: float
    predicted_until: float


@lru_cache(maxsize=1)
def earth_orientation() -> EarthOrientation:
    """The IERS tables: EOP 20 C04 as far as it goes, Bulletin A's rapid values and predictions after that."""
    folder = iers_folder()
    series = _columns(folder / EARTH_MEASURED, b"\n1962", ((16, 26), (26, 38), (38, 50), (50, 62)))
    rapid = _columns(folder / EARTH_PREDICTED, b"", ((7, 15), (18, 27), (37, 46), (58, 68)))
    measured = float(series[-1, 0])
    table = np.concatenate((series, rapid[rapid[:, 0] > measured]))
    mjd, x, y, ut1_utc = table.T
    tai1, tai2, _ = erfa.ufunc.utctai(2400000.5, mjd)
    tt1, tt2, _ = erfa.ufunc.taitt(tai1, tai2)
    tt = ((tt1 - J2000_JD) + tt2) * DAY_S
    utc_minus_tt = ((2400000.5 - tt1) + (mjd - tt2)) * DAY_S
    at = float(tt[len(series) - 1])
    return EarthOrientation(tt, ut1_utc + utc_minus_tt, x * _ARCSECOND, y * _ARCSECOND, at, float(tt[-1]))


def ut1_sigma_s(t: Array) -> Array:
    """Standard deviation of UT1 as `itrs` takes it, s, at TDB seconds (…).

    Beyond the measured days 0.00025 d^0.75 s, d days; beyond the predictions, where UT1 drifts on at its mean rate,
    0.17 y^1.17 s more, y years (root of the sum of squares). Measured values are taken for certain (10 µs).
    Source: IERS Bulletin A for the predictions; for the drift our own hindcasts over EOP 20 C04, 1967 to 2026, which
    were off by 0.17 s after one year, 1.2 s after 5, 2.4 s after 10 and 5.4 s after 20 (root mean square).
    """
    table = earth_orientation()
    days = np.maximum(t - table.measured_until, 0.0) / DAY_S
    years = np.maximum(t - table.predicted_until, 0.0) / (365.25 * DAY_S)
    sigma: Array = np.hypot(0.00025 * days**0.75, 0.17 * years**1.17)
    return sigma


def earth_days(start: float, end: float) -> Array:
    """The midnights (TDB s) at which the lines through the daily table meet: the Earth's turn has corners there.

    They are 1e-10 rad, or 20 µs of the Moon's setting; good to 2 ms.
    """
    tt = earth_orientation().tt
    return tt[np.searchsorted(tt, start) : np.searchsorted(tt, end)]


def _orientation(tt: Array) -> tuple[Array, Array, Array]:
    """UT1 (s past J2000) and the pole's coordinates (rad), linear between the days, as the IERS tables are used.

    After the predictions end UT1 drifts on at the mean rate of the table's last five years.
    """
    table = earth_orientation()
    if np.size(tt) and np.min(tt) < table.tt[0]:
        raise not_covered("the Earth's measured orientation (IERS)", table.tt[0], table.tt[-1], tt)
    # The days begin a second later after each leap second: at worst a line is followed 27 s too far.
    day = np.clip(((tt - table.tt[0]) / DAY_S).astype(np.intp), 0, len(table.tt) - 2)
    share = np.minimum((tt - table.tt[day]) / (table.tt[day + 1] - table.tt[day]), 1.0 + 1e-3)
    difference, pole_x, pole_y = (
        column[day] + share * (column[day + 1] - column[day])
        for column in (table.ut1_minus_tt, table.pole_x, table.pole_y)
    )
    if np.size(tt) and np.max(tt) > table.tt[-1]:
        rate = (table.ut1_minus_tt[-1] - table.ut1_minus_tt[-1827]) / (table.tt[-1] - table.tt[-1827])
        difference = difference + rate * np.maximum(tt - table.tt[-1], 0.0)
    return tt + difference, pole_x, pole_y


def _celestial(t: Array) -> Pieces:
    """X, Y, s of the CIP (rad) and TDB − TT (s), as pieces that cover these times."""
    if not np.size(t):
        return _celestial_table(0, 0)
    return _celestial_table(int(np.min(t) // _BLOCK_S), int(np.max(t) // _BLOCK_S))


@lru_cache(maxsize=64)
def _celestial_table(first: int, last: int) -> Pieces:
    blocks = np.concatenate([_celestial_block(block) for block in range(first, last + 1)])
    edges = _BLOCK_S * first + _BLOCK_S / _PIECES * np.arange(len(blocks) + 1, dtype=np.float64)
    return Pieces(edges, blocks)


@lru_cache(maxsize=4096)
def _celestial_block(block: int) -> Array:
    t = _BLOCK_S * (block + 0.5 * (1.0 + lobatto_points(_DEGREE)))
    difference = tdb_minus_tt(t)
    x, y, s = erfa.xys06a(J2000_JD, (t - difference) / DAY_S)
    whole = lobatto_transform(_DEGREE) @ np.column_stack((x, y, s, difference))
    places = -1.0 + 2.0 / _PIECES * (np.arange(_PIECES)[:, None] + 0.5 * (1.0 + lobatto_points(_LOW)))
    coefficients: Array = np.einsum("ij,njk->nik", lobatto_transform(_LOW), polynomials(places, _DEGREE + 1) @ whole)
    return coefficients


def _lunar(t: Array) -> Pieces:
    pieces = lunar_angles()
    if not pieces.covers(np.asarray(t)):
        raise not_covered("the Moon's orientation (DE421)", pieces.start, pieces.end, t)
    return pieces


def euler(phi: Array, theta: Array, psi: Array) -> Array:
    """R3(ψ) R1(θ) R3(φ), of angles (…) in rad: (…, 3, 3)."""
    cf, sf, ct, st, cp, sp = np.cos(phi), np.sin(phi), np.cos(theta), np.sin(theta), np.cos(psi), np.sin(psi)
    matrix = np.empty((3, 3, *np.shape(phi)))  # number by number, which is quick to fill and to turn vectors with
    matrix[0, 0], matrix[0, 1], matrix[0, 2] = cp * cf - sp * ct * sf, cp * sf + sp * ct * cf, sp * st
    matrix[1, 0], matrix[1, 1], matrix[1, 2] = -sp * cf - cp * ct * sf, -sp * sf + cp * ct * cf, cp * st
    matrix[2, 0], matrix[2, 1], matrix[2, 2] = st * sf, -st * cf, ct
    return np.moveaxis(matrix, (0, 1), (-2, -1))


def iers_folder() -> Path:
    """Where the IERS tables lie. Raises `DataError` if they are not installed."""
    spec = find_spec("astropy_iers_data")
    if spec is None or spec.origin is None:
        raise DataError("the Earth's orientation is not installed. It comes with the package astropy-iers-data")
    return Path(spec.origin).parent / "data"


def _columns(path: Path, after: bytes, columns: tuple[tuple[int, int], ...]) -> Array:
    """Columns of a file of fixed width, (n, len(columns)), from the line after `after` to the first blank value."""
    raw = path.read_bytes()
    raw = raw[raw.index(after) + 1 :] if after else raw
    width = raw.index(b"\n") + 1
    rows = np.frombuffer(raw[: len(raw) // width * width], dtype="S1").reshape(-1, width)
    texts = [np.ascontiguousarray(rows[:, a:b]).view(f"S{b - a}").ravel() for a, b in columns]
    letters = [text.view(np.uint8).reshape(len(text), -1) for text in texts]
    filled = np.logical_and.reduce([(each > ord(" ")).any(axis=1) for each in letters])
    count = len(filled) if filled.all() else int(np.argmin(filled))
    return np.column_stack([_decimals(text[:count]) for text in texts])


def _decimals(texts: NDArray[np.bytes_]) -> Array:
    """Numbers written as `-12.345`, with the point in one column: the bits of `astype(float)`, in a third of its time.

    A whole number and a power of ten that floats hold exactly make the nearest float in one division.
    """
    letters = np.ascontiguousarray(texts.view(np.uint8).reshape(len(texts), -1).T)
    point = int(np.argmax(letters[:, 0] == ord("."))) if len(texts) else 0
    digits = letters - np.uint8(ord("0"))  # what is none becomes larger than 9
    is_digit = digits <= 9
    ahead, minus = is_digit[:point], letters[:point] == ord("-")
    plain = np.all(ahead | minus | (letters[:point] == ord(" "))) and np.all(is_digit[point + 1 :])
    ordered = np.all(ahead[:-1] <= ahead[1:]) and np.all(minus[:-1] <= ahead[1:])  # spaces, sign, digits, point
    if not (len(texts) and np.all(letters[point] == ord(".")) and plain and ordered and len(letters) <= 16):
        return texts.astype(float)
    digits[~is_digit] = 0
    whole = np.zeros(len(texts), dtype=np.int64)
    for row in (*digits[:point], *digits[point + 1 :]):
        whole *= 10
        whole += row
    return np.where(minus.any(axis=0), -1.0, 1.0) * (whole / 10.0 ** (len(letters) - 1 - point))
