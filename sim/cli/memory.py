"""Recognizes errors of too little memory, whichever way the system and its libraries report them."""

from __future__ import annotations

import errno
from collections.abc import Iterator

LEAST_MB = 512
"""Least address space with which the libraries can be loaded: they map about 400 MB, most of it unused."""

MESSAGE = "there is not enough memory. Choose a shorter span, fewer hops or a coarser grid"
_WORDS = ("failed to map segment", "cannot allocate memory", "unable to allocate", "memory allocation", "bad_alloc")
"""Parts of the messages with which the dynamic loader and the libraries report too little memory."""


def require_enough() -> None:
    """Raise `SimError` if the limit on this process's address space is too low to load the libraries."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY and limit < LEAST_MB << 20:
        from sim.core.errors import SimError

        raise SimError(
            f"the limit on address space is {limit >> 20} MB; loading the libraries takes at least {LEAST_MB} MB. "
            "Raise the limit (ulimit -v)"
        )


def is_short(error: BaseException) -> bool:
    """Whether an error, or one of its causes, reports too little memory."""
    return any(_is_short(each) for each in causes(error))


def causes(error: BaseException) -> Iterator[BaseException]:
    """An error and the errors that caused it."""
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        yield found
        found = found.__cause__ or found.__context__


def _is_short(error: BaseException) -> bool:
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
        return True
    return isinstance(error, ImportError | OSError) and any(words in str(error).lower() for words in _WORDS)
