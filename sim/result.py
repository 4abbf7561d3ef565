"""What a run leaves: the span, the ends, the windows of hops and routes, and where everything came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.bodies import Body
from sim.conditions import Condition, every
from sim.phased import Phased
from sim.routes import Hop, Path, clearances, horizons, paths
from sim.scalars import sun_elevation_deg, sunlit
from sim.sight import Sight
from sim.sites import Site
from sim.time import Span
from sim.trajectory import Basis, Trajectory, ray, worst_basis
from sim.windows import Windows

Array = NDArray[np.float64]

JUST_S = 1e-3
"""So far outside a window the limit that ends it is surely broken: edges are good to a microsecond."""


@dataclass(frozen=True, eq=False)
class Result:
    """All that was found for one scenario.

    hops, routes : windows by (start, end) and by name; conditions : of the hops; paths : of the routes
    light        : whether light took time
    provenance   : inputs' hashes, versions, kernels, certificates; goes into run.json as it is
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

    def basis(self, of: str | Hop) -> Basis:
        """The weakest basis among the ends of a hop or route."""
        names = of if isinstance(of, tuple) else {name for path in paths(self.paths[of]) for name in path}
        return worst_basis(self.ends[name] for name in names)

    def edges(self, of: str | Hop) -> list[tuple[str, str]]:
        """For each window of a hop or route, the limits that opened and that closed it, as they read."""
        windows = self._named(of)
        ways: list[tuple[str, ...]] = list(paths(self.paths[of])) if isinstance(of, str) else [of]
        if not len(windows):
            return []
        opened = self._causes(ways, windows.bounds[:, 0] - JUST_S, windows.bounds[:, 0] + JUST_S)
        closed = self._causes(ways, windows.bounds[:, 1] + JUST_S, windows.bounds[:, 1] - JUST_S)
        if windows.open_start:
            opened[0] = "span start"
        if windows.open_end:
            closed[-1] = "span end"
        return list(zip(opened, closed, strict=True))

    def night(self, name: str) -> Windows | None:
        """When the Sun's center is below 0° at a site; None where an end is not one."""
        end = self.ends[name]
        if not isinstance(end, Site):
            return None
        return self._once(name, lambda: (sun_elevation_deg(end, self.light) < 0).windows(self.span))

    def shadow(self, name: str) -> Windows | None:
        """When a spacecraft is in the penumbra or umbra of the Earth or the Moon; None for sites, bodies and phases."""
        end = self.ends[name]
        if isinstance(end, Site | Body | Phased):
            return None
        return self._once(f"shadow of {name}", lambda: (~sunlit(end)).windows(self.span))

    def hidden(self, of: Hop) -> Windows:
        """When both ends are above each other's horizons and yet a body stands between them."""

        def search() -> Windows:
            if any(isinstance(self.ends[name], Phased) for name in of):
                return Windows.none(self.span)  # not told apart, phase by phase
            sight = Sight(self.ends[of[0]], self.ends[of[1]], self.light)
            level, clear = horizons(sight), clearances(sight)
            up = every(level).windows(self.span) if level else Windows.whole(self.span)
            return up - every(clear).within(up) if clear else Windows.none(self.span)

        return self._once(of, search)

    def to_pandas(self) -> Any:
        """All windows of all routes and hops as one pandas frame."""
        import pandas as pd

        frames = [self._named(of).to_pandas().assign(of=_label(of), basis=self.basis(of)) for of in self._all]
        return pd.concat(frames, ignore_index=True)[["of", "start", "end", "duration_s", "basis"]]

    def to_table(self) -> Any:
        """All windows of all routes and hops as one astropy table."""
        from astropy.table import vstack

        tables = []
        for of in self._all:
            if len(self._named(of)):
                table = self._named(of).to_table()
                table["of"], table["basis"] = _label(of), self.basis(of)
                tables.append(table)
        return vstack(tables, metadata_conflicts="silent")

    @property
    def _all(self) -> list[str | Hop]:
        return [*self.routes, *self.hops]

    def _once(self, key: str | Hop, search: Callable[[], Windows]) -> Windows:
        if key not in self._searched:
            self._searched[key] = search()
        return self._searched[key]

    @cached_property
    def _searched(self) -> dict[str | Hop, Windows]:
        return {}

    def _named(self, of: str | Hop) -> Windows:
        return self.routes[of] if isinstance(of, str) else self.hops[of]

    def _causes(self, ways: list[tuple[str, ...]], shut: Array, open_: Array) -> list[str]:
        """What is broken at each time of `shut` on the ways that are clear at the time of `open_` beside it."""
        reasons: list[list[str]] = [[] for _ in shut]
        for way in ways:
            used = np.ones(len(shut), dtype=bool)
            for hop, t in self._own_times(way, open_):
                used &= self.conditions[hop].holds(t)
            if not used.any():
                continue
            for hop, t in self._own_times(way, shut[used]):
                for leaf in self.conditions[hop].leaves():
                    for index in np.flatnonzero(used)[~leaf.holds(t)]:
                        if leaf.name not in reasons[index]:
                            reasons[index].append(leaf.name)
        return [" and ".join(found) for found in reasons]

    def _own_times(self, way: tuple[str, ...], t: Array) -> list[tuple[Hop, Array]]:
        """Each hop of a way with its own times, for light that arrives at the last end at t."""
        times = []
        for hop in reversed(list(pairwise(way))):
            times.append((hop, t))
            t = ray(self.ends[hop[0]], self.ends[hop[1]], t, self.light).sent
        return times

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
