"""Finds requests that cannot all be met together, though any fewer of them can: an irreducible conflict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

from sim.core.durations import duration
from sim.core.errors import SimError
from sim.core.text import nearest, some
from sim.planning.schedule.admit import STEPS_S, Effort, is_met, least_s, sets_of
from sim.planning.schedule.checker import check
from sim.planning.schedule.exact import best_schedule
from sim.planning.schedule.measures import Weights
from sim.planning.schedule.network import Network
from sim.planning.schedule.request import Request
from sim.planning.schedule.search import search

MOST_SETS, MOST_SCHEDULES, MOST_NODES = 400, 1e9, 20_000
"""How many sets of tracks of a request, how many schedules, and how many trials a proof may take."""
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight")


@dataclass(frozen=True)
class Conflict:
    """Requests that cannot be met together.

    Attributes
    ----------
    requests : tuple of str
        Their names, in the order of the network.
    step_s : float
        Proved for all tracks that begin and end at whole steps of this length, or at edges of opportunities.
    irreducible : bool
        Whether all but any one of them can be met: schedules were found that do. Otherwise, of some smaller set it is
        not known.
    """

    requests: tuple[str, ...]
    step_s: float
    irreducible: bool

    def __str__(self) -> str:
        """The conflict in words."""
        count, names = len(self.requests), some(self.requests)
        proof = f" (proved for tracks that begin and end at whole steps of {duration(self.step_s)})"
        if count == 1:
            return f"{names} cannot be met, even alone{proof}"
        rest = f"; any {_word(count - 1)} can" if self.irreducible else ""
        return f"these {_word(count)} requests cannot be met together: {names}{rest}{proof}"


def find_conflict(
    network: Network, names: Sequence[str] | None = None, effort: Effort | None = None
) -> Conflict | None:
    """Finds an irreducible conflict among requests, as if no others were there.

    One request after the other is left out; it stays out if the rest still cannot be met together.

    Parameters
    ----------
    network
        What is asked.
    names
        The requests among which to look: a handful. All if not given.
    effort
        How long to search for schedules that meet them.

    Returns
    -------
    Conflict or None
        None if they can be met together, or if neither that nor the contrary was found: `can_meet` says which.

    Raises
    ------
    SimError
        If a request does not exist.
    """
    effort, known = effort or Effort(), [each.name for each in network.requests]
    if wrong := [name for name in names or () if name not in known]:
        raise SimError("\n".join(f"no request is called {name!r}.{nearest(name, known)}" for name in wrong))
    core = [each for each in network.requests if names is None or each.name in names]
    if can_meet(network, core, effort) is not False:
        return None
    irreducible = True
    for request in list(core):
        rest = [each for each in core if each.name != request.name]
        verdict = can_meet(network, rest, effort)
        if verdict is False:
            core = rest
        elif verdict is None:
            irreducible = False
    step = _step(core)
    assert step is not None
    return Conflict(tuple(each.name for each in core), step, irreducible)


def can_meet(network: Network, requests: Sequence[Request], effort: Effort | None = None) -> bool | None:
    """Whether requests can all be met together, as if no others were there.

    Parameters
    ----------
    network
        Its antennas and crews.
    requests
        The requests.
    effort
        How long to search.

    Returns
    -------
    bool or None
        True if a schedule was found that meets them all and that the checker accepts; False if the exact solver proved
        that there is none, at its steps of time; None if neither.

    Examples
    --------
    >>> can_meet(Network((), ()), [])
    True
    """
    effort, weights = effort or Effort(), Weights(hours=0.0, satisfied=1.0, u_rms=0.0, u_max=0.0)
    asked = replace(network, requests=tuple(replace(each, priority=1) for each in requests))
    if not requests:
        return True
    found = search(asked, weights, iterations=effort.iterations, seed=effort.seed)
    if all(is_met(each, found.tracks) for each in requests) and not check(asked, found.tracks):
        return True
    if (step := _step(requests)) is None:
        return None
    short = replace(asked, requests=tuple(_short(each, step) for each in asked.requests))
    best = best_schedule(short, weights, step_s=step, most_nodes=MOST_NODES)
    if all(is_met(each, best.tracks) for each in requests) and not check(asked, best.tracks):
        return True
    return False if best.optimal else None


def _step(requests: Sequence[Request]) -> float | None:
    """The shortest step with which a proof is not too long; None if there is none."""
    for step in STEPS_S:
        counts = [sets_of(_short(each, step), step) for each in requests]
        if max(counts, default=0.0) <= MOST_SETS and prod(counts) <= MOST_SCHEDULES:
            return step
    return None


def _word(count: int) -> str:
    return NUMBERS[count] if count < len(NUMBERS) else str(count)


def _short(request: Request, step_s: float) -> Request:
    """A request of which longer tracks are not tried than it must have: who has room for those has room for these."""
    if request.max_gap_s is not None or request.pinned:
        return request
    return replace(request, max_s=min(request.max_s, least_s(request) + (request.max_tracks + 1) * step_s))
