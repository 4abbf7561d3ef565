"""What a result's record names outside of its own folder: read again only where that gives nothing away.

A record may come from anybody, and names the scenario's file by a path. Files in the folder of the result are its own;
others are opened if the user says so, or if they still have the SHA-256 that the record tells: then whoever made the
record has read them before.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.core.errors import DataError, SimError
from sim.core.files import RUN, digest, resolved
from sim.core.text import place, shown
from sim.core.toml_file import Keys, is_file
from sim.data import store
from sim.scenario.file_paths import file_places, files_named, holder_of
from sim.scenario.includes import SEEDS, Fragments, Origin, gather, readable
from sim.simulation import record
from sim.simulation.record import Record

VOUCH = "It lies outside of the result's folder: name the scenario with --scenario to have it read"

_MANY = 20
"""No more changes of one sort are told."""


@dataclass(frozen=True)
class Now:
    """What a scenario's files say now.

    changes : every key that says something else than then, with its place; or why none can be told
    edited : the files with another text, whether or not it means the same
    tables : all of it; None where it was not read
    """

    changes: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    tables: Fragments | None = None


def home_of(told: Record, file: Path | None) -> tuple[Path | None, Path]:
    """The scenario's file, None where it was built in Python, and the folder from which it names others.

    file : what the user says. Raises `DataError` for a path that cannot be followed.
    """
    path = file if file is not None else told.scenario_file
    try:
        return path, resolved(path).parent if path is not None else told.folder.resolve()
    except ValueError as error:
        raise DataError(f"{told.folder / RUN} is damaged: {error}. Name the scenario with --scenario") from error


def inputs_now(told: Record, path: Path | None, vouched: bool) -> Now:
    """What the scenario's files say now that they did not.

    path : the scenario's file, None where it was built in Python: then run.json alone knows it
    vouched : whether the user has named it
    """
    if path is None:
        return Now()
    if not is_file(path):
        gone = f"{path} is not there any more; what it said is kept in run.json. Name it with --scenario if it moved"
        return Now((gone,))
    vouched = vouched or _inside(path, told.folder)
    texts = told.said["scenario"]["files"]
    if not vouched and (others := _some(_other_texts(path, texts))):
        return Now(others)
    try:
        now = gather(path)
    except SimError as error:
        return Now((f"cannot be read any more{f': {error}' if vouched else f'. {VOUCH}'}",))
    files = Origin(resolved(path), now, "").files
    if not vouched and any(name not in texts for name in files if not name.startswith(SEEDS)):
        return Now((f"{path.name} includes files that run.json does not name. {VOUCH}",))
    was = told.said["inputs"]["given"]
    changes = _some(_change(now, keys, a, b) for keys, a, b in _unlike((), was, record.plain(now.data)))
    edited = tuple(name for name in {**texts, **files} if texts.get(name) != files.get(name))
    return Now(changes, edited, now)


def strangers(told: Record, home: Path) -> tuple[str, ...]:
    """Files outside of the result's folder that its inputs name and that are not what its record tells of."""
    data, known = copy.deepcopy(told.inputs.data), set(told.said["data"].values())
    # What is wrong with them is told when the scenario is built. One that was built in Python has no folder of its own.
    list(files_named(data, home, told.scenario_file is None))

    def found() -> Iterator[str]:
        for keys in file_places(data):
            holder = holder_of(data, keys)
            text = holder[keys[-1]] if isinstance(keys[-1], int) else holder.get(keys[-1])
            if not isinstance(text, str) or not Path(text).is_absolute() or not is_file(text):
                continue
            file = Path(text)
            if not _inside(file, told.folder) and not _inside(file, store.folder()) and _hash(file) not in known:
                then = told.said["data"].get(file.name, "not recorded")
                yield f"{file.name}: was {then}, is not that any more. {VOUCH}"

    return _some(dict.fromkeys(found()))


def _other_texts(path: Path, texts: dict[str, str]) -> Iterator[str]:
    """The files of a scenario that are not, byte by byte, what they were."""
    own = readable(path.name)
    for name, sha256 in {own: "", **texts}.items():
        if not name.startswith(SEEDS) and _hash(path if name == own else path.parent / name) != sha256:
            yield f"the text of {shown(name)} is not what it was. {VOUCH}"


def _hash(path: Path) -> str:
    try:
        return digest(path)
    except (SimError, OSError, ValueError):
        return ""


def _inside(path: Path, folder: Path) -> bool:
    try:
        return resolved(path).is_relative_to(resolved(folder))
    except ValueError:
        return False


def _unlike(keys: Keys, was: Any, now: Any) -> Iterator[tuple[Keys, Any, Any]]:
    """Where two trees differ: the path of keys, and what stands there in each; None where nothing does."""
    if isinstance(was, dict) and isinstance(now, dict):
        for key in {**was, **now}:
            yield from _unlike((*keys, key), was.get(key), now.get(key))
    elif isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        for index, (a, b) in enumerate(zip(was, now, strict=True)):
            yield from _unlike((*keys, index), a, b)
    elif was != now or isinstance(was, bool) is not isinstance(now, bool):  # 5 is 5.0, but true is not 1
        yield keys, was, now


def _change(now: Fragments, keys: Keys, was: Any, is_: Any) -> str:
    file, at = now.locate(keys)
    where = f" ({Path(file).name}{f' line {at[0]}' if at is not None else ''})" if is_ is not None else ""
    if was is None:
        return f"{place(keys)}{where}: is {shown(is_)}, was not there"
    return f"{place(keys)}{where}: was {shown(was)}, is {shown(is_) if is_ is not None else 'not there any more'}"


def _some(texts: Any) -> tuple[str, ...]:
    told = list(texts)
    return (*told[:_MANY], *([f"and {len(told) - _MANY} more"] if len(told) > _MANY else []))
