"""What public functions may be given: asked at once, as their annotations say it, and refused with the rule in words.

An annotation is a class, a union, a sequence or a mapping of such; `Trajectory` is whatever has a place at every time.
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
    "Body": "a body, like sim.MOON",
    "Condition": "a condition: a scalar compared with a number, a hop, or several of them joined by & | ~",
    "Path": "the path of a file or folder, as text or a pathlib.Path",
    "Result": "a result, as sim.run returns it",
    "Scalar": "a scalar, like sim.range_km(site, target)",
    "Scenario": "a scenario: sim.Scenario(…), or sim.load(file)",
    "Site": "a site: sim.Site(…)",
    "Span": 'a span, like sim.Span("2019-01-03T00:00:00Z", days=1)',
    "Spacecraft": "a spacecraft: sim.Spacecraft(…)",
    "Trajectory": "a site, a body, or a spacecraft that has been moved: craft.over(span)",
    "Windows": "windows, as condition.windows(span) returns them",
    "str": "text",
}
"""How kinds of arguments read."""


_SIGNS = {"__and__": "&", "__rand__": "&", "__or__": "|", "__ror__": "|", "__sub__": "-", "__getitem__": "[…]"}


def typed(function: Callable[P, T]) -> Callable[P, T]:
    """A function whose arguments are what its annotations say. Raises `TypeError` before it begins."""
    signature = inspect.signature(function)

    @wraps(function)
    def asked(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            bound = signature.bind(*args, **kwargs).arguments
        except TypeError:
            return function(*args, **kwargs)  # which says it with its name
        for name, value in bound.items():
            kind = signature.parameters[name].kind
            values = value if kind is inspect.Parameter.VAR_POSITIONAL else (value,)
            if (hint := _hints(function).get(name)) is not None:
                for each in values:
                    given(each, hint, _SIGNS.get(function.__name__) or f"{function.__name__}, {name}")
        return function(*args, **kwargs)

    return asked


def given(value: Any, hint: Any, where: str) -> None:
    """Raises `TypeError` for a value that is none of a kind.

    hint : a type, as `typing` has them; where : what is asked for it, as a message begins
    """
    if not _is(value, hint):
        raise TypeError(f"{where}: expected {_told(hint)}, got {_shown(value)}{_cure(value, hint)}")


@cache
def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    hints = get_type_hints(function)
    hints.pop("return", None)
    return hints


def _is(value: Any, hint: Any) -> bool:
    """Whether a value is of a kind; of containers each element is asked, of what can be read once only, none."""
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


def _is_series(value: Any, origin: type, inner: Any) -> bool:
    single = isinstance(value, (str, bytes, Mapping)) or hasattr(type(value), "model_fields")  # a declaration's fields
    if single or not isinstance(value, Iterable):
        return False
    if isinstance(value, Sequence | np.ndarray | Set):
        return all(_is(each, inner) for each in (value.tolist() if isinstance(value, np.ndarray) else value))
    return origin is Iterable and isinstance(value, Iterator | MappingView)  # read only once: by whoever asked for it


def _is_one(value: Any, kind: Any) -> bool:
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
    return isinstance(value, kind)


_MOVES = ("name", "ephemeris", "position_from", "pace_s", "over")
"""What makes a trajectory."""


def _told(hint: Any) -> str:
    """A kind in words."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        names = [getattr(each, "__name__", "") for each in inner]
        both = ("str", "Path") if "Path" in names else ("Phased", "Site")  # of which one word says enough
        kinds = [each for each, name in zip(inner, names, strict=True) if name != both[0] or both[1] not in names]
        return " or ".join(_told(each) for each in kinds)
    if hint is NoneType:
        return "None"
    if origin is Literal:
        return " or ".join(map(repr, inner))
    if origin is Callable:
        return "a function"
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return f"a table (dict) of {_told(inner[1])} by {_told(inner[0])}"
    if origin is tuple and Ellipsis not in inner:
        return f"a pair (tuple) of {_told(inner[0])}" if len(set(inner)) == 1 and len(inner) == 2 else f"a {hint}"
    if isinstance(origin, type) and issubclass(origin, Iterable):
        return f"a list of {_told(inner[0])}" if inner else "a list"
    words = {bool: "True or False", int: "a whole number", float: "a number"}
    return words.get(hint) or EXPECTED.get(getattr(hint, "__name__", ""), getattr(hint, "__name__", str(hint)))


def _shown(value: Any) -> str:
    if isinstance(value, type):
        return f"the class {value.__name__}"
    text = repr(value).split("\n")[0]
    plain = isinstance(value, (str, bytes, int, float, NoneType)) or text.startswith(("<", f"{type(value).__name__}("))
    told = text if len(text) <= 80 else f"{text[:77]}…"
    return told if plain else f"{type(value).__name__} {told}"


def _cure(value: Any, hint: Any) -> str:
    """What to do about a mistake that is often made."""
    named = {getattr(each, "__name__", "") for each in (get_args(hint) or (hint,))}
    if named & {"Trajectory", "Site"} and hasattr(value, "orbit") and hasattr(value, "over"):
        return f". Move it first: {value.name}.over(span)"
    if "Site" in named and _is_one(value, _Anything):  # swapped ends
        return ". The site comes first, then what it sees"
    return ""


class Joinable:
    """What `&` and `|` join with its own kind alone."""

    def __rand__(self, other: Any) -> Any:
        raise TypeError(f"&: expected {_told(_kind(self))}, got {_shown(other)}")

    def __ror__(self, other: Any) -> Any:
        raise TypeError(f"|: expected {_told(_kind(self))}, got {_shown(other)}")


def _kind(value: Joinable) -> type:
    """The class that said that its kind is joined."""
    return next(each for each in type(value).__mro__ if Joinable in each.__bases__)


class _Anything(Protocol):
    """Stands for a trajectory of any kind."""
