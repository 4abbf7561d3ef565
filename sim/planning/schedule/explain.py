"""Explains every request that is not met: what prevents it, who has its antennas, and the cheapest change for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil

from sim.core.durations import duration
from sim.core.errors import SimError
from sim.core.text import nearest, some
from sim.planning.schedule.admit import Admission, Effort, admit, got_s, is_met, least_s, neighbors
from sim.planning.schedule.checker import check
from sim.planning.schedule.network import Network
from sim.planning.schedule.reasons import Hold, Reason, find_holds, find_reasons
from sim.planning.schedule.relaxations import HOUR_S, UNIT_S, Option, Prices, options
from sim.planning.schedule.request import Request, Track

ROUNDING_S = 0.005
"""By how much more than whole minutes times change, since solvers round to milliseconds so that rules hold."""
SHOWN = 3
"""How many holders and changes of tracks a sentence lists."""


@dataclass(frozen=True)
class Change:
    """A change with which a request is met: made, solved and checked.

    Attributes
    ----------
    kind : str
        `move`, `shorten` or `drop` where only other tracks change: none loses time, some do, or requests are dropped;
        else the kind of `Prices` that it is.
    text : str
        What is changed, in words that follow *if*.
    amount_s : float
        By how much (s).
    network : Network
        The changed network.
    admission : Admission
        A schedule of it in which the request is met, and what others lose.
    cost : float
        By `Prices`.
    """

    kind: str
    text: str
    amount_s: float
    network: Network
    admission: Admission
    cost: float

    def __str__(self) -> str:
        """The change and what it costs others, in words."""
        lost, dropped = self.admission.lost_s, self.admission.dropped
        costs = [f"{some(dropped)} {'is' if len(dropped) == 1 else 'are'} dropped"] if dropped else []
        costs += [f"others lose {duration(lost)}"] if lost else []
        return f"{self.text} ({' and '.join(costs) or 'no one loses time'})"


@dataclass(frozen=True)
class Explanation:
    """Why a request is not met, and what would admit it.

    Attributes
    ----------
    request, mission : str
        The request.
    lacks_s, least_s : float
        How much tracked time is missing from its least, and its least (s).
    reasons : tuple of Reason
        What prevents it; each is enough to leave out.
    held_by : tuple of Hold
        Who holds what it could have used.
    changes : tuple of Change
        Changes that admit it, the cheapest first. Empty if none was found.
    """

    request: str
    mission: str
    lacks_s: float
    least_s: float
    reasons: tuple[Reason, ...]
    held_by: tuple[Hold, ...]
    changes: tuple[Change, ...]

    @property
    def cheapest(self) -> Change | None:
        """The cheapest change; None if none was found."""
        return self.changes[0] if self.changes else None

    def __str__(self) -> str:
        """All of it in plain English."""
        told = [each.text for each in self.reasons if each.kind != "held"]
        longest = self.held_by[:SHOWN] if any(each.kind != "view" for each in self.reasons) else ()
        told += [str(each) for each in sorted(longest, key=lambda each: (each.start, each.what))]
        more = len(self.held_by) - len(longest) if longest else 0
        told += [f"{more} more {'hold' if more == 1 else 'holds'} of its antennas"] if more else []
        text = f"{self.request} lacks {duration(self.lacks_s)}: {'; '.join(told) or 'nothing was found to prevent it'}."
        alone = next((each for each in self.changes if each.kind == "own" and not each.admission.changes), None)
        if alone is not None:
            text += f" Beside the others it could get {duration(self.least_s - alone.amount_s)}."
        if self.cheapest is None:
            return f"{text} No single change was found that admits it."
        return f"{text} It would be met if {self.cheapest}."


def explain(
    network: Network,
    tracks: Sequence[Track],
    names: Sequence[str] | None = None,
    *,
    full: bool = False,
    prices: Prices | None = None,
    effort: Effort | None = None,
) -> tuple[Explanation, ...]:
    """Explains the requests of a schedule that are not met.

    Parameters
    ----------
    network
        What is asked.
    tracks
        The schedule; it must keep all rules.
    names
        The requests to explain; all if not given. Those that are met are left out.
    full
        Whether a request counts as met only if it gets its greatest time, not its least.
    prices
        What changes cost, which decides which is the cheapest.
    effort
        How long to search for each change, and from which seed.

    Returns
    -------
    tuple of Explanation
        In the order of the network's requests. Every change in them was made, solved, and accepted by the checker.

    Raises
    ------
    SimError
        If a request does not exist, or if the schedule breaks a rule.

    Examples
    --------
    >>> from sim.planning.schedule.request import Antenna, Opportunity
    >>> views = [Opportunity(("ws1",), 0.0, end) for end in (7200.0, 4000.0)]
    >>> asked = [Request(name, name, (view,), 3600.0, 3600.0) for name, view in zip(("juno", "lro"), views)]
    >>> juno = Track("juno", "juno", ("ws1",), 0.0, 3600.0, 0.0, 3600.0)
    >>> (found,) = explain(Network((Antenna("ws1"),), tuple(asked)), [juno])  # doctest: +SKIP
    >>> str(found.cheapest)  # doctest: +SKIP
    'juno moved 60.0 min later (no one loses time)'
    """
    known = [each.name for each in network.requests]
    if wrong := [name for name in names or () if name not in known]:
        raise SimError("\n".join(f"no request is called {name!r}.{nearest(name, known)}" for name in wrong))
    if faults := check(network, tracks):
        raise SimError("a schedule that breaks rules cannot be explained:\n" + "\n".join(faults[:SHOWN]))
    found = []
    for request in network.requests:
        if names is not None and request.name not in names:
            continue
        goal = replace(request, min_s=max(request.min_s, request.max_s - 0.01)) if full else request
        if not is_met(goal, tracks):
            asked = tuple(goal if each.name == request.name else each for each in network.requests)
            found.append(_explained(replace(network, requests=asked), goal, tracks, prices or Prices(), effort))
    return tuple(found)


def _explained(
    network: Network, request: Request, tracks: Sequence[Track], prices: Prices, effort: Effort | None
) -> Explanation:
    effort = effort or Effort()
    own = [each for each in tracks if each.request == request.name]
    reasons = find_reasons(network, request.name, tracks, effort)
    changes = sorted(_changes(network, request.name, tracks, prices, effort), key=lambda each: each.cost)
    lacks = max(least_s(request) - got_s(own), 0.0)
    holds = find_holds(network, request, tracks)
    return Explanation(request.name, request.mission, lacks, least_s(request), reasons, holds, tuple(changes))


def _changes(network: Network, name: str, tracks: Sequence[Track], prices: Prices, effort: Effort) -> Iterator[Change]:
    """The changes that admit a request: of other tracks, of the network beside them, and only then of both."""
    near, found = neighbors(network, name, tracks), False
    moved = admit(network, name, tracks, near, effort)
    if moved is None:  # one at a time, where all at once were too many to search
        one_each = (admit(network, name, tracks, [each], effort) for each in near[:6])
        moved = next((each for each in one_each if each is not None), None)
    if moved is not None:
        found = True
        yield _of_tracks(network, moved, prices)
    quick = replace(effort, proof=False)
    for option in options(network, name, tracks):
        if (change := _of_option(option, name, tracks, (), prices, quick)) is not None:
            found = True
            yield change
    if not found:
        for option in options(network, name, tracks):
            if (change := _of_option(option, name, tracks, near, prices, quick)) is not None:
                yield change


def _of_tracks(network: Network, admission: Admission, prices: Prices) -> Change:
    kind = "drop" if admission.dropped else "shorten" if admission.lost_s else "move"
    words = [str(each) for each in admission.changes]
    more = f" and {len(words) - SHOWN} more tracks changed" if len(words) > SHOWN else ""
    text = ", ".join(words[:SHOWN]) + more or "it got a track where there is room"
    return Change(kind, text, admission.moved_s, network, admission, _cost(admission, prices))


def _of_option(
    option: Option, name: str, tracks: Sequence[Track], free: Sequence[str], prices: Prices, effort: Effort
) -> Change | None:
    """The least of a change that admits a request: in whole minutes, where a part of it is enough."""

    def made(amount: float) -> tuple[Network, Admission] | None:
        try:
            network = option.apply(amount)
        except SimError:  # a change that breaks another rule
            return None
        admission = admit(network, name, tracks, (*option.frees, *free), effort)
        return None if admission is None else (network, admission)

    amount, best = option.most_s, made(option.most_s)
    if best is None:
        return None
    low, high = 0, ceil(option.most_s / UNIT_S)
    while option.divisible and high - low > 1:
        middle = (low + high) // 2
        if (less := made(middle * UNIT_S + ROUNDING_S)) is not None:
            high, amount, best = middle, middle * UNIT_S, less
        else:
            low = middle
    network, admission = best
    counted = got_s([each for each in admission.tracks if each.request == name]) if option.by_use else amount
    cost = getattr(prices, option.kind) * counted / HOUR_S + _cost(admission, prices)
    return Change(option.kind, _with_moves(option.words(amount), admission), amount, network, admission, cost)


def _with_moves(text: str, admission: Admission) -> str:
    words = [str(each) for each in admission.changes]
    return text + (f", and {', '.join(words[:SHOWN])}" if words else "")


def _cost(admission: Admission, prices: Prices) -> float:
    lost, moved = prices.lost * admission.lost_s / HOUR_S, prices.moved * admission.moved_s / HOUR_S
    return lost + moved + prices.dropped * admission.dropped_priority
