"""`sim windows`, `sim passes` and `sim next`: tables on stdout."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from sim.cli import data
from sim.cli.inputs import AllowPaths, Fresh, ScenarioFile, ends, loaded_from
from sim.cli.progress import progress

if TYPE_CHECKING:
    from sim.products.columns import Cell
    from sim.products.table import Table
    from sim.visibility.result import Result

Sort = Annotated[
    str | None, typer.Option("--sort", metavar="COLUMN", help="order: time, hop or a column [default: time]")
]
Descending = Annotated[bool, typer.Option("--descending", help="latest or greatest first")]
ColumnNames = Annotated[str | None, typer.Option("--columns", metavar="A,B,…", help="columns, in this order")]
Zone = Annotated[str | None, typer.Option("--time-zone", metavar="ZONE", help="give times in this zone too")]

AsJson = Annotated[bool, typer.Option("--json", help="print JSON: a list of rows")]

_T = TypeVar("_T", bound="Table")

_OPTIONS = {
    "order": "--sort", "columns": "--columns", "time_zone": "--time-zone", "sun_below_deg": "--sun-below-deg",
    "shadow": "--shadow",
}


def windows(
    scenario: ScenarioFile,
    of: Annotated[
        list[str],
        typer.Argument(help="name of a route, or the two ends of a hop", show_default=False, autocompletion=ends),
    ],
    sort: Sort = None,
    descending: Descending = False,
    columns: ColumnNames = None,
    time_zone: Zone = None,
    as_json: AsJson = False,
    allow_paths: AllowPaths = False,
    fresh: Fresh = False,
) -> None:
    """Print the windows of a route or hop as CSV.

    Columns are those of the contact plan; by default start_utc, end_utc and duration_s.
    """
    loaded = loaded_from(scenario, allow_paths)
    from sim.products.contact_plan import ContactPlan
    from sim.simulation import run

    usual = ["start_utc", "end_utc", "duration_s"] + (["start_local", "end_local"] if time_zone else [])
    asked = _asked(lambda given: ContactPlan.model_validate({"columns": usual, **given}), {
        "order": sort, "descending": descending or None, "columns": _names(columns), "time_zone": time_zone,
    })  # fmt: skip
    with progress() as tell:
        result = run.run(loaded.only(of), tell)
    print(_text(asked.listed(result, list(result.routes)), as_json), end="")
    found = next(iter(result.routes.values()))
    print(f"{' – '.join(of)}: {repr(found).strip('<>')}", file=sys.stderr)


def passes(
    scenario: ScenarioFile,
    of: Annotated[
        list[str] | None,
        typer.Argument(
            help="name of a route, or the two ends of a hop [default: all routes]",
            show_default=False,
            autocompletion=ends,
        ),
    ] = None,
    sort: Sort = None,
    descending: Descending = False,
    columns: ColumnNames = None,
    time_zone: Zone = None,
    as_json: AsJson = False,
    visible: Annotated[bool, typer.Option("--visible", help="only passes that can be seen by eye")] = False,
    sun_below_deg: Annotated[
        float | None, typer.Option("--sun-below-deg", help="the site is dark with the Sun below this [default: -6]")
    ] = None,
    shadow: Annotated[
        str | None, typer.Option("--shadow", help="figure of the Earth: spheroid or sphere [default: spheroid]")
    ] = None,
    allow_paths: AllowPaths = False,
    fresh: Fresh = False,
) -> None:
    """Print the passes over all sites as CSV, in order of time.

    The settings are those of the scenario's product `passes`, or its defaults; options replace them. The column
    `conflict` names other spacecraft that want the same antenna.
    """
    loaded = loaded_from(scenario, allow_paths)
    from sim.products import passes as products
    from sim.simulation import run

    own = next((each for each in loaded.products if isinstance(each, products.Passes)), products.Passes())
    asked = _asked(lambda given: own.model_copy(update=given), {
        "order": sort, "descending": descending or None, "columns": _names(columns), "time_zone": time_zone,
        "visible": visible or None, "sun_below_deg": sun_below_deg,
        "shadow": shadow, "routes": None,
    })  # fmt: skip
    if of:
        loaded, asked = loaded.only(of), asked.model_copy(update={"routes": None})
    run.must_ask(loaded)
    with progress() as tell:
        result = run.run(loaded, tell)
        tell("listing passes")
        found = asked.listed(result)
    print(_text(found, as_json), end="")
    count, busy = len(next(iter(found.values()))), sum(map(bool, found.get("conflict", ())))
    print(f"{count} pass{'' if count == 1 else 'es'}{f', {busy} in conflict' if busy else ''}", file=sys.stderr)


def coming(
    scenario: ScenarioFile,
    end: Annotated[
        str | None,
        typer.Argument(
            help="only links of this end [default: all routes]", show_default=False, autocompletion=ends
        ),
    ] = None,
    at: Annotated[str | None, typer.Option("--at", metavar="TIME", help="a time (UTC) [default: now]")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="count down on the terminal until Ctrl-C")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
    allow_paths: AllowPaths = False,
    fresh: Fresh = False,
) -> None:
    """Print what is open now, and what opens or closes next.

    Example: sim next first-look --at 2026-12-01T12:00Z
    """
    loaded = loaded_from(scenario, allow_paths)
    import datetime as dt

    from sim.core.errors import SimError
    from sim.core.time import instant, utc
    from sim.simulation import coming, run

    if watch and (as_json or not sys.stdout.isatty()):
        raise SimError("--watch: expected a terminal. Leave the option out for a table, or use --json")
    try:
        when = instant(at if at is not None else dt.datetime.now(dt.UTC))
    except (TypeError, ValueError) as error:
        raise SimError(f"--at: {error}") from error
    coming.require_inside(loaded.span, when)
    run.must_ask(loaded)
    with progress() as tell:
        result = run.run(loaded, tell)
    found = coming.coming(result, when, end)
    if as_json:
        import json

        print(json.dumps([each.as_json() for each in found], indent=2, ensure_ascii=False))
    elif watch:
        _watch(result, when, end)
    else:
        data.table(coming.HEAD, [each.row() for each in found])
        print(f"at {utc(when, 0)}", file=sys.stderr)


def _text(columns: Mapping[str, Sequence[Cell]], as_json: bool) -> str:
    """Columns as CSV, or as JSON: an object per row, null for unknown."""
    from sim.core.files import json_text
    from sim.products.columns import as_csv

    if not as_json:
        return as_csv(columns)
    return json_text([dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)])


def _names(columns: str | None) -> list[str] | None:
    return None if columns is None else [name.strip() for name in columns.split(",") if name.strip()]


def _asked(make: Callable[[dict[str, object]], _T], options: dict[str, object]) -> _T:
    """A table with the options that were given. Raises `SimError` for an option that is wrong."""
    from pydantic import ValidationError

    from sim.core.errors import SimError

    given = {name: value for name, value in options.items() if value is not None}
    try:
        return make(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = next((_OPTIONS[str(key)] for key in first["loc"] if key in _OPTIONS), "")
        reason = first["msg"].removeprefix("Value error, ")
        raise SimError(f"{where}: {reason}" if where else reason) from error


def _watch(result: Result, when: float, end: str | None) -> None:
    """Show the table anew every second until the span ends or the user interrupts."""
    from time import monotonic, sleep

    from rich.console import Console
    from rich.live import Live

    from sim.core.time import utc
    from sim.simulation.coming import HEAD, coming

    began = monotonic()
    with Live(console=Console(file=sys.__stdout__, highlight=False), auto_refresh=False) as live:
        while (now := when + monotonic() - began) < result.span.end:
            drawn = data.drawn(HEAD, [each.row() for each in coming(result, now, end)])
            drawn.caption = f"at {utc(now, 0)}; Ctrl-C to stop"
            live.update(drawn, refresh=True)
            sleep(1.0)
