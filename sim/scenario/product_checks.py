"""What the products of a scenario ask for that the scenario has not: routes, hops, sites, spacecraft, times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from sim.core.text import nearest, shown
from sim.core.toml_file import Keys
from sim.products.kinds import PRODUCTS
from sim.scenario.messages import Complaint
from sim.trajectories.bodies.body import BODIES

OF_ROUTES = ("availability", "contact_plan", "passes", "profile", "relay_geometry", "sky", "timeline")
"""Products that show routes and their hops; these of them need a hop that begins or ends at a site."""
OVER_SITES = ("passes", "profile", "sky")
OF_SPACECRAFT = ("calendar", "rotating_frame", "scene")
"""Pictures that show spacecraft and nothing else of a scenario."""
TABLES = ("contact_plan", "passes", "report")

DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}
"""What Windows keeps for devices, in any case."""


def misdrawn(scenario: Any) -> Iterator[Complaint]:
    """Everything that the products of a scenario, finished or still plain tables, cannot be made from."""
    defaults = {kind.model_fields["kind"].default: kind.model_fields["file"].default for kind in PRODUCTS}
    products, routes = get(scenario, "products"), table_of(scenario, "routes")
    written: set[str] = set()
    for index, product in enumerate(products if isinstance(products, (list, tuple)) else ()):
        kind, chosen = get(product, "kind"), get(product, "routes")
        for place, name in enumerate(chosen if isinstance(chosen, (list, tuple)) else ()):
            if isinstance(name, str) and name not in routes:
                keys: Keys = ("products", index, "routes", place)
                yield keys, f"no route is called {shown(name)}.{nearest(name, routes)}"
        yield from _pictured(scenario, ("products", index), product)
        yield from _empty(scenario, ("products", index), product)
        if kind == "coverage":
            yield from _assets(scenario, index, product)
        file = get(product, "file") or (defaults.get(kind) if isinstance(kind, str) else None)
        if isinstance(file, str):
            names = files_of(product)
            twice = file if file.lower() in written else next((n for n in names if n.lower() in written), None)
            if twice is not None:
                yield ("products", index), f"another product is written to {twice!r} too. Give this one another 'file'"
            written.update(name.lower() for name in names)
            if file.lower() in DEVICES:
                yield ("products", index, "file"), f"{file!r} is what Windows calls a device. Give it another name"
            if file.lower() == "run":
                yield ("products", index, "file"), "'run' is kept for run.json. Give it another name"
            written.add(file.lower())


def files_of(product: Any) -> list[str]:
    """The names of the files that a product, finished or still a plain table, is written to."""
    kind = get(product, "kind")
    cls = next((each for each in PRODUCTS if each.model_fields["kind"].default == kind), None)
    if cls is None:
        return []

    def said(key: str) -> Any:
        field = cls.model_fields.get(key)
        return get(product, key, field.default if field is not None else None)

    file, format = said("file"), said("format")
    if kind == "coverage":
        figures = said("figures")
        drawn = [f for f in figures if isinstance(f, str)] if isinstance(figures, (list, tuple)) else []
        maps = [f"{file}-{figure.removesuffix('_s')}.{format}" for figure in dict.fromkeys(drawn)]
        return [f"{file}.csv", *maps, *([f"{file}.nc"] if said("netcdf") is True else [])]
    endings = {"contact_plan": ("csv", "json"), "passes": ("csv",), "report": ("html",)}.get(kind, (format,))
    return [f"{file}.{ending}" for ending in endings]


def nothing_asked(scenario: Any) -> str:
    """What to say of a scenario that asks for nothing: no route to search, and no product of anything else."""
    if table_of(scenario, "routes") or get(scenario, "products"):
        return ""
    return f"there is nothing to find: the scenario has no routes. {_some_route(scenario)}, or products that need none"


def _empty(scenario: Any, at: Keys, product: Any) -> Iterator[Complaint]:
    """Products with nothing to show."""
    kind, routes, spacecraft = get(product, "kind"), table_of(scenario, "routes"), table_of(scenario, "spacecraft")
    for key in ("routes", "spacecraft"):
        if isinstance(chosen := get(product, key), (list, tuple)) and not chosen:
            yield (*at, key), f"expected at least one name: leave {key} out for all"
            return
    if kind in OF_ROUTES and not routes:
        yield at, f"product {kind!r} shows routes, and the scenario has none. {_some_route(scenario)}"
    elif kind == "report" and not routes and not _others(scenario):
        yield at, f"there is nothing to report: the scenario has no routes. {_some_route(scenario)}"
    elif kind in OVER_SITES and not any(name in table_of(scenario, "sites") for name in _on_routes(scenario)):
        yield at, f"product {kind!r} is of hops with a site at an end, and no route has one. Add a site to a route"
    elif kind in (*OF_SPACECRAFT, "ground_track") and get(product, "spacecraft") is None:
        shown_ = _on_routes(scenario) if routes else [*table_of(scenario, "sites"), *spacecraft]
        if any(name in spacecraft for name in shown_):
            return
        sites = [end for name, end in table_of(scenario, "sites").items() if name in shown_]
        if kind == "ground_track" and any(get(site, "body", "earth") == "earth" for site in sites):
            return
        some = next(iter(spacecraft), None)
        cure = "add [spacecraft.some_name]" if some is None else f'name some, like spacecraft = ["{some}"]'
        where = "no route has one" if routes else "the scenario has none"
        yield at, f"product {kind!r} shows spacecraft, and {where}: {cure}"


def _others(scenario: Any) -> bool:
    """Whether there are products that a report shows."""
    products = get(scenario, "products")
    kinds = [get(each, "kind") for each in (products if isinstance(products, (list, tuple)) else ())]
    return any(isinstance(kind, str) and kind not in (*TABLES, *OF_ROUTES) for kind in kinds)


def _on_routes(scenario: Any) -> list[Any]:
    """The names that routes use, whether there is such an end or not."""
    return [name for path in table_of(scenario, "routes").values() for hop in _hops(path) for name in hop]


def _some_route(scenario: Any) -> str:
    """What a route might be, of the ends at hand."""
    sites = table_of(scenario, "sites")
    ends = [*table_of(scenario, "spacecraft"), *sites][:2]
    if len(ends) < 2:
        ends.append("moon" if any(get(site, "body", "earth") == "earth" for site in sites.values()) else "earth")
    return f'Add one, like [routes] link = ["{ends[0]}", "{ends[1]}"]'


def _pictured(scenario: Any, at: Keys, product: Any) -> Iterator[Complaint]:
    """What pictures show: one route, one site's sky, one hop, some spacecraft."""
    routes, spacecraft = table_of(scenario, "routes"), table_of(scenario, "spacecraft")
    asked = get(product, "site") is not None or get(product, "hop") is not None
    hops = dict.fromkeys(hop for path in routes.values() if asked for hop in _hops(path))
    name = get(product, "route")
    if isinstance(name, str) and name not in routes:
        yield (*at, "route"), f"no route is called {shown(name)}.{nearest(name, routes)}"
    site, there = get(product, "site"), {name for hop in hops for name in hop if name in table_of(scenario, "sites")}
    if isinstance(site, str) and site not in there:
        close = nearest(site, sorted(there))
        yield (*at, "site"), f"no hop of the routes begins or ends at a site {shown(site)}.{close}"
    hop = get(product, "hop")
    if isinstance(hop, (list, tuple)) and len(hop) == 2 and all(isinstance(end, str) for end in hop):
        ways = [f"{a} – {b}" for a, b in hops]
        if tuple(hop) not in hops:
            name = " – ".join(hop)
            yield (*at, "hop"), f"no route has the hop {shown(name)}.{nearest(name, ways)}"
        elif not any(end in there for end in hop):
            yield (*at, "hop"), f"{' – '.join(hop)} has no site at an end: there is no pass to draw"
    chosen = get(product, "spacecraft")
    for place, name in enumerate(chosen if isinstance(chosen, (list, tuple)) else ()):
        if isinstance(name, str) and name not in spacecraft:
            yield (*at, "spacecraft", place), f"no spacecraft is called {shown(name)}.{nearest(name, spacecraft)}"


def _hops(path: Any) -> Iterator[tuple[str, str]]:
    """The hops of a path that may be wrong in any way: others complain of that."""
    steps = path if isinstance(path, (list, tuple)) else ()
    listed = [step if isinstance(step, (list, tuple)) else (step,) for step in steps]
    for before, after in pairwise(listed):
        yield from ((a, b) for a in before for b in after if isinstance(a, str) and isinstance(b, str))


def _assets(scenario: Any, index: int, product: Any) -> Iterator[Complaint]:
    """What the points of a map look at: is it there, and does it not stand on the body itself?"""
    sites, spacecraft = table_of(scenario, "sites"), table_of(scenario, "spacecraft")
    on, assets = get(product, "body", "moon"), get(product, "assets")
    for place, asset in enumerate(assets if isinstance(assets, (list, tuple)) else ()):
        steps = asset if isinstance(asset, (list, tuple)) else (asset,)
        for number, step in enumerate(steps):
            keys: Keys = ("products", index, "assets", place, *((number,) if isinstance(asset, (list, tuple)) else ()))
            for name in step if isinstance(step, (list, tuple)) else (step,):
                if not isinstance(name, str):
                    continue
                if name not in sites and name not in spacecraft and name not in BODIES:
                    close = nearest(name, [*sites, *spacecraft, *BODIES])
                    yield keys, f"no site or spacecraft is called {shown(name)}.{close}"
                elif number == 0 and (name == on or (name in sites and get(sites[name], "body", "earth") == on)):
                    yield keys, f"points of the {on} cannot look at {name!r}, which is on the {on} itself"


def get(holder: Any, key: str, default: Any = None) -> Any:
    """A key of a table or an attribute of an object."""
    value = holder.get(key) if isinstance(holder, Mapping) else getattr(holder, key, None)
    return default if value is None else value


def table_of(scenario: Any, key: str) -> Mapping[Any, Any]:
    """A table of a scenario; empty where it has none."""
    found = get(scenario, key, {})
    return found if isinstance(found, Mapping) else {}
