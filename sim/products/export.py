"""Export of a spacecraft's motion to other programs, as CCSDS OEM or SPICE SPK."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from sim.core.arguments import typed
from sim.core.chebyshev import Pieces, fit_motion
from sim.core.errors import DataError, SimError
from sim.core.files import may_write_file, new_file
from sim.core.geometry import length
from sim.core.text import nearest, shown
from sim.core.time import DAY_S, Span, utc
from sim.scenario.provenance import files_read
from sim.scenario.scenario import Scenario
from sim.trajectories.bodies.body import BODIES
from sim.trajectories.multi_phase import Phased
from sim.trajectories.orbits.data_span import light_s
from sim.trajectories.orbits.formats import oem
from sim.trajectories.orbits.formats.file_orbit import blocks
from sim.trajectories.orbits.formats.spice_process import spiceypy
from sim.trajectories.orbits.formats.state_table import POINTS, States
from sim.trajectories.orbits.orbit import Orbit
from sim.trajectories.orbits.sampled import Sampled
from sim.trajectories.trajectory import Trajectory

Array = NDArray[np.float64]

Format = Literal["oem", "spk"]
SpkType = Literal[2, 13]

WITHIN_KM, OF_DISTANCE = 3e-7, 4e-15
"""Accuracy of interpolation between states: 0.3 mm, or this share of the distance from the center (2 mm at 3 au), which
is close to the precision of the numbers."""
FIRST_SMALL_BODY, LAST_TARGET = 1_000_000, 2**31 - 1
"""NAIF ids from 0 to the first are the Sun, planets, moons and barycenters, larger ones comets and asteroids. SPK files
store them in 32 bits. Source: NAIF Integer ID codes."""
DEFAULT_TARGET = -100001
"""NAIF id of a spacecraft without one. Source: NAIF reserves numbers below -100000 for users."""

_LONGEST_S = 2.0**14
"""Largest step between states, 4.5 h. Steps are halved where interpolation is not accurate, down to 1 s."""
_PAD_S = 60.0
_PROBES = np.array([0.13, 0.31, 0.5, 0.69, 0.87])
_SPK_DEGREE = 2 * POINTS - 1
_TYPE_2_DEGREE = 15


@typed
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
    """Write a spacecraft's motion over the span of a scenario to a file.

    Parameters
    ----------
    scenario : Scenario
        The scenario that defines the spacecraft.
    name : str
        Name of the spacecraft.
    format : {"oem", "spk"}
        CCSDS OEM 2.0 (KVN), or SPK, which needs `pip install "farside-sim[spice]"`.
    file : str or Path
        File to write. An existing file is replaced only once the new one is complete.
    target : int, optional
        NAIF id in an SPK. By default that of the orbit, or -100001.
    spk_type : {13, 2}, optional
        13 for states (default), 2 for Chebyshev polynomials of position.
    progress : callable
        Called with a short text at each step.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    SimError
        If the spacecraft or the format is unknown, or the spacecraft stands on a body during a part of the span.
    DataError
        If the file cannot be written.
    PropagationError, CoverageError
        If the orbit cannot be computed over the span.

    Notes
    -----
    States are relative to the center of the orbit, in ICRF axes, at whole seconds of TDB. Interpolation reproduces the
    position to 1 mm (2 mm at 3 au, the precision of the numbers). If possible, the file extends beyond the span by the
    light time to the Earth and over a relay, so that it can be used for the same span. Orbits read from states are
    written as these states, in their own time scale, except for type 2. Every arc and phase is a segment.

    Examples
    --------
    >>> import tempfile, sim
    >>> span = sim.Span("2026-03-01T00:00:00Z", days=0.1)
    >>> orbit = sim.Kepler(
    ...     center="moon", semi_major_axis_km=1900, eccentricity=0, inclination_deg=90, epoch=span.start
    ... )
    >>> scenario = sim.Scenario(start=span.start, days=0.1, spacecraft={"low": {"orbit": orbit}})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     export(scenario, "low", "oem", Path(folder) / "low.oem").name
    'low.oem'
    """
    if format not in get_args(Format):
        raise SimError(f"unknown format {format!r}. Expected {' or '.join(get_args(Format))}")
    if name not in scenario.spacecraft:
        raise SimError(f"no spacecraft is called {shown(name)}.{nearest(name, scenario.spacecraft)}")
    if spk_type is not None and (format != "spk" or spk_type not in get_args(SpkType)):
        known = " or ".join(map(str, get_args(SpkType)))
        raise SimError(f"spk_type: expected {known}, with format spk only; got {spk_type} with format {format}")
    if target is not None:
        _check_target(target, format)
    if not str(file).strip():
        raise SimError("file: expected a file name, got an empty text")
    orbit, path, read = scenario.spacecraft[name].orbit, Path(file), files_read(scenario)
    may_write_file(path, read)  # before anything that takes time
    if not path.parent.is_dir():
        raise DataError(f"cannot write {path}: its folder does not exist. Create it, or choose another")
    if format == "spk":
        spiceypy()
    progress(f"computing the orbit of {name}")
    moved = scenario[name]
    assert isinstance(moved, Sampled | Phased)
    parts = list(_parts(moved, scenario.span))
    if not parts:
        raise SimError(f"no orbit of {name} is known in the span. Choose another span")
    wide = Span(min(part[1] for part in parts), max(part[2] for part in parts))
    arcs = [] if spk_type == 2 else _given(orbit, wide, format)
    if spk_type != 2 and not arcs:
        arcs = [_arc(*part) for part in parts]
    comments = _comments(scenario, moved, orbit.kind)
    progress(f"writing {path}")
    with new_file(path, inputs=read) as temporary:
        if format == "oem":
            temporary.write_text(oem.text(arcs, name, comments), encoding="utf-8")
        else:
            number = next(each for each in (target, orbit.naif_id, DEFAULT_TARGET) if each is not None)
            _write_spk(temporary, arcs or [_polynomials(*part) for part in parts], number, name, comments)
    return path


def _check_target(target: int, format: str) -> None:
    """Check that a NAIF id belongs to a spacecraft or a small body and fits into an SPK. Raises `SimError`."""
    if format != "spk":
        raise SimError(f"target: NAIF ids are used with format spk only, got {target!r} with format {format}")
    if isinstance(target, bool) or not isinstance(target, int):
        raise SimError(f"target: expected an integer, got {target!r}")
    if not (-LAST_TARGET <= target < 0 or FIRST_SMALL_BODY <= target <= LAST_TARGET):
        raise SimError(
            f"target: expected the NAIF id of a spacecraft, -{LAST_TARGET} to -1, or of a comet or an asteroid, "
            f"{FIRST_SMALL_BODY} to {LAST_TARGET}, got {target}. Omit it to use {DEFAULT_TARGET}"
        )


def write_spk(file: Path, moved: Sampled, span: Span, target: int) -> None:
    """Write the known motion over a span as an SPK of type 13. Raises `DataError`."""
    arcs = [_arc(*part) for part in _parts(moved, span)]
    _write_spk(file, arcs, target, moved.name, [f"{moved.name}, written by farside-sim"])


def _given(orbit: Orbit, span: Span, format: Format) -> list[States]:
    """States an orbit was read from that overlap the span; empty if it has none or the format cannot hold them."""
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


def _light_s(moved: Trajectory) -> float:
    """Upper bound of the light time from a spacecraft to the Earth, also over a relay, in whole minutes (s)."""
    parts = [part.trajectory for part in moved.parts]
    orbits = [part for part in parts if isinstance(part, Sampled)]
    away = [light_s(float(np.max(length(each.pieces(each.pieces.edges)))), each.center) for each in orbits]
    return float(np.ceil(max(away, default=0.0) / _PAD_S) * _PAD_S)


def _parts(moved: Trajectory, span: Span) -> Iterator[Part]:
    """Motion over the span, extended by the light time, in one part per arc with start, end and center."""
    return _over(moved, span, span.padded(_light_s(moved)))


def _over(
    moved: Trajectory, span: Span, wide: Span, known: tuple[float, float] = (-np.inf, np.inf)
) -> Iterator[Part]:
    if moved.in_parts:
        for phase in moved.parts:
            start, end = max(wide.start, phase.start), min(wide.end, phase.end)
            if start >= end:
                continue
            if not isinstance(phase.trajectory, Sampled):
                if start >= span.end or end <= span.start:
                    continue
                there = f"it stands on the {phase.trajectory.center} from {utc(start, 0)} to {utc(end, 0)}"
                raise SimError(f"{moved.name} is not in orbit during the whole span: {there}. Choose another span")
            yield from _over(phase.trajectory, span, Span(start, end), (phase.start, phase.end))
        return
    assert isinstance(moved, Sampled)
    first = max(np.floor(wide.start), moved.pieces.start, known[0])
    last = min(np.ceil(wide.end), moved.pieces.end, known[1])
    inner = [join for join in moved.joins if first < join < last]
    for start, end in pairwise([first, *inner, last]):
        begin, stop = (np.floor(t * 1e6) / 1e6 for t in (start, end))  # the same rounding on both sides of a join
        yield moved.pieces.cut(start, end), float(begin), float(stop), _center(moved)


def _center(moved: Sampled) -> int:
    """NAIF id of the center: the planet if the ephemeris has it, otherwise its barycenter."""
    number = moved.carrier.naif_id
    return number if number > 100 else BODIES[moved.center].naif_id


@dataclass(frozen=True)
class _Table:
    """Polynomials of equal duration over an arc: SPK type 2."""

    pieces: Pieces
    start: float
    end: float
    center: int


def _polynomials(pieces: Pieces, start: float, end: float, center: int) -> _Table:
    """Fit polynomials, halving their duration until they are accurate."""
    count = max(1, int(np.ceil((end - start) / DAY_S)))
    while True:
        edges = np.linspace(start, end, count + 1)
        fitted = fit_motion(lambda t: pieces.both(np.clip(t, pieces.start, pieces.end)), edges, _TYPE_2_DEGREE)
        probes = (edges[:-1, None] + np.diff(edges)[:, None] * _PROBES).ravel()
        if np.max(np.abs(fitted(probes) - pieces(probes))) < _enough(pieces) or (end - start) / count < 2.0:
            return _Table(fitted, start, end, center)
        count *= 2


def _enough(pieces: Pieces) -> float:
    """Accuracy required of an interpolation (km)."""
    return max(WITHIN_KM, OF_DISTANCE * float(np.max(np.abs(pieces(pieces.edges)))))


def _arc(pieces: Pieces, start: float, end: float, center: int) -> States:
    """Sample states, with smaller steps where interpolation is not accurate."""
    enough, step = _enough(pieces), _LONGEST_S
    while step > 1.0 and (end - start) < 2 * POINTS * step:
        step /= 2.0
    whole = np.arange(np.ceil(start / step) * step, end, step)
    inner = whole[(whole > start + 0.2 * step) & (whole < end - 0.2 * step)]
    t = np.array([start, *inner, end]) if len(inner) >= POINTS else _micro(np.linspace(start, end, 2 * POINTS))
    while True:
        position, velocity = pieces.both(t)
        arc = States(t, position, velocity, center, start, end)
        probes = t[:-1, None] + np.diff(t)[:, None] * _PROBES
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


def _write_spk(
    path: Path, arcs: Sequence[States] | Sequence[_Table], target: int, name: str, comments: Sequence[str]
) -> None:
    spice = spiceypy()
    try:
        handle = spice.spkopn(str(path), name[:60], 20 * 80)
        closed = False
        try:
            spice.dafac(handle, [line[:80] for line in comments])
            for arc in arcs:
                span = (arc.start, arc.end)
                about = (handle, target, arc.center, "J2000", *span, name[:40])
                if isinstance(arc, _Table):
                    table = np.swapaxes(arc.pieces.coefficients, 1, 2)
                    count, long = len(table), (arc.end - arc.start) / len(table)
                    spice.spkw02(*about, long, count, _TYPE_2_DEGREE, np.ascontiguousarray(table).ravel(), arc.start)
                    continue
                assert arc.velocity is not None
                states = np.ascontiguousarray(np.column_stack((arc.position, arc.velocity)))  # for SPICE
                degree = min(_SPK_DEGREE, 2 * arc.points - 1)
                spice.spkw13(*about, degree, len(arc.t), states, np.ascontiguousarray(arc.t))
            spice.spkcls(handle)
            closed = True
        finally:
            if not closed:
                spice.dafcls(handle)  # closes without segments and does not mask the error
    except spice.utils.exceptions.SpiceyError as error:
        need = "Use a path of at most 255 characters on a disk with free space, or format oem"
        raise DataError(f"SPICE cannot write {path.name}: {getattr(error, 'long', error)} {need}") from error


def _comments(scenario: Scenario, moved: Sampled | Phased, kind: str) -> list[str]:
    """Provenance of the motion, as comment lines in ASCII."""
    span = scenario.span
    lines = [
        f"{moved.name}: {moved.basis} motion about the {moved.center}, orbit kind {kind}",
        f"scenario: {scenario.title or 'untitled'}, {utc(span.start, 0)} to {utc(span.end, 0)}",
        f"source: {moved.source or 'not stated'}",
        f"ephemeris: {Path(moved.ephemeris).name}; written by farside-sim",
    ]
    plain = " ".join(lines[2].encode("ascii", "replace").decode().split())
    lines[2:3] = [plain[i : i + 70] for i in range(0, min(len(plain), 700), 70)]
    return [" ".join(line.encode("ascii", "replace").decode().split()) for line in lines]
