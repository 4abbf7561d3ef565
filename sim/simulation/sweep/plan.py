"""The plan of a sweep: every case follows from its number, so memory does not grow with the number of cases."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import cast, get_args

from pydantic import ValidationError

from sim.core.errors import Problem, ScenarioError, SimError
from sim.core.files import digest
from sim.core.text import place, shown
from sim.core.toml_file import is_file
from sim.core.values import TomlTable
from sim.data.orbit_store import is_fresh
from sim.scenario.file_paths import files_named
from sim.scenario.includes import Fragments, gather
from sim.scenario.messages import complaints, schema_at
from sim.scenario.provenance import code
from sim.scenario.provenance import data as data_of
from sim.scenario.scenario import Scenario, checked, schema
from sim.scenario.sweep_shifts import moved, with_moves
from sim.scenario.sweep_table import (
    Answer,
    Draw,
    Method,
    Sweep,
    Values,
    Variable,
    flat,
    keys_of,
    shares,
    variables,
)
from sim.simulation.sweep.corners import check, middle_of
from sim.simulation.sweep.draws import variables as draws_of
from sim.simulation.sweep.substitution import change, file_names, value_at

CHUNKS, MOST_CHUNKS, LONG_CHUNK = 500, 20_000, 100
"""A sweep has about `CHUNKS` chunks of cases, which are computed and stored one by one. A chunk has at most
`LONG_CHUNK` cases, unless there would be more than `MOST_CHUNKS` files."""

MAX_CASES = 10**12
"""Largest number of cases."""


@dataclass(frozen=True)
class Chunk:
    """Consecutive cases: `first` is included, `last` is not."""

    number: int
    first: int
    last: int


@dataclass(frozen=True)
class Plan:
    """What a sweep computes.

    Attributes
    ----------
    data
        The scenario's merged tables, without [sweep].
    path
        The scenario file, for messages and for files relative to it.
    vary
        Keys of the scenario that vary.
    samples, seed, method
        How ranges and distributions are sampled.
    allow_paths
        Whether files outside the scenario's folder are allowed.
    typed
        Whether the tables come from a `Scenario` object, whose times are numbers, and not from a file.
    draw
        Names of the errors to draw.
    unsure
        These errors, in units of their standard deviations.
    answers
        Whose windows are listed and summed up.
    fresh
        Whether orbits are computed again, in every process.
    """

    data: Mapping[str, object]
    path: Path
    vary: tuple[Variable, ...]
    samples: int
    seed: int
    method: Method
    allow_paths: bool = False
    typed: bool = False
    draw: tuple[str, ...] = ()
    unsure: tuple[Variable, ...] = ()
    answers: tuple[Answer, ...] = ("routes",)
    fresh: bool = False

    @property
    def varied(self) -> tuple[Variable, ...]:
        """Everything that varies: keys of the scenario, and errors."""
        return (*self.vary, *self.unsure)

    @property
    def count(self) -> int:
        """Number of cases."""
        return self.lists * self.samples

    @property
    def drawn(self) -> bool:
        """Whether cases are a random sample, so that means have a standard error."""
        return self.samples > 1 and any(isinstance(variable.says, Draw) for variable in self.varied)

    @property
    def chunk(self) -> int:
        """Number of cases per chunk; it depends only on the number of cases, not on that of workers."""
        return max(1, min(LONG_CHUNK, self.count // CHUNKS), self.count // MOST_CHUNKS)

    @property
    def chunks(self) -> int:
        """Number of chunks."""
        return -(-self.count // self.chunk)

    def chunk_at(self, number: int) -> Chunk:
        """The chunk of a number."""
        return Chunk(number, number * self.chunk, min((number + 1) * self.chunk, self.count))

    def values(self, case: int) -> dict[str, object]:
        """The values of one case by key, as the scenario receives them."""
        fields = {variable.key for variable in self.vary}
        return {key: value for key, value, _ in self._inputs(case) if key in fields}

    def errors(self, case: int) -> dict[str, float]:
        """The drawn errors of one case by name, in standard deviations."""
        mine = {variable.key for variable in self.unsure}
        return {key: cast(float, value) for key, value, _ in self._inputs(case) if key in mine}

    def labels(self, case: int) -> dict[str, object]:
        """The values of one case by key, as tables show them."""
        return {key: label for key, _, label in self._inputs(case)}

    def scenario(self, case: int) -> Scenario:
        """The scenario of one case. Raises `ScenarioError`."""
        return self.with_values(self.values(case))

    def with_values(self, values: Mapping[str, object]) -> Scenario:
        """The scenario with some of its values replaced. Raises `ScenarioError`."""
        changed = [
            (Variable(key, variable.says), value)
            for variable in self.vary if variable.key in values
            for key, value in self._changed(variable, values[variable.key])
        ]  # fmt: skip
        touched = {each.keys[0] for each, _ in changed}
        data = {k: copy.deepcopy(v) if k in touched or not self.typed else v for k, v in self.data.items()}
        for each, value in changed:
            change(data, each, copy.deepcopy(value))
        if not {"start", "end", "days"}.isdisjoint(touched):
            data.pop("products", None)  # they may refer to times outside the new span
        if not self.typed:
            return checked(Fragments(cast(TomlTable, data), []), self.path, allow_paths=self.allow_paths)
        if not touched.isdisjoint({"sites", "ephemeris"}):
            return _validated(data)
        made = _validated({**data, "sites": self._sites} if self._sites else data)
        self._sites.update(made.sites)
        return made

    @cached_property
    def _sites(self) -> dict[str, object]:
        """The sites of the first case of which nothing varies in them: they are the same objects in all such cases."""
        return {}

    def __getstate__(self) -> dict[str, object]:
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def _changed(self, variable: Variable, value: object) -> Iterator[tuple[str, object]]:
        """The keys that a variable changes, and their values."""
        if not variable.moves:
            yield variable.key, value
        for key in variable.moves:
            keys = keys_of(key)
            is_time = self.typed and "date-time" in str(schema_at(schema(), keys, self.data))
            old = value_at(self.data, keys, 0.0)
            yield key, moved(old, cast(float, value), variable.key, is_time=is_time)

    def middle(self) -> Scenario:
        """The scenario with the first of all listed values and the medians of all ranges. Raises `ScenarioError`."""
        return self.with_values(self.fitted({v.key: middle_of(v) for v in self.vary}))

    def fitted(self, values: Mapping[str, object]) -> dict[str, object]:
        """Values converted to the types of their fields: to whole numbers where the field has these."""
        drawn = {variable.key for variable in self.vary if isinstance(variable.says, Draw)}
        return {
            key: round(value) if key in drawn and key in self.whole and isinstance(value, float)
            else self._whole(key, value)
            for key, value in values.items()
        }  # fmt: skip

    @cached_property
    def sha256(self) -> str:
        """Hash of everything that determines the results: tables, files, inputs, seed, data, and the source code."""
        content = {
            "data": self.data,
            "vary": [(variable.key, variable.says.hashed(), *variable.moves) for variable in self.varied],
            "answers": self.answers,
            "draws": [self.samples, self.seed, self.method],
            "version": version("farside-sim"),
            "code": code(),
            "files": {**data_of(self.middle()), **self._files_listed},
        }
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def _files_listed(self) -> dict[str, str]:
        """SHA-256 of the files that listed values name."""
        texts = dict.fromkeys(
            text
            for variable in self.vary if isinstance(variable.says, Values)
            for value in variable.says.values
            for text in file_names(variable.keys, value)
        )  # fmt: skip
        paths = {text: self.path.resolve().parent / text for text in texts}
        return {f"listed: {text}": digest(path) for text, path in paths.items() if is_file(path)}

    @property
    def lists(self) -> int:
        """Number of combinations of listed values; each is combined with every sample."""
        product = 1
        for variable in self.vary:
            product *= len(variable.says.values) if isinstance(variable.says, Values) else 1
        return product

    def _inputs(self, case: int) -> Iterator[tuple[str, object, object]]:
        """Key, value and label of each variable in one case.

        The sample changes fastest from case to case, then the last list.
        """
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
                drawn_value: object = variable.says.whole(share) if whole else variable.says.at(share)
                yield variable.key, drawn_value, drawn_value

    def _whole(self, key: str, value: object) -> object:
        """A listed value, as a whole number if its field has these: a grid gives 2.0 instead of 2."""
        return int(value) if key in self.whole and isinstance(value, float) and value.is_integer() else value

    @cached_property
    def whole(self) -> frozenset[str]:
        """The keys whose values must be whole numbers."""
        return frozenset(v.key for v in self.vary if schema_at(schema(), v.keys, self.data).get("type") == "integer")


def plan(
    scenario: Scenario | str | Path,
    vary: Mapping[str, object] | None = None,
    *,
    samples: int | None = None,
    seed: int | None = None,
    method: Method | None = None,
    draw: str | Iterable[str] | None = None,
    shift: Mapping[str, Iterable[str]] | None = None,
    answers: Iterable[Answer] | None = None,
    allow_paths: bool = False,
) -> Plan:
    """Plan a sweep from a scenario's own [sweep] table and from arguments, which take precedence.

    Every key is looked up, and its first and last values are checked, before any case is computed. Raises `SimError`
    with every problem.
    """
    _expect(samples, seed, method)
    typed = isinstance(scenario, Scenario)
    data: dict[str, object]
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
    moves = {name: tuple(keys) for name, keys in {**table.shift, **(shift or {})}.items()}
    said = with_moves(said, moves, schema()["properties"])
    if typed:
        mine = {key for key, _ in flat({key: table.set[key] for key in own})}
        said = tuple(_kept_inside(data, each, home) if each.key in mine else each for each in said)
    wanted = samples if samples is not None else table.samples
    errors = table.draw if draw is None else (draw,) if isinstance(draw, str) else tuple(draw)
    draws = [variable.key for variable in said if isinstance(variable.says, Draw)]
    if draws and wanted is None:
        raise SimError(f"{draws[0]} has a range: set the number of samples with --samples, or with samples in [sweep]")
    if errors and wanted is None:
        raise SimError("errors are drawn at random: set the number with --samples, or with samples in [sweep]")
    if not said and wanted is None:
        raise SimError("nothing varies. Use --set KEY=VALUES or --draw NAME, or add a [sweep] table")
    number = table.seed if seed is None else seed
    samples = wanted if wanted and (draws or errors) else 1  # without draws every sample would be the same
    wanted_rows = table.answers if answers is None else tuple(dict.fromkeys(answers))
    if unknown_rows := [each for each in wanted_rows if each not in get_args(Answer)]:
        raise SimError(f"answers: expected some of {', '.join(get_args(Answer))}, got {shown(unknown_rows[0])}")
    how = method or table.method
    made = Plan(data, path, said, samples, number, how, allow_paths, typed, errors, (), wanted_rows, is_fresh())
    if made.count > MAX_CASES:
        raise SimError(f"expected at most {MAX_CASES:.0e} cases, got {made.count:.3g}")
    unknown = check(made)
    return replace(made, unsure=draws_of(errors, unknown)) if errors else made


def tables(scenario: Scenario) -> dict[str, object]:
    """A scenario as the tables that it was built from, without defaults and values that were filled in.

    Filled-in values may depend on what varies: the horizon of a place, or the ephemeris of all ends.
    """
    return scenario.model_dump(mode="python", exclude={"sweep"}, exclude_none=True, exclude_unset=True)


def _expect(samples: object, seed: object, method: object) -> None:
    """Raise `SimError` for an invalid number of samples, seed or method."""
    for name, value, least in (("samples", samples, 1), ("seed", seed, 0)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < least):
            raise SimError(f"{name}: expected a whole number of at least {least}, got {shown(value)}")
    if method not in (None, "random", "latin"):
        raise SimError(f"method: expected random or latin, got {shown(method)}")


def _kept_inside(data: Mapping[str, object], variable: Variable, home: Path) -> Variable:
    """One variable of a scenario's own [sweep] table, with its files found in the scenario's folder.

    Raises `ScenarioError` for files outside of it, as for any path in a file.
    """
    if not isinstance(variable.says, Values):
        return variable
    values, problems = list(variable.says.values), dict[Problem, None]()
    for index, value in enumerate(values):
        if not any(file_names(variable.keys, value)):
            continue
        try:
            changed = cast(TomlTable, copy.deepcopy(dict(data)))
            change(changed, variable, copy.deepcopy(value))
        except (ScenarioError, LookupError, TypeError):  # an unknown key is reported with the others
            continue
        for keys, message in files_named(changed, home, False):
            if keys[: len(variable.keys)] == variable.keys or variable.keys[: len(keys)] == keys:
                problems[Problem(f"[sweep.set] {place(keys)}", message)] = None
        values[index] = value_at(changed, variable.keys, value)
    if problems:
        raise ScenarioError("scenario", list(problems)[:100])
    return replace(variable, says=replace(variable.says, values=tuple(values)))


def _validated(data: dict[str, object]) -> Scenario:
    try:
        return Scenario.model_validate(data)
    except ValidationError as error:
        found = complaints(error, data, schema())
        raise ScenarioError("", [Problem(place(keys), message) for keys, message in found]) from error
