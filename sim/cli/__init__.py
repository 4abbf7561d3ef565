"""The command `sim`: verbs that parse, call the library and print. No numerics here."""

from __future__ import annotations

import os
import sys
from typing import Any

_SHOWN = {
    code: f"\\u{code:04x}"
    for code in (*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
    if chr(code) not in "\n\t"
}
"""What commands a terminal, or turns the direction of what is read: it is shown, and not done."""


class _Plain:
    """A stream that only says what can be read, whatever is in the files that it tells of."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """All of a text; returns the number of its characters."""
        self._stream.write(text.translate(_SHOWN))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def main() -> None:
    """Run the command; whatever a user can fix ends with its message and exit code 1."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # products of small matrices: more threads only cost
    from typer.main import get_command

    from sim.cli.verbs import app
    from sim.core.errors import SimError

    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed before it began: `sim … >&-`
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115  it lives as long as the program
    for stream in (sys.stdout, sys.stderr):  # the same bytes on every machine, whatever its locale calls text
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.stdout, sys.stderr = _Plain(sys.stdout), _Plain(sys.stderr)
    debug = "--debug" in sys.argv
    if debug:
        sys.argv.remove("--debug")
    try:
        verb = get_command(app)
        with verb.make_context("sim", sys.argv[1:]) as context:
            verb.invoke(context)
        sys.stdout.flush()
        sys.exit(0)
    except BrokenPipeError:  # `sim … | head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)
    except (SimError, OSError) as error:
        if debug:
            raise
        from sim.core.regular_files import explained

        print(error if isinstance(error, SimError) else explained(error), file=sys.stderr)
        sys.exit(1)
    except MemoryError:
        if debug:
            raise
        print("there is not enough memory. Choose a shorter span, fewer hops or a coarser grid", file=sys.stderr)
        sys.exit(1)
    except Exception as error:  # how typer ends a command: classes that it keeps to itself
        if not hasattr(error, "exit_code"):
            raise
        if hasattr(error, "show"):  # a wrong command
            error.show()
        sys.exit(error.exit_code)
