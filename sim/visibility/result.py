"""The result of a run: span, ends, windows of hops and routes, and provenance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.core.arguments import typed
from sim.core.model import frozen
from sim.core.time import Span
from sim.search.conditions import Condition
from sim.search.windows import Windows
from sim.trajectories.bodies.body import Body
from sim.trajectories.multi_phase import phases_in
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import Basis, Trajectory, worst_basis
from sim.visibility import hops, routes, uncertainty
from sim.visibility.edge_columns import COLUMNS
from sim.visibility.edge_errors import EdgeErrors
from sim.visibility.edges import EdgeTable
from sim.visibility.known_times import by_phase, phase_pairs, pieced
from sim.visibility.links import Conditions, Links
from sim.visibility.network import Network, Tracking
from sim.visibility.routes import Hop, Path, paths
from sim.visibility.scalars import in_shadow, sun_elevation_deg
from sim.visibility.sight import Sight
from sim.visibility.uncertainty import Build, NearMiss, Uncertainty
from sim.visibility.window_ends import WindowEnds

if TYPE_CHECKING:  # a scenario without radios loads none of these
    from sim.trajectories.radios.channel import Channel

Array = NDArray[np.float64]

Columns = dict[str, Sequence[str] | Array | NDArray[np.int64]]
"""Columns of a table, by their names."""

_KEPT = 256
"""Nights, shadows and hidden times that are remembered: several products show the same."""


@dataclass(frozen=True, eq=False)
class Result:
    """The result of one scenario.

    hops, routes : windows by (start, end) and by name; conditions : of the hops; paths : of the routes
    channels : of links with signals, by the name of the link and by transmitter and receiver
    magnitudes : of spacecraft, standard magnitudes (1000 km, phase angle 90 deg)
    network : rates of links, recorders and data that are made
    tracking : antennas, crews, missions and requests for schedules
    light : whether light time is included; provenance : inputs' hashes, versions, kernels, certificates, as in run.json
    """

    title: str
    span: Span
    ends: Mapping[str, Trajectory]
    conditions: Mapping[Hop, Condition]
    hops: Mapping[Hop, Windows]
    paths: Mapping[str, Path]
    routes: Mapping[str, Windows]
    light: bool = True
    provenance: Mapping[str, Any] = field(default_factory=dict)
    magnitudes: Mapping[str, float] = field(default_factory=dict)
    channels: Mapping[str, Mapping[Hop, Channel]] = field(default_factory=dict)
    network: Network = field(default_factory=Network)
    tracking: Tracking = field(default_factory=Tracking)

    def __post_init__(self) -> None:
        for each in fields(self):
            object.__setattr__(self, each.name, frozen(getattr(self, each.name)))

    def __reduce__(self) -> Any:
        """Pickle without cached values."""
        return type(self), tuple(getattr(self, each.name) for each in fields(self))

    @typed
    def basis(self, of: str | Hop) -> Basis:
        """The weakest basis among the ends of a hop or route, over all their phases in the span."""
        names = of if isinstance(of, tuple) else routes.names(self.paths[of])
        return worst_basis(self.ends[name] for name in names)

    @typed
    def bases(self, of: str | Hop) -> list[Basis]:
        """For each window, the weakest basis of the ends of a hop or route in it (of their current phases)."""
        return self.window_ends.basis[self.rows(of)]

    @typed
    def element_ages_days(self, of: str | Hop) -> list[float | None]:
        """For each window, the maximum age of the element sets used; None if there are none."""
        return [None if np.isnan(age) else age for age in self.window_ends.age_days[self.rows(of)].tolist()]

    @typed
    def edges(self, of: str | Hop) -> list[tuple[str, str]]:
        """For each window of a hop or route, the texts of the limits that opened and closed it."""
        rows = self.rows(of)
        texts = self.edge_table.texts[2 * rows.start : 2 * rows.stop]
        return list(zip(texts[::2], texts[1::2], strict=True))

    @typed
    def unknown(self, of: str | Hop) -> list[tuple[float, float, str]]:
        """The intervals (TDB s) in which it is unknown whether a hop or route is open, with the reasons."""
        legs = [of] if isinstance(of, tuple) else routes.hops(self.paths[of])
        guards = [leaf for leg in legs for leaf in self.conditions[leg].leaves() if leaf.is_known]
        found = []
        for start, end in self._named(of).unknown:
            middle = 0.5 * (start + end)
            told = dict.fromkeys(guard.reads(middle) for guard in guards if not bool(guard.holds(middle)))
            found.append((start, end, " and ".join(told) or "no orbit known when the light left"))
        return found

    @typed
    def uncertainty(self, of: str | Hop) -> list[Uncertainty]:
        """The uncertainty of each window of a hop or route; docs/uncertainty.md describes the errors included.

        An edge of a route is that of one of its hops, at that hop's own, earlier time.
        """
        rows = self.rows(of)
        return [self.edge_errors.uncertainty(window) for window in range(rows.start, rows.stop)]

    @typed
    def near_misses(self, of: Hop) -> tuple[NearMiss, ...]:
        """Near misses: windows of a hop that exist with probability below one half.

        They are searched by this call. Raises `SimError` if the errors of one of its ends are unknown.
        """
        return uncertainty.near_misses(*self._built(of), self.light, self.hops[of])

    @cached_property
    def error_notes(self) -> tuple[str, ...]:
        """Sentences on the effects of the age of orbits and of the predicted rotation of the Earth on edges."""
        return tuple(uncertainty.error_notes(self.ends, self.span, self.edge_errors.worst_s()))

    @cached_property
    def edge_table(self) -> EdgeTable:
        """All windows, those of the routes first, a row each, and the limits at their edges."""
        ways = [list(paths(self.paths[name])) for name in self.routes] + [[hop] for hop in self.hops]
        known = self.conditions
        if isinstance(known, Conditions) and known.are_of(self.ends, self.light):
            links = known.links  # as they were searched
        else:
            links = Links(self.ends, known, self.light)
        return EdgeTable(links, ways, [*self.routes.values(), *self.hops.values()], self.hops)

    @cached_property
    def window_ends(self) -> WindowEnds:
        """Bases and ages of the ends in the windows of `edge_table`."""
        return WindowEnds(self.edge_table, self.ends)

    @cached_property
    def edge_errors(self) -> EdgeErrors:
        """Uncertainty of the windows of `edge_table`."""
        return EdgeErrors(self.edge_table, self.window_ends.uncounted)

    @typed
    def night(self, name: str) -> Windows | None:
        """Nights (Sun's center below 0°) at a site or landed spacecraft; None for other ends."""
        return _night(self.ends[name], self.span, self.light)  # type: ignore[arg-type]  # trajectories are frozen

    @typed
    def shadow(self, name: str) -> Windows | None:
        """Times of a spacecraft in the penumbra or umbra of any body; None for sites and bodies."""
        end = self.ends[name]
        return None if isinstance(end, Site | Body) else _shadow(end, self.span)  # type: ignore[arg-type]

    @typed
    def hidden(self, of: Hop, span: Span | None = None) -> Windows:
        """Times in a part of the span at which both ends are above each other's horizons, but occulted."""
        one, other = (self.ends[name] for name in of)
        return _hidden(one, other, self.light, span or self.span)  # type: ignore[arg-type]

    def to_pandas(self) -> Any:
        """All windows of all routes and hops as one pandas frame.

        `unknown_before_s` and `unknown_after_s` are the times without a known orbit before and after each window, up to
        the neighboring windows or the ends of the span.
        """
        import pandas as pd

        frames = []
        for of in self._all:
            known = self.uncertainty(of)
            columns = {name: [getattr(each, name) for each in known] for name in COLUMNS}
            before, after = self._named(of).unknown_beside_s.T
            unknown = {"unknown_before_s": before, "unknown_after_s": after}
            frame = self._named(of).to_pandas().assign(of=_label(of), basis=self.bases(of), **columns, **unknown)
            frames.append(frame.astype({name: float for name in COLUMNS}))
        last = ("unknown_before_s", "unknown_after_s")
        return pd.concat(frames, ignore_index=True)[["of", "start", "end", "duration_s", "basis", *COLUMNS, *last]]

    def to_table(self) -> Any:
        """All windows of all routes and hops as one astropy table."""
        from astropy.table import vstack

        tables = []
        for of in self._all:
            if len(self._named(of)):
                table = self._named(of).to_table()
                table["of"], table["basis"] = _label(of), self.bases(of)
                tables.append(table)
        return vstack(tables, metadata_conflicts="silent")

    @property
    def _all(self) -> list[str | Hop]:
        return [*self.routes, *self.hops]

    def _named(self, of: str | Hop) -> Windows:
        return self.routes[of] if isinstance(of, str) else self.hops[of]

    def _built(self, of: Hop) -> tuple[Build, dict[str, Trajectory]]:
        """How the condition of a hop is built from its ends, and the ends."""
        return hops.Between(*of), {name: self.ends[name] for name in of}

    def known_of(self, windows: NDArray[np.intp]) -> Columns:
        """Columns of tables on the uncertainty of some windows, given as rows of `edge_table`."""
        errors, ends = self.edge_errors, self.window_ends
        before, after = self._unknown_beside_s[windows].T
        return {
            "basis": [ends.basis[row] for row in windows.tolist()], "element_age_days": ends.age_days[windows],
            "start_sigma_s": errors.sigma_s[windows, 0], "end_sigma_s": errors.sigma_s[windows, 1],
            "probability": errors.probability[windows], "unknown_before_s": before, "unknown_after_s": after,
        }  # fmt: skip

    @cached_property
    def _unknown_beside_s(self) -> Array:
        """Unknown time before and after every window: (n, 2) s."""
        found = np.zeros(self.edge_table.bounds.shape)
        for of in self._all:
            if (windows := self._named(of)).known is not None:
                found[self.rows(of)] = windows.unknown_beside_s
        return found

    def rows(self, of: str | Hop) -> slice:
        """The rows of a hop's or route's windows in `edge_table`."""
        return self.edge_table.rows(self._number[of])

    @cached_property
    def _number(self) -> dict[str | Hop, int]:
        return {of: number for number, of in enumerate(self._all)}

    def __repr__(self) -> str:
        lines = [f"{self.title or 'result'}: {self.span!r}"]
        wide = max((len(name) for name in self.routes), default=0)
        lines += [f"  {name:<{wide}}  {windows!r}" for name, windows in self.routes.items()]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        import html

        rows = "".join(
            f"<tr><td>{html.escape(name)}</td><td>{html.escape(repr(windows).strip('<>'))}</td>"
            f"<td>{self.basis(name)}</td></tr>"
            for name, windows in self.routes.items()
        )
        head = "<tr><th>route</th><th>windows</th><th>basis</th></tr>"
        return f"<p><b>{html.escape(self.title)}</b></p><table>{head}{rows}</table>"


@lru_cache(maxsize=_KEPT)
def _night(end: Trajectory, span: Span, light: bool) -> Windows | None:
    if not any(isinstance(way, Site) for way, _ in phases_in(end, span)):
        return None

    def dark(way: Trajectory, when: Span) -> Windows | None:
        return (sun_elevation_deg(way, light) < 0).windows(when) if isinstance(way, Site) else None

    return by_phase(end, span, dark)


@lru_cache(maxsize=_KEPT)
def _shadow(end: Trajectory, span: Span) -> Windows:
    return in_shadow(end, span)


@lru_cache(maxsize=_KEPT)
def _hidden(one: Trajectory, other: Trajectory, light: bool, span: Span) -> Windows:
    found = phase_pairs(one, other, light, span)
    return pieced([(when, hops.hidden(Sight(a, b, light), when)) for a, b, when in found], span)


def _label(of: str | Hop) -> str:
    return of if isinstance(of, str) else routes.hop_text(of)
