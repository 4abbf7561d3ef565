"""Export of a spacecraft's motion to other programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from sim.core.arguments import typed
from sim.core.errors import DataError, SimError
from sim.core.files import may_write_file, new_file
from sim.core.geometry import length
from sim.core.text import nearest, shown
from sim.core.time import Span, utc
from sim.products.export_motion import DEFAULT_TARGET, EXPORTS, Motion, Part, sampled
from sim.scenario.provenance import files_read
from sim.scenario.scenario import Scenario
from sim.trajectories.bodies.body import BODIES
from sim.trajectories.multi_phase import Phased
from sim.trajectories.orbits.data_span import light_s
from sim.trajectories.orbits.formats.file_orbit import blocks
from sim.trajectories.orbits.formats.state_table import States
from sim.trajectories.orbits.orbit import Orbit
from sim.trajectories.orbits.sampled import Sampled
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import Trajectory

SpkType = Literal[2, 13]

FIRST_SMALL_BODY, LAST_TARGET = 1_000_000, 2**31 - 1
"""NAIF ids from 0 to the first are the Sun, planets, moons and barycenters, larger ones comets and asteroids. SPK files
store them in 32 bits. Source: NAIF Integer ID codes."""
_PAD_S = 60.0


@typed
def export(
    scenario: Scenario,
    name: str,
    format: str,
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
    format : str
        `oem`: CCSDS OEM 2.0 (KVN). `spk`: SPICE SPK, which needs `pip install "farside-sim[spice]"`. `stk`:
        ephemeris of STK. `czml`: for Cesium. Or a format that another package adds.
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
    if name not in scenario.spacecraft:
        raise SimError(f"no spacecraft is called {shown(name)}.{nearest(name, scenario.spacecraft)}")
    if (made := EXPORTS.get(format)) is None:
        raise SimError(f"unknown format {shown(format)}. Expected {' or '.join(EXPORTS.classes)}")
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
    options = {key: value for key, value in (("target", target), ("spk_type", spk_type)) if value is not None}
    writer = made(**options)
    writer.ready()
    progress(f"computing the orbit of {name}")
    moved = scenario[name]
    assert isinstance(moved, Sampled | Phased)
    parts = list(_parts(moved, scenario.span))
    if not parts:
        raise SimError(f"no orbit of {name} is known in the span. Choose another span")
    wide = Span(min(part[1] for part in parts), max(part[2] for part in parts))
    motion = Motion(
        name=name,
        title=scenario.title,
        parts=parts,
        given=_given(orbit, wide),
        comments=_comments(scenario, moved, orbit.kind),
        sites=[site for site in scenario.sites.values() if isinstance(site, Site)],
        ephemeris=moved.ephemeris,
        naif_id=orbit.naif_id,
    )
    progress(f"writing {path}")
    with new_file(path, inputs=read) as temporary:
        writer.write(temporary, motion)
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
    from sim.products.formats import spk

    arcs = [sampled(*part) for part in _parts(moved, span)]
    spk.write_spk(file, arcs, target, moved.name, [f"{moved.name}, written by farside-sim"])


def _given(orbit: Orbit, span: Span) -> list[States]:
    """States an orbit was read from that overlap the span; empty if it has none, or they lack velocities."""
    arcs = orbit.arcs()
    center = BODIES[orbit.center].naif_id
    found = []
    for start, end, arc in (run for block in blocks(arcs) for run in block):
        if not isinstance(arc, States) or arc.velocity is None or arc.center != center:
            return []
        if start < span.end and end > span.start:
            found.append(replace(arc, start=start, end=end))
    return found


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
