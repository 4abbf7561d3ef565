"""The scenario, read from a file or built in Python. Nothing is computed here."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from sim.core.arguments import typed
from sim.core.errors import SimError
from sim.core.model import A_TIME, FROM_FILE, Epoch, Listed, Model, Name, Table, Text
from sim.core.text import nearest, place, shown, some
from sim.core.time import Span
from sim.core.values import TomlTable
from sim.data.resources import scenario_file
from sim.scenario.channels import channels_of
from sim.scenario.checks import contradictions
from sim.scenario.cost import expensive
from sim.scenario.file_paths import ends_of, files_named, holder_of
from sim.scenario.handed_down import HANDED, handed_down, own_keys
from sim.scenario.includes import MAX_PROBLEMS, Fragments, Origin, gather, merged, seed
from sim.scenario.includes import digest as digest
from sim.scenario.includes import refused as refused
from sim.scenario.link import Link, Step, limits_on_links
from sim.scenario.messages import Complaint, Schema, complaints, with_more
from sim.scenario.product import AnyProduct
from sim.scenario.schema import fields as fields
from sim.scenario.schema import kinds_text as kinds_text
from sim.scenario.schema import schema_of
from sim.scenario.sweep_table import Sweep
from sim.trajectories.bodies.body import BODIES, body
from sim.trajectories.limbs import SPHERE
from sim.trajectories.moving_site import AnySite
from sim.trajectories.pass_rules import PassRules
from sim.trajectories.radios.declared import (
    DeclaredAntenna,
    DeclaredData,
    DeclaredMission,
    DeclaredRadio,
    DeclaredRequest,
)
from sim.trajectories.sites import Site
from sim.trajectories.spacecraft import Spacecraft
from sim.trajectories.trajectory import Trajectory

Route = Annotated[tuple[Step, ...], Field(min_length=2), Listed]
"""A path of sites, spacecraft and bodies; a list inside means any one of them."""

_CHECKED = "checked"
"""Key in the context of a validation: the caller makes the cross-checks, to report all problems together."""


class Scenario(Model):
    """A scenario: a span, sites and spacecraft, routes between them, and the products to write.

    Parameters
    ----------
    start : time
        Start of the span: UTC text with `Z`, an aware datetime, an astropy `Time`, or TDB s past J2000.
    end : time, optional
        End of the span. Give `end` or `days`.
    days : float, optional
        Length of the span.
    sites : dict of str to Site
        Ground stations and landers, ships and aircraft.
    spacecraft : dict of str to Spacecraft
        Spacecraft with their orbits.
    routes : dict of str to list
        Paths of names, for example `["lander", "relay", ["kourou", "goldstone"]]`. A list inside means any one of
        its ends. Times of a route are those of its last end.
    products : list of Product
        Tables and pictures to write; if empty, a contact plan, passes and a timeline.
    ephemeris : str
        `de421`, `de440`, or the path of an SPK file.
    light_time : bool
        Whether light time and stellar aberration are modeled.
    title : str
        Shown in pictures and reports.
    sweep : Sweep, optional
        What varies in `sim sweep`.

    Raises
    ------
    pydantic.ValidationError
        A `ValueError` with every problem of the scenario.

    Examples
    --------
    >>> import sim
    >>> kourou = sim.Site(name="kourou", latitude_deg=5.25, longitude_deg=-52.8)
    >>> scenario = sim.Scenario(
    ...     start="2019-01-03T00:00:00Z", days=1, sites={"kourou": kourou}, routes={"down": ["moon", "kourou"]}
    ... )
    >>> scenario.span.days
    1.0
    >>> scenario.used_ends()
    ['moon', 'kourou']
    """

    title: Text = ""
    start: Epoch
    end: Epoch | None = None
    """end of the span; give end or days"""
    days: Annotated[float, Field(gt=0)] | None = None
    """length of the span; give end or days"""
    ephemeris: str = "de421"
    """de421, de440, the path of an SPK file, or data:NAME of a file that `sim data fetch` downloaded"""
    light_time: bool = True
    """whether light time and stellar aberration are modeled"""
    moon_limb: Annotated[str, Field(max_length=4096)] = SPHERE
    """the Moon's limb on the lines of sight of all spacecraft that do not set their own"""
    sites: dict[Name, AnySite] = {}
    spacecraft: dict[Name, Spacecraft] = {}
    radios: dict[Name, DeclaredRadio] = {}
    """antennas, transmitters and receivers, which sites and spacecraft have by name"""
    links: dict[Name, Link] = {}
    """limits of the hops between some ends only, and signals or data rates from one to the other"""
    data: dict[Name, DeclaredData] = {}
    """data that ends make, and the desks that wait for them"""
    antennas: dict[Name, DeclaredAntenna] = {}
    """antennas of sites that have several, or maintenance; a site without any has one of its own name"""
    crews: dict[Name, Annotated[int, Field(ge=0, le=1000)]] = {}
    """by site, how many tracks its crew looks after at once"""
    missions: dict[Name, DeclaredMission] = {}
    """missions that ask for tracking"""
    requests: Annotated[tuple[DeclaredRequest, ...], Listed, Field(max_length=10_000)] = ()
    """what missions ask for, for the product `schedule`"""
    routes: dict[Name, Route] = {}
    """paths of names; a list inside means any one of its ends"""
    passes: PassRules = PassRules()
    """what makes a pass that can be planned, at every site whose own table does not say otherwise"""
    products: Annotated[tuple[AnyProduct, ...], Listed] = ()
    """tables and pictures to write"""
    sweep: Sweep | None = None
    """what varies in `sim sweep`"""

    _origin: Origin | None = PrivateAttr(default=None)

    @model_validator(mode="wrap")
    @classmethod
    def _hand_down(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Give ends their names from their keys, and what the scenario says of all unless they say it themselves."""
        if not isinstance(data, Mapping):
            return handler(data)
        made = handler(handed_down(data))
        for table, ends in (("sites", made.sites), ("spacecraft", made.spacecraft)):
            for name, end in ends.items():
                if end is not data[table][name]:
                    end.__pydantic_fields_set__.difference_update(HANDED[table] - own_keys(data[table][name]))
        return made

    @model_validator(mode="after")
    def _fits(self, info: ValidationInfo) -> Scenario:
        if info.context is not None and info.context.get(_CHECKED):
            return self
        found = list(contradictions(self))
        for table, ends in (("sites", self.sites), ("spacecraft", self.spacecraft)):
            found += [
                ((table, key, "name"), f"expected the same name as its key, {key!r}, got {end.name!r}")
                for key, end in ends.items()
                if end.name != key
            ]
        if found:
            raise ValueError(some((": ".join(filter(None, (place(keys), message))) for keys, message in found), "; "))
        return self

    @cached_property
    def span(self) -> Span:
        """The interval of time that is searched."""
        return Span(self.start, self.end, days=self.days)

    @cached_property
    def ends(self) -> dict[str, Site | Spacecraft]:
        """Sites and spacecraft by name, with the limits that they have by links."""
        plain: dict[str, Site | Spacecraft] = {**self.sites, **self.spacecraft}
        limits = limits_on_links(self.links, lambda link: channels_of(self, link))
        more = {n: plain[n].unchecked(limits=(*plain[n].limits, *each)) for n, each in limits.items() if n in plain}
        return Table({**plain, **more})

    @typed
    def __getitem__(self, name: str) -> Trajectory:
        """The trajectory of a site, body or spacecraft over the span. Raises `KeyError` for an unknown name."""
        if name not in self._ready:
            if name in self.ends:
                end, span = self.ends[name], self.span
                when = (span, self.light_time, self.early_s) if isinstance(end, Spacecraft) else (span,)
                self._ready[name] = end.over(*when)
                if isinstance(end, Site) and self.passes.model_fields_set:
                    self._ready[name] = end.unchecked(passes=end.passes.over(self.passes))
            elif name in BODIES:
                self._ready[name] = body(name, self.ephemeris)
            else:
                raise KeyError(f"no site or spacecraft is called {shown(name)}.{nearest(name, [*self.ends, *BODIES])}")
        return self._ready[name]

    def used_ends(self) -> list[str]:
        """The names that routes and products use, each once, in order.

        If there are no routes, a picture of all spacecraft uses all sites and spacecraft.
        """
        from sim.visibility.routes import names
        routes = [name for route in self.routes.values() for name in names(route)]
        if not self.routes and any(product.shows_all_spacecraft for product in self.products):
            routes = list(self.ends)
        return list(dict.fromkeys(routes + [name for product in self.products for name in product.ends]))

    @typed
    def path(self, of: Sequence[str]) -> Sequence[str | Sequence[str]]:
        """The path of a route (its name) or hop (its two ends). Raises `SimError` if there is none."""
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
        """The site of that name. Raises `SimError` if there is none."""
        if name not in self.sites:
            raise SimError(f"no site is called {shown(name)}.{nearest(name, self.sites)}")
        return self.sites[name]

    @typed
    def only(self, of: Sequence[str]) -> Scenario:
        """The same scenario with a single route or hop (`of` as in `path`), and without products."""
        return self.unchecked(routes={"-".join(of): self.path(of)}, products=())

    @property
    def origin(self) -> Origin | None:
        """The file it was read from, with its contents; None if it was built in Python."""
        return self._origin

    @cached_property
    def remarks(self) -> tuple[str, ...]:
        """What a user should know before relying on its result, one sentence each."""
        from sim.scenario.notes import remarks  # it loads force models, which a scenario does not need

        return remarks(self)

    @cached_property
    def early_s(self) -> float:
        """How long before the span trajectories are needed (s): an upper bound of the light time of all routes.

        0 if light time is not modeled. Raises `DataError`.
        """
        if not self.light_time:
            return 0.0
        from sim.visibility.routes import EARLY_S, names

        light = {name: craft.light_s(self.span) for name, craft in self.spacecraft.items()}
        routes = [*self.routes.values()] or [(*self.ends,)[:2]]
        longest = [max((light.get(name, 0.0) for name in names(route)), default=0.0) for route in routes]
        return max(1.1 * (len(route) - 1) * s for route, s in zip(routes, longest, strict=True)) + 2.0 * EARLY_S

    @cached_property
    def _ready(self) -> dict[str, Trajectory]:
        return {}


@typed
def load(path: str | Path, *, allow_paths: bool = False) -> Scenario:
    """Read a scenario file and the files that it includes.

    Parameters
    ----------
    path
        The scenario file (TOML), or the name of an included scenario.
    allow_paths
        Whether it may name files outside its own folder.

    Returns
    -------
    Scenario
        The validated scenario. Orbit files are found and checked, but trajectories are not computed yet.

    Raises
    ------
    ScenarioError
        With every problem, its file, line and key.

    Examples
    --------
    >>> import sim
    >>> scenario = sim.load("first-look")
    >>> list(scenario.routes)
    ['downlink']
    """
    return of_file(gather(path := scenario_file(path)), path, allow_paths=allow_paths)


def of_file(fragments: Fragments, path: Path, *, allow_paths: bool = False, affordable: bool = False) -> Scenario:
    """The scenario of a file that has been gathered. Raises as `load`.

    affordable : whether its cost has been checked and is within the limits
    """
    scenario = checked(fragments, path, allow_paths=allow_paths, affordable=affordable)
    scenario._origin = Origin(path.resolve(), fragments, digest(scenario))
    return scenario


def checked(fragments: Fragments, path: Path, *, allow_paths: bool = False, affordable: bool = False) -> Scenario:
    """The scenario of tables that were read from a file and may have been changed since. Raises as `load`."""
    scenario, found = built(fragments, path.resolve().parent, allow_paths=allow_paths, affordable=affordable)
    if scenario is None or found:
        raise refused(path, fragments, found)
    return scenario


def built(
    fragments: Fragments, folder: Path, *, allow_paths: bool = False, affordable: bool = False
) -> tuple[Scenario | None, list[Complaint]]:
    """The scenario of merged files, if they are valid enough to build one, and every problem found."""
    data, scenario = copy.deepcopy(fragments.data), None
    if not affordable and (found := list(expensive(data))):  # before anything that takes time
        return None, found
    found = [*_own_names(data), *files_named(data, folder, allow_paths)]
    try:
        scenario = Scenario.model_validate(data, context={_CHECKED: True, FROM_FILE: True})
    except ValidationError as error:
        found = with_more(found, complaints(error, data, schema()))
        for keys in [keys for keys, message in found if message.startswith(A_TIME)]:
            holder_of(data, keys)[keys[-1]] = ""  # so that no other check uses it
    return scenario, with_more(found, islice(contradictions(data, affordable=True), MAX_PROBLEMS))


@typed
def seeds(*names: str) -> dict[str, Site | Spacecraft]:
    """The sites and spacecraft of seed files.

    Seed files are part of the package: ground stations, landing sites and spacecraft, with their sources.

    Parameters
    ----------
    *names
        Names of seed files, for example `stations/estrack` or `sites/moon`.

    Returns
    -------
    dict of str to Site or Spacecraft
        Every site and spacecraft of these files, by name.

    Raises
    ------
    SimError
        If there is no such seed file.

    Examples
    --------
    >>> import sim
    >>> stations = sim.seeds("stations/estrack")
    >>> stations["kourou"].latitude_deg
    5.2514391
    """
    data = TomlTable()
    for name in names:
        data = merged(data, seed(name).data)
    return Scenario.model_validate({"start": 0.0, "days": 1.0, **data}, context={_CHECKED: True}).ends


@lru_cache(maxsize=1)
def schema() -> Schema:
    """The JSON Schema of scenario files, for editors."""
    result = schema_of(Scenario)
    for name in ("Site", "MovingSite", "Spacecraft"):
        end = result["$defs"][name]
        del end["properties"]["name"]
        end["required"] = [key for key in end["required"] if key not in ("name", "waypoints")]  # or a track_file
    about = "files to merge; names that begin with seeds: are part of the package"
    include: Schema = {"type": "array", "items": {"type": "string"}, "description": about}
    result["properties"] = {"include": include, **result["properties"]}
    result["oneOf"] = [{"required": ["end"]}, {"required": ["days"]}]
    head: Schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "sim scenario"}
    return {**head, **result}


def _own_names(data: TomlTable) -> Iterator[Complaint]:
    """Report ends with a name other than their key. A file written by a program may repeat the key."""
    for table, name, end in ends_of(data):
        if end.get("name", name) != name:
            del end["name"]
            yield (table, name, "name"), f"unknown key. The name is taken from the table [{table}.{name}]"
