"""Compares the windows of hops with those of independent engines, and explains differences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.core.arguments import typed
from sim.core.errors import SimError
from sim.core.quantities import converted
from sim.core.time import Span, utc
from sim.scenario.scenario import Scenario
from sim.search.conditions import Condition
from sim.search.windows import Windows, overlap
from sim.simulation.crosscheck.astropy_engine import ByAstropy
from sim.simulation.crosscheck.brute_force import Brute
from sim.simulation.crosscheck.skyfield_engine import BySkyfield
from sim.simulation.crosscheck.spice_engine import BySpice
from sim.simulation.crosscheck.terms import Engine, Term, in_phases
from sim.simulation.diff import TOLERANCE_S, Windowed, differences
from sim.visibility import routes
from sim.visibility.hops import hop
from sim.visibility.routes import hop_text

Array = NDArray[np.float64]

STEP_S = 60.0
"""Time step of every engine (s). Few windows of an orbiter are shorter, and extremes near zero are refined."""
SLOW_STEP_S = 600.0
"""Time step if neither end moves quickly (s)."""
SLOW_PACE_S = 20_000.0
"""Shortest time scale of ends that do not move quickly (s)."""
EDGE_OF_SPAN_S = 10.0
"""Time at each end of the span that is not compared (s): there light has left before the span begins."""
ROUNDING_DEG = 0.002 / 3600.0
"""Allowed difference of engines with the same geometry: rounding, and effects below 0.001″."""
PROBE_S = 0.5
"""Half of the interval over which the rate of a margin is computed (s)."""
SHORT_S = 2.0
"""Windows shorter than this are grazing (s): their differences need no explanation."""


@dataclass(frozen=True)
class Query:
    """A term, the interval in which it applies (the span, or a pair of phases), and our windows of it."""

    term: Term
    when: Span
    ours: Windows
    phase: int


@dataclass(frozen=True)
class Disagreement:
    """A difference between our windows and those of an engine.

    Attributes
    ----------
    at
        Time (TDB s).
    what
        Description, with known causes and their sizes.
    explained
        Whether the known causes are large enough.
    """

    at: float
    what: str
    explained: bool


@dataclass(frozen=True)
class Answer:
    """The windows of one hop from one engine, compared with ours.

    Attributes
    ----------
    hop, engine
        Names.
    windows
        Number of our windows.
    own
        Terms that the engine computed.
    taken
        Terms that were taken from sim, each with the reason.
    matched
        Number of windows that agree within the tolerance.
    largest_s
        Largest difference between edges (s).
    disagreements
        Differences beyond the tolerance.
    """

    hop: str
    engine: str
    windows: int
    own: tuple[str, ...]
    taken: tuple[str, ...]
    matched: int
    largest_s: float
    disagreements: tuple[Disagreement, ...]

    @property
    def explained(self) -> bool:
        """Whether every difference has a known cause of sufficient size."""
        return all(doubt.explained for doubt in self.disagreements)


@dataclass(frozen=True)
class Comparison:
    """The comparisons with all engines.

    Attributes
    ----------
    answers
        One per hop and engine.
    models
        What each engine models.
    missing
        Engines that are not installed, and how to install them.
    tolerance_s
        Difference between edges that is ignored (s).
    """

    answers: tuple[Answer, ...]
    models: dict[str, str]
    missing: dict[str, str]
    tolerance_s: float

    @property
    def explained(self) -> bool:
        """Whether every difference beyond the tolerance has a known cause of sufficient size."""
        return all(answer.explained for answer in self.answers)

    def rows(self) -> list[tuple[str, ...]]:
        """Rows of a table: hop, engine, windows, matched, largest difference, differences beyond the tolerance."""
        return [
            (a.hop, a.engine, str(a.windows), str(a.matched), f"{a.largest_s:.3g}", _verdict(a))
            for a in self.answers
        ]  # fmt: skip

    def lines(self) -> Iterator[str]:
        """What each engine models, which terms were taken from sim, and every difference with its causes."""
        yield from (f"{name}: {models}" for name, models in self.models.items())
        yield from (f"{name}: {why}" for name, why in self.missing.items())
        for engine, why in dict.fromkeys((a.engine, w.rpartition(": ")[2]) for a in self.answers for w in a.taken):
            count = sum(a.engine == engine and w.endswith(f": {why}") for a in self.answers for w in a.taken)
            yield f"{engine}: {count} {'term' if count == 1 else 'terms'} taken from sim, because {why}"
        for answer in self.answers:
            yield from (f"{answer.hop}, {answer.engine}: {disagreement.what}" for disagreement in answer.disagreements)


def _verdict(answer: Answer) -> str:
    if not answer.own:
        return "no independent terms"
    if not answer.disagreements:
        return "none"
    return f"{len(answer.disagreements)}, {'all explained' if answer.explained else 'NOT EXPLAINED'}"


@typed
def crosscheck(
    scenario: Scenario,
    *,
    hops: Iterable[routes.Hop] = (),
    days: float | None = None,
    engines: Sequence[str] = (),
    tolerance_s: float = TOLERANCE_S,
    progress: Callable[[str], None] = lambda text: None,
) -> Comparison:
    """Compare a scenario's windows with those of independent programs.

    Parameters
    ----------
    scenario
        The scenario.
    hops
        Pairs of names; if empty, all hops of the routes.
    days
        Length of the compared part of the span, from its start; if None, all of it.
    engines
        Any of `brute`, `skyfield`, `astropy` and `spice`; if empty, all that are installed.
    tolerance_s
        Difference between edges that is ignored (s).
    progress
        Called with a few words before each step.

    Returns
    -------
    Comparison
        Matched windows, differences and their known causes, by hop and engine.

    Raises
    ------
    SimError
        If there is no such hop or engine, or the span is too short.

    Examples
    --------
    >>> import sim
    >>> kourou = sim.Site(name="kourou", latitude_deg=5.25, longitude_deg=-52.8)
    >>> scenario = sim.Scenario(start="2019-01-03T00:00:00Z", days=1, sites={"kourou": kourou})
    >>> report = sim.crosscheck(scenario, hops=[("moon", "kourou")], engines=["brute"])
    >>> report.explained, report.answers[0].matched
    (True, 1)
    """
    span = scenario.span
    days, tolerance_s = converted(days, "day"), converted(tolerance_s, "s")
    if (days is not None and not days > 0.0) or tolerance_s != tolerance_s:
        raise SimError(f"expected days above 0 and a tolerance in seconds, got {days} and {tolerance_s}")
    if min(span.duration_s, 86400.0 * (days or np.inf)) <= 3.0 * EDGE_OF_SPAN_S:
        raise SimError(f"expected a span of more than {3.0 * EDGE_OF_SPAN_S:g} s: its ends are not compared")
    span = Span(span.start, min(span.end, span.start + 86400.0 * days)) if days is not None else span
    inner = Span(span.start + EDGE_OF_SPAN_S, span.end - EDGE_OF_SPAN_S)
    wanted = tuple(hops) or tuple(dict.fromkeys(h for path in scenario.routes.values() for h in routes.hops(path)))
    for names in wanted:
        scenario.path(names)
    found, missing = _engines(scenario, span, engines)
    answers = []
    try:
        for names in wanted:
            start, end = (_ready(scenario, name, progress) for name in names)
            progress(f"searching {names[0]} – {names[1]}")
            asked = [
                Query(term, when, term.condition.windows(when), k)
                for k, (parts, when) in enumerate(in_phases(start, end, scenario.light_time, inner))
                for term in parts
            ]
            ours = _ours(hop(start, end, scenario.light_time), asked, inner)
            for engine in found:
                progress(f"{engine.name}: {names[0]} – {names[1]}")
                answers.append(_answer(hop_text(names), engine, asked, ours, inner, tolerance_s))
    finally:
        for engine in found:
            if isinstance(engine, BySpice):
                engine.close()
    models = {f"{engine.name} {engine.version}": engine.models for engine in found}
    return Comparison(tuple(answers), models, missing, tolerance_s)


def _ready(scenario: Scenario, name: str, progress: Callable[[str], None]) -> Any:
    progress(f"moving {name}")
    return scenario[name]


def _engines(scenario: Scenario, span: Span, chosen: Sequence[str]) -> tuple[list[Engine], dict[str, str]]:
    """The engines that are installed, and how to install the others."""
    makers: dict[str, tuple[str, str, Callable[[], Engine]]] = {
        "brute": ("", "", Brute),
        "skyfield": ("skyfield", "pip install skyfield", lambda: BySkyfield(scenario.ephemeris)),
        "astropy": ("astropy", "pip install astropy", lambda: ByAstropy(scenario.ephemeris)),
        "spice": ("spiceypy", "pip install 'farside-sim[spice]'", lambda: BySpice(scenario.ephemeris, span)),
    }
    if unknown := [name for name in chosen if name not in makers]:
        raise SimError(f"no engine is called {unknown[0]!r}. Expected {', '.join(makers)}")
    found, missing = [], {}
    for name, (package, cure, make) in makers.items():
        if chosen and name not in chosen:
            continue
        if package and find_spec(package) is None:
            missing[name] = f"not installed: {cure}"
        else:
            found.append(make())
    return found, missing


def _ours(hop: Condition, asked: list[Query], span: Span) -> Windows:
    """Our windows of a hop, within the intervals in which its terms apply."""
    when = Windows.of(np.array([(each.when.start, each.when.end) for each in asked]).reshape(-1, 2), span)
    return overlap([hop.windows(span), when], 2)


def _answer(
    name: str, engine: Engine, asked: list[Query], whole: Windows, span: Span, tolerance_s: float
) -> Answer:
    """Compare the windows of a hop from an engine with ours; terms that the engine lacks are taken from sim."""
    theirs, own, taken = list[Windows](), list[Query](), list[str]()
    for each in asked:
        why, found = engine.unable(each.term), each.ours
        try:
            if not why:
                found = Windows.of(engine.windows(each.term, each.when, _step(each.term)), each.when)
        except Exception as error:  # an error of another program is reported, and is no error of ours
            why = f"it failed: {' '.join(str(error).split())[:200]}"
        theirs.append(found)
        if why:
            taken.append(f"{each.term.condition}: {why}")
        else:
            own.append(each)
    other = _whole(asked, theirs, span)
    bounds = (span.start, span.end)
    difference = differences(
        Windowed({name: whole.bounds}, bounds), Windowed({name: other.bounds}, bounds), tolerance_s
    ).each[0]
    apart = whole, other, difference.lost, difference.gained
    disagreements = [*_lacking(asked, whole), *_disagreements(engine, own, *apart, tolerance_s)] if own else []
    return Answer(
        name, engine.name, len(whole), tuple(str(each.term.condition) for each in own), tuple(taken),
        difference.matched, difference.largest_s, tuple(disagreements),
    )  # fmt: skip


def _whole(asked: list[Query], windows: list[Windows], span: Span) -> Windows:
    """The windows in which all terms hold, in all phases."""
    phases: dict[int, list[Windows]] = {}
    for each, found in zip(asked, windows, strict=True):
        phases.setdefault(each.phase, []).append(found)
    return Windows.of(np.concatenate([np.empty((0, 2)), *(overlap(w, len(w)).bounds for w in phases.values())]), span)


def _lacking(asked: list[Query], whole: Windows) -> Iterator[Disagreement]:
    """Obstacles that our hop ignores: times at which it is open, but our own margin of the obstacle is negative."""
    for each in asked:
        against = overlap([whole, ~each.ours], 2)
        if each.term.kind == "clear" and against.total_s > SHORT_S:
            start, end = utc(against.bounds[0], 0)
            what = f"{start} to {end}: the hop is open, but not {each.term.condition}, which it does not include"
            yield Disagreement(float(against.bounds[0, 0]), what, False)


def _disagreements(
    engine: Engine, own: list[Query], ours: Windows, theirs: Windows, lost: Array, gained: Array, tolerance_s: float
) -> Iterator[Disagreement]:
    """Every edge that differs and every window that only one side has, with known causes."""
    alone = {float(t) for bounds in (lost, gained) for t in bounds[:, 0]}
    for start, end in [*lost, *gained]:
        who = "only sim" if any(start == row[0] for row in lost) else f"only {engine.name}"
        middle = 0.5 * (start + end)
        yield _disagreement(engine, own, middle, f"{who} has a window of {end - start:.3g} s", end - start < SHORT_S)
    edges = theirs.bounds.ravel()
    for start, end in ours.bounds:
        if float(start) in alone:
            continue
        for t in (float(start), float(end)):
            apart = float(np.min(np.abs(edges - t), initial=np.inf))
            if apart > tolerance_s:
                yield _disagreement(engine, own, t, f"an edge differs by {apart:.3g} s", False)


def _disagreement(engine: Engine, own: list[Query], t: float, what: str, short: bool) -> Disagreement:
    """The term that is closest to its limit at a time, the engine's difference there, and the known causes."""
    near = np.array([t - PROBE_S, t, t + PROBE_S])
    nearest, least = None, np.inf
    for term in (each.term for each in own if each.when.start - PROBE_S <= t <= each.when.end + PROBE_S):
        leaves = term.condition.leaves()
        margin = min((abs(float(leaf.margin(t))) / leaf.margin.resolution for leaf in leaves), default=np.inf)
        if margin < least:
            nearest, least = term, margin
    if nearest is None:
        return Disagreement(t, f"{utc(t)} {what}", short)
    theirs = engine.margin(nearest)(near)
    wrong, speed = abs(float(theirs[1])), abs(float(theirs[2] - theirs[0])) / (2.0 * PROBE_S)
    sizes = {**engine.sizes(nearest, t), "rounding": ROUNDING_DEG}
    allowed = sum(sizes.values())
    causes = "; ".join(f"{why} ({3600.0 * size:.2g}″)" for why, size in sizes.items())
    explained = wrong <= allowed or short
    text = (
        f"{utc(t)} {what}: {nearest.condition}. {engine.name} differs by {3600.0 * wrong:.2g}″ there, and the margin "
        f"changes by {3600.0 * speed:.2g}″/s. Known causes: {causes}"
    )
    return Disagreement(t, text if explained else f"{text}. These do not explain the difference", explained)


def _step(term: Term) -> float:
    return STEP_S if term.sight.pace_s < SLOW_PACE_S else SLOW_STEP_S

