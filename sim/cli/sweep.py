"""`sim sweep`: run a scenario many times with varied inputs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from sim.cli import outputs
from sim.cli.inputs import Fresh

if TYPE_CHECKING:
    from sim.scenario.sweep_table import Answer, Method


def sweep(
    scenario: Annotated[Path, typer.Argument(help="scenario file (TOML)", show_default=False)],
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUES",
            help="values of one key, like sites.x.horizon_deg=5,10; 10:16, normal(13, 2), grid(5, 15, 3) or @file.tle",
        ),
    ] = None,
    draw: Annotated[
        list[str] | None,
        typer.Option("--draw", metavar="NAME", help="draw the errors of one site or spacecraft, of UT1, or all"),
    ] = None,
    shift: Annotated[
        list[str] | None,
        typer.Option("--shift", metavar="NAME=KEYS", help="keys that a variable moves together: slip_days=start,end"),
    ] = None,
    answer: Annotated[
        list[str] | None,
        typer.Option("--answer", metavar="WHAT", help="rows of the tables: routes, hops, stations, spacecraft, plan"),
    ] = None,
    samples: Annotated[int | None, typer.Option("--samples", min=1, help="random samples per combination")] = None,
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="seed of the samples [default: 0]")] = None,
    method: Annotated[
        str | None, typer.Option("--method", help="random (Monte Carlo) or latin (Latin hypercube) [default: random]")
    ] = None,
    output: Annotated[Path | None, outputs.option("output folder [default: out/NAME-sweep]")] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="number of processes on this machine")] = 1,
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", help="address of a Dask scheduler, like tcp://HOST:8786")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="continue the sweep that was interrupted")] = False,
    allow_paths: Annotated[
        bool, typer.Option("--allow-paths", "--allow-path", help="allow files outside the scenario's folder")
    ] = False,
    fresh: Fresh = False,
) -> None:
    """Run a scenario many times with varied inputs.

    Cases run in this process, in several (--jobs) or on a cluster (--scheduler). Writes the windows and routes of
    every case as Parquet tables, with summaries and pictures. The same seed always gives the same tables.
    """
    from sim.core.errors import SimError
    from sim.simulation.sweep import run

    how: Method | None
    match method:
        case None | "random" | "latin":
            how = method
        case _:
            raise SimError(f"--method: expected random or latin, got {method!r}")
    folder = outputs.as_text(output or Path("out") / f"{scenario.stem}-sweep")
    with progress() as tell:
        try:
            swept = run.sweep(
                scenario, _assignments("--set", set_ or ()), folder, samples=samples, seed=seed, method=how,
                draw=draw or None, shift=_moves(shift or ()), answers=cast("list[Answer]", answer) or None,
                jobs=jobs, scheduler=scheduler, resume=resume, allow_paths=allow_paths, tell=tell,
            )  # fmt: skip
        except KeyboardInterrupt:
            print(f"stopped. Finished cases are kept in {folder}. Continue with --resume", file=sys.stderr)
            raise typer.Exit(130) from None
    print(f"{repr(swept).strip('<>')}{' (see failed.csv)' if swept.failed else ''}", file=sys.stderr)
    for path in swept.files():
        print(path)


def _assignments(option: str, texts: Iterable[str]) -> dict[str, str]:
    """The values of each KEY=VALUES of a command line. Raises `SimError`."""
    from sim.core.errors import SimError
    from sim.core.text import shown

    pairs = [text.partition("=") for text in texts]
    if bad := [key for key, sign, values in pairs if not sign or not key.strip() or not values.strip()]:
        like = "KEY=VALUES, like sites.kourou.horizon_deg=5,10,15" if option == "--set" else (
            "NAME=KEYS, like slip_days=start,spacecraft.x.orbit.epoch"
        )  # fmt: skip
        raise SimError(f"{option} {shown(bad[0])}: expected {like}")
    keys = [key.strip() for key, _, _ in pairs]
    if twice := [key for key in keys if keys.count(key) > 1]:
        raise SimError(f"{option} {twice[0]} is given twice")
    return dict(zip(keys, (values.strip() for _, _, values in pairs), strict=True))


def _moves(texts: Iterable[str]) -> dict[str, list[str]]:
    """The keys of each NAME=KEYS of a command line. Raises `SimError`."""
    return {name: [key.strip() for key in keys.split(",")] for name, keys in _assignments("--shift", texts).items()}


@contextmanager
def progress() -> Iterator[Callable[[int, int, str], None]]:
    """Report on stderr how many cases are done: a progress bar on a terminal, elsewhere lines of text."""
    from time import monotonic

    if not sys.stderr.isatty():
        last_time, last_text = 0.0, ""

        def line(done: int, of: int, text: str) -> None:
            nonlocal last_time, last_text
            if text != last_text or monotonic() - last_time > 10.0:
                last_time, last_text = monotonic(), text
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
            rate = "" if not speed else f"{speed:.3g} cases/s" if speed >= 1 else f"{1 / speed:.3g} s per case"
            bar.update(task, completed=done, total=of, description=text, rate=rate)

        yield tell
