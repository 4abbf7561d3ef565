"""Checks a sweep before its first case: that every key exists, and that the extreme values are valid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sim.core.errors import Problem, ScenarioError, SimError
from sim.core.text import nearest, place, shown
from sim.scenario.messages import schema_at
from sim.scenario.scenario import schema
from sim.scenario.sweep_shifts import why_not
from sim.scenario.sweep_table import Values, Variable
from sim.simulation.sweep.draws import unknowns

if TYPE_CHECKING:
    from sim.simulation.sweep.plan import Plan


def check(made: Plan) -> list[str]:
    """Check that every key exists and that the first and last values are valid. Raises `ScenarioError` otherwise.

    Returns the names of all errors in these scenarios, if errors are drawn.
    """
    problems, unknown = dict[Problem, None](), dict[str, None]()
    known = [variable for variable in made.vary if not _is_unknown(made, variable, problems)]
    middle = {v.key: middle_of(v) for v in known}
    corners = [middle]
    corners += [{**middle, v.key: value} for v in known for value in v.says.probes]
    corners += [{v.key: v.says.probes[end] for v in known} for end in (0, -1)]
    for values in map(made.fitted, corners):
        try:
            scenario = made.with_values(values)
        except ScenarioError as error:
            for each in error.problems:
                problems[_located(each, values, made.vary)] = None
        else:
            if not scenario.routes:
                raise SimError(f"{made.path}: a sweep needs routes, but this scenario has none. Add [routes]")
            unknown.update(dict.fromkeys(unknowns(scenario) if made.draw else ()))
    if problems:
        raise ScenarioError(str(made.path), list(problems)[:100])
    return list(unknown)


def middle_of(variable: Variable) -> object:
    """The first of listed values, or the median of a range."""
    return variable.says.values[0] if isinstance(variable.says, Values) else variable.says.at(0.5)


def _located(problem: Problem, values: Mapping[str, object], vary: Iterable[Variable]) -> Problem:
    """A problem of a varied value, which has no line in the file."""
    for variable in vary:
        for key in variable.moves or (variable.key,):
            if variable.key in values and (problem.place == key or problem.place.startswith((f"{key}.", f"{key}["))):
                by = f" ({variable.key} = {shown(values[variable.key])})" if variable.moves else ""
                return Problem(f"--set {problem.place}{by}", problem.message)
    return problem


def _is_unknown(made: Plan, variable: Variable, problems: dict[Problem, None]) -> bool:
    """Whether the table or list of a key does not exist in the scenario; reports it."""
    if variable.moves:
        found = {key: why_not(made.data, variable.key, key) for key in variable.moves}
        problems.update({Problem(f"--shift {variable.key}", told): None for told in found.values() if told})
        return any(found.values())
    node: Any = made.data
    for depth, key in enumerate(variable.keys[:-1]):
        there = key < len(node) if isinstance(key, int) and isinstance(node, (list, tuple)) else (
            isinstance(node, Mapping) and key in node
        )  # fmt: skip
        if not there:
            options = [str(each) for each in node] if isinstance(node, Mapping) else []
            known = schema_at(schema(), variable.keys[:depth], made.data).get("properties", {})
            what = f"there is no {place(variable.keys[: depth + 1])}.{nearest(key, [*options, *known])}"
            problems[Problem(f"--set {variable.key}", what)] = None
            return True
        node = node[key]
    return False
