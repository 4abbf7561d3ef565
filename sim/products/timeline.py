"""Timeline of the windows of routes and hops."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.core.model import Epoch, Listed, Model, Name
from sim.core.time import Span
from sim.products.contact_plan import path_text
from sim.products.ground_points import shown_span
from sim.products.pictures import Picture
from sim.scenario.product import NOTHING, Job
from sim.search.windows import Windows
from sim.trajectories.sites import Site
from sim.visibility.routes import hops, paths

Array = NDArray[np.float64]

if TYPE_CHECKING:
    from sim.products.plot.timeline import Row
    from sim.visibility.result import Result
    from sim.visibility.routes import Hop


class Mark(Model):
    """An instant to mark, with a short text."""

    at: Epoch
    text: Annotated[str, Field(max_length=80)]


class Timeline(Picture):
    """Timeline of the windows of routes and their hops (PNG or SVG).

    Each route and hop has a row, except for a hop that is a whole route and for hops of routes without windows. The
    shade behind the bars is night at the site of the row. A line below the bars: the other end is above the horizon but
    occulted. A line above the bars: the spacecraft is in a shadow. Bars with a better known orbit have a higher
    contrast. Edges fade where their standard deviation is visible at this scale. Time without a known orbit is hatched;
    shares refer to the rest.
    """

    kind: Literal["timeline"] = "timeline"
    file: Name = "timeline"
    """file name without extension"""
    routes: Annotated[tuple[Name, ...], Listed] | None = None
    """routes; default: all"""
    hops: bool = True
    """whether hops have rows"""
    start: Epoch | None = None
    """start of the time shown; default: start of the scenario"""
    days: Annotated[float, Field(gt=0)] | None = None
    """number of days shown; default: to the end of the scenario"""
    marks: Annotated[tuple[Mark, ...], Listed] = ()
    """instants to mark"""

    of_routes: ClassVar[bool] = True
    in_reports: ClassVar[bool] = False

    def write(self, result: Result, folder: Path, job: Job = NOTHING) -> list[Path]:
        """Write timeline.png or .svg."""
        from sim.products.plot.timeline import timeline

        span = shown_span(result.span, self.start, self.days, self.kind)
        chosen = list(result.routes) if self.routes is None else list(self.routes)
        rows = [_route_row(result, name, span, "routes" if name == chosen[0] else "") for name in chosen]
        if self.hops:
            legs = _hops_with_rows(result, chosen)
            rows += [_hop_row(result, leg, span, "links" if index == 0 else "") for index, leg in enumerate(legs)]
        marks = [(mark.at, mark.text) for mark in self.marks]
        ax = timeline(rows, span, self.title or result.title, marks, theme=self.theme)
        return self.save(ax, folder, self.file)


def _route_row(result: Result, name: str, span: Span, heading: str) -> Row:
    from sim.products.plot.timeline import Row

    path = result.paths[name]
    first = next(paths(path))[0]
    detail, night = path_text(path), _cut(result.night(first), span)
    windows, sigmas = result.routes[name].within(span), _sigmas(result, name, result.routes[name], span)
    known = _known(result, paths(path))
    return Row(name, windows, detail, result.basis(name), night, heading=heading, sigmas_s=sigmas, known=known)


def _hop_row(result: Result, leg: Hop, span: Span, heading: str) -> Row:
    from sim.products.plot.timeline import Row
    from sim.visibility.sight import Sight

    sight = Sight(result.ends[leg[0]], result.ends[leg[1]], result.light)
    own = next((end for end in (sight.receiver, sight.transmitter) if isinstance(end, Site)), None)
    night = _cut(result.night(own.name), span) if own is not None else None
    windows, hidden = result.hops[leg].within(span), result.hidden(leg, span)
    sigmas = _sigmas(result, leg, result.hops[leg], span)
    moving = [shadow for shadow in map(result.shadow, leg) if shadow is not None]
    shadow = moving[0].within(span) if len(moving) == 1 else None  # with two spacecraft the line would be ambiguous
    known = _known(result, [leg])
    return Row(f"{leg[0]} – {leg[1]}", windows, "", result.basis(leg), night, hidden, shadow, heading, sigmas, known)


def _sigmas(result: Result, of: str | Hop, windows: Windows, span: Span) -> Array:
    """Standard deviations (n, 2) s of the edges of the windows in a span.

    0 for edges cut by the span or by missing data, NaN where unknown.
    """
    from sim.visibility.uncertainty import unknown

    known = [
        [np.nan if unknown(moves) else size or 0.0 for moves, size in edges]
        for each in result.uncertainty(of)
        for edges in [((each.start_effects_s, each.start_sigma_s), (each.end_effects_s, each.end_sigma_s))]
    ]
    inside = (windows.bounds > span.start) & (windows.bounds < span.end)
    shown = (windows.bounds[:, 1] > span.start) & (windows.bounds[:, 0] < span.end)
    return np.where(inside, np.array(known).reshape(-1, 2), 0.0)[shown]


def _known(result: Result, ways: Iterable[tuple[str, ...]]) -> Array | None:
    """Intervals (k, 2) TDB s in which all ends of at least one path are known, without light time; None if always."""
    span, found = result.span, Windows.none(result.span)
    for way in ways:
        whole = Windows.whole(span)
        for end in (result.ends[name] for name in way):
            whole &= Windows.of([(part.start, part.end) for part in end.parts], span)
        found |= whole
    return None if found.total_s == span.duration_s else found.bounds


def _hops_with_rows(result: Result, names: list[str]) -> list[Hop]:
    """The hops of routes, without those whose row would repeat that of a route."""
    routes = {name: list(paths(result.paths[name])) for name in names}
    alone = {ways[0] for ways in routes.values() if len(ways) == 1}
    used = [name for name in names if len(result.routes[name])]
    return [leg for leg in dict.fromkeys(h for n in used for h in hops(result.paths[n])) if leg not in alone]


def _cut(windows: Windows | None, span: Span) -> Windows | None:
    return windows.within(span) if windows is not None else None
