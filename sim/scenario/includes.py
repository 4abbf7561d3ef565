"""Merges a TOML file with the files that it includes, and remembers which file and line each value came from."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sim.core.errors import Problem, ScenarioError, SimError
from sim.core.files import inside
from sim.core.text import nearest, place, shown
from sim.core.toml_file import Document, Key, Keys, Position, is_file, read
from sim.core.values import TomlTable, TomlValue
from sim.data.resources import seeds_folder
from sim.scenario.messages import Complaint
from sim.trajectories.limbs import SPHERE

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

MAX_PROBLEMS = 100
"""Most problems that one error reports."""
MAX_FILES = 64
"""Most files that a file may include in all."""
MAX_CHAIN = 8
"""Greatest depth of includes."""
MAX_INCLUDED_BYTES = 4 << 20
"""Largest total size of included files, each counted once: reading 1 MB of TOML takes 1.4 s and 45 MB of memory."""
SEEDS = "seeds:"


@dataclass
class Fragments:
    """Merged tables and the files they came from.

    Attributes
    ----------
    data
        The merged tables.
    documents
        The files, the one whose values take precedence first.
    """

    data: TomlTable
    documents: list[Document] = field(default_factory=list)

    def locate(self, keys: Sequence[Key]) -> tuple[str, Position | None]:
        """The file that a value came from, and its line and column; an empty name for tables not from a file."""
        if not self.documents:
            return "", None
        best = max(self.documents, key=lambda document: _shared(document.data, keys))
        return str(best.path), best.locate(keys)


@dataclass(frozen=True)
class Origin:
    """What a scenario was read from.

    Attributes
    ----------
    path
        The scenario file.
    fragments
        Its tables, merged with those of the included files.
    sha256
        Digest of the scenario as it was read; a scenario with another digest has been altered since.
    """

    path: Path
    fragments: Fragments
    sha256: str

    @property
    def files(self) -> dict[str, str]:
        """SHA-256 of each file, by a name that is the same on every machine.

        Seed files are named like `seeds:sites/moon`, others by their path relative to the scenario file.
        """
        home, files = seeds_folder(), {}
        for document in self.fragments.documents:
            path = document.path.resolve()
            inside = path.is_relative_to(home) and path != self.path
            away = Path(os.path.relpath(path, home if inside else self.path.parent))
            name = f"{SEEDS}{away.with_suffix('').as_posix()}" if inside else away.as_posix()
            files[readable(name)] = document.sha256
        return files


def gather(path: Path) -> Fragments:
    """Read a file and all that it includes.

    Tables merge, and values of the including file take precedence. Lists, and tables of another `kind`, replace what
    was included.

    Raises
    ------
    ScenarioError
        With every file that cannot be read or included.
    """
    top, problems = read(path), list[Problem]()
    count, known = 0, dict[Path, Document]()

    def read_once(target: Path) -> Document:
        if target not in known:
            size = sum(len(document.text) for document in known.values())
            if size + os.stat(target).st_size > MAX_INCLUDED_BYTES:
                most = MAX_INCLUDED_BYTES >> 20
                raise ValueError(
                    f"the included files are larger than {most} MiB in total. Move large tables into data files"
                )
            known[target] = read(target)
        return known[target]

    def with_includes(document: Document, root: Path, chain: tuple[Path, ...]) -> Fragments:
        nonlocal count
        fragments, tree = TomlTable(), list[Document]()
        for index, reference in enumerate(_references(document, problems)):
            try:
                target, inside = _resolve(reference, chain[-1].parent, root)
                count += 1
                if target in chain:
                    circle = " → ".join(each.name for each in (*chain, target))
                    raise ValueError(f"{shown(reference)} includes itself: {circle}")
                if len(chain) > MAX_CHAIN or count > MAX_FILES:
                    raise ValueError(f"expected at most {MAX_CHAIN} levels of includes and {MAX_FILES} files in all")
                included = with_includes(read_once(target), inside, (*chain, target))
            except ScenarioError as error:
                problems.extend(error.problems)
            except (OSError, ValueError) as error:
                line, column = document.locate(("include", index)) or (None, None)
                problems.append(Problem(f"include[{index}]", str(error), str(document.path), line, column))
            else:
                fragments = merged(fragments, included.data)
                tree = included.documents + tree
        own = {key: value for key, value in document.data.items() if key != "include"}
        return Fragments(merged(fragments, own), [document, *tree])

    real = path.resolve()
    found = with_includes(top, real.parent, (real,))
    if problems:
        raise ScenarioError(str(path), problems)
    return found


def seed(name: str) -> Fragments:
    """A seed file of the package by its name, like `stations/estrack`. Raises `SimError` if there is none."""
    try:
        path, _ = _resolve(name if name.startswith(SEEDS) else SEEDS + name, Path(), Path())
    except ValueError as error:
        raise SimError(str(error)) from error
    return gather(path)


def digest(scenario: Scenario) -> str:
    """SHA-256 of a scenario, the same on every machine: paths of files are reduced to their names."""
    data = scenario.model_dump(mode="json", exclude={"sweep"})
    for holder in (data, *data["sites"].values(), *data["spacecraft"].values()):
        holder["ephemeris"] = _file_name(holder["ephemeris"])
    for holder in (data, *data["spacecraft"].values()):  # left out if a sphere, so that older digests stay valid
        if holder["moon_limb"] == SPHERE:
            del holder["moon_limb"]
        else:
            holder["moon_limb"] = _file_name(holder["moon_limb"])
    for craft in data["spacecraft"].values():
        for orbit in (craft["orbit"], *(phase["orbit"] for phase in craft["orbit"].get("phases", ()))):
            if orbit.get("file") is not None:
                file = orbit["file"]
                orbit["file"] = [_file_name(each) for each in file] if isinstance(file, list) else _file_name(file)
    for site in data["sites"].values():
        for key in ("horizon_file", "track_file"):
            if key in site:
                site[key] = _file_name(site[key])
    later = ("links", "radios", "data", "antennas", "crews", "missions", "requests")
    for key in later:  # left out if empty, so that older digests stay valid
        if not data[key]:
            del data[key]
    linked = data.get("links", {}).values()
    for holder, key in (
        *((end, "radio") for table in ("sites", "spacecraft") for end in data[table].values()),
        *((end, "recorder") for table in ("sites", "spacecraft") for end in data[table].values()),
        *((link, key) for link in linked for key in ("signal", "rate_bit_s", "rate_source", "antenna")),
    ):
        if not holder.get(key):
            holder.pop(key, None)
    for site in data["sites"].values():
        for key in ("rain_rate_mm_h", "rain_height_km"):
            if site.get(key) is None:
                site.pop(key, None)
    for holder in (*data["sites"].values(), *data["spacecraft"].values(), *linked, *data.get("data", {}).values()):
        for limit in holder["limits"]:
            if limit.get("file"):
                limit["file"] = _file_name(limit["file"])
    for holder, rules in ((data, scenario.passes), *((data["sites"][n], s.passes) for n, s in scenario.sites.items())):
        holder["passes"] = rules.said()
        if not holder["passes"]:  # without rules the digest is the same as before there were such
            del holder["passes"]
    for product in data["products"]:
        if claims := product.pop("claims", None):  # left out if empty, so that older digests stay valid
            product["claims"] = [file if file.startswith(SEEDS) else _file_name(file) for file in claims]
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache(maxsize=256)
def _file_name(path: str) -> str:
    """The name of a file without its folder: thousands of sites have the same ephemeris."""
    return Path(path).name


def refused(path: str | Path, fragments: Fragments, found: Sequence[Complaint]) -> ScenarioError:
    """The error that reports problems of a file and its includes, in the order of their lines."""
    files = ["", *(str(document.path) for document in fragments.documents)]
    problems = [_problem(fragments, *complaint) for complaint in found[:MAX_PROBLEMS]]
    problems.sort(key=lambda problem: (files.index(problem.file), problem.line or 0, problem.column or 0))
    if len(found) > MAX_PROBLEMS:
        problems.append(Problem("", "and more"))
    return ScenarioError(str(path), problems)


def merged(below: TomlTable, above: TomlTable) -> TomlTable:
    """Merge two trees: tables merge, and other values of `above` replace those of `below`."""
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        if isinstance(value, dict) and isinstance(old, dict):
            kinds = {table["kind"] for table in (old, value) if isinstance(table.get("kind"), str)}
            # An orbit of another kind has other keys: those of the included kind would be unknown to it.
            value = merged(old, value) if len(kinds) < 2 else value
        result[key] = value
    return result


def readable(name: str) -> str:
    """A file name as printable text: bytes that are not UTF-8 as \\xe9."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _references(document: Document, problems: list[Problem]) -> list[str]:
    listed: object = document.data.get("include", [])
    names = [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []
    if isinstance(listed, list) and len(names) == len(listed):
        return names
    line, column = document.locate(("include",)) or (None, None)
    message = 'expected a list of files, for example ["seeds:stations/estrack", "other.toml"]'
    problems.append(Problem("include", message, str(document.path), line, column))
    return []


def _resolve(reference: str, folder: Path, root: Path) -> tuple[Path, Path]:
    """The file that an include names, and the folder in which the files that it includes must be."""
    if not reference.startswith(SEEDS):
        path = inside(folder, reference if reference.endswith(".toml") else reference + ".toml", root)
        if not is_file(path):
            raise ValueError(f"there is no file {shown(reference)} in {folder}")
        return path, root
    home = seeds_folder()
    name = reference.removeprefix(SEEDS).removesuffix(".toml")
    path = inside(home, name + ".toml", home)
    if not is_file(path):
        files = sorted(p.relative_to(home).with_suffix("").as_posix() for p in home.rglob("*.toml"))
        known = [f"{SEEDS}{file}" for file in files if not file.startswith("data/")]  # data/ is the download catalog
        raise ValueError(f"there is no seed file {shown(reference)}.{nearest(reference, known)}")
    return path, home


def _shared(data: TomlValue, keys: Sequence[Key]) -> int:
    """How many keys of a path a tree has. Lists are not entered: a list always comes from one file."""
    for depth, key in enumerate(keys):
        if not isinstance(data, dict) or not isinstance(key, str) or key not in data:
            return depth
        data = data[key]
    return len(keys)


def _problem(fragments: Fragments, keys: Keys, message: str) -> Problem:
    file, at = fragments.locate(keys)
    line, column = at if at is not None else (None, None)
    return Problem(place(keys), message, file, line, column)
