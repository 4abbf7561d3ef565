"""A view of a scenario for checks: a `Scenario`, or the tables of a file that may still contain errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from sim.core.toml_file import Keys
from sim.scenario.cost.tables import get as value_of
from sim.scenario.cost.tables import listed as listed
from sim.scenario.cost.tables import names as names
from sim.scenario.cost.tables import table_of as table_of

Complaint = tuple[Keys, str]
"""The path of keys of a problem, and its message."""


@dataclass(frozen=True)
class Draft:
    """What a scenario asks for.

    Values of the wrong type are ignored here: validation reports them.

    Attributes
    ----------
    scenario
        A `Scenario`, or the tables of a scenario file.
    """

    scenario: object

    @cached_property
    def sites(self) -> Mapping[str, object]:
        """Sites by name, as objects or tables."""
        return table_of(self.scenario, "sites")

    @cached_property
    def spacecraft(self) -> Mapping[str, object]:
        """Spacecraft by name, as objects or tables."""
        return table_of(self.scenario, "spacecraft")

    @cached_property
    def radios(self) -> Mapping[str, object]:
        """Radios by name, as objects or tables."""
        return table_of(self.scenario, "radios")

    @cached_property
    def links(self) -> Mapping[str, object]:
        """Links by name, as objects or tables."""
        return table_of(self.scenario, "links")

    @cached_property
    def data(self) -> Mapping[str, object]:
        """Data by name, as objects or tables."""
        return table_of(self.scenario, "data")

    @cached_property
    def antennas(self) -> Mapping[str, object]:
        """Antennas by name, as objects or tables."""
        return table_of(self.scenario, "antennas")

    @cached_property
    def missions(self) -> Mapping[str, object]:
        """Missions by name, as objects or tables."""
        return table_of(self.scenario, "missions")

    @cached_property
    def requests(self) -> Sequence[object]:
        """Requests for tracking, as objects or tables."""
        return listed(get(self.scenario, "requests"))

    @cached_property
    def ends(self) -> Mapping[str, object]:
        """Sites and spacecraft by name."""
        return {**self.sites, **self.spacecraft}

    @cached_property
    def routes(self) -> Mapping[str, object]:
        """Routes by name, as paths."""
        return table_of(self.scenario, "routes")

    @cached_property
    def products(self) -> Sequence[object]:
        """Products, as objects or tables."""
        return listed(get(self.scenario, "products"))

    @cached_property
    def on_routes(self) -> list[str]:
        """The names on all routes, whether or not there are such ends."""
        return [name for path in self.routes.values() for hop in hops_of(path) for name in hop]

    def some_route(self) -> str:
        """Suggest a route between two ends of the scenario."""
        ends = [*self.spacecraft, *self.sites][:2]
        if len(ends) < 2:
            on_earth = any(get(site, "body", "earth") == "earth" for site in self.sites.values())
            ends.append("moon" if on_earth else "earth")
        return f'Add one, for example [routes] link = ["{ends[0]}", "{ends[1]}"]'

    def without_spacecraft(self, product: object, ground: bool = False) -> Iterator[Complaint]:
        """Report a product that shows spacecraft if it names none and the scenario has none to show.

        Parameters
        ----------
        product
            The product, as an object or a table.
        ground
            Whether stations on the Earth are enough for it.
        """
        if get(product, "spacecraft") is not None:
            return
        there = self.on_routes if self.routes else [*self.sites, *self.spacecraft]
        if any(name in self.spacecraft for name in there):
            return
        sites = [end for name, end in self.sites.items() if name in there]
        if ground and any(get(site, "body", "earth") == "earth" for site in sites):
            return
        some = next(iter(self.spacecraft), None)
        cure = "Add [spacecraft.NAME]" if some is None else f'Name one, for example spacecraft = ["{some}"]'
        where = "no route contains one" if self.routes else "the scenario has none"
        yield (), f"product {get(product, 'kind')!r} shows spacecraft, but {where}. {cure}"


def get(holder: object, key: str, default: object = None) -> object:
    """A key of a table or an attribute of an object; `default` if it is absent or None."""
    value = value_of(holder, key)
    return default if value is None else value


def hops_of(path: object) -> Iterator[tuple[str, str]]:
    """The hops of a path; parts that are not names are ignored."""
    steps = [listed(step) or (step,) for step in listed(path)]
    for before, after in pairwise(steps):
        yield from ((a, b) for a in before for b in after if isinstance(a, str) and isinstance(b, str))
