"""Sites: ground stations and landers on the surface of a body, with their horizons."""

from __future__ import annotations

from collections.abc import Mapping, Set
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

import erfa
import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field, ModelWrapValidatorHandler, field_validator, model_validator

from sim.core.arguments import typed
from sim.core.errors import SimError
from sim.core.geometry import crossed
from sim.core.model import Degrees, Listed, Meters, Model, Name, Readable, Text
from sim.core.time import Span, instants
from sim.core.time_zones import checked_zone
from sim.core.values import TimeLike
from sim.trajectories.bodies.body import Body, body
from sim.trajectories.bodies.frames import earth_days
from sim.trajectories.horizon_points import HorizonProfile
from sim.trajectories.horizon_profile import profile
from sim.trajectories.limits.limit import AnyLimit, Limit
from sim.trajectories.pass_rules import PassRules
from sim.trajectories.radios.declared import RadioNames
from sim.trajectories.recorder import Recorder
from sim.trajectories.refraction import Air, Kind, air_over
from sim.trajectories.trajectory import BASES, Basis, OnePart, State, sourced

Array = NDArray[np.float64]

_AIR = ("pressure_hpa", "temperature_c", "relative_humidity")

PLACE_SIGMA_M = {
    "earth": (10.0, 300.0, 1000.0, 1000.0, 1000.0),
    "moon": (30.0, 300.0, 1000.0, 1000.0, 1000.0),
    "mars": (100.0, 1000.0, 3000.0, 3000.0, 3000.0),
}
"""Default 1σ of a position by body and basis, best first (m): definitive (an antenna against its reference point, a
lander in an image), reconstructed (read from a map), predicted, unsourced, designed. Orders of magnitude.

Source: for the Moon, Wagner et al. (2017), Icarus 283, 92: landers in LROC images are accurate to 12 m.
"""

HORIZON_SIGMA_DEG = (0.1, 0.05)
"""Default 1σ of a constant horizon and of a profile (deg). An assumption for operators' masks; a constant horizon of a
lander in mountains has larger errors."""


class Site(OnePart, Model):
    """A ground station or lander: a fixed point on the surface of a body.

    On the Earth latitude is geodetic and height is above the WGS 84 ellipsoid; on the Moon latitude is planetocentric,
    in the mean-Earth frame of DE421 (MOON_ME), and height is above the sphere of 1737.4 km; on Mars latitude is
    planetocentric, in the IAU's frame of 2015, and height is above its spheroid of 3396.19 and 3376.20 km. Longitude is
    east-positive.

    Examples
    --------
    >>> site = Site(name="base", body="moon", latitude_deg=-45.0, longitude_deg=177.6, horizon_deg=5.0)
    >>> site.basis
    'unsourced'
    """

    name: Name
    body: Literal["earth", "moon", "mars"] = "earth"
    """body that it stands on"""
    latitude_deg: Annotated[Degrees, Field(ge=-90, le=90)]
    longitude_deg: Annotated[Degrees, Field(ge=-180, le=360)]
    """east-positive; west is written with a minus"""
    height_m: Annotated[Meters, Field(ge=-12_000, le=100_000)] = 0.0
    horizon_deg: Annotated[Degrees, Field(ge=-90, le=90)] | HorizonProfile = 0.0
    """minimum useful elevation: a number, or a profile of [azimuth, elevation] pairs, linear between them; an azimuth
    that appears twice is a step"""
    horizon_file: Annotated[str, Field(max_length=4096)] = ""
    """file from `sim horizon` for this place, instead of horizon_deg"""
    horizon_source: Annotated[str, Field(max_length=4096), Readable] = ""
    """source of the horizon; filled in from horizon_file"""
    refraction: Kind = "none"
    """what the air bends: nothing (elevations are those of vacuum), light or radio waves. With it the horizon and all
    limits of elevation are elevations as seen; for sites on the Earth"""
    pressure_hpa: Annotated[float, Field(gt=0, le=1200)] | None = None
    """of the air, for refraction; by default that of the standard atmosphere at the site's height"""
    temperature_c: Annotated[float, Field(ge=-100, le=70)] | None = None
    """of the air, for refraction; by default that of the standard atmosphere at the site's height"""
    relative_humidity: Annotated[float, Field(ge=0, le=1)] | None = None
    """of the air, for refraction of radio waves; by default 0.5"""
    limits: Annotated[tuple[AnyLimit, ...], Listed] = ()
    """limits on its lines of sight"""
    passes: PassRules = PassRules()
    """what makes a pass that can be planned: lengths, gaps, and the antenna's time around it"""
    radio: RadioNames = ()
    """names of its radios, which are tables [radios.NAME]: a name or a list"""
    rain_rate_mm_h: Annotated[float, Field(ge=0, le=250)] | None = None
    """rain rate that is exceeded in 0.01 % of an average year (ITU-R P.837), for link budgets of sites on the Earth"""
    rain_height_km: Annotated[float, Field(ge=0, le=10)] | None = None
    """height of the rain above sea level (ITU-R P.839), for link budgets; by default assumed by latitude"""
    recorder: Recorder | None = None
    """memory for data that wait to be sent; without one it stores nothing"""
    position_sigma_m: Annotated[Meters, Field(ge=0, lt=1e6)] | None = None
    """1σ of the position in east, north and up; by default from body and basis"""
    horizon_sigma_deg: Annotated[Degrees, Field(ge=0, lt=45)] | None = None
    """1σ of the whole horizon; by default 0.1, and 0.05 for a profile"""
    basis: Basis = "unsourced"
    """basis of the coordinates; by default definitive with a source and unsourced without one"""
    source: Text = ""
    """source of the coordinates; required for definitive ones"""
    ephemeris: str = "de421"
    """planetary ephemeris of its body"""
    time_zone: Annotated[str, Field(max_length=64), AfterValidator(checked_zone)] = ""
    """name of its time zone (IANA), such as `Europe/Madrid`: tables give local times too"""

    @model_validator(mode="wrap")
    @classmethod
    def _filled_in(cls, data: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Fill in defaults that depend on other fields; copies derive them again."""
        if not isinstance(data, dict):
            return handler(data)
        made = handler(cls._from_file(data))
        made.__pydantic_fields_set__.intersection_update(data)
        return made

    @staticmethod
    def _from_file(data: Mapping[str, object]) -> dict[str, object]:
        """Read the horizon and its source from the horizon file."""
        given = dict(data)
        if isinstance(source := given.get("source", ""), str) and given.get("basis", "definitive") == "definitive":
            given["basis"] = sourced("definitive", source)
        file, place = given.get("horizon_file"), [given.get(key) for key in ("latitude_deg", "longitude_deg")]
        if file and "horizon_source" in given:  # read before
            return given
        if file and "horizon_deg" in given:
            raise ValueError("give either horizon_deg or horizon_file")
        if isinstance(file, str) and file and all(isinstance(x, (int, float)) for x in place):
            try:
                points, source = profile(Path(file), given.get("body", "earth"), place[0], place[1])  # type: ignore[arg-type]
            except (SimError, OSError) as error:
                raise ValueError(str(error)) from error
            given |= {"horizon_deg": points, "horizon_source": source}
        elif not given.get("horizon_source"):
            smooth = not isinstance(given.get("horizon_deg", 0.0), (list, tuple))
            given["horizon_source"] = "smooth: one elevation all around" if smooth else "a profile of the scenario"
        return given

    def _stale(self, changed: Set[str]) -> Set[str]:
        stale = set() if "basis" in self.model_fields_set or "source" not in changed else {"basis"}
        placed = {"body", "latitude_deg", "longitude_deg", "horizon_file"}
        if self.horizon_file and not placed.isdisjoint(changed):
            return stale | {"horizon_deg", "horizon_source"}  # the file is read again: it holds for one place
        if "horizon_source" not in self.model_fields_set and not {"horizon_deg", "horizon_file"}.isdisjoint(changed):
            stale |= {"horizon_source"}
        return stale

    @field_validator("limits")
    @classmethod
    def _of_sites(cls, limits: tuple[Limit, ...]) -> tuple[Limit, ...]:
        if other := next((limit.kind for limit in limits if not limit.on_sites), ""):
            raise ValueError(f"limit kind {other!r} is for spacecraft only. Give it to a spacecraft")
        return limits

    @model_validator(mode="after")
    def _bent(self) -> Self:
        """Air is the Earth's, and bends where somebody asks for it."""
        given = [name for name in _AIR if getattr(self, name) is not None]
        if self.refraction == "none" and given:
            raise ValueError(f'{given[0]} is for refraction. Add refraction = "optical" or "radio", or leave it out')
        if self.refraction != "none" and self.body != "earth":
            raise ValueError(f"refraction is that of the Earth's air, and the site is on {self.carrier.called}")
        return self

    @field_validator("longitude_deg", check_fields=False)  # sites that move have none
    @classmethod
    def _east(cls, value: float) -> float:
        return value - 360.0 if value > 180.0 else value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Site) and self.model_dump() == other.model_dump()  # without what is kept for speed

    def __hash__(self) -> int:
        return hash((self.name, self.body, self.latitude_deg, self.longitude_deg, self.height_m, self.horizon_deg))

    @property
    def center(self) -> str:
        return self.body

    @property
    def errors(self) -> dict[str, float]:
        """Its independent errors (1σ): east, north and up in m, horizon in deg."""
        place, level = self.position_sigma_m, self.horizon_sigma_deg
        if place is None:
            place = PLACE_SIGMA_M[self.body][BASES.index(self.basis)]
        if level is None:
            level = HORIZON_SIGMA_DEG[0 if isinstance(self.horizon_deg, float | int) else 1]
        found = {"east": place, "north": place, "up": place, "horizon": level}
        return {name: size for name, size in found.items() if size}

    def off(self, amounts: Mapping[str, float], turned_deg: float = 0.0) -> Site:
        """Return the site with each error set to a number of standard deviations.

        turned_deg : additional rotation of its body
        """
        size = {name: self.errors.get(name, 0.0) * amount for name, amount in amounts.items()}
        radius_m = 1000.0 * self.carrier.equatorial_radius_km
        slope = max(np.cos(np.deg2rad(self.latitude_deg)), 1e-6)
        latitude = self.latitude_deg + np.rad2deg(size.get("north", 0.0) / radius_m)
        longitude = self.longitude_deg + np.rad2deg(size.get("east", 0.0) / radius_m / slope) + turned_deg
        if abs(latitude) > 90.0:  # over a pole and down the other side
            latitude, longitude = np.copysign(180.0, latitude) - latitude, longitude + 180.0
        level, level_off = self.horizon_deg, size.get("horizon", 0.0)
        given: dict[str, Any] = {
            **{name: getattr(self, name) for name in type(self).model_fields},
            "latitude_deg": float(latitude),
            "longitude_deg": float(longitude),
            "height_m": self.height_m + size.get("up", 0.0),
            "horizon_deg": level + level_off
            if isinstance(level, float | int)
            else tuple((azimuth, height + level_off) for azimuth, height in level),
        }
        return Site.model_construct(**given)

    @property
    def pace_s(self) -> float:
        return 13 * 86400.0 if self.body == "moon" else 43200.0

    @property
    def stride_s(self) -> float:
        return self.pace_s

    @cached_property
    def fixed_position(self) -> Array:
        """(3,) km, body-fixed. Source: ERFA `gd2gc` with WGS 84, `gd2gce` for Mars; a sphere for the Moon."""
        height_m = np.asarray(self.height_m)
        wide, high = self.carrier.equatorial_radius_km, self.carrier.polar_radius_km
        if self.body == "moon":
            from_center: Array = (wide + height_m / 1000.0)[..., None] * self.fixed_axes[..., 2, :]
            return from_center
        place = np.deg2rad(self.longitude_deg), self._upright, height_m
        on_earth, flat = self.body == "earth", 1.0 - high / wide
        position: Array = (erfa.gd2gc(1, *place) if on_earth else erfa.gd2gce(1000.0 * wide, flat, *place)) / 1000.0
        return position

    @cached_property
    def fixed_axes(self) -> Array:
        """(3, 3): east, north and up as rows, body-fixed."""
        longitude, latitude = np.deg2rad(self.longitude_deg), self._upright
        sl, cl, sf, cf = np.sin(longitude), np.cos(longitude), np.sin(latitude), np.cos(latitude)
        rows = np.array([[-sl, cl, np.zeros_like(sl)], [-sf * cl, -sf * sl, cf], [cf * cl, cf * sl, sf]])
        return np.moveaxis(rows, (0, 1), (-2, -1))

    @cached_property
    def _upright(self) -> Array:
        """Latitude of the local vertical (rad): geodetic on the Earth and Mars."""
        latitude = np.asarray(np.deg2rad(self.latitude_deg))
        if self.body != "mars":
            return latitude
        squared = (self.carrier.equatorial_radius_km / self.carrier.polar_radius_km) ** 2
        return np.asarray(np.arctan2(squared * np.sin(latitude), np.cos(latitude)))

    @cached_property
    def carrier(self) -> Body:
        """The body that it stands on."""
        return body(self.body, self.ephemeris)

    def state(self, t: TimeLike) -> State:
        """Return position and velocity: ICRF axes, relative to the solar-system barycenter."""
        t = instants(t)
        under, own = self.carrier.state(t), self._swung(t)
        return State(under.position + own.position, under.velocity + own.velocity)

    def position(self, t: TimeLike) -> Array:
        t = instants(t)
        return self.carrier.position(t) + self._turned(t, self.fixed_position)

    def position_from(self, center: Body, t: TimeLike) -> Array:
        t = instants(t)
        away = self._turned(t, self.fixed_position)
        return away if center.name == self.body else away + self.carrier.position_from(center, t)

    def state_from(self, center: Body, t: TimeLike) -> State:
        t = instants(t)
        own = self._swung(t)
        if center.name == self.body:
            return own
        under = self.carrier.state_from(center, t)
        return State(own.position + under.position, own.velocity + under.velocity)

    moves: ClassVar[bool] = False
    """whether its place changes with time"""

    @property
    def files(self) -> tuple[str, ...]:
        """Paths of the files that it is read from."""
        return (self.horizon_file,) if self.horizon_file else ()

    def gap_note(self, span: Span) -> str:
        """Return the sentence about times of a span at which its place is unknown; empty if there are none."""
        return ""

    def place_at(self, t: TimeLike) -> tuple[Array, Array, Array]:
        """Latitude and longitude (deg), and height (m), at its own times (…)."""
        fixed = (self.latitude_deg, self.longitude_deg, self.height_m)
        latitude, longitude, height = (np.full(instants(t).shape, x) for x in fixed)
        return latitude, longitude, height

    def axes_at(self, t: TimeLike) -> Array:
        """East, north and up as rows, body-fixed, at its own times (…): (3, 3) where it does not move."""
        return self.fixed_axes

    def position_at(self, t: TimeLike) -> Array:
        """Position (km), body-fixed, at its own times (…): (3,) where it does not move."""
        return self.fixed_position

    def lift_km(self, t: TimeLike) -> Array | float:
        """Height above the plane through the body's center that is parallel to the horizon, at its own times (…)."""
        return float(self.fixed_axes[2] @ self.fixed_position)

    def turning(self, t: TimeLike) -> Array:
        """How east, north and up turn at its own times (…): (…, 3) rad/s, ICRF axes."""
        assert self.carrier.spin is not None
        return self.carrier.spin(instants(t))

    def horizontal(self, t: TimeLike) -> Array:
        """East, north and up as rows, ICRF axes: (…) TDB s → (…, 3, 3)."""
        t = instants(t)
        assert self.carrier.rotation is not None
        axes: Array = np.matmul(self.fixed_axes, self.carrier.rotation(t))
        return axes

    def horizon(self, azimuth: Array) -> Array:
        """Return the elevation of the horizon (rad) at azimuths (rad): with refraction, as it is seen."""
        if isinstance(self.horizon_deg, float | int):
            return np.full(np.shape(azimuth), np.deg2rad(self.horizon_deg))
        at, height = np.deg2rad(np.asarray(self.horizon_deg)).T
        level: Array = np.interp(azimuth, at, height, period=2.0 * np.pi)
        return level

    @cached_property
    def air(self) -> Air | None:
        """The air that bends what it sees; None if refraction is left out."""
        pressure, temperature, humidity = (getattr(self, name) for name in _AIR)
        return air_over(self._air_height_m, self.refraction, pressure, temperature, humidity)

    @property
    def _air_height_m(self) -> float:
        """Height for which the standard atmosphere is taken."""
        return self.height_m

    @property
    def horizon_text(self) -> str:
        """The horizon in a sentence."""
        return f"{self.horizon_deg:g} deg" if isinstance(self.horizon_deg, float | int) else "its horizon"

    @property
    def joins(self) -> Array:
        """None: its motion has no steps."""
        return np.empty(0)

    def breaks(self, span: Span) -> Array:
        return earth_days(span.start, span.end) if self.body == "earth" else np.empty(0)

    @typed
    def over(self, span: Span) -> Site:
        return self

    def _swung(self, t: Array) -> State:
        """Position and velocity relative to its body's center."""
        rotation, spin = self.carrier.turning(t)
        arm = np.einsum("...ji,j->...i", rotation, self.fixed_position)
        return State(arm, crossed(spin, arm))

    def _turned(self, t: Array, fixed: Array) -> Array:
        assert self.carrier.rotation is not None
        turned: Array = np.einsum("...ji,j->...i", self.carrier.rotation(t), fixed)
        return turned
