"""The command `sim`. Each verb parses its arguments, calls the library and prints; nothing is computed here."""

from __future__ import annotations

import gc
import os
import sys
from functools import cache
from typing import TYPE_CHECKING, Any, TextIO, cast

from sim.cli import memory

if TYPE_CHECKING:
    from typer.core import TyperGroup

_ESCAPED = {
    code: f"\\u{code:04x}"
    for code in (*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
    if chr(code) not in "\n\t"
} | {0xDC00 + byte: f"\\x{byte:02x}" for byte in range(0x80, 0x100)}
"""Terminal control characters and marks that reverse the reading direction, each with its printable escape.

Bytes of file names that are not UTF-8, which Python keeps as surrogates, are escaped as well."""


_GARBAGE = (100_000, 20, 20)
"""Thresholds of Python's search for garbage: modules and models are many objects that stay, which it would look through
again and again while they are loaded."""


class _SafeStream:
    """A text stream that escapes control characters, so that no file can control the terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text, and return the number of its characters."""
        self._stream.write(text.translate(_ESCAPED))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def main() -> None:
    """Run the command. An error that a user can fix is printed, and the exit code is 1."""
    try:
        _run()
    except KeyboardInterrupt:  # may also come while modules are imported
        sys.exit(130)


def _run() -> None:
    gc.set_threshold(*_GARBAGE)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # matrices are small: more threads are slower
    os.environ["MPLBACKEND"] = "agg"  # pictures go to files; the user's setting may need a screen, or be invalid
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the caller: `sim … >&-`
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115  stays open until the program ends
    for stream in (sys.stdout, sys.stderr):  # the same bytes on every machine, whatever its locale
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.stdout, sys.stderr = _SafeStream(sys.stdout), _SafeStream(sys.stderr)
    debug = "--debug" in sys.argv
    if debug:
        sys.argv.remove("--debug")
    try:
        memory.require_enough()
        verb = _verbs()
        if "_SIM_COMPLETE" in os.environ:  # a shell asks what comes next
            verb.main(prog_name="sim")
        with verb.make_context("sim", sys.argv[1:]) as context:
            verb.invoke(context)
        sys.stdout.flush()
        sys.exit(0)
    except BrokenPipeError:  # `sim … | head` stops reading early
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        if debug:
            raise
        sys.exit(_report(error))


@cache
def _verbs() -> TyperGroup:
    """All verbs with their options, read from their functions once in a process: that takes as long as a check."""
    from typer.main import get_command

    from sim.cli.verbs import app

    return cast("TyperGroup", get_command(app))


def _report(error: Exception) -> int:
    """Print an error that a user can fix and return the exit code; raise any other error again."""
    from sim.core.errors import ScenarioError, SimError

    if memory.is_short(error):
        print(memory.MESSAGE, file=sys.stderr)
    elif isinstance(error, SimError):
        print(error, file=sys.stderr)
        if isinstance(error, ScenarioError):
            from sim.cli.source_lines import shown_lines

            for line in shown_lines(error):
                print(line, file=sys.stderr)
    elif isinstance(error, OSError):
        from sim.core.regular_files import explained

        print(explained(error), file=sys.stderr)
    elif hasattr(error, "exit_code"):  # typer ends a command by exceptions of private classes
        if hasattr(error, "show"):  # an error in the command line
            error.show()
        return int(error.exit_code)
    elif any(isinstance(each, KeyboardInterrupt) for each in memory.causes(error)):  # some modules wrap it
        return 130
    else:
        raise error
    return 1
