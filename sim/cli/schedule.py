"""`sim schedule`: which antenna tracks which mission when, over the whole network."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.inputs import AllowPaths, Fresh, ScenarioFile, loaded_from
from sim.cli.progress import progress

if TYPE_CHECKING:
    from sim.planning.schedule.network import Network
    from sim.planning.schedule.request import Track


def schedule(
    scenario: ScenarioFile,
    seconds: Annotated[
        float | None,
        typer.Option("--seconds", help="search for so long [default: the product's iterations]", show_default=False),
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", help="of random choices [default: the product's]", show_default=False)
    ] = None,
    check: Annotated[
        Path | None,
        typer.Option("--check", help="do not schedule: check the tracks of this table (CSV)", show_default=False),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            "--against", help="change as little as possible of the tracks of this table (CSV)", show_default=False
        ),
    ] = None,
    why: Annotated[
        str | None, typer.Option("--why", help="explain one request that is not met", show_default=False)
    ] = None,
    format: Annotated[str, typer.Option("--format", help="csv (tracks), requests or json")] = "csv",
    allow_paths: AllowPaths = False,
    fresh: Fresh = False,
) -> None:
    """Print which antenna tracks which mission when, and what no schedule exceeds.

    The requests are those of the scenario, the rules those of its product `schedule`, or their defaults.

    Example: sim schedule week.toml --against out/schedule.csv
    """
    from sim.core.errors import SimError

    if format not in ("csv", "requests", "json"):
        raise SimError(f"--format: expected csv, requests or json, got {format!r}")
    if check is not None and (against is not None or why is not None):
        raise SimError("--check schedules nothing. Leave --against and --why out")
    if against is not None and seconds is not None:
        raise SimError("--against searches for as many iterations as the product says. Leave --seconds out")
    loaded = loaded_from(scenario, allow_paths)
    from sim.core.files import json_text
    from sim.planning.schedule.from_result import network_of_result
    from sim.planning.schedule.track_file import read_tracks
    from sim.products import schedule as products
    from sim.simulation import run

    if not loaded.requests:
        raise SimError(f"{scenario}: nothing is asked for. Add [missions.NAME], and [[requests]] with hours")
    run.must_ask(loaded)
    asked = next((each for each in loaded.products if isinstance(each, products.Schedule)), products.Schedule())
    asked = asked if seed is None else products.Schedule.model_validate({**asked.model_dump(), "seed": seed})
    old = () if against is None else read_tracks(against)
    given = () if check is None else read_tracks(check)
    with progress() as tell:
        result = run.run(loaded, tell)
        if check is not None:
            _check(network_of_result(result), given, check)
            return
        tell("scheduling")
        told: list[str] = []
        if against is None:
            found = asked.made(result, seconds)
        else:
            from sim.planning.schedule.admit import Effort
            from sim.planning.schedule.replan import LEAST_CHANGE, replan

            network = network_of_result(result)
            weights = asked.objective if asked.objective.change else LEAST_CHANGE
            again = replan(network, old, weights, effort=Effort(asked.iterations, asked.seed))
            found = products.Scheduled(network, again.schedule)
            told = [str(again.comparison), *(f"  {each}" for each in again.comparison.changed)]
            told += [f"no longer met: {', '.join(again.lost)}"] if again.lost else []
            told += [f"met now: {', '.join(again.won)}"] if again.won else []
    if why is not None:
        _explain(found.network, found.made.tracks, why)
        return
    texts = {"csv": products.tracks_csv, "requests": products.requests_csv}
    if format == "json":
        print(json_text(products.tree(result, found)), end="")
    else:
        print(texts[format](found), end="")
    print(*products.schedule_summary(found, against is None), sep="\n", file=sys.stderr)
    print(*told, sep="\n" if told else "", end="\n" if told else "", file=sys.stderr)


def _check(network: Network, tracks: Sequence[Track], path: Path) -> None:
    """Print every rule that the tracks of a table break; exit code 1 if there are any."""
    from sim.planning.schedule.checker import check
    from sim.planning.schedule.measures import measure

    broken, found = check(network, tracks), measure(network, tracks)
    print(*broken, sep="\n" if broken else "", end="\n" if broken else "")
    kept = f"{len(broken)} rules broken" if broken else "every rule is kept"
    told = f"{found.tracked_h:.1f} h tracked, {found.satisfied} of {found.requests} requests satisfied"
    print(f"{path}: {len(tracks)} tracks, {kept}; {told}", file=sys.stderr)
    if broken:
        raise typer.Exit(1)


def _explain(network: Network, tracks: Sequence[Track], name: str) -> None:
    """Print why a request is not met, and every change that would admit it, the cheapest first."""
    from sim.planning.schedule.explain import explain

    found = explain(network, tracks, [name])
    if not found:
        print(f"{name} is met")
        return
    print(found[0])
    print(*(f"  or: {each}" for each in found[0].changes[1:]), sep="\n")
