"""Copies of included scenarios to start from, examples of kinds, and what the seed files contain."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from sim.core.errors import DataError, SimError
from sim.core.files import whole_file
from sim.core.text import nearest, shown
from sim.core.toml_file import read
from sim.data.resources import scenario_names, scenarios_folder, seeds_folder

USUAL = "first-look"
"""The scenario to start from."""

SEED_HEAD = ("include", "name", "what", "where", "note")
"""Columns of the table of seeds."""

_FILE = re.compile(r'"([A-Za-z0-9_-]+\.(?:csv|ics|toml|oem|txt))"')


def listed() -> list[tuple[str, str]]:
    """Each included scenario with its title."""
    return [(name, str(read(scenarios_folder() / f"{name}.toml").data.get("title", ""))) for name in scenario_names()]


def copy(name: str, target: Path) -> list[Path]:
    """Copy an included scenario, and the files beside it that it reads. Returns the new files, the scenario first.

    Raises
    ------
    SimError
        If there is no such scenario.
    DataError
        If a file is there already, or cannot be written.
    """
    if name not in scenario_names():
        raise SimError(f"{shown(name)}: expected the name of an included scenario.{nearest(name, scenario_names())}")
    source = scenarios_folder() / f"{name}.toml"
    text = source.read_text(encoding="utf-8")
    beside = [each for each in dict.fromkeys(_FILE.findall(text)) if (scenarios_folder() / each).is_file()]
    targets = [target, *(target.parent / each for each in beside)]
    if there := [str(each) for each in targets if each.exists() or each.is_symlink()]:
        raise DataError(f"{', '.join(there)} exists already and is not overwritten. Choose another file with --output")
    whole_file(target, text.replace(f"scenarios/{name}.toml", str(target)))
    for each, path in zip(beside, targets[1:], strict=True):
        whole_file(path, (scenarios_folder() / each).read_text(encoding="utf-8"))
    return targets


_KIND = re.compile(r'^(?!\s*#).*?\bkind\s*=\s*"(\w+)"', re.MULTILINE)
"""A line that chooses a kind."""


def example(kind: str) -> str:
    """A table or line of an included file that uses a kind, with the file's name; empty if none does."""
    files = [(scenarios_folder() / f"{name}.toml", name) for name in (USUAL, *scenario_names())]
    files += [(path, f"seeds:{_seed_name(path)}") for path in sorted(seeds_folder().rglob("*.toml"))]
    for path, name in files:
        text = path.read_text(encoding="utf-8")
        found = next((each for each in _KIND.finditer(text) if each[1] == kind), None)
        if found is None:
            continue
        start = text.rfind("\n[", 0, found.start()) + 1
        table = re.split(r"\n\s*\n|\n(?=\[)", text[start:], maxsplit=1)[0]
        whole = found.end() <= start + len(table) and len(table.splitlines()) <= _MOST_LINES
        line = text[found.start() : text.find("\n", found.end())]
        return f"Example, from {name}:\n\n{table if whole else line}"
    return ""


_MOST_LINES = 20
"""Longest table that is shown as an example."""


def seeds() -> list[tuple[str, ...]]:
    """The sites and spacecraft of the seed files, a row each: `SEED_HEAD`."""
    return [row for path in sorted(seeds_folder().rglob("*.toml")) for row in _of_seed(path)]


def _of_seed(path: Path) -> Iterator[tuple[str, ...]]:
    document, include = read(path), f"seeds:{_seed_name(path)}"
    lines = document.text.splitlines()
    for table in ("sites", "spacecraft"):
        held = document.data.get(table, {})
        for name, end in held.items() if isinstance(held, dict) else ():
            at = document.locate((table, name))
            _, _, note = lines[at[0] - 1].partition("#") if at else ("", "", "")
            orbit = end.get("orbit", {}) if isinstance(end, dict) else {}
            kind = orbit.get("kind", "") if isinstance(orbit, dict) else ""
            where = (_where(end) if isinstance(end, dict) else "") or str(kind)
            yield include, name, "site" if table == "sites" else table, where, note.strip()


def _where(end: Mapping[str, object]) -> str:
    """Body, latitude and longitude of a site; empty for what has none."""
    if not {"latitude_deg", "longitude_deg"} <= end.keys():
        return ""
    return f"{end.get('body', 'earth')} {end['latitude_deg']:.2f} {end['longitude_deg']:.2f}"


def _seed_name(path: Path) -> str:
    return path.relative_to(seeds_folder()).with_suffix("").as_posix()
