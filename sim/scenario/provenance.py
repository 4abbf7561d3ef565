"""Where a result came from: inputs' hashes, versions, kernels, certificates."""

from __future__ import annotations

import hashlib
import platform
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

from sim.core.kinds import Kinds
from sim.core.time import utc
from sim.data.resources import package_folder
from sim.scenario.includes import SEEDS
from sim.scenario.scenario import Scenario, digest
from sim.scenario.schema import NOUNS
from sim.search.windows import Certificate, Windows
from sim.trajectories.bodies import ephemeris, frames
from sim.trajectories.trajectory import Trajectory
from sim.visibility.routes import Hop
from sim.visibility.uncertainty import error_sizes

PACKAGE = "farside-sim"

SHORT = ("scenario", "versions", "code_sha256", "platform", "data", "earth_orientation")
"""What of all this goes into every product that can hold it."""


def provenance(scenario: Scenario, ends: Mapping[str, Trajectory], windows: Mapping[Hop, Windows]) -> dict[str, Any]:
    """Where a result came from: scenario, versions, kernels, Earth orientation, ends and certificates."""
    kernel = ephemeris.load(scenario.ephemeris)
    lunar = ephemeris.shipped("moon_pa_de421")
    angles = ephemeris.lunar_angles()
    earth, sha256 = frames.earth_orientation(), digest(scenario)
    return {
        "scenario": {"title": scenario.title, "sha256": sha256, "files": _texts(scenario, sha256)},
        "span": {"start": utc(scenario.span.start), "end": utc(scenario.span.end)},
        "light_time": scenario.light_time,
        "versions": versions() | kinds_versions(scenario),
        "code_sha256": code(),
        "platform": where(),
        "data": data(scenario),
        "remarks": list(scenario.remarks),
        "kernels": [
            {
                "name": Path(kernel.name).name,  # of a file: it is the same one wherever it lies
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


def versions() -> dict[str, str]:
    """Of Python, this package and all that it needs; of what it can do without, as far as it is installed."""
    return dict(_versions())


@lru_cache(maxsize=1)
def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in (PACKAGE, *sorted(re.split(r"[^\w.-]", each, maxsplit=1)[0] for each in requires(PACKAGE) or ())):
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # an extra
            continue
    return found


def kinds_versions(scenario: Scenario | None = None) -> dict[str, str]:
    """Of the packages of others that add the kinds of a scenario; of all kinds if none is given."""
    found: dict[str, str] = {}
    for kinds in NOUNS:
        words = kinds.outside if scenario is None else [each.kind for each in _parts(scenario, kinds)]
        found |= dict(owner for word in words if (owner := kinds.owner(word)) is not None)
    return dict(sorted(found.items()))


def _parts(scenario: Scenario, kinds: Kinds[Any]) -> list[Any]:
    """Everything in a scenario that is of one noun."""
    ends, crafts = scenario.ends.values(), scenario.spacecraft.values()
    orbits = [orbit for craft in crafts for orbit in (craft.orbit, *craft.orbit.flown())]
    every = [*orbits, *(limit for end in ends for limit in end.limits), *scenario.products]
    return [each for each in every if isinstance(each, kinds.base)]


def needed() -> set[str]:
    """The packages that this one cannot do without: every record names them."""
    return {re.split(r"[^\w.-]", each, maxsplit=1)[0] for each in requires(PACKAGE) or () if "extra ==" not in each}


def where() -> str:
    """The system and the machine."""
    return platform.platform()


@lru_cache(maxsize=1)
def code() -> str:
    """SHA-256 of this package's own programs: a checkout changes more often than its version."""
    home, whole = package_folder(), hashlib.sha256()
    for path in sorted(home.rglob("*.py"), key=lambda path: path.relative_to(home).as_posix()):
        whole.update(path.relative_to(home).as_posix().encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n"))
    return whole.hexdigest()


def data(scenario: Scenario) -> dict[str, str]:
    """SHA-256 of every file of numbers that a scenario's answer rests on, by the files' names."""
    iers = frames.iers_folder()
    kernels = {scenario.ephemeris, *(end.ephemeris for end in scenario.ends.values())}
    paths = [ephemeris.load(kernel).path for kernel in sorted(kernels)]
    paths += [ephemeris.shipped("moon_pa_de421"), iers / frames.EARTH_MEASURED, iers / frames.EARTH_PREDICTED]
    paths += own_tables()
    paths += [Path(file) for craft in scenario.spacecraft for file in orbit_files(scenario, craft)]
    paths += [Path(site.horizon_file) for site in scenario.sites.values() if site.horizon_file]
    paths += claim_files(scenario)
    found: dict[str, str] = {}
    for path in dict.fromkeys(paths):
        name, again = path.name, 1
        while name in found:
            again += 1
            name = f"{path.name} ({again})"
        found[name] = ephemeris.sha256(path)
    return found


def claim_files(scenario: Scenario) -> list[Path]:
    """The claim files that a scenario's reports ask, but for those that ship."""
    named = [file for product in scenario.products for file in product.claim_files]
    return [Path(file) for file in dict.fromkeys(named) if not file.startswith(SEEDS)]


def files_read(scenario: Scenario) -> list[Path]:
    """Every file of the user's that a scenario is read from: itself, what it includes, kernels, orbits, horizons."""
    files = [document.path for document in scenario.origin.fragments.documents] if scenario.origin is not None else []
    files += [Path(end.ephemeris) for end in scenario.ends.values()] + [Path(scenario.ephemeris)]
    files += [Path(file) for craft in scenario.spacecraft for file in orbit_files(scenario, craft)]
    files += [Path(site.horizon_file) for site in scenario.sites.values() if site.horizon_file]
    return list(dict.fromkeys([*files, *claim_files(scenario)]))


def own_tables() -> list[Path]:
    """The tables that come with this package, and grow with its versions."""
    home = package_folder() / "data"
    return sorted([*home.glob("*.npz"), *home.glob("*.csv")])


def short(provenance: Mapping[str, Any]) -> dict[str, Any]:
    """What goes into every product that can hold it: inputs, versions, platform, data and Earth orientation."""
    return {key: provenance[key] for key in SHORT if key in provenance}


def _texts(scenario: Scenario, sha256: str) -> dict[str, str]:
    """The files that a scenario was read from, with their hashes; none if it was built or altered."""
    return scenario.origin.files if scenario.origin is not None and scenario.origin.sha256 == sha256 else {}


def orbit_files(scenario: Scenario, name: str) -> list[str]:
    """The files that a spacecraft's orbit, or those of its phases, are read from."""
    orbits = scenario.spacecraft[name].orbit.flown()
    return list(dict.fromkeys(file for each in orbits for file in each.files))


def _end(end: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"basis": end.basis, "source": getattr(end, "source", "")}
    if horizon := getattr(end, "horizon_source", ""):
        told["horizon"] = horizon
    if len(joins := getattr(end, "joins", ())):
        told["arcs_join_at"] = utc(joins, 0)
    if notes := getattr(end, "notes", ()):
        told["notes"] = list(notes)
    if sizes := error_sizes(end):
        told["one_sigma"] = sizes
    return told


def files_of(scenario: Scenario, name: str) -> dict[str, Any]:
    """The files that an orbit was read from, with their hashes."""
    files = map(Path, orbit_files(scenario, name) if name in scenario.spacecraft else ())
    told = [{"name": file.name, "sha256": ephemeris.sha256(file)} for file in files]
    return {"files": told} if told else {}


def _certificate(certificate: Certificate) -> dict[str, Any]:
    return {
        "margins": [
            {"name": name, "resolution": resolution, "unit": unit} for name, resolution, unit in certificate.margins
        ],
        **({"bounds": list(certificate.bounds)} if certificate.bounds else {}),
        "pieces": certificate.pieces,
        "evaluations": certificate.evaluations,
        "unresolved": [[utc(a, 6), utc(b, 6)] for a, b in certificate.unresolved],
        "unresolved_s": certificate.unresolved_s,
    }
