"""A sweep from its plan to its tables: on one process, on several of this machine, or on a cluster."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sim.arguments import typed
from sim.errors import SimError
from sim.scenario import Scenario
from sim.sweeps import summary
from sim.sweeps.cases import Done, Memory, chunk_done
from sim.sweeps.plan import Chunk, Plan, plan
from sim.sweeps.store import Store, need_arrow, read_about
from sim.variables import Method

Tell = Callable[[int, int, str], None]
"""Told how many cases are done, of how many, and what is being done, in a few words."""


@dataclass(frozen=True)
class Swept:
    """A sweep that has ended: its folder, and whether all cases are in it.

    cases, failed : how many there are, and how many of those that were tried failed
    """

    folder: Path
    complete: bool
    cases: int
    done: int
    failed: int

    def windows(self) -> Any:
        """A pandas frame: one row a window, with what varies."""
        return self._frame("windows")

    def routes(self) -> Any:
        """A pandas frame: one row a case and route, with what varies; of a case that failed one row with its error."""
        return self._frame("cases")

    def files(self) -> list[Path]:
        """All that was written."""
        return sorted(path for path in self.folder.iterdir() if path.is_file())

    def _frame(self, name: str) -> Any:
        import pandas as pd

        whole = self.folder / f"{name}.parquet"
        return pd.read_parquet(whole if whole.is_file() else self.folder / f"{name}.incomplete.parquet")

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
    folder    : for the tables and pictures
    samples   : draws from ranges; with `seed`, and by `method`: random or latin
    draw      : whose errors are drawn besides, with all that uncertainty.md lists: names of ends, UT1, or "all"
    jobs      : processes of this machine; scheduler: the address of a Dask scheduler instead
    resume    : go on with what the folder keeps of the same sweep

    The same seed gives the same tables, bit for bit, whatever the number of workers. A case that fails is kept with its
    error. Raises `SimError` for what no case could be made of, `KeyboardInterrupt` after keeping what is done.
    """
    need_arrow()
    _may_start(jobs, scheduler)
    made = plan(scenario, vary, samples=samples, seed=seed, method=method, draw=draw, allow_paths=allow_paths)
    store = Store(Path(folder), made)
    ready = store.begin(resume)
    about = read_about(store.folder)
    if resume and about and about["complete"]:
        return _swept(store)
    cases = sum(made.chunk_at(number).last - made.chunk_at(number).first for number in ready)
    todo = (made.chunk_at(number) for number in range(made.chunks) if number not in ready)
    ended = False
    try:
        tell(cases, made.count, "computing")
        engine = _engine(made, todo, jobs, scheduler, lambda n, text: tell(cases + n, made.count, text))
        with closing(engine):
            for done in engine:
                store.keep(done)
                cases += done.chunk.last - done.chunk.first
                tell(cases, made.count, "computing")
        ended = True
    except SimError as error:
        kept = f"{cases:,} of {made.count:,} cases are kept in {store.folder}: go on with --resume"
        raise SimError(f"{error}. {kept}" if cases else str(error)) from error
    finally:
        if ended or store.finished():
            tell(cases, made.count, "joining tables")
            store.end()
            tell(cases, made.count, "drawing")
            summary.write(store)
    return _swept(store)


def _swept(store: Store) -> Swept:
    about = read_about(store.folder) or {}
    return Swept(store.folder, about["complete"], about["cases"], about["cases_done"], about["cases_failed"])


def _may_start(jobs: int, scheduler: str | None) -> None:
    """Raises `SimError` where so many processes cannot be had."""
    if jobs < 1:
        raise SimError(f"--jobs: expected at least 1, got {jobs}")
    if scheduler is None and jobs == 1:
        return
    if find_spec("distributed") is None:
        raise SimError('many processes need Dask, which is not installed: pip install "farside-sim[dask]"')
    from sim.sweeps import cluster

    if scheduler is None:
        cluster.must_be_guarded()


def _engine(
    made: Plan, todo: Iterator[Chunk], jobs: int, scheduler: str | None, say: Callable[[int, str], None]
) -> Generator[Done, None, None]:
    if scheduler is None and jobs == 1:
        memory = Memory()
        for chunk in todo:
            counted = itertools.count(1)
            yield chunk_done(made, chunk, memory, lambda case, n=counted: say(next(n), "computing"))  # type: ignore[misc]
        return
    from sim.sweeps import cluster

    say(0, "starting workers" if scheduler is None else f"looking for workers at {scheduler}")
    with cluster.local(jobs) if scheduler is None else cluster.remote(scheduler) as client:
        yield from cluster.done_on(client, made, todo, lambda text: say(0, text))
