"""Functions of time that keep what they were last asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar, cast

import numpy as np

from sim.core.time import instants
from sim.core.values import TimeLike

Function = TypeVar("Function", bound=Callable[..., object])

_BATCHES = 8
_MOST = 1 << 14
"""Times in one batch: of more, the values would fill the memory that they save time with."""


def recent(function: Function) -> Function:
    """Return a function that keeps its values at the last batches of times; they can only be read.

    For motions of nature, which many lines of sight ask at the same times. The last argument is the times (…); those
    before it, if any, are hashable.

    Examples
    --------
    >>> @recent
    ... def square(t):
    ...     return t * t
    >>> square(np.array([2.0, 3.0])) is square(np.array([2.0, 3.0]))
    True
    """

    @lru_cache(maxsize=_BATCHES)
    def kept(what: tuple[object, ...], times: bytes, shape: tuple[int, ...]) -> object:
        found = function(*what, np.frombuffer(times).reshape(shape))
        for values in found if isinstance(found, tuple) else (found,):
            values.flags.writeable = False
        return found

    @wraps(function)
    def asked(*given: object) -> object:
        *what, last = given
        t = instants(cast(TimeLike, last))
        return kept(tuple(what), t.tobytes(), t.shape) if t.size <= _MOST else function(*what, t)

    return cast(Function, asked)
