"""Finds the files that a scenario names and makes their paths absolute."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sim.core.errors import SimError
from sim.core.files import OutsideError, inside, resolved
from sim.core.text import shown
from sim.core.toml_file import Keys, is_file
from sim.core.values import TomlTable
from sim.data import store
from sim.scenario.checks import EPHEMERIDES, no_ephemeris
from sim.scenario.includes import SEEDS, seed
from sim.scenario.messages import Complaint
from sim.trajectories.limbs import LIMBS


def _file_places(orbit: TomlTable, keys: Keys) -> list[Keys]:
    """The paths of keys at which an orbit names one file, or several."""
    file = orbit.get("file")
    return [(*keys, "file", i) for i in range(len(file))] if isinstance(file, list) else [(*keys, "file")]


def file_places(data: TomlTable) -> list[Keys]:
    """The paths of keys at which a scenario may name files: ephemerides, orbits, horizons, tracks and claims."""
    places: list[Keys] = [("ephemeris",), ("moon_limb",)]
    for table, name, end in ends_of(data):
        places += [(table, name, key) for key in ("ephemeris", "horizon_file", "track_file", "moon_limb")]
        if isinstance(orbit := end.get("orbit"), dict):
            places += _file_places(orbit, (table, name, "orbit"))
            phases = orbit.get("phases")
            for index, phase in enumerate(phases if isinstance(phases, list) else ()):
                if isinstance(phase, dict) and isinstance(own := phase.get("orbit"), dict):
                    places += _file_places(own, (table, name, "orbit", "phases", index, "orbit"))
    for table, name, holder in (*ends_of(data), *_tables(data, "links"), *_tables(data, "data")):
        limits = holder.get("limits")
        for index, limit in enumerate(limits if isinstance(limits, list) else ()):
            places += [(table, name, "limits", index, "file")] if isinstance(limit, dict) else []
    products = data.get("products")
    for index, product in enumerate(products if isinstance(products, list) else ()):
        claims = product.get("claims") if isinstance(product, dict) else None
        places += [("products", index, "claims", i) for i in range(len(claims) if isinstance(claims, list) else 0)]
        places += [("products", index, "earlier")] if isinstance(product, dict) else []
    return places


def _named(data: TomlTable) -> Iterator[tuple[Keys, str]]:
    """The files that merged tables name, each with its path of keys; names of ephemerides and limbs are left out."""
    for keys in file_places(data):
        text = named_at(data, keys)
        may_be_empty = keys[-1] in ("horizon_file", "track_file", "earlier") or "limits" in keys
        absent = (keys[-1] == "ephemeris" and text in EPHEMERIDES) or (may_be_empty and text == "")
        absent |= keys[-1] == "moon_limb" and text in LIMBS
        if isinstance(text, str) and not absent:
            yield keys, text


def files_from(data: TomlTable, home: Path, folder: Path) -> TomlTable:
    """Change relative paths in tables, in place, from relative to `home` to relative to `folder`."""
    for keys, text in list(_named(data)):
        if not text.startswith((store.PREFIX, SEEDS)) and is_file(path := home / text):
            holder_of(data, keys)[keys[-1]] = _relative(path, folder)
    return data


def _relative(path: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # on another drive
        return path.as_posix()


def files_named(data: TomlTable, folder: Path, allow_paths: bool) -> Iterator[Complaint]:
    """Make the paths of files in a scenario's tables absolute, in place, and report files that are not there."""
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


def ends_of(data: TomlTable) -> Iterator[tuple[str, str, TomlTable]]:
    """The sites and spacecraft of merged tables: key of the table, name, and the end's own table."""
    for table in ("sites", "spacecraft"):
        yield from _tables(data, table)


def _tables(data: TomlTable, table: str) -> Iterator[tuple[str, str, TomlTable]]:
    """The tables in a table, as far as they are tables: table, name, what stands there."""
    holders = data.get(table)
    for name, holder in holders.items() if isinstance(holders, dict) else ():
        if isinstance(holder, dict):
            yield table, name, holder


def holder_of(data: Any, keys: Keys) -> Any:
    """The table or list that contains the last of some keys."""
    for key in keys[:-1]:
        data = data[key]
    return data


def named_at(data: TomlTable, keys: Keys) -> object:
    """The value at a path of keys; None if the last key is absent from its table."""
    holder, last = holder_of(data, keys), keys[-1]
    value: object = holder.get(last) if isinstance(holder, dict) else holder[last]
    return value
