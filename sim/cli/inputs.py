"""What the verbs read: a scenario file, with notes about it on stderr, and the options that several verbs have."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli import outputs

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario


def _scenario_file(text: str) -> Path:
    from sim.core.errors import SimError
    from sim.data.resources import scenario_file

    try:
        return scenario_file(text)
    except SimError:  # raised again by `loaded_from`, when the whole command line is known to be right
        return Path(text)


def _scenarios(incomplete: str) -> list[str]:
    """Names of included scenarios, and TOML files and folders, that begin so: for completion in a shell."""
    from sim.data.resources import scenario_names

    found = [name for name in scenario_names() if name.startswith(incomplete)]
    head, _, start = incomplete.rpartition("/")
    folder = Path(f"{head}/") if head or incomplete.startswith("/") else Path()
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name.startswith(start) and (path.suffix == ".toml" or path.is_dir()) and path.name[0] != ".":
            found.append(str(path) + ("/" if path.is_dir() else ""))
    return found


def ends(context: typer.Context, incomplete: str) -> list[str]:
    """Routes and ends of the scenario that was given, for completion in a shell; none if it cannot be read."""
    from sim.core.errors import SimError
    from sim.scenario.includes import gather

    try:
        tables = gather(Path(context.params["scenario"])).data
    except (KeyError, TypeError, SimError, OSError):
        return []
    held = [tables.get(name, {}) for name in ("routes", "sites", "spacecraft")]
    names = dict.fromkeys(name for each in held if isinstance(each, dict) for name in each)
    return [name for name in names if name.startswith(incomplete)]


ScenarioFile = Annotated[
    Path,
    typer.Argument(
        help="scenario file (TOML), or the name of an included scenario",
        show_default=False,
        parser=_scenario_file,
        autocompletion=_scenarios,
        metavar="SCENARIO",
    ),
]
AllowPaths = Annotated[
    bool, typer.Option("--allow-paths", "--allow-path", help="allow files outside the scenario's folder")
]
Fresh = Annotated[bool, typer.Option("--fresh", help="compute every orbit again", callback=outputs.fresh)]
Tolerance = Annotated[
    float, typer.Option("--tolerance", help="difference between window edges that is ignored (s)", min=0.0)
]


def loaded_from(file: Path, allow_paths: bool) -> Scenario:
    """The scenario of a file. Notes about it are printed on stderr."""
    from sim.data.resources import scenario_file
    from sim.scenario import includes
    from sim.scenario.cost import expensive

    file = scenario_file(file)
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
