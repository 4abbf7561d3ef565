"""The cases of a sweep, each from its number: nothing grows with how many there are."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sim.core.errors import Problem, ScenarioError, SimError
from sim.core.files import digest
from sim.core.text import nearest, place, shown
from sim.core.toml_file import Keys, is_file
from sim.scenario.file_paths import files_named
from sim.scenario.includes import Fragments, gather
from sim.scenario.messages import complaints, schema_at
from sim.scenario.provenance import code
from sim.scenario.provenance import data as data_of
from sim.scenario.scenario import Scenario, checked, schema
from sim.scenario.sweep_table import Draw, Method, Sweep, Values, Variable, flat, shares, variables
from sim.simulation.sweep.draws import unknowns
from sim.simulation.sweep.draws import variables as draws_of

CHUNKS, MOST_CHUNKS, LONG_CHUNK = 500, 20_000, 100
"""A sweep is cut into about so many chunks of cases, which are computed and kept one by one; into more where they would
be longer than so many cases, but not into more than a folder likes."""

MAX_CASES = 10**12


@dataclass(frozen=True)
class Chunk:
    """Cases in a row: first included, last not."""

    number: int
    first: int
    last: int


@dataclass(frozen=True)
class Plan:
    """What a sweep does: a scenario's tables, what varies in them, and how ranges are drawn from.

    data   : the scenario's merged tables, without [sweep]; path: of its file, for messages and for files beside it
    typed  : whether the tables come from a `Scenario` object, whose times are numbers, and not from a file
    draw   : whose errors are drawn besides; unsure: these errors, in standard deviations
    """

    data: Mapping[str, Any]
    path: Path
    vary: tuple[Variable, ...]
    samples: int
    seed: int
    method: Method
    allow_paths: bool = False
    typed: bool = False
    draw: tuple[str, ...] = ()
    unsure: tuple[Variable, ...] = ()

    @property
    def varied(self) -> tuple[Variable, ...]:
        """All that varies: fields of the scenario, and errors."""
        return (*self.vary, *self.unsure)

    @property
    def count(self) -> int:
        """How many cases there are."""
        return self.lists * self.samples

    @property
    def drawn(self) -> bool:
        """Whether cases are a random sample: only then have their means an error that more cases make smaller."""
        return self.samples > 1 and any(isinstance(variable.says, Draw) for variable in self.varied)

    @property
    def chunk(self) -> int:
        """How many cases a chunk has: from the count alone, so that workers change nothing."""
        return max(1, min(LONG_CHUNK, self.count // CHUNKS), self.count // MOST_CHUNKS)

    @property
    def chunks(self) -> int:
        """How many chunks there are."""
        return -(-self.count // self.chunk)

    def chunk_at(self, number: int) -> Chunk:
        """One chunk."""
        return Chunk(number, number * self.chunk, min((number + 1) * self.chunk, self.count))

    def values(self, case: int) -> dict[str, Any]:
        """What varies, in one case: key → value, as the scenario gets it."""
        fields = {variable.key for variable in self.vary}
        return {key: value for key, value, _ in self._said(case) if key in fields}

    def errors(self, case: int) -> dict[str, float]:
        """What is drawn of errors, in one case: name → standard deviations."""
        mine = {variable.key for variable in self.unsure}
        return {key: value for key, value, _ in self._said(case) if key in mine}

    def labels(self, case: int) -> dict[str, Any]:
        """What varies, in one case: key → value, as a table shows it."""
        return {key: label for key, _, label in self._said(case)}

    def scenario(self, case: int) -> Scenario:
        """The scenario of one case. Raises `ScenarioError`."""
        return self.with_values(self.values(case))

    def with_values(self, values: Mapping[str, Any]) -> Scenario:
        """The scenario with some values in place of its own. Raises `ScenarioError`."""
        data: Any = copy.deepcopy(dict(self.data))
        for variable in self.vary:
            if variable.key in values:
                data = _changed(data, variable, copy.deepcopy(values[variable.key]))
        if not {"start", "end", "days"}.isdisjoint(values):
            data.pop("products", None)  # they may begin at instants of the span as it was
        if self.typed:
            return _validated(data)
        return checked(Fragments(data, []), self.path, allow_paths=self.allow_paths)

    def middle(self) -> Scenario:
        """A scenario with the first of all listed values, and the middle of what is drawn. Raises `ScenarioError`."""
        return self.with_values(self.fitted({v.key: _middle(v) for v in self.vary}))

    def fitted(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values as their fields have them: whole numbers where these are meant."""
        drawn = {variable.key for variable in self.vary if isinstance(variable.says, Draw)}
        return {
            key: round(value) if key in drawn and key in self.whole else self._whole(key, value)
            for key, value in values.items()
        }

    @cached_property
    def sha256(self) -> str:
        """Of all that makes the results: tables, files they name, what varies, seed, data, and the programs."""
        told = {
            "data": self.data,
            "vary": [(variable.key, variable.says.identity()) for variable in self.varied],
            "draws": [self.samples, self.seed, self.method],
            "version": version("farside-sim"),
            "code": code(),
            "files": {**data_of(self.middle()), **self._files_listed},
        }
        text = json.dumps(told, sort_keys=True, separators=(",", ":"), default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def _files_listed(self) -> dict[str, str]:
        """SHA-256 of the files that listed values name, by the values."""
        texts = dict.fromkeys(
            text
            for variable in self.vary if isinstance(variable.says, Values)
            for value in variable.says.values
            for text in _texts_of_files(variable.keys, value)
        )  # fmt: skip
        paths = {text: self.path.resolve().parent / text for text in texts}
        return {f"listed: {text}": digest(path) for text, path in paths.items() if is_file(path)}

    @property
    def lists(self) -> int:
        """How many combinations the listed values have: each is tried with every sample."""
        product = 1
        for variable in self.vary:
            product *= len(variable.says.values) if isinstance(variable.says, Values) else 1
        return product

    def _said(self, case: int) -> Iterator[tuple[str, Any, Any]]:
        """Key, value and label of each variable. Samples follow one another; the last list turns quickest."""
        if not 0 <= case < self.count:
            raise IndexError(f"case {case} of {self.count}")
        combination, sample = divmod(case, self.samples)
        place_of: dict[str, int] = {}
        for variable in reversed(self.vary):
            if isinstance(variable.says, Values):
                combination, place_of[variable.key] = divmod(combination, len(variable.says.values))
        draws = [variable.key for variable in self.varied if isinstance(variable.says, Draw)]
        drawn = dict(zip(draws, shares(sample, len(draws), self.samples, self.seed, self.method) if draws else [],
                         strict=True))  # fmt: skip
        for variable in self.varied:
            if isinstance(variable.says, Values):
                index = place_of[variable.key]
                value, label = variable.says.values[index], variable.says.label(index)
                yield variable.key, self._whole(variable.key, value), self._whole(variable.key, label)
            else:
                whole, share = variable.key in self.whole, drawn[variable.key]
                value = variable.says.whole(share) if whole else variable.says.at(share)
                yield variable.key, value, value

    def _whole(self, key: str, value: Any) -> Any:
        """A listed value of a field of whole numbers: grids give 2.0 where 2 is meant."""
        return int(value) if key in self.whole and isinstance(value, float) and value.is_integer() else value

    @cached_property
    def whole(self) -> frozenset[str]:
        """What must be whole numbers."""
        return frozenset(v.key for v in self.vary if schema_at(schema(), v.keys, self.data).get("type") == "integer")


def plan(
    scenario: Scenario | str | Path,
    vary: Mapping[str, Any] | None = None,
    *,
    samples: int | None = None,
    seed: int | None = None,
    method: Method | None = None,
    draw: str | Iterable[str] | None = None,
    allow_paths: bool = False,
) -> Plan:
    """The plan of a sweep, from a scenario's own [sweep] table and what is said beside it, which wins.

    Every key is looked for, and the first and last value of each tried, before a case is computed. Raises `SimError`
    with all that is wrong.
    """
    _expect(samples, seed, method)
    typed = isinstance(scenario, Scenario)
    if isinstance(scenario, Scenario):
        data, path = tables(scenario), Path("scenario")
        table = scenario.sweep or Sweep()
        home = scenario.origin.path.parent if scenario.origin is not None else Path().resolve()
    else:
        path = Path(scenario)
        home = path.resolve().parent
        fragments = gather(path)
        table = checked(fragments, path, allow_paths=allow_paths).sweep or Sweep()
        data = {key: value for key, value in fragments.data.items() if key != "sweep"}
    own = {} if allow_paths else dict.fromkeys(set(table.set) - set(vary or {}), home)
    said = variables({**table.set, **(vary or {})}, Path() if typed else home, own)
    if typed:
        mine = {key for key, _ in flat({key: table.set[key] for key in own})}
        said = tuple(_kept_inside(data, each, home) if each.key in mine else each for each in said)
    wanted = samples if samples is not None else table.samples
    errors = table.draw if draw is None else (draw,) if isinstance(draw, str) else tuple(draw)
    draws = [variable.key for variable in said if isinstance(variable.says, Draw)]
    if draws and wanted is None:
        raise SimError(f"{draws[0]} is drawn from a range: say how often with --samples (samples = … in [sweep])")
    if errors and wanted is None:
        raise SimError("errors are drawn at random: say how often with --samples (samples = … in [sweep])")
    if not said and wanted is None:
        raise SimError("nothing varies: say what does with --set KEY=VALUES or --draw, or in a [sweep] table")
    number = table.seed if seed is None else seed
    samples = wanted if wanted and (draws or errors) else 1  # without draws every sample would be the same
    made = Plan(data, path, said, samples, number, method or table.method, allow_paths, typed, errors)
    if made.count > MAX_CASES:
        raise SimError(f"{made.count:.3g} cases are more than can be numbered here: {MAX_CASES:.0e} at the most")
    unknown = _check(made)
    return replace(made, unsure=draws_of(errors, unknown)) if errors else made


def tables(scenario: Scenario) -> dict[str, Any]:
    """A scenario as the plain tables that make it again, exactly: what was given, and nothing that was filled in.

    What is filled in depends on what varies: the horizon of another place, another ephemeris handed down to all ends.
    """
    data: dict[str, Any] = scenario.model_dump(mode="python", exclude={"sweep"}, exclude_none=True, exclude_unset=True)
    return data


def _expect(samples: Any, seed: Any, method: Any) -> None:
    """Raises `SimError` where numbers of draws are none."""
    for name, value, least in (("samples", samples, 1), ("seed", seed, 0)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < least):
            raise SimError(f"{name}: expected a whole number from {least}, got {shown(value)}")
    if method not in (None, "random", "latin"):
        raise SimError(f"method: expected random or latin, got {shown(method)}")


def _kept_inside(data: Any, variable: Variable, home: Path) -> Variable:
    """What a scenario's own [sweep] says of one key, the files that its values name found in the scenario's folder.

    Raises `ScenarioError` for those that lie elsewhere, as for any path in a file.
    """
    if not isinstance(variable.says, Values):
        return variable
    values, problems = list(variable.says.values), dict[Problem, None]()
    for index, value in enumerate(values):
        if not any(_texts_of_files(variable.keys, value)):
            continue
        try:
            changed = _changed(copy.deepcopy(dict(data)), variable, copy.deepcopy(value))
        except (ScenarioError, LookupError, TypeError):  # a key that is nowhere is told with all others
            continue
        for keys, message in files_named(changed, home, False):
            if keys[: len(variable.keys)] == variable.keys or variable.keys[: len(keys)] == keys:
                problems[Problem(f"[sweep.set] {place(keys)}", message)] = None
        values[index] = _at(changed, variable.keys, value)
    if problems:
        raise ScenarioError("scenario", list(problems)[:100])
    return replace(variable, says=replace(variable.says, values=tuple(values)))


def _at(data: Any, keys: Keys, otherwise: Any) -> Any:
    """What stands under some keys."""
    try:
        for key in keys:
            data = data[key]
    except LookupError:
        return otherwise
    return data


def _validated(data: dict[str, Any]) -> Scenario:
    try:
        return Scenario.model_validate(data)
    except ValidationError as error:
        found = complaints(error, data, schema())
        raise ScenarioError("", [Problem(place(keys), message) for keys, message in found]) from error


def _check(made: Plan) -> list[str]:
    """Whether every key and the values at the ends make a scenario. Raises `ScenarioError` with all that do not.

    returns : the names of all errors of these scenarios, where errors are drawn
    """
    problems, unknown = dict[Problem, None](), dict[str, None]()
    known = [variable for variable in made.vary if not _lost(made, variable, problems)]
    middle = {v.key: _middle(v) for v in known}
    corners = [middle]
    corners += [{**middle, v.key: value} for v in known for value in v.says.probes]
    corners += [{v.key: v.says.probes[end] for v in known} for end in (0, -1)]
    for values in map(made.fitted, corners):
        try:
            scenario = made.with_values(values)
        except ScenarioError as error:
            for each in error.problems:
                problems[_told(each, values)] = None
        else:
            if not scenario.routes:
                raise SimError(f"{made.path}: a sweep looks at routes, and this scenario has none. Add [routes]")
            unknown.update(dict.fromkeys(unknowns(scenario) if made.draw else ()))
    if problems:
        raise ScenarioError(str(made.path), list(problems)[:100])
    return list(unknown)


def _middle(variable: Variable) -> Any:
    return variable.says.values[0] if isinstance(variable.says, Values) else variable.says.at(0.5)


def _texts_of_files(keys: Keys, value: Any) -> Iterator[str]:
    """The names of files in one value: of a field that names one, or of an orbit."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _texts_of_files((*keys, key), each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _texts_of_files(keys, each)
    elif isinstance(value, str) and keys and any(key in ("file", "horizon_file", "ephemeris") for key in keys[-2:]):
        yield value


def _told(problem: Problem, values: Mapping[str, Any]) -> Problem:
    """A mistake in what was set stands in no line of the file."""
    mine = [key for key in values if problem.place == key or problem.place.startswith((f"{key}.", f"{key}["))]
    return Problem(f"--set {problem.place}" if mine else problem.place, problem.message)


def _lost(made: Plan, variable: Variable, problems: dict[Problem, None]) -> bool:
    """Whether a key is none of the scenario's: what it would stand in is not there."""
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


def _changed(data: Any, variable: Variable, value: Any) -> Any:
    """Tables with one value in place of another."""
    keys: list[Any] = list(variable.keys)
    last, node = keys.pop(), data
    for key in keys:
        if isinstance(node[key], tuple):
            node[key] = list(node[key])
        node = node[key]
    if not isinstance(node, list if isinstance(last, int) else dict):
        wanted = "a list" if isinstance(last, int) else "a table"
        raise ScenarioError("", [Problem(variable.key, f"expected {wanted} there, got {shown(node)}")])
    if isinstance(last, int) and last >= len(node):
        raise ScenarioError("", [Problem(variable.key, f"there is no place {last} in a list of {len(node)}")])
    node[last] = value
    return data
