"""Replaces values in the tables of a scenario by those of a sweep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sim.core.errors import Problem, ScenarioError
from sim.core.text import shown
from sim.core.toml_file import Keys
from sim.scenario.sweep_table import Variable


def change(data: dict[str, Any], variable: Variable, value: object) -> None:
    """Replace one value in nested tables, in place."""
    keys, last = variable.keys[:-1], variable.keys[-1]
    node: Any = data  # tables and lists in turn
    for key in keys:
        if isinstance(node[key], tuple):
            node[key] = list(node[key])
        node = node[key]
    if not isinstance(node, list if isinstance(last, int) else dict):
        expected = "a list" if isinstance(last, int) else "a table"
        raise ScenarioError("", [Problem(variable.key, f"expected {expected}, got {shown(node)}")])
    holder: Any = node
    if isinstance(last, int) and last >= len(holder):
        raise ScenarioError("", [Problem(variable.key, f"index {last} is out of range: there are {len(holder)} items")])
    holder[last] = value


def value_at(data: Any, keys: Keys, otherwise: object) -> object:
    """The value at a path of keys in nested tables."""
    try:
        for key in keys:
            data = data[key]
    except LookupError:
        return otherwise
    found: object = data
    return found


def file_names(keys: Keys, value: object) -> Iterator[str]:
    """The names of files in one value: of a field that names a file, or of an orbit."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from file_names((*keys, key), each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from file_names(keys, each)
    elif isinstance(value, str) and keys and any(key in _FILES for key in keys[-2:]):
        yield value


_FILES = ("file", "horizon_file", "track_file", "ephemeris", "moon_limb")
"""Keys that name files."""
