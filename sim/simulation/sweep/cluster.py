"""Computes cases on many processes with Dask: on this machine, or on the workers of a Dask scheduler.

Each worker receives the plan once and reads ephemerides and gravity fields itself. Then chunk numbers are sent, and
results come back. If a worker dies, Dask gives its chunk to another one. A case that kills every worker that tries it
is recorded as failed, and the others continue.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import logging
import multiprocessing
import signal
import socket
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.metadata import version

import dask
from distributed import Client, Future, KilledWorker, LocalCluster, Worker, WorkerPlugin, wait
from distributed.comm.addressing import parse_address, parse_host_port
from distributed.comm.core import connect
from distributed.comm.registry import backends
from distributed.security import Security
from distributed.system import MEMORY_LIMIT

from sim.core.errors import SimError
from sim.core.regular_files import reason
from sim.core.text import shown
from sim.simulation.sweep.cases import Done, Memory, chunk_done
from sim.simulation.sweep.plan import Chunk, Plan

AHEAD = 2
"""Number of chunks submitted per worker thread: enough to keep it busy, few enough to hold in memory."""
LOST_S = 5.0
"""A connection to a scheduler that is down for longer is lost (s)."""
ANSWERED_S = 5.0
"""Timeout for the first answer of a scheduler (s)."""
FETCHED_S = 10.0
"""Timeout for fetching the results of a chunk, a few MB, from a worker (s)."""
WORKERS_S = 60.0
"""Timeout for the first worker to connect (s)."""

_OWN_CORES = {
    "distributed.scheduler.worker-saturation": 1.0,
    "distributed.worker.daemon": True,
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "5s",
    "distributed.scheduler.work-stealing": False,
    "distributed.scheduler.active-memory-manager.start": False,
    "distributed.nanny.pre-spawn-environ": {f"{each}_NUM_THREADS": 1 for each in ("OMP", "MKL", "OPENBLAS")},
}
"""Settings of Dask on this machine. Its defaults cost 9 % of the workers' time for profiling them 100 times per second
and for managing results that are never left on them, and 13 % for returning every 64 KiB of free memory at once."""

_HERE: dict[str, tuple[Plan, Memory]] = {}


class Carrier(WorkerPlugin):
    """Sends a plan to every worker, including workers that connect later."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.sha256, self.version = plan, plan.sha256, version("farside-sim")

    def setup(self, worker: Worker) -> None:
        """Keep the plan on a worker, with an empty cache."""
        _HERE.setdefault(self.sha256, (self.plan, Memory()))

    def teardown(self, worker: Worker) -> None:
        """Remove the plan and its cache from a worker."""
        _HERE.pop(self.sha256, None)


def work(sha256: str, expected: str, chunk: Chunk) -> Done:
    """Compute a chunk on a worker."""
    if (mine := version("farside-sim")) != expected:
        raise SimError(f"a worker has farside-sim {mine}, but the sweep uses {expected}. Install the same version")
    plan, memory = _HERE[sha256]
    return chunk_done(plan, chunk, memory)


def must_be_guarded() -> None:
    """Raise `SimError` in a worker process that runs the main script again because it has no main guard."""
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        raise SimError(_UNGUARDED)


@contextmanager
def local(jobs: int) -> Iterator[Client]:
    """Start worker processes on this machine, one core each."""
    with dask.config.set(_OWN_CORES), ExitStack() as open_:
        with _workers_ignoring_interrupts():
            try:
                cluster = open_.enter_context(LocalCluster(
                    n_workers=jobs, threads_per_worker=1, processes=True, host="127.0.0.1", silence_logs=50,
                    dashboard_address="127.0.0.1:0", memory_limit=int(0.9 * MEMORY_LIMIT / jobs),
                ))  # fmt: skip
            except RuntimeError as error:
                raise SimError(f"the worker processes did not start: {error} {_UNGUARDED}") from error
        yield open_.enter_context(Client(cluster, set_as_default=False))


@contextmanager
def _workers_ignoring_interrupts() -> Iterator[None]:
    """Processes started inside ignore Ctrl-C, which a terminal sends to all of them: the main process stops them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def remote(address: str) -> Iterator[Client]:
    """Connect to a running scheduler. Raises `SimError` if it does not answer or has no workers."""
    _expect_scheduler(address)
    with _quiet():
        try:
            client = Client(address, set_as_default=False, timeout=ANSWERED_S)
        except (OSError, TimeoutError, ValueError) as error:
            raise SimError(_no_answer(address, reason(error))) from error
    try:
        client.wait_for_workers(1, timeout=WORKERS_S)
    except TimeoutError:
        client.close()
        raise SimError(
            f"the scheduler at {address} has no workers. Start some with `dask worker {address} --nthreads 1`"
        ) from None
    with _quiet():
        try:
            yield client
        finally:
            client.close(timeout=2)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence Dask's log: a lost connection is reported once, as an error."""
    loggers = [logging.getLogger(name) for name in ("distributed", "distributed.client", "distributed.utils")]
    before = [(logger, logger.level) for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in before:
            logger.setLevel(level)


def _expect_scheduler(address: str) -> None:
    """Raise `SimError` if an address is invalid or no scheduler answers there.

    A `Client` would retry for long, and wait forever for a server that accepts connections but never answers.
    """
    try:
        scheme, place = parse_address(address)
        host, port = parse_host_port(place)
    except (TypeError, ValueError, AttributeError):
        scheme, host, port = "", "", 0
    if scheme not in backends or not host or not 0 < port < 1 << 16:
        raise SimError(f"--scheduler: expected the address of a Dask scheduler, tcp://HOST:8786, got {shown(address)}")
    if scheme == "inproc":
        return
    try:
        socket.create_connection((host, port), timeout=ANSWERED_S).close()
    except OSError as error:
        raise SimError(_no_answer(address, reason(error))) from error
    try:
        with concurrent.futures.ThreadPoolExecutor(1) as apart:  # in a notebook, this thread already runs a loop
            kind = apart.submit(asyncio.run, _kind(address)).result()
    except Exception as error:  # answers of other servers raise many kinds of errors in Dask
        why = "the server does not answer" if isinstance(error, TimeoutError) else "the server is not a Dask server"
        raise SimError(_no_answer(address, why)) from error
    if kind != "Scheduler":
        raise SimError(_no_answer(address, f"the server is a Dask {shown(kind)}"))


async def _kind(address: str) -> str:
    """The kind of a Dask server: Scheduler or Worker. Raises `TimeoutError` if it does not answer."""

    async def identity() -> object:
        comm = await connect(address, timeout=ANSWERED_S, **Security().get_connection_args("client"))
        try:
            await comm.write({"op": "identity", "reply": True})
            return await comm.read()
        finally:
            comm.abort()

    answer = await asyncio.wait_for(identity(), ANSWERED_S)
    return str(answer.get("type")) if isinstance(answer, dict) else ""


def done_on(
    client: Client, plan: Plan, todo: Iterable[Chunk], say: Callable[[str], None]
) -> Generator[Done, None, None]:
    """Yield the results of chunks in the order in which they finish. Raises `SimError` if the scheduler is lost."""
    carrier = Carrier(plan)
    client.register_plugin(carrier, name=f"sim-{carrier.sha256}")
    pending: dict[Future, Chunk] = {}
    deadly: list[Chunk] = []
    chunks = iter(todo)

    def submit(chunk: Chunk) -> Future:
        return client.submit(work, carrier.sha256, carrier.version, chunk, pure=False)

    try:
        while True:
            room = AHEAD * max(1, sum(client.nthreads().values())) - len(pending)
            for _, chunk in zip(range(room), chunks, strict=False):
                pending[submit(chunk)] = chunk
            if not pending:
                break
            for future in _some(client, list(pending), say):
                found = _fetched(future)
                if found is None:
                    continue
                chunk = pending.pop(future)
                if isinstance(found, KilledWorker):
                    deadly.append(chunk)
                else:
                    yield found
                future.release()
        for chunk in deadly:
            say(f"chunk {chunk.number} crashed its workers: computing its cases one by one")
            cases = range(chunk.first, chunk.last)
            yield Done.joined(chunk, [_alone(client, submit, chunk, case, say) for case in cases])
    except (KeyboardInterrupt, GeneratorExit):
        with contextlib.suppress(Exception):
            client.cancel(list(pending), force=True)
        raise
    except (concurrent.futures.CancelledError, asyncio.CancelledError, OSError) as error:  # OSError: connection lost
        raise SimError(_GONE) from error
    finally:
        with contextlib.suppress(Exception):  # the scheduler may be gone
            client.unregister_worker_plugin(f"sim-{carrier.sha256}")


def _some(client: Client, pending: list[Future], say: Callable[[str], None]) -> list[Future]:
    """Wait until some futures are done, and return these. Raises `SimError` if the scheduler is lost."""
    while True:
        with contextlib.suppress(TimeoutError), client.as_current():
            wait(pending, timeout=1.0, return_when="FIRST_COMPLETED")
        since = time.monotonic()
        while client.status != "running":
            if client.status == "closed" or time.monotonic() - since > LOST_S:
                raise SimError(_GONE)
            time.sleep(0.1)
        if any(future.status == "cancelled" for future in pending):
            raise SimError(_GONE)
        if found := [future for future in pending if future.done()]:
            return found
        if not client.nthreads():
            say("no workers are connected: waiting")


def _fetched(future: Future) -> Done | KilledWorker | None:
    """The result of a finished future; None if its worker has died since, and Dask computes it again."""
    try:
        error = future.exception(FETCHED_S)
        if error is None:
            done: Done = future.result(FETCHED_S)
            return done
    except TimeoutError:
        return None
    if isinstance(error, KilledWorker):
        return error
    raise error


def _alone(
    client: Client, submit: Callable[[Chunk], Future], chunk: Chunk, case: int, say: Callable[[str], None]
) -> Done:
    """Compute one case of a chunk that has crashed workers."""
    only = Chunk(chunk.number, case, case + 1)
    future = submit(only)
    found = None
    while found is None:
        _some(client, [future], say)
        found = _fetched(future)
    if isinstance(found, KilledWorker):
        return Done(only, failed={case: "every worker that computed it died: crashed, killed or out of memory"})
    return found


_UNGUARDED = (
    "Each worker process imports the main script: put the code that starts the sweep under "
    "`if __name__ == '__main__':`"
)
_GONE = "the connection to the Dask scheduler is lost"


def _no_answer(address: str, why: str) -> str:
    return f"no Dask scheduler at {address}: {why}. Start one with `dask scheduler`, or correct --scheduler"
