"""Where a result came from: inputs' hashes, versions, kernels, certificates."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sim import ephemeris, frames
from sim.orbits.phases import Phases
from sim.routes import Hop
from sim.scenario import Scenario, digest
from sim.time import utc
from sim.trajectory import Trajectory
from sim.uncertainty import errors_told
from sim.windows import Certificate, Windows

PACKAGES = ("farside-sim", "numpy", "numba", "pyerfa", "jplephem", "skyfield-data", "astropy-iers-data", "lunarsky")


def provenance(scenario: Scenario, ends: Mapping[str, Trajectory], windows: Mapping[Hop, Windows]) -> dict[str, Any]:
    """Where a result came from: scenario, versions, kernels, Earth orientation, ends and certificates."""
    kernel = ephemeris.load(scenario.ephemeris)
    lunar = ephemeris.shipped("moon_pa_de421")
    angles = ephemeris.lunar_angles()
    earth = frames.earth_orientation()
    return {
        "scenario": {"title": scenario.title, "sha256": digest(scenario)},
        "span": {"start": utc(scenario.span.start), "end": utc(scenario.span.end)},
        "light_time": scenario.light_time,
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
        "kernels": [
            {
                "name": kernel.name,
                "file": kernel.path.name,
                "sha256": kernel.sha256,
                "covers": [utc(t, 0) for t in kernel.coverage],
            },
            {
                "name": "moon_pa_de421",
                "file": lunar.name,
                "sha256": ephemeris.sha256(lunar),
                "covers": [utc(angles.start, 0), utc(angles.end, 0)],
            },
        ],
        "earth_orientation": {
            "measured_until": utc(earth.measured_until, 0),
            "predicted_until": utc(earth.predicted_until, 0),
        },
        "ends": {name: {**_end(end), **files_of(scenario, name)} for name, end in ends.items()},
        "certificates": {f"{a} – {b}": _certificate(found.certificate) for (a, b), found in windows.items()},
    }


def _end(end: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"basis": end.basis, "source": getattr(end, "source", "")}
    if horizon := getattr(end, "horizon_source", ""):
        told["horizon"] = horizon
    if len(joins := getattr(end, "joins", ())):
        told["arcs_join_at"] = utc(joins, 0)
    if notes := getattr(end, "notes", ()):
        told["notes"] = list(notes)
    if sizes := errors_told(end):
        told["one_sigma"] = sizes
    return told


def files_of(scenario: Scenario, name: str) -> dict[str, Any]:
    """The files that an orbit, or its phases, were read from, with their hashes."""
    orbit = scenario.spacecraft[name].orbit if name in scenario.spacecraft else None
    orbits = [phase.orbit for phase in orbit.phases] if isinstance(orbit, Phases) else [orbit]
    files = dict.fromkeys(file for each in orbits for file in getattr(each, "files", ()))
    told = [{"name": Path(file).name, "sha256": ephemeris.sha256(Path(file))} for file in files]
    return {"files": told} if told else {}


def _certificate(certificate: Certificate) -> dict[str, Any]:
    return {
        "margins": [
            {"name": name, "resolution": resolution, "unit": unit} for name, resolution, unit in certificate.margins
        ],
        "pieces": certificate.pieces,
        "evaluations": certificate.evaluations,
        "unresolved": [[utc(a, 6), utc(b, 6)] for a, b in certificate.unresolved],
        "unresolved_s": certificate.unresolved_s,
    }
