"""Pickling and copying of scalars and conditions by the call that created them.

They contain nested functions, which cannot be pickled. The call is repeated when they are unpickled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce, wraps
from typing import Any, ParamSpec, Protocol, SupportsIndex, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
Operator = Callable[[Any, Any], object]
"""`&` or `|`."""


class HasLeaves(Protocol):
    """A condition, or anything else with leaves."""

    def leaves(self) -> Sequence[object]: ...


C = TypeVar("C", bound=HasLeaves)


class Pickled:
    """Base class of objects that may store the call that created them."""

    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[object, ...]:
        made = self.__dict__.get(_CALL)
        return super().__reduce_ex__(protocol) if made is None else (_called, made)


def picklable(make: Callable[P, T]) -> Callable[P, T]:
    """Decorate a function at module or class level: its results store the call that created them."""

    @wraps(make)
    def making(*args: P.args, **kwargs: P.kwargs) -> T:
        return pickled_by(make(*args, **kwargs), making, *args, **kwargs)

    return making


def pickled_by(found: T, function: Callable[..., object], *args: object, **kwargs: object) -> T:
    """Store in a scalar or condition the call that creates it."""
    if isinstance(found, Pickled):
        found.__dict__[_CALL] = (function, args, kwargs)
    return found


def joined(found: T, sign: Operator, *parts: object) -> T:
    """Store in a condition the operator and its operands: one call for any number of operands, not nested calls."""
    operands: list[object] = []
    for part in parts:
        function, args = (part.__dict__.get(_CALL) or (None, [None]))[:2]
        operands += args[1:] if function is _folded and args[0] is sign else [part]
    return pickled_by(found, _folded, sign, *operands)


def _folded(sign: Operator, *parts: object) -> object:
    return reduce(sign, parts)


def with_leaves(condition: C) -> C:
    """Store in each leaf of a condition that it is a leaf of this condition."""
    for index, leaf in enumerate(condition.leaves()):
        if leaf is not condition:
            pickled_by(leaf, _leaf, condition, index)
    return condition


def _leaf(condition: HasLeaves, index: int) -> object:
    return condition.leaves()[index]


_CALL = "_pickled_by"


def _called(function: Callable[..., object], args: tuple[object, ...], kwargs: dict[str, object]) -> object:
    return function(*args, **kwargs)
