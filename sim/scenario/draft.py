"""A scenario as checks look at it: finished, or still the plain tables of a file in which anything may be wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from sim.core.toml_file import Keys

Complaint = tuple[Keys, str]
"""The path of keys that a mistake stands at, and what is wrong there."""


@dataclass(frozen=True)
class Draft:
    """The parts of a scenario. Whatever is not what it should be is passed over: others complain of it."""

    scenario: Any

    @cached_property
    def sites(self) -> Mapping[Any, Any]:
        """Sites by name: objects, or tables."""
        return table_of(self.scenario, "sites")

    @cached_property
    def spacecraft(self) -> Mapping[Any, Any]:
        """Spacecraft by name."""
        return table_of(self.scenario, "spacecraft")

    @cached_property
    def routes(self) -> Mapping[Any, Any]:
        """Routes by name."""
        return table_of(self.scenario, "routes")

    @cached_property
    def products(self) -> Sequence[Any]:
        """Products, as objects or as tables."""
        return listed(get(self.scenario, "products"))

    @cached_property
    def on_routes(self) -> list[Any]:
        """The names that routes use, whether there is such an end or not."""
        return [name for path in self.routes.values() for hop in hops_of(path) for name in hop]

    def some_route(self) -> str:
        """What a route might be, of the ends at hand."""
        ends = [*self.spacecraft, *self.sites][:2]
        if len(ends) < 2:
            on_earth = any(get(site, "body", "earth") == "earth" for site in self.sites.values())
            ends.append("moon" if on_earth else "earth")
        return f'Add one, like [routes] link = ["{ends[0]}", "{ends[1]}"]'

    def without_spacecraft(self, product: Any, ground: bool = False) -> Iterator[Complaint]:
        """What to say of a picture of spacecraft, if it names none and there are none.

        ground : whether stations on the Earth are enough
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
        cure = "add [spacecraft.some_name]" if some is None else f'name some, like spacecraft = ["{some}"]'
        where = "no route has one" if self.routes else "the scenario has none"
        yield (), f"product {get(product, 'kind')!r} shows spacecraft, and {where}: {cure}"


def get(holder: Any, key: str, default: Any = None) -> Any:
    """A key of a table or an attribute of an object."""
    value = holder.get(key) if isinstance(holder, Mapping) else getattr(holder, key, None)
    return default if value is None else value


def table_of(scenario: Any, key: str) -> Mapping[Any, Any]:
    """A table of a scenario; empty where it has none."""
    found = get(scenario, key, {})
    return found if isinstance(found, Mapping) else {}


def listed(value: Any) -> Sequence[Any]:
    """A list; empty where it is none."""
    return value if isinstance(value, (list, tuple)) else ()


def hops_of(path: Any) -> Iterator[tuple[str, str]]:
    """The hops of a path that may be wrong in any way."""
    steps = [listed(step) or (step,) for step in listed(path)]
    for before, after in pairwise(steps):
        yield from ((a, b) for a in before for b in after if isinstance(a, str) and isinstance(b, str))
