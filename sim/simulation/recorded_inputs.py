"""Reads the files that a result's record names, where that discloses nothing.

A record may come from anyone, and names the scenario file by a path. Files in the result's own folder are read. Other
files are read only if the user names them, or if they have the SHA-256 in the record: then the author of the record
already knows their contents.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sim.core.errors import DataError, SimError
from sim.core.files import RUN, digest, resolved
from sim.core.text import place, shown
from sim.core.toml_file import Keys, is_file
from sim.core.values import JsonValue
from sim.data import store
from sim.scenario.file_paths import file_places, files_named, named_at
from sim.scenario.includes import SEEDS, Fragments, Origin, gather, readable
from sim.simulation import record
from sim.simulation.record import Record

VOUCH = "It is outside the result's folder, so it was not read. Name the scenario file with --scenario"

_MANY = 20
"""Largest number of changes of one kind that are listed."""


@dataclass(frozen=True)
class Now:
    """The current contents of a scenario's files.

    Attributes
    ----------
    changes
        Every key with another value than in the record, with its place; or why they cannot be compared.
    edited
        Files whose text has changed, whether or not their values have.
    tables
        The current tables; None if they were not read.
    """

    changes: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    tables: Fragments | None = None


def home_of(recorded: Record, file: Path | None) -> tuple[Path | None, Path]:
    """The scenario file, None if it was built in Python, and the folder of its relative paths.

    file : the file that the user names, if any. Raises `DataError` for an invalid path.
    """
    path = file if file is not None else recorded.scenario_file
    try:
        return path, resolved(path).parent if path is not None else recorded.folder.resolve()
    except ValueError as error:
        raise DataError(f"{recorded.folder / RUN} is damaged: {error}. Name the scenario with --scenario") from error


def inputs_now(recorded: Record, path: Path | None, vouched: bool) -> Now:
    """Compare the scenario's files with the record.

    path    : the scenario file; None if it was built in Python and exists only in run.json
    vouched : whether the user has named it
    """
    if path is None:
        return Now()
    if not is_file(path):
        return Now((f"{path} no longer exists; run.json has its contents. If it moved, name it with --scenario",))
    vouched = vouched or _inside(path, recorded.folder)
    texts = recorded.said["scenario"]["files"]
    if not vouched and (others := limited(_other_texts(path, texts))):
        return Now(others)
    try:
        now = gather(path)
    except SimError as error:
        return Now((f"{path} can no longer be read{f': {error}' if vouched else f'. {VOUCH}'}",))
    files = Origin(resolved(path), now, "").files
    if not vouched and any(name not in texts for name in files if not name.startswith(SEEDS)):
        return Now((f"{path.name} includes files that run.json does not list. {VOUCH}",))
    was = recorded.said["inputs"]["given"]
    changes = limited(_change(now, keys, a, b) for keys, a, b in _differences((), was, record.plain(now.data)))
    edited = tuple(name for name in {**texts, **files} if texts.get(name) != files.get(name))
    return Now(changes, edited, now)


def strangers(recorded: Record, home: Path) -> tuple[str, ...]:
    """Files outside the result's folder that its inputs name and whose hash is not in the record."""
    data, known = copy.deepcopy(recorded.inputs.data), set(recorded.said["data"].values())
    # Their problems are reported when the scenario is built. One that was built in Python has no folder of its own.
    list(files_named(data, home, recorded.scenario_file is None))

    def found() -> Iterator[str]:
        for keys in file_places(data):
            text = named_at(data, keys)
            if not isinstance(text, str) or not Path(text).is_absolute() or not is_file(text):
                continue
            file = Path(text)
            if not _inside(file, recorded.folder) and not _inside(file, store.folder()) and _hash(file) not in known:
                then = recorded.said["data"].get(file.name, "not recorded")
                yield f"{file.name}: its SHA-256 was {then} and has changed. {VOUCH}"

    return limited(dict.fromkeys(found()))


def _other_texts(path: Path, texts: dict[str, str]) -> Iterator[str]:
    """The files of a scenario whose bytes have changed."""
    own = readable(path.name)
    for name, sha256 in {own: "", **texts}.items():
        if not name.startswith(SEEDS) and _hash(path if name == own else path.parent / name) != sha256:
            yield f"{shown(name)} has changed. {VOUCH}"


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


def _differences(keys: Keys, was: JsonValue, now: JsonValue) -> Iterator[tuple[Keys, JsonValue, JsonValue]]:
    """The differences between two trees: path of keys, and the value in each; None if the key is absent."""
    if isinstance(was, dict) and isinstance(now, dict):
        for key in {**was, **now}:
            yield from _differences((*keys, key), was.get(key), now.get(key))
    elif isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        for index, (a, b) in enumerate(zip(was, now, strict=True)):
            yield from _differences((*keys, index), a, b)
    elif was != now or isinstance(was, bool) is not isinstance(now, bool):  # 5 is 5.0, but true is not 1
        yield keys, was, now


def _change(now: Fragments, keys: Keys, was: JsonValue, is_: JsonValue) -> str:
    file, at = now.locate(keys)
    where = f" ({Path(file).name}{f' line {at[0]}' if at is not None else ''})" if is_ is not None else ""
    if was is None:
        return f"{place(keys)}{where}: added, {shown(is_)}"
    return f"{place(keys)}{where}: was {shown(was)}, {f'is {shown(is_)}' if is_ is not None else 'now absent'}"


def limited(texts: Iterable[str]) -> tuple[str, ...]:
    """The first changes of a list, and how many more there are."""
    every = list(texts)
    return (*every[:_MANY], *([f"and {len(every) - _MANY} more"] if len(every) > _MANY else []))
