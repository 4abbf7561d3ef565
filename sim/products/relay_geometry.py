"""Links of routes at one instant."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np

from sim.core.errors import CoverageError
from sim.core.geometry import SPEED_OF_LIGHT_KM_S
from sim.core.model import Epoch, Listed, Name
from sim.core.time import utc
from sim.products.pictures import Picture
from sim.scenario.product import NOTHING, Job
from sim.trajectories.bodies.body import EARTH, MOON
from sim.trajectories.rotating_frame import from_moon
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import Trajectory
from sim.visibility.routes import hops

if TYPE_CHECKING:
    from sim.products.plot.relay import Line
    from sim.visibility.result import Result
    from sim.visibility.routes import Hop


class RelayGeometry(Picture):
    """Open and closed links of routes at one instant, to scale, with light times and elevations (PNG or SVG).

    Axes are those of the Earth–Moon rotating frame with the Moon at the origin, without scaling. Positions are
    geometric. A link is shown as open if it is open at the receiver at that instant. Ends without a known orbit are
    not drawn.
    """

    kind: Literal["relay_geometry"] = "relay_geometry"
    file: Name = "relay-geometry"
    """file name without extension"""
    routes: Annotated[tuple[Name, ...], Listed] | None = None
    """routes whose links are drawn; default: all"""
    at: Epoch | None = None
    """the time; default: start of the scenario"""

    of_routes: ClassVar[bool] = True

    def write(self, result: Result, folder: Path, job: Job = NOTHING) -> list[Path]:
        """Write relay-geometry.png or .svg."""
        from sim.products.plot.relay import Node, relay_geometry
        from sim.products.plot.rotating import Ball
        from sim.products.plot.style import short_label

        at = result.span.start if self.at is None else self.at
        if not result.span.start <= at <= result.span.end:
            span = f"{utc(result.span.start, 0)} to {utc(result.span.end, 0)}"
            raise CoverageError(f"product {self.kind!r}: at: expected a time in the span, {span}, got {utc(at, 0)}")
        chosen = list(result.routes) if self.routes is None else list(self.routes)
        legs = list(dict.fromkeys(leg for name in chosen for leg in hops(result.paths[name])))
        names = dict.fromkeys(name for leg in legs for name in leg)
        lost = [name for name in names if not result.ends[name].covers(np.array(at))]
        legs = [leg for leg in legs if not set(leg) & set(lost)]
        nodes = [Node(name, _at(result.ends[name], at)) for name in names if name not in lost]
        bodies = [Ball("Moon", (0.0, 0.0, 0.0), MOON.equatorial_radius_km),
                  Ball("Earth", _at(EARTH, at), EARTH.equatorial_radius_km)]  # fmt: skip
        lines = [_line(result, leg, at) for leg in legs]
        when = utc(at, 0).replace("T", " ").rstrip("Z")
        note = f"{when} UTC · Earth–Moon rotating frame, origin: Moon · bodies to scale"
        note += f"\nno orbit known at this time: {short_label(', '.join(lost), 60)}" if lost else ""
        title = self.title or result.title
        return self.save(relay_geometry(nodes, lines, bodies, note, title, self.theme)[0], folder, self.file)


def _at(trajectory: Trajectory, at: float) -> tuple[float, float, float]:
    x, y, z = from_moon(trajectory, np.array([at]), scaled=False)[0]
    return float(x), float(y), float(z)


def _line(result: Result, leg: Hop, at: float) -> Line:
    from sim.products.plot.relay import Line
    from sim.visibility.sight import Sight

    sight, t = Sight(result.ends[leg[0]], result.ends[leg[1]], result.light), np.array([at])
    distance = float(sight.range_km()(t)[0])
    parts = [f"range {distance:,.0f} km", f"light time {distance / SPEED_OF_LIGHT_KM_S:.3f} s"]
    for own in (sight.transmitter, sight.receiver):
        if isinstance(own, Site):
            elevation = f"{float(sight.elevation_deg(own)(t)[0]):.1f}°".replace("-", "−")
            parts.append(f"elevation {elevation} at {own.name}")
    return Line(leg[0], leg[1], bool(result.conditions[leg].holds(t)[0]), " · ".join(parts))
