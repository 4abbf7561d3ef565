"""Notes on a scenario: what is allowed but unusual, printed with the results and kept in run.json."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, get_args

import numpy as np

from sim.core.time import Span, utc
from sim.data.resources import seeds_folder
from sim.scenario.channels import unused_directions
from sim.scenario.file_paths import ends_of
from sim.scenario.includes import seed
from sim.trajectories.bodies.body import BODIES
from sim.trajectories.bodies.frames import earth_orientation, ut1_sigma_s
from sim.trajectories.orbits.model_errors import left_out
from sim.trajectories.orbits.orbit import Orbit, Topic
from sim.trajectories.orbits.orbit_errors import Sigma
from sim.trajectories.sites import Site

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario
    from sim.trajectories.spacecraft import Spacecraft

FAR_KM = 50.0
"""A site farther than this from the seed file's site of the same name gets a note."""
WORTH_KM = 10.0
"""An omission of an orbit's model gets a note if it is larger than this and than the orbit's stated errors."""


def remarks(scenario: Scenario) -> tuple[str, ...]:
    """What a user should know before relying on a scenario's result, one sentence each: where, what, how much."""
    ages, drag, centers = (_doubts(scenario, topic) for topic in get_args(Topic))
    orbits = ages, drag, _models(scenario), centers, _read(scenario), _gaps(scenario)
    ends = _turning(scenario), _limits(scenario), unused_directions(scenario)
    return tuple(chain.from_iterable((_places(scenario.sites), *orbits, *ends)))


def _limits(scenario: Scenario) -> Iterator[str]:
    """What is odd in the limits of ends and links."""
    ends = {**scenario.sites, **scenario.spacecraft}
    tables: dict[str, Mapping[str, Site | Spacecraft]] = {"sites": scenario.sites, "spacecraft": scenario.spacecraft}
    for table, of_table in tables.items():
        for name, end in of_table.items():
            for index, limit in enumerate(end.limits):
                told = limit.remarks(name, scenario.span, tuple(ends))
                yield from (f"{table}.{name}.limits[{index}]: {each}" for each in told)
    for name, link in scenario.links.items():
        for index, limit in enumerate(link.limits):
            for holder, _ in link.holders(limit):
                told = limit.remarks(holder, scenario.span, tuple(ends))
                yield from (f"links.{name}.limits[{index}] at {holder}: {each}" for each in told)


def _places(sites: Mapping[str, Site]) -> Iterator[str]:
    known = _catalogue()
    for name, site in sites.items():
        if name not in known or site.moves:
            continue
        body, latitude, longitude = known[name]
        if body != site.body:
            continue
        away = _distance_km(body, latitude, longitude, site.latitude_deg, site.longitude_deg)
        if away <= FAR_KM:
            continue
        try:
            turned = _distance_km(body, latitude, longitude, site.longitude_deg, site.latitude_deg)
        except ValueError:
            turned = np.inf
        cure = (
            "are latitude and longitude swapped?" if turned <= FAR_KM else "rename it if it is another site"
        )
        yield (
            f"sites.{name} is {away:,.0f} km from {name} in the seed files "
            f"(latitude {latitude:g}, longitude {longitude:g}): {cure}"
        )


def _doubts(scenario: Scenario, topic: Topic) -> Iterator[str]:
    """Reasons why orbits may be wrong: old data, uncertain drag, an unusual center."""
    for where, orbit, share in _orbits(scenario):
        yield from (f"{where}: {each.text}" for each in orbit.caveats(share) if each.topic == topic)


def _models(scenario: Scenario) -> Iterator[str]:
    """Orbits whose model leaves out more than their stated errors."""
    for where, orbit, share in _orbits(scenario):
        sigma = scenario.spacecraft[where.split(".")[1]].sized(orbit, share)
        counted = sigma.along_at(orbit, share) if isinstance(sigma, Sigma) else 0.0
        for each in left_out(orbit, share, scenario.ephemeris):
            if each.km > max(counted, WORTH_KM):
                yield f"{where}: {each}"


def _orbits(scenario: Scenario) -> Iterator[tuple[str, Orbit, Span]]:
    """Every orbit of a scenario: its place in the file, the orbit, and the part of the span in which it is used."""
    span: Span = scenario.span
    for name, craft in scenario.spacecraft.items():
        if not craft.orbit.sequence():
            yield f"spacecraft.{name}", craft.orbit, span
        for index, phase in enumerate(craft.orbit.sequence()):
            start, end = max(phase.start, span.start), min(phase.end, span.end)
            if start < end and phase.orbit.site(name=name) is None:
                yield f"spacecraft.{name}.orbit.phases[{index}]", phase.orbit, Span(start, end)


def _read(scenario: Scenario) -> Iterator[str]:
    """Remarks on how orbits were found or their files were read."""
    for where, orbit, share in _orbits(scenario):
        yield from (f"{where}: {text}" for text in orbit.remarks(share))


def _gaps(scenario: Scenario) -> Iterator[str]:
    """Moving sites and spacecraft whose data do not cover the whole span, or a whole phase."""
    span: Span = scenario.span
    for name, site in scenario.sites.items():
        if told := site.gap_note(span):
            yield f"sites.{name}: {told}"
    for name, craft in scenario.spacecraft.items():
        where = f"spacecraft.{name}"
        known = None
        if not craft.orbit.sequence():
            known = craft.data_span(craft.orbit, span, scenario.light_time, scenario.early_s)
        if known and known.note:
            yield f"{where}: {known.note}"
        for index, phase in enumerate(craft.orbit.sequence()):
            start, end = max(phase.start, span.start), min(phase.end, span.end)
            if start < end and (known := craft.data_span(phase.orbit, Span(start, end))) and known.note:
                yield f"{where}.orbit.phases[{index}]: {known.note}"


def _turning(scenario: Scenario) -> Iterator[str]:
    """The uncertainty of UT1 beyond the end of the predicted Earth orientation."""
    span: Span = scenario.span
    predicted = earth_orientation().predicted_until
    used = [site for site in scenario.sites.values() if isinstance(site, Site) and site.body == "earth"]
    if not used or span.end <= predicted:
        return
    sigma = float(ut1_sigma_s(np.asarray(span.end)))
    yield (
        f"Earth orientation is predicted only until {utc(predicted, 0)[:10]}, but the span ends "
        f"{utc(span.end, 0)[:10]}. UT1 is extrapolated at its mean rate and uncertain by {sigma:.2g} s (1σ) at the "
        "end of the span, which shifts the edges of windows over sites on the Earth by up to as much. Leap seconds "
        "that have not been announced are not included"
    )


def _distance_km(body: str, *angles_deg: float) -> float:
    """Great-circle distance between two places, each given by latitude and longitude."""
    if abs(angles_deg[2]) > 90.0:
        raise ValueError("not a latitude")
    f, a, g, b = np.deg2rad(angles_deg)
    half = np.sin((g - f) / 2) ** 2 + np.cos(f) * np.cos(g) * np.sin((b - a) / 2) ** 2
    return float(2.0 * BODIES[body].equatorial_radius_km * np.arcsin(np.sqrt(min(1.0, half))))


@lru_cache(maxsize=1)
def _catalogue() -> dict[str, tuple[str, float, float]]:
    """Every site of the seed files by name: body, latitude and longitude (deg)."""
    found: dict[str, tuple[str, float, float]] = {}
    for folder in ("stations", "sites"):
        for path in sorted((seeds_folder() / folder).glob("*.toml")):
            for _, name, site in ends_of(seed(f"{folder}/{path.stem}").data):
                latitude, longitude = site.get("latitude_deg"), site.get("longitude_deg")
                if isinstance(latitude, (int, float)) and isinstance(longitude, (int, float)):
                    found[name] = str(site.get("body", "earth")), latitude, longitude
    return found
