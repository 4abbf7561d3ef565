"""Which radios a link's signal goes between, and what is wrong if it cannot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from sim.core.model import Model
from sim.core.text import nearest, shown, some
from sim.core.toml_file import Keys
from sim.scenario.draft import Draft, get, listed, names
from sim.scenario.messages import Complaint
from sim.trajectories.bodies.body import BODIES

if TYPE_CHECKING:  # a scenario without radios loads none of these
    from sim.scenario.link import Link
    from sim.scenario.scenario import Scenario
    from sim.trajectories.radios.channel import Channel
    from sim.trajectories.radios.mount import Mount
    from sim.trajectories.radios.radio import Radio
    from sim.trajectories.radios.signal import Signal

T = TypeVar("T", bound=Model)

LINK_MARGIN = "link_margin"

SUN_LIGHT_S = 490.0
"""Light time from the Sun to the Earth at perihelion. Source: 147.09 million km, NASA planetary fact sheet."""


def channels_of(scenario: Scenario, link: Link) -> dict[tuple[str, str], Channel]:
    """Return the channels of a link's signal by transmitter and receiver; those that cannot be are left out."""
    assert link.signal is not None
    draft, found = Draft(scenario), {}
    for one, other in link.pairs():
        made = _channel(draft, one, other, link.signal)
        if not isinstance(made, str):
            found[one, other] = replace(made, passes_sun=any(_is_far(scenario, end) for end in (one, other)))
    return found


def channels_of_links(scenario: Scenario) -> dict[str, dict[tuple[str, str], Channel]]:
    """Return the channels of all links with a signal, by name, by transmitter and receiver."""
    return {name: channels_of(scenario, link) for name, link in scenario.links.items() if link.signal is not None}


def _is_far(scenario: Scenario, end: str) -> bool:
    """Whether an end may be farther from the Earth than the Sun is, and so behind it."""
    if end in scenario.spacecraft:
        return 0.5 * scenario.spacecraft[end].light_s(scenario.span) > SUN_LIGHT_S
    return scenario.sites[end].body not in ("earth", "moon")


def disconnected(scenario: object) -> Iterator[Complaint]:
    """Radios that do not exist, signals that no two radios fit, and margins of links without a signal."""
    draft = Draft(scenario)
    for table, ends in (("sites", draft.sites), ("spacecraft", draft.spacecraft)):
        for name, end in ends.items():
            for index, radio in enumerate(given := _radio_names(end)):
                keys: Keys = (table, name, "radio", index) if len(given) > 1 else (table, name, "radio")
                if radio not in draft.radios:
                    yield keys, f"no radio is called {shown(radio)}.{nearest(radio, draft.radios)}"
            if get(end, "rain_rate_mm_h") is not None and get(end, "body", "earth") != "earth":
                yield (table, name, "rain_rate_mm_h"), "rain is for sites on the Earth. Leave it out"
            elif get(end, "rain_rate_mm_h") is not None and _moves(end):
                yield (table, name, "rain_rate_mm_h"), "rain is for sites that do not move. Leave it out"
            elif get(end, "rain_height_km") is not None and get(end, "rain_rate_mm_h") is None:
                yield (table, name, "rain_height_km"), "rain_height_km needs rain_rate_mm_h. Give that too"
            for index, limit in enumerate(listed(get(end, "limits"))):
                if get(limit, "kind") == LINK_MARGIN:
                    cure = "Give it to a link: [[links.NAME.limits]]"
                    yield (
                        (table, name, "limits", index),
                        f"a limit of kind {LINK_MARGIN!r} is of a link's signal. {cure}",
                    )
    for name, link in draft.links.items():
        if (signal := get(link, "signal")) is not None:
            yield from _signal_problems(draft, name, link, signal)
            continue
        for index, limit in enumerate(listed(get(link, "limits"))):
            if get(limit, "kind") == LINK_MARGIN:
                cure = f"Add [links.{name}.signal]"
                yield ("links", name, "limits", index), f"{LINK_MARGIN!r} needs a signal of the link. {cure}"


def unused_directions(scenario: Scenario) -> Iterator[str]:
    """Yield a sentence for each margin that limits no hop, as all routes go the other way or elsewhere."""
    from sim.visibility.routes import hops

    used = {hop for route in scenario.routes.values() for hop in hops(route)}
    for name, link in scenario.links.items():
        limited = any(getattr(limit, "kind", "") == LINK_MARGIN for limit in link.limits)
        if limited and used and not used.intersection(link.pairs()):
            one, other = next(link.pairs())
            way = "only the other way" if used & {(b, a) for a, b in link.pairs()} else "there"
            no = "" if way == "only the other way" else "no "
            yield (
                f"links.{name}: its margin limits nothing: {no}routes go {way}. The signal goes from {one} to {other}"
            )


def _signal_problems(draft: Draft, name: str, link: object, signal: object) -> Iterator[Complaint]:
    from sim.trajectories.radios.signal import Signal

    made = _valid(Signal, signal)
    sides = [names(side) for side in listed(get(link, "between"))]
    if made is None or len(sides) != 2:
        return
    moving = [end for side in sides for end in side if _moves(draft.sites.get(end))]
    if made.atmosphere == "itu-r" and moving:
        told = f"atmosphere = 'itu-r' is for sites that do not move, and {moving[0]} does"
        yield ("links", name, "signal", "atmosphere"), told
        return
    for one in sides[0]:
        for other in sides[1]:
            known = one != other and all(end in draft.ends or end in BODIES for end in (one, other))
            found = _channel(draft, one, other, made) if known else None
            if isinstance(found, str) and found:
                yield ("links", name, "signal"), found


def _channel(draft: Draft, one: str, other: str, signal: Signal) -> Channel | str:
    """The channel between two ends, or what is wrong; an empty text if that is reported elsewhere."""
    mounts: list[list[Mount]] = []
    for end, word in ((one, "transmits"), (other, "receives")):
        if end in BODIES:
            return f"{end} is a body and has no radio. Expected sites and spacecraft at both ends of a signal"
        own = [_mount(draft, end, name) for name in _radio_names(draft.ends[end])]
        if any(mount is None for mount in own):
            return ""
        table = "sites" if end in draft.sites else "spacecraft"
        fit = [mount for mount in own if mount is not None and getattr(mount.radio, word)]
        if not fit:
            return f'{end} has no radio that {word}. Add one: [{table}.{end}] radio = "NAME"'
        mounts.append(fit)
    tuned = [(a, b) for a in mounts[0] for b in mounts[1] if _in_tune(a.radio, b.radio, signal.frequency_mhz)]
    if len(tuned) != 1:
        has = " and ".join(
            f"{end} {word} by {some(_told(mount) for mount in each)}"
            for end, word, each in ((one, "transmits", mounts[0]), (other, "receives", mounts[1]))
        )
        at = f" at {signal.frequency_mhz:g} MHz" if signal.frequency_mhz is not None else ""
        if tuned:
            return f"{len(tuned)} pairs of radios fit: {has}. Say which by frequency_mhz, or by narrower bands"
        return f"no pair of radios has a band in common{at}: {has}"
    from sim.trajectories.radios.channel import Channel

    return _checked(Channel(*tuned[0], signal))


def _checked(channel: Channel) -> Channel | str:
    """The channel, or why it cannot be computed."""
    try:
        mhz = channel.frequency_mhz
    except ValueError as error:
        return str(error)
    sends, hears = channel.transmitter, channel.receiver
    if channel.polarization_db > 60.0:
        return (
            f"{sends.name} is {sends.radio.polarization} and {hears.name} is {hears.radio.polarization}: ideal "
            "antennas receive nothing of the other. Expected the same polarization, or an axial_ratio_db above 0"
        )
    for mount in (sends, hears):
        if wrong := _air_problem(mount, channel.signal, mhz):
            return wrong
    return channel


def _air_problem(mount: Mount, signal: Signal, mhz: float) -> str:
    """What is wrong with the atmosphere above an end; an empty text if nothing is."""
    from sim.trajectories.radios import atmosphere, itu, rain

    table, weather = mount.radio.zenith_attenuation_db, signal.weather
    if mount.height_m is None:
        return ""
    if mount.by_itu(signal):
        if not itu.is_installed():
            return f"atmosphere = 'itu-r' needs the package itur: {itu.INSTALL}"
        if not itu.MHZ[0] <= mhz <= itu.MHZ[1]:
            return f"atmosphere = 'itu-r' is for {itu.MHZ[0]:g} to {itu.MHZ[1]:g} MHz, got {mhz:g}"
        least, most = itu.WEATHER
        if not least <= weather <= most:
            return f"atmosphere = 'itu-r': expected weather from {least:g} to {most:g}, got {weather:g}"
        return ""
    first, last = atmosphere.GASES_DB[0, 0], atmosphere.GASES_DB[-1, 0]
    if table is None and not first <= mhz <= last:
        cure = f"Give zenith_attenuation_db of {mount.name}"
        return f"the attenuation of the atmosphere at {mhz:g} MHz is not known. {cure}"
    if isinstance(table, tuple) and not table[0][0] <= weather <= table[-1][0]:
        known = f"{table[0][0]:g} to {table[-1][0]:g}, the table of {mount.name}"
        return f"expected weather from {known}, got {weather:g}"
    if mount.has_rain(signal):
        if not rain.MHZ[0] <= mhz <= rain.MHZ[1]:
            return f"rain is known from {rain.MHZ[0]:g} to {rain.MHZ[1]:g} MHz, got {mhz:g}. Leave out rain_rate_mm_h"
        if weather > 1.0 - rain.LEAST_PERCENT / 100.0 + 1e-12:
            return f"expected weather up to {1.0 - rain.LEAST_PERCENT / 100.0:g}, where rain is known, got {weather:g}"
    return ""


def _in_tune(one: Radio, other: Radio, frequency_mhz: float | None) -> bool:
    if frequency_mhz is not None:
        return one.covers(frequency_mhz) and other.covers(frequency_mhz)
    (a, b), (c, d) = one.band_mhz, other.band_mhz
    return (one.covers(c) or one.covers(d) or other.covers(a) or other.covers(b)) and (a == b or c == d or b >= c)


def _told(mount: Mount) -> str:
    first, last = mount.radio.band_mhz
    return f"{mount.name} ({first:g} MHz)" if first == last else f"{mount.name} ({first:g} to {last:g} MHz)"


def _mount(draft: Draft, end: str, name: str) -> Mount | None:
    from sim.trajectories.radios.mount import Mount
    from sim.trajectories.radios.radio import Radio

    radio = _valid(Radio, draft.radios.get(name))
    if radio is None:
        return None
    site = draft.sites.get(end)
    if site is None or get(site, "body", "earth") != "earth":
        return Mount(name, radio)

    def number(key: str, default: float | None = None) -> float | None:
        value = get(site, key, default)
        return float(value) if isinstance(value, (int, float)) else None

    latitude, longitude = (number(key) or 0.0 for key in ("latitude_deg", "longitude_deg"))
    rain = number("rain_rate_mm_h"), number("rain_height_km")
    return Mount(name, radio, number("height_m", 0.0), latitude, longitude, *rain)


def _moves(site: object) -> bool:
    """Whether a site, or its table, has waypoints."""
    return get(site, "waypoints") is not None or bool(get(site, "track_file"))


def _radio_names(end: object) -> list[str]:
    given = get(end, "radio")
    return [given] if isinstance(given, str) else [name for name in listed(given) if isinstance(name, str)]


def _valid(cls: type[T], table: object) -> T | None:
    """An object, made from a table if it is one; None if that has problems, which validation reports."""
    if isinstance(table, cls):
        return table
    if not isinstance(table, Mapping):
        return None
    try:
        return cls.model_validate(dict(table))
    except ValidationError:
        return None
