"""What one part of a scenario says against another, or against the data at hand.

Each check looks at plain tables as well as at finished objects, and passes over what others complain of: so that all
mistakes of a file can be told at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from sim.core.errors import SimError
from sim.core.text import nearest, shown
from sim.core.time import DAY_S, FIRST_S, LAST_S, Span, tdb, utc
from sim.core.toml_file import Key, Keys, is_file
from sim.data.store import PREFIX
from sim.scenario.cost import MOST_DAYS, expensive
from sim.scenario.draft import get, table_of
from sim.scenario.messages import NEEDS, Complaint
from sim.scenario.product_checks import DEVICES, misdrawn
from sim.trajectories.bodies import ephemeris as kernels
from sim.trajectories.bodies.body import BODIES
from sim.trajectories.orbits.orbit import ORBITS, Orbit
from sim.trajectories.trajectory import AROUND_S, LIGHT_TIME_PAD_S
from sim.visibility.shadows import PLAIN

EPHEMERIDES = tuple(name for name in kernels.SHIPPED if name.startswith("de"))
"""The ephemerides that go by a name; any other goes by the path of its file."""

LEAST_S = 1e-3
"""A shorter span is none: times are told to a millisecond."""

_FIRST_EOP_TDB = -1.1e9
"""Before about 1965 it is worth a look where the Earth's measured orientation begins."""

_LAST_TDB = LAST_S - 7.0 * DAY_S
"""A span that ends in the year 9999, or later, has no room for what is computed around it."""


def contradictions(scenario: Any, *, affordable: bool = False) -> Iterator[Complaint]:
    """Everything in a scenario, finished or still plain tables, that does not fit the rest of it or the data.

    affordable : whether its cost has been asked for, and is within the limits
    """
    costs = () if affordable else (expensive,)
    for check in (_times, *costs, _names, _routes, _mixed, misdrawn, _shown, _coverage):
        yield from check(scenario)


def no_ephemeris(name: str) -> str:
    """What to say of an ephemeris that is neither known by name nor a file."""
    close = nearest(name, EPHEMERIDES)
    known = f" Expected {', '.join(EPHEMERIDES)} or the path of an SPK file"
    return f"no ephemeris is called {shown(name)}.{close if 'mean' in close else known}"


def _times(scenario: Any) -> Iterator[Complaint]:
    end, days = get(scenario, "end"), get(scenario, "days")
    if end is None and days is None:
        yield (), f"{NEEDS} 'days' or 'end'"
    if end is not None and days is not None:
        yield ("days",), "give days or end, not both"
    start, stop = _instant(get(scenario, "start")), _instant(end)
    if start is not None and stop is not None and stop <= start:
        yield ("end",), f"expected a time after the start, {utc(start, 0)}, got {utc(stop, 0)}"
    seconds = stop - start if start is not None and stop is not None else _seconds(days)
    if start is not None and start + max(seconds, 0.0) > _LAST_TDB:
        yield ("days" if stop is None else "end",), f"expected a span that ends before {utc(_LAST_TDB, 0)}"
    if 0.0 < seconds < LEAST_S:
        yield ("days" if stop is None else "end",), f"expected a span of at least {LEAST_S:g} s, got {seconds:.2g} s"


def _names(scenario: Any) -> Iterator[Complaint]:
    sites, spacecraft = table_of(scenario, "sites"), table_of(scenario, "spacecraft")
    if not sites and not spacecraft:
        yield (), "needs at least one site or spacecraft: [sites.some_name] or [spacecraft.some_name]"
    for key, table in (("sites", sites), ("spacecraft", spacecraft)):
        for name in table:
            if name in BODIES:
                yield (key, name), f"{name!r} is the name of a body. Give it another name"
            if str(name).lower() in DEVICES:
                yield (key, name), f"{name!r} is what Windows calls a device. Give it another name"
    for name in spacecraft:
        if name in sites:
            yield ("spacecraft", name), f"a site is called {name!r} too. Give one of them another name"


def _routes(scenario: Any) -> Iterator[Complaint]:
    ends = {**table_of(scenario, "sites"), **table_of(scenario, "spacecraft")}
    for route, path in table_of(scenario, "routes").items():
        before: set[str] = set()
        for index, step in enumerate(path if isinstance(path, (list, tuple)) else ()):
            listed = isinstance(step, (list, tuple))
            here: set[str] = set()
            for place, name in enumerate(step if listed else (step,)):
                keys: Keys = ("routes", route, index, place) if listed else ("routes", route, index)
                if not isinstance(name, str):
                    continue
                if name not in ends and name not in BODIES:
                    close = nearest(name, [*ends, *BODIES])
                    cure = close if "mean" in close else nearest("", ends)
                    yield keys, f"no site or spacecraft is called {shown(name)}.{cure}"
                elif name in before:
                    yield keys, f"a hop needs two different ends, and {name!r} is also the step before"
                elif name in here:
                    yield keys, f"{name!r} is listed twice"
                here.add(name)
            before = here


def _mixed(scenario: Any) -> Iterator[Complaint]:
    """Hops between ends of two ephemerides; a body moves in that of the scenario, or unless that is named, in any."""
    chosen = get(scenario, "ephemeris", PLAIN)
    ends = {**table_of(scenario, "sites"), **table_of(scenario, "spacecraft")}
    for route, path in table_of(scenario, "routes").items():
        steps = _listed(path)
        for index, hop in enumerate(pairwise(steps), 1):
            names = [str(name) for step in hop for name in (_listed(step) or (step,))]
            own = {str(get(ends[name], "ephemeris", chosen)): name for name in names if name in ends}
            if chosen != PLAIN:
                own |= {str(chosen): name for name in names if name in BODIES}
            if len(own) > 1:
                told = " and ".join(f"{name} in {ephemeris}" for ephemeris, name in own.items())
                yield ("routes", route, index), f"expected ends that move in one ephemeris, got {told}"


def _shown(scenario: Any) -> Iterator[Complaint]:
    """Instants that products begin with or show: are they in the span?"""
    span = _span(scenario)
    if span is None:
        return
    first, last = utc(span.start, 0), utc(span.end, 0)
    for index, product in enumerate(_listed(get(scenario, "products"))):
        for key, cure in (("start", ", or leave it out to begin with the span"), ("at", "")):
            at = _instant(get(product, key))
            if at is not None and not span.start <= at <= span.end - (LEAST_S if key == "start" else 0.0):
                keys: Keys = ("products", index, key)
                yield keys, f"expected an instant in the span, {first} to {last}, got {utc(at, 0)}. Give another{cure}"


def _coverage(scenario: Any) -> Iterator[Complaint]:
    span = _span(scenario)
    last = "end" if get(scenario, "end") is not None else "days"
    chosen = get(scenario, "ephemeris", "de421")
    yield from _ephemeris(("ephemeris",), chosen, span, last)
    for table in ("sites", "spacecraft"):
        for name, end in table_of(scenario, table).items():
            own = get(end, "ephemeris", chosen)
            if own != chosen:
                yield from _ephemeris((table, name, "ephemeris"), own, span, last)
    if span is None:
        return
    sites = table_of(scenario, "sites").values()
    if any(get(site, "body", "earth") == "earth" for site in sites) and span.start < _FIRST_EOP_TDB:
        from sim.trajectories.bodies.frames import earth_orientation

        first = float(earth_orientation().tt[0])
        if span.start - LIGHT_TIME_PAD_S < first:
            yield ("start",), (
                f"the Earth's measured orientation (IERS) begins {utc(first, 0)[:10]}, and sites on the Earth need it. "
                "Start later, or use sites on the Moon only"
            )
    lunar = any(get(site, "body") == "moon" for site in sites)
    crafts = [(name, get(craft, "orbit")) for name, craft in table_of(scenario, "spacecraft").items()]
    orbits = [found for name, orbit in crafts for found in _single(("spacecraft", name, "orbit"), orbit, span)]
    if lunar or any(_lunar(orbit) for _, orbit, _ in orbits):
        angles = kernels.lunar_angles()
        what = "the Moon's orientation (DE421), which sites on the Moon and numerical orbits need,"
        yield from _outside(span, last, angles.start, angles.end, what, "Choose a span within these years")
    for keys, orbit, share in orbits:
        kind = _kind(orbit)
        for key, message in _misfits(kind, orbit, share):
            yield (*keys, key), message
        for index, burn in enumerate(_listed(get(orbit, "maneuvers"))):
            at = _instant(get(burn, "at"))
            if at is not None and at > share.end:
                whose = "span" if share is span else "phase"
                yield (*keys, "maneuvers", index, "at"), (
                    f"expected a maneuver within the {whose}, which ends {utc(share.end, 0)}, got {utc(at, 0)}"
                )
        epoch = _instant(get(orbit, "epoch"))
        own = get(table_of(scenario, "spacecraft")[str(keys[1])], "ephemeris", chosen)
        yield from _undated(keys, kind, orbit, own)
        if kind is not None and kind.holds_from_epoch and epoch is not None and epoch > share.start:
            yield (*keys, "epoch"), (
                f"a {get(orbit, 'kind')} holds from its epoch on: expected one no later than the start, "
                f"{utc(share.start, 0)}, got {utc(epoch, 0)}"
            )


def _undated(keys: Keys, kind: type[Orbit] | None, orbit: Any, ephemeris: Any) -> Iterator[Complaint]:
    """Epochs of states at which no ephemeris says where other bodies are."""
    if kind is None or not kind.starts_in_the_ephemeris or not isinstance(ephemeris, str):
        return
    states = [(keys, orbit), *(((*keys, "anchors", i), each) for i, each in enumerate(_listed(get(orbit, "anchors"))))]
    for place, state in states:
        epoch = _instant(get(state, "epoch"))
        if epoch is None:
            continue
        try:
            start, end = kernels.load(ephemeris).coverage
        except SimError:  # told already
            return
        axes = str(get(orbit, "frame") or get(get(orbit, "elements"), "frame") or "")
        if axes.startswith("moon") or _lunar(orbit):
            angles = kernels.lunar_angles()
            start, end = max(start, angles.start), min(end, angles.end)
        if not start <= epoch <= end:
            years = f"{utc(start, 0)[:10]} to {utc(end, 0)[:10]}"
            told = f"expected an epoch within the years of the ephemeris, {years}, got {utc(epoch, 0)}"
            yield (*place, "epoch"), told


def _single(keys: Keys, orbit: Any, span: Span) -> Iterator[tuple[Keys, Any, Span]]:
    """Orbits that are not made of others, where they stand, and the share of the span that each is asked for."""
    phases = get(orbit, "phases")
    if phases is None:
        yield keys, orbit, span
    for index, phase in enumerate(_listed(phases)):
        start, end = _instant(get(phase, "start")), _instant(get(phase, "end"))
        if start is not None and end is not None:
            share = max(start, span.start - AROUND_S), min(end, span.end + AROUND_S)
            if share[0] < share[1]:
                yield (*keys, "phases", index, "orbit"), get(phase, "orbit"), Span(*share)


def _lunar(orbit: Any) -> bool:
    """Whether an orbit needs the Moon's orientation, for its gravity."""
    kind = _kind(orbit)
    if kind is None:
        return False
    usual = field.default if (field := kind.model_fields.get("center")) is not None else None
    return kind.needs_moon_rotation(str(get(orbit, "center", usual)))


def _kind(orbit: Any) -> type[Orbit] | None:
    """The class of an orbit, finished or still a plain table; None where it says none that there is."""
    return type(orbit) if isinstance(orbit, Orbit) else ORBITS.find(get(orbit, "kind"))


def _ephemeris(keys: Keys, name: Any, span: Span | None, last: Key) -> Iterator[Complaint]:
    """One ephemeris: is it there, has it the bodies that every sight needs, does it cover the span?"""
    if not isinstance(name, str):
        return
    if name not in EPHEMERIDES and not name.startswith(PREFIX) and not is_file(name):
        yield keys, no_ephemeris(name)
        return
    try:
        kernel = kernels.load(name)
        absent = [body for body in ("sun", "earth", "moon") if not kernel.knows(BODIES[body].naif_id)]
        if absent:
            yield keys, f"{name} has no {' and no '.join(absent)}. Give a planetary ephemeris"
            return
        if name not in EPHEMERIDES:  # the shipped ones are whole; one of the user's own is tried
            for body in ("sun", "earth", "moon"):
                kernel.segment(BODIES[body].naif_id)
        start, end = kernel.coverage
    except SimError as error:
        yield keys, str(error)
        return
    if span is not None:
        cure = "Choose a span within these years"
        if name == "de421":
            cure += ', or write ephemeris = "de440": 1549 to 2650'
        yield from _outside(span, last, start, end, f"the ephemeris {name}", cure)


def _outside(span: Span, last: Key, start: float, end: float, what: str, cure: str) -> Iterator[Complaint]:
    wide = span.padded(LIGHT_TIME_PAD_S)
    years = f"{what} covers {utc(start, 0)[:10]} to {utc(end, 0)[:10]}"
    if wide.start < start:
        yield ("start",), f"{years}, the span begins {utc(span.start, 0)}. {cure}"
    if wide.end > end:
        yield (last,), f"{years}, the span ends {utc(span.end, 0)}. {cure}"


def _misfits(kind: type[Orbit] | None, orbit: Any, span: Span) -> Iterator[tuple[str, str]]:
    """An orbit from files or element sets: are they there, and have they what the orbit says, for any of the span?"""
    file = get(orbit, "file")
    files = file if isinstance(file, (list, tuple)) else () if file is None else (file,)
    if not all(isinstance(each, str) for each in files):
        return
    if absent := [each for each in files if not each.startswith(PREFIX) and not is_file(each)]:
        yield "file", f"there is no file {shown(absent[0])}"
        return
    if kind is None:
        return
    try:
        found = kind(**orbit) if isinstance(orbit, Mapping) else orbit
    except (ValueError, TypeError):  # told already, where they stand
        return
    yield from found.misfits(span)


def _span(scenario: Any) -> Span | None:
    """The span, where start and end or days make one."""
    start, end, days = (get(scenario, key) for key in ("start", "end", "days"))
    first, last = _instant(start), _instant(end)
    if first is not None and last is None and isinstance(days, (int, float)) and 0 < days <= MOST_DAYS:
        last = first + float(days) * DAY_S
    if first is None or last is None or not 0 < last - first <= MOST_DAYS * DAY_S or last > _LAST_TDB:
        return None
    return Span(first, last)


def _instant(value: Any) -> float | None:
    if value is None or isinstance(value, (bool, list, tuple)):
        return None
    try:
        t = float(tdb(value))
    except (TypeError, ValueError, OverflowError):
        return None
    return t if FIRST_S < t < LAST_S else None


def _seconds(days: Any) -> float:
    return float(days) * DAY_S if isinstance(days, (int, float)) and not isinstance(days, bool) else 0.0


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, (list, tuple)) else ()
