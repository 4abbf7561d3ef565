"""SPICE's geometry finder: gfposc for horizons and gfoclt for occultations, with NAIF's own kernels.

Earth: NAIF's high-precision PCK (package naif-eop-high-prec), ITRF93. Moon: DE421's binary PCK and frames (package
lunarsky). Spacecraft are exported by sim as SPK, good to a millimeter; sites are SPK segments fixed to their bodies.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.core.geometry import SPEED_OF_LIGHT_KM_S, length
from sim.core.time import Span
from sim.products import export
from sim.simulation.crosscheck.scan import Margin
from sim.simulation.crosscheck.terms import Term, turned
from sim.trajectories.bodies import ephemeris, frames
from sim.trajectories.bodies.body import Body
from sim.trajectories.bodies.planet_rotation import SPINS, Spin
from sim.trajectories.orbits.data_span import light_s
from sim.trajectories.orbits.sampled import Sampled
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import Trajectory

Array = NDArray[np.float64]

PAD_S = 600.0
"""Time before and after the span for which a trajectory is exported (s), because of light time."""
_ROOM = 200_000
_FIXED = {"earth": "ITRF93", "moon": "MOON_ME_DE421"}
_ALWAYS = (-3e9, 3e9)


class BySpice:
    """SPICE (NAIF), through SpiceyPy."""

    name = "SPICE GF"
    models = (
        "light time and aberration; Earth orientation from NAIF's own PCK (ITRF93); lunar frame of DE421; "
        "occultation by ellipsoids"
    )

    def __init__(self, kernel: str, span: Span) -> None:
        self.kernel, self.span, self.version = kernel, span, version("spiceypy")
        self._numbers: dict[int, int] = {}
        self._figures: set[int] = set()
        self._ends: list[Trajectory] = []
        self._folder = tempfile.TemporaryDirectory(prefix="sim-spice-")
        self._home = Path(self._folder.name)
        self._earth = _earth_kernel()
        self._loaded: list[Path] = []

    def close(self) -> None:
        """Unload the kernels that it has loaded."""
        for file in self._loaded:
            _spice().unload(str(file))
        self._folder.cleanup()

    def unable(self, term: Term) -> str:
        sites = [end for end in (term.sight.transmitter, term.sight.receiver) if isinstance(end, Site)]
        if term.kind not in ("horizon", "clear"):
            return "it has no such limits"
        if any(site.body == "earth" for site in sites) and self._earth is None:
            return "the Earth orientation kernel is not installed: pip install naif-eop-high-prec"
        if any(site.moves for site in sites):
            return "it has no sites that move"
        if any(site.body == "mars" for site in sites):
            return "it has no frame of Mars"
        if term.own is not None and not isinstance(term.own.horizon_deg, float | int):
            return "its geometry finder has no horizon profiles"
        if term.own is not None and term.own.air is not None:
            return "its geometry finder has no refraction"
        return ""

    def margin(self, term: Term) -> Margin:
        """The margin from its own light times and frames; of occultations, as an angle."""
        return (lambda t: self._above(term, t)) if term.kind == "horizon" else (lambda t: self._clear(term, t))

    def windows(self, term: Term, span: Span, step_s: float) -> Array:
        spice, whole, found = _spice(), _spice().cell_double(2), _spice().cell_double(_ROOM)
        transmitter, receiver = self._number(term.sight.transmitter), self._number(term.sight.receiver)
        spice.wninsd(span.start, span.end, whole)
        count = int(2 + span.duration_s / step_s)
        if term.kind == "clear":
            assert term.body is not None
            frame = "ITRF93" if term.body.name == "earth" else f"IAU_{term.body.name.upper()}"
            light = "CN" if term.sight.light else "NONE"
            name = self._figure(term.body)
            spice.gfoclt(
                "ANY", name, "ELLIPSOID", frame, transmitter, "POINT", " ", light, receiver, step_s, whole, found
            )
            return _bounds(spice.wndifd(whole, found))
        assert term.own is not None
        own, other = self._number(term.own), self._number(term.other)
        if not term.received:  # its times are the observer's, who sends
            early = [term.sight.ray(np.array([t])).sent[0] for t in (span.start, span.end)]
            whole = spice.cell_double(2)
            spice.wninsd(*early, whole)
        spice.gfposc(
            other, self._frame(term.own), self._light(term), own, "LATITUDINAL", "LATITUDE", ">",
            float(np.deg2rad(term.own.horizon_deg)), 0.0, step_s, count, whole, found,
        )  # fmt: skip
        bounds = _bounds(found)
        if not term.received and term.sight.light:
            bounds = np.array([[t + spice.ltime(t, int(own), "->", int(other))[1] for t in row] for row in bounds])
        return bounds.reshape(-1, 2).clip(span.start, span.end)

    def sizes(self, term: Term, t: float) -> Mapping[str, float]:
        if term.kind != "horizon" or term.own is None or term.own.body != "earth":
            return {}
        return turned(np.array(_spice().pxform("J2000", "ITRF93", t)), frames.itrs(np.array([t]))[0], term, t)

    def _above(self, term: Term, t: Array) -> Array:
        own = term.own
        assert own is not None and isinstance(own.horizon_deg, float | int)
        spice, here, there = _spice(), self._number(own), self._number(term.other)
        times = t if term.received else term.sight.ray(t).sent
        lines = [spice.spkezr(there, at, self._frame(own), self._light(term), here)[0][:3] for at in times]
        x, y, z = np.array(lines).T
        margin: Array = np.rad2deg(np.arctan2(z, np.hypot(x, y))) - own.horizon_deg
        return margin

    def _clear(self, term: Term, t: Array) -> Array:
        spice, transmitter, receiver = _spice(), self._number(term.sight.transmitter), self._number(term.sight.receiver)
        assert term.body is not None
        light, radius = "CN" if term.sight.light else "NONE", term.body.equatorial_radius_km
        line = np.array([spice.spkpos(transmitter, at, "J2000", light, receiver)[0] for at in t])
        here = np.array([spice.spkpos(receiver, at, "J2000", "NONE", "0")[0] for at in t])
        passed, body = np.asarray(t, dtype=float), str(term.body.naif_id)
        for _ in range(4 if term.sight.light else 1):  # the body's position when the light passes it
            towards = np.array([spice.spkpos(body, at, "J2000", "NONE", "0")[0] for at in passed]) - here
            passed = t - np.sum(line * towards, axis=1) / np.linalg.norm(line, axis=1) / SPEED_OF_LIGHT_KM_S
        far, away = np.linalg.norm(line, axis=1), np.linalg.norm(towards, axis=1)
        separation = np.arccos(np.clip(np.sum(line * towards, axis=1) / far / away, -1.0, 1.0))
        behind = far > np.sqrt(np.maximum(away**2 - radius**2, 0.0))
        disc = np.arcsin(np.clip(radius / away, 0.0, 1.0))
        margin: Array = np.rad2deg(np.where(behind, separation - disc, separation + 1.0))
        return margin

    def _light(self, term: Term) -> str:
        return "NONE" if not term.sight.light else "CN+S" if term.received else "XCN+S"

    def _frame(self, site: Site) -> str:
        return f"SIM_{self._number(site)}_TOPO"

    def _number(self, trajectory: Trajectory) -> str:
        """The NAIF id of an end, after loading what SPICE needs for it."""
        self._begin()
        if isinstance(trajectory, Body):
            return str(trajectory.naif_id)
        if id(trajectory) not in self._numbers:
            spice, file = _spice(), self._home / f"{len(self._numbers)}.bsp"
            if isinstance(trajectory, Site):
                number = (399 if trajectory.body == "earth" else 301) * 1000 + 900 + len(self._numbers)
                state = [*trajectory.fixed_position, 0.0, 0.0, 0.0]
                handle, frame = spice.spkopn(str(file), "site", 0), _FIXED[trajectory.body]
                center = 399 if trajectory.body == "earth" else 301
                spice.spkw08(
                    handle, number, center, frame, *_ALWAYS, "site", 1, 2, [state, state], _ALWAYS[0],
                    _ALWAYS[1] - _ALWAYS[0],
                )  # fmt: skip
                spice.spkcls(handle)
                spice.lmpool(_topocentric(trajectory, number, frame))
            else:
                assert isinstance(trajectory, Sampled)
                number = -100001 - len(self._numbers)
                export.write_spk(file, trajectory, self.span.padded(max(PAD_S, _farthest_s(trajectory))), number)
            self._load(file)
            self._numbers[id(trajectory)] = number
            self._ends.append(trajectory)  # kept, so that no other object gets its id()
        return str(self._numbers[id(trajectory)])

    def _figure(self, body: Body) -> str:
        """The NAIF id of an occulting body, after loading its shape, orientation and position."""
        self._begin()
        number = 100 * body.naif_id + 99 if 0 < body.naif_id < 10 else body.naif_id
        if number not in self._figures:
            spice = _spice()
            spice.lmpool(_constants(body, number))
            for path in ephemeris.load(body.ephemeris).more:
                self._load(path)
            if number != body.naif_id:  # sim has the planet at the barycenter of its system
                file, still = self._home / f"{number}.bsp", [0.0] * 6
                handle = spice.spkopn(str(file), body.name, 0)
                spice.spkw08(
                    handle, number, body.naif_id, "J2000", *_ALWAYS, body.name, 1, 2, [still, still], _ALWAYS[0],
                    _ALWAYS[1] - _ALWAYS[0],
                )  # fmt: skip
                spice.spkcls(handle)
                self._load(file)
            self._figures.add(number)
        return str(number)

    def _begin(self) -> None:
        if self._loaded:
            return
        lunar = ephemeris.shipped("moon_pa_de421")
        self._load(ephemeris.load(self.kernel).path)
        self._load(lunar)
        self._load(lunar.parents[1] / "fk" / "satellites" / "moon_080317.tf")
        if self._earth is not None:
            self._load(self._earth)

    def _load(self, file: Path) -> None:
        _spice().furnsh(str(file))
        self._loaded.append(file)


def _earth_kernel() -> Path | None:
    spec = find_spec("naif_eop_high_prec")
    path = Path(spec.origin).parent / "earth_latest_high_prec.bpc" if spec is not None and spec.origin else None
    return path if path is not None and path.is_file() else None


def _constants(body: Body, number: int) -> list[str]:
    """Radii and orientation of a body for SPICE; those of a sphere have no effect. Source: ours, after the IAU."""
    polar = body.equatorial_radius_km if body.rotation is None else body.polar_radius_km
    spin = SPINS.get(body.name, Spin((0.0, 0.0), (90.0, 0.0), (0.0, 0.0)))
    pole, north, meridian, waves = spin.right_ascension, spin.declination, spin.prime_meridian, spin.waves
    lines = [
        f"BODY{number}_RADII = ( {body.equatorial_radius_km} {body.equatorial_radius_km} {polar} )",
        f"BODY{number}_POLE_RA = ( {pole[0]!r} {pole[1]!r} 0 )",
        f"BODY{number}_POLE_DEC = ( {north[0]!r} {north[1]!r} 0 )",
        f"BODY{number}_PM = ( {meridian[0]!r} {meridian[1]!r} 0 )",
    ]
    if waves:
        angles = (f"{phase!r} {rate!r}" for _, _, phase, rate in waves)  # one per line: SPICE limits their length
        lines += [f"BODY{number // 100}_NUT_PREC_ANGLES = (", *angles, ")"]
        for which, key in enumerate(("RA", "DEC", "PM")):
            sizes = (repr(size) if axis == which else "0.0" for axis, size, _, _ in waves)
            lines += [f"BODY{number}_NUT_PREC_{key} = (", *sizes, ")"]
    return lines


def _farthest_s(end: Sampled) -> float:
    """Largest light time from an orbit (s)."""
    return light_s(float(np.max(length(end.pieces.coefficients).sum(axis=1))), end.center)


def _topocentric(site: Site, number: int, frame: str) -> list[str]:
    """A frame with its z axis at the zenith of a site."""
    own, name = 1_400_000 + abs(number) % 1_000_000, f"SIM_{number}_TOPO"
    return [
        f"FRAME_{name} = {own}",
        f"FRAME_{own}_NAME = '{name}'",
        f"FRAME_{own}_CLASS = 4",
        f"FRAME_{own}_CLASS_ID = {own}",
        f"FRAME_{own}_CENTER = {number}",
        f"TKFRAME_{own}_RELATIVE = '{frame}'",
        f"TKFRAME_{own}_SPEC = 'ANGLES'",
        f"TKFRAME_{own}_UNITS = 'DEGREES'",
        f"TKFRAME_{own}_AXES = ( 3, 2, 3 )",
        f"TKFRAME_{own}_ANGLES = ( {-site.longitude_deg!r}, {site.latitude_deg - 90.0!r}, 180.0 )",
    ]


def _bounds(cell: Any) -> Array:
    spice = _spice()
    rows = [spice.wnfetd(cell, index) for index in range(spice.wncard(cell))]
    return np.array(rows, dtype=float).reshape(-1, 2)


def _spice() -> Any:
    import spiceypy

    return spiceypy

