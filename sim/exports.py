"""Where a spacecraft goes, written for other programs: CCSDS OEM and SPICE's SPK."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from sim.bodies import BODIES
from sim.chebyshev import Pieces, fit_motion
from sim.errors import DataError, SimError
from sim.orbits import oem
from sim.orbits.files import FromFile, blocks
from sim.orbits.sampled import Sampled
from sim.orbits.states import POINTS, States
from sim.phased import Phased
from sim.products.files import may_write_file, new_file
from sim.provenance import files_read
from sim.scenario import Scenario
from sim.spice import spiceypy
from sim.time import DAY_S, Span, utc

Array = NDArray[np.float64]

Format = Literal["oem", "spk"]
SpkType = Literal[2, 13]

WITHIN_KM = 3e-7
"""States stand so close that interpolation between them is this near to the orbit: 0.3 mm."""
DEFAULT_TARGET = -100001
"""NAIF id of a spacecraft that has none. Source: NAIF leaves numbers below -100000 to its users."""

_STEPS_S = (3600, 1800, 900, 600, 300, 240, 180, 120, 90, 60, 45, 30, 20, 10, 5, 2, 1)
_PROBES = np.array([0.13, 0.31, 0.5, 0.69, 0.87])
_SPK_DEGREE = 2 * POINTS - 1
_TYPE_2_DEGREE = 15


def export(
    scenario: Scenario,
    name: str,
    format: Format,
    file: str | Path,
    *,
    target: int | None = None,
    spk_type: SpkType | None = None,
    progress: Callable[[str], None] = lambda text: None,
) -> Path:
    """Write a spacecraft's motion over the scenario's span as a file that is whole or not there.

    format   : `oem` (CCSDS OEM 2.0, KVN) or `spk` (needs `pip install "farside-sim[spice]"`)
    target   : NAIF id in an SPK; by default the orbit's own, or -100001
    spk_type : 13 (states, the default) or 2 (Chebyshev polynomials of the position)
    progress : told in a few words what is being done

    States are relative to the orbit's center, in ICRF axes, at whole seconds of TDB, so close that reading them back is
    within 1 mm; so are polynomials. Motion that came as states is handed on as these states, in their own time scale,
    but for type 2. Where arcs join, or phases, a new segment begins. Raises `SimError` where the spacecraft or the
    format is unknown, or a phase is no orbit, and all that moving raises.
    """
    if format not in get_args(Format):
        raise SimError(f"no format is called {format!r}. Expected {' or '.join(get_args(Format))}")
    if name not in scenario.spacecraft:
        known = ", ".join(scenario.spacecraft) or "none"
        raise SimError(f"no spacecraft is called {name!r}. There are {known}")
    if spk_type is not None and (format != "spk" or spk_type not in get_args(SpkType)):
        known = " or ".join(map(str, get_args(SpkType)))
        raise SimError(f"expected a type of SPK, {known}, with the format spk; got {spk_type} with {format}")
    if not str(file).strip():
        raise SimError("expected the name of a file to write, got an empty text")
    orbit, path, read = scenario.spacecraft[name].orbit, Path(file), files_read(scenario)
    may_write_file(path, read)  # before anything that takes time
    if not path.parent.is_dir():
        raise DataError(f"cannot write {path}: expected the name of a file in a folder that exists")
    if format == "spk":
        spiceypy()
    progress(f"moving {name}")
    moved = scenario[name]
    parts = list(_parts(moved, scenario.span))
    arcs = [] if spk_type == 2 else _given(orbit, scenario.span, format)
    if spk_type != 2 and not arcs:
        arcs = [_arc(*part) for part in parts]
    comments = _comments(scenario, moved, orbit.kind)
    progress(f"writing {path}")
    with new_file(path, inputs=read) as temporary:
        if format == "oem":
            temporary.write_text(oem.text(arcs, name, comments), encoding="utf-8")
        else:
            number = target if target is not None else getattr(orbit, "target", DEFAULT_TARGET)
            _write_spk(temporary, arcs or [_polynomials(*part) for part in parts], number, name, comments)
    return path


def write_spk(file: Path, moved: Sampled, span: Span, target: int) -> None:
    """Motion over a span, as far as it is known, as an SPK of type 13. Raises `DataError`."""
    arcs = [_arc(*part) for part in _parts(moved, span)]
    _write_spk(file, arcs, target, moved.name, [f"{moved.name}, written by farside-sim"])


def _given(orbit: object, span: Span, format: Format) -> list[States]:
    """The states that an orbit was read from, as far as the span needs them; empty where it was not, or not so."""
    if not isinstance(orbit, FromFile):
        return []
    arcs = orbit.arcs()
    center = BODIES[orbit.center].naif_id
    found = []
    for start, end, arc in (run for block in blocks(arcs) for run in block):
        if not isinstance(arc, States) or arc.velocity is None or arc.center != center:
            return []
        if format == "spk" and (not arc.hermite or len(arc.t) < arc.points):
            return []
        if start < span.end and end > span.start:
            found.append(replace(arc, start=start, end=end))
    return found


Part = tuple[Pieces, float, float, int]


def _parts(moved: Any, span: Span, within: tuple[float, float] = (-np.inf, np.inf)) -> Iterator[Part]:
    """Motion over the span and up to whole seconds around it, a part for each arc: with start, end and center."""
    if isinstance(moved, Phased):
        for phase in moved.parts:
            start, end = max(span.start, phase.start), min(span.end, phase.end)
            if start >= end:
                continue
            if not isinstance(phase.trajectory, Sampled):
                there = f"it stands on the {phase.trajectory.center} from {utc(start, 0)} to {utc(end, 0)}"
                raise SimError(f"{moved.name} is no orbit in all of the span: {there}. Choose another span")
            own = (phase.start, phase.end) if phase.cut else (-np.inf, np.inf)
            yield from _parts(phase.trajectory, Span(start, end), own)
        return
    assert isinstance(moved, Sampled)
    first = max(np.floor(span.start), moved.pieces.start, within[0])
    last = min(np.ceil(span.end), moved.pieces.end, within[1])
    inner = [join for join in moved.joins if first < join < last]
    for start, end in pairwise([first, *inner, last]):
        yield moved.pieces.cut(start, end), float(_micro(start)), float(_micro(end)), _center(moved)


def _center(moved: Sampled) -> int:
    """The NAIF id of what motion is about: the planet itself where the ephemeris has that beside its barycenter."""
    number = moved.carrier.naif_id
    return number if number > 100 else BODIES[moved.center].naif_id


@dataclass(frozen=True)
class _Table:
    """Polynomials of equal length over an arc: SPK type 2."""

    pieces: Pieces
    start: float
    end: float
    center: int


def _polynomials(pieces: Pieces, start: float, end: float, center: int) -> _Table:
    """Shorter and shorter polynomials until they are near enough to the orbit."""
    count = max(1, int(np.ceil((end - start) / DAY_S)))
    while True:
        edges = np.linspace(start, end, count + 1)
        fitted = fit_motion(lambda t: pieces.both(np.clip(t, pieces.start, pieces.end)), edges, _TYPE_2_DEGREE)
        probes = (edges[:-1, None] + np.diff(edges)[:, None] * _PROBES).ravel()
        if np.max(np.abs(fitted(probes) - pieces(probes))) < WITHIN_KM or (end - start) / count < 2.0:
            return _Table(fitted, start, end, center)
        count *= 2


def _arc(pieces: Pieces, start: float, end: float, center: int) -> States:
    """States along polynomials, closer and closer until what goes between them is near enough."""
    for step in _STEPS_S:
        whole = np.arange(np.ceil(start / step) * step, end, step)
        inner = whole[(whole > start + 0.2 * step) & (whole < end - 0.2 * step)]
        t = np.array([start, *inner, end]) if len(inner) >= 2 * POINTS else _micro(np.linspace(start, end, 2 * POINTS))
        position, velocity = pieces.both(t)
        arc = States(t, position, velocity, center, start, end)
        probes = (t[:-1, None] + np.diff(t)[:, None] * _PROBES).ravel()
        wrong = np.abs(arc.pieces(start, end)(probes) - pieces(probes))
        if np.max(wrong) < WITHIN_KM:
            break
    return arc


def _micro(t: Array | float) -> Array:
    """Times to the microsecond, as an OEM writes them."""
    return np.round(np.asarray(t) * 1e6) / 1e6


def _write_spk(
    path: Path, arcs: Sequence[States] | Sequence[_Table], target: int, name: str, comments: Sequence[str]
) -> None:
    spice = spiceypy()
    try:
        handle = spice.spkopn(str(path), name[:60], 20 * 80)
        try:
            spice.dafac(handle, [line[:80] for line in comments])
            for arc in arcs:
                span = (arc.start, arc.end)
                about = (handle, target, arc.center, "J2000", *span, name[:40])
                if isinstance(arc, _Table):
                    table = np.swapaxes(arc.pieces.coefficients, 1, 2)
                    count, length = len(table), (arc.end - arc.start) / len(table)
                    spice.spkw02(*about, length, count, _TYPE_2_DEGREE, table.ravel(), arc.start)
                    continue
                assert arc.velocity is not None
                states = np.ascontiguousarray(np.column_stack((arc.position, arc.velocity)))
                degree = min(_SPK_DEGREE, 2 * arc.points - 1)
                spice.spkw13(*about, degree, len(arc.t), states, arc.t)
        finally:
            spice.spkcls(handle)
    except spice.utils.exceptions.SpiceyError as error:
        need = "Expected a path of at most 255 characters in a folder with room; or choose the format oem"
        raise DataError(f"SPICE cannot write {path.name}: {getattr(error, 'long', error)} {need}") from error


def _comments(scenario: Scenario, moved: Any, kind: str) -> list[str]:
    """What a reader of the file must know of where it comes from, in lines of plain letters."""
    span = scenario.span
    told = [
        f"{moved.name}: {moved.basis} motion about the {moved.center}, from an orbit of kind {kind}",
        f"scenario: {scenario.title or 'untitled'}, {utc(span.start, 0)} to {utc(span.end, 0)}",
        f"source: {moved.source or 'not stated'}",
        f"ephemeris: {Path(moved.ephemeris).name}; written by farside-sim",
    ]
    plain = " ".join(told[2].encode("ascii", "replace").decode().split())
    told[2:3] = [plain[i : i + 70] for i in range(0, min(len(plain), 700), 70)]
    return [" ".join(line.encode("ascii", "replace").decode().split()) for line in told]
