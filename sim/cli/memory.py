"""Too little memory, in whatever words a system and its libraries say so. Nothing here needs more of it."""

from __future__ import annotations

import errno
from collections.abc import Iterator

LEAST_MB = 512
"""Address space without which not even the libraries can be loaded: they take some 400 MB, mostly unused."""

TOLD = "there is not enough memory. Choose a shorter span, fewer hops or a coarser grid"
_WORDS = ("failed to map segment", "cannot allocate memory", "unable to allocate", "memory allocation", "bad_alloc")
"""How loaders of libraries, and the libraries, say that there is none."""


def require_enough() -> None:
    """Whether this process may take as much as it needs to begin. Raises `SimError`."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY and limit < LEAST_MB << 20:
        from sim.core.errors import SimError

        raise SimError(
            f"this process may take {limit >> 20} MB of address space; expected at least {LEAST_MB} MB, with which the "
            "libraries can be loaded. Raise the limit (ulimit -v)"
        )


def is_short(error: BaseException) -> bool:
    """Whether an error, or what it came of, is one of too little memory."""
    return any(_is_short(each) for each in behind(error))


def behind(error: BaseException) -> Iterator[BaseException]:
    """An error and all that it came of."""
    known: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in known:
        known.add(id(found))
        yield found
        found = found.__cause__ or found.__context__


def _is_short(error: BaseException) -> bool:
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
        return True
    return isinstance(error, ImportError | OSError) and any(words in str(error).lower() for words in _WORDS)
