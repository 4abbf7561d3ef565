"""Checks that a scenario has what its products name: routes, hops, sites and spacecraft.

A field means the same in every kind of product. What else a kind needs is checked by its `Product.problems`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sim.core.errors import SimError
from sim.core.text import nearest, shown
from sim.core.toml_file import Keys
from sim.scenario.draft import Draft, get, hops_of, listed
from sim.scenario.messages import Complaint
from sim.scenario.product import Product, class_of

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}
"""Names that Windows reserves for devices, in upper or lower case."""


def misdrawn(scenario: object) -> Iterator[Complaint]:
    """Report everything that products name and the scenario does not have, and clashes between file names."""
    draft = Draft(scenario)
    written: set[str] = set()
    for index, product in enumerate(draft.products):
        at, cls = ("products", index), class_of(product)
        for place, name in enumerate(listed(get(product, "routes"))):
            if isinstance(name, str) and name not in draft.routes:
                yield (*at, "routes", place), f"no route is called {shown(name)}.{nearest(name, draft.routes)}"
        yield from _pictured(draft, at, product)
        yield from _needed(draft, at, product, cls)
        file = get(product, "file") or (cls.field_value(product, "file") if cls is not None else None)
        if isinstance(file, str):
            names = cls.files(product) if cls is not None else []
            yield from _named(at, file, names, written)
            written.update(name.lower() for name in (*names, file))


def files_of(product: object) -> list[str]:
    """The names of the files that a product, or its table, is written to."""
    cls = class_of(product)
    return cls.files(product) if cls is not None else []


def must_ask(scenario: Scenario) -> None:
    """Raise `SimError` for a scenario that has neither routes nor products."""
    draft = Draft(scenario)
    if not draft.routes and not draft.products:
        where = f"{scenario.origin.path.name}: " if scenario.origin is not None else ""
        cure = f"{draft.some_route()}, or add products that need no route"
        raise SimError(f"{where}nothing to compute: the scenario has no routes. {cure}")


def _named(at: Keys, file: str, names: list[str], written: set[str]) -> Iterator[Complaint]:
    """Report file names that another product has, or that are reserved."""
    twice = file if file.lower() in written else next((n for n in names if n.lower() in written), None)
    if twice is not None:
        yield at, f"another product is also written to {twice!r}. Set another 'file' for this one"
    if file.lower() in DEVICES:
        yield (*at, "file"), f"{file!r} is a device name on Windows. Choose another name"
    if file.lower() == "run":
        yield (*at, "file"), "'run' is reserved for run.json. Choose another name"


def _needed(draft: Draft, at: Keys, product: object, cls: type[Product] | None) -> Iterator[Complaint]:
    """Report products that have nothing to show."""
    for key in ("routes", "spacecraft"):
        if isinstance(chosen := get(product, key), (list, tuple)) and not chosen:
            yield (*at, key), f"expected at least one name. Leave {key} out to show all"
            return
    if cls is None:
        return
    kind = get(product, "kind")
    if cls.of_routes and not draft.routes:
        yield at, f"product {kind!r} shows routes, but the scenario has none. {draft.some_route()}"
    elif cls.over_sites and not any(name in draft.sites for name in draft.on_routes):
        yield at, f"product {kind!r} shows hops that end at a site, but no route has one. Add a site to a route"
    yield from ((tuple((*at, *keys)), message) for keys, message in cls.problems(product, draft))


def _pictured(draft: Draft, at: Keys, product: object) -> Iterator[Complaint]:
    """Report a route, site, hop or spacecraft that a picture names and the scenario does not have."""
    site, hop = get(product, "site"), get(product, "hop")
    some = site is not None or hop is not None
    hops = dict.fromkeys(each for path in draft.routes.values() if some for each in hops_of(path))
    name = get(product, "route")
    if isinstance(name, str) and name not in draft.routes:
        yield (*at, "route"), f"no route is called {shown(name)}.{nearest(name, draft.routes)}"
    there = {name for each in hops for name in each if name in draft.sites}
    if isinstance(site, str) and site not in there:
        close = nearest(site, sorted(there))
        yield (*at, "site"), f"no hop of a route begins or ends at a site {shown(site)}.{close}"
    if isinstance(hop, (list, tuple)) and len(hop) == 2 and all(isinstance(end, str) for end in hop):
        ways = [f"{a} – {b}" for a, b in hops]
        if tuple(hop) not in hops:
            text = " – ".join(hop)
            yield (*at, "hop"), f"no route has the hop {shown(text)}.{nearest(text, ways)}"
        elif not any(end in there for end in hop):
            yield (*at, "hop"), f"{' – '.join(hop)} does not end at a site, so it has no passes to draw"
    for place, name in enumerate(listed(get(product, "spacecraft"))):
        if isinstance(name, str) and name not in draft.spacecraft:
            close = nearest(name, draft.spacecraft)
            yield (*at, "spacecraft", place), f"no spacecraft is called {shown(name)}.{close}"
