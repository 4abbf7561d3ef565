"""The command `sim`: verbs that parse, call the library and print. No numerics here."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command; whatever a user can fix ends with its message and exit code 1."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # products of small matrices: more threads only cost
    from sim.cli.verbs import app
    from sim.errors import SimError

    for stream in (sys.stdout, sys.stderr):  # the same bytes on every machine, whatever its locale calls text
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    debug = "--debug" in sys.argv
    if debug:
        sys.argv.remove("--debug")
    try:
        code = app(standalone_mode=False)
        sys.stdout.flush()
        sys.exit(code or 0)
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
    except Exception as error:
        if not hasattr(error, "show") or not hasattr(error, "exit_code"):
            raise
        error.show()  # a wrong command; typer's own class, which it keeps to itself
        sys.exit(error.exit_code)
