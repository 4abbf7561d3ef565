"""Tables of states: interpolation, and checks that they are motion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.core.chebyshev import Pieces, lobatto_points, lobatto_transform
from sim.core.errors import DataError
from sim.core.time import utc
from sim.trajectories.bodies.body import BODIES
from sim.trajectories.bodies.frames import rotation

Array = NDArray[np.float64]

POINTS = 6
"""States that a polynomial goes through where a file does not say: with velocities, of degree 11, as in NASA's own
files of LRO. Of CAPSTONE every 30 min, down to 7000 km, that leaves 5 cm; more amplify what real states lack in
smoothness."""
POSITIONS = 8
"""The same where there are no velocities: of degree 7."""
MOST_POINTS = 16
"""More states make a polynomial of no use: it swings between them."""

ECLIPTIC_J2000 = rotation(1, np.deg2rad(84381.448 / 3600.0)).T
"""From the ecliptic of J2000 to ICRF axes. Source: IAU 1976 obliquity, as SPICE and JPL Horizons use it."""

FASTEST_KM_S, FASTEST_LUNAR_KM_S = 300.0, 20.0
FARTHEST_KM, FARTHEST_LUNAR_KM = 3e10, 2e6
"""Bounds that tell kilometers from meters: no spacecraft is quicker, or farther from the Sun, Earth and Moon."""
_DEEPEST = 0.98
"""Parts of a body's radius: nothing flies lower."""
_MISFIT = 0.1
"""How far a step may be from what the velocities at its ends say, in parts of it: a turn of 1.1 rad a step."""
_TOLD = 5
"""No more mistakes of a file than this are told at once."""

NAMES = {body.naif_id: name for name, body in BODIES.items()} | {0: "the solar-system barycenter"}


@dataclass(frozen=True, eq=False)
class States:
    """States at times, and how many of them a polynomial interpolates.

    t        : (n,) TDB s, increasing
    position : (n, 3) km, ICRF axes, relative to the center; velocity: (n, 3) km/s, or None
    center   : NAIF id
    start, end : TDB s within the times; the useable span that the file states
    points   : states for each polynomial; hermite: whether it interpolates their velocities too
    scale    : the time scale of the file
    step     : steps in position (km) and velocity (km/s) from the arc before it in the same rows, if there is one
    notes    : notes about how it was read
    """

    t: Array
    position: Array
    velocity: Array | None
    center: int
    start: float
    end: float
    points: int = POINTS
    hermite: bool = True
    scale: str = "TDB"
    step: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()

    def pieces(self, start: float, end: float) -> Pieces:
        """Polynomials through the nearest states of each step, without a new fit.

        An odd number of states is centered on the nearest one, so that the polynomial changes half-way, as in SPICE.
        """
        count = min(self.points, len(self.t))
        steps = len(self.t) - 1
        first = min(max(0, int(np.searchsorted(self.t, start, "right")) - 1), steps - 1)
        last = min(max(first + 1, int(np.searchsorted(self.t, end, "left"))), steps)
        edges, middle = self.t[first : last + 1].copy(), np.arange(first, last) + 1
        if count % 2:
            edges = np.sort(np.append(edges, 0.5 * (edges[:-1] + edges[1:])))
            middle = np.repeat(middle, 2) - np.tile([1, 0], last - first)
        near = np.clip(middle - count // 2, 0, len(self.t) - count)[:, None] + np.arange(count)
        length = np.diff(edges)[:, None]
        since = (self.t[near] - edges[:-1, None]) / length  # exact: no digits are lost between near times
        values = self.position[near]
        rates = self.velocity[near] * length[..., None] if self.hermite and self.velocity is not None else None
        degree = count * (1 if rates is None else 2) - 1
        at = 0.5 * (1.0 + lobatto_points(max(degree, 1)))
        sampled = through(since, values, rates, at)
        return Pieces(edges, np.matmul(lobatto_transform(max(degree, 1)), sampled))


def through(x: Array, values: Array, rates: Array | None, at: Array) -> Array:
    """Polynomials through values, and rates, at x: (m, p), (m, p, 3) → (m, k, 3) at k points, the same for each.

    Newton's divided differences; with rates each point counts twice. Source: Burden & Faires (2011), §3.3–3.4.
    """
    if rates is not None:
        x, values = np.repeat(x, 2, axis=1), np.repeat(values, 2, axis=1)
    table = values.copy()
    heads = [table[:, 0]]
    for order in range(1, x.shape[1]):
        away = (x[:, order:] - x[:, :-order])[..., None]
        same = away == 0.0
        table = (table[:, 1:] - table[:, :-1]) / np.where(same, 1.0, away)
        if order == 1 and rates is not None:
            table[:, ::2] = rates
        heads.append(table[:, 0])
    result = np.broadcast_to(heads[-1][:, None], (len(x), len(at), values.shape[2])).copy()
    for order in range(x.shape[1] - 2, -1, -1):
        result = result * (at - x[:, order, None])[..., None] + heads[order][:, None]
    return result


def checked(file: str, arc: States, places: Sequence[str]) -> States:
    """Check that the states of one arc can be motion. places: where each is, such as `line 7`.

    Raises `DataError` with the first mistakes: values that are not numbers, rows out of order, a wrong unit, or
    states that do not belong together.
    """
    unlikely(file, arc, places)
    disordered(file, arc, places, np.flatnonzero(np.diff(arc.t) == 0.0).tolist())
    if found := dict(gross(arc)):
        raise refused(file, places, found)
    return arc


def refused(file: str, places: Sequence[str], found: Mapping[int, str]) -> DataError:
    """The error for wrong rows. found: what is wrong with each, by its number."""
    told = [f"{places[i]}: {found[i]}" for i in sorted(found)]
    more = f"; and {len(told) - _TOLD} more" if len(told) > _TOLD else ""
    return DataError(f"{file}: {'; '.join(told[:_TOLD])}{more}")


def unlikely(file: str, arc: States, places: Sequence[str]) -> None:
    """Raise `DataError` where states are too few, not numbers, or impossible for a spacecraft."""
    if len(arc.t) < 2:
        where = f" ({places[0]})" if len(arc.t) else ""
        raise DataError(f"{file}: expected at least 2 states without a gap, got {len(arc.t)}{where}")
    bad = ~_finite(arc.t, arc.position, arc.velocity)
    found = dict.fromkeys(np.flatnonzero(bad).tolist(), "expected numbers, got NaN or infinity")
    if found := found or _backward(arc.t) or dict(_out_of_bounds(arc)):
        raise refused(file, places, found)


def _backward(t: Array) -> dict[int, str]:
    cure = "Put the states in order of time, without duplicates"
    late = (np.flatnonzero(np.diff(t) < 0.0) + 1).tolist()
    return {i: f"{utc(t[i])} follows {utc(t[i - 1])}. {cure}" for i in late}


def disordered(file: str, arc: States, places: Sequence[str], same: Sequence[int]) -> None:
    """Raise `DataError` where one of these rows has the epoch of the next row."""
    found = {i + 1: f"{utc(arc.t[i])} appears twice. Put the states in order of time, without duplicates" for i in same}
    if found:
        raise refused(file, places, found)


def _finite(*arrays: Array | None) -> NDArray[np.bool_]:
    each = [np.isfinite(a).reshape(len(a), -1).all(axis=1) for a in arrays if a is not None]
    return np.asarray(np.logical_and.reduce(each))


def out_of_bounds(position: Array, velocity: Array | None, center: int) -> Iterator[tuple[int, str]]:
    """Which positions (n, 3) km and velocities (n, 3) km/s are impossible for a spacecraft, and why."""
    lunar, about = center == 301, f"from {NAMES.get(center, f'body {center}')}"
    farthest = FARTHEST_LUNAR_KM if lunar else FARTHEST_KM
    fastest = FASTEST_LUNAR_KM_S if lunar else FASTEST_KM_S
    away = np.sqrt(np.sum(position**2, axis=1))
    lowest = next((_DEEPEST * b.polar_radius_km for b in BODIES.values() if b.naif_id == center), 0.0)
    speed = np.zeros_like(away) if velocity is None else np.sqrt(np.sum(velocity**2, axis=1))
    for i in np.flatnonzero(~(away >= lowest) | (away > farthest) | ~(speed <= fastest)):
        if not away[i] <= farthest:
            yield int(i), f"{away[i]:,.0f} km {about}: expected at most {farthest:,.0f} km. The values may be in meters"
        elif not away[i] >= lowest:
            told = f"{away[i]:,.3f} km {about}: expected more than {lowest:,.0f} km"
            yield int(i), f"{told}. The unit or center may be wrong"
        else:
            yield int(i), f"{speed[i]:,.0f} km/s: expected at most {fastest:g} km/s. The values may be in m/s"


def _out_of_bounds(arc: States) -> Iterator[tuple[int, str]]:
    speeds = arc.velocity
    if speeds is None:
        steps = np.diff(arc.position, axis=0, prepend=arc.position[:1])
        lengths = np.diff(arc.t, prepend=arc.t[0] - 1.0)[:, None]
        speeds = steps / np.where(lengths > 0.0, lengths, np.inf)  # a border has one epoch twice, and no speed
    return out_of_bounds(arc.position, speeds, arc.center)


def gross(arc: States) -> Iterator[tuple[int, str]]:
    """Rows after steps that the velocities at both ends, or without velocities the step before, do not explain."""
    t, r, v = arc.t, arc.position, arc.velocity
    steps, lengths = np.diff(r, axis=0), np.diff(t)[:, None]
    if v is not None:
        expected = 0.5 * (v[1:] + v[:-1]) * lengths
        told, part, skip = "the velocities say", _MISFIT, 1
    else:
        expected, steps = (steps / lengths)[:-1] * lengths[1:], steps[1:]
        told, part, skip = "the step before says", 1.0, 2
    size = [np.sqrt(np.sum(a**2, axis=1)) for a in (steps - expected, steps, expected)]
    for i in np.flatnonzero(size[0] > part * np.maximum(size[1], size[2]) + 1e-6):
        turned = " in another direction" if 0.9 < size[1][i] / max(size[2][i], 1e-9) < 1.1 else ""
        yield int(i) + skip, (
            f"{size[1][i]:,.3f} km from the state before it, where {told} {size[2][i]:,.3f} km{turned}. Check for a "
            f"wrong digit, sign or unit, or give states closer together than {t[i + skip] - t[i + skip - 1]:,.0f} s"
        )
