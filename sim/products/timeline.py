"""The picture of a result: when every route and every hop is open, on a UTC axis."""

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
from sim.visibility.result import Result
from sim.visibility.routes import Hop, hops, paths
from sim.visibility.sight import Sight
from sim.visibility.uncertainty import unknown

Array = NDArray[np.float64]

if TYPE_CHECKING:
    from sim.products.plot.timeline import Row


class Mark(Model):
    """An instant to point out, with a few words."""

    at: Epoch
    text: Annotated[str, Field(max_length=80)]


class Timeline(Picture):
    """Routes and their hops as bars on a UTC axis (PNG or SVG).

    One row each; a hop that a route consists of, or that no open route uses, has none of its own. A shade behind the
    bars is night at the row's site; a line below them marks when the other end is above the horizon but hidden behind a
    body; a line above them marks when the hop's spacecraft is in the shadow of any body. The darker a bar
    (in the dark dress, the brighter), the surer its orbits; where its edges are so unsure that it can be seen, they
    fade. Hatched: no orbit of an end is known; shares are of the rest.
    """

    kind: Literal["timeline"] = "timeline"
    file: Name = "timeline"
    """name of the file, without its ending"""
    routes: Annotated[tuple[Name, ...], Listed] | None = None
    """which routes; all if not given"""
    hops: bool = True
    """whether the hops of the routes get rows too"""
    start: Epoch | None = None
    """first instant shown; the scenario's start if not given"""
    days: Annotated[float, Field(gt=0)] | None = None
    """how much is shown; to the scenario's end if not given"""
    marks: Annotated[tuple[Mark, ...], Listed] = ()
    """instants to point out"""

    of_routes: ClassVar[bool] = True
    in_reports: ClassVar[bool] = False

    def write(self, result: Result, folder: Path, job: Job = NOTHING) -> list[Path]:
        """timeline.png or .svg"""
        from sim.products.plot.timeline import timeline

        span = shown_span(result.span, self.start, self.days, self.kind)
        chosen = list(result.routes) if self.routes is None else list(self.routes)
        rows = [_route_row(result, name, span, "routes" if name == chosen[0] else "") for name in chosen]
        if self.hops:
            legs = _worth_a_row(result, chosen)
            rows += [_hop_row(result, leg, span, "hops" if index == 0 else "") for index, leg in enumerate(legs)]
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

    sight = Sight(result.ends[leg[0]], result.ends[leg[1]], result.light)
    own = next((end for end in (sight.receiver, sight.transmitter) if isinstance(end, Site)), None)
    night = _cut(result.night(own.name), span) if own is not None else None
    windows, hidden = result.hops[leg].within(span), result.hidden(leg, span)
    sigmas = _sigmas(result, leg, result.hops[leg], span)
    moving = [shadow for shadow in map(result.shadow, leg) if shadow is not None]
    shadow = moving[0].within(span) if len(moving) == 1 else None  # of two, nobody could tell whose it is
    known = _known(result, [leg])
    return Row(f"{leg[0]} – {leg[1]}", windows, "", result.basis(leg), night, hidden, shadow, heading, sigmas, known)


def _sigmas(result: Result, of: str | Hop, windows: Windows, span: Span) -> Array:
    """Standard deviations (n, 2) s of the edges of the windows within a span.

    0 of those that a span or missing data make, NaN of those of which nobody knows.
    """
    known = [
        [np.nan if unknown(moves) else size or 0.0 for moves, size in edges]
        for each in result.uncertainty(of)
        for edges in [((each.start_effects_s, each.start_sigma_s), (each.end_effects_s, each.end_sigma_s))]
    ]
    inside = (windows.bounds > span.start) & (windows.bounds < span.end)
    shown = (windows.bounds[:, 1] > span.start) & (windows.bounds[:, 0] < span.end)
    return np.where(inside, np.array(known).reshape(-1, 2), 0.0)[shown]


def _known(result: Result, ways: Iterable[tuple[str, ...]]) -> Array | None:
    """The stretches (k, 2) TDB s, light time aside, in which all ends of one of some ways are known; None if always."""
    span, found = result.span, Windows.none(result.span)
    for way in ways:
        whole = Windows.whole(span)
        for end in (result.ends[name] for name in way):
            whole &= Windows.of([(part.start, part.end) for part in end.parts], span)
        found |= whole
    return None if found.total_s == span.duration_s else found.bounds


def _worth_a_row(result: Result, names: list[str]) -> list[Hop]:
    """The hops of some routes, without those that would only repeat a route's row."""
    routes = {name: list(paths(result.paths[name])) for name in names}
    alone = {ways[0] for ways in routes.values() if len(ways) == 1}
    used = [name for name in names if len(result.routes[name])]
    return [leg for leg in dict.fromkeys(h for n in used for h in hops(result.paths[n])) if leg not in alone]


def _cut(windows: Windows | None, span: Span) -> Windows | None:
    return windows.within(span) if windows is not None else None
