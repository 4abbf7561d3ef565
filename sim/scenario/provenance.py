"""The provenance of a result: hashes of its inputs, software versions, data files and search certificates."""

from __future__ import annotations

import hashlib
import platform
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

from sim.core.kinds import Kinds, kind_of
from sim.core.model import Model
from sim.core.time import utc
from sim.core.values import JsonTable, JsonValue
from sim.data.resources import package_folder
from sim.scenario.includes import SEEDS
from sim.scenario.scenario import Scenario, digest
from sim.scenario.schema import NOUNS
from sim.search.windows import Certificate, Windows
from sim.trajectories.bodies import ephemeris, frames
from sim.trajectories.relief import moon_relief
from sim.trajectories.sites import Site
from sim.trajectories.spacecraft import Spacecraft
from sim.trajectories.trajectory import Trajectory
from sim.visibility.routes import Hop, hop_text
from sim.visibility.uncertainty import error_sizes

PACKAGE = "farside-sim"

SHORT = ("scenario", "versions", "code_sha256", "platform", "data", "earth_orientation")
"""The parts of the provenance that are written into every product that can hold it."""


def provenance(scenario: Scenario, ends: Mapping[str, Trajectory], windows: Mapping[Hop, Windows]) -> dict[str, Any]:
    """The provenance of a result, for run.json.

    Parameters
    ----------
    scenario
        The scenario.
    ends
        Trajectories of the ends of its routes and products, by name.
    windows
        Windows of every hop, with the certificates of their search.
    """
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
                "name": Path(kernel.name).name,  # of a file without its folder
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
        "certificates": {hop_text(hop): _certificate(found.certificate) for hop, found in windows.items()},
    }


def versions() -> dict[str, str]:
    """Versions of Python, this package, its dependencies, and the optional dependencies that are installed."""
    return dict(_versions(version))


@lru_cache(maxsize=1)
def _versions(version: Callable[[str], str]) -> dict[str, str]:
    """The versions, by what looks one up; a process's packages stay what they are."""
    found = {"python": platform.python_version()}
    for name in (PACKAGE, *sorted(re.split(r"[^\w.-]", each, maxsplit=1)[0] for each in requires(PACKAGE) or ())):
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # an optional dependency
            continue
    return found


def kinds_versions(scenario: Scenario | None = None) -> dict[str, str]:
    """Versions of other packages whose kinds a scenario uses, or of all that add kinds if none is given."""
    found: dict[str, str] = {}
    for kinds in NOUNS:
        words = kinds.outside if scenario is None else [kind_of(type(each)) for each in _parts(scenario, kinds)]
        found |= dict(owner for word in words if (owner := kinds.owner(word)) is not None)
    return dict(sorted(found.items()))


def _parts(scenario: Scenario, kinds: Kinds[Any]) -> list[Model]:
    """The orbits, limits or products of a scenario."""
    ends, crafts = scenario.ends.values(), scenario.spacecraft.values()
    orbits = [orbit for craft in crafts for orbit in (craft.orbit, *craft.orbit.flown())]
    every: list[Model] = [*orbits, *(limit for end in ends for limit in end.limits), *scenario.products]
    return [each for each in every if isinstance(each, kinds.base)]


def needed() -> set[str]:
    """The required dependencies of this package: every record names them."""
    return {re.split(r"[^\w.-]", each, maxsplit=1)[0] for each in requires(PACKAGE) or () if "extra ==" not in each}


def where() -> str:
    """The operating system and the machine."""
    return platform.platform()


@lru_cache(maxsize=1)
def code() -> str:
    """SHA-256 of the source code of this package, which changes more often than its version."""
    home, whole = package_folder(), hashlib.sha256()
    for path in sorted(home.rglob("*.py"), key=lambda path: path.relative_to(home).as_posix()):
        whole.update(path.relative_to(home).as_posix().encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n"))
    return whole.hexdigest()


def data(scenario: Scenario) -> dict[str, str]:
    """SHA-256 of every data file that a scenario's result depends on, by file name."""
    iers = frames.iers_folder()
    kernels = {scenario.ephemeris, *(end.ephemeris for end in scenario.ends.values())}
    paths = [ephemeris.load(kernel).path for kernel in sorted(kernels)]
    paths += [ephemeris.shipped("moon_pa_de421"), iers / frames.EARTH_MEASURED, iers / frames.EARTH_PREDICTED]
    paths += own_tables()
    paths += [Path(file) for craft in scenario.spacecraft for file in orbit_files(scenario, craft)]
    paths += end_files(scenario)
    paths += [*limit_files(scenario), *claim_files(scenario)]
    found: dict[str, str] = {}
    for path in dict.fromkeys(paths):
        name, again = path.name, 1
        while name in found:
            again += 1
            name = f"{path.name} ({again})"
        found[name] = ephemeris.sha256(path)
    return found


def claim_files(scenario: Scenario) -> list[Path]:
    """The claim files that a scenario's reports test, except those of the package; and what other products read."""
    named = [file for product in scenario.products for file in (*product.claim_files, *product.input_files)]
    return [Path(file) for file in dict.fromkeys(named) if not file.startswith(SEEDS)]


def files_read(scenario: Scenario) -> list[Path]:
    """Every file of the user that a scenario is read from: itself, includes, kernels, orbits, horizons and claims."""
    files = [document.path for document in scenario.origin.fragments.documents] if scenario.origin is not None else []
    files += [Path(end.ephemeris) for end in scenario.ends.values()] + [Path(scenario.ephemeris)]
    files += [Path(file) for craft in scenario.spacecraft for file in orbit_files(scenario, craft)]
    files += end_files(scenario)
    return list(dict.fromkeys([*files, *limit_files(scenario), *claim_files(scenario)]))


def end_files(scenario: Scenario) -> list[Path]:
    """The files that ends are read from, other than orbits: horizons, tracks, and models of the Moon."""
    ends: list[Site | Spacecraft] = [*scenario.sites.values(), *scenario.spacecraft.values()]
    return list(dict.fromkeys(Path(file) for end in ends for file in end.files))


def limit_files(scenario: Scenario) -> list[Path]:
    """The files that limits are read from: calendars, and time zones."""
    holders = [*scenario.ends.values(), *scenario.data.values()]
    return [Path(file) for holder in holders for limit in holder.limits for file in limit.files]


def own_tables() -> list[Path]:
    """The data tables of this package; later versions may have more."""
    home = package_folder() / "data"
    return sorted([*home.glob("*.npz"), *home.glob("*.csv")])


def short(provenance: Mapping[str, JsonValue]) -> JsonTable:
    """The part of a provenance that goes into products: inputs, versions, platform, data and Earth orientation."""
    return {key: provenance[key] for key in SHORT if key in provenance}


def _texts(scenario: Scenario, sha256: str) -> dict[str, str]:
    """SHA-256 of the files that a scenario was read from; empty if it was built in Python or changed since."""
    return scenario.origin.files if scenario.origin is not None and scenario.origin.sha256 == sha256 else {}


def orbit_files(scenario: Scenario, name: str) -> list[str]:
    """The files of a spacecraft's orbit, or of the orbits of its phases."""
    orbits = scenario.spacecraft[name].orbit.flown()
    return list(dict.fromkeys(file for each in orbits for file in each.files))


def _end(end: Trajectory) -> dict[str, Any]:
    entry: dict[str, object] = {"basis": end.basis, "source": end.source}
    if isinstance(end, Site) and end.horizon_source:
        entry["horizon"] = end.horizon_source
    if (relief := moon_relief(end.moon_limb)) is not None:
        entry["moon_limb"] = {"model": relief.source, "sha256": relief.sha256}
    if len(end.joins):
        entry["arcs_join_at"] = utc(end.joins, 0)
    if end.notes:
        entry["notes"] = list(end.notes)
    if sizes := error_sizes(end):
        entry["one_sigma"] = sizes
    return entry


def files_of(scenario: Scenario, name: str) -> dict[str, list[dict[str, str]]]:
    """The files that an orbit was read from, with their SHA-256, as they are in run.json."""
    files = map(Path, orbit_files(scenario, name) if name in scenario.spacecraft else ())
    listed = [{"name": file.name, "sha256": ephemeris.sha256(file)} for file in files]
    return {"files": listed} if listed else {}


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
