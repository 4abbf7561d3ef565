"""`sim delivery`: when data arrive, what waits where, and what is lost."""

from __future__ import annotations

from typing import Annotated

import typer

from sim.cli.inputs import AllowPaths, Fresh, ScenarioFile, loaded_from
from sim.cli.progress import progress


def delivery(
    scenario: ScenarioFile,
    data: Annotated[
        list[str] | None, typer.Argument(help="names of data, the most urgent first [default: all]", show_default=False)
    ] = None,
    at: Annotated[
        str | None,
        typer.Option("--at", help="only for data made at this time (UTC), with their way", show_default=False),
    ] = None,
    confidence: Annotated[
        float, typer.Option("--confidence", help="least probability of arrivals that are called sure")
    ] = 0.95,
    format: Annotated[str, typer.Option("--format", help="text, csv (arrivals), volumes or json")] = "text",
    step_s: Annotated[float, typer.Option("--step-s", help="between times of creation in csv", min=1.0)] = 600.0,
    allow_paths: AllowPaths = False,
    fresh: Fresh = False,
) -> None:
    """Print when the data of a scenario arrive, what waits in which recorder, and what is lost.

    Example: sim delivery mission.toml science --at 2026-03-01T06:00:00Z
    """
    from sim.core.errors import SimError

    if format not in ("text", "csv", "volumes", "json"):
        raise SimError(f"--format: expected text, csv, volumes or json, got {format!r}")
    if at is not None and format != "text":
        raise SimError("--at prints text. Leave --format out")
    if not 0.5 < confidence < 1.0:
        raise SimError(f"--confidence: expected a probability above 0.5 and below 1, got {confidence:g}")
    loaded = loaded_from(scenario, allow_paths)
    from sim.core.files import json_text
    from sim.planning import deliveries
    from sim.products import delivery as products
    from sim.simulation import run

    if not loaded.data:
        raise SimError(f"{scenario}: the scenario makes no data. Add [data.NAME], with at and to")
    run.must_ask(loaded)
    with progress() as tell:
        result = run.run(loaded, tell)
        tell("following the data")
        made = deliveries.delivery(result, data or None, confidence)
    if at is not None:
        print(*products.arrival_text(made, at), sep="\n")
    elif format == "text":
        print(*products.delivery_summary(made), sep="\n")
    elif format == "json":
        print(json_text(products.tree(result, made)), end="")
    else:
        print(products.arrivals_csv(made, step_s) if format == "csv" else products.volumes_csv(made), end="")
