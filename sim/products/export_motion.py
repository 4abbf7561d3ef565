"""Motion of a spacecraft for export: polynomials, states that interpolate to a millimeter, and kinds of formats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.core.chebyshev import Pieces
from sim.core.kinds import Kinds
from sim.core.model import Model
from sim.trajectories.orbits.formats.state_table import POINTS, States
from sim.trajectories.sites import Site

Array = NDArray[np.float64]
Part = tuple[Pieces, float, float, int]
"""Polynomials of an arc, its start and end (TDB s), and the NAIF id of its center."""

DEFAULT_TARGET = -100001
"""NAIF id of a spacecraft without one. Source: NAIF reserves numbers below -100000 for users."""
WITHIN_KM, OF_DISTANCE = 3e-7, 4e-15
"""Accuracy of interpolation between states: 0.3 mm, or this share of the distance from the center (2 mm at 3 au), which
is close to the precision of the numbers."""
PROBES = np.array([0.13, 0.31, 0.5, 0.69, 0.87])
"""Where interpolation is checked, in parts of a step."""
_LONGEST_S = 2.0**14
"""Largest step between states, 4.5 h. Steps are halved where interpolation is not accurate, down to 1 s."""


@dataclass(frozen=True)
class Motion:
    """Motion of a spacecraft over a span.

    name, title  : of the spacecraft and of the scenario
    parts        : polynomials of every arc and phase, in order of time
    given        : the states that the orbit was read from, if it was
    comments     : provenance, as lines in ASCII
    sites        : places that do not move, on any body
    ephemeris    : of the bodies
    naif_id      : of the spacecraft; None if it has none
    """

    name: str
    title: str
    parts: Sequence[Part]
    given: Sequence[States]
    comments: Sequence[str]
    sites: Sequence[Site]
    ephemeris: str
    naif_id: int | None

    def states(self, fits: Callable[[States], bool] = lambda arc: True) -> list[States]:
        """Return the given states if there are some and all of them fit a format, otherwise sampled ones."""
        if self.given and all(map(fits, self.given)):
            return list(self.given)
        return [sampled(*part) for part in self.parts]


class ExportFormat(Model):
    """Base class of formats of motion for other programs. Each declares `kind`, and its options as fields."""

    def ready(self) -> None:
        """Check that what the format needs is installed. Raises `DataError`; called before anything that takes time."""

    def write(self, file: Path, motion: Motion) -> None:
        """Write a new file. Raises `SimError` if the format cannot hold the motion."""
        raise NotImplementedError(f"export format {type(self).__name__} does not define write")


EXPORTS: Kinds[ExportFormat] = Kinds("export", ExportFormat, "farside_sim.exports", "sim.products.formats")
"""All formats of exported motion."""


def enough_km(pieces: Pieces) -> float:
    """Accuracy required of an interpolation (km)."""
    return max(WITHIN_KM, OF_DISTANCE * float(np.max(np.abs(pieces(pieces.edges)))))


def sampled(pieces: Pieces, start: float, end: float, center: int) -> States:
    """Sample states, with smaller steps where interpolation is not accurate."""
    enough, step = enough_km(pieces), _LONGEST_S
    while step > 1.0 and (end - start) < 2 * POINTS * step:
        step /= 2.0
    whole = np.arange(np.ceil(start / step) * step, end, step)
    inner = whole[(whole > start + 0.2 * step) & (whole < end - 0.2 * step)]
    t = np.array([start, *inner, end]) if len(inner) >= POINTS else _micro(np.linspace(start, end, 2 * POINTS))
    while True:
        position, velocity = pieces.both(t)
        arc = States(t, position, velocity, center, start, end)
        probes = t[:-1, None] + np.diff(t)[:, None] * PROBES
        wrong = np.abs(arc.pieces(start, end)(probes.ravel()) - pieces(probes.ravel())).reshape(len(probes), -1)
        far_off = np.max(wrong, axis=1) > enough
        far_off |= np.append(far_off[1:], False) | np.append(False, far_off[:-1])  # avoid abrupt changes of the step
        halves = np.floor(0.5 * (t[:-1] + t[1:]))[far_off & (np.diff(t) >= 2.0)]
        if not len(halves):
            return arc
        t = np.union1d(t, halves)


def _micro(t: Array | float) -> Array:
    """Times rounded to the microsecond, the resolution of an OEM."""
    return np.round(np.asarray(t) * 1e6) / 1e6
