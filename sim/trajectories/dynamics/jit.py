"""Compilation by Numba, cached beside the source or in the user's cache folder, or in memory if neither is writable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """A decorator that compiles with Numba and caches on disk for later processes if a cache folder is writable."""

    def compile_(function: Callable[..., Any]) -> Any:
        try:
            return njit(cache=True, nogil=True, **options)(function)
        except RuntimeError:  # numba has no writable cache folder: a read-only installation without a home folder
            return njit(nogil=True, **options)(function)

    return compile_
