"""Integrated orbits, computed once and then read from the store, with the same bits.

The key of an orbit is a hash of everything that it depends on: its fields and files, the span, the ephemeris, tables,
source code, and the processor. If any of it changes, the orbit is computed again.
"""

from __future__ import annotations

import hashlib
import json
import platform
import sys
import time
from collections.abc import Callable
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.core.chebyshev import Pieces
from sim.core.files import digest
from sim.core.time import Span
from sim.data import orbit_store
from sim.data.orbit_store import Arrays
from sim.data.resources import package_folder
from sim.trajectories.bodies import ephemeris as ephemerides
from sim.trajectories.bodies import frames

if TYPE_CHECKING:
    from sim.core.model import Model
    from sim.trajectories.orbits.orbit import Orbit

Array = NDArray[np.float64]

LEAST_S = 0.002
"""Orbits that take less time (s) are not stored: to read them would take as long."""

_PROGRAMS = ("core", "trajectories")
_PACKAGES = ("numpy", "numba", "pyerfa", "jplephem")


def pieces(orbit: Orbit, span: Span, ephemeris: str) -> tuple[Pieces, Array]:
    """The result of `orbit.pieces`; for an integrated orbit, from the store if it is there."""
    if not orbit.is_integrated:
        return orbit.pieces(span, ephemeris)

    def fly() -> Arrays:
        flown, joins = orbit.pieces(span, ephemeris)
        return {"edges": flown.edges, "coefficients": flown.coefficients, "joins": joins}

    found = once(orbit, ephemeris, ("pieces", span.start, span.end), fly, _is_path)
    return Pieces(found["edges"], found["coefficients"]), found["joins"]


def once(
    orbit: Orbit,
    ephemeris: str,
    about: tuple[Any, ...],
    compute: Callable[[], Arrays],
    fits: Callable[[Arrays], bool],
    even_if_quick: bool = False,
) -> Arrays:
    """Arrays that depend on an orbit: from the store, or computed and stored there.

    about         : what they are, and what else they depend on
    fits          : whether arrays have the expected shapes; if not, they are computed again
    even_if_quick : stored even if it took less than `LEAST_S`: with what another process has to import, it takes longer
    """
    key = _key(orbit, ephemeris, about)
    found = orbit_store.find(key)
    if found is not None and fits(found):
        return found
    begun = time.perf_counter()
    found = compute()
    if even_if_quick or time.perf_counter() - begun >= LEAST_S:
        orbit_store.keep(key, found)
    return found


def is_polynomial(arrays: Arrays) -> bool:
    """Whether arrays are an orbit: edges in order, and finite coefficients for each piece."""
    edges, table = arrays.get("edges", np.empty(0)), arrays.get("coefficients", np.empty(0))
    shaped = edges.ndim == 1 and len(edges) > 1 and table.ndim == 3 and len(table) == len(edges) - 1
    return bool(shaped and table.shape[2] == 3 and np.all(np.diff(edges) > 0.0) and np.all(np.isfinite(table)))


def _is_path(arrays: Arrays) -> bool:
    return is_polynomial(arrays) and arrays.get("joins", np.empty((0, 0))).ndim == 1


def _key(orbit: Orbit, ephemeris: str, about: tuple[Any, ...]) -> str:
    """The name of an entry; empty if it cannot be named and is not stored."""
    if (programs := _programs(type(orbit).__module__)) is None:
        return ""
    kernel = ephemerides.load(ephemeris)
    said = {
        "class": f"{type(orbit).__module__}.{type(orbit).__qualname__}",
        "programs": programs,
        "fields": _fields(orbit),
        "files": [digest(Path(file)) for file in orbit.files],
        "kernels": [digest(path) for path in (kernel.path, *kernel.more)],
        "about": about,
        "surroundings": _surroundings(),
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


@cache
def _programs(module: str) -> str | None:
    """A hash of the source code of a kind's package; None if the kind is in no file, as in a notebook."""
    package = module.partition(".")[0]
    if package == "sim":
        return ""
    named = (getattr(sys.modules.get(name), "__file__", None) for name in (package, module))  # some packages have none
    file = Path(next(filter(None, named), package))
    files = sorted(file.parent.rglob("*.py")) if file.name == "__init__.py" else [file]
    return hashlib.sha256("".join(map(digest, files)).encode()).hexdigest() if file.is_file() else None


def _fields(orbit: Model) -> dict[str, Any]:
    """The fields that affect the motion of an orbit, without its source and basis."""
    return orbit.model_dump(exclude={"basis", "source"})


@lru_cache(maxsize=1)
def _surroundings() -> str:
    """A hash of everything that is the same for all orbits: source code, tables, packages and the processor."""
    home, whole = package_folder(), hashlib.sha256()
    programs = sorted(path for name in _PROGRAMS for path in (home / name).rglob("*.py"))
    tables = sorted((home / "data").glob("*.npz"))
    iers = frames.iers_folder()
    turning = [ephemerides.shipped("moon_pa_de421"), iers / frames.EARTH_MEASURED, iers / frames.EARTH_PREDICTED]
    for path in (*programs, *tables):
        whole.update(path.relative_to(home).as_posix().encode() + b"\0" + path.read_bytes())
    for path in turning:
        whole.update(digest(path).encode())
    whole.update("\n".join([platform.python_version(), *map(version, _PACKAGES), *_processor()]).encode())
    return whole.hexdigest()


def _processor() -> list[str]:
    """The processor, whose instructions affect the rounding of sums."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    told = dict.fromkeys(line for line in lines if line.startswith(("model name", "flags", "CPU part", "Features")))
    return [platform.machine(), *(told or [platform.processor()])]
