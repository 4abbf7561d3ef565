"""`sim sweep`: a scenario many times."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from sim.cli import outputs


def sweep(
    scenario: Annotated[Path, typer.Argument(help="scenario file (TOML)", show_default=False)],
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUES", help="5,10 · 10:16 · normal(13, 2) · grid(5, 15, 3) · @file.tle"),
    ] = None,
    draw: Annotated[
        list[str] | None,
        typer.Option("--draw", metavar="NAME", help="draw the errors of a site or spacecraft, UT1, or all"),
    ] = None,
    samples: Annotated[int | None, typer.Option("--samples", min=1, help="draws from ranges")] = None,
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="of the draws [default: 0]")] = None,
    method: Annotated[str | None, typer.Option("--method", help="random (Monte Carlo) or latin (hypercube)")] = None,
    output: Annotated[Path | None, outputs.option("folder [default: out/NAME-sweep]")] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="processes of this machine")] = 1,
    scheduler: Annotated[str | None, typer.Option("--scheduler", help="a Dask scheduler: tcp://HOST:8786")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="go on where the folder's sweep stopped")] = False,
    allow_paths: Annotated[bool, typer.Option("--allow-paths", help="let it name files outside its folder")] = False,
) -> None:
    """Run a scenario many times with other values, on one core or a cluster, and write tables and pictures."""
    from sim.core.errors import SimError
    from sim.scenario import sweep_table
    from sim.simulation.sweep import run

    if method not in (None, "random", "latin"):
        raise SimError(f"--method: expected random or latin, got {method!r}")
    folder = outputs.as_text(output or Path("out") / f"{scenario.stem}-sweep")
    with progress() as tell:
        try:
            swept = run.sweep(
                scenario, sweep_table.assignments(set_ or ()), folder, samples=samples, seed=seed, method=method,  # type: ignore[arg-type]
                draw=draw or None, jobs=jobs, scheduler=scheduler, resume=resume, allow_paths=allow_paths, tell=tell,
            )  # fmt: skip
        except KeyboardInterrupt:
            print(f"stopped. What is done is kept in {folder}; go on with --resume", file=sys.stderr)
            raise typer.Exit(130) from None
    print(f"{repr(swept).strip('<>')}{'; see failed.csv' if swept.failed else ''}", file=sys.stderr)
    for path in swept.files():
        print(path)


@contextmanager
def progress() -> Iterator[Callable[[int, int, str], None]]:
    """Says on stderr how many cases are done: on a terminal a bar with rate and time left, elsewhere lines."""
    from time import monotonic

    if not sys.stderr.isatty():
        told: dict[str, Any] = {"at": 0.0, "text": ""}

        def line(done: int, of: int, text: str) -> None:
            if text != told["text"] or monotonic() - told["at"] > 10.0:
                told.update(at=monotonic(), text=text)
                print(f"{text}: {done:,} of {of:,} cases", file=sys.stderr)

        yield line
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"), TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(file=sys.__stderr__), speed_estimate_period=300.0) as bar:
        task = bar.add_task("starting", total=None, rate="")

        def tell(done: int, of: int, text: str) -> None:
            speed = bar.tasks[0].speed
            rate = "" if not speed else f"{speed:.3g}/s" if speed >= 1 else f"{1 / speed:.3g} s a case"
            bar.update(task, completed=done, total=of, description=text, rate=rate)

        yield tell
