"""Orbits read from files of any format: arcs with gaps between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import Discriminator, Field, Tag

from sim.core.chebyshev import Pieces, fit_motion, joined
from sim.core.errors import CoverageError, DataError, SimError
from sim.core.geometry import length
from sim.core.model import Listed, Text
from sim.core.text import some
from sim.core.time import EDGE_S, Span, utc
from sim.data import store
from sim.trajectories.bodies import ephemeris as kernels
from sim.trajectories.bodies.body import BODIES, Center, body
from sim.trajectories.multi_phase import IN_ITS_DATA
from sim.trajectories.orbits.data_span import DataSpan, clipped, gap_note, light_s
from sim.trajectories.orbits.formats import arc_borders
from sim.trajectories.orbits.formats.state_table import FARTHEST_KM, NAMES, States, out_of_bounds
from sim.trajectories.orbits.orbit import Caveat, Orbit
from sim.trajectories.trajectory import LIGHT_TIME_PAD_S, Basis

Array = NDArray[np.float64]

_TORN_KM = 10.0
"""A step between two polynomials of one arc that no orbit has."""
_CARRIED_DEGREE = 24
"""Of the polynomials of bodies that motion is carried to: enough for the Moon over a month."""


class Arc(Protocol):
    """A stretch of motion without gaps."""

    @property
    def start(self) -> float: ...
    @property
    def end(self) -> float: ...
    @property
    def center(self) -> int:
        """NAIF id of the center that positions are relative to."""

    def pieces(self, start: float, end: float) -> Pieces:
        """Position relative to the center, km in ICRF axes, at least from start to end."""


Files = Annotated[
    Annotated[str, Field(min_length=1), Tag("one")]
    | Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1), Listed, Tag("several")],
    Discriminator(lambda value: "several" if isinstance(value, (list, tuple)) else "one"),
]


def found_files(file: str | tuple[str, ...]) -> tuple[str, ...]:
    """Paths of all files. Raises `DataError` for a file that must be downloaded first."""
    named = (file,) if isinstance(file, str) else file
    return tuple(str(store.find(each)) if each.startswith(store.PREFIX) else each for each in named)


class FromFile(Orbit):
    """Base class of orbits that are read from files."""

    file: Files
    """path from the folder of the scenario, or data:NAME of what `sim data fetch` fetched; or several: where they
    overlap, the later one wins"""
    center: Center
    """the body that it moves about, which altitude and nadir mean; what a file gives relative to another body or to a
    barycenter is carried to it. The states of a CSV table are relative to it"""
    basis: Basis = "predicted"
    source: Text = ""

    @property
    def files(self) -> tuple[str, ...]:
        """Paths of all files. Raises `DataError` for a file that must be downloaded first."""
        return found_files(self.file)

    def arcs(self) -> list[Arc]:
        """All arcs of the files, those that others override first. Raises `DataError`."""
        return [arc for file in self.files for arc in self.read(file)]

    def read(self, file: str) -> Sequence[Arc]:
        """Read the arcs of one file. Raises `DataError`."""
        raise NotImplementedError

    def notes(self, span: Span, ephemeris: str) -> tuple[str, ...]:
        """Notes about how the files were read, and about borders in a span between arcs that they join."""
        found = []
        for name, arcs in self._states(span):
            found += [f"{name}: {note}" for arc in arcs for note in arc.notes]
            found += arc_borders.notes(name, [arc for arc in arcs if span.start <= arc.start <= span.end])
        return tuple(dict.fromkeys(found))

    def remarks(self, span: Span) -> Iterator[str]:
        """The same in short, to be printed beside results."""
        for name, arcs in self._states(span):
            yield from dict.fromkeys(f"{name}: {note}" for arc in arcs for note in arc.notes)
            if told := arc_borders.summary([arc for arc in arcs if span.start <= arc.start <= span.end]):
                yield f"{name} {told}"

    def _states(self, span: Span) -> Iterator[tuple[str, list[States]]]:
        """Name of each file, and its arcs that overlap a span."""
        for file in self.files:
            arcs = [arc for arc in self.read(file) if isinstance(arc, States)]
            yield Path(file).name, [arc for arc in arcs if arc.start <= span.end and arc.end >= span.start]

    def misfits(self, span: Span) -> Iterator[tuple[str, str]]:
        """Problems of the files with the orbit or the span: a key and what is wrong with it."""
        try:
            arcs = self.arcs()
        except SimError as error:
            yield "file", str(error)
            return
        if unknown := self._without_place(arcs, "de421"):
            yield "file", f"{self._gives} relative to {unknown}, a body with no known position"
        what = "the file" if len(self.files) == 1 else some(self._names(), " and ")
        if not any(block[0][0] < span.end and block[-1][1] > span.start for block in blocks(arcs)):
            yield "file", f"{what} {uncovered(arcs, span)}"

    def data_span(self, span: Span, light: bool = True, early_s: float = 0.0) -> DataSpan | None:
        """Part of the span, and of the time around it, that the files cover; None if they cover all of it.

        light   : whether light time counts: a signal that arrives as the span begins was sent before it
        early_s : how long before the span positions may be needed for that, wherever the other ends are
        """
        arcs = self.arcs()
        parts = [(block[0][0], block[-1][1]) for block in blocks(arcs)]
        whole = [part for part in parts if self._covers(arcs, *part, span, light)]
        if any(start <= span.start - early_s for start, _ in whole):
            return None
        near = [part for part in parts if part[0] < span.end and part[1] > span.start]
        what = f"{some(self._names(), ' and ')} {'cover' if len(self.files) > 1 else 'covers'}"
        message = "" if whole else gap_note(what, near)
        around_s = max(0.5 * LIGHT_TIME_PAD_S, self.light_s(span))
        return DataSpan(clipped(parts, span, around_s), IN_ITS_DATA, message)

    def _covers(self, arcs: Sequence[Arc], start: float, end: float, span: Span, light: bool) -> bool:
        """Whether a stretch covers a span, and the light time to the Earth before it."""
        whole = start <= span.start and span.end <= end
        return whole and (not light or start <= span.start - self._light_s(arcs, span.start))

    def _light_s(self, arcs: Sequence[Arc], t: float) -> float:
        """Greatest light time, there and over a relay, and a second more."""
        return _light_s(next(arc for arc in reversed(arcs) if arc.start <= t <= arc.end), t)

    def light_s(self, span: Span) -> float:
        """Greatest light time (s) from its positions in a span, and over a relay."""
        found = [0.0]
        for arc in self.arcs():
            first, last = max(arc.start, span.start), min(arc.end, span.end)
            if first < last:
                found += [_light_s(arc, t) for t in (first, 0.5 * (first + last), last)]
        return min(max(found), light_s(FARTHEST_KM, "sun"))

    def pieces(self, span: Span, ephemeris: str) -> tuple[Pieces, Array]:
        """Position relative to the center over the span, and the times at which one arc follows another."""
        arcs, file = self.arcs(), some(self._names())
        whole = kernels.extended(ephemeris, self.kernels)
        if unknown := self._without_place(arcs, ephemeris):
            what = f"relative to {unknown}, which the ephemeris {ephemeris} does not have"
            raise DataError(f"{file} {self._gives} {what}")
        center, pad_s = body(self.center, ephemeris).naif_id, max(LIGHT_TIME_PAD_S, self.light_s(span))
        return over(arcs, span, center, whole, file, pad_s)

    def _without_place(self, arcs: Iterable[Arc], ephemeris: str) -> str:
        """Centers of arcs that neither an ephemeris nor the files give positions of."""
        kernel = kernels.load(kernels.extended(ephemeris, self.kernels))
        centers = sorted({arc.center for arc in arcs} - {0})
        unknown = [each for each in centers if not kernel.knows(kernel.standing_for(each))]
        return some(NAMES.get(each, f"body {each}") for each in unknown) if unknown else ""

    def caveats(self, span: Span) -> Iterator[Caveat]:
        if told := self.carried():
            yield Caveat("center", told)

    def carried(self) -> str:
        """Note if all files are relative to another body than the scenario's center; else empty."""
        centers = {arc.center for arc in self.arcs()}
        own = BODIES[self.center].naif_id
        if own in centers or not all(each >= 100 for each in centers) or own in {each // 100 for each in centers}:
            return ""
        others = some(NAMES.get(each, f"body {each}") for each in sorted(centers))
        return (
            f"the file {self._gives} relative to {others} and is carried to {self.center}, so that altitude and nadir "
            f"mean {self.center}. If it orbits {others}, give that as its center"
        )

    @property
    def _gives(self) -> str:
        return "is"

    def _names(self) -> list[str]:
        return [Path(file).name for file in self.files]


Run = tuple[float, float, Arc]


def blocks(arcs: Iterable[Arc]) -> list[list[Run]]:
    """Runs of arcs in order of time, separated by gaps. Where two arcs overlap, the later one is used."""
    runs: list[Run] = []
    for arc in arcs:
        left = [(start, min(end, arc.start), old) for start, end, old in runs if start < arc.start]
        right = [(max(start, arc.end), end, old) for start, end, old in runs if end > arc.end]
        runs = [*left, (arc.start, arc.end, arc), *right]
    runs = sorted((run for run in runs if run[0] < run[1]), key=lambda run: run[0])
    found: list[list[Run]] = []
    for start, end, arc in runs:
        if found and start - found[-1][-1][1] <= EDGE_S:
            found[-1].append((found[-1][-1][1], end, arc))
        else:
            found.append([(start, end, arc)])
    return found


def uncovered(arcs: Sequence[Arc], span: Span) -> str:
    """Say which parts of a span the arcs do not cover; empty if they cover all of it."""
    parts = [(block[0][0], block[-1][1]) for block in blocks(arcs)]
    if any(start <= span.start and span.end <= end for start, end in parts):
        return ""
    near = [part for part in parts if part[1] > span.start and part[0] < span.end] or parts
    told = " and ".join(f"{utc(start, 0)} to {utc(end, 0)}" for start, end in near[:3])
    gap = ", with a gap in the span" if len(near) > 1 and near[0][0] <= span.start and near[-1][1] >= span.end else ""
    more = f" and {len(near) - 3} more stretches" if len(near) > 3 else ""
    return (
        f"covers {told}{more}{gap}, the span is {utc(span.start, 0)} to {utc(span.end, 0)}. "
        "Choose a span within the file, or another file"
    )


def over(
    arcs: Sequence[Arc], span: Span, center: int, ephemeris: str, file: str, pad_s: float = LIGHT_TIME_PAD_S
) -> tuple[Pieces, Array]:
    """Position relative to a center over a span and a margin, as far as arcs go; and the times at which arcs join.

    Raises `CoverageError` where the arcs have a gap, and `DataError` where they cannot be motion.
    """
    if message := uncovered(arcs, span):
        raise CoverageError(f"{file} {message}")
    block = next(b for b in blocks(arcs) if b[0][0] <= span.start and span.end <= b[-1][1])
    kernel, wide = kernels.load(ephemeris), span.padded(pad_s)
    parts = []
    for start, end, arc in block:
        start, end = max(start, wide.start), min(end, wide.end)
        if start < end:
            own = arc.pieces(start, end)
            covered = _sound(file, own, arc.center).cut(max(start, own.start), min(end, own.end))
            old = kernel.standing_for(arc.center)  # a planet and its barycenter are one where only one of them is known
            parts.append(covered if old == center else _carried(covered, old, center, kernel))
    for early, late in pairwise(parts):  # times that are one to the tables
        late.edges[0] = early.end
    return joined(parts), np.array([part.start for part in parts[1:]])


def _sound(file: str, pieces: Pieces, center: int) -> Pieces:
    """Check that polynomials can be motion: finite, within bounds, and continuous."""
    begins, middles = pieces.edges[:-1], 0.5 * (pieces.edges[:-1] + pieces.edges[1:])
    if not np.all(np.isfinite(pieces.coefficients)):
        raise DataError(f"{file} is damaged: it contains NaN or infinity. Download it again")
    for t in (begins, middles):
        if bad := next(out_of_bounds(*pieces.both(t), center), None):
            raise DataError(f"{file} is damaged, or not in km and km/s: at {utc(t[bad[0]], 0)} {bad[1]}")
    signs = (-1.0) ** np.arange(pieces.coefficients.shape[1])
    tears = pieces.coefficients[:-1].sum(axis=1) - np.einsum("j,njk->nk", signs, pieces.coefficients[1:])
    if np.max(np.abs(tears), initial=0.0) > _TORN_KM:
        worst = int(np.argmax(np.max(np.abs(tears), axis=1)))
        jump, at = float(np.sqrt(np.sum(tears[worst] ** 2))), utc(float(begins[worst + 1]), 0)
        raise DataError(f"{file} is damaged: it jumps by {jump:,.0f} km at {at}. Download it again")
    return pieces


def _carried(pieces: Pieces, old: int, new: int, kernel: kernels.Ephemeris) -> Pieces:
    """The same motion relative to another body, whose position is the ephemeris's."""
    between = fit_motion(lambda t: kernel.state_from(new, old, t), pieces.edges, _CARRIED_DEGREE).coefficients
    total = np.zeros((len(between), max(_CARRIED_DEGREE + 1, pieces.coefficients.shape[1]), 3))
    total[:, : between.shape[1]] = between
    total[:, : pieces.coefficients.shape[1]] += pieces.coefficients
    return Pieces(pieces.edges, total)


def _light_s(arc: Arc, t: float) -> float:
    """Greatest light time (s) from an arc's position at a time, and over a relay."""
    near = arc.pieces(max(arc.start, t - 1.0), min(arc.end, t + 1.0))  # nothing is fitted to a point
    return light_s(float(length(near(np.array([t])))[0]), arc.center)
