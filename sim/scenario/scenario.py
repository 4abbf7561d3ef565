"""The scenario: what is asked, as a file says it or as a notebook builds it. Nothing is computed here."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    Discriminator,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    Tag,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from sim.core.arguments import typed
from sim.core.errors import SimError
from sim.core.model import A_TIME, FROM_FILE, Epoch, Listed, Model, Name, Table, Text
from sim.core.text import nearest, place, shown, some
from sim.core.time import Span
from sim.scenario.checks import contradictions
from sim.scenario.cost import expensive
from sim.scenario.file_paths import ends_of, files_named, holder_of
from sim.scenario.includes import MAX_PROBLEMS, SEEDS, Fragments, Origin, gather, merged, seed
from sim.scenario.includes import refused as refused
from sim.scenario.messages import NEEDS, Complaint, complaints
from sim.scenario.product import AnyProduct
from sim.scenario.schema import fields as fields
from sim.scenario.schema import kinds_text as kinds_text
from sim.scenario.schema import tidy
from sim.scenario.sweep_table import Sweep
from sim.trajectories.bodies.body import BODIES, body
from sim.trajectories.sites import Site
from sim.trajectories.spacecraft import Spacecraft
from sim.trajectories.trajectory import Trajectory
from sim.visibility.routes import EARLY_S, names

Step = Annotated[
    Annotated[Name, Tag("one")] | Annotated[tuple[Name, ...], Field(min_length=1), Listed, Tag("any")],
    Discriminator(lambda value: "any" if isinstance(value, (list, tuple)) else "one"),
]
Route = Annotated[tuple[Step, ...], Field(min_length=2), Listed]
"""A path of ends: site, spacecraft or body; a list inside means any of them."""

_CHECKED = "checked"
"""In the context of a validation: whoever asks for it makes the cross-checks, to tell of all problems together."""


class Scenario(Model):
    """What is asked: a span, sites and spacecraft, routes between them, and the products to write."""

    title: Text = ""
    start: Epoch
    end: Epoch | None = None
    """end of the span; or give days"""
    days: Annotated[float, Field(gt=0)] | None = None
    """length of the span; or give end"""
    ephemeris: str = "de421"
    """de421, de440, the path of an SPK file, or data:NAME of one that `sim data fetch` fetched"""
    light_time: bool = True
    """whether light takes time"""
    sites: dict[Name, Site] = {}
    spacecraft: dict[Name, Spacecraft] = {}
    routes: dict[Name, Route] = {}
    """paths of names; a list inside means any of them"""
    products: Annotated[tuple[AnyProduct, ...], Listed] = ()
    """files to write"""
    sweep: Sweep | None = None
    """the scenario many times: for `sim sweep`"""

    _origin: Origin | None = PrivateAttr(default=None)

    @model_validator(mode="wrap")
    @classmethod
    def _hand_down(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Ends learn their names from their keys, and the ephemeris from the scenario, which is not theirs by that."""
        if not isinstance(data, Mapping):
            return handler(data)
        handed = {"ephemeris": data["ephemeris"]} if isinstance(data.get("ephemeris"), str) else {}
        given = dict(data)
        for table in ("sites", "spacecraft"):
            if isinstance(ends := data.get(table), Mapping):
                given[table] = {name: _named(name, end, handed) for name, end in ends.items()}
        made = handler(given)
        for table in ("sites", "spacecraft"):
            for name, end in getattr(made, table).items():
                if end is not data[table][name] and not _has_own(data[table][name]):
                    end.__pydantic_fields_set__.discard("ephemeris")
        return made

    @model_validator(mode="after")
    def _fits(self, info: ValidationInfo) -> Scenario:
        if info.context is not None and info.context.get(_CHECKED):
            return self
        found = list(contradictions(self))
        for table, ends in (("sites", self.sites), ("spacecraft", self.spacecraft)):
            found += [
                ((table, key, "name"), f"expected {key!r}, its key, got {end.name!r}")
                for key, end in ends.items()
                if end.name != key
            ]
        if found:
            raise ValueError(some((": ".join(filter(None, (place(keys), message))) for keys, message in found), "; "))
        return self

    @cached_property
    def span(self) -> Span:
        """The searched interval of time."""
        return Span(self.start, self.end, days=self.days)

    @cached_property
    def ends(self) -> dict[str, Site | Spacecraft]:
        """Sites and spacecraft by name."""
        return Table({**self.sites, **self.spacecraft})

    @typed
    def __getitem__(self, name: str) -> Trajectory:
        """A site, a body, or a spacecraft that has been moved over the span."""
        if name not in self._ready:
            if name in self.ends:
                end, span = self.ends[name], self.span
                when = (span, self.light_time, self.early_s) if isinstance(end, Spacecraft) else (span,)
                self._ready[name] = end.over(*when)
            elif name in BODIES:
                self._ready[name] = body(name, self.ephemeris)
            else:
                raise KeyError(f"no site or spacecraft is called {shown(name)}.{nearest(name, [*self.ends, *BODIES])}")
        return self._ready[name]

    def used_ends(self) -> list[str]:
        """The names that the routes and products use, each once, in the order in which they come.

        Pictures of all spacecraft show those of the routes; without routes, all that there are, and all sites.
        """
        routes = [name for route in self.routes.values() for name in names(route)]
        if not self.routes and any(product.shows_all_spacecraft for product in self.products):
            routes = list(self.ends)
        products = [name for product in self.products for name in product.ends]
        return list(dict.fromkeys(routes + products))

    @typed
    def path(self, of: Sequence[str]) -> Sequence[str | Sequence[str]]:
        """The path of a route, by its name, or of a hop, by its two ends. Raises `SimError` where there is none."""
        if len(of) == 1:
            if of[0] not in self.routes:
                raise SimError(f"no route is called {shown(of[0])}.{nearest(of[0], self.routes)}")
            return self.routes[of[0]]
        if len(of) != 2 or of[0] == of[1]:
            raise SimError(f"expected the name of a route or two different ends, got {some(of, ' ')}")
        for name in of:
            if name not in self.ends and name not in BODIES:
                cure = nearest(name, [*self.ends, *BODIES])
                raise SimError(f"no site, spacecraft or body is called {shown(name)}.{cure}")
        return tuple(of)

    @typed
    def site(self, name: str) -> Site:
        """The site of that name. Raises `SimError` where there is none."""
        if name not in self.sites:
            raise SimError(f"no site is called {shown(name)}.{nearest(name, self.sites)}")
        return self.sites[name]

    @typed
    def only(self, of: Sequence[str]) -> Scenario:
        """The same scenario with no route but one, or but one hop, and without products."""
        return self.unchecked(routes={"-".join(of): self.path(of)}, products=())

    @property
    def origin(self) -> Origin | None:
        """What it was read from; None where it was built in Python. One that was altered since has another digest."""
        return self._origin

    @cached_property
    def remarks(self) -> tuple[str, ...]:
        """What a user should know of it before believing its result, each a sentence: where, what, how much."""
        from sim.scenario.notes import remarks  # it loads force models, which a scenario does without

        return remarks(self)

    @cached_property
    def early_s(self) -> float:
        """How long before the span ends may be asked, since light that arrives in it left before (s): an upper bound.

        What reaches the last end of a route as the span begins was at each of the others earlier; hops are searched a
        little longer than that. 0 where light takes no time. Raises `DataError`.
        """
        if not self.light_time:
            return 0.0
        light = {name: craft.light_s(self.span) for name, craft in self.spacecraft.items()}
        routes = [*self.routes.values()] or [(*self.ends,)[:2]]
        longest = [max((light.get(name, 0.0) for name in names(route)), default=0.0) for route in routes]
        return max(1.1 * (len(route) - 1) * s for route, s in zip(routes, longest, strict=True)) + 2.0 * EARLY_S

    @cached_property
    def _ready(self) -> dict[str, Trajectory]:
        return {}


@typed
def load(path: str | Path, *, allow_paths: bool = False) -> Scenario:
    """The scenario of a file, with all that it includes.

    allow_paths : whether it may name ephemeris files outside its own folder

    Raises `ScenarioError` with every mistake, each with its place.
    """
    return of_file(gather(path := Path(path)), path, allow_paths=allow_paths)


def of_file(fragments: Fragments, path: Path, *, allow_paths: bool = False, affordable: bool = False) -> Scenario:
    """The scenario of a file that has been gathered. Raises as `load`.

    affordable : whether its cost has been asked for, and is within the limits
    """
    scenario = checked(fragments, path, allow_paths=allow_paths, affordable=affordable)
    scenario._origin = Origin(path.resolve(), fragments, digest(scenario))
    return scenario


def checked(fragments: Fragments, path: Path, *, allow_paths: bool = False, affordable: bool = False) -> Scenario:
    """The scenario of tables that were gathered from a file, and may have been changed since. Raises as `load`."""
    scenario, found = built(fragments, path.resolve().parent, allow_paths=allow_paths, affordable=affordable)
    if scenario is None or found:
        raise refused(path, fragments, found)
    return scenario


def built(
    fragments: Fragments, folder: Path, *, allow_paths: bool = False, affordable: bool = False
) -> tuple[Scenario | None, list[Complaint]]:
    """The scenario that merged files say, if they make one, and all that is wrong with it."""
    data, scenario = copy.deepcopy(fragments.data), None
    if not affordable and (found := list(expensive(data))):  # before anything that takes time
        return None, found
    found = [*_own_names(data), *files_named(data, folder, allow_paths)]
    try:
        scenario = Scenario.model_validate(data, context={_CHECKED: True, FROM_FILE: True})
    except ValidationError as error:
        found = _with(found, complaints(error, data, schema()))
        for keys in [keys for keys, message in found if message.startswith(A_TIME)]:
            holder_of(data, keys)[keys[-1]] = ""  # so that nothing is concluded from it
    return scenario, _with(found, islice(contradictions(data, affordable=True), MAX_PROBLEMS))


@typed
def seeds(*names: str) -> dict[str, Site | Spacecraft]:
    """The sites and spacecraft of seed files, by name: seeds("stations/estrack", "sites/moon").

    Raises `SimError` for a name that no seed has.
    """
    data: dict[str, Any] = {}
    for name in names:
        data = merged(data, seed(name).data)
    return Scenario.model_validate({"start": 0.0, "days": 1.0, **data}, context={_CHECKED: True}).ends


@lru_cache(maxsize=1)
def schema() -> dict[str, Any]:
    """The JSON Schema of scenario files, for editors."""
    result: dict[str, Any] = tidy(Scenario.model_json_schema())
    for name in ("Site", "Spacecraft"):
        end = result["$defs"][name]
        del end["properties"]["name"]
        end["required"].remove("name")
    told = "files to merge; those that begin with seeds: ship with the package"
    include = {"type": "array", "items": {"type": "string"}, "description": told}
    result["properties"] = {"include": include, **result["properties"]}
    result["oneOf"] = [{"required": ["end"]}, {"required": ["days"]}]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "sim scenario", **result}


def digest(scenario: Scenario) -> str:
    """SHA-256 of a scenario, the same on every machine: of its folders only the names of the files count."""
    data = scenario.model_dump(mode="json", exclude={"sweep"})
    for holder in (data, *data["sites"].values(), *data["spacecraft"].values()):
        holder["ephemeris"] = Path(holder["ephemeris"]).name
    for craft in data["spacecraft"].values():
        for orbit in (craft["orbit"], *(phase["orbit"] for phase in craft["orbit"].get("phases", ()))):
            if orbit.get("file") is not None:
                file = orbit["file"]
                orbit["file"] = [Path(each).name for each in file] if isinstance(file, list) else Path(file).name
    for site in data["sites"].values():
        site["horizon_file"] = Path(site["horizon_file"]).name
    for product in data["products"]:
        if claims := product.pop("claims", None):  # without any, the digest is what it was before there were such
            product["claims"] = [file if file.startswith(SEEDS) else Path(file).name for file in claims]
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _named(name: Any, end: Any, handed: Mapping[str, str]) -> Any:
    if isinstance(end, Mapping):
        return {"name": name, **handed, **end}
    if handed and isinstance(end, (Site, Spacecraft)) and not _has_own(end) and end.ephemeris != handed["ephemeris"]:
        return end.model_copy(update=handed)
    return end


def _has_own(end: Any) -> bool:
    """Whether an end says itself which ephemeris it moves in."""
    return "ephemeris" in (end.model_fields_set if isinstance(end, (Site, Spacecraft)) else end)


def _own_names(data: dict[str, Any]) -> Iterator[Complaint]:
    """In a file the table's key is the name; another could only differ. What a program wrote may repeat it."""
    for table, name, end in ends_of(data):
        if end.get("name", name) != name:
            del end["name"]
            yield (table, name, "name"), f"unknown key. The name is that of the table, [{table}.{name}]"


def _with(found: list[Complaint], more: Iterable[Complaint]) -> list[Complaint]:
    """Complaints and further ones, but for those about a value that is known to be wrong."""
    known = {keys for keys, text in found if keys and not text.startswith(NEEDS)}
    return found + [(keys, text) for keys, text in more if keys not in known or text.startswith(NEEDS)]
