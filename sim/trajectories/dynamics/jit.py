"""Compiled once and kept beside the source or in the user's cache; compiled anew where neither can be written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """A decorator: compiled by Numba, kept for the next process where there is a folder for it, else for this one."""

    def compile_(function: Callable[..., Any]) -> Any:
        try:
            return njit(cache=True, nogil=True, **options)(function)
        except RuntimeError:  # numba has no place to keep it: a read-only installation, and no home
            return njit(nogil=True, **options)(function)

    return compile_
