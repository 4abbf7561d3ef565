"""Where a spacecraft goes, written for other programs: CCSDS OEM and SPICE's SPK."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from sim.bodies import BODIES
from sim.chebyshev import Pieces
from sim.errors import DataError, SimError
from sim.orbits import oem
from sim.orbits.files import FromFile, blocks
from sim.orbits.sampled import Sampled
from sim.orbits.spk import spiceypy
from sim.orbits.states import POINTS, States
from sim.products.files import new_file
from sim.scenario import Scenario
from sim.time import Span, utc

Array = NDArray[np.float64]

Format = Literal["oem", "spk"]

WITHIN_KM = 3e-7
"""States stand so close that interpolation between them is this near to the orbit: 0.3 mm."""
DEFAULT_TARGET = -100001
"""NAIF id of a spacecraft that has none. Source: NAIF leaves numbers below -100000 to its users."""

_STEPS_S = (3600, 1800, 900, 600, 300, 240, 180, 120, 90, 60, 45, 30, 20, 10, 5, 2, 1)
_PROBES = np.array([0.13, 0.31, 0.5, 0.69, 0.87])
_SPK_DEGREE = 2 * POINTS - 1


def export(
    scenario: Scenario,
    name: str,
    format: Format,
    file: str | Path,
    *,
    target: int | None = None,
    progress: Callable[[str], None] = lambda text: None,
) -> Path:
    """Write a spacecraft's motion over the scenario's span as a file that is whole or not there.

    format : `oem` (CCSDS OEM 2.0, KVN) or `spk` (type 13; needs `pip install "farside-sim[spice]"`)
    target : NAIF id in an SPK; by default the orbit's own, or -100001
    progress : told in a few words what is being done

    States are relative to the orbit's center, in ICRF axes, at whole seconds of TDB, so close that reading them back is
    within 1 mm. Motion that came as states is handed on as these states, in their own time scale. Where arcs join, a
    new segment begins. Raises `SimError` where the spacecraft or the format is unknown, and all that moving raises.
    """
    if format not in get_args(Format):
        raise SimError(f"no format is called {format!r}. Expected {' or '.join(get_args(Format))}")
    if name not in scenario.spacecraft:
        known = ", ".join(scenario.spacecraft) or "none"
        raise SimError(f"no spacecraft is called {name!r}. There are {known}")
    orbit, path = scenario.spacecraft[name].orbit, Path(file)
    progress(f"moving {name}")
    moved = scenario[name]
    assert isinstance(moved, Sampled)
    arcs = _given(orbit, scenario.span, format) or list(_sampled(moved, scenario.span))
    comments = _comments(scenario, moved, orbit.kind)
    progress(f"writing {path}")
    if path.is_dir() or not path.parent.is_dir():
        raise DataError(f"cannot write {path}: expected the name of a file in a folder that exists")
    with new_file(path) as temporary:
        if format == "oem":
            temporary.write_text(oem.text(arcs, name, comments), encoding="utf-8")
        else:
            number = target if target is not None else getattr(orbit, "target", DEFAULT_TARGET)
            _write_spk(temporary, arcs, number, name, comments)
    return path


def write_spk(file: Path, moved: Sampled, span: Span, target: int) -> None:
    """Motion over a span, as far as it is known, as an SPK of type 13. Raises `DataError`."""
    _write_spk(file, list(_sampled(moved, span)), target, moved.name, [f"{moved.name}, written by farside-sim"])


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


def _sampled(moved: Sampled, span: Span) -> Iterator[States]:
    """States of an orbit over the span at whole seconds of TDB, an arc for each of its own."""
    first, last = max(np.floor(span.start), moved.pieces.start), min(np.ceil(span.end), moved.pieces.end)
    inner = [join for join in moved.joins if first < join < last]
    for start, end in pairwise([first, *inner, last]):
        yield _arc(moved.pieces.cut(start, end), float(_micro(start)), float(_micro(end)), BODIES[moved.center].naif_id)


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


def _write_spk(path: Path, arcs: Sequence[States], target: int, name: str, comments: Sequence[str]) -> None:
    spice = spiceypy()
    try:
        handle = spice.spkopn(str(path), name[:60], 20 * 80)
        try:
            spice.dafac(handle, [line[:80] for line in comments])
            for arc in arcs:
                assert arc.velocity is not None
                states = np.column_stack((arc.position, arc.velocity))
                degree = min(_SPK_DEGREE, 2 * arc.points - 1)
                span = (arc.start, arc.end)
                spice.spkw13(
                    handle, target, arc.center, "J2000", *span, name[:40], degree, len(arc.t), states, arc.t
                )
        finally:
            spice.spkcls(handle)
    except spice.utils.exceptions.SpiceyError as error:
        raise DataError(f"SPICE cannot write {path.name}: {getattr(error, 'long', error)}") from error


def _comments(scenario: Scenario, moved: Sampled, kind: str) -> list[str]:
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
