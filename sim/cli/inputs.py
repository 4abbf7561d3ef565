"""What the verbs read: a scenario file, with notes about it on stderr, and the options that several verbs have."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli import outputs

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

ScenarioFile = Annotated[Path, typer.Argument(help="scenario file (TOML)", show_default=False)]
AllowPaths = Annotated[
    bool, typer.Option("--allow-paths", "--allow-path", help="allow files outside the scenario's folder")
]
Fresh = Annotated[bool, typer.Option("--fresh", help="compute every orbit again", callback=outputs.fresh)]
Tolerance = Annotated[
    float, typer.Option("--tolerance", help="difference between window edges that is ignored (s)", min=0.0)
]


def loaded_from(file: Path, allow_paths: bool) -> Scenario:
    """The scenario of a file. Notes about it are printed on stderr."""
    from sim.scenario import includes
    from sim.scenario.cost import expensive

    gathered = includes.gather(file)
    if found := list(expensive(gathered.data)):  # before numpy, pydantic and the kinds are loaded
        raise includes.refused(file, gathered, found)
    from sim.scenario import scenario as scenarios

    loaded = scenarios.of_file(gathered, file, allow_paths=allow_paths, affordable=True)
    if any(product.claim_files for product in loaded.products):
        from sim.simulation import claims as claiming

        claiming.claim_files(loaded)  # reports errors in claim files before anything that takes time
    for remark in loaded.remarks:
        print(f"note: {remark}", file=sys.stderr)
    return loaded
