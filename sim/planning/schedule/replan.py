"""Schedules a network that has changed, with the least change of an earlier schedule; proved where it is small."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from sim.core.errors import SimError
from sim.core.text import nearest
from sim.planning.schedule.admit import Effort, is_met, proof_step
from sim.planning.schedule.compare import Comparison, Sigmas, compare
from sim.planning.schedule.exact import best_schedule
from sim.planning.schedule.measures import Weights
from sim.planning.schedule.network import Network
from sim.planning.schedule.request import Request, Track
from sim.planning.schedule.schedule import Schedule
from sim.planning.schedule.search import search

LEAST_CHANGE = Weights(hours=0.01, satisfied=20.0, u_rms=0.0, u_max=0.0, change=1.0)
"""As many satisfied requests as possible, by priority; then the least change; then the most time."""
MOST_NODES = 2000
"""Trials that a proof may take."""


@dataclass(frozen=True)
class Replan:
    """A new schedule of a network that has changed, and what it changes.

    Attributes
    ----------
    schedule : Schedule
        The new schedule. `schedule.optimal` says whether it is proven best by the weights; then for all schedules whose
        tracks begin and end at whole steps of `step_s`, or at edges of opportunities.
    comparison : Comparison
        What became of each track of the earlier schedule.
    lost, won : tuple of str
        Requests of the new network that the earlier tracks met and the new ones do not; and the other way round.
    step_s : float or None
        The step of the proof; None without one.
    """

    schedule: Schedule
    comparison: Comparison
    lost: tuple[str, ...]
    won: tuple[str, ...]
    step_s: float | None = None


def replan(
    network: Network,
    earlier: Sequence[Track],
    weights: Weights = LEAST_CHANGE,
    *,
    effort: Effort | None = None,
    sigma_s: Callable[[Track], Sigmas] = lambda track: (None, None),
) -> Replan:
    """Schedules a network anew, near an earlier schedule.

    Parameters
    ----------
    network
        What is asked now: without a failed station, with a late request, with new views.
    earlier
        The tracks of the earlier schedule. Those that are no longer possible are lost.
    weights
        The objective; `change` counts time that is added to and removed from the earlier schedule.
    effort
        How long to search, and from which seed.
    sigma_s
        Standard deviations of the edges of an earlier track, for the comparison.

    Returns
    -------
    Replan
        The new schedule and what it changes. It depends on the seed alone.

    Examples
    --------
    >>> from sim.planning.schedule.request import Antenna, Opportunity
    >>> views = tuple(Opportunity((name,), 0.0, 7200.0) for name in ("ws1", "ws2"))
    >>> network = Network((Antenna("ws1"), Antenna("ws2")), (Request("a", "lro", views, 3600.0, 3600.0),))
    >>> old = [Track("a", "lro", ("ws1",), 0.0, 3600.0, 0.0, 3600.0)]
    >>> str(replan(without_sites(network, ["ws1"]), old).comparison.changed[0])  # doctest: +SKIP
    'a moved to ws2 from 2000-01-01 11:59 to 2000-01-01 12:59'
    """
    effort = effort or Effort()
    step = proof_step(network.requests) if effort.proof else None
    found = [search(network, weights, iterations=effort.iterations, seed=effort.seed, earlier=earlier)]
    if step is not None:
        found.insert(0, best_schedule(network, weights, step_s=step, earlier=earlier, most_nodes=MOST_NODES))
    best = max(found, key=lambda each: each.measures.objective)
    proven = found[0].optimal
    if proven:  # a search may do better yet, between the steps
        best = replace(best, optimal=True, bound=found[0].bound if best is found[0] else best.bound)
    met = [(is_met(each, earlier), is_met(each, best.tracks), each.name) for each in network.requests]
    lost = tuple(name for before, after, name in met if before and not after)
    won = tuple(name for before, after, name in met if after and not before)
    return Replan(best, compare(earlier, best.tracks, sigma_s), lost, won, step if proven else None)


def decided(network: Network, earlier: Sequence[Track], until: float) -> Network:
    """The network in which what has begun is decided, so that only the time after it is scheduled anew.

    Parameters
    ----------
    network
        What is asked.
    earlier
        The schedule so far.
    until
        The time up to which it was carried out (TDB s). Tracks whose set-up begins before it are pinned, if their
        request and antennas are still there; the set-up of all others begins after it.

    Returns
    -------
    Network
        The same requests, with pinned tracks and with what is left of their opportunities.

    Examples
    --------
    >>> from sim.planning.schedule.request import Antenna, Opportunity
    >>> view = Opportunity(("ws1",), 0.0, 7200.0, setup_s=600.0)
    >>> network = Network((Antenna("ws1"),), (Request("a", "lro", (view,), 3600.0, 1800.0),))
    >>> decided(network, [], 1800.0).requests[0].opportunities[0].start
    2400.0
    """
    begun = [each for each in earlier if each.occupied_from < until]
    requests = []
    for request in network.requests:
        own = [each for each in begun if each.request == request.name and each not in request.pinned]
        there = [each for each in own if all(name in network.by_name for name in each.antennas)]
        views = [replace(each, start=max(each.start, until + each.setup_s)) for each in request.opportunities]
        requests.append(
            replace(
                request,
                pinned=(*request.pinned, *there),
                opportunities=tuple(each for each in views if each.start < each.end),
            )
        )
    return replace(network, requests=tuple(requests))


def without_sites(network: Network, sites: Collection[str]) -> Network:
    """The network without all antennas of some sites, and all that needs them.

    Parameters
    ----------
    network
        What is asked.
    sites
        Names of sites, as antennas give them.

    Returns
    -------
    Network
        Its requests keep the opportunities and the pinned tracks of other antennas.

    Raises
    ------
    SimError
        If no antenna is at such a site.

    Examples
    --------
    >>> from sim.planning.schedule.request import Antenna
    >>> [each.name for each in without_sites(Network((Antenna("ws1"), Antenna("ws2")), ()), ["ws1"]).antennas]
    ['ws2']
    """
    known = dict.fromkeys(each.at for each in network.antennas)
    if wrong := [site for site in sites if site not in known]:
        raise SimError("\n".join(f"no antenna is at {site!r}.{nearest(site, known)}" for site in wrong))
    gone = {each.name for each in network.antennas if each.at in sites}
    return Network(
        tuple(each for each in network.antennas if each.name not in gone),
        tuple(_without(each, gone) for each in network.requests),
        {site: most for site, most in network.crews.items() if site not in sites},
        network.setup_apart,
    )


def _without(request: Request, gone: Collection[str]) -> Request:
    return replace(
        request,
        opportunities=tuple(each for each in request.opportunities if not any(name in gone for name in each.antennas)),
        pinned=tuple(each for each in request.pinned if not any(name in gone for name in each.antennas)),
        preferred=tuple(name for name in request.preferred if name not in gone),
    )
