"""The same hops through engines that share nothing but the question, and the reasons for what differs."""

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

Array = NDArray[np.float64]

STEP_S = 60.0
"""Of every engine's grid: no orbiter is open for much less, and turns towards zero are looked at more finely."""
SLOW_STEP_S = 600.0
"""Where nothing turns quickly."""
SLOW_PACE_S = 20_000.0
EDGE_OF_SPAN_S = 10.0
"""So much of the span's ends is left out: there light has left before the span begins."""
ROUNDING_DEG = 0.002 / 3600.0
"""What engines with the same geometry may differ by: the sum of their rounding and of terms below 0.001″."""
PROBE_S = 0.5
SHORT_S = 2.0
"""A window no longer than this is grazing, whatever its margin."""


@dataclass(frozen=True)
class Query:
    """A term, when it is asked (all of the span, or while a pair of phases holds), and the windows that we have."""

    term: Term
    when: Span
    ours: Windows
    phase: int


@dataclass(frozen=True)
class Disagreement:
    """A window's edge, or a window, that an engine has otherwise.

    at : TDB s; what : in words, with its reasons and their sizes; explained : whether these make up for it
    """

    at: float
    what: str
    explained: bool


@dataclass(frozen=True)
class Answer:
    """What one engine found for one hop, against ours.

    own, taken : the terms that it answered for, and those that were taken from ours, each with why
    matched, largest_s : how many windows are the same within the tolerance, and how far edges are apart at most
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
        return all(disagreement.explained for disagreement in self.disagreements)


@dataclass(frozen=True)
class Comparison:
    """Answers of all engines; what each models, and why those are missing that are."""

    answers: tuple[Answer, ...]
    models: dict[str, str]
    missing: dict[str, str]
    tolerance_s: float

    @property
    def explained(self) -> bool:
        """Whether every difference beyond the tolerance has a known reason of sufficient size."""
        return all(answer.explained for answer in self.answers)

    def rows(self) -> list[tuple[str, ...]]:
        """As a table: hop, engine, windows, matched, largest difference, what differs beyond the tolerance."""
        return [
            (a.hop, a.engine, str(a.windows), str(a.matched), f"{a.largest_s:.3g}", _verdict(a))
            for a in self.answers
        ]  # fmt: skip

    def lines(self) -> Iterator[str]:
        """What each engine models, what was taken from ours, and every difference with its reasons."""
        yield from (f"{name}: {models}" for name, models in self.models.items())
        yield from (f"{name}: {why}" for name, why in self.missing.items())
        for engine, why in dict.fromkeys((a.engine, w.rpartition(": ")[2]) for a in self.answers for w in a.taken):
            count = sum(a.engine == engine and w.endswith(f": {why}") for a in self.answers for w in a.taken)
            yield f"{engine}: {count} terms taken from ours, since {why}"
        for answer in self.answers:
            yield from (f"{answer.hop}, {answer.engine}: {disagreement.what}" for disagreement in answer.disagreements)


def _verdict(answer: Answer) -> str:
    if not answer.own:
        return "nothing of its own"
    if not answer.disagreements:
        return "none"
    return f"{len(answer.disagreements)}, {'each with a known reason' if answer.explained else 'NOT EXPLAINED'}"


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
    """Find a scenario's windows once more with every engine that is installed, and compare.

    hops : which; all of the routes if none
    days : how much of the span, from its start; all if None
    engines : names, of those that are installed; all if none
    tolerance_s : how far edges may be apart without a reason
    """
    span = scenario.span
    days, tolerance_s = converted(days, "day"), converted(tolerance_s, "s")
    if (days is not None and not days > 0.0) or tolerance_s != tolerance_s:
        raise SimError(f"expected a number of days above 0, and a tolerance of seconds; got {days} and {tolerance_s}")
    if min(span.duration_s, 86400.0 * (days or np.inf)) <= 3.0 * EDGE_OF_SPAN_S:
        raise SimError(f"expected a span of more than {3.0 * EDGE_OF_SPAN_S:g} s: its ends are left out")
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
                answers.append(_answer(f"{names[0]}–{names[1]}", engine, asked, ours, inner, tolerance_s))
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
    """Those that are installed, and what is missing for others."""
    makers: dict[str, tuple[str, str, Callable[[], Engine]]] = {
        "brute": ("", "", Brute),
        "skyfield": ("skyfield", "pip install skyfield", lambda: BySkyfield(scenario.ephemeris)),
        "astropy": ("astropy", "pip install astropy", lambda: ByAstropy(scenario.ephemeris)),
        "spice": ("spiceypy", "pip install 'farside-sim[spice]'", lambda: BySpice(scenario.ephemeris, span)),
    }
    if unknown := [name for name in chosen if name not in makers]:
        raise SimError(f"no engine is called {unknown[0]!r}. There are {', '.join(makers)}")
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
    """When we say that a hop is open, by the terms that it has: those of `asked` may be more."""
    when = Windows.of(np.array([(each.when.start, each.when.end) for each in asked]).reshape(-1, 2), span)
    return overlap([hop.windows(span), when], 2)


def _answer(
    name: str, engine: Engine, asked: list[Query], whole: Windows, span: Span, tolerance_s: float
) -> Answer:
    """What an engine finds for a hop, against our windows of it: its own terms where it has them, ours elsewhere."""
    theirs, own, taken = list[Windows](), list[Query](), list[str]()
    for each in asked:
        why, found = engine.unable(each.term), each.ours
        try:
            if not why:
                found = Windows.of(engine.windows(each.term, each.when, _step(each.term)), each.when)
        except Exception as error:  # what another program fails at is worth telling, and no failure of ours
            why = f"it fails: {' '.join(str(error).split())[:200]}"
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
    """When all terms hold, in whatever phases."""
    phases: dict[int, list[Windows]] = {}
    for each, found in zip(asked, windows, strict=True):
        phases.setdefault(each.phase, []).append(found)
    return Windows.of(np.concatenate([np.empty((0, 2)), *(overlap(w, len(w)).bounds for w in phases.values())]), span)


def _lacking(asked: list[Query], whole: Windows) -> Iterator[Disagreement]:
    """What must hold for a hop to be open, and was left out: our hop is open though by our own margin it is not."""
    for each in asked:
        against = overlap([whole, ~each.ours], 2)
        if each.term.kind == "clear" and against.total_s > SHORT_S:
            start, end = utc(against.bounds[0], 0)
            what = f"{start} to {end}: the hop is open, and not {each.term.condition}. It was not asked to be"
            yield Disagreement(float(against.bounds[0, 0]), what, False)


def _disagreements(
    engine: Engine, own: list[Query], ours: Windows, theirs: Windows, lost: Array, gained: Array, tolerance_s: float
) -> Iterator[Disagreement]:
    """Every edge that is apart and every window that only one side has, with what is known of why."""
    alone = {float(t) for bounds in (lost, gained) for t in bounds[:, 0]}
    for start, end in [*lost, *gained]:
        who = "only ours" if any(start == row[0] for row in lost) else f"only {engine.name}'s"
        middle = 0.5 * (start + end)
        yield _disagreement(engine, own, middle, f"{who}: a window of {end - start:.3g} s", end - start < SHORT_S)
    edges = theirs.bounds.ravel()
    for start, end in ours.bounds:
        if float(start) in alone:
            continue
        for t in (float(start), float(end)):
            apart = float(np.min(np.abs(edges - t), initial=np.inf))
            if apart > tolerance_s:
                yield _disagreement(engine, own, t, f"an edge {apart:.3g} s apart", False)


def _disagreement(engine: Engine, own: list[Query], t: float, what: str, short: bool) -> Disagreement:
    """The term nearest its edge at a time, how differently the engine sees it there, and the known reasons."""
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
    told = "; ".join(f"{why} ({3600.0 * size:.2g}″)" for why, size in sizes.items())
    explained = wrong <= allowed or short
    text = (
        f"{utc(t)} {what}: {nearest.condition}. There {engine.name} is {3600.0 * wrong:.2g}″ off, at an edge that "
        f"moves {3600.0 * speed:.2g}″/s. Known reasons: {told}"
    )
    return Disagreement(t, text if explained else f"{text}. These do not explain it", explained)


def _step(term: Term) -> float:
    return STEP_S if term.sight.pace_s < SLOW_PACE_S else SLOW_STEP_S

