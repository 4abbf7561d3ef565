"""What one end sees of the other: scalars of a line of sight.

A `Sight` is light that leaves a transmitter and arrives at a receiver. All its scalars are functions of the time of
arrival. Directions are apparent: light time and stellar aberration belong together and are on unless `light=False`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.core import geometry
from sim.core.geometry import SPEED_OF_LIGHT_KM_S
from sim.core.time import Span, instants
from sim.core.values import TimeLike
from sim.search.conditions import Condition, Positive, Scalar, Through
from sim.search.wrapping import Wrapping
from sim.trajectories.bodies.body import Body, body
from sim.trajectories.light_time import Ray
from sim.trajectories.limits.limit import Figure
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import Trajectory
from sim.visibility import obstacles
from sim.visibility.body_view import Heights, Passings, outlook
from sim.visibility.columns import Columns, Recent, receives
from sim.visibility.horizon_corners import corner_times
from sim.visibility.known_times import arrivals
from sim.visibility.levels import minus_cosine_level, sine_level, zero_level
from sim.visibility.shadows import ANGLE_RESOLUTION_DEG, moved, oblate, past, penumbra_deg, together, with_figure

Array = NDArray[np.float64]
Ends = Callable[[Array], tuple[Array, Array]]

SINE_NOISE = 2e-10
"""Rounding noise of a direction: 0.03 mm of a position near the SSB over some hundred kilometers."""

NEAR_NOISE_KM, FAR_NOISE_KM = 1e-9, 1e-7
"""What a length from a body's center, and one from the SSB, must differ by to be more than rounding."""

LENGTH_RESOLUTION_KM = 1e-4
"""Resolution of lengths in a search: 10 cm, well above the 0.03 mm of a position near the SSB."""

EARTHWARD_RELIEF_KM, LUNAR_RELIEF_KM = 1.7, 2.5
"""Root mean square height of the Moon's limb above its sphere of 1737.4 km: seen from about the Earth, from anywhere.

Silhouettes of the GLD100 and LOLA elevation model (12.8 km a pixel; USGS), 200 and 300 directions: 1.67 and 2.49 km,
within ±20 %. They hold a mean of 0.3 and 0.6 km, as mountains stand out over valleys. The surface itself has 2.3 km.
Source: Scholten et al. (2012), J. Geophys. Res. 117, E00H17; Smith et al. (2010), Geophys. Res. Lett. 37, L18204.
"""


@dataclass(frozen=True, repr=False)
class Clearance(Scalar):
    """How far light passes a body.

    relief_km : standard deviation of the body's true limb about the figure that is taken for it; 0 where none is known
    """

    relief_km: float = 0.0


@dataclass(frozen=True)
class Sight:
    """Light from a transmitter to a receiver.

    transmitter, receiver : EARTH, MOON and SUN move in the other end's ephemeris; two ends that keep to different ones
                            are refused
    light                 : whether it takes time to (with stellar aberration); False is plain geometry at one instant
    known                 : times, and the light that arrives then, where it has been followed already
    """

    transmitter: Trajectory
    receiver: Trajectory
    light: bool = True
    known: tuple[Array, Ray] | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        transmitter, receiver = together(self.transmitter, self.receiver)
        object.__setattr__(self, "transmitter", transmitter)
        object.__setattr__(self, "receiver", receiver)

    def at(self, t: TimeLike) -> Columns:
        """What both ends see of each other by the light that arrives at times (…)."""
        return self._recent.at(instants(t))

    def ray(self, t: TimeLike) -> Ray:
        """Both ends of the light that arrives at times (…)."""
        return self.at(t).ray

    @cached_property
    def _recent(self) -> Recent:
        return Recent(self._columns, None if self.known is None else self._columns(*self.known))

    def _columns(self, t: Array, path: Ray | None = None) -> Columns:
        return Columns(self.transmitter, self.receiver, self.light, t, path)

    def elevation_deg(self, own: Site, refracted: bool = True) -> Scalar:
        """Elevation of the other end in the sky of a site, apparent.

        refracted : as the site sees it through its air, if it has some; else in vacuum. What is searched is the same:
                    the elevation in vacuum against the limit as it would be in vacuum.
        """
        name = f"elevation of {self._other(own).name} from {own.name}"
        plain = self._angle(lambda t: self._elevation(own, t), name)
        air = own.air if refracted else None
        if air is not None:
            plain = self._angle(lambda t: air.refracted_deg(self._elevation(own, t)), f"refracted {name}")
        if self._below(own):
            return plain

        def vacuum(limit_deg: float) -> float:
            return limit_deg if air is None else float(air.vacuum_deg(limit_deg))

        def level(limit_deg: float) -> float:
            return sine_level(vacuum(limit_deg))

        smooth = Through(lambda t: np.sin(np.deg2rad(self._elevation(own, t))), level, SINE_NOISE)
        return replace(plain, through=smooth, split=lambda limit: self._above(own, plain, limit, vacuum(limit)))

    def _elevation(self, own: Site, t: Array) -> Array:
        at = self.at(t)
        return np.rad2deg(geometry.elevation(at.axes(own)[..., 2, :], at.seen(own)))

    def height(self, own: Site, t: Array) -> tuple[Array, Array]:
        """Apparent height of the other end above a site's horizontal plane (km), and its distance squared (km²)."""
        at = self.at(t)
        return geometry.dot(at.axes(own)[..., 2, :], at.seen(own)), at.ray.distance**2

    def _above(self, own: Site, elevation: Scalar, limit_deg: float, vacuum_deg: float) -> Condition:
        """Elevation above a limit, by a margin without the corner that elevations have at the zenith.

        vacuum_deg : the limit as it would be in vacuum
        """
        heights = Heights(outlook(self._other(own), own.body, own.ephemeris, self.light))
        still = self.receives(own) and not own.moves
        shared = heights if still else None  # the sites of a body receive at one time, and send at many
        mask, strides = sine_level(vacuum_deg), self.strides(own)
        noise = NEAR_NOISE_KM if shared else FAR_NOISE_KM
        resolution = max(heights.resolution_km(mask, np.deg2rad(elevation.resolution)), noise)

        def margin(t: Array) -> Array:
            when = t if self.receives(own) or not own.moves else self.ray(t).sent
            return heights.of(*self.height(own, t), own.lift_km(when), mask)

        smooth = Through(margin, zero_level, resolution, shared, (own, mask), strides[1])
        scalar = replace(elevation, through=smooth, split=None, pace_s=strides[0])
        return Positive(scalar, limit_deg, 1.0, f"{elevation.name} > {limit_deg:g} deg")

    def azimuth_deg(self, own: Site) -> Wrapping:
        """Azimuth of the other end in the sky of a site, from north through east, 0 to 360: it jumps at north."""

        def function(t: Array) -> Array:
            at = self.at(t)
            axes = at.axes(own)
            turned = geometry.azimuth(axes[..., 0, :], axes[..., 1, :], at.seen(own))
            return np.rad2deg(turned) % 360.0  # a hair west of north rounds to 360, which is 0

        def after(start_deg: float) -> Callable[[Array], Array]:
            """Sine of the angle between the line of sight and an upright plane: smooth also at the zenith."""
            cosine, sine = np.cos(np.deg2rad(start_deg)), np.sin(np.deg2rad(start_deg))

            def beyond(t: Array) -> Array:
                at = self.at(t)
                axes, line = at.axes(own), geometry.unit(at.seen(own))
                east, north = geometry.dot(axes[..., 0, :], line), geometry.dot(axes[..., 1, :], line)
                across: Array = cosine * east - sine * north
                return across

            return beyond

        name = f"azimuth of {self._other(own).name} from {own.name}"
        return Wrapping(function, name, "deg", ANGLE_RESOLUTION_DEG, self.pace_s, self.breaks, after=after)

    def above_horizon(self, own: Site) -> Positive:
        """The other end above the site's own horizon."""
        from sim.trajectories.site_table import SiteTable  # reading a scenario needs none

        if isinstance(own, SiteTable):
            told = f"elevation of {self._other(own).name} from {own.name}"
            plain = self._angle(lambda t: self._elevation(own, t) - own.level(t), told)
            return Positive(plain, 0.0, 1.0, f"{told} > {own.horizon_text}")
        elevation = self.elevation_deg(own)
        name = f"{elevation.name} > {own.horizon_text}"
        if isinstance(own.horizon_deg, float | int):
            return Positive(elevation, float(own.horizon_deg), 1.0, name)
        corners, air = own.horizon_deg, own.air

        def function(t: Array) -> Array:
            at = self.at(t)
            axes, line = at.axes(own), at.seen(own)
            mask = np.rad2deg(own.horizon(geometry.azimuth(axes[..., 0, :], axes[..., 1, :], line)))
            if air is not None:
                mask = air.vacuum_deg(mask)
            return np.rad2deg(geometry.elevation(axes[..., 2, :], line)) - mask

        def across(t: Array) -> Array:
            at = self.at(t)
            axes, line = at.axes(own), at.seen(own)
            flat: Array = np.einsum("nij,nj->ni", axes[:, :2], line)
            return flat

        def breaks(span: Span) -> Array:
            azimuths = np.deg2rad([azimuth for azimuth, _ in corners])
            smooth = self.breaks(span)
            return np.union1d(smooth, corner_times(across, azimuths, span, self.strides(own)[0], smooth))

        heights = [float(height) for _, height in corners]
        profile = replace(self._angle(function, f"elevation of {self._other(own).name}"), breaks=breaks)
        above = Positive(profile, 0.0, 1.0, name)
        # What lies above all of a profile or below all of it needs no look at its corners.
        between = (elevation > min(heights)) & above
        return replace(above, scalar=replace(profile, split=lambda _: (elevation > max(heights)) | between))

    def range_km(self) -> Scalar:
        """Length of the light's path."""
        name = f"range of {self.transmitter.name} from {self.receiver.name}"
        return self._length(lambda t: self.ray(t).distance, name)

    def light_time_s(self) -> Scalar:
        """How long the light is under way."""

        def function(t: Array) -> Array:
            return self.ray(t).distance / SPEED_OF_LIGHT_KM_S

        name = f"light time from {self.transmitter.name} to {self.receiver.name}"
        return Scalar(function, name, "s", 1e-9, self.pace_s, self.breaks)

    def range_rate_km_s(self) -> Scalar:
        """Rate of the range by the time of arrival, positive when receding."""

        def function(t: Array) -> Array:
            path = self.ray(t)
            line = geometry.unit(path.line)
            closing = geometry.dot(line, path.leaving - path.arriving)
            late = geometry.dot(line, path.leaving) / SPEED_OF_LIGHT_KM_S if self.light else 0.0
            return closing / (1.0 + late)

        name = f"range rate of {self.transmitter.name} from {self.receiver.name}"
        return Scalar(function, name, "km/s", 1e-7, self.pace_s, self.breaks)

    def clearance_km(self, occulter: Body) -> Clearance:
        """Least distance of the light's path from a body's figure, negative where the body is in the way.

        The body is taken where it was when the light passed it; for the Earth, along its axis a kilometer counts 0.3 %
        more. Continuous throughout: also with the body behind either end.
        """
        occulter = moved(occulter, self.receiver.ephemeris)
        radius = occulter.equatorial_radius_km

        def ends(t: Array) -> tuple[Array, Array]:
            """Both ends from the body's center, in the space in which its figure is a sphere."""
            return past(occulter, self.ray(t), self.light).stretched

        def squared(t: Array) -> Array:
            return geometry.squared_distance_to_segment(*ends(t), np.zeros(3))

        smooth = Through(squared, lambda clear: (radius + clear) * abs(radius + clear), radius * LENGTH_RESOLUTION_KM)
        name = f"clearance of {self.transmitter.name} – {self.receiver.name} from {occulter.called}"
        plain = self._length(lambda t: np.sqrt(squared(t)) - radius, name)
        scalar = Clearance(**{**vars(plain), "through": smooth}, relief_km=self._relief_km(occulter))
        if any(isinstance(end, Site) and end.body == occulter.name for end in (self.transmitter, self.receiver)):
            return scalar  # an end stands on it
        return replace(scalar, split=lambda limit: self._past(occulter, ends, scalar, limit))

    def _relief_km(self, occulter: Body) -> float:
        """Standard deviation of a body's limb about its figure; 0 where none is known."""
        if occulter.name != "moon":
            return 0.0
        return EARTHWARD_RELIEF_KM if "earth" in (self.transmitter.center, self.receiver.center) else LUNAR_RELIEF_KM

    def _past(self, occulter: Body, ends: Ends, clearance: Scalar, limit_km: float) -> Condition:
        """Clearance above a limit, by a margin without the corners it has where the nearest point meets an end."""
        name, radius = f"{clearance.name} > {limit_km:g} km", occulter.equatorial_radius_km + limit_km
        if radius <= 0.0:
            return Positive(replace(clearance, split=None), limit_km, 1.0, name)

        def margin(t: Array) -> Array:
            transmitter, receiver = ends(t)
            return geometry.passing(transmitter, receiver, transmitter - receiver, radius)

        own, smooth = self.receiver, Through(margin, zero_level, LENGTH_RESOLUTION_KM)
        scalar = replace(clearance, through=smooth, split=None)
        if isinstance(own, Site) and not own.moves and not oblate(occulter) and not self._below(own):
            passings = Passings(outlook(self.transmitter, own.body, own.ephemeris, self.light), occulter, radius)
            pace, stride = self.strides(own)
            smooth = replace(smooth, family=passings, member=own, stride_s=stride)
            scalar = replace(scalar, through=smooth, pace_s=pace)
        return Positive(scalar, limit_km, 1.0, name)

    def sun_separation_deg(self, own: Trajectory) -> Scalar:
        """Angle between the other end and the Sun's center in the sky of one end."""
        def function(t: Array) -> Array:
            at = self.at(t)
            return np.rad2deg(geometry.separation(at.seen(own), self.towards(own, "sun", at)))

        name = f"separation of {self._other(own).name} from the sun seen from {own.name}"
        smooth = Through(lambda t: -np.cos(np.deg2rad(function(t))), minus_cosine_level, 1e-12)
        return replace(self._angle(function, name), through=smooth)

    def off_axis_deg(self, own: Trajectory, axis: Callable[[Array], Array], name: str) -> Scalar:
        """Angle between the other end, as one end sees it, and an axis of that end: its own times → (…, 3), ICRF."""

        def function(t: Array) -> Array:
            at = self.at(t)
            return np.rad2deg(geometry.separation(at.seen(own), axis(at.when(own))))

        return self.apart(function, own, name)

    def apart(self, function: Callable[[Array], Array], own: Trajectory, name: str) -> Scalar:
        """An angle of the other end from something with a name, searched by its cosine."""
        smooth = Through(lambda t: -np.cos(np.deg2rad(function(t))), minus_cosine_level, 1e-12)
        return replace(self._angle(function, f"angle of {self._other(own).name} from {name}"), through=smooth)

    def sunlight(self, own: Trajectory, shadow: Figure = "spheroid") -> tuple[Condition, ...]:
        """No other body covers any part of the Sun at one end, when the light is there: a condition for each body."""
        return tuple(self._when_there(own, penumbra_deg(own, each)) < 0.0 for each in shading(own, shadow))

    def _when_there(self, own: Trajectory, scalar: Scalar) -> Scalar:
        """A number of one end at that end's own time."""
        if self.receives(own):
            return scalar
        sent = replace(scalar, function=lambda t: scalar.function(self.ray(t).sent))
        return replace(sent, pace_s=self.pace_s, breaks=self.breaks)

    def sun_elevation_deg(self, own: Site) -> Scalar:
        """Elevation of the Sun's center in the sky of one end, when the light is there; in vacuum, as twilight is."""
        daylight = self.to_body(own, "sun").elevation_deg(own, refracted=False)

        def function(t: Array) -> Array:
            return daylight.function(t if self.receives(own) else self.ray(t).sent)

        pace = self.pace_s if not self.receives(own) else own.pace_s
        return self._angle(function, daylight.name, pace)

    @property
    def pace_s(self) -> float:
        return min(self.transmitter.pace_s, self.receiver.pace_s)

    def strides(self, own: Site) -> tuple[float, float]:
        """Pace and stride of what is smooth: a polynomial follows a site's whole turn, half of one of what it sees."""
        other, whole = self._other(own), 2.0 * own.pace_s
        return min(other.pace_s, whole), min(other.stride_s, whole)

    def breaks(self, span: Span) -> Array:
        """Times of arrival at which either end's motion is not smooth."""
        if span not in self._breaks:
            sent = self.transmitter.breaks(span)
            arrived = arrivals(self.transmitter, self.receiver)(sent) if self.light and len(sent) else sent
            self._breaks[span] = np.union1d(self.receiver.breaks(span), arrived)
        return self._breaks[span]

    @cached_property
    def _breaks(self) -> dict[Span, Array]:
        return {}

    def _below(self, own: Site) -> bool:
        """Whether the other end is the center of the body that a site stands on: directly below, never in sight."""
        other = self._other(own)
        return isinstance(other, Body) and other.name == own.center

    def receives(self, own: Trajectory) -> bool:
        """Whether an end is the receiver: itself, or the whole of which the receiver is a phase."""
        return receives(own, self.transmitter, self.receiver)

    def to_body(self, own: Trajectory, name: str) -> Sight:
        """The line of sight to a body's center from one end; it is one for all who ask."""
        if (id(own), name) not in self._to_bodies:
            self._to_bodies[id(own), name] = Sight(body(name, own.ephemeris), own, self.light)
        return self._to_bodies[id(own), name]

    def towards(self, own: Trajectory, name: str, at: Columns) -> Array:
        """Apparent direction of a body's center from one end: (…, 3) km, ICRF axes."""
        return at.smooth(f"to {name}", own, lambda at: self.to_body(own, name).at(at.when(own)).seen(own))

    @cached_property
    def _to_bodies(self) -> dict[tuple[int, str], Sight]:
        return {}

    def _other(self, own: Trajectory) -> Trajectory:
        return self.transmitter if self.receives(own) else self.receiver

    def _angle(self, function: Callable[[Array], Array], name: str, pace_s: float | None = None) -> Scalar:
        return Scalar(function, name, "deg", ANGLE_RESOLUTION_DEG, pace_s or self.pace_s, self.breaks)

    def _length(self, function: Callable[[Array], Array], name: str) -> Scalar:
        return Scalar(function, name, "km", LENGTH_RESOLUTION_KM, self.pace_s, self.breaks)


def occulters(sight: Sight) -> tuple[Body, ...]:
    """The bodies that may come between the two ends, whatever center their orbits' files use; see `obstacles`."""
    return obstacles.between(sight.transmitter, sight.receiver)


def shading(target: Trajectory, figure: Figure = "spheroid") -> tuple[Body, ...]:
    """The bodies whose shadows may fall on a target; never what a site stands on: there the Sun sets."""
    return tuple(with_figure(each, figure) for each in obstacles.shading(target))
