"""What a run leaves: the span, the ends, the windows of hops and routes, and where everything came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.arguments import typed
from sim.core.model import frozen
from sim.core.time import DAY_S, Span
from sim.search.conditions import Condition, Positive
from sim.search.windows import Windows
from sim.trajectories.bodies.body import Body
from sim.trajectories.multi_phase import limited_by_data, phases_in
from sim.trajectories.orbits.sampled import Sampled
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import Basis, Trajectory, worst_basis
from sim.visibility import hops, routes, uncertainty
from sim.visibility.known_times import by_phase, phase_pairs, pieced
from sim.visibility.passing_times import Passing
from sim.visibility.routes import Hop, Path, paths
from sim.visibility.scalars import in_shadow, sun_elevation_deg
from sim.visibility.sight import Sight
from sim.visibility.uncertainty import COLUMNS, Build, NearMiss, Uncertainty, effects, heights, shifts

Array = NDArray[np.float64]

JUST_S = 1e-3
"""So far inside a window what makes it holds: edges are good to a microsecond."""
OUTSIDE_S = (JUST_S, 1e-2, 0.1, 1.0)
"""So far outside a window the limit that ends it is broken; nearby, rounding may hide a margin that barely rises."""


class Edge(NamedTuple):
    """Where a leaf of a hop's condition switches: the hop, the number of the leaf, the hop's own time (TDB s)."""

    hop: Hop
    leaf: int
    time: float


@dataclass(frozen=True, eq=False)
class Result:
    """All that was found for one scenario.

    hops, routes : windows by (start, end) and by name; conditions : of the hops; paths : of the routes
    light : whether light took time; provenance : inputs' hashes, versions, kernels, certificates, as in run.json
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
    _searched: dict[str | tuple[Hop, Span], Windows] = field(default_factory=dict, init=False, repr=False)
    _switched: dict[str | Hop, tuple[list[list[Edge]], ...]] = field(default_factory=dict, init=False, repr=False)
    _known_leaves: dict[Hop, tuple[Positive, ...]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        for each in fields(self):
            if each.init:
                object.__setattr__(self, each.name, frozen(getattr(self, each.name)))

    def __reduce__(self) -> Any:
        """Without what was computed since."""
        return type(self), tuple(getattr(self, each.name) for each in fields(self) if each.init)

    @typed
    def basis(self, of: str | Hop) -> Basis:
        """The weakest basis among the ends of a hop or route, whatever they are in the span."""
        names = of if isinstance(of, tuple) else routes.names(self.paths[of])
        return worst_basis(self.ends[name] for name in names)

    @typed
    def bases(self, of: str | Hop) -> list[Basis]:
        """For each window, the weakest basis of what a hop's or route's ends are in it: of phases, those that hold."""
        return [worst_basis(each for each, _, _ in used) for used in self._used(of)]

    @typed
    def element_ages_days(self, of: str | Hop) -> list[float | None]:
        """For each window, how far the element sets used get from their epochs; None where none are."""
        ages: list[float | None] = []
        for used in self._used(of):
            found = [each.element_age_s(*when) for each, *when in used if isinstance(each, Sampled)]
            ages.append(max((age / DAY_S for age in found if age is not None), default=None))
        return ages

    @typed
    def edges(self, of: str | Hop) -> list[tuple[str, str]]:
        """For each window of a hop or route, the limits that opened and that closed it, as they read."""
        opened, closed = (
            [" and ".join(dict.fromkeys(self._leaves(e.hop)[e.leaf].reads(e.time) for e in found)) for found in side]
            for side in self._switches(of)
        )
        windows = self._named(of)
        if windows.open_start:
            opened[0] = "span start"
        if windows.open_end:
            closed[-1] = "span end"
        return list(zip(opened, closed, strict=True))

    @typed
    def unknown(self, of: str | Hop) -> list[tuple[float, float, str]]:
        """When nobody knows whether a hop or route is open: from when to when (TDB s), and why, in words."""
        legs = [of] if isinstance(of, tuple) else routes.hops(self.paths[of])
        guards = [leaf for leg in legs for leaf in self._leaves(leg) if leaf.is_known]
        found = []
        for start, end in self._named(of).unknown:
            middle = 0.5 * (start + end)
            told = dict.fromkeys(guard.reads(middle) for guard in guards if not bool(guard.holds(middle)))
            found.append((start, end, " and ".join(told) or "no orbit known when the light left"))
        return found

    @typed
    def uncertainty(self, of: str | Hop) -> list[Uncertainty]:
        """For each window of a hop or route, how sure it is: docs/uncertainty.md says what is counted.

        A route's edge is that of one of its hops, at that hop's own, earlier time.
        """
        windows, found, lacking = self._named(of), [], iter(self._uncounted(of))
        pairs = list(zip(*self._moving(of), strict=True))
        rows = [[None if edge is None else self._moves[edge] for edge in pair] for pair in pairs]
        for (opens, closes), (start, end), seconds in zip(pairs, rows, windows.durations_s, strict=True):
            height = None
            if opens is not None and closes is not None and opens[:2] == closes[:2]:
                height = self._heights.get((opens, closes), np.inf)
            found.append(uncertainty.window_uncertainty(float(seconds), start, end, height, next(lacking)))
        for i, gap in enumerate(windows.bounds[1:, 0] - windows.bounds[:-1, 1]):
            (_, closes), (opens, _) = pairs[i], pairs[i + 1]
            one = closes is not None and opens is not None and closes[:2] == opens[:2]
            if one and not found[i].unknown and uncertainty.brief(2.0 * gap, rows[i][1] or {}, rows[i + 1][0] or {}):
                found[i] = replace(found[i], end_linear=False)
                found[i + 1] = replace(found[i + 1], start_linear=False)
        return found

    @typed
    def near_misses(self, of: Hop) -> tuple[NearMiss, ...]:
        """The windows that a hop has not, and might have: searched when asked for.

        Raises `SimError` where nobody has counted the errors of one of its ends.
        """
        return uncertainty.near_misses(*self._built(of), self.light, self.hops[of])

    @cached_property
    def error_notes(self) -> tuple[str, ...]:
        """What the age of orbits and the Earth's unknown rotation are worth here, in seconds of an edge, in words."""
        worst: dict[str, float] = {}
        for moves in self._moves.values():
            for name, seconds in moves.items():
                if np.isnan(seconds) or np.isnan(worst.get(name, 0.0)):
                    worst[name] = np.nan
                else:
                    worst[name] = max(worst.get(name, 0.0), abs(seconds) if np.isfinite(seconds) else 0.0)
        return tuple(uncertainty.error_notes(self.ends, self.span, worst))

    @typed
    def night(self, name: str) -> Windows | None:
        """When the Sun's center is below 0° at a site, or where a spacecraft has landed; None of what is never one."""
        end = self.ends[name]
        parts = [way for way, _ in phases_in(end, self.span)]
        if not any(isinstance(way, Site) for way in parts):
            return None

        def dark(way: Trajectory, when: Span) -> Windows | None:
            return (sun_elevation_deg(way, self.light) < 0).windows(when) if isinstance(way, Site) else None

        return self._once(name, lambda: by_phase(end, self.span, dark))

    @typed
    def shadow(self, name: str) -> Windows | None:
        """When a spacecraft is in the penumbra or umbra of any body; None for sites and bodies."""
        end = self.ends[name]
        if isinstance(end, Site | Body):
            return None
        return self._once(f"shadow of {name}", lambda: in_shadow(end, self.span))

    @typed
    def hidden(self, of: Hop, span: Span | None = None) -> Windows:
        """When, in a part of the span, both ends are above each other's horizons and yet a body stands between them."""
        asked = span or self.span
        transmitter, receiver = (self.ends[name] for name in of)

        def search() -> Windows:
            found = phase_pairs(transmitter, receiver, self.light, asked)
            return pieced([(when, hops.hidden(Sight(a, b, self.light), when)) for a, b, when in found], asked)

        return self._once((of, asked), search)

    def to_pandas(self) -> Any:
        """All windows of all routes and hops as one pandas frame.

        `unknown_before_s` and `unknown_after_s` say for how long, of the time to the neighboring windows or to the
        span's ends, no orbit is known.
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

    def _once(self, key: str | tuple[Hop, Span], search: Callable[[], Windows]) -> Windows:
        if key not in self._searched:
            self._searched[key] = search()
        return self._searched[key]

    def _used(self, of: str | Hop) -> list[list[tuple[Trajectory, float, float]]]:
        """For each window what its ends are in it, from when to when at the end itself."""
        windows = self._named(of)
        if not len(windows):
            return []
        margin = np.minimum(JUST_S, 0.25 * windows.durations_s)[:, None] * [1.0, -1.0]
        inside = windows.bounds + margin
        found: list[dict[tuple[str, int], tuple[Trajectory, float, float]]] = [{} for _ in range(len(windows))]
        for way in paths(self.paths[of]) if isinstance(of, str) else [of]:
            for name, bounds in self._passing.times(way, inside):
                for row, (start, end) in zip(found, np.where(np.isnan(bounds), inside, bounds), strict=True):
                    own = self.ends[name]
                    parts = own.parts_between(start, end)
                    row.update({(name, id(part)): (part, float(start), float(end)) for part in parts})
        return [list(row.values()) for row in found]

    def _named(self, of: str | Hop) -> Windows:
        return self.routes[of] if isinstance(of, str) else self.hops[of]

    def _switches(self, of: str | Hop) -> tuple[list[list[Edge]], ...]:
        """For each window, the leaves that opened it, and those that closed it."""
        if of not in self._switched:
            windows, ways = self._named(of), list(paths(self.paths[of])) if isinstance(of, str) else [of]
            inside, between = 0.5 * windows.durations_s, 0.5 * (windows.bounds[1:, 0] - windows.bounds[:-1, 1])
            before = np.append(0.0 if windows.open_start else np.inf, between)[: len(windows)]
            after = np.append(between, 0.0 if windows.open_end else np.inf)[: len(windows)]
            self._switched[of] = (
                self._causes(ways, windows.bounds[:, 0], -1.0, before, inside),
                self._causes(ways, windows.bounds[:, 1], 1.0, after, inside),
            )
        return self._switched[of]

    def _causes(
        self, ways: Sequence[tuple[str, ...]], edges: Array, out: float, shut: Array, open_: Array
    ) -> list[list[Edge]]:
        """What is broken just outside each edge on the ways that are clear just inside it.

        out : the sign of time outside; shut, open_ : how far outside and inside an edge one may look, s
        """
        reasons: list[list[Edge]] = [[] for _ in edges]
        for far in OUTSIDE_S:
            left = np.array([i for i, found in enumerate(reasons) if not found and shut[i] > 0.0], dtype=int)
            beyond = out * np.minimum(far, shut[left])
            for way in ways if len(left) else []:
                used = self._passing.is_open(way, edges[left] - out * np.minimum(JUST_S, open_[left]))
                for hop, t in self._passing.hop_times(way, (edges[left] + beyond)[used]):
                    known = ~np.isnan(t)
                    rows, steps, t = left[used][known], beyond[used][known], t[known]
                    for number, leaf in enumerate(self._leaves(hop) if len(t) else ()):
                        broken = ~leaf.holds(t)
                        for index, time in zip(rows[broken], (t - steps)[broken], strict=True):
                            reasons[index].append(Edge(hop, number, float(time)))
        return reasons

    def _moving(self, of: str | Hop) -> tuple[list[Edge | None], list[Edge | None]]:
        """The edges of each window that errors can move: not those of the span, or of what is known of an end."""
        windows = self._named(of)
        opened, closed = ([self._least_sure(found) for found in side] for side in self._switches(of))
        if windows.open_start:
            opened[0] = None
        if windows.open_end:
            closed[-1] = None
        return opened, closed

    def _least_sure(self, found: list[Edge]) -> Edge | None:
        """The edge that errors move, of those that are found at one; None where missing data, or an orbit's end, is.

        What an orbit does beyond its end is not asked: a limit that breaks with it moves no edge over it.
        """
        if any(limited_by_data(self._leaves(edge.hop)[edge.leaf].name) for edge in found):
            return None
        return found[0] if found else None

    def _uncounted(self, of: str | Hop) -> list[tuple[str, ...]]:
        """For each window the ends that it needs and whose errors nobody has counted."""
        return [
            tuple(dict.fromkeys(each.name for each, _, _ in used if isinstance(each, Sampled) and each.uncounted))
            for used in self._used(of)
        ]

    def _leaves(self, hop: Hop) -> tuple[Positive, ...]:
        if hop not in self._known_leaves:
            self._known_leaves[hop] = self.conditions[hop].leaves()
        return self._known_leaves[hop]

    @cached_property
    def _moves(self) -> dict[Edge, dict[str, float]]:
        """What every source of error is worth at every edge, s; all edges of a hop at once."""
        wanted: dict[Hop, dict[Edge, None]] = {}
        for of in self._all:
            for edge in filter(None, chain(*self._moving(of))):
                wanted.setdefault(edge.hop, {})[edge] = None
        found: dict[Edge, dict[str, float]] = {}
        for hop, edges in wanted.items():
            leaf, t = np.array([e.leaf for e in edges]), np.array([e.time for e in edges])
            build, ends = self._built(hop)
            found.update(zip(edges, shifts(*effects(build, ends, self.light, leaf, t, central=False)), strict=True))
        return found

    @cached_property
    def _heights(self) -> dict[tuple[Edge, Edge], float]:
        """How far above zero, in standard deviations, the margin of a brief window rises that opens and closes it."""
        wanted: dict[Hop, dict[tuple[Edge, Edge], None]] = {}
        for of in self._all:
            for a, b in zip(*self._moving(of), strict=True):
                if a is None or b is None or a[:2] != b[:2] or any(uncertainty.unknown(self._moves[e]) for e in (a, b)):
                    continue
                if uncertainty.brief(b.time - a.time, self._moves[a], self._moves[b]):
                    wanted.setdefault(a.hop, {})[a, b] = None
        found: dict[tuple[Edge, Edge], float] = {}
        for hop, pairs in wanted.items():
            bounds = np.array([[a.time, b.time] for a, b in pairs])
            build, ends = self._built(hop)
            high, _ = heights(build, ends, self.light, np.array([a.leaf for a, _ in pairs]), bounds)
            found.update(zip(pairs, high.tolist(), strict=True))
        return found

    def _built(self, of: Hop) -> tuple[Build, dict[str, Trajectory]]:
        """How a hop's condition is made of its ends, and these."""
        return lambda ends, light: hops.hop(ends[of[0]], ends[of[1]], light), {name: self.ends[name] for name in of}

    @cached_property
    def _passing(self) -> Passing:
        """How light passes the ends of paths; a window that rounding hides in its condition is open too."""
        return Passing(self.ends, lambda hop, t: self.conditions[hop].holds(t) | self.hops[hop].holds(t), self.light)

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


def _label(of: str | Hop) -> str:
    return of if isinstance(of, str) else f"{of[0]} – {of[1]}"
