"""Cases on many processes, by Dask: on this machine, or wherever a scheduler has its workers. The engine is Dask's.

A worker gets the plan once; its ephemerides and gravity fields it reads itself, once. Then numbers of chunks go out,
and what was found comes back. A worker that dies is survived: Dask gives its chunk to another. What kills every worker
that tries it is recorded as failed, and the others go on.
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
from typing import Any

import dask
from distributed import Client, Future, KilledWorker, LocalCluster, WorkerPlugin, wait
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
"""So many chunks a worker's thread are handed out at once: enough to keep it busy, and few enough to hold."""
LOST_S = 5.0
"""A scheduler that does not answer for so long is gone."""
ANSWERED_S = 5.0
"""A scheduler that is there answers in so long."""
FETCHED_S = 10.0
"""What a worker has found, some megabytes, comes in so long, or the worker is gone."""
WORKERS_S = 60.0
"""How long the first worker is waited for."""

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
"""Of Dask, on this machine's cores. By default it looks at what its workers do a hundred times a second, and keeps
order among results that nobody leaves there: 9 % of their time. And has them give back every 64 KiB of memory that
falls free, to get it again at once: 13 %, in the kernel."""

_HERE: dict[str, tuple[Plan, Memory]] = {}


class Carrier(WorkerPlugin):
    """Brings a plan to every worker, also to those that come later."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.sha256, self.version = plan, plan.sha256, version("farside-sim")

    def setup(self, worker: Any) -> None:
        """On arrival."""
        _HERE.setdefault(self.sha256, (self.plan, Memory()))

    def teardown(self, worker: Any) -> None:
        """At the end: what was remembered for the plan is forgotten."""
        _HERE.pop(self.sha256, None)


def work(sha256: str, expected: str, chunk: Chunk) -> Done:
    """A chunk on a worker."""
    if (mine := version("farside-sim")) != expected:
        raise SimError(f"a worker has farside-sim {mine}, the sweep is of {expected}. Install the same")
    plan, memory = _HERE[sha256]
    return chunk_done(plan, chunk, memory)


def must_be_guarded() -> None:
    """Raises `SimError` in a worker that starts by reading the script that starts it."""
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        raise SimError(_UNGUARDED)


@contextmanager
def local(jobs: int) -> Iterator[Client]:
    """So many worker processes on this machine, each with one core."""
    with dask.config.set(_OWN_CORES), ExitStack() as open_:
        with _workers_deaf_to_interrupts():
            try:
                cluster = open_.enter_context(LocalCluster(
                    n_workers=jobs, threads_per_worker=1, processes=True, host="127.0.0.1", silence_logs=50,
                    dashboard_address="127.0.0.1:0", memory_limit=int(0.9 * MEMORY_LIMIT / jobs),
                ))  # fmt: skip
            except RuntimeError as error:
                raise SimError(f"the workers did not start: {error} {_UNGUARDED}") from error
        yield open_.enter_context(Client(cluster, set_as_default=False))


@contextmanager
def _workers_deaf_to_interrupts() -> Iterator[None]:
    """Processes that start inside do not hear Ctrl-C, which a terminal sends to all: who started them ends them."""
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
    """The workers of a scheduler that runs already. Raises `SimError` if it does not answer or has no workers."""
    _expect_scheduler(address)
    with _quiet():
        try:
            client = Client(address, set_as_default=False, timeout=ANSWERED_S)
        except (OSError, TimeoutError, ValueError) as error:
            raise SimError(_NO_ANSWER.format(address, reason(error))) from error
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
    """What has to be said of a broken line is said once, by us."""
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
    """Raises `SimError` where an address is none, or no scheduler answers there: a `Client` would try for long, and
    wait without end for a server that takes the line and says nothing."""
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
        raise SimError(_NO_ANSWER.format(address, reason(error))) from error
    try:
        with concurrent.futures.ThreadPoolExecutor(1) as apart:  # a notebook's own thread has a loop that runs
            kind = apart.submit(asyncio.run, _kind(address)).result()
    except Exception as error:  # what any other server says, Dask stumbles over in many ways
        why = "nothing is said there" if isinstance(error, TimeoutError) else "what listens there is not Dask's"
        raise SimError(_NO_ANSWER.format(address, why)) from error
    if kind != "Scheduler":
        raise SimError(_NO_ANSWER.format(address, f"what listens there is a {shown(kind)}"))


async def _kind(address: str) -> str:
    """What a server of Dask's says that it is: Scheduler or Worker. Raises `TimeoutError` for what says nothing."""

    async def asked() -> Any:
        comm = await connect(address, timeout=ANSWERED_S, **Security().get_connection_args("client"))
        try:
            await comm.write({"op": "identity", "reply": True})
            return await comm.read()
        finally:
            comm.abort()

    answer = await asyncio.wait_for(asked(), ANSWERED_S)
    return str(answer.get("type")) if isinstance(answer, dict) else ""


def done_on(
    client: Client, plan: Plan, todo: Iterable[Chunk], say: Callable[[str], None]
) -> Generator[Done, None, None]:
    """Chunks as they are done, in whatever order. Raises `SimError` when the scheduler is gone."""
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
            say(f"chunk {chunk.number} has killed its workers: trying its cases one by one")
            cases = range(chunk.first, chunk.last)
            yield Done.joined(chunk, [_alone(client, submit, chunk, case, say) for case in cases])
    except (KeyboardInterrupt, GeneratorExit):
        with contextlib.suppress(Exception):
            client.cancel(list(pending), force=True)
        raise
    except (concurrent.futures.CancelledError, asyncio.CancelledError, OSError) as error:  # a broken line is an OSError
        raise SimError(_GONE) from error
    finally:
        with contextlib.suppress(Exception):  # whoever has gone has forgotten it anyway
            client.unregister_worker_plugin(f"sim-{carrier.sha256}")


def _some(client: Client, pending: list[Future], say: Callable[[str], None]) -> list[Future]:
    """Those of the pending futures that are done, when some are. Raises `SimError` when the scheduler is gone."""
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
            say("no workers are left: waiting for others")


def _fetched(future: Future) -> Done | KilledWorker | None:
    """What a future that was done has found; None where its worker has died since, and it is computed once more."""
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
    """One case of a chunk that has killed workers."""
    only = Chunk(chunk.number, case, case + 1)
    future = submit(only)
    found = None
    while found is None:
        _some(client, [future], say)
        found = _fetched(future)
    if isinstance(found, KilledWorker):
        return Done(only, failed={case: "every worker that tried it died: killed, crashed or out of memory"})
    return found


_UNGUARDED = (
    "A script that works with several processes is read by each of them: what it does must stand under "
    "`if __name__ == '__main__':`"
)
_NO_ANSWER = "no Dask scheduler answers at {}: {}. Start one with `dask scheduler`, or correct --scheduler"
_GONE = "the Dask scheduler is gone"
