"""Claim tests about fractions of time and of the Moon's surface, and about craters."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sim.core.durations import duration
from sim.core.errors import SimError
from sim.core.geometry import length
from sim.core.model import Degrees, Kilometers, Name, Text
from sim.core.time import Span, utc
from sim.simulation.claims.contact_tests import Of, Timed, decided, subject
from sim.simulation.claims.setting import AlongPath, ClaimTest, Part, Setting
from sim.simulation.claims.verdicts import Outcome
from sim.trajectories.bodies.body import EARTH, MOON

if TYPE_CHECKING:
    from sim.search.windows import Windows

Array = NDArray[np.float64]
Percent = Annotated[float, Field(ge=0, le=100)]

POINTS = 20_000
"""Points of the grid on the whole Moon, each for 1,900 km² of it."""
GRID_PERCENT = 0.1
"""Uncertainty of a percentage from the grid, compared with the exact area of caps (tests/laws/test_claims.py)."""
MOST_TIMES = 200_000
_HOW = {"never": "never", "sometime": "at some time", "always": "always", "mean": "on average"}
_BLOCK = 500  # times at once: 40 MB


class _Share(Timed):
    """Bounds on a percentage."""

    least_percent: Percent | None = None
    """lower bound"""
    most_percent: Percent | None = None
    """upper bound"""

    @model_validator(mode="after")
    def _some(self) -> _Share:
        if self.least_percent is None and self.most_percent is None:
            raise ValueError("give least_percent, most_percent or both")
        if self.at is not None:
            raise ValueError("a fraction needs an interval: give start and end, not at")
        return self

    def bounds(self) -> str:
        """The bounds, as text."""
        low, high = self.least_percent, self.most_percent
        if low is not None and high is not None:
            return f"{low:g} to {high:g} %"
        return f"{low:g} % or more" if low is not None else f"{high:g} % or less"

    def outcome(self, share: float, reasons: tuple[str, ...], uncertainty: float = 0.0) -> Outcome:
        """A percentage compared with its bounds; a value equal to a bound is allowed."""
        low = share - self.least_percent if self.least_percent is not None else np.inf
        high = self.most_percent - share if self.most_percent is not None else np.inf
        margin = float(min(low, high))
        if margin == 0.0:
            margin, uncertainty = np.finfo(float).tiny, 0.0
        return Outcome(share, margin, "%", f"{share:.2f} %", reasons, uncertainty)


class TimeFraction(AlongPath, _Share):
    """There is sight for a given percentage of an interval.

    If an orbit is unknown for some of the time, the bounds must hold, or fail, whether or not there was sight then.
    """

    kind: Literal["time_fraction"] = "time_fraction"
    of: Of
    """a route's name, or a path of ends"""
    part: Part = "any"
    """how much of the Sun must be visible, if the path begins or ends there: any part of it, its center, or all"""

    def ask(self, setting: Setting) -> Outcome:
        """Compute the percentage of the interval in which there is sight."""
        windows, start, end = self.seen(setting, self.of, self.part)
        found, whole = windows.within(Span(start, end)), end - start

        def share(open_: Windows) -> Outcome:
            count = "1 window" if len(found) == 1 else f"{len(found):,} windows"
            reasons = [f"{count}, {duration(found.total_s)} of {duration(found.known_s)} in total"]
            if found.known is not None:
                reasons.append(setting.missing(found.unknown, start, end))
            return self.outcome(100.0 * open_.total_s / whole, tuple(reasons))

        outcome = decided(found, share, setting, start, end)
        if found.known is None or not found.known_s:
            return outcome
        known = 100.0 * found.fraction
        return replace(outcome, number=known, value=f"{known:.2f} % of the known {duration(found.known_s)}")

    def question(self) -> str:
        """What is asked, in words."""
        return f"{subject(self.of, self.part)} in sight {self.bounds()} of {self.when()}"


class SurfaceFraction(_Share):
    """A given percentage of the Moon's surface sees the Earth or a spacecraft never, sometimes, always or on average.

    The Moon is a sphere of 1737.4 km with the orientation of DE421 (physical and optical librations), without terrain,
    covered with 20,000 points of equal area. A point sees what is above its horizontal plane: of the Earth its center,
    any part of its disc, or all of it. Light time, aberration and refraction are left out: together less than 0.01 deg.
    The percentage is good to 0.1 %.
    """

    kind: Literal["surface_fraction"] = "surface_fraction"
    sees: Name = "earth"
    """the Earth, or a spacecraft of the scenario"""
    how: Literal["never", "sometime", "always", "mean"] = "never"
    """points that count: those that see it never, at some time or always; or the mean over time of those that see it"""
    part: Literal["center", "any", "all"] = "any"
    """what part of the Earth must be above the horizon"""
    where: Literal["everywhere", "far_side", "near_side"] = "everywhere"
    """the surface that is 100 %: all, or the hemisphere beyond, or within, 90 deg of the mean sub-Earth point"""
    step_s: Annotated[float, Field(ge=60, le=86400)] = 21_600.0
    """time step; the extreme of the Earth's motion in the lunar sky is missed by less than 0.003 deg in six hours"""

    @property
    def single(self) -> dict[str, str]:
        return {"sees": self.sees}

    def ask(self, setting: Setting) -> Outcome:
        """Compute the percentage of the points."""
        if setting.scenario is None and self.start is None:
            raise SimError("this test needs start and end, or a scenario")
        start, end = self.interval(setting)
        target: Any = setting["earth"] if self.sees == "earth" else setting.craft(self.sees, start, end)
        if self.sees != "earth":
            setting.around(start, end)
        radius = EARTH.equatorial_radius_km if self.sees == "earth" else 0.0
        above_km = {"any": -radius, "center": 0.0, "all": radius}[self.part]
        if (end - start) / self.step_s > MOST_TIMES:
            raise SimError(f"expected at most {MOST_TIMES:,} time steps. Use a longer step_s or a shorter interval")
        t = Span(start, end).grid(self.step_s)
        points = sphere(POINTS)
        chosen = {"everywhere": points[:, 0] < 2, "far_side": points[:, 0] < 0, "near_side": points[:, 0] > 0}
        share = surface_share(points[chosen[self.where]], target, t, MOON.equatorial_radius_km + above_km, self.how)
        where = self.where.replace("_", " ") if self.where != "everywhere" else "Moon"
        parts = {"any": "any part of the Earth", "center": "the center of the Earth", "all": "all of the Earth"}
        seen = parts[self.part] if self.sees == "earth" else self.sees
        first, last = utc([start, end], 0)
        text = f"{share:.2f} % of the {where} {_HOW[self.how]} sees {seen}, {first[:10]} to {last[:10]}"
        return self.outcome(share, (text, "on a smooth sphere, without terrain and refraction"), GRID_PERCENT)

    def question(self) -> str:
        """What is asked, in words."""
        where = "the Moon" if self.where == "everywhere" else f"the {self.where.replace('_', ' ')}"
        return f"{self.bounds()} of {where} {_HOW[self.how]} sees {self.sees}, {self.when()}"


class InsideCrater(ClaimTest):
    """A site on the Moon is inside a crater: closer to its center than its radius, along a sphere of 1737.4 km.

    Craters are circles. Margin: the distance to the rim, positive inside, uncertain by `rim_within_km`.
    """

    kind: Literal["inside_crater"] = "inside_crater"
    site: Name
    """a site of the scenario, on the Moon"""
    crater: Text
    """name of the crater"""
    latitude_deg: Annotated[Degrees, Field(ge=-90, le=90)]
    """latitude of its center"""
    longitude_deg: Annotated[Degrees, Field(ge=-180, le=360)]
    """longitude of its center, east-positive"""
    diameter_km: Annotated[Kilometers, Field(gt=0, le=3400)]
    rim_within_km: Annotated[Kilometers, Field(ge=0, le=1000)] = 5.0
    """uncertainty of the rim"""
    source: Text = ""
    """source of center and diameter"""

    @property
    def single(self) -> dict[str, str]:
        return {"site": self.site}

    def ask(self, setting: Setting) -> Outcome:
        """Compute the distance from the center of the crater."""
        site = setting.site(self.site)
        if site.body != "moon":
            raise SimError(f"expected a site on the Moon, but {self.site!r} is on the {site.body}")
        if site.moves:
            raise SimError(f"expected a site at one place, but {self.site!r} moves")
        longitude, latitude = np.deg2rad(self.longitude_deg), np.deg2rad(self.latitude_deg)
        flat = np.cos(latitude)
        center = np.array([flat * np.cos(longitude), flat * np.sin(longitude), np.sin(latitude)])
        up = site.fixed_axes[2]
        angle = float(np.arctan2(np.linalg.norm(np.cross(up, center)), up @ center))
        distance, radius = MOON.equatorial_radius_km * angle, self.diameter_km / 2.0
        text = f"{self.site} is {distance:.1f} km from the center of {self.crater}, whose radius is {radius:.1f} km"
        return Outcome(distance, radius - distance, "km", f"{distance:.1f} km", (text,), self.rim_within_km)

    def question(self) -> str:
        """What is asked, in words."""
        return f"{self.site} inside {self.crater}"


def sphere(count: int) -> Array:
    """Unit vectors (count, 3) that represent equal areas of a sphere: a golden spiral.

    Source: González (2010), Mathematical Geosciences 42, 49: Fibonacci lattices.
    """
    index = np.arange(count)
    z = 1.0 - (2.0 * index + 1.0) / count
    turn = np.pi * (3.0 - np.sqrt(5.0)) * index
    flat = np.sqrt(1.0 - z * z)
    return np.stack((flat * np.cos(turn), flat * np.sin(turn), z), axis=-1)


def surface_share(points: Array, target: Any, t: Array, height_km: float, how: str) -> float:
    """The percentage of points of the Moon that see a target.

    points    : unit vectors (n, 3) in mean-Earth axes
    t         : times (m,), TDB s
    height_km : least distance of the target's center from the Moon's center, along a point's vertical, to be visible
    how       : never, sometime, always or mean
    """
    assert MOON.rotation is not None
    fixed = np.einsum("...ij,...j->...i", MOON.rotation(t), target.position_from(MOON, t))
    distance = length(fixed)[:, None]
    toward, edge = fixed / distance, height_km / distance
    # A point sees the target where toward · point > edge: one product of vectors of four, in single precision (1e-7).
    seen_from = np.concatenate((toward, -edge), axis=1).astype(np.float32)
    if how == "mean":
        up = _with_one(points)
        seen = [np.count_nonzero(seen_from[part] @ up > 0) for part in _blocks(len(t))]
        return 100.0 * float(np.sum(seen)) / (len(points) * len(t))
    # Points far from all directions to the target, or close to all, do not need to be tested at every time.
    middle = toward.mean(axis=0) / np.linalg.norm(toward.mean(axis=0))
    swing = float(np.arccos(np.clip(toward @ middle, -1.0, 1.0)).max())
    away = np.arccos(np.clip(points @ middle, -1.0, 1.0))
    always = away + swing < np.arccos(edge.max())
    never = away - swing > np.arccos(edge.min())
    up = _with_one(points[~(always | never)])
    if how == "always":
        lowest = np.min([(seen_from[part] @ up).min(axis=0) for part in _blocks(len(t))], axis=0)
        return 100.0 * float(always.sum() + np.count_nonzero(lowest > 0)) / len(points)
    highest = np.max([(seen_from[part] @ up).max(axis=0) for part in _blocks(len(t))], axis=0)
    share = 100.0 * float(never.sum() + np.count_nonzero(highest <= 0)) / len(points)
    return share if how == "never" else 100.0 - share


def _with_one(points: Array) -> NDArray[np.float32]:
    return np.concatenate((points, np.ones((len(points), 1))), axis=1).astype(np.float32).T


def _blocks(count: int) -> list[slice]:
    return [slice(first, first + _BLOCK) for first in range(0, count, _BLOCK)]
