"""SPICE in a separate process, so that a damaged file cannot end this one.

SPICE does not check its files: some damaged ones end its process, others make it read outside its memory.
`python -m` this module runs that process: it answers lines of JSON, each followed by numbers, until its input ends.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from types import ModuleType

import erfa
import numpy as np
from numpy.typing import NDArray

from sim.core.errors import DataError
from sim.core.time import DAY_S, J2000_JD
from sim.data.resources import package_folder

Array = NDArray[np.float64]

ANSWER_S = 60.0
"""Timeout. SPICE needs microseconds for a state."""

_lock = threading.Lock()
_workers: dict[int, subprocess.Popen[bytes]] = {}  # by the process that asks: a fork must not share its parent's


def spiceypy(what: str = "this") -> ModuleType:
    """Import SpiceyPy, an optional dependency. Raises `DataError` if it is not installed."""
    try:
        import spiceypy as spice
    except ImportError as error:
        raise DataError(f'{what} needs SpiceyPy: pip install "farside-sim[spice]"') from error
    return spice


def states(file: str, times: Sequence[float], integers: Sequence[int], t: Array) -> Array:
    """Evaluate a segment of an SPK file with SPICE: states (n, 6) in km and km/s at TDB seconds (n,).

    times, integers : the summary of the segment, as in the file

    Raises `DataError` if SPICE cannot read it, or its process ends.
    """
    request = {"file": file, "times": list(times), "integers": [int(i) for i in integers], "count": len(t)}
    with _lock:
        worker = _worker()
        assert worker.stdin is not None and worker.stdout is not None
        alarm = threading.Timer(ANSWER_S, worker.kill)
        alarm.start()
        try:
            worker.stdin.write(json.dumps(request).encode() + b"\n" + np.asarray(t, dtype=float).tobytes())
            worker.stdin.flush()
            said = worker.stdout.readline()
            answer = json.loads(said) if said.endswith(b"\n") else None
            numbers = worker.stdout.read(48 * len(t)) if answer == {} else b""
        except (OSError, ValueError):
            answer = None
        finally:
            alarm.cancel()
        if answer is None or (not answer and len(numbers) != 48 * len(t)):
            _stop()
            raise DataError(f"{file} is damaged: SPICE stops at body {integers[0]}. Download it again")
    if answer:
        raise DataError(f"{file}: SPICE cannot read body {integers[0]}: {answer['error']}")
    return np.frombuffer(numbers).reshape(len(t), 6)


def lend_leap_seconds(spice: ModuleType) -> None:
    """Give SPICE the leap seconds, which it needs to evaluate element sets."""
    steps = erfa.leap_seconds.get()
    steps = steps[steps["year"] >= 1972]
    days = [float(erfa.cal2jd(int(row["year"]), int(row["month"]), 1)[1]) + 2400000.5 - J2000_JD for row in steps]
    pairs = [value for row, day in zip(steps, days, strict=True) for value in (float(row["tai_utc"]), day * DAY_S)]
    # Source: NAIF naif0012.tls; leap seconds from ERFA.
    constants = {"DELTA_T_A": [32.184], "K": [1.657e-3], "EB": [1.671e-2], "M": [6.239996, 1.99096871e-7]}
    for name, values in {**constants, "DELTA_AT": pairs}.items():
        spice.pdpool(f"DELTET/{name}", values)


def _worker() -> subprocess.Popen[bytes]:
    """The process that runs SPICE; started again if it has ended."""
    worker = _workers.get(os.getpid())
    if worker is None or worker.poll() is not None:
        if not _workers:
            atexit.register(_stop)
        _workers.clear()
        package = str(package_folder().parent)
        path = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))
        worker = subprocess.Popen(
            [sys.executable, "-P", "-m", "sim.trajectories.orbits.formats.spice_process"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path},
        )  # fmt: skip
        _workers[os.getpid()] = worker
    return worker


def _stop() -> None:
    worker = _workers.pop(os.getpid(), None)
    if worker is not None:
        worker.kill()
        worker.wait()
        for pipe in (worker.stdin, worker.stdout):
            with suppress(OSError):  # it has ended with something unread
                if pipe is not None:
                    pipe.close()


def _main() -> None:
    """Answer until the input ends."""
    spice = spiceypy()
    lend_leap_seconds(spice)
    source, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what SPICE itself prints is no answer
    while line := source.readline():
        asked = json.loads(line)
        t = np.frombuffer(source.read(8 * asked["count"])).tolist()
        try:
            found = _evaluated(spice, asked["file"], asked["times"], asked["integers"], t)
        except spice.utils.exceptions.SpiceyError as error:
            answers.write(json.dumps({"error": _short(error)}).encode() + b"\n")
        else:
            answers.write(b"{}\n" + found.tobytes())
        answers.flush()


def _evaluated(spice: ModuleType, file: str, times: list[float], integers: list[int], t: list[float]) -> Array:
    packed = np.array(spice.dafps(2, 6, times, integers))[:5]
    handle = spice.dafopr(file)
    try:
        return np.array([spice.spkpvn(handle, packed, each)[1] for each in t])
    finally:
        spice.dafcls(handle)


def _short(error: Exception) -> str:
    return str(getattr(error, "long", "") or getattr(error, "short", "") or error).split("\n")[0].strip()


if __name__ == "__main__":
    _main()
