"""A plan: for every mission one station at a time, and no antenna twice. Missions are planned in order of priority."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil, floor
from typing import Literal, get_args

from sim.core.time import Span
from sim.planning.passes import Pass
from sim.planning.tracks import Handover, Option, Solution, best_tracks, times_of_choice
from sim.trajectories.pass_rules import PassRules

Policy = Literal["fewest_handovers", "longest", "highest", "best_margin", "earliest", "priorities"]
POLICIES: tuple[Policy, ...] = get_args(Policy)


@dataclass(frozen=True)
class StationPass:
    """A pass of a station: what the plan chooses from.

    culmination_deg : greatest elevation of what the antenna points to; priority : of the station
    margin_db       : least or mean link margin of the pass; None if it was not asked
    """

    station: str
    when: Pass
    rules: PassRules
    culmination_deg: float = 0.0
    priority: int = 0
    margin_db: float | None = None


@dataclass(frozen=True)
class PlannedTrack:
    """A track of the plan: TDB s; `overlap_s` of it together with the next station."""

    mission: str
    station: str
    start: float
    end: float
    occupied_from: float
    occupied_to: float
    of: StationPass
    overlap_s: float = 0.0


def takes_over(before: PlannedTrack, after: PlannedTrack) -> bool:
    """Whether a track is a hand-over from the one before it: by another station, whose pass began in time for one."""
    return before.station != after.station and after.of.when.start <= before.of.when.end


@dataclass(frozen=True)
class Conflict:
    """One mission displaced another from an antenna, which the other would have used: from when to when, TDB s."""

    station: str
    winner: str
    loser: str
    start: float
    end: float


@dataclass(frozen=True)
class MissionPlan:
    """The tracks of one mission.

    tracked_s : time with at least one station; bound_s : what no plan of this mission exceeds, were it alone
    optimal   : whether the tracks are proven best for the antennas that missions of greater priority leave
    """

    mission: str
    tracks: tuple[PlannedTrack, ...]
    tracked_s: float
    bound_s: float
    optimal: bool

    @property
    def gap_s(self) -> float:
        """How much tracked time is missing from the bound: through other missions, or for want of a proof."""
        return self.bound_s - self.tracked_s

    @property
    def handovers(self) -> int:
        """How often a station takes over from another."""
        return sum(takes_over(before, after) for before, after in pairwise(self.tracks))


@dataclass(frozen=True)
class Plan:
    """The plans of all missions in order of priority, and the conflicts that were decided between them."""

    missions: tuple[MissionPlan, ...]
    conflicts: tuple[Conflict, ...]

    @property
    def tracks(self) -> list[PlannedTrack]:
        """All tracks, in order of time."""
        found = [track for each in self.missions for track in each.tracks]
        return sorted(found, key=lambda t: (t.start, t.mission))

    @property
    def optimal(self) -> bool:
        """Whether every mission's tracks are proven best."""
        return all(each.optimal for each in self.missions)


def make_plan(
    passes: Mapping[str, Sequence[StationPass]],
    span: Span,
    policy: Policy = "fewest_handovers",
    *,
    overlap_s: float = 0.0,
    break_s: float = 0.0,
    step_s: float = 60.0,
) -> Plan:
    """The best plan.

    Parameters
    ----------
    passes
        The passes of every mission; missions in order of priority, greatest first.
    span
        When: hand-overs count from its start in whole steps.
    policy
        Which station is preferred where several can track at once. Tracked time always comes first.
    overlap_s, break_s
        Between two stations: how long both track, or neither.
    step_s
        Where two passes overlap, tracks begin and end on whole steps from the start of the span.

    Returns
    -------
    Plan
        Of each mission the optimum over its times of choice, given the antennas that those before it use.
    """
    handover = Handover(_ms(overlap_s), _ms(break_s))
    done: list[MissionPlan] = []
    conflicts: list[Conflict] = []
    for mission, choices in passes.items():
        alone = _planned(mission, choices, span, policy, handover, _ms(step_s))
        taken = [track for each in done for track in each.tracks]
        found = _conflicts(alone, taken)
        if found:
            left = [part for each in choices for part in _free(each, taken)]
            again = _planned(mission, left, span, policy, handover, _ms(step_s))
            alone = replace(again, bound_s=alone.bound_s)
        done.append(alone)
        conflicts += found
    return Plan(tuple(done), tuple(conflicts))


def _planned(
    mission: str, choices: Sequence[StationPass], span: Span, policy: Policy, handover: Handover, step: int
) -> MissionPlan:
    """The best plan of a mission that has the antennas for itself."""
    stations = {each.station: number for number, each in enumerate(choices)}
    kept, options = [], []
    for each in choices:
        option = _option(each, stations[each.station], span, policy, handover)
        if option.end - option.start >= max(option.least, 1):
            kept.append(each)
            options.append(option)
    solution = best_tracks(options, handover, times_of_choice(options, handover, step))
    return _in_seconds(mission, solution, kept, span)


def _in_seconds(mission: str, solution: Solution, choices: Sequence[StationPass], span: Span) -> MissionPlan:
    tracks = []
    for track in solution.tracks:
        of = choices[track.option]
        start, end = (span.start + t / 1000.0 for t in (track.start, track.end))
        start, end = max(start, of.when.start), min(end, of.when.end)  # of a time far from zero, rounding is 0.1 us
        around = (start - of.rules.setup_s, end + of.rules.teardown_s)
        tracks.append(PlannedTrack(mission, of.station, start, end, *around, of, track.shared / 1000.0))
    tracked, bound = solution.score[0] / 1000.0, solution.bound / 1000.0
    return MissionPlan(mission, tuple(tracks), tracked, bound, solution.optimal)


def _option(each: StationPass, station: int, span: Span, policy: Policy, handover: Handover) -> Option:
    """A pass in whole milliseconds, rounded inward."""
    start, end = _inward(each.when.start - span.start, each.when.end - span.start)
    prefer = {
        "fewest_handovers": 0,
        "longest": end - start,
        "highest": round(1000.0 * each.culmination_deg),
        "best_margin": round(1000.0 * (each.margin_db or 0.0)),
        "earliest": -start,
        "priorities": each.priority,
    }[policy]
    gaps = tuple((floor(1000.0 * (a - span.start)), ceil(1000.0 * (b - span.start))) for a, b in each.when.gaps)
    least = max(_ms(each.rules.min_duration_s), handover.overlap)
    return Option(station, start, end, least, _ms(each.rules.turnaround_s), prefer, gaps)


def _free(each: StationPass, taken: Sequence[PlannedTrack]) -> list[StationPass]:
    """The parts of a pass in which its antenna is not used, set-up and tear-down included."""
    rules, parts = each.rules, [(each.when.start, each.when.end)]
    for track in taken:
        if track.station != each.station:
            continue
        first, last = track.occupied_from - rules.teardown_s, track.occupied_to + rules.setup_s
        parts = [
            part for a, b in parts for part in ((a, min(b, first)), (max(a, last), b)) if part[0] < part[1]
        ]  # fmt: skip
    gaps = [tuple((c, d) for c, d in each.when.gaps if a < d and c < b) for a, b in parts]
    return [replace(each, when=Pass(a, b, inside)) for (a, b), inside in zip(parts, gaps, strict=True)]


def _conflicts(wanted: MissionPlan, taken: Sequence[PlannedTrack]) -> list[Conflict]:
    """Where the antennas that a mission would use are in use."""
    found = []
    for own in wanted.tracks:
        for other in taken:
            start = max(own.occupied_from, other.occupied_from)
            end = min(own.occupied_to, other.occupied_to)
            if own.station == other.station and start < end:
                found.append(Conflict(own.station, other.mission, own.mission, start, end))
    return found


def _ms(seconds: float) -> int:
    return ceil(1000.0 * seconds - 1e-6)


def _inward(start: float, end: float) -> tuple[int, int]:
    return ceil(1000.0 * start), floor(1000.0 * end)
