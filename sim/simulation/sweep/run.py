"""Runs a sweep: from its plan to its tables, in this process, in several, or on a cluster."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from sim.core.arguments import typed
from sim.core.errors import DataError, SimError
from sim.core.regular_files import is_own
from sim.core.text import shown
from sim.scenario.scenario import Scenario
from sim.scenario.sweep_table import Answer, Method
from sim.simulation.sweep.budget import affordable
from sim.simulation.sweep.cases import Done, Memory, chunk_done
from sim.simulation.sweep.folder import ABOUT, UNFINISHED, claimed, read_about
from sim.simulation.sweep.parts import plan_of
from sim.simulation.sweep.plan import Chunk, Plan, plan
from sim.simulation.sweep.store import Store, need_arrow

if TYPE_CHECKING:
    import pandas as pd

Tell = Callable[[int, int, str], None]
"""Reports progress: number of finished cases, number of all cases, and a few words about the step."""


@dataclass(frozen=True)
class Swept:
    """The result of a sweep.

    Attributes
    ----------
    folder
        Folder of the tables and pictures.
    complete
        Whether all cases are in the tables.
    cases, done, failed
        Number of all cases, of those that were computed, and of those that failed.
    plan_sha256
        Hash of everything that determines the cases; it is part of every table.
    """

    folder: Path
    complete: bool
    cases: int
    done: int
    failed: int
    plan_sha256: str = ""

    def windows(self) -> pd.DataFrame:
        """All windows of routes: one row per window, with the inputs of its case.

        Times are UTC; durations are in seconds.
        """
        return self._frame("windows")

    def routes(self) -> pd.DataFrame:
        """Totals of routes: one row per case and route, with the inputs of the case.

        A case that failed has one row with its error.
        """
        return self._frame("cases")

    def files(self) -> list[Path]:
        """The files that were written."""
        about = read_about(self.folder) or {"files": {}}
        return [self.folder / name for name in sorted([ABOUT, *about["files"]]) if is_own(self.folder / name)]

    def _frame(self, name: str) -> pd.DataFrame:
        import pandas as pd

        path = self.folder / f"{name}{'' if self.complete else UNFINISHED}.parquet"
        if not is_own(path) or plan_of(path) != self.plan_sha256:
            raise DataError(f"{path} no longer belongs to this sweep. Run the sweep again, or into another folder")
        return pd.read_parquet(path)

    def __repr__(self) -> str:
        failed = f", {self.failed:,} failed" if self.failed else ""
        word = "case" if self.cases == 1 else "cases"
        done = f"{self.cases:,} {word}" if self.complete else f"incomplete, {self.done:,} of {self.cases:,} {word} done"
        return f"<sweep in {self.folder}: {done}{failed}>"


@typed
def sweep(
    scenario: Scenario | str | Path,
    vary: Mapping[str, object] | None = None,
    folder: str | Path = "sweep",
    *,
    samples: int | None = None,
    seed: int | None = None,
    method: Method | None = None,
    draw: str | Iterable[str] | None = None,
    shift: Mapping[str, Sequence[str]] | None = None,
    answers: Sequence[Answer] | None = None,
    jobs: int = 1,
    scheduler: str | None = None,
    resume: bool = False,
    allow_paths: bool = False,
    tell: Tell = lambda done, of, text: None,
) -> Swept:
    """Run a scenario many times with varied inputs.

    Parameters
    ----------
    scenario
        A scenario, or its file. Its [sweep] table supplies what is not given here.
    vary
        Values by key, as in a [sweep] table or after `--set`: a list, or text like `"5, 10, 15"`, `"0:1"` (uniform),
        `"normal(13000, 50)"`, `"grid(5, 15, 3)"` or `"@elements.tle"` (values of a file).
    folder
        Folder for tables and pictures. Only files that an earlier sweep wrote are ever overwritten.
    samples
        Number of random samples of ranges and distributions; every combination of listed values is used with each.
    seed
        Seed of the samples.
    method
        `random` (Monte Carlo) or `latin` (Latin hypercube).
    draw
        Errors to draw from their normal distributions: names of ends, `UT1`, or `all` (docs/uncertainty.md).
    shift
        Keys that a variable moves together: `{"slip_days": ["start", "spacecraft.x.orbit.epoch"]}`, with the values of
        `slip_days` in `vary`.
    answers
        What the tables have rows of: `routes`, `hops`, the contacts of all `stations` or `spacecraft`, or the `plan`.
    jobs
        Number of processes on this machine.
    scheduler
        Address of a Dask scheduler to use instead, like `tcp://HOST:8786`.
    resume
        Whether to continue the same sweep from the finished cases in the folder.
    allow_paths
        Whether the scenario and its [sweep] table may name files outside the scenario's folder.
    tell
        Called with the number of finished cases, the number of all cases, and a few words about the step.

    Returns
    -------
    Swept
        The folder, and its tables as pandas frames.

    Raises
    ------
    SimError
        If something is wrong with what varies, the scenario or the folder; before any case is computed.
    KeyboardInterrupt
        After storing the finished cases.

    Notes
    -----
    The same seed gives the same tables bit for bit, whatever the number of processes. A case that fails is recorded
    with its error.

    Examples
    --------
    >>> import sim
    >>> swept = sim.sweep("lander.toml", {"sites.kourou.horizon_deg": [5, 10, 15]}, "out")  # doctest: +SKIP
    >>> swept.routes()[["sites.kourou.horizon_deg", "share"]]  # doctest: +SKIP
    """
    need_arrow()
    _may_start(jobs, scheduler)
    made = plan(
        scenario, vary, samples=samples, seed=seed, method=method, draw=draw, shift=shift, answers=answers,
        allow_paths=allow_paths,
    )  # fmt: skip
    jobs = min(jobs, made.chunks)
    estimated = affordable(made, None if scheduler else jobs, Path(folder))
    store = Store(Path(folder), made)
    with claimed(store.folder) as new:
        ready = store.look(resume)
        if ready is not None:
            tell(0, made.count, f"estimated: {estimated}")
            _computed(store, ready, new, jobs, scheduler, tell)
    return _swept(store)


def _computed(store: Store, ready: set[int], new: Path, jobs: int, scheduler: str | None, tell: Tell) -> None:
    """Compute the missing chunks, store them, and join all that are done, also after an error or interrupt."""
    made, done, begun, ended = store.plan, set(ready), False, False
    cases = sum(made.chunk_at(number).last - made.chunk_at(number).first for number in ready)
    todo = (made.chunk_at(number) for number in range(made.chunks) if number not in ready)
    jobs = min(jobs, max(1, made.chunks - len(ready)))  # at most one per chunk
    try:
        with _engine(made, jobs, scheduler, lambda n, text: tell(cases + n, made.count, text)) as compute:
            store.begin()  # only after the workers have started
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
        kept = f"{cases:,} of {made.count:,} cases are done and kept in {store.folder}. Continue with --resume"
        raise SimError(f"{error}. {kept}" if cases else str(error)) from error
    finally:
        if begun and (done or ended):
            tell(cases, made.count, "joining tables and drawing pictures")
            store.end(done)
        elif begun:
            store.undo()


def _swept(store: Store) -> Swept:
    about = read_about(store.folder) or {}
    return Swept(store.folder, about["complete"], about["cases"], about["cases_done"], about["cases_failed"],
                 about["plan_sha256"])  # fmt: skip


def _may_start(jobs: int, scheduler: str | None) -> None:
    """Raise `SimError` if the processes cannot be started, or if the pictures could not be drawn at the end."""
    if isinstance(jobs, bool) or not isinstance(jobs, int) or jobs < 1:
        raise SimError(f"--jobs: expected a whole number from 1, got {shown(jobs)}")
    try:
        import matplotlib  # noqa: F401
    except ValueError as error:  # reported before anything is computed
        raise SimError(f"pictures cannot be drawn: {error}. Leave MPLBACKEND unset") from error
    if scheduler is None and jobs == 1:
        return
    if find_spec("distributed") is None:
        raise SimError('several processes need Dask, which is not installed: pip install "farside-sim[dask]"')
    from sim.simulation.sweep import cluster

    if scheduler is None:
        cluster.must_be_guarded()


Compute = Callable[[Iterator[Chunk]], Generator[Done, None, None]]


@contextmanager
def _engine(made: Plan, jobs: int, scheduler: str | None, say: Callable[[int, str], None]) -> Iterator[Compute]:
    """What computes chunks: this process, worker processes of this machine, or the workers of a scheduler."""
    if scheduler is None and jobs == 1:
        yield lambda todo: _here(made, todo, say)
        return
    from sim.simulation.sweep import cluster

    say(0, "starting worker processes" if scheduler is None else f"connecting to {scheduler}")
    with cluster.local(jobs) if scheduler is None else cluster.remote(scheduler) as client:
        yield lambda todo: cluster.done_on(client, made, todo, lambda text: say(0, text))


def _here(made: Plan, todo: Iterator[Chunk], say: Callable[[int, str], None]) -> Generator[Done, None, None]:
    memory = Memory()
    for chunk in todo:
        counted = itertools.count(1)
        yield chunk_done(made, chunk, memory, lambda case, n=counted: say(next(n), "computing"))  # type: ignore[misc]
