"""Names in claims that nothing is called: mistakes of a file, found before anything is computed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from sim.core.errors import Problem, ScenarioError
from sim.core.text import nearest, place, shown
from sim.core.toml_file import Keys
from sim.scenario.includes import refused
from sim.scenario.messages import Complaint
from sim.scenario.scenario import Scenario, seeds
from sim.simulation.claims.claim_file import AnyTest, Claim, ClaimFile
from sim.simulation.claims.setting import LANDERS
from sim.trajectories.bodies.body import BODIES


def must_name(file: ClaimFile, scenarios: Mapping[int, Scenario | None]) -> None:
    """Raises `ScenarioError` with every name of a file's claims that none of their scenarios' ends or routes has.

    scenarios : by the claim's place, those that could be read; None where a claim names none
    """
    found = list(_misnamed(file, scenarios))
    if not found:
        return
    if file.fragments is not None:
        raise refused(file.fragments.documents[0].path, file.fragments, found)
    raise ScenarioError(file.title, [Problem(place(keys), message) for keys, message in found])


def _misnamed(file: ClaimFile, scenarios: Mapping[int, Scenario | None]) -> Iterator[Complaint]:
    told = set[Keys]()
    for index, scenario in scenarios.items():
        claim = file.claims[index]
        ends = list(scenario.ends) if scenario is not None else list(seeds(LANDERS))
        for number, test in enumerate(claim.tests):
            at: Keys = ("claims", index, "tests", number)
            yield from _of_test(at, test, ends, scenario)
        for keys, name in _unsure(file, claim, index):
            if scenario is not None and name not in ends and keys not in told:
                told.add(keys)
                yield keys, f"no site or spacecraft is called {shown(name)}.{nearest(name, ends)}"


def _of_test(at: Keys, test: AnyTest, ends: list[str], scenario: Scenario | None) -> Iterator[Complaint]:
    known: list[str] = [*ends, *BODIES]
    of: Any = getattr(test, "of", ())
    path: Any = of
    if len(of) == 1 and isinstance(of[0], str) and hasattr(test, "part"):  # a route by its name
        routes = scenario.routes if scenario is not None else {}
        if scenario is not None and of[0] not in routes:
            yield (*at, "of", 0), f"no route is called {shown(of[0])}.{nearest(of[0], routes)}"
        path = routes.get(of[0], ())
    else:
        for index, step in enumerate(of):
            for inner, name in enumerate((step,) if isinstance(step, str) else step):
                if name not in known:
                    keys = (*at, "of", index) if isinstance(step, str) else (*at, "of", index, inner)
                    yield keys, f"no site, spacecraft or body is called {shown(name)}.{nearest(name, known)}"
    for key in ("site", "sees"):
        name = getattr(test, key, None)
        if name is not None and name not in known:
            yield (*at, key), f"no site, spacecraft or body is called {shown(name)}.{nearest(name, known)}"
    if "part" in test.model_fields_set and hasattr(test, "of") and path and "sun" not in _flat(path):
        yield (*at, "part"), "part says how much of the Sun is seen, and the Sun is not on the path. Leave it out"


def _unsure(file: ClaimFile, claim: Claim, index: int) -> Iterator[tuple[Keys, str]]:
    """Where a claim and its file say what is not known of ends, and of which."""
    for name in claim.unsure:
        yield ("claims", index, "unsure", name), name
    for name in file.unsure.get(claim.scenario or "", {}):
        yield ("unsure", claim.scenario or "", name), name


def _flat(path: Iterable[Any]) -> list[str]:
    return list(chain.from_iterable((step,) if isinstance(step, str) else step for step in path))
