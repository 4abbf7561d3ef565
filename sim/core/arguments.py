"""Checks of the arguments of public functions against their annotations, with messages for users.

Annotations may be classes, unions, sequences and mappings of these. `Trajectory` is anything with the members of a
trajectory.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, MappingView, Sequence, Set
from functools import cache, wraps
from numbers import Real
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, ParamSpec, Protocol, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

P = ParamSpec("P")
T = TypeVar("T")

EXPECTED = {
    "Body": "a body, such as sim.MOON",
    "Condition": "a condition: a scalar compared with a number, a hop, or conditions combined with & | ~",
    "Path": "the path of a file or folder, as text or a pathlib.Path",
    "Result": "a result, as sim.run returns it",
    "Scalar": "a scalar, such as sim.range_km(site, target)",
    "Scenario": "a scenario: sim.Scenario(…), or sim.load(file)",
    "Site": "a site: sim.Site(…)",
    "Span": 'a span, such as sim.Span("2019-01-03T00:00:00Z", days=1)',
    "Spacecraft": "a spacecraft: sim.Spacecraft(…)",
    "Trajectory": "a trajectory: a site, a body, or an orbit over a span (craft.over(span))",
    "Windows": "windows, as condition.windows(span) returns them",
    "str": "text",
}
"""Names of types in messages."""


_SIGNS = {"__and__": "&", "__rand__": "&", "__or__": "|", "__ror__": "|", "__sub__": "-", "__getitem__": "[…]"}


def typed(function: Callable[P, T]) -> Callable[P, T]:
    """Decorate a function so that it checks its arguments against its annotations. A mismatch raises `TypeError`."""
    signature = inspect.signature(function)
    parameters = tuple(signature.parameters.values())
    plain = all(each.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD for each in parameters)
    fewest = sum(each.default is inspect.Parameter.empty for each in parameters)
    names = tuple(signature.parameters)

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> T:
        bound: Mapping[str, object]
        if plain and not kwargs and fewest <= len(args) <= len(names):  # by far the most: `bind` would take longer
            bound = dict(zip(names, args, strict=False))
        else:
            try:
                bound = signature.bind(*args, **kwargs).arguments
            except TypeError:
                return function(*args, **kwargs)  # raises the usual TypeError, with the function's name
        hints = _hints(function)
        for name, value in bound.items():
            if (hint := hints.get(name)) is None or type(value) is hint:
                continue
            kind = signature.parameters[name].kind
            for each in value if kind is inspect.Parameter.VAR_POSITIONAL else (value,):  # type: ignore[union-attr]
                given(each, hint, _SIGNS.get(function.__name__) or f"{function.__name__}, {name}")
        return function(*args, **kwargs)

    return checked


def given(value: object, hint: object, where: str) -> None:
    """Check a value against a type hint. Raises `TypeError`, with a message that begins with `where`."""
    if not _is(value, hint):
        raise TypeError(f"{where}: expected {_in_words(hint)}, got {_shown(value)}{_cure(value, hint)}")


@cache
def _hints(function: Callable[..., object]) -> dict[str, object]:
    hints = get_type_hints(function)
    hints.pop("return", None)
    return hints


def _is(value: object, hint: object) -> bool:
    """Whether a value has a type. Elements of containers are checked, those of iterators are not."""
    if type(value) is hint:  # by far the most
        return True
    origin, inner = get_origin(hint), get_args(hint)
    if hint is Any or isinstance(hint, TypeVar):
        return True
    if origin in (Union, UnionType):
        return any(_is(value, each) for each in inner)
    if origin is Literal:
        return isinstance(value, tuple({type(each) for each in inner})) and not isinstance(value, bool)
    if origin is Callable:
        return callable(value)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return isinstance(value, Mapping) and all(_is(k, inner[0]) and _is(v, inner[1]) for k, v in value.items())
    if origin is tuple and Ellipsis not in inner:
        return isinstance(value, tuple) and len(value) == len(inner) and all(map(_is, value, inner))
    if isinstance(origin, type) and issubclass(origin, Iterable):
        return _is_series(value, origin, inner[0] if inner else Any)
    return _is_one(value, hint)


def _is_series(value: object, origin: type, inner: object) -> bool:
    single = isinstance(value, (str, bytes, Mapping)) or hasattr(type(value), "model_fields")
    if single or not isinstance(value, Iterable):
        return False
    if isinstance(value, Sequence | np.ndarray | Set):
        return all(_is(each, inner) for each in (value.tolist() if isinstance(value, np.ndarray) else value))
    return origin is Iterable and isinstance(value, Iterator | MappingView)  # can be read only once


def _is_one(value: object, kind: object) -> bool:
    if kind is bool:
        return isinstance(value, bool | np.bool_)
    if kind is int:
        return isinstance(value, int | np.integer) and not isinstance(value, bool)
    if kind is float:
        plain = getattr(value, "value", value) if hasattr(value, "to_value") else value  # of a quantity
        return isinstance(plain, Real) and not isinstance(plain, bool | np.bool_ | np.timedelta64)
    if kind is Path:
        return isinstance(value, (str, os.PathLike)) and isinstance(os.fspath(value), str)
    if getattr(kind, "_is_protocol", False):
        return not isinstance(value, type) and all(hasattr(value, name) for name in _MOVES)
    return isinstance(kind, type) and isinstance(value, kind)


_MOVES = ("name", "ephemeris", "position_from", "pace_s", "over")
"""Members of a trajectory that are checked."""


def _in_words(hint: object) -> str:
    """Describe a type in words."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        names = [getattr(each, "__name__", "") for each in inner]
        both = ("str", "Path") if "Path" in names else ("Phased", "Site")  # drop the first of each pair
        kinds = [each for each, name in zip(inner, names, strict=True) if name != both[0] or both[1] not in names]
        return " or ".join(_in_words(each) for each in kinds)
    if hint is NoneType:
        return "None"
    if origin is Literal:
        return " or ".join(map(repr, inner))
    if origin is Callable:
        return "a function"
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return f"a table (dict) of {_in_words(inner[1])} by {_in_words(inner[0])}"
    if origin is tuple and Ellipsis not in inner:
        return f"a pair (tuple) of {_in_words(inner[0])}" if len(set(inner)) == 1 and len(inner) == 2 else f"a {hint}"
    if isinstance(origin, type) and issubclass(origin, Iterable):
        return f"a list of {_in_words(inner[0])}" if inner else "a list"
    words: dict[object, str] = {bool: "True or False", int: "a whole number", float: "a number"}
    return words.get(hint) or EXPECTED.get(getattr(hint, "__name__", ""), getattr(hint, "__name__", str(hint)))


def _shown(value: object) -> str:
    if isinstance(value, type):
        return f"the class {value.__name__}"
    text = repr(value).split("\n")[0]
    plain = isinstance(value, (str, bytes, int, float, NoneType)) or text.startswith(("<", f"{type(value).__name__}("))
    short = text if len(text) <= 80 else f"{text[:77]}…"
    return short if plain else f"{type(value).__name__} {short}"


def _cure(value: object, hint: object) -> str:
    """What to do about a common mistake."""
    named = {getattr(each, "__name__", "") for each in (get_args(hint) or (hint,))}
    if named & {"Trajectory", "Site"} and hasattr(value, "orbit") and hasattr(value, "over"):
        return f". Use {getattr(value, 'name', 'spacecraft')}.over(span)"
    if "Site" in named and _is_one(value, _Anything):  # arguments in the wrong order
        return ". Give the site first, then the target"
    return ""


class Joinable:
    """Base class whose `&` and `|` accept only objects of the same class."""

    def __rand__(self, other: object) -> Any:
        raise TypeError(f"&: expected {_in_words(_kind(self))}, got {_shown(other)}")

    def __ror__(self, other: object) -> Any:
        raise TypeError(f"|: expected {_in_words(_kind(self))}, got {_shown(other)}")


def _kind(value: Joinable) -> type:
    """The class that derives from `Joinable` directly."""
    return next(each for each in type(value).__mro__ if Joinable in each.__bases__)


class _Anything(Protocol):
    """Stands for a trajectory of any kind."""
