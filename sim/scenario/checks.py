"""Checks of one part of a scenario against the others, and against the data that are available.

Each check accepts a `Scenario` or the tables of a file, and ignores values of the wrong type: so all problems of a
file can be reported together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, cast

from sim.core.errors import SimError
from sim.core.text import nearest, shown
from sim.core.time import DAY_S, FIRST_S, LAST_S, Span, tdb, utc
from sim.core.toml_file import Key, Keys, is_file
from sim.data.store import PREFIX
from sim.scenario.channels import disconnected
from sim.scenario.cost import MOST_DAYS, expensive
from sim.scenario.draft import get, listed, table_of
from sim.scenario.link import misplaced
from sim.scenario.messages import NEEDS, Complaint
from sim.scenario.product_checks import DEVICES, misdrawn
from sim.scenario.sweep_shifts import unmovable
from sim.trajectories.bodies import ephemeris as kernels
from sim.trajectories.bodies.body import BODIES
from sim.trajectories.limbs import LIMBS
from sim.trajectories.orbits.orbit import ORBITS, Orbit
from sim.trajectories.pass_rules import PassRules
from sim.trajectories.trajectory import AROUND_S, LIGHT_TIME_PAD_S

if TYPE_CHECKING:
    from sim.core.values import OneTime

EPHEMERIDES = tuple(name for name in kernels.SHIPPED if name.startswith("de"))
"""Ephemerides with a name; any other is given by the path of its file."""

LEAST_S = 1e-3
"""Shortest span (s): times are printed to a millisecond."""

_FIRST_EOP_TDB = -1.1e9
"""The beginning of measured Earth orientation is looked up only for spans that start before this (about 1965)."""

_LAST_TDB = LAST_S - 7.0 * DAY_S
"""Latest end of a span: some days after it must still be valid times."""


def contradictions(scenario: object, *, affordable: bool = False) -> Iterator[Complaint]:
    """Report everything in a scenario that contradicts another part of it, or that the data do not cover.

    affordable : whether its cost has been checked and is within the limits
    """
    costs = () if affordable else (expensive,)
    checks = (_names, _misspelled, _routes, _passes, _mixed, misdrawn, misplaced, unmovable, disconnected, _data)
    for check in (_times, *costs, *checks, _shown, _coverage):
        yield from check(scenario)


def no_ephemeris(name: str) -> str:
    """The message for an ephemeris that is neither a known name nor a file."""
    close = nearest(name, EPHEMERIDES)
    known = f" Expected {', '.join(EPHEMERIDES)} or the path of an SPK file"
    return f"no ephemeris is called {shown(name)}.{close if 'mean' in close else known}"


def _times(scenario: object) -> Iterator[Complaint]:
    end, days = get(scenario, "end"), get(scenario, "days")
    if end is None and days is None:
        yield (), f"{NEEDS} 'days' or 'end'"
    if end is not None and days is not None:
        yield ("days",), "give days or end, not both"
    start, stop = _instant(get(scenario, "start")), _instant(end)
    if start is not None and stop is not None and stop <= start:
        yield ("end",), f"expected a time after the start ({utc(start, 0)}), got {utc(stop, 0)}"
    seconds = stop - start if start is not None and stop is not None else _seconds(days)
    if start is not None and start + max(seconds, 0.0) > _LAST_TDB:
        yield ("days" if stop is None else "end",), f"expected a span that ends before {utc(_LAST_TDB, 0)}"
    if 0.0 < seconds < LEAST_S:
        yield ("days" if stop is None else "end",), f"expected a span of at least {LEAST_S:g} s, got {seconds:.2g} s"


def _names(scenario: object) -> Iterator[Complaint]:
    sites, spacecraft = table_of(scenario, "sites"), table_of(scenario, "spacecraft")
    if not sites and not spacecraft:
        yield (), "expected at least one site or spacecraft: add [sites.NAME] or [spacecraft.NAME]"
    for key, table in (("sites", sites), ("spacecraft", spacecraft)):
        for name in table:
            if name in BODIES:
                yield (key, name), f"{name!r} is the name of a body. Choose another name"
            if str(name).lower() in DEVICES:
                yield (key, name), f"{name!r} is a device name on Windows. Choose another name"
    for name in spacecraft:
        if name in sites:
            yield ("spacecraft", name), f"a site is also called {name!r}. Rename one of them"


def _misspelled(scenario: object) -> Iterator[Complaint]:
    """Tables like `[sites.malarge.passes]`, which add to a site of a similar name, and begin a new one instead."""
    for key, places in (("sites", {"latitude_deg", "longitude_deg", "waypoints"}), ("spacecraft", {"orbit"})):
        tables = {name: end for name, end in table_of(scenario, key).items() if isinstance(end, Mapping)}
        known = [str(name) for name, end in tables.items() if places & end.keys()]
        for name, end in tables.items():
            if not places & end.keys() and "mean" in (close := nearest(name, known)):
                yield (key, name), f"{key} have no {name!r} to add this to.{close}"


def _passes(scenario: object) -> Iterator[Complaint]:
    """Rules for passes that are right alone, and wrong with those of the whole scenario."""

    def said(holder: object) -> Mapping[str, object]:
        rules = get(holder, "passes", {})
        return rules.said() if isinstance(rules, PassRules) else rules if isinstance(rules, Mapping) else {}

    default = said(scenario)
    if not _fit(default):
        return
    for name, site in table_of(scenario, "sites").items():
        own = said(site)
        if own and _fit(own) and not _fit({**default, **own}):
            told = "max_duration_s must be at least twice min_duration_s"
            yield ("sites", name, "passes"), f"{told}: with what [passes] says of all sites, it is not"


def _fit(rules: Mapping[str, object]) -> bool:
    try:
        PassRules.model_validate(dict(rules))
    except (ValueError, TypeError):
        return False
    return True


def _routes(scenario: object) -> Iterator[Complaint]:
    ends = {**table_of(scenario, "sites"), **table_of(scenario, "spacecraft")}
    for route, path in table_of(scenario, "routes").items():
        before: set[str] = set()
        for index, step in enumerate(path if isinstance(path, (list, tuple)) else ()):
            several = isinstance(step, (list, tuple))
            here: set[str] = set()
            for place, name in enumerate(listed(step) if several else (step,)):
                keys: Keys = ("routes", route, index, place) if several else ("routes", route, index)
                if not isinstance(name, str):
                    continue
                if name not in ends and name not in BODIES:
                    close = nearest(name, [*ends, *BODIES])
                    cure = close if "mean" in close else nearest("", ends)
                    yield keys, f"no site or spacecraft is called {shown(name)}.{cure}"
                elif name in before:
                    yield keys, f"a hop needs two different ends, but {name!r} is also in the previous step"
                elif name in here:
                    yield keys, f"{name!r} is listed twice"
                here.add(name)
            before = here


def _mixed(scenario: object) -> Iterator[Complaint]:
    """Hops whose ends use two ephemerides.

    A body uses that of the scenario; if the scenario names none, that of the other end.
    """
    chosen = get(scenario, "ephemeris", kernels.PLAIN)
    ends = {**table_of(scenario, "sites"), **table_of(scenario, "spacecraft")}
    for route, path in table_of(scenario, "routes").items():
        steps = listed(path)
        for index, hop in enumerate(pairwise(steps), 1):
            names = [str(name) for step in hop for name in (listed(step) or (step,))]
            own = {str(get(ends[name], "ephemeris", chosen)): name for name in names if name in ends}
            if chosen != kernels.PLAIN:
                own |= {str(chosen): name for name in names if name in BODIES}
            if len(own) > 1:
                got = " and ".join(f"{ephemeris} for {name}" for ephemeris, name in own.items())
                yield ("routes", route, index), f"expected the same ephemeris for both ends of a hop, got {got}"


def _shown(scenario: object) -> Iterator[Complaint]:
    """Times in products that are outside the span."""
    span = _span(scenario)
    if span is None:
        return
    first, last = utc(span.start, 0), utc(span.end, 0)
    for index, product in enumerate(listed(get(scenario, "products"))):
        for key, cure in (("start", ". Leave it out to begin with the span"), ("at", "")):
            at = _instant(get(product, key))
            if at is not None and not span.start <= at <= span.end - (LEAST_S if key == "start" else 0.0):
                keys: Keys = ("products", index, key)
                yield keys, f"expected a time within the span ({first} to {last}), got {utc(at, 0)}{cure}"


def _data(scenario: object) -> Iterator[Complaint]:
    if any(get(scenario, key) for key in ("antennas", "crews", "missions", "requests")):
        from sim.scenario.tracking import untrackable

        yield from untrackable(scenario)
    if table_of(scenario, "data"):
        from sim.scenario.data_network import undeliverable

        yield from undeliverable(scenario)


def _coverage(scenario: object) -> Iterator[Complaint]:
    span = _span(scenario)
    last = "end" if get(scenario, "end") is not None else "days"
    chosen = get(scenario, "ephemeris", "de421")
    yield from _ephemeris(("ephemeris",), chosen, span, last)
    yield from _limbs(scenario)
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
                f"sites on the Earth need measured Earth orientation (IERS), which begins on {utc(first, 0)[:10]}. "
                "Start later, or use only sites on the Moon"
            )
    lunar = any(get(site, "body") == "moon" for site in sites)
    crafts = [(name, get(craft, "orbit")) for name, craft in table_of(scenario, "spacecraft").items()]
    orbits = [found for name, orbit in crafts for found in _single(("spacecraft", name, "orbit"), orbit, span)]
    if lunar or any(_lunar(orbit) for _, orbit, _ in orbits):
        angles = kernels.lunar_angles()
        what = "the orientation of the Moon (DE421), which sites on the Moon and numerical orbits need,"
        yield from _outside(span, last, angles.start, angles.end, what, "Choose a span within these years")
    for keys, orbit, share in orbits:
        kind = _kind(orbit)
        for key, message in _misfits(kind, orbit, share):
            yield (*keys, key), message
        for index, burn in enumerate(listed(get(orbit, "maneuvers"))):
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
                f"an orbit of kind {get(orbit, 'kind')!r} starts at its epoch: expected an epoch no later than the "
                f"start ({utc(share.start, 0)}), got {utc(epoch, 0)}"
            )


def _undated(keys: Keys, kind: type[Orbit] | None, orbit: object, ephemeris: object) -> Iterator[Complaint]:
    """Epochs of states that the ephemeris does not cover."""
    if kind is None or not kind.starts_in_the_ephemeris or not isinstance(ephemeris, str):
        return
    states = [(keys, orbit), *(((*keys, "anchors", i), each) for i, each in enumerate(listed(get(orbit, "anchors"))))]
    for place, state in states:
        epoch = _instant(get(state, "epoch"))
        if epoch is None:
            continue
        try:
            start, end = kernels.load(ephemeris).coverage
        except SimError:  # reported by _ephemeris
            return
        axes = str(get(orbit, "frame") or get(get(orbit, "elements"), "frame") or "")
        if axes.startswith("moon") or _lunar(orbit):
            angles = kernels.lunar_angles()
            start, end = max(start, angles.start), min(end, angles.end)
        if not start <= epoch <= end:
            years = f"{utc(start, 0)[:10]} to {utc(end, 0)[:10]}"
            message = f"expected an epoch that the ephemeris covers ({years}), got {utc(epoch, 0)}"
            yield (*place, "epoch"), message


def _single(keys: Keys, orbit: object, span: Span) -> Iterator[tuple[Keys, object, Span]]:
    """The orbit, or the orbits of its phases: path of keys, orbit, and the part of the span in which it is used."""
    phases = get(orbit, "phases")
    if phases is None:
        yield keys, orbit, span
    for index, phase in enumerate(listed(phases)):
        start, end = _instant(get(phase, "start")), _instant(get(phase, "end"))
        if start is not None and end is not None:
            share = max(start, span.start - AROUND_S), min(end, span.end + AROUND_S)
            if share[0] < share[1]:
                yield (*keys, "phases", index, "orbit"), get(phase, "orbit"), Span(*share)


def _lunar(orbit: object) -> bool:
    """Whether an orbit needs the orientation of the Moon for its gravity field."""
    kind = _kind(orbit)
    if kind is None:
        return False
    usual = field.default if (field := kind.model_fields.get("center")) is not None else None
    return kind.needs_moon_rotation(str(get(orbit, "center", usual)))


def _kind(orbit: object) -> type[Orbit] | None:
    """The class of an orbit or of its table; None if its kind is unknown."""
    return type(orbit) if isinstance(orbit, Orbit) else ORBITS.find(get(orbit, "kind"))


def _ephemeris(keys: Keys, name: object, span: Span | None, last: Key) -> Iterator[Complaint]:
    """Report an ephemeris that cannot be read, lacks a body that every line of sight needs, or is too short."""
    if not isinstance(name, str):
        return
    if name not in EPHEMERIDES and not name.startswith(PREFIX) and not is_file(name):
        yield keys, no_ephemeris(name)
        return
    try:
        kernel = kernels.load(name)
        absent = [body for body in ("sun", "earth", "moon") if not kernel.knows(BODIES[body].naif_id)]
        if absent:
            yield keys, f"{name} does not contain the {' and the '.join(absent)}. Use a planetary ephemeris"
            return
        if name not in EPHEMERIDES:  # one of the user's own may be damaged
            for body in ("sun", "earth", "moon"):
                kernel.segment(BODIES[body].naif_id)
        start, end = kernel.coverage
    except SimError as error:
        yield keys, str(error)
        return
    if span is not None:
        cure = "Choose a span within these years"
        if name == "de421":
            cure += ', or use ephemeris = "de440", which covers 1549 to 2650'
        yield from _outside(span, last, start, end, f"the ephemeris {name}", cure)


def _limbs(scenario: object) -> Iterator[Complaint]:
    """Report elevation models of the Moon's limb that cannot be read."""
    places: list[tuple[Keys, object]] = [(("moon_limb",), get(scenario, "moon_limb"))]
    crafts = table_of(scenario, "spacecraft").items()
    places += [(("spacecraft", name, "moon_limb"), get(craft, "moon_limb")) for name, craft in crafts]
    told: set[str] = set()
    for keys, limb in places:
        if not isinstance(limb, str) or limb in LIMBS or limb in told or not is_file(limb):
            continue
        told.add(limb)
        from sim.trajectories.relief import moon_relief  # few have a model of their own

        try:
            moon_relief(limb)
        except SimError as error:
            yield keys, str(error)


def _outside(span: Span, last: Key, start: float, end: float, what: str, cure: str) -> Iterator[Complaint]:
    wide = span.padded(LIGHT_TIME_PAD_S)
    years = f"{what} covers {utc(start, 0)[:10]} to {utc(end, 0)[:10]}"
    if wide.start < start:
        yield ("start",), f"{years}, but the span begins {utc(span.start, 0)}. {cure}"
    if wide.end > end:
        yield (last,), f"{years}, but the span ends {utc(span.end, 0)}. {cure}"


def _misfits(kind: type[Orbit] | None, orbit: object, span: Span) -> Iterator[tuple[str, str]]:
    """Report files of an orbit that are missing, or that do not have what the orbit needs in the span."""
    file = get(orbit, "file")
    named = listed(file) if isinstance(file, (list, tuple)) else () if file is None else (file,)
    files = [each for each in named if isinstance(each, str)]
    if len(files) < len(named):
        return
    if absent := [each for each in files if not each.startswith(PREFIX) and not is_file(each)]:
        yield "file", f"there is no file {shown(absent[0])}"
        return
    if kind is None:
        return
    try:
        found = kind(**orbit) if isinstance(orbit, Mapping) else orbit
    except (ValueError, TypeError):  # reported by validation, each at its key
        return
    if isinstance(found, Orbit):
        yield from found.misfits(span)


def _span(scenario: object) -> Span | None:
    """The span of the scenario; None if start, end and days do not give a valid one."""
    start, end, days = (get(scenario, key) for key in ("start", "end", "days"))
    first, last = _instant(start), _instant(end)
    if first is not None and last is None and isinstance(days, (int, float)) and 0 < days <= MOST_DAYS:
        last = first + float(days) * DAY_S
    if first is None or last is None or not 0 < last - first <= MOST_DAYS * DAY_S or last > _LAST_TDB:
        return None
    return Span(first, last)


def _instant(value: object) -> float | None:
    """A time as TDB s past J2000; None if it is not a time."""
    if value is None or isinstance(value, (bool, list, tuple)):
        return None
    try:
        t = float(tdb(cast("OneTime", value)))  # raises for anything else
    except (TypeError, ValueError, OverflowError):
        return None
    return t if FIRST_S < t < LAST_S else None


def _seconds(days: object) -> float:
    return float(days) * DAY_S if isinstance(days, (int, float)) and not isinstance(days, bool) else 0.0
