"""Schedule: which antenna tracks which mission when, over the whole network, and how good that is at best."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from sim.core.files import csv_text, json_text
from sim.core.model import Epoch, Name
from sim.core.time import utc
from sim.products.columns import Row
from sim.products.ground_points import shown_span
from sim.products.pictures import Picture
from sim.scenario.draft import Complaint, Draft
from sim.scenario.product import NOTHING, Job

if TYPE_CHECKING:
    from sim.planning.schedule.measures import Weights
    from sim.planning.schedule.network import Network
    from sim.planning.schedule.request import Request, Track
    from sim.planning.schedule.schedule import Schedule as Made
    from sim.visibility.result import Result

Term = Literal["hours", "satisfied", "u_rms", "u_max", "handovers", "change", "preferred"]

REQUESTS = (
    "request", "mission", "priority", "window_start_utc", "window_end_utc", "asked_h", "min_h", "tracked_h",
    "tracked_share", "tracks", "views", "satisfied", "why_not",
)  # fmt: skip
"""Columns of the table of requests."""


@dataclass(frozen=True, eq=False)
class Scheduled:
    """A network and its schedule, with the rows of their tables: finding why a request is not met takes searches."""

    network: Network
    made: Made

    @cached_property
    def tracks(self) -> list[Row]:
        """The tracks, in order of time, as the table has them."""
        return _track_rows(self.network, self.made.tracks)

    @cached_property
    def requests(self) -> list[Row]:
        """What each request asked for and got, as the table has it."""
        return _request_rows(self.network, self.made.tracks)


class Schedule(Picture):
    """Which antenna tracks which mission when, all requests of a network weighed: CSV, JSON and a picture (PNG or SVG).

    The table `schedule.csv` has a row for each track, with set-up and tear-down; `schedule-requests.csv` one for each
    request: what it asked for, what it got, and which rule is in the way of those that got nothing. The tree has the
    measures of the schedule, what no schedule exceeds, and what computes it again.

    Examples
    --------
    >>> Schedule(seed=1).files(Schedule())
    ['schedule.csv', 'schedule-requests.csv', 'schedule.json', 'schedule.png']
    """

    kind: Literal["schedule"] = "schedule"
    file: Name = "schedule"
    """beginning of the names of the files, without their endings"""
    weights: dict[Term, Annotated[float, Field(ge=0, le=1e6)]] = {}
    """of the terms of the objective: tracked `hours`, `satisfied` requests, and against the share that missions lack,
    its root mean square `u_rms` and maximum `u_max`; against `handovers`; for time on `preferred` antennas. Those that
    are left out keep their defaults"""
    iterations: Annotated[int, Field(ge=1, le=100_000_000)] = 20_000
    """how long to search; the schedule depends on this and the seed alone"""
    seed: Annotated[int, Field(ge=0, le=2**31)] = 0
    """of all random choices"""
    bound_steps: Annotated[int, Field(ge=0, le=10_000)] = 100
    """how long to look for what no schedule exceeds; 0 for no bound"""
    by: Literal["antenna", "mission"] = "antenna"
    """what the rows of the picture are"""
    start: Epoch | None = None
    """first instant of the picture; the scenario's start if not given"""
    days: Annotated[float, Field(gt=0)] | None = None
    """how much the picture shows; to the scenario's end if not given"""

    of_routes: ClassVar[bool] = True
    over_sites: ClassVar[bool] = True

    @classmethod
    def files(cls, product: object) -> list[str]:
        """Both tables, the tree and the picture."""
        file = cls.field_value(product, "file")
        ends = (".csv", "-requests.csv", ".json", f".{cls.field_value(product, 'format')}")
        return [f"{file}{end}" for end in ends]

    @classmethod
    def problems(cls, product: object, draft: Draft) -> Iterator[Complaint]:
        if not draft.requests and not draft.sites.keys().isdisjoint(draft.on_routes):
            yield ("kind",), "the scenario asks for no tracking. Add [missions.NAME], and [[requests]] with hours"

    def write(self, result: Result, folder: Path, job: Job = NOTHING) -> list[Path]:
        """Write the tables, the tree and the picture."""
        from sim.products.plot.schedule import schedule_chart

        found = job.once((self.kind, self.asked), lambda: self.made(result))
        texts = [tracks_csv(found), requests_csv(found), json_text(tree(result, found))]
        paths = [folder / name for name in self.files(self)]
        for path, text in zip(paths, texts, strict=False):
            path.write_text(text, encoding="utf-8")
        span = shown_span(result.span, self.start, self.days, self.kind)
        ax = schedule_chart(found.network, found.made, span, self.title or result.title, self.theme, self.by)
        return [*paths[:-1], *self.save(ax, folder, self.file)]

    @property
    def asked(self) -> str:
        """What the schedule depends on."""
        return self.model_dump_json(include={"weights", "iterations", "seed", "bound_steps"})

    @property
    def objective(self) -> Weights:
        """The weights of the objective."""
        from sim.planning.schedule.measures import Weights

        return Weights(**self.weights)

    def made(self, result: Result, seconds: float | None = None) -> Scheduled:
        """The network and its schedule. seconds : how long to search, instead of `iterations`"""
        from sim.planning.schedule.from_result import network_of_result
        from sim.planning.schedule.solve import solve

        network = network_of_result(result)
        found = solve(
            network, self.objective, iterations=None if seconds is not None else self.iterations, seconds=seconds,
            seed=self.seed, bound_steps=self.bound_steps,
        )  # fmt: skip
        return Scheduled(network, found)


def tracks_csv(found: Scheduled) -> str:
    """The tracks, in order of time."""
    from sim.planning.schedule.track_file import COLUMNS

    return csv_text(COLUMNS, [[row[name] for name in COLUMNS] for row in found.tracks])


def _track_rows(network: Network, tracks: Sequence[Track]) -> list[Row]:
    pinned = {each for request in network.requests for each in request.pinned}
    return [
        {
            "request": each.request,
            "mission": each.mission,
            "antennas": "+".join(each.antennas),
            "start_utc": utc(each.start),
            "end_utc": utc(each.end),
            "duration_s": round(each.duration_s, 3),
            "occupied_from_utc": utc(each.occupied_from),
            "occupied_to_utc": utc(each.occupied_to),
            "pinned": "yes" if each in pinned else "",
        }
        for each in tracks
    ]


def requests_csv(found: Scheduled) -> str:
    """What each request asked for and got."""
    return csv_text(REQUESTS, [[row[name] for name in REQUESTS] for row in found.requests])


def _request_rows(network: Network, tracks: Sequence[Track]) -> list[Row]:
    from sim.planning.schedule.admit import is_met
    from sim.planning.schedule.measures import united_s

    found: list[Row] = []
    unmet = 0
    for each in network.requests:
        own = [track for track in tracks if track.request == each.name]
        got_s = min(united_s((track.start, track.end) for track in own), each.max_s)
        met = is_met(each, own)
        unmet += not met
        window = each.window or (None, None)
        found.append(
            {
                "request": each.name,
                "mission": each.mission,
                "priority": each.priority,
                "window_start_utc": "" if window[0] is None else utc(window[0]),
                "window_end_utc": "" if window[1] is None else utc(window[1]),
                "asked_h": round(each.max_s / 3600.0, 6),
                "min_h": round(each.min_s / 3600.0, 6),
                "tracked_h": round(got_s / 3600.0, 6),
                "tracked_share": round(got_s / each.max_s, 6),
                "tracks": len(own),
                "views": len(each.opportunities),
                "satisfied": "yes" if met else "no",
                "why_not": "" if met else _why_not(network, each, tracks, unmet <= _REASONED),
            }
        )
    return found


_REASONED = 40
"""Of so many requests that are not met, every rule is tried; of others, only who holds their antennas is looked up."""


def _why_not(network: Network, request: Request, tracks: Sequence[Track], tried: bool) -> str:
    """Which rule is in the way of a request, in words; what would admit it is for `sim schedule --why`."""
    from sim.planning.schedule.admit import Effort
    from sim.planning.schedule.reasons import find_holds, find_reasons

    reasons = find_reasons(network, request.name, tracks, Effort()) if tried else ()
    told = [each.text for each in reasons if each.kind != "held"]
    if told:
        return "; ".join(told)
    holds = find_holds(network, request, tracks)
    return "; ".join(map(str, holds[:3])) or "no rule alone: antennas and crews are in use"


def station_loads(network: Network, tracks: Sequence[Track]) -> dict[str, tuple[float, float]]:
    """Of each antenna, for how long it tracks, and for how long it is occupied (s)."""
    from sim.planning.schedule.measures import united_s

    found = {}
    for antenna in network.antennas:
        own = [each for each in tracks if antenna.name in each.antennas]
        tracking = united_s((each.start, each.end) for each in own)
        found[antenna.name] = tracking, united_s((each.occupied_from, each.occupied_to) for each in own)
    return found


def tree(result: Result, found: Scheduled) -> dict[str, object]:
    """What the JSON file holds."""
    network, made = found.network, found.made
    measures, bound, whole = made.measures, made.bound, result.span.duration_s
    return {
        "title": result.title,
        "start_utc": utc(result.span.start),
        "end_utc": utc(result.span.end),
        "times": "UTC at the receiving end of a hop, at the last end of a route",
        "tracked_h": round(measures.tracked_h, 6),
        "asked_h": round(measures.asked_s / 3600.0, 6),
        "satisfied": measures.satisfied,
        "requests": measures.requests,
        "u_rms": round(measures.u_rms, 6),
        "u_max": round(measures.u_max, 6),
        "objective": round(measures.objective, 9),
        "optimal": made.optimal,
        "bound": {
            "tracked_h": None if bound.tracked_s is None else round(bound.tracked_s / 3600.0, 6),
            "satisfied": None if bound.satisfied is None else round(bound.satisfied, 6),
            "u_rms": None if bound.u_rms is None else round(bound.u_rms, 6),
            "u_max": None if bound.u_max is None else round(bound.u_max, 6),
            "objective": None if bound.objective is None else round(bound.objective, 9),
            "method": bound.method,
        },
        "gap_percent": None if made.gap is None else round(100.0 * made.gap, 4),
        "again": {"seed": made.seed, "iterations": made.iterations, "horizon": made.horizon},
        "missions": [
            {"mission": name, "lacks_share": round(share, 6)} for name, share in sorted(measures.lacking.items())
        ],
        "antennas": [
            {
                "antenna": name,
                "site": network.by_name[name].at,
                "tracking_h": round(tracking / 3600.0, 6),
                "occupied_h": round(occupied / 3600.0, 6),
                "occupied_share": round(occupied / whole, 6),
                "maintenance": [
                    {"start_utc": utc(a), "end_utc": utc(b)} for a, b in network.by_name[name].maintenance
                ],
            }
            for name, (tracking, occupied) in station_loads(network, made.tracks).items()
        ],
        "request_list": found.requests,
        "tracks": found.tracks,
    }


def schedule_summary(found: Scheduled, alone: bool = True) -> list[str]:
    """What a schedule comes to, in sentences. alone : whether it depends on no earlier schedule"""
    made, measures, bound = found.made, found.made.measures, found.made.bound
    lines = [
        f"{len(made.tracks)} tracks, {measures.tracked_h:.1f} of {measures.asked_s / 3600.0:.1f} h asked, "
        f"{measures.satisfied} of {measures.requests} requests satisfied; missions lack "
        f"{100.0 * measures.u_rms:.1f} % (root mean square), at most {100.0 * measures.u_max:.1f} %"
    ]
    if made.optimal:
        reached = bound.objective is not None and measures.objective >= bound.objective - 1e-6
        told = "no schedule exceeds its objective" if reached else "all tracks at whole steps and edges of passes tried"
        lines.append(f"proven optimal: {told}")
    if bound.tracked_s is not None and made.gap is not None:
        most = f"no schedule tracks more than {bound.tracked_s / 3600.0:.1f} h"
        lines.append(f"{most}: this lacks {100.0 * made.gap:.2f} % of it")
    for name, share in sorted(measures.lacking.items()):
        lines.append(f"{name}: {100.0 * (1.0 - share):.0f} % of what it asked for")
    unmet = [row for row in found.requests if row["satisfied"] == "no"]
    lines += [f"not met: {row['request']}: {row['why_not']}" for row in unmet[:_SHOWN]]
    lines += [f"{len(unmet) - _SHOWN} more requests are not met"] if len(unmet) > _SHOWN else []
    if alone and made.iterations is not None and made.iterations == made.horizon:
        lines.append(f"again, bit for bit: seed {made.seed}, iterations {made.iterations}")
    return lines


_SHOWN = 12
