"""Selects and judges the claims about one scenario, for its report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from sim.scenario.scenario import Scenario
from sim.simulation.claims.affordable import must_be_affordable
from sim.simulation.claims.claim_file import ClaimFile, load
from sim.simulation.claims.judge import JudgedFile, Library, judge
from sim.simulation.claims.names import must_name


def claim_files(scenario: Scenario, files: Sequence[str | Path] | None = None) -> list[ClaimFile]:
    """Read claim files, each with only its claims about a scenario: those that name the scenario's file.

    files : by default, the claim files that the scenario's reports name

    Raises `ScenarioError` for an invalid file.
    """
    if files is None:
        named = [file for product in scenario.products for file in product.claim_files]
        files = list(dict.fromkeys(named))
    return [about(load(file), scenario) for file in files]


def about(file: ClaimFile, scenario: Scenario) -> ClaimFile:
    """A claim file with only its claims about one scenario.

    Raises `ScenarioError` for names that the scenario does not have, and `SimError` if the tests would take more than
    a day.
    """
    name = scenario.origin.path.stem if scenario.origin is not None else None
    mine = [index for index, claim in enumerate(file.claims) if claim.scenario and _stem(claim.scenario) == name]
    must_name(file, dict.fromkeys(mine, scenario))
    must_be_affordable(file, dict.fromkeys(mine, scenario))
    copy = file.model_copy(update={"claims": tuple(file.claims[index] for index in mine)})
    copy._fragments = None  # indices of claims have changed
    return copy


def verdicts(
    scenario: Scenario, files: Sequence[str | Path], progress: Callable[[str], None] = lambda text: None
) -> list[JudgedFile]:
    """Judge the claims of files about a scenario. Raises as `claim_files`."""
    reports = []
    for file in claim_files(scenario, files):
        names = {claim.scenario: scenario for claim in file.claims if claim.scenario}
        reports.append(judge(file, Library(names), progress))
    return reports


def _stem(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2].removesuffix(".toml")
