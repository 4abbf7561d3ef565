"""Progress on stderr: a spinner on a terminal, lines of text elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Report on stderr what is being done: a spinner on a terminal, elsewhere a line per step."""
    if not sys.stderr.isatty():
        yield lambda text: print(f"{text} …", file=sys.stderr)
        return
    from rich.console import Console
    from rich.text import Text

    with Console(file=sys.__stderr__).status("starting") as status:

        def tell(text: str) -> None:
            status.update(Text(f"{text} …"))  # as plain text: a file name may look like markup

        yield tell
