"""What varies in a sweep: the `[sweep]` table of a scenario, and its values on a command line or in Python."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from statistics import NormalDist
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Literal, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from sim.core.errors import DataError, SimError
from sim.core.files import OutsideError, inside
from sim.core.model import Listed, Model
from sim.core.regular_files import read_bytes
from sim.core.text import shown
from sim.core.time import instant, tdb, utc, utc_datetime64
from sim.core.toml_file import Keys, is_file

if TYPE_CHECKING:
    from sim.core.values import OneTime

Method = Literal["random", "latin"]
"""How ranges are sampled: independently (Monte Carlo), or once in each of N equal shares (Latin hypercube)."""

Answer = Literal["routes", "hops", "stations", "spacecraft", "plan"]
"""Whose windows a sweep lists and sums up."""

PROBES = 8
"""At most this number of values of a list are checked before a sweep begins."""
_LOOKED_AT = 200
"""Number of lines in which a file of Orbit Mean-elements Messages is recognized by a keyword."""
MAX_BYTES = 1 << 28
"""Largest file of values (bytes)."""

_KEY = re.compile(r"[A-Za-z0-9_-]+(?:\[\d{1,6}\])*(?:\.[A-Za-z0-9_-]+(?:\[\d{1,6}\])*)*")
_RANGE = re.compile(r"\s*([-+]?[\d_.]+(?:[eE][-+]?\d+)?)\s*:\s*([-+]?[\d_.]+(?:[eE][-+]?\d+)?)\s*")
_CALL = re.compile(r"\s*(uniform|loguniform|normal|grid)\s*\((.*)\)\s*", re.DOTALL)


class Sweep(Model):
    """What varies in `sim sweep`, and how it is sampled."""

    set: dict[str, object] = {}
    """values by key of the scenario: a list, or text like "10:16", "normal(13, 2)", "grid(5, 15, 3)" or "@file.tle" """
    samples: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = None
    """number of random samples of ranges and distributions; each is combined with every combination of listed values"""
    seed: Annotated[int, Field(ge=0)] = 0
    """seed of the samples: the same seed gives the same cases"""
    method: Method = "random"
    """random (Monte Carlo), or latin (Latin hypercube: each of N equal shares of a range is sampled once)"""
    draw: Annotated[tuple[str, ...], Listed] = ()
    """errors that are drawn from their normal distributions: names of sites and spacecraft, "UT1", one error like
    "lro: along", or "all" """
    shift: dict[str, Annotated[tuple[str, ...], Listed]] = {}
    """variables that move several keys together, and these keys: slip_days = ["start", "spacecraft.x.orbit.epoch"]; a
    variable that moves times has the unit in its name: _s, _min, _hours or _days"""
    answers: Annotated[tuple[Answer, ...], Field(min_length=1), Listed] = ("routes",)
    """what the tables have rows of: routes, their hops, the contacts of all stations or spacecraft, or the plan"""


@dataclass(frozen=True)
class Values:
    """Listed values, each of which is used; and how tables show those that are not plain."""

    values: tuple[object, ...]
    labels: tuple[str, ...] | None = None

    @property
    def probes(self) -> list[object]:
        """The values that are checked before a sweep begins: up to `PROBES`, with the first and the last."""
        some = np.unique(np.linspace(0, len(self.values) - 1, min(len(self.values), PROBES)).astype(int))
        return [self.values[i] for i in some]

    def label(self, index: int) -> object:
        """A value as tables show it."""
        if self.labels is not None:
            return self.labels[index]
        value = self.values[index]
        return value if isinstance(value, (bool, int, float, str, dt.datetime)) else json.dumps(value, default=str)

    def hashed(self) -> list[object]:
        """What the hash of a plan contains of it."""
        return [list(self.values), list(self.labels or ())]


@dataclass(frozen=True)
class Draw:
    """A distribution of numbers, or of times.

    Attributes
    ----------
    kind
        The distribution.
    low, high
        Bounds; of a normal distribution, its mean and standard deviation. Times in TDB s past J2000.
    instants
        Whether it is a distribution of times, which are uniform in UTC.
    """

    kind: Literal["uniform", "loguniform", "normal"]
    low: float
    high: float
    instants: bool = False

    def at(self, share: float) -> float | str:
        """The quantile of a share, 0 < share < 1; of times, as UTC text."""
        if self.instants:
            return _dates(self.low, self.high, [share])[0]
        if self.kind == "normal":
            return NormalDist(self.low, self.high).inv_cdf(share)
        if self.kind == "loguniform":
            return math.exp((1.0 - share) * math.log(self.low) + share * math.log(self.high))
        return (1.0 - share) * self.low + share * self.high

    def whole(self, share: float) -> int:
        """The quantile of a share as a whole number; between whole bounds, each has the same probability."""
        if self.kind == "uniform" and self.low == round(self.low) and self.high == round(self.high):
            return min(int(self.low + math.floor(share * (self.high - self.low + 1.0))), int(self.high))
        return round(float(self.at(share)))

    @property
    def probes(self) -> list[object]:
        """The bounds; of a normal distribution, the values two standard deviations from the mean."""
        return [self.at(0.02275), self.at(0.97725)] if self.kind == "normal" else [self.at(0.0), self.at(1.0)]

    def hashed(self) -> list[object]:
        """What the hash of a plan contains of it."""
        return [self.kind, self.low, self.high, "UTC" if self.instants else False]

    def shown(self) -> dict[str, list[float] | list[str]]:
        """As it is in sweep.json, with times as UTC text."""
        ends = [self.low, self.high]
        return {self.kind: list(utc(ends, 6)) if self.instants else ends}


@dataclass(frozen=True)
class Variable:
    """One key of a scenario, and its values or distribution; or a name, and the keys that it moves."""

    key: str
    says: Values | Draw
    moves: tuple[str, ...] = ()

    @property
    def keys(self) -> Keys:
        """The path of keys; that of `sites.kourou.limits[0].min_deg` has five."""
        return keys_of(self.key)


def variables(
    given: Mapping[str, object], folder: Path, own: Mapping[str, Path] = MappingProxyType({})
) -> tuple[Variable, ...]:
    """Read what varies.

    Parameters
    ----------
    given
        Values by key. Keys are dotted, or tables in tables.
    folder
        Folder of files of values (`@file`).
    own
        For the keys of a scenario's own [sweep] table, the folder that must contain their files: a scenario file may
        not choose other files to read.

    Raises
    ------
    SimError
        With every problem.
    """
    found, problems = list[Variable](), list[str]()
    for top, key, value in ((name, *each) for name, values in given.items() for each in flat({name: values})):
        try:
            keys_of(key)
            found.append(Variable(key, values_of(value, own.get(top, folder), bound=top in own)))
        except _Falling as error:
            cure = f". For angles across 0: {error.low - 360:g}:{error.high:g}" if key.endswith("_deg") else ""
            problems.append(f"{key}: {error}{cure}")
        except (ValueError, DataError) as error:
            problems.append(f"{key}: {error}")
    names = [variable.key for variable in found]
    problems += [f"{key}: set twice" for key in dict.fromkeys(names) if names.count(key) > 1]
    if problems:
        raise SimError("\n".join(problems))
    return tuple(found)


def values_of(value: object, folder: Path = Path(), *, bound: bool = False) -> Values | Draw:
    """Read the values of one key: a list, text as on the command line, or a single value of any other type.

    folder : folder of a file of values (`@file`)
    bound  : whether the file must be in that folder

    Raises `ValueError` and `DataError`.

    Examples
    --------
    >>> values_of("5, 10, 15").values
    (5, 10, 15)
    >>> values_of("normal(13, 2)").shown()
    {'normal': [13.0, 2.0]}
    """
    if isinstance(value, (Values, Draw)):
        return value
    if isinstance(value, (list, tuple, np.ndarray)):
        if not len(value):
            raise ValueError("expected at least one value")
        return Values(tuple(_plain(each) for each in value))
    if not isinstance(value, str):
        return Values((_plain(value),))
    if value.startswith("@"):
        return _from_file(value[1:], folder, bound)
    if plain := _RANGE.fullmatch(value):
        return _draw("uniform", [float(plain[1].replace("_", "")), float(plain[2].replace("_", ""))], value)
    if call := _CALL.fullmatch(value):
        return _draw(call[1], _toml(call[2]), value)
    return Values(tuple(_toml(value)))


@lru_cache(maxsize=64)
def _order(samples: int, seed: int, number: int) -> NDArray[np.int64]:
    """The share from which each sample of one variable of a Latin hypercube is drawn."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1, samples, number)))
    return rng.permutation(samples)


def shares(sample: int, count: int, samples: int, seed: int, method: Method) -> list[float]:
    """One sample of `count` variables, each uniform in (0, 1), from the seed and the sample's number alone."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0, sample)))
    drawn = np.maximum(rng.random(count), 2.0**-54)
    if method == "latin":
        drawn = (np.array([_order(samples, seed, number)[sample] for number in range(count)]) + drawn) / samples
    return [float(u) for u in drawn]


class _Falling(ValueError):
    """A range whose upper bound is not above its lower bound."""

    def __init__(self, text: str, low: float, high: float) -> None:
        super().__init__(f"expected LOW:HIGH with LOW below HIGH, got {shown(text)}")
        self.low, self.high = low, high


def _dates(first: float, last: float, shares: Iterable[float]) -> list[str]:
    """Times between two (TDB s), evenly spaced in UTC without leap seconds, as UTC text to the microsecond.

    With even spacing in TDB, steps of a day would drift from midnight UTC by up to 28 µs per day, and by 1 s after a
    leap second.
    """
    low, high = (int(each) for each in utc_datetime64([first, last]).astype(np.int64))
    micros = [low + round(share * (high - low)) for share in shares]
    texts = [f"{each}Z" for each in np.datetime_as_string(np.array(micros, dtype="datetime64[us]"))]
    return [text[:-8] + "Z" for text in texts] if all(text.endswith(".000000Z") for text in texts) else texts


def _steps(low: float, high: float, count: int) -> list[float]:
    """Evenly spaced numbers rounded to 15 digits: 0.3, not 0.30000000000000004."""
    steps = [float(f"{x:.15g}") for x in np.linspace(low, high, count)]
    return [low, *steps[1:-1], high] if count > 1 else [low]


def _draw(kind: str, numbers: Sequence[object], text: str) -> Values | Draw:
    instants = bool(numbers) and all(isinstance(each, dt.datetime) for each in numbers[:2])
    try:
        low, high = (float(tdb(cast("OneTime", each))) if instants else _number(each) for each in numbers[:2])
        if kind == "grid":
            count = numbers[2]
            if len(numbers) != 3 or not isinstance(count, int) or not 1 <= count <= 10_000_000:
                raise ValueError
            if instants:
                return Values(tuple(_dates(low, high, np.linspace(0.0, 1.0, count))))
            return Values(tuple(_steps(low, high, count)))
        if len(numbers) != 2 or (kind == "normal" and instants):
            raise ValueError
    except (ValueError, TypeError, IndexError, OverflowError):
        raise ValueError(
            "expected LOW:HIGH, uniform(low, high), loguniform(low, high), normal(mean, sigma) or "
            f"grid(first, last, count), got {shown(text)}"
        ) from None
    if kind == "normal" and high <= 0:
        raise ValueError(f"expected a standard deviation above 0, got {high:g}")
    if kind != "normal" and high <= low:
        raise _Falling(text, low, high)
    if kind == "loguniform" and low <= 0:
        raise ValueError(f"expected a range above 0, got {shown(text)}")
    return Draw(kind, low, high, instants)  # type: ignore[arg-type]


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError
    return float(value)


def _toml(text: str) -> list[object]:
    """Comma-separated TOML values; a plain word needs no quotes."""
    try:
        found: list[object] = tomllib.loads(f"v = [{text}]")["v"]
    except (tomllib.TOMLDecodeError, RecursionError):
        if any(mark in text for mark in "[]{}\"'\n"):
            raise ValueError(f"expected values separated by commas, got {shown(text)}") from None
        found = [_toml(word)[0] if _is_toml(word) else word.strip() for word in text.split(",")]
    if not found:
        raise ValueError("expected at least one value")
    return found


def _is_toml(word: str) -> bool:
    try:
        return len(tomllib.loads(f"v = [{word}]")["v"]) == 1
    except tomllib.TOMLDecodeError:
        return False


def _plain(value: object) -> object:
    """A value as in a file: models as tables, numpy numbers as Python numbers, times as UTC text."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="python", exclude_none=True)
    if isinstance(value, np.datetime64) or hasattr(value, "jd1") or hasattr(value, "nanosecond"):
        return utc(instant(cast("OneTime", value)), 6)  # of numpy, astropy and pandas
    return value.item() if isinstance(value, np.generic) else value


def flat(table: Mapping[str, object], above: str = "") -> Iterator[tuple[str, object]]:
    """The dotted keys of nested tables, with their values."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def keys_of(key: str) -> Keys:
    """The path of a dotted key. Raises `ValueError`.

    Examples
    --------
    >>> keys_of("sites.x.limits[0].min_deg")
    ('sites', 'x', 'limits', 0, 'min_deg')
    """
    if not _KEY.fullmatch(key):
        raise ValueError("expected a key like sites.x.horizon_deg or sites.x.limits[0].min_deg")
    found = re.findall(r"\[(\d+)\]|([A-Za-z0-9_-]+)", key)
    return tuple(int(index) if index else name for index, name in found)


def _file(text: str, folder: Path, bound: bool) -> Path:
    """The path of a file of values. Raises `ValueError`."""
    if not bound:
        try:
            return folder / Path(text).expanduser()
        except RuntimeError:  # ~ with an unknown user
            return folder / text
    try:
        return inside(folder, text, folder)
    except OutsideError as error:
        raise OutsideError(f"{error}, or allow it with --allow-paths") from error


def _from_file(text: str, folder: Path, bound: bool) -> Values:
    """The values in a file: its element sets as orbits, or its lines."""
    from sim.trajectories.orbits.formats.omm import element_line, messages  # most sweeps have no file

    path = _file(text, folder, bound)
    if not is_file(path):
        raise ValueError(f"there is no file {shown(text)} in {folder}")
    try:
        whole = read_bytes(path, MAX_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{shown(text)} is not UTF-8 text") from None
    lines = [line.rstrip() for line in whole.splitlines() if line.strip()]
    if any("MEAN_MOTION" in line for line in lines[:_LOOKED_AT]):
        found = messages(str(path))
        orbits = tuple({"kind": "tle", "omm": fields} for fields in found)
        return Values(orbits, tuple(each.get("OBJECT_NAME") or each.get("NORAD_CAT_ID", "") for each in found))
    if not any(element_line(line) for line in lines):
        return Values(tuple(value for line in lines if not line.startswith("#") for value in _toml(line)))
    sets, names, name = [], [], ""
    for number, line in enumerate(lines):
        if line.startswith("1 ") and element_line(line):
            second = lines[number + 1] if number + 1 < len(lines) else ""
            if not second.startswith("2 "):
                raise ValueError(f"{shown(text)}: expected line 2 after {line[:8]!r}, got {second[:20]!r}")
            sets.append({"kind": "tle", "line1": line, "line2": second})
            names.append(name or line[2:7].strip())
            name = ""
        elif not element_line(line):
            name = line.removeprefix("0 ").strip()
    return Values(tuple(sets), tuple(names))
