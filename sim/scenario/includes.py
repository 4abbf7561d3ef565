"""A scenario file and the fragments it includes, merged into one tree that remembers where everything came from."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.core.errors import Problem, ScenarioError, SimError
from sim.core.files import inside
from sim.core.text import nearest, place, shown
from sim.core.toml_file import Document, Key, Keys, Position, is_file, read
from sim.data.resources import seeds_folder
from sim.scenario.messages import Complaint

MAX_PROBLEMS = 100
"""No more are told at once."""
MAX_FILES = 64
MAX_CHAIN = 8
"""How many files may include one another in a row."""
MAX_INCLUDED_BYTES = 4 << 20
"""Of all files that are included, each counted once: reading a megabyte of TOML takes 1.4 s and 45 MB."""
SEEDS = "seeds:"


@dataclass
class Fragments:
    """The merged tables, and the files they came from, the one that wins first."""

    data: dict[str, Any]
    documents: list[Document] = field(default_factory=list)

    def locate(self, keys: Sequence[Key]) -> tuple[str, Position | None]:
        """The file that says something, and its line and column; no file where tables came from none."""
        if not self.documents:
            return "", None
        best = max(self.documents, key=lambda document: _shared(document.data, keys))
        return str(best.path), best.locate(keys)


@dataclass(frozen=True)
class Origin:
    """What a scenario was read from, as it was then.

    path      : the file
    fragments : its tables and those of all that it includes
    sha256    : of the scenario that came of it; one with another was altered since
    """

    path: Path
    fragments: Fragments
    sha256: str

    @property
    def files(self) -> dict[str, str]:
        """SHA-256 of each file, by names that are the same on every machine: seeds:sites/moon, or from the first's
        folder."""
        home, files = seeds_folder(), {}
        for document in self.fragments.documents:
            path = document.path.resolve()
            inside = path.is_relative_to(home) and path != self.path
            away = Path(os.path.relpath(path, home if inside else self.path.parent))
            name = f"{SEEDS}{away.with_suffix('').as_posix()}" if inside else away.as_posix()
            files[readable(name)] = document.sha256
        return files


def gather(path: Path) -> Fragments:
    """A file and all that it includes. Tables merge, the including file wins, lists and tables of another kind replace.

    Raises `ScenarioError` with every file that cannot be read or included.
    """
    top, problems = read(path), list[Problem]()
    count, known = 0, dict[Path, Document]()

    def once(target: Path) -> Document:
        if target not in known:
            size = sum(len(document.text) for document in known.values())
            if size + os.stat(target).st_size > MAX_INCLUDED_BYTES:
                most = MAX_INCLUDED_BYTES >> 20
                raise ValueError(f"the included files together are larger than {most} MiB. Put large data into files")
            known[target] = read(target)
        return known[target]

    def grow(document: Document, root: Path, chain: tuple[Path, ...]) -> Fragments:
        nonlocal count
        fragments, tree = dict[str, Any](), list[Document]()
        for index, reference in enumerate(_references(document, problems)):
            try:
                target, inside = _resolve(reference, chain[-1].parent, root)
                count += 1
                if target in chain:
                    around = " → ".join(each.name for each in (*chain, target))
                    raise ValueError(f"{shown(reference)} includes itself: {around}")
                if len(chain) > MAX_CHAIN or count > MAX_FILES:
                    raise ValueError(f"more than {MAX_CHAIN} files in a row, or {MAX_FILES} in all, are included")
                included = grow(once(target), inside, (*chain, target))
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
    found = grow(top, real.parent, (real,))
    if problems:
        raise ScenarioError(str(path), problems)
    return found


def seed(name: str) -> Fragments:
    """A fragment that ships with the package, by its name: stations/estrack. Raises `SimError` if there is none."""
    try:
        path, _ = _resolve(name if name.startswith(SEEDS) else SEEDS + name, Path(), Path())
    except ValueError as error:
        raise SimError(str(error)) from error
    return gather(path)


def refused(path: str | Path, fragments: Fragments, found: Sequence[Complaint]) -> ScenarioError:
    """Complaints about a file and what it includes as the error that tells them, in the order of the files' lines."""
    files = ["", *(str(document.path) for document in fragments.documents)]
    problems = [_problem(fragments, *complaint) for complaint in found[:MAX_PROBLEMS]]
    problems.sort(key=lambda problem: (files.index(problem.file), problem.line or 0, problem.column or 0))
    if len(found) > MAX_PROBLEMS:
        problems.append(Problem("", "and more"))
    return ScenarioError(str(path), problems)


def merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Two trees as one: tables merge, everything else is replaced by what stands above."""
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        if isinstance(value, dict) and isinstance(old, dict):
            kinds = {table["kind"] for table in (old, value) if isinstance(table.get("kind"), str)}
            # An orbit of another kind has other keys: what the seed says of its own kind means nothing to it.
            value = merged(old, value) if len(kinds) < 2 else value
        result[key] = value
    return result


def readable(name: str) -> str:
    """The name of a file as text that can be written: bytes that are no UTF-8 as \\xe9."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _references(document: Document, problems: list[Problem]) -> list[str]:
    listed = document.data.get("include", [])
    if isinstance(listed, list):
        names = [each for each in listed if isinstance(each, str)]
        if len(names) == len(listed):
            return names
    line, column = document.locate(("include",)) or (None, None)
    message = 'expected a list of files, like ["seeds:stations/estrack", "other.toml"]'
    problems.append(Problem("include", message, str(document.path), line, column))
    return []


def _resolve(reference: str, folder: Path, root: Path) -> tuple[Path, Path]:
    """The file that an include means, and the folder whose tree its own includes must stay in."""
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
        known = [f"{SEEDS}{file}" for file in files if not file.startswith("data/")]  # those list what can be fetched
        raise ValueError(f"there are no seeds {shown(reference)}.{nearest(reference, known)}")
    return path, home


def _shared(data: Any, keys: Sequence[Key]) -> int:
    """How many keys of a path a tree has, lists not entered: a list comes whole from one file."""
    for depth, key in enumerate(keys):
        if not isinstance(data, dict) or key not in data:
            return depth
        data = data[key]
    return len(keys)


def _problem(fragments: Fragments, keys: Keys, message: str) -> Problem:
    file, at = fragments.locate(keys)
    line, column = at if at is not None else (None, None)
    return Problem(place(keys), message, file, line, column)
