"""The command `sim`: verbs that parse, call the library and print. No numerics here."""

from __future__ import annotations

import os
import sys
from typing import Any

from sim.cli import memory

_SHOWN = {
    code: f"\\u{code:04x}"
    for code in (*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
    if chr(code) not in "\n\t"
} | {0xDC00 + byte: f"\\x{byte:02x}" for byte in range(0x80, 0x100)}
"""What commands a terminal, or turns the direction of what is read: it is shown, and not done.

So are bytes in names of files that are no UTF-8, which Python keeps as surrogates."""


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
    try:
        _run()
    except KeyboardInterrupt:  # also while modules are imported
        sys.exit(130)


def _run() -> None:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # products of small matrices: more threads only cost
    os.environ["MPLBACKEND"] = "agg"  # pictures go to files; what is set may be a screen's, or a name that is none
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
        memory.require_enough()
        from typer.main import get_command

        from sim.cli.verbs import app

        verb = get_command(app)
        with verb.make_context("sim", sys.argv[1:]) as context:
            verb.invoke(context)
        sys.stdout.flush()
        sys.exit(0)
    except BrokenPipeError:  # `sim … | head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        if debug:
            raise
        sys.exit(_told(error))


def _told(error: Exception) -> int:
    """Says what a user can do about an error, and returns the exit code. Raises the error where it is a mistake."""
    from sim.core.errors import SimError

    if memory.is_short(error):
        print(memory.TOLD, file=sys.stderr)
    elif isinstance(error, SimError):
        print(error, file=sys.stderr)
    elif isinstance(error, OSError):
        from sim.core.regular_files import explained

        print(explained(error), file=sys.stderr)
    elif hasattr(error, "exit_code"):  # how typer ends a command: classes that it keeps to itself
        if hasattr(error, "show"):  # a wrong command
            error.show()
        return int(error.exit_code)
    elif any(isinstance(each, KeyboardInterrupt) for each in memory.behind(error)):  # some modules make it another
        return 130
    else:
        raise error
    return 1
