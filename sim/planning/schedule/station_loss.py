"""The loss of one station: what re-planning saves and costs, and schedules whose critical requests survive any loss."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Literal

from sim.core.errors import SimError
from sim.core.text import nearest, some
from sim.planning.schedule.admit import Effort, admit, is_met
from sim.planning.schedule.checker import check
from sim.planning.schedule.measures import Weights, changed_s
from sim.planning.schedule.network import Network
from sim.planning.schedule.replan import replan, without_sites
from sim.planning.schedule.request import Request, Track
from sim.planning.schedule.schedule import Schedule
from sim.planning.schedule.search import search

Fate = Literal["untouched", "at once", "after re-planning", "lost"]


@dataclass(frozen=True)
class StationLoss:
    """What the loss of one site does to a schedule.

    Attributes
    ----------
    site : str
        The site that is lost, with all its antennas.
    tracks : int
        How many tracks use it.
    lost_s : float
        Tracked time that is lost if nothing is done.
    unmet : tuple of str
        Requests that are met before, and not after the loss if nothing is done.
    saved : tuple of str
        Those of them that re-planning meets again.
    dropped : tuple of str
        Requests that the loss does not touch, but that re-planning drops for others.
    regained_s : float
        Tracked time that re-planning gives back.
    change_s : float
        Time that re-planning adds to, and removes from, what is left of the schedule.
    proven : bool
        Whether re-planning is proven best by its weights, at its steps of time.
    """

    site: str
    tracks: int
    lost_s: float
    unmet: tuple[str, ...]
    saved: tuple[str, ...]
    dropped: tuple[str, ...]
    regained_s: float
    change_s: float
    proven: bool


HEAD = (
    "site", "tracks", "lost, h", "requests unmet", "saved", "dropped for them", "regained, h", "changed, h", "proven",
)  # fmt: skip
"""Columns of the table of losses."""


def station_losses(
    network: Network, tracks: Sequence[Track], sites: Collection[str] | None = None, effort: Effort | None = None
) -> tuple[StationLoss, ...]:
    """Loses every site, one at a time, and re-plans the requests that the schedule meets.

    Parameters
    ----------
    network
        What is asked.
    tracks
        The schedule.
    sites
        The sites that may be lost; all if not given.
    effort
        How long to search for each.

    Returns
    -------
    tuple of StationLoss
        One a site.
    """
    chosen = dict.fromkeys(each.at for each in network.antennas) if sites is None else sites
    return tuple(_loss(network, tracks, site, effort or Effort()) for site in chosen)


def rows(losses: Sequence[StationLoss]) -> list[tuple[str, ...]]:
    """Rows of a table of losses, with the columns `HEAD`."""
    return [
        (each.site, str(each.tracks), f"{each.lost_s / 3600.0:.2f}", *map(some, (each.unmet, each.saved, each.dropped)),
         f"{each.regained_s / 3600.0:.2f}", f"{each.change_s / 3600.0:.2f}", "yes" if each.proven else "no")
        for each in losses
    ]  # fmt: skip


@dataclass(frozen=True)
class Survival:
    """A schedule whose critical requests survive the loss of any one site, as far as that is possible.

    Attributes
    ----------
    schedule : Schedule
        The schedule. Critical requests are tracked from two sites at once in it where that is possible.
    fates : mapping of (str, str) to str
        What becomes of each critical request if each site is lost, by site and request: `untouched`; `at once` if the
        tracks that are left still meet it; `after re-planning`; or `lost`.
    cost_s : float
        Tracked time that the schedule has less than one that need not survive.
    dropped : tuple of str
        Requests that are met without this care, and not with it.
    """

    schedule: Schedule
    fates: dict[tuple[str, str], Fate]
    cost_s: float
    dropped: tuple[str, ...]

    @property
    def survives(self) -> bool:
        """Whether all critical requests stay met at once, whichever site is lost."""
        return all(each in ("untouched", "at once") for each in self.fates.values())

    def __str__(self) -> str:
        """What it survives and what that costs, in words."""
        lost = [f"{name} without {site}" for (site, name), fate in self.fates.items() if fate == "lost"]
        late = [f"{name} without {site}" for (site, name), fate in self.fates.items() if fate == "after re-planning"]
        text = "every critical request stays met whichever site is lost" if self.survives else ""
        text += f"met again after re-planning: {some(late)}" if late else ""
        text += ("; " if late and lost else "") + (f"lost: {some(lost)}" if lost else "")
        cost = f"{self.cost_s / 3600.0:.2f} h less tracking" if self.cost_s > 0.0 else "no tracked time"
        return f"{text}. It costs {cost}" + (f" and {some(self.dropped)}" if self.dropped else "")


def survive(
    network: Network,
    critical: Collection[str],
    weights: Weights | None = None,
    *,
    effort: Effort | None = None,
) -> Survival:
    """Schedules a network so that critical requests are met whichever single site is lost.

    Each is tracked from two sites at once if that is possible for it alone; else as it asks, and `fates` says what
    becomes of it. Critical requests come before all others.

    Parameters
    ----------
    network
        What is asked.
    critical
        Names of requests.
    weights
        The objective of all else.
    effort
        How long to search.

    Returns
    -------
    Survival
        The schedule, what it survives, and what that costs.

    Raises
    ------
    SimError
        If a request does not exist.
    """
    effort, known = effort or Effort(), [each.name for each in network.requests]
    if wrong := [name for name in critical if name not in known]:
        raise SimError("\n".join(f"no request is called {name!r}.{nearest(name, known)}" for name in wrong))
    weights = weights or Weights()
    plain = search(network, weights, iterations=effort.iterations, seed=effort.seed)
    twice = {name for name in critical if _may_be_doubled(network, name, effort)}
    safe = _safe(network, critical, twice, weights, effort)
    if late := {each.name for each in network.requests if each.name in twice and not is_met(each, safe.tracks)}:
        safe = _safe(network, critical, twice - late, weights, effort)
    fates = {
        (site, name): _fate(network, safe.tracks, site, name, effort)
        for site in dict.fromkeys(each.at for each in network.antennas) for name in critical
    }  # fmt: skip
    dropped = [r.name for r in network.requests if is_met(r, plain.tracks) and not is_met(r, safe.tracks)]
    cost = plain.measures.tracked_s - safe.measures.tracked_s
    return Survival(safe, fates, cost if cost > 0.1 else 0.0, tuple(dropped))


def _may_be_doubled(network: Network, name: str, effort: Effort) -> bool:
    """Whether a request could be met from two sites at once if it were alone."""
    request = next(each for each in network.requests if each.name == name)
    alone = replace(network, requests=(replace(request, sites_at_once=max(request.sites_at_once, 2)),))
    return admit(alone, name, request.pinned, effort=effort) is not None


def _safe(
    network: Network, critical: Collection[str], twice: Collection[str], weights: Weights, effort: Effort
) -> Schedule:
    """A schedule in which critical requests come first, some from two sites at once; all else by the weights."""
    total = sum(each.priority for each in network.requests) or 1
    weight = max(weights.satisfied, 1e-3)
    first = min(ceil(10.0 * total / weight), 10**6)
    requests = [replace(each, priority=first) if each.name in critical else each for each in network.requests]
    requests = [replace(r, sites_at_once=max(r.sites_at_once, 2)) if r.name in twice else r for r in requests]
    scaled = min(weight * sum(each.priority for each in requests) / total, 1e6)
    asked, weights = replace(network, requests=tuple(requests)), replace(weights, satisfied=scaled)
    return search(asked, weights, iterations=effort.iterations, seed=effort.seed)


def _fate(network: Network, tracks: Sequence[Track], site: str, name: str, effort: Effort) -> Fate:
    request = next(each for each in network.requests if each.name == name)
    gone = {each.name for each in network.antennas if each.at == site}
    own = [each for each in tracks if each.request == name]
    if is_met(request, own) and not any(gone & set(each.antennas) for each in own):
        return "untouched"
    left = _left(tracks, gone)
    lone = without_sites(network, [site])
    if is_met(request, left) and not check(replace(lone, requests=_only(lone, name)), [*_of(left, name)]):
        return "at once"
    again = admit(lone, name, _valid(lone, left), [each.name for each in lone.requests], effort)
    return "after re-planning" if again is not None else "lost"


def _loss(network: Network, tracks: Sequence[Track], site: str, effort: Effort) -> StationLoss:
    gone = {each.name for each in network.antennas if each.at == site}
    lone = without_sites(network, [site])
    left = _valid(lone, [each for each in tracks if not gone & set(each.antennas)])
    asked = tuple(each if is_met(each, tracks) else replace(each, opportunities=()) for each in lone.requests)
    again = replan(replace(lone, requests=asked), left, effort=effort)
    met = {each.name for each in network.requests if is_met(each, tracks)}
    still = {each.name for each in lone.requests if is_met(each, left)}
    after = {each.name for each in lone.requests if is_met(each, again.schedule.tracks)}
    unmet = [each.name for each in network.requests if each.name in met - still]
    time = sum(each.duration_s for each in left)
    return StationLoss(
        site, sum(bool(gone & set(each.antennas)) for each in tracks), sum(t.duration_s for t in tracks) - time,
        tuple(unmet), tuple(name for name in unmet if name in after),
        tuple(name for name in again.lost), sum(t.duration_s for t in again.schedule.tracks) - time,
        changed_s(again.schedule.tracks, left), again.step_s is not None,
    )  # fmt: skip


def _left(tracks: Sequence[Track], gone: Collection[str]) -> list[Track]:
    """What is left of tracks without some antennas: those of several sites go on from the others."""
    kept = [replace(each, antennas=tuple(name for name in each.antennas if name not in gone)) for each in tracks]
    return [each for each in kept if each.antennas]


def _valid(network: Network, tracks: Sequence[Track]) -> list[Track]:
    """The tracks of the requests that they still serve by all rules."""
    kept = []
    for request in network.requests:
        own = _of(tracks, request.name)
        if own and not check(replace(network, requests=(request,)), own):
            kept += own
    return kept


def _only(network: Network, name: str) -> tuple[Request, ...]:
    return tuple(each for each in network.requests if each.name == name)


def _of(tracks: Sequence[Track], name: str) -> list[Track]:
    return [each for each in tracks if each.request == name]
