"""What a scenario says of all its sites and spacecraft, handed down to those that do not say it themselves."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

from sim.trajectories.sites import Site
from sim.trajectories.spacecraft import Spacecraft

HANDED = {"sites": {"ephemeris"}, "spacecraft": {"ephemeris", "moon_limb"}}
"""The keys that are handed down, by the table of the ends."""


def handed_down(data: Mapping[Any, Any]) -> dict[Any, Any]:
    """The tables of a scenario with ends that have their names from their keys, and what all ends have."""
    given = dict(data)
    for table, keys in HANDED.items():
        handed = {key: data[key] for key in keys if isinstance(data.get(key), str)}
        if isinstance(ends := data.get(table), Mapping):
            given[table] = {name: _named(name, end, handed) for name, end in ends.items()}
    return given


def own_keys(end: object) -> Set[str]:
    """The keys that an end, or its table, sets itself."""
    if isinstance(end, (Site, Spacecraft)):
        return end.model_fields_set
    return end.keys() if isinstance(end, Mapping) else set()


def _named(name: str, end: object, handed: Mapping[str, str]) -> object:
    if isinstance(end, Mapping):
        return {"name": name, **handed, **end}
    if isinstance(end, (Site, Spacecraft)):
        own = own_keys(end)
        if other := {key: value for key, value in handed.items() if key not in own and getattr(end, key) != value}:
            return end.model_copy(update=other)
    return end
