"""`sim link`: a link budget line by line, and the data that a link carries."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.inputs import AllowPaths, Fresh, ScenarioFile, loaded_from
from sim.cli.progress import progress

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario


def link(
    scenario: ScenarioFile,
    name: Annotated[str, typer.Argument(help="name of a link with a signal", show_default=False)],
    at: Annotated[
        str | None, typer.Option("--at", help="time of reception (UTC) of a budget, line by line", show_default=False)
    ] = None,
    transmitter: Annotated[
        str | None, typer.Option("--from", help="the transmitter, if the link has several", show_default=False)
    ] = None,
    receiver: Annotated[
        str | None, typer.Option("--to", help="the receiver, if the link has several", show_default=False)
    ] = None,
    format: Annotated[str, typer.Option("--format", help="text, csv or json")] = "text",
    picture: Annotated[
        Path | None, typer.Option("--picture", help="also draw the budget to this file (.png or .svg)")
    ] = None,
    allow_paths: AllowPaths = False,
    fresh: Fresh = False,
) -> None:
    """Print a link budget at an instant, or the data volume of every pass.

    With --at: every term with its unit and origin, to be checked by hand. Without it: a row for each window of the
    link, with its margins and how much data the best constant rate and adaptive rates carry, as CSV.

    Example: sim link lro.toml science --at 2019-01-03T15:30:00Z
    """
    from sim.core.errors import SimError

    if format not in ("text", "csv", "json"):
        raise SimError(f"--format: expected text, csv or json, got {format!r}")
    if at is None and picture is not None:
        raise SimError("--picture draws a budget at an instant. Add --at TIME")
    loaded = loaded_from(scenario, allow_paths)
    if at is None:
        _volumes(loaded, name, transmitter, receiver, format)
        return
    from sim.core.files import may_write_file, new_file
    from sim.scenario.provenance import files_read
    from sim.simulation.link_budget import link_budget

    read = files_read(loaded)
    if picture is not None:
        if picture.suffix not in (".png", ".svg"):
            raise SimError(f"--picture: expected a file that ends in .png or .svg, got {picture.name}")
        may_write_file(picture, read)
    with progress() as tell:
        tell("computing the budget")
        budget = link_budget(loaded, name, at, transmitter, receiver)
    print({"text": budget.__str__, "csv": budget.csv, "json": budget.json}[format]().rstrip("\n"))
    if picture is not None:
        from sim.products.budget import save_budget

        with new_file(picture, inputs=read) as new:
            save_budget(budget, new, "svg" if picture.suffix == ".svg" else "png")
        print(picture, file=sys.stderr)


def _volumes(loaded: Scenario, name: str, transmitter: str | None, receiver: str | None, format: str) -> None:
    """Print the data volume of every window."""
    import json

    from sim.core.files import csv_text
    from sim.simulation.data_volume import data_volume
    from sim.visibility.link_volume import COLUMNS

    with progress() as tell:
        volumes = data_volume(loaded, name, transmitter, receiver, tell)
    rows = [each.row() for each in volumes]
    if format == "json":
        print(json.dumps([dict(zip(COLUMNS, row, strict=True)) for row in rows], indent=2, ensure_ascii=False))
    else:
        print(csv_text(COLUMNS, rows), end="")
    total = sum(each.adaptive_bit for each in volumes) / 1e6
    words = f"{len(rows)} window{'' if len(rows) == 1 else 's'}"
    print(f"{name}: {words}, {total:,.3f} Mbit with adaptive rates", file=sys.stderr)
