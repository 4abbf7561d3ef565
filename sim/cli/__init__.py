"""The command `sim`: verbs that parse, call the library and print. No numerics here."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command; whatever a user can fix ends with its message and exit code 1."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # products of small matrices: more threads only cost
    from sim.cli.verbs import app
    from sim.errors import SimError

    debug = "--debug" in sys.argv
    if debug:
        sys.argv.remove("--debug")
    try:
        app()
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
