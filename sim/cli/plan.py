"""`sim plan`: which station tracks which spacecraft, one at a time, in order of time."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from sim.cli.inputs import AllowPaths, ScenarioFile, loaded_from
from sim.cli.progress import progress


def plan(
    scenario: ScenarioFile,
    policy: Annotated[
        str | None, typer.Option("--policy", help="which station is preferred [default: the scenario's]")
    ] = None,
    allow_paths: AllowPaths = False,
) -> None:
    """Print which station tracks which spacecraft, one at a time, in order of time, as CSV.

    The rules are those of the scenario's product `plan`, or their defaults.
    """
    loaded = loaded_from(scenario, allow_paths)
    from pydantic import ValidationError

    from sim.core.errors import SimError
    from sim.planning.plan import POLICIES
    from sim.products import plan as products
    from sim.scenario.draft import Draft
    from sim.simulation import run

    run.must_ask(loaded)
    asked = next((each for each in loaded.products if isinstance(each, products.Plan)), products.Plan())
    try:
        asked = asked.model_copy(update={"policy": policy}) if policy is not None else asked
    except ValidationError as error:
        policies = ", ".join(POLICIES)
        raise SimError(f"--policy: expected one of {policies}, got {policy!r}") from error
    if policy is not None and (told := [text for _, text in asked.problems(asked, Draft(loaded))]):
        raise SimError("\n".join(f"--policy: {text}" for text in told))
    with progress() as tell:
        result = run.run(loaded, tell)
        tell("planning")
        _, made = asked.made(result)
    print(asked.csv(made), end="")
    print(*products.plan_summary(made), sep="\n", file=sys.stderr)
