"""What varies from case to case of a sweep, as a scenario's `[sweep]` table, a command line or a notebook says it."""

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
from typing import Annotated, Any, Literal

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

Method = Literal["random", "latin"]
"""How ranges are sampled: independently (Monte Carlo), or one in each of as many equal shares (Latin hypercube)."""

PROBES = 8
"""So many values of a list are tried before a sweep begins, at the most."""
_LOOKED_AT = 200
"""Lines of a file in which a keyword of an Orbit Mean-elements Message shows that it is one."""
MAX_BYTES = 1 << 28
"""Larger files of values are refused."""

_KEY = re.compile(r"[A-Za-z0-9_-]+(?:\[\d{1,6}\])*(?:\.[A-Za-z0-9_-]+(?:\[\d{1,6}\])*)*")
_RANGE = re.compile(r"\s*([-+]?[\d_.]+(?:[eE][-+]?\d+)?)\s*:\s*([-+]?[\d_.]+(?:[eE][-+]?\d+)?)\s*")
_CALL = re.compile(r"\s*(uniform|loguniform|normal|grid)\s*\((.*)\)\s*", re.DOTALL)


class Sweep(Model):
    """A scenario many times: what varies, and how often ranges are drawn from."""

    set: dict[str, Any] = {}
    """what varies, by the key of the scenario: a list of values, or text like "10:16", "normal(13, 2)", "@file.tle" """
    samples: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = None
    """how often ranges and distributions are drawn from; lists and grids are tried in every combination with each"""
    seed: Annotated[int, Field(ge=0)] = 0
    """of the draws: the same seed gives the same cases"""
    method: Method = "random"
    """random draws independently (Monte Carlo); latin draws once from each of as many equal shares (Latin hypercube)"""
    draw: Annotated[tuple[str, ...], Listed] = ()
    """whose errors are drawn besides, each from its normal distribution: names of sites and spacecraft, "UT1", one
    error like "lro: along", or "all" """


@dataclass(frozen=True)
class Values:
    """A list: every value is tried. labels: how a table calls them, where they are not plain."""

    values: tuple[Any, ...]
    labels: tuple[str, ...] | None = None

    @property
    def probes(self) -> list[Any]:
        """Values to be checked before a sweep begins: all, or of many some, the first and the last among them."""
        some = np.unique(np.linspace(0, len(self.values) - 1, min(len(self.values), PROBES)).astype(int))
        return [self.values[i] for i in some]

    def label(self, index: int) -> Any:
        """What a table says of one value."""
        if self.labels is not None:
            return self.labels[index]
        value = self.values[index]
        return value if isinstance(value, (bool, int, float, str, dt.datetime)) else json.dumps(value, default=str)

    def hashed(self) -> Any:
        """For the hash of a plan."""
        return [list(self.values), list(self.labels or ())]


@dataclass(frozen=True)
class Draw:
    """A distribution of numbers or, with `instants`, of times: from `low` to `high`, or of that mean and σ.

    low, high : of times in TDB s; what is drawn between them is spaced evenly on UTC's calendar
    """

    kind: Literal["uniform", "loguniform", "normal"]
    low: float
    high: float
    instants: bool = False

    def at(self, share: float) -> Any:
        """The value below which a share of all lie: 0 < share < 1."""
        if self.instants:
            return _dates(self.low, self.high, [share])[0]
        if self.kind == "normal":
            return NormalDist(self.low, self.high).inv_cdf(share)
        if self.kind == "loguniform":
            return math.exp((1.0 - share) * math.log(self.low) + share * math.log(self.high))
        return (1.0 - share) * self.low + share * self.high

    def whole(self, share: float) -> int:
        """The whole number below which a share of all lie: between whole ends, each has the same chance."""
        if self.kind == "uniform" and self.low == round(self.low) and self.high == round(self.high):
            return min(int(self.low + math.floor(share * (self.high - self.low + 1.0))), int(self.high))
        drawn: float = self.at(share)
        return round(drawn)

    @property
    def probes(self) -> list[Any]:
        """The ends of a range; of what has none, two standard deviations to either side."""
        return [self.at(0.02275), self.at(0.97725)] if self.kind == "normal" else [self.at(0.0), self.at(1.0)]

    def hashed(self) -> Any:
        """For the hash of a plan."""
        return [self.kind, self.low, self.high, "UTC" if self.instants else False]

    def shown(self) -> Any:
        """As `sweep.json` says it: dates as dates."""
        ends = [self.low, self.high]
        return {self.kind: list(utc(ends, 6)) if self.instants else ends}


@dataclass(frozen=True)
class Variable:
    """One key of the scenario, and what it becomes."""

    key: str
    says: Values | Draw

    @property
    def keys(self) -> Keys:
        """The path of keys: `sites.kourou.limits[0].min_deg` has five."""
        return tuple(int(part) if part.isdigit() and bracket else part for bracket, part in _parts(self.key))


def variables(
    given: Mapping[str, Any], folder: Path, own: Mapping[str, Path] = MappingProxyType({})
) -> tuple[Variable, ...]:
    """What varies, from keys (dotted, or tables in tables) and what is said of them. Raises `SimError` with all faults.

    folder : that files of values (`@file`) are looked for in
    own    : of the keys that a scenario's file says itself, the folder in which their files must lie: whoever wrote it
             may not choose what else is read
    """
    found, problems = list[Variable](), list[str]()
    for top, key, value in ((name, *each) for name, told in given.items() for each in flat({name: told})):
        try:
            if not _KEY.fullmatch(key):
                raise ValueError("expected a key of a scenario, like sites.x.horizon_deg or sites.x.limits[0].min_deg")
            found.append(Variable(key, values_of(value, own.get(top, folder), bound=top in own)))
        except _Falling as error:
            cure = f", like {error.low - 360:g}:{error.high:g} for an angle across 0" if key.endswith("_deg") else ""
            problems.append(f"{key}: {error}{cure}")
        except (ValueError, DataError) as error:
            problems.append(f"{key}: {error}")
    names = [variable.key for variable in found]
    problems += [f"{key}: is set twice" for key in dict.fromkeys(names) if names.count(key) > 1]
    if problems:
        raise SimError("\n".join(problems))
    return tuple(found)


def assignments(texts: Iterable[str]) -> dict[str, str]:
    """KEY=VALUES of a command line. Raises `SimError`."""
    pairs = [text.partition("=") for text in texts]
    if bad := [key for key, sign, values in pairs if not sign or not key.strip() or not values.strip()]:
        raise SimError(f"--set {shown(bad[0])}: expected KEY=VALUES, like sites.kourou.horizon_deg=5,10,15")
    keys = [key.strip() for key, _, _ in pairs]
    if twice := [key for key in keys if keys.count(key) > 1]:
        raise SimError(f"--set {twice[0]} is given twice")
    return dict(zip(keys, (values.strip() for _, _, values in pairs), strict=True))


def values_of(value: Any, folder: Path = Path(), *, bound: bool = False) -> Values | Draw:
    """What is said of one key: a list is a list; a text is read as on the command line; anything else is one value.

    folder : that a file of values (`@file`) is looked for in; bound: whether it must lie there

    Raises `ValueError` and `DataError`.
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
    """Which share each sample draws from, of one variable of a Latin hypercube."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1, samples, number)))
    return rng.permutation(samples)


def shares(sample: int, count: int, samples: int, seed: int, method: Method) -> list[float]:
    """What one sample draws for so many variables: each 0 < u < 1, from the seed and the sample's number alone."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0, sample)))
    drawn = np.maximum(rng.random(count), 2.0**-54)
    if method == "latin":
        drawn = (np.array([_order(samples, seed, number)[sample] for number in range(count)]) + drawn) / samples
    return [float(u) for u in drawn]


class _Falling(ValueError):
    """A range whose second end is no higher than its first."""

    def __init__(self, text: str, low: float, high: float) -> None:
        super().__init__(f"expected a range that goes up, got {shown(text)}")
        self.low, self.high = low, high


def _dates(first: float, last: float, shares: Iterable[float]) -> list[str]:
    """Dates between two (TDB s) on UTC's calendar, whose days are all as long: to the microsecond, as texts.

    Spaced in TDB, midnights of UTC would be missed by up to 28 µs a day, and by a second after a leap second.
    """
    low, high = (int(each) for each in utc_datetime64([first, last]).astype(np.int64))
    micros = [low + round(share * (high - low)) for share in shares]
    texts = [f"{each}Z" for each in np.datetime_as_string(np.array(micros, dtype="datetime64[us]"))]
    return [text[:-8] + "Z" for text in texts] if all(text.endswith(".000000Z") for text in texts) else texts


def _steps(low: float, high: float, count: int) -> list[float]:
    """Evenly spaced numbers, without the last digits that come of adding in binary: 0.3, not 0.30000000000000004."""
    steps = [float(f"{x:.15g}") for x in np.linspace(low, high, count)]
    return [low, *steps[1:-1], high] if count > 1 else [low]


def _draw(kind: str, numbers: Sequence[Any], text: str) -> Values | Draw:
    instants = bool(numbers) and all(isinstance(each, dt.datetime) for each in numbers[:2])
    try:
        low, high = (float(tdb(each)) if instants else _number(each) for each in numbers[:2])
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
            f"got {shown(text)}, expected LOW:HIGH, uniform(low, high), loguniform(low, high), "
            "normal(mean, sigma) or grid(first, last, count)"
        ) from None
    if kind == "normal" and high <= 0:
        raise ValueError(f"expected a standard deviation above 0, got {high:g}")
    if kind != "normal" and high <= low:
        raise _Falling(text, low, high)
    if kind == "loguniform" and low <= 0:
        raise ValueError(f"expected a range above 0, got {shown(text)}")
    return Draw(kind, low, high, instants)  # type: ignore[arg-type]


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError
    return float(value)


def _toml(text: str) -> list[Any]:
    """Values with commas between them, as TOML writes them; a plain word needs no quotes."""
    try:
        found: list[Any] = tomllib.loads(f"v = [{text}]")["v"]
    except (tomllib.TOMLDecodeError, RecursionError):
        if any(mark in text for mark in "[]{}\"'\n"):
            raise ValueError(f"expected values with commas between them, got {shown(text)}") from None
        found = [_toml(word)[0] if _is_toml(word) else word.strip() for word in text.split(",")]
    if not found:
        raise ValueError("expected at least one value")
    return found


def _is_toml(word: str) -> bool:
    try:
        return len(tomllib.loads(f"v = [{word}]")["v"]) == 1
    except tomllib.TOMLDecodeError:
        return False


def _plain(value: Any) -> Any:
    """A value as a file would have it: models as tables, numpy's numbers as Python's, instants as text."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="python", exclude_none=True)
    if isinstance(value, np.datetime64) or hasattr(value, "jd1") or hasattr(value, "nanosecond"):
        return utc(instant(value), 6)  # also astropy's and pandas'
    return value.item() if isinstance(value, np.generic) else value


def flat(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Keys with dots, and what is said of them, of tables in tables."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def _parts(key: str) -> Iterator[tuple[bool, str]]:
    for bracket, name in re.findall(r"\[(\d+)\]|([A-Za-z0-9_-]+)", key):
        yield bool(bracket), bracket or name


def _file(text: str, folder: Path, bound: bool) -> Path:
    """The file that values come from. Raises `ValueError`."""
    if not bound:
        try:
            return folder / Path(text).expanduser()
        except RuntimeError:  # ~nobody
            return folder / text
    try:
        return inside(folder, text, folder)
    except OutsideError as error:
        raise OutsideError(f"{error}, or allow it with --allow-paths") from error


def _from_file(text: str, folder: Path, bound: bool) -> Values:
    """Values of a file: orbits of its element sets, or its lines."""
    from sim.trajectories.orbits.formats.omm import element_line, messages  # most scenarios have no such list

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
