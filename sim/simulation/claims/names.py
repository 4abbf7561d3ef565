"""Checks the names in claims against the scenarios, before anything is computed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

from sim.core.errors import Problem, ScenarioError
from sim.core.text import nearest, place, shown
from sim.core.toml_file import Keys
from sim.scenario.includes import refused
from sim.scenario.messages import Complaint
from sim.scenario.scenario import Scenario, seeds
from sim.simulation.claims.claim_file import AnyTest, Claim, ClaimFile
from sim.simulation.claims.setting import LANDERS, Path
from sim.trajectories.bodies.body import BODIES


def must_name(file: ClaimFile, scenarios: Mapping[int, Scenario | None]) -> None:
    """Raise `ScenarioError` with every name in claims that is not an end or route of their scenarios.

    scenarios : those that could be read, by the index of the claim; None if a claim names none
    """
    found = list(_misnamed(file, scenarios))
    if not found:
        return
    if file.fragments is not None:
        raise refused(file.fragments.documents[0].path, file.fragments, found)
    raise ScenarioError(file.title, [Problem(place(keys), message) for keys, message in found])


def _misnamed(file: ClaimFile, scenarios: Mapping[int, Scenario | None]) -> Iterator[Complaint]:
    reported = set[Keys]()
    for index, scenario in scenarios.items():
        claim = file.claims[index]
        ends = list(scenario.ends) if scenario is not None else list(seeds(LANDERS))
        for number, test in enumerate(claim.tests):
            at: Keys = ("claims", index, "tests", number)
            yield from _of_test(at, test, ends, scenario)
        for keys, name in _unsure(file, claim, index):
            if scenario is not None and name not in ends and keys not in reported:
                reported.add(keys)
                yield keys, f"no site or spacecraft is called {shown(name)}.{nearest(name, ends)}"


def _of_test(at: Keys, test: AnyTest, ends: list[str], scenario: Scenario | None) -> Iterator[Complaint]:
    known: list[str] = [*ends, *BODIES]
    of = path = test.path
    if len(of) == 1 and isinstance(of[0], str) and test.sees_windows:  # the name of a route
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
    for key, end in test.single.items():
        if end not in known:
            yield (*at, key), f"no site, spacecraft or body is called {shown(end)}.{nearest(end, known)}"
    if "part" in test.model_fields_set and test.sees_windows and path and "sun" not in _flat(path):
        yield (*at, "part"), "part is about the Sun, but the Sun is not on the path. Leave it out"


def _unsure(file: ClaimFile, claim: Claim, index: int) -> Iterator[tuple[Keys, str]]:
    """The uncertainties of a claim and of its file: path of keys, and name of the end."""
    for name in claim.unsure:
        yield ("claims", index, "unsure", name), name
    for name in file.unsure.get(claim.scenario or "", {}):
        yield ("unsure", claim.scenario or "", name), name


def _flat(path: Path) -> list[str]:
    return list(chain.from_iterable((step,) if isinstance(step, str) else step for step in path))
