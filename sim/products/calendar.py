"""Eclipses and solar conjunctions of spacecraft."""

from __future__ import annotations

from functools import reduce
from operator import or_
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from sim.core.model import Listed, Name
from sim.products.ground_points import spacecraft
from sim.products.pictures import PictureOfSpacecraft, station_hops
from sim.scenario.product import NOTHING, Job
from sim.trajectories.bodies.body import Body
from sim.trajectories.multi_phase import phases_in
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import Trajectory

if TYPE_CHECKING:
    from sim.search.windows import Windows
    from sim.visibility.result import Result
    from sim.visibility.sight import Sight


class Calendar(PictureOfSpacecraft):
    """Eclipses and solar conjunctions of spacecraft, one row per month (PNG or SVG).

    An eclipse lasts from first to last contact with the penumbra. In a conjunction the spacecraft is closer to the
    Sun's center than `sun_deg`, seen from any station on the Earth that has a link with it. Both are searched like
    links. Time without a known orbit is hatched.
    """

    kind: Literal["calendar"] = "calendar"
    file: Name = "calendar"
    """file name without extension"""
    spacecraft: Annotated[tuple[Name, ...], Listed, Field(max_length=3)] | None = None
    """spacecraft shown, at most three; default: the first two"""
    sun_deg: Annotated[float, Field(gt=0, le=90)] = 3.0
    """Sun separation below which a conjunction begins"""

    def write(self, result: Result, folder: Path, job: Job = NOTHING) -> list[Path]:
        """Write calendar.png or .svg."""
        from sim.products.plot.calendar import Events, calendar
        from sim.visibility.scalars import in_shadow

        chosen = spacecraft(result, self.spacecraft, self.kind)
        chosen = chosen if self.spacecraft is not None else chosen[:2]
        kinds = []
        for craft in chosen:
            for each in _casting(craft, result):
                dark = in_shadow(craft, result.span, each)
                kinds.append(Events(f"{craft.name} in the shadow of {_capitalized(each)}", dark))
            near = [
                self._near(result, sight, own)
                for sight, own, other in station_hops(result).values()
                if other is craft and own.body == "earth"
            ]
            if near:
                kinds.append(Events(f"{craft.name} less than {self.sun_deg:g}° from the Sun", reduce(or_, near)))
        return self.save(calendar(kinds, result.span, self.title or result.title, self.theme), folder, self.file)

    def _near(self, result: Result, sight: Sight, own: Site) -> Windows:
        """Times at which the target of a station is near the Sun; unknown while its orbit is unknown."""
        from sim.visibility.known_times import phase_pairs, pieced
        from sim.visibility.sight import Sight

        found = [
            (span, (Sight(one, other, sight.light).sun_separation_deg(own) < self.sun_deg).windows(span))
            for one, other, span in phase_pairs(sight.transmitter, sight.receiver, sight.light, result.span)
        ]
        return pieced(found, result.span)


def _casting(craft: Trajectory, result: Result) -> list[Body]:
    """The bodies whose shadows a spacecraft may cross in the span, in any of its phases."""
    from sim.visibility.sight import shading

    return list({each.name: each for way, _ in phases_in(craft, result.span) for each in shading(way)}.values())


def _capitalized(of: Body) -> str:
    return of.called.replace(of.name, of.name.title())
