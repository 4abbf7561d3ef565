"""A schedule with a proof: searched, tried exactly where the network is small, and bounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sim.planning.schedule.admit import proof_step
from sim.planning.schedule.bound import find_bound
from sim.planning.schedule.exact import best_schedule
from sim.planning.schedule.measures import Weights
from sim.planning.schedule.network import Network
from sim.planning.schedule.request import Track
from sim.planning.schedule.schedule import Bound, Schedule
from sim.planning.schedule.search import search

ITERATIONS = 20_000
"""Iterations of a search if nothing else is said: some seconds for hundreds of requests."""
_NODES = 100_000
"""Sets of tracks that are tried, of a network that is small enough to try all."""
_EQUAL = 1e-9


def solve(
    network: Network,
    weights: Weights | None = None,
    *,
    iterations: int | None = None,
    seconds: float | None = None,
    seed: int = 0,
    earlier: Sequence[Track] = (),
    bound_steps: int = 100,
) -> Schedule:
    """Finds a good schedule, and proves how good it is.

    Parameters
    ----------
    network
        What is asked.
    weights
        The objective.
    iterations, seconds
        How long to search: a number of iterations, on which alone the schedule then depends, or a time by the clock.
    seed
        Of all random choices.
    earlier
        Tracks of an earlier schedule, against which change is counted.
    bound_steps
        Steps of the bound; 0 for none.

    Returns
    -------
    Schedule
        `optimal` if its objective reaches the bound, or if all schedules could be tried whose tracks begin and end at
        whole steps or at edges of opportunities, and none is better.

    Examples
    --------
    >>> from sim.planning.schedule.request import Antenna, Opportunity, Request
    >>> view = Opportunity(("ws1",), 0.0, 5400.0)
    >>> a, b = (Request(name, name, (view,), max_s=3600.0, min_s=1800.0) for name in ("a", "b"))
    >>> solve(Network((Antenna("ws1"),), (a, b)), iterations=500).optimal  # doctest: +SKIP
    True
    """
    if iterations is None and seconds is None:
        iterations = ITERATIONS
    weights = weights or Weights()
    found = search(network, weights, iterations=iterations, seconds=seconds, seed=seed, earlier=earlier)
    optimal = False
    step = proof_step(network.requests)
    if step is not None:
        exact = best_schedule(network, weights, step_s=step, earlier=earlier, most_nodes=_NODES)
        if exact.measures.objective > found.measures.objective + _EQUAL:
            found = replace(found, tracks=exact.tracks, measures=exact.measures)
        optimal = exact.optimal
    bound = find_bound(network, weights, reached=found.measures, steps=bound_steps) if bound_steps else Bound()
    if bound.objective is not None and found.measures.objective >= bound.objective - 1e-6:
        optimal = True
    return replace(found, bound=bound, optimal=optimal)
