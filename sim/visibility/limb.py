"""Lines of sight past a body with mountains and valleys: its true limb instead of a sphere's."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.core.geometry import SPEED_OF_LIGHT_KM_S, dot, length, unit
from sim.search.bounded_rate import positive
from sim.search.certificate import Certificate
from sim.search.conditions import Positive, Scalar
from sim.search.intervals import cut_up
from sim.search.windows import Windows
from sim.trajectories.bodies.body import Body
from sim.trajectories.limbs import SPHERE
from sim.trajectories.relief import AROUND_KM, Relief, moon_relief
from sim.visibility.shadows import moved, past
from sim.visibility.sight import LENGTH_RESOLUTION_KM, Clearance, Sight

Array = NDArray[np.float64]

_PIECES = 200.0
"""So many pieces of the shortest half turn of an end: in one, both ends of a line move almost along parabolas."""
_LONGEST_S = 600.0
_LOOKS = 7
"""Points of the part of a line that is near the ground; what is around them covers it."""
_MARGIN = 1.05
"""Bounds of rates are raised by this, for what a parabola leaves out."""


@dataclass(frozen=True, repr=False)
class AboveGround(Positive):
    """Light passes above the ground of a body wherever it passes.

    The line is certainly clear where it passes above the highest mountain, and certainly not where it would pass below
    the deepest valley. Between these, its least height above ground is followed: its rate is bounded by the motion of
    the line and the steepest slope, so no valley and no peak of the model is missed.

    smooth : least distance of the line from the sphere; sight, occulter, relief : whose line, past which ground
    """

    smooth: Scalar
    sight: Sight
    occulter: Body
    relief: Relief

    def found_in(self, windows: Windows) -> Windows:
        lowest, highest = (self.limit + height for height in (self.relief.lowest_km, self.relief.highest_km))
        above = (self.smooth > highest).windows_in(windows)
        near = (self.smooth > lowest).windows_in(windows) - above
        longest_s = min(self.sight.pace_s / _PIECES, _LONGEST_S)
        starts, ends = cut_up(near.bounds, np.empty(0), longest_s)
        found = positive(
            lambda t: self.scalar.function(t) - self.limit, starts, ends, self._rates(starts, ends),
            LENGTH_RESOLUTION_KM,
        )  # fmt: skip
        told = Certificate(
            ((self.name, LENGTH_RESOLUTION_KM, self.scalar.unit),), found.pieces, found.evaluations
        )
        clear = Windows.of(np.concatenate((above.bounds, found.bounds)), windows.span, near.certificate + told)
        return clear if self.sign > 0 else replace(windows, certificate=clear.certificate) - clear

    def _rates(self, starts: Array, ends: Array) -> Array:
        """Upper bounds of the rate of the height above ground, km/s, in pieces of time (n,).

        A point of the line at a fixed share of it moves as both ends do. What it moves along the line changes nothing;
        what it moves away from the body changes its height, and what it moves across also that of the ground below, by
        no more than the steepest slope. The same point may be over the whole part of the line that is near the ground.
        """
        if not len(starts):
            return np.empty(0)
        first, middle, last = (np.stack(self.ends(t)) for t in (starts, 0.5 * (starts + ends), ends))
        seconds = (ends - starts)[:, None]
        velocity, bend = (last - first) / seconds, 4.0 * (middle - 0.5 * (first + last)) / seconds
        one, other = middle
        line = other - one
        along = unit(line)
        nearest = np.clip(-dot(one, along) / length(line), 0.0, 1.0)
        out = unit(one + nearest[:, None] * line)
        top, bottom = (self.relief.radius_km + x for x in (self.relief.highest_km, self.relief.lowest_km))
        reach = self.relief.reach_km
        shares = np.clip(nearest + np.linspace(-1.0, 1.0, _LOOKS)[:, None] * reach / length(line), 0.0, 1.0)
        tilt, slope = reach / bottom, self.relief.slopes_near(one + shares[..., None] * line).max(axis=0)
        far = _MARGIN * seconds[:, 0] * np.maximum(length(velocity[0]), length(velocity[1])) > AROUND_KM
        slope = np.where(far, self.relief.slope, slope) * top / bottom
        rate = np.zeros(len(starts))
        for side in (-1.0, 1.0):
            share = np.clip(nearest + side * reach / length(line), 0.0, 1.0)[:, None]
            speed, curved = ((1.0 - share) * x[0] + share * x[1] for x in (velocity, bend))
            away, across = np.abs(dot(speed, out)), np.abs(dot(speed, np.cross(along, out)))
            spare = length(curved)
            most = (away + spare) * (1.0 + slope * tilt) + slope * (across + spare)
            rate = np.maximum(rate, most)
        return _MARGIN * rate

    def ends(self, t: Array) -> tuple[Array, Array]:
        """Both ends of the line from the body's center when light passed it, body-fixed: (n, 3) km each."""
        return fixed_ends(self.sight, self.occulter, t)


def fixed_ends(sight: Sight, occulter: Body, t: Array) -> tuple[Array, Array]:
    """Both ends of light that arrives at times (n,), from the center of a body that it passes: (n, 3) km, its axes."""
    assert occulter.rotation is not None
    ends = past(occulter, sight.ray(t), sight.light)
    when = t
    if sight.light:
        line = ends.transmitter - ends.receiver
        away = np.clip(-dot(ends.receiver, unit(line)), 0.0, length(line))
        when = t - away / SPEED_OF_LIGHT_KM_S
    turn = occulter.rotation(when)
    one, other = (np.einsum("...ij,...j->...i", turn, end) for end in (ends.transmitter, ends.receiver))
    return one, other


def relief_past(sight: Sight) -> Relief | None:
    """The relief of the Moon that one of the ends asks for; None if a sphere is enough for both."""
    asked = (end.moon_limb for end in (sight.transmitter, sight.receiver) if end.moon_limb != SPHERE)
    return moon_relief(next(asked, SPHERE))


def above_ground(sight: Sight, occulter: Body, relief: Relief, name: str) -> AboveGround:
    """The condition that light passes above the ground of a body."""
    occulter = moved(occulter, sight.receiver.ephemeris)
    smooth = sight.clearance_km(occulter)

    def function(t: Array) -> Array:
        flat = np.ravel(t)
        found: Array = relief.clearance_km(*fixed_ends(sight, occulter, flat)).reshape(np.shape(t))
        return found

    text = f"height of {sight.transmitter.name} – {sight.receiver.name} above the ground of {occulter.called}"
    plain = replace(smooth, function=function, name=text, through=None, split=None)
    scalar = Clearance(**{**vars(plain), "relief_km": relief.sigma_km})
    return AboveGround(scalar, 0.0, 1.0, name, smooth, sight, occulter, relief)
