"""The command `sim`: verbs that parse, call the library and print. No numerics here."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command; whatever a user can fix ends with its message and exit code 1."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # products of small matrices: more threads only cost
    from typer.main import get_command

    from sim.cli.verbs import app
    from sim.errors import SimError

    for stream in (sys.stdout, sys.stderr):  # the same bytes on every machine, whatever its locale calls text
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
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
        print(error, file=sys.stderr)
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
