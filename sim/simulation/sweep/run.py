"""A sweep from its plan to its tables: on one process, on several of this machine, or on a cluster."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sim.core.arguments import typed
from sim.core.errors import DataError, SimError
from sim.core.regular_files import is_own
from sim.core.text import shown
from sim.scenario.scenario import Scenario
from sim.scenario.sweep_table import Method
from sim.simulation.sweep.budget import affordable
from sim.simulation.sweep.cases import Done, Memory, chunk_done
from sim.simulation.sweep.folder import ABOUT, UNFINISHED, claimed, read_about
from sim.simulation.sweep.parts import plan_of
from sim.simulation.sweep.plan import Chunk, Plan, plan
from sim.simulation.sweep.store import Store, need_arrow

Tell = Callable[[int, int, str], None]
"""Told how many cases are done, of how many, and what is being done, in a few words."""


@dataclass(frozen=True)
class Swept:
    """A sweep that has ended: its folder, and whether all cases are in it.

    cases, failed : how many there are, and how many of those that were tried failed
    plan_sha256   : the hash of all that makes the cases, which stands in every table
    """

    folder: Path
    complete: bool
    cases: int
    done: int
    failed: int
    plan_sha256: str = ""

    def windows(self) -> Any:
        """A pandas frame: one row a window, with what varies."""
        return self._frame("windows")

    def routes(self) -> Any:
        """A pandas frame: one row a case and route, with what varies; of a case that failed one row with its error."""
        return self._frame("cases")

    def files(self) -> list[Path]:
        """All that was written."""
        about = read_about(self.folder) or {"files": {}}
        return [self.folder / name for name in sorted([ABOUT, *about["files"]]) if is_own(self.folder / name)]

    def _frame(self, name: str) -> Any:
        import pandas as pd

        path = self.folder / f"{name}{'' if self.complete else UNFINISHED}.parquet"
        if not is_own(path) or plan_of(path) != self.plan_sha256:
            raise DataError(f"{path} is not of this sweep any more. Sweep again, or into another folder")
        return pd.read_parquet(path)

    def __repr__(self) -> str:
        failed = f", {self.failed:,} failed" if self.failed else ""
        done = f"{self.cases:,} cases" if self.complete else f"{self.done:,} of {self.cases:,} cases: incomplete"
        return f"<sweep in {self.folder}: {done}{failed}>"


@typed
def sweep(
    scenario: Scenario | str | Path,
    vary: Mapping[str, Any] | None = None,
    folder: str | Path = "sweep",
    *,
    samples: int | None = None,
    seed: int | None = None,
    method: Method | None = None,
    draw: str | Iterable[str] | None = None,
    jobs: int = 1,
    scheduler: str | None = None,
    resume: bool = False,
    allow_paths: bool = False,
    tell: Tell = lambda done, of, text: None,
) -> Swept:
    """A scenario many times, with other values in some of its fields.

    scenario  : or its file, whose [sweep] table says what is not said here
    vary      : key → values, as a scenario file or `--set` says them: "sites.kourou.horizon_deg": [5, 10, 15] or
                "5,10,15"; "spacecraft.x.orbit.phase": "0:1"; "normal(13000, 50)"; "@elements.tle"
    folder    : for the tables and pictures: only a sweep's own files are ever written over there, as its record lists
                them, and a second sweep into it is refused
    samples   : draws from ranges; with `seed`, and by `method`: random or latin
    draw      : whose errors are drawn besides, with all that uncertainty.md lists: names of ends, UT1, or "all"
    jobs      : processes of this machine; scheduler: the address of a Dask scheduler instead
    resume    : go on with what the folder keeps of the same sweep
    allow_paths : let the scenario, and what its [sweep] table says, name files outside its folder

    The same seed gives the same tables, bit for bit, whatever the number of workers. A case that fails is kept with its
    error. Raises `SimError` for what no case could be made of, `KeyboardInterrupt` after keeping what is done.
    """
    need_arrow()
    _may_start(jobs, scheduler)
    made = plan(scenario, vary, samples=samples, seed=seed, method=method, draw=draw, allow_paths=allow_paths)
    jobs = min(jobs, made.chunks)
    told = affordable(made, None if scheduler else jobs, Path(folder))
    store = Store(Path(folder), made)
    with claimed(store.folder) as new:
        ready = store.look(resume)
        if ready is not None:
            tell(0, made.count, str(told))
            _computed(store, ready, new, jobs, scheduler, tell)
    return _swept(store)


def _computed(store: Store, ready: set[int], new: Path, jobs: int, scheduler: str | None, tell: Tell) -> None:
    """Compute what is not ready, keep it, and join what there is, also where something goes wrong on the way."""
    made, done, begun, ended = store.plan, set(ready), False, False
    cases = sum(made.chunk_at(number).last - made.chunk_at(number).first for number in ready)
    todo = (made.chunk_at(number) for number in range(made.chunks) if number not in ready)
    jobs = min(jobs, max(1, made.chunks - len(ready)))  # no more than have something to do
    try:
        with _engine(made, jobs, scheduler, lambda n, text: tell(cases + n, made.count, text)) as compute:
            store.begin()  # not before there is somebody who computes
            begun = True
            tell(cases, made.count, "computing")
            with closing(compute(todo)) as found:
                for each in found:
                    store.keep(each, new)
                    done.add(each.chunk.number)
                    cases += each.chunk.last - each.chunk.first
                    tell(cases, made.count, "computing")
        ended = True
    except SimError as error:
        kept = f"{cases:,} of {made.count:,} cases are kept in {store.folder}: go on with --resume"
        raise SimError(f"{error}. {kept}" if cases else str(error)) from error
    finally:
        if begun and (done or ended):
            tell(cases, made.count, "joining tables and drawing")
            store.end(done)
        elif begun:
            store.undo()


def _swept(store: Store) -> Swept:
    about = read_about(store.folder) or {}
    return Swept(store.folder, about["complete"], about["cases"], about["cases_done"], about["cases_failed"],
                 about["plan_sha256"])  # fmt: skip


def _may_start(jobs: int, scheduler: str | None) -> None:
    """Raises `SimError` where so many processes cannot be had, or no pictures be drawn at the end."""
    if isinstance(jobs, bool) or not isinstance(jobs, int) or jobs < 1:
        raise SimError(f"--jobs: expected a whole number from 1, got {shown(jobs)}")
    try:
        import matplotlib  # noqa: F401
    except ValueError as error:  # told now, and not when all is computed
        raise SimError(f"pictures cannot be drawn: {error}. Leave MPLBACKEND unset") from error
    if scheduler is None and jobs == 1:
        return
    if find_spec("distributed") is None:
        raise SimError('many processes need Dask, which is not installed: pip install "farside-sim[dask]"')
    from sim.simulation.sweep import cluster

    if scheduler is None:
        cluster.must_be_guarded()


Compute = Callable[[Iterator[Chunk]], Generator[Done, None, None]]


@contextmanager
def _engine(made: Plan, jobs: int, scheduler: str | None, say: Callable[[int, str], None]) -> Iterator[Compute]:
    """Whoever computes chunks: this process, others of this machine, or a scheduler's workers."""
    if scheduler is None and jobs == 1:
        yield lambda todo: _here(made, todo, say)
        return
    from sim.simulation.sweep import cluster

    say(0, "starting workers" if scheduler is None else f"looking for workers at {scheduler}")
    with cluster.local(jobs) if scheduler is None else cluster.remote(scheduler) as client:
        yield lambda todo: cluster.done_on(client, made, todo, lambda text: say(0, text))


def _here(made: Plan, todo: Iterator[Chunk], say: Callable[[int, str], None]) -> Generator[Done, None, None]:
    memory = Memory()
    for chunk in todo:
        counted = itertools.count(1)
        yield chunk_done(made, chunk, memory, lambda case, n=counted: say(next(n), "computing"))  # type: ignore[misc]
