"""Variables of a sweep that move several values of a scenario together, such as the days by which a launch slips."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from sim.core.errors import SimError
from sim.core.text import nearest, place, shown
from sim.core.time import tdb, utc_datetime64
from sim.scenario.draft import Complaint, get, listed, table_of
from sim.scenario.sweep_table import Draw, Values, Variable, keys_of

UNITS_S = {"s": 1.0, "min": 60.0, "hours": 3600.0, "days": 86400.0}
"""Units in the names of variables that move times (s)."""


def unit_s(name: str) -> float | None:
    """The unit in the name of a variable that moves times (s); None if it has none.

    Examples
    --------
    >>> unit_s("slip_days")
    86400.0
    """
    return UNITS_S.get(name.rpartition("_")[2]) if "_" in name else None


def with_moves(
    said: Iterable[Variable], moves: Mapping[str, Sequence[str]], taken: Iterable[str] = ()
) -> tuple[Variable, ...]:
    """The variables of a sweep, those that move other keys with these.

    taken : names that variables may not have, because they are keys of a scenario

    Raises `SimError` with every problem.
    """
    found = [replace(each, moves=tuple(moves.get(each.key, ()))) for each in said]
    names, problems = {each.key for each in found}, list[str]()
    for name, keys in moves.items():
        if name in taken:
            problems.append(f"{name}: it is a key of the scenario. Choose another name, like slip_days")
        elif not keys:
            problems.append(f'{name}: expected keys that it moves, like {name} = ["start", "end"] in [sweep.shift]')
        elif name not in names:
            cure = f"Give them with --set {name}=0,1,2 or in [sweep.set]"
            problems.append(f"{name}: it moves {' and '.join(map(str, keys))}, but has no values. {cure}")
    for each in (each for each in found if each.moves):
        if wrong := [value for value in _values(each.says) if isinstance(value, bool) or not _is_number(value)]:
            problems.append(f"{each.key}: expected numbers, by which keys are moved, got {shown(wrong[0])}")
    by_key = [(key, each.key) for each in found for key in each.moves or (each.key,)]
    for key in dict.fromkeys(key for key, _ in by_key):
        if len(who := [name for one, name in by_key if one == key]) > 1:
            problems.append(f"{key}: it is set or moved by {' and by '.join(who)}. Leave one out")
    if problems:
        raise SimError("\n".join(problems))
    return tuple(found)


def moved(value: object, amount: float, name: str, *, is_time: bool = False) -> object:
    """A value of a scenario, later or greater by an amount.

    Parameters
    ----------
    value
        A time as TOML or text has it, or a number.
    amount
        How much: of times in the unit of the variable's name, counted in UTC without leap seconds.
    name
        The variable.
    is_time
        Whether a number is a time, TDB s.

    Examples
    --------
    >>> moved("2027-02-15T00:00:00Z", 1.5, "slip_days")
    '2027-02-16T12:00:00Z'
    >>> moved(5.0, 2.0, "more_deg")
    7.0
    """
    unit = unit_s(name) or 1.0
    if isinstance(value, (dt.datetime, str)):
        later = dt.timedelta(seconds=amount * unit)
        if isinstance(value, str):
            return (dt.datetime.fromisoformat(value) + later).isoformat().replace("+00:00", "Z")
        return value + later
    assert isinstance(value, (int, float))
    if not is_time:
        return value + amount
    clock = utc_datetime64(np.array([value])).astype("datetime64[us]")
    later_clock = (clock + np.timedelta64(round(1e6 * amount * unit), "us")).astype("datetime64[us]")
    return float(np.ravel(tdb(later_clock))[0])


def unmovable(scenario: object) -> Iterator[Complaint]:
    """Report what variables of a scenario's own [sweep.shift] cannot move."""
    for name, keys in table_of(get(scenario, "sweep", {}), "shift").items():
        for index, key in enumerate(listed(keys)):
            if isinstance(key, str) and (told := why_not(scenario, str(name), key)):
                yield ("sweep", "shift", name, index), told


def why_not(scenario: object, name: str, key: str) -> str:
    """Why a variable cannot move a key of a scenario; empty if it can."""
    try:
        keys = keys_of(key)
    except ValueError as error:
        return str(error)
    node: object = scenario
    for depth, each in enumerate(keys):
        there = _child(node, each)
        if there is None:
            close = nearest(str(each), [str(one) for one in _names(node)])
            return f"the scenario has no {place(keys[: depth + 1])} to move.{close}"
        node = there
    if isinstance(node, bool) or not (isinstance(node, (dt.datetime, int, float)) or _is_time(node)):
        return f"{name} moves times and numbers, and {key} is {shown(node)}"
    if (isinstance(node, dt.datetime) or _is_time(node)) and unit_s(name) is None:
        units = ", ".join(f"{name}_{unit}" for unit in UNITS_S)
        return f"{key} is a time, so the name of what moves it must end in a unit: one of {units}"
    return ""


def _child(node: object, key: str | int) -> object:
    if isinstance(key, int):
        items = listed(node)
        return items[key] if key < len(items) else None
    return get(node, key)


def _names(node: object) -> Iterable[object]:
    return node if isinstance(node, Mapping) else getattr(type(node), "model_fields", ())


def _is_time(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return dt.datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float))


def _values(says: Values | Draw) -> Sequence[object]:
    if isinstance(says, Draw):
        return ["times"] if says.instants else []
    return says.values
