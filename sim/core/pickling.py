"""Scalars and conditions that can be pickled and copied: by the call that made them, not by what they are made of.

That is functions within functions. They are made anew, where they are read, of the ends that they were made of.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce, wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Pickled:
    """Something that may know which call made it."""

    def __reduce_ex__(self, protocol: Any) -> Any:
        made = self.__dict__.get(_CALL)
        return super().__reduce_ex__(protocol) if made is None else (_called, made)


def picklable(make: Callable[P, T]) -> Callable[P, T]:
    """A function, of the top of a module or a class, whose results know the call that made them."""

    @wraps(make)
    def making(*args: P.args, **kwargs: P.kwargs) -> T:
        return pickled_by(make(*args, **kwargs), making, *args, **kwargs)

    return making


def pickled_by(found: T, function: Callable[..., Any], *args: Any, **kwargs: Any) -> T:
    """A scalar or condition, which is what a call gives."""
    if isinstance(found, Pickled):
        found.__dict__[_CALL] = (function, args, kwargs)
    return found


def joined(found: T, sign: Callable[[Any, Any], Any], *parts: Any) -> T:
    """A condition joined of others by an operator: however many there are, one call makes it again, and no nest."""
    operands: list[Any] = []
    for part in parts:
        function, args = (part.__dict__.get(_CALL) or (None, [None]))[:2]
        operands += args[1:] if function is _folded and args[0] is sign else [part]
    return pickled_by(found, _folded, sign, *operands)


def _folded(sign: Callable[[Any, Any], Any], *parts: Any) -> Any:
    return reduce(sign, parts)


def with_leaves(condition: T) -> T:
    """A condition whose call is known, with leaves of which it is known too: each is one of its own."""
    for index, leaf in enumerate(condition.leaves()):  # type: ignore[attr-defined]
        if leaf is not condition:
            pickled_by(leaf, _leaf, condition, index)
    return condition


def _leaf(condition: Any, index: int) -> Any:
    return condition.leaves()[index]


_CALL = "_pickled_by"


def _called(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return function(*args, **kwargs)
