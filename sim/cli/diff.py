"""`sim diff`: what two scenarios or results do differently: windows, and the tracks of plans."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli import data
from sim.cli.inputs import AllowPaths, Fresh, Tolerance
from sim.cli.progress import progress

if TYPE_CHECKING:
    from sim.simulation.plan_diff import PlanDifferences


def diff(
    first: Annotated[
        Path,
        typer.Argument(help="scenario file, output folder of `sim run`, contact plan, or plan", show_default=False),
    ],
    second: Annotated[Path, typer.Argument(help="the one to compare it with", show_default=False)],
    tolerance: Tolerance = 0.1,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
    allow_paths: AllowPaths = False,
    fresh: Fresh = False,
) -> None:
    """Compare windows and plans of two scenarios or results.

    Reports matched, shifted, gained and lost windows in the time that both cover, and how many hours of contact only
    the second (gained) and only the first (lost) has. Of plans in both output folders, or of two tables of plans, it
    reports tracks that moved, shrank, grew, are new or gone, and by how many sigma of their edges. Exit code 1 if they
    differ, or if they have no time in common.
    """
    from sim.core.errors import SimError
    from sim.simulation import diff as windows
    from sim.simulation import plan_diff

    if any(map(plan_diff.is_plan_table, (first, second))):
        _tell_plans(plan_diff.plan_differences(first, second, tolerance), as_json)
        return
    with progress() as tell:
        a, b = (windows.windowed(each, allow_paths=allow_paths, progress=tell) for each in (first, second))
    if not a.windows and not b.windows:
        raise SimError("nothing to compare: neither side has a route. Add [routes] to the scenarios")
    found = windows.differences(a, b, tolerance)
    plans = plan_diff.plan_differences(first, second, tolerance, found.span)
    if as_json:
        import json

        print(json.dumps(found.as_json() | ({"plans": plans.as_json()} if plans.each else {}), indent=2))
    else:
        data.table(windows.HEAD, found.rows())
    print(found, file=sys.stderr)
    _tell_plans(plans, as_json, only=False)
    if found:
        raise typer.Exit(1)


def _tell_plans(plans: PlanDifferences, as_json: bool, only: bool = True) -> None:
    """Print what plans do differently: nothing without plans. Exit code 1 if they differ."""
    from sim.planning.schedule.compare import HEAD

    if as_json and only:
        import json

        print(json.dumps(plans.as_json(), indent=2))
    for comparison in plans.each.values():
        if comparison.changed and not as_json:
            data.table(HEAD, comparison.rows())
    if text := str(plans):
        print(text, file=sys.stderr)
    if plans:
        raise typer.Exit(1)
