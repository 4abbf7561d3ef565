"""The files that a scenario names: found, and turned into absolute paths, or complained of."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sim.core.errors import SimError
from sim.core.files import OutsideError, inside, resolved
from sim.core.text import shown
from sim.core.toml_file import Keys, is_file
from sim.data import store
from sim.scenario.checks import EPHEMERIDES, no_ephemeris
from sim.scenario.includes import SEEDS, seed
from sim.scenario.messages import Complaint


def _file_places(orbit: dict[str, Any], keys: tuple[str | int, ...]) -> list[tuple[str | int, ...]]:
    """Where an orbit names files: one, or each of several."""
    file = orbit.get("file")
    return [(*keys, "file", i) for i in range(len(file))] if isinstance(file, list) else [(*keys, "file")]


def file_places(data: dict[str, Any]) -> list[Keys]:
    """Where a scenario may name files: kernels, orbits, horizons, claims."""
    places: list[Keys] = [("ephemeris",)]
    for table, name, end in ends_of(data):
        places += [(table, name, "ephemeris"), (table, name, "horizon_file")]
        if isinstance(end.get("orbit"), dict):
            places += _file_places(end["orbit"], (table, name, "orbit"))
            phases = end["orbit"].get("phases")
            for index, phase in enumerate(phases if isinstance(phases, list) else ()):
                if isinstance(phase, dict) and isinstance(phase.get("orbit"), dict):
                    places += _file_places(phase["orbit"], (table, name, "orbit", "phases", index, "orbit"))
    products = data.get("products")
    for index, product in enumerate(products if isinstance(products, list) else ()):
        named = product.get("claims") if isinstance(product, dict) else None
        places += [("products", index, "claims", i) for i in range(len(named) if isinstance(named, list) else 0)]
    return places


def _named(data: dict[str, Any]) -> Iterator[tuple[Keys, str]]:
    """Where merged tables name files, and what they say there; ephemerides that are no files left out."""
    for keys in file_places(data):
        holder = holder_of(data, keys)
        text = holder[keys[-1]] if isinstance(keys[-1], int) else holder.get(keys[-1])
        none = (keys[-1] == "ephemeris" and text in EPHEMERIDES) or (keys[-1] == "horizon_file" and text == "")
        if isinstance(text, str) and not none:
            yield keys, text


def files_from(data: dict[str, Any], home: Path, folder: Path) -> dict[str, Any]:
    """Tables whose files, named as seen from one folder, are named as seen from another; changed in place."""
    for keys, text in _named(data):
        if not text.startswith((store.PREFIX, SEEDS)) and is_file(path := home / text):
            holder_of(data, keys)[keys[-1]] = _seen(path, folder)
    return data


def _seen(path: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive
        return path.as_posix()


def files_named(data: dict[str, Any], folder: Path, allow_paths: bool) -> Iterator[Complaint]:
    """Turns the files that a scenario names into absolute paths."""
    for keys, text in list(_named(data)):
        holder, kernel = holder_of(data, keys), keys[-1] == "ephemeris"
        try:
            if keys[0] == "products" and text.startswith(SEEDS):
                seed(text)
                continue
            file = _file(text, folder, allow_paths)
        except (ValueError, SimError) as error:
            yield keys, str(error)
            continue
        if is_file(file):
            holder[keys[-1]] = str(file)
        elif kernel and not ("/" in text or "." in text):
            yield keys, no_ephemeris(text)
        else:
            yield keys, f"there is no file {shown(text)} in {folder}"
        if keys[-1] == "horizon_file" and not is_file(file):
            del holder[keys[-1]]


def _file(text: str, folder: Path, allow_paths: bool) -> Path:
    if text.startswith(store.PREFIX):
        return store.find(text)
    if allow_paths and "://" not in text:
        return resolved(folder / Path(text).expanduser())
    try:
        return inside(folder, text, folder)
    except OutsideError as error:
        raise OutsideError(f"{error}, or allow it with --allow-paths") from error


def ends_of(data: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Sites and spacecraft of merged tables, as far as they are tables: table, name, end."""
    for table in ("sites", "spacecraft"):
        ends = data.get(table)
        for name, end in ends.items() if isinstance(ends, dict) else ():
            if isinstance(end, dict):
                yield table, name, end


def holder_of(data: Any, keys: Keys) -> Any:
    """The table or list in which the last of some keys stands."""
    for key in keys[:-1]:
        data = data[key]
    return data
