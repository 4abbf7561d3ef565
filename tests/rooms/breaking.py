"""A module broken while all others are whole, and whether a test notices."""

import contextlib
import gc
import importlib
import os
import signal
import sys
from types import FunctionType

import pytest

NOTICED, MISSED, NO_SUCH_TEST = 0, 1, 2
LONGEST_S = 60
"""What waits for something that is broken may wait for ever: that shows nothing."""


def noticed(module, test):
    """NOTICED if the test fails in a process of its own in which every function of the module raises."""
    importlib.import_module(module)
    sys.stdout.flush()
    child = os.fork()
    if not child:
        outcome = MISSED
        os.setsid()  # some tests end whole groups of processes
        signal.alarm(LONGEST_S)
        with contextlib.suppress(BaseException):
            outcome = _tried(module, test)
        os._exit(outcome)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _tried(module, test):
    silent = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(silent, stream)
    spoil(sys.modules[module])
    reading = _Reading()
    ended = pytest.main(["-x", "-p", "no:cacheprovider", test], plugins=[reading])
    if ended == pytest.ExitCode.TESTS_FAILED or reading.failed:
        return NOTICED
    return MISSED if ended == pytest.ExitCode.OK else NO_SUCH_TEST


class _Reading:
    """A plugin of pytest: whether a file fails as it is read. Pytest then says that its tests are not there."""

    failed = False

    def pytest_collectreport(self, report):
        self.failed = self.failed or report.failed


def spoil(module):
    """Every function whose globals are the module's raises; constants that others imported from it are None there.

    What a package passes on from its modules raises where it is asked for by the package's name, as tests do.
    """
    own = vars(module)
    functions = [each for each in gc.get_objects() if isinstance(each, FunctionType) and each.__globals__ is own]
    compiled = [each for each in gc.get_objects() if _from(getattr(type(each), "__module__", ""), each, own)]
    for each in functions:
        each.__code__ = _raising(each.__code__.co_freevars)
    constants = [value for name, value in own.items() if not name.startswith("__") and _constant(value)]
    for other in [each for name, each in sys.modules.items() if name.startswith("sim")]:
        for name, value in list(vars(other).items()):
            if any(value is each for each in compiled):
                setattr(other, name, _raising_function())
            elif other is not module and any(value is each for each in constants):
                setattr(other, name, None)
    for name, value in list(own.items()):
        if any(value is each for each in constants):
            setattr(module, name, None)
    for name in own.get("__all__", ()) if "__path__" in own else ():  # what a package passes on
        setattr(module, name, _raising_function())


def _from(kind, each, own):
    """Compiled by Numba from a function of the module."""
    if not isinstance(kind, str) or not kind.startswith("numba.core.registry"):
        return False
    return getattr(getattr(each, "py_func", None), "__globals__", None) is own


def _constant(value):
    return isinstance(value, (float, str, tuple, dict, frozenset)) or (
        isinstance(value, int) and not isinstance(value, bool) and abs(value) > 256
    )


def _raising_function(free=()):
    lines = ["def outer():", *(f" {name} = None" for name in free), " def broken(*args, **named):",
             "  raise RuntimeError('broken on purpose')", f"  return ({''.join(f'{name}, ' for name in free)})",
             " return broken"]  # fmt: skip
    made = {}
    exec("\n".join(lines), made)
    return made["outer"]()


def _raising(free):
    return _raising_function(free).__code__
