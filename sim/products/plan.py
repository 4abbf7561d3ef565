"""Plan: which station tracks which spacecraft, when, and which hands over to which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product as pairs_of
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from sim.core.durations import duration
from sim.core.files import csv_text, json_text
from sim.core.model import Epoch, Listed, Name
from sim.core.text import nearest, shown
from sim.core.time import utc
from sim.planning.plan import Policy, make_plan, takes_over
from sim.products.columns import Cell, Row
from sim.products.ground_points import shown_span
from sim.products.pictures import Picture, product_error
from sim.scenario.draft import Complaint, Draft, get, listed, names
from sim.scenario.product import NOTHING, Job
from sim.trajectories.pass_rules import Seconds

if TYPE_CHECKING:
    from sim.planning.plan import Conflict, MissionPlan, PlannedTrack, StationPass
    from sim.planning.plan import Plan as Made
    from sim.visibility.result import Result

OBJECTIVE = (
    "greatest tracked time, then the policy's preference, then fewest tracks, then the station that saw it first"
)

COLUMNS = (
    "mission", "station", "start_utc", "end_utc", "duration_s", "takes_over_from", "overlap_s", "occupied_from_utc",
    "occupied_to_utc", "pass_start_utc", "pass_end_utc", "gaps_s", "culmination_elevation_deg",
)  # fmt: skip


class Plan(Picture):
    """Which station tracks which spacecraft, one at a time, in order of time: CSV, JSON and a picture (PNG or SVG).

    A mission is the far end of a route. Its tracks are parts of passes, which the rules `[passes]` make of windows; at
    most one station tracks it, but for the overlap at a hand-over, and an antenna with its set-up and tear-down times
    is never used twice. Missions are planned in order of priority. Each gets the greatest tracked time; among plans of
    equal time the policy decides, then the number of tracks; what is left, the station that saw it first keeps. Tracks
    begin and end at edges of passes, later than these by a break or set-up, or, where passes overlap, on whole steps.
    Among all such plans the one written is `optimal`, or its distance from a bound is given. Joined gaps count as
    tracked; the column `gaps_s` says how long they are.

    Examples
    --------
    >>> Plan(policy="highest", overlap_s=120.0).files(Plan())
    ['plan.csv', 'plan.json', 'plan.png']
    """

    kind: Literal["plan"] = "plan"
    file: Name = "plan"
    """name of the files, without their endings"""
    routes: Annotated[tuple[Name, ...], Listed] | None = None
    """routes whose far ends are planned; all if not given"""
    policy: Policy = "fewest_handovers"
    """which station is preferred, where several could track at no loss of tracked time: the one of the longest pass, of
    the highest culmination, of the best link margin in the pass, of the earliest pass, or of the greatest priority; or
    as few changes as possible"""
    margin: Literal["least", "mean"] | None = None
    """with policy best_margin: which link margin of a pass counts, by default the least in it. The plan lists it"""
    priorities: dict[Name, Annotated[int, Field(ge=-1000, le=1000)]] = {}
    """of missions and of stations by name, the greater first; 0 if not given"""
    overlap_s: Seconds = 0.0
    """at a hand-over, how long both stations track"""
    break_s: Seconds = 0.0
    """between two tracks, least time without any"""
    step_s: Annotated[float, Field(ge=1, le=3600)] = 60.0
    """where passes overlap, tracks begin and end on whole steps from the start of the span"""
    start: Epoch | None = None
    """first instant of the picture; the scenario's start if not given"""
    days: Annotated[float, Field(gt=0)] | None = None
    """how much the picture shows; to the scenario's end if not given"""

    of_routes: ClassVar[bool] = True
    over_sites: ClassVar[bool] = True
    asking: ClassVar[tuple[str, ...]] = ("routes", "policy", "margin", "priorities", "overlap_s", "break_s", "step_s")
    """The fields that the plan depends on; others are of its picture."""

    @classmethod
    def files(cls, product: Any) -> list[str]:
        """The table, the tree and the picture."""
        file = cls.field_value(product, "file")
        return [f"{file}.csv", f"{file}.json", f"{file}.{cls.field_value(product, 'format')}"]

    @classmethod
    def problems(cls, product: Any, draft: Draft) -> Iterator[Complaint]:
        named = get(product, "priorities", {})
        for name in named if isinstance(named, Mapping) else ():
            if name not in draft.on_routes:
                close = nearest(str(name), sorted(map(str, dict.fromkeys(draft.on_routes))))
                yield ("priorities", name), f"no route has a site or spacecraft {shown(name)}.{close}"
        asked = listed(get(product, "routes")) or draft.routes
        paths = [path for path in map(listed, (draft.routes.get(name) for name in map(str, asked))) if len(path) > 1]
        tips = {name for path in paths for step in (path[0], path[-1]) for name in names(step)}
        if paths and tips.isdisjoint(draft.sites) and not draft.sites.keys().isdisjoint(draft.on_routes):
            yield ("kind",), "no route begins or ends at a site: there is no station to plan. Add one at an end"
        if cls.field_value(product, "overlap_s") and cls.field_value(product, "break_s"):
            yield ("break_s",), "give overlap_s or break_s, not both: two stations track together, or none does"
        by_margin = cls.field_value(product, "policy") == "best_margin"
        if get(product, "margin") is not None and not by_margin:
            yield ("margin",), 'margin is of policy "best_margin". Choose that policy, or leave margin out'
        signals = {hop for link in draft.links.values() if get(link, "signal") for hop in _pairs(link)}
        if by_margin and (without := [hop for hop in _pointed(draft, paths) if hop not in signals]):
            from sim.planning.stations import no_margin

            yield ("policy",), no_margin(without)

    def write(self, result: Result, folder: Path, job: Job = NOTHING) -> list[Path]:
        """Write plan.csv, plan.json and plan.png or .svg."""
        from sim.products.plot.plan import plan_chart

        passes, made = job.once((self.kind, self.asked), lambda: self.made(result))
        table, tree = folder / f"{self.file}.csv", folder / f"{self.file}.json"
        table.write_text(self.csv(made), encoding="utf-8")
        tree.write_text(json_text(self.tree(result, made)), encoding="utf-8")
        span = shown_span(result.span, self.start, self.days, self.kind)
        ax = plan_chart(passes, made, span, self.title or result.title, self.theme)
        return [table, tree, *self.save(ax, folder, self.file)]

    def made(self, result: Result) -> tuple[dict[str, list[StationPass]], Made]:
        """The passes of every mission, and the plan. Raises `SimError` where no route begins or ends at a site."""
        from sim.planning.stations import station_passes

        chosen = list(result.routes) if self.routes is None else list(self.routes)
        passes = station_passes(result, chosen, self.priorities, self._margin)
        if not passes:
            raise product_error(self.kind, "no route begins or ends at a site: there is no station to plan")
        plan = make_plan(
            passes, result.span, self.policy, overlap_s=self.overlap_s, break_s=self.break_s, step_s=self.step_s
        )
        return passes, plan

    @property
    def asked(self) -> str:
        """What the plan depends on: two products that ask the same differ in their pictures only."""
        return self.model_dump_json(include=set(self.asking))

    @property
    def _margin(self) -> Literal["least", "mean"] | None:
        return (self.margin or "least") if self.policy == "best_margin" else None

    def csv(self, made: Made) -> str:
        """The tracks as CSV, in order of time."""
        names = (*COLUMNS, *(f"{each}_margin_db" for each in [self._margin] if each))
        return csv_text(names, [[row[name] for name in names] for row in self.rows(made)])

    def rows(self, made: Made) -> list[Row]:
        """The tracks of a plan, in order of time, as the table has them."""
        before: dict[str, PlannedTrack] = {}
        rows = []
        for track in made.tracks:
            row = _row(track, before.get(track.mission))
            rows.append(row if self._margin is None else row | {f"{self._margin}_margin_db": track.of.margin_db})
            before[track.mission] = track
        return rows

    def tree(self, result: Result, made: Made) -> dict[str, object]:
        """What the JSON file holds."""
        return {
            "title": result.title,
            "start_utc": utc(result.span.start),
            "end_utc": utc(result.span.end),
            "times": "UTC at the receiving end of a hop, at the last end of a route",
            "policy": self.policy,
            "objective": OBJECTIVE,
            "step_s": self.step_s,
            "optimal": made.optimal,
            "missions": [_mission(each) for each in made.missions],
            "conflicts": [_conflict(each) for each in made.conflicts],
            "tracks": self.rows(made),
        }


def _pairs(link: object) -> Iterator[tuple[str, str]]:
    """Each transmitter of a link's signal with each receiver."""
    sides = [names(side) for side in listed(get(link, "between"))]
    yield from pairs_of(*sides) if len(sides) == 2 else ()


def _pointed(draft: Draft, paths: Sequence[Sequence[object]]) -> list[tuple[str, str]]:
    """The hops that antennas of stations point along on some paths: the last hop to a site, or else the first."""
    found: dict[tuple[str, str], None] = {}
    for path in paths:
        sides = [names(step) for step in path]
        first, last = ([name for name in side if name in draft.sites] for side in (sides[0], sides[-1]))
        found |= dict.fromkeys(pairs_of(sides[-2], last) if last else pairs_of(first, sides[1]))
    return list(found)


def plan_summary(made: Made) -> list[str]:
    """What a plan comes to, a line a mission and a line a conflict."""
    lines = []
    for each in made.missions:
        proof = "optimal" if each.optimal else f"not proven: at most {duration(each.gap_s)} more"
        lost = f", {duration(each.gap_s)} less than alone" if each.optimal and each.gap_s > 0.0 else ""
        count = f"{len(each.tracks)} track{'' if len(each.tracks) == 1 else 's'}"
        over = f"{each.handovers} hand-over{'' if each.handovers == 1 else 's'}"
        lines.append(f"{each.mission}: {count}, {duration(each.tracked_s)} tracked, {over} ({proof}{lost})")
    for conflict in made.conflicts:
        when = f"{utc(conflict.start, 0)} to {utc(conflict.end, 0)}"
        lines.append(f"conflict: {conflict.winner} displaces {conflict.loser} at {conflict.station}, {when}")
    return lines


def _row(track: PlannedTrack, before: PlannedTrack | None) -> Row:
    took_over = before is not None and takes_over(before, track)
    shared = before.end - track.start if before is not None else 0.0
    gaps = sum(max(0.0, min(b, track.end) - max(a, track.start)) for a, b in track.of.when.gaps)
    values: dict[str, Cell] = {
        "mission": track.mission,
        "station": track.station,
        "start_utc": utc(track.start),
        "end_utc": utc(track.end),
        "duration_s": round(track.end - track.start, 3),
        "takes_over_from": before.station if took_over and before is not None else "",
        "overlap_s": round(max(shared, 0.0), 3),
        "occupied_from_utc": utc(track.occupied_from),
        "occupied_to_utc": utc(track.occupied_to),
        "pass_start_utc": utc(track.of.when.start),
        "pass_end_utc": utc(track.of.when.end),
        "gaps_s": round(gaps, 3),
        "culmination_elevation_deg": round(track.of.culmination_deg, 4),
    }
    return values


def _mission(each: MissionPlan) -> dict[str, object]:
    return {
        "mission": each.mission,
        "tracks": len(each.tracks),
        "tracked_s": round(each.tracked_s, 3),
        "handovers": each.handovers,
        "optimal": each.optimal,
        "bound_s": round(each.bound_s, 3),
        "gap_s": round(each.gap_s, 3),
    }


def _conflict(each: Conflict) -> dict[str, object]:
    return {
        "station": each.station,
        "winner": each.winner,
        "displaced": each.loser,
        "start_utc": utc(each.start),
        "end_utc": utc(each.end),
        "duration_s": round(each.end - each.start, 3),
    }
