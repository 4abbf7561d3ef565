"""The command `sim`: in this process, or in one of its own where clocks, homes, limits or pipes are what is tested."""

import io
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from unittest.mock import patch

CODE = "from sim.cli import main; main()"


def sim_here(*words):
    """Run the command in this process; returns how it ended, with its standard output and error as text.

    A new process costs a second of imports and a tenth of that of work.
    """
    from sim.cli import main

    out, err, words = io.StringIO(), io.StringIO(), [*map(str, words)]
    with redirect_stdout(out), redirect_stderr(err), patch.object(sys, "argv", ["sim", *words]):
        try:
            main()
        except SystemExit as end:
            return subprocess.CompletedProcess(words, int(end.code or 0), out.getvalue(), err.getvalue())
    raise AssertionError("the command did not end by sys.exit")


def sim_apart(*words, before="", text=True, **options):
    """The same in a process of its own, after some code; further options are those of subprocess.run."""
    code = f"{before}\n{CODE}"
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, words)], capture_output=True, text=text, timeout=300, **options
    )
