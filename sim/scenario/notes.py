"""What is odd in a scenario, but not wrong: told beside the results, and kept in run.json."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from typing import Any, get_args

import numpy as np

from sim.core.time import Span, utc
from sim.data.resources import seeds_folder
from sim.scenario.includes import seed
from sim.trajectories.bodies.body import BODIES
from sim.trajectories.bodies.frames import earth_orientation, ut1_sigma_s
from sim.trajectories.orbits.model_errors import left_out
from sim.trajectories.orbits.orbit import Orbit, Topic
from sim.trajectories.orbits.orbit_errors import Sigma
from sim.trajectories.sites import Site

FAR_KM = 50.0
"""A site so far from the place that a seed has under its name is another one, or a mistake."""
WORTH_KM = 10.0
"""What a model leaves out gets a remark from here on, and where it is more than is counted of the orbit's errors."""


def remarks(scenario: Any) -> tuple[str, ...]:
    """What a user should know of a scenario before believing its result, each a sentence: where, what, how much."""
    ages, drag, centers = (_doubts(scenario, topic) for topic in get_args(Topic))
    orbits = ages, drag, _models(scenario), centers, _read(scenario), _gaps(scenario)
    return tuple(chain.from_iterable((_places(scenario.sites), *orbits, _turning(scenario))))


def _places(sites: Any) -> Iterator[str]:
    known = _catalogue()
    for name, site in sites.items():
        if name not in known:
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
        cure = "latitude and longitude are swapped" if turned <= FAR_KM else "give it another name if that is meant"
        yield (
            f"sites.{name} is {away:,.0f} km from the catalogue's {name} "
            f"(latitude {latitude:g}, longitude {longitude:g}): {cure}"
        )


def _doubts(scenario: Any, topic: Topic) -> Iterator[str]:
    """Why orbits may not be where they are said to be: how old, with what drag, about which center."""
    for where, orbit, share in _orbits(scenario):
        yield from (f"{where}: {each.text}" for each in orbit.caveats(share) if each.topic == topic)


def _models(scenario: Any) -> Iterator[str]:
    """Orbits whose model is itself the error: it leaves out more than is counted of their errors."""
    for where, orbit, share in _orbits(scenario):
        sigma = scenario.spacecraft[where.split(".")[1]].sized(orbit, share)
        counted = sigma.along_at(orbit, share) if isinstance(sigma, Sigma) else 0.0
        for each in left_out(orbit, share, scenario.ephemeris):
            if each.km > max(counted, WORTH_KM):
                yield f"{where}: {each}"


def _orbits(scenario: Any) -> Iterator[tuple[str, Orbit, Span]]:
    """Every orbit that is flown in a scenario, where it stands in the file, and the part of the span it is flown in."""
    span: Span = scenario.span
    for name, craft in scenario.spacecraft.items():
        if not craft.orbit.sequence():
            yield f"spacecraft.{name}", craft.orbit, span
        for index, phase in enumerate(craft.orbit.sequence()):
            start, end = max(phase.start, span.start), min(phase.end, span.end)
            if start < end and phase.orbit.site(name=name) is None:
                yield f"spacecraft.{name}.orbit.phases[{index}]", phase.orbit, Span(start, end)


def _read(scenario: Any) -> Iterator[str]:
    """What there is to say of how the files of orbits were read."""
    for where, orbit, share in _orbits(scenario):
        yield from (f"{where}: {told}" for told in orbit.remarks(share))


def _gaps(scenario: Any) -> Iterator[str]:
    """Spacecraft whose data do not cover all of the span, or of a phase."""
    span: Span = scenario.span
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


def _turning(scenario: Any) -> Iterator[str]:
    """How well the Earth's turn is known, where it is not even predicted."""
    span: Span = scenario.span
    predicted = earth_orientation().predicted_until
    used = [site for site in scenario.sites.values() if isinstance(site, Site) and site.body == "earth"]
    if not used or span.end <= predicted:
        return
    sigma = float(ut1_sigma_s(np.asarray(span.end)))
    yield (
        f"the Earth's rotation is predicted until {utc(predicted, 0)[:10]}, and the span ends {utc(span.end, 0)[:10]}: "
        f"UT1 follows its mean rate and is good to {sigma:.2g} s there (standard deviation), which moves the edges of "
        "windows over sites on the Earth by up to as much. Leap seconds not yet announced are not counted"
    )


def _distance_km(body: str, *angles_deg: float) -> float:
    """Great circle between two places, latitude and longitude each."""
    if abs(angles_deg[2]) > 90.0:
        raise ValueError("no latitude")
    f, a, g, b = np.deg2rad(angles_deg)
    half = np.sin((g - f) / 2) ** 2 + np.cos(f) * np.cos(g) * np.sin((b - a) / 2) ** 2
    return float(2.0 * BODIES[body].equatorial_radius_km * np.arcsin(np.sqrt(min(1.0, half))))


@lru_cache(maxsize=1)
def _catalogue() -> dict[str, tuple[str, float, float]]:
    """Every site that the seeds have: its body, latitude and longitude, by name."""
    found: dict[str, tuple[str, float, float]] = {}
    for folder in ("stations", "sites"):
        for path in sorted((seeds_folder() / folder).glob("*.toml")):
            for name, site in seed(f"{folder}/{path.stem}").data.get("sites", {}).items():
                place = site.get("latitude_deg"), site.get("longitude_deg")
                if all(isinstance(angle, (int, float)) for angle in place):
                    found[name] = (site.get("body", "earth"), *place)
    return found
