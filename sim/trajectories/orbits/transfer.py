"""Transfers to the Moon and back, reconstructed from a published timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError, model_validator

from sim.core.chebyshev import Pieces, joined
from sim.core.errors import CoverageError, PropagationError
from sim.core.model import Degrees, Epoch, Kilometers, Listed, Text
from sim.core.time import DAY_S, Span, utc
from sim.trajectories.bodies import frames
from sim.trajectories.orbits.orbit import Orbit
from sim.trajectories.orbits.orbit_errors import TRANSFER, Sigma
from sim.trajectories.orbits.transfer_solver import entry, flight_forces, found
from sim.trajectories.trajectory import LIGHT_TIME_PAD_S, Basis

if TYPE_CHECKING:
    from sim.trajectories.dynamics.flight import Flight

Array = NDArray[np.float64]

_SHORTEST_S, _LONGEST_S = 1.5 * DAY_S, 8.0 * DAY_S
_MEMBERS_TRIED = 5

Within = Annotated[tuple[float, float], Listed]


class Transfer(Orbit):
    """A flight from the Earth to the Moon, or back, that matches published facts; ballistic, perigee to perilune.

    One integration with the oblate Earth, the Moon and the Sun. The plane contains the launch site at lift-off (the
    landing place at landing), or has a given inclination; the perigee has a time and a height; the perilune a time, a
    height and a side of the Moon. Burns are not included: the flight begins at the end of the injection and ends where
    the orbit insertion begins; trajectory corrections are not modeled. Unknown facts give a family of flights: `family`
    returns members, `sim.visibility.edge_spread` their effect on every window.
    """

    kind: Literal["transfer"] = "transfer"
    center: Literal["earth"] = "earth"
    direction: Literal["outbound", "return"] = "outbound"
    """to the Moon, or from it"""
    latitude_deg: Annotated[Degrees, Field(ge=-90, le=90)] | None = None
    """of the launch site; for a return, of the landing place"""
    longitude_deg: Annotated[Degrees, Field(ge=-180, le=360)] | None = None
    """of the launch site; for a return, of the landing place; east-positive"""
    lift_off: Epoch | None = None
    """time at which the launch site is in the plane"""
    landing: Epoch | None = None
    """of a return, instead of lift_off: time at which the landing place is in the plane"""
    inclination_deg: Annotated[Degrees, Field(gt=0, lt=180)] | None = None
    """inclination to the Earth's equator, instead of a site"""
    moonward: Literal["ascending", "descending"] = "ascending"
    """with an inclination: whether it meets, or leaves, the Moon on the way north or south"""
    perigee: Epoch | None = None
    """approximate end of the injection; by default 4.9 min after lift-off plus the time in a parking orbit"""
    entry: Epoch | None = None
    """of a return, instead of perigee: time at a height of 120 km"""
    perigee_height_km: Annotated[Kilometers, Field(gt=0, lt=40_000)] | None = None
    """above the equatorial radius; 180 km, and for a return 60 km, without atmosphere (an entry at -5.5 deg)"""
    perilune: Epoch
    """time nearest to the Moon. Orbit insertion begins before: a published insertion may be its start"""
    perilune_height_km: Annotated[Kilometers, Field(gt=0, lt=60_000)] = 200.0
    b_plane_deg: Annotated[Degrees, Field(ge=-360, le=360)] | None = None
    """side of the Moon: angle of the B vector from T, in the Moon's equator, toward R, south"""
    lunar_inclination_deg: Annotated[Degrees, Field(ge=0, le=180)] | None = None
    """inclination to the Moon's equator, instead of b_plane_deg; polar if neither is given"""
    branch: Literal["north", "south"] = "north"
    """with an inclination: the side of the Moon of the target"""
    perigee_within_s: Annotated[Within, Field()] = (-180.0, 180.0)
    """how much earlier and later the perigee (or entry) may be, for the family"""
    perilune_within_s: Annotated[Within, Field()] = (0.0, 900.0)
    """how much earlier and later the perilune may be"""
    perigee_height_range_km: Annotated[Within, Field()] | None = None
    """heights that the perigee may have; 120 to 220 km, for a return 45 to 70 km"""
    site_sigma_deg: Annotated[Degrees, Field(ge=0, le=5)] = 0.5
    """standard deviation of the site's latitude: launchers turn, capsules skip"""
    sides: Literal["given", "branches", "free"] = "given"
    """the side of the Moon in the family: as given, either branch, or any"""
    basis: Basis = "reconstructed"
    source: Text = ""

    is_integrated: ClassVar[bool] = True
    has_family: ClassVar[bool] = True

    @model_validator(mode="after")
    def _consistent(self) -> Transfer:
        back = self.direction == "return"
        site = self.latitude_deg is not None and self.longitude_deg is not None
        if (self.latitude_deg is None) != (self.longitude_deg is None):
            raise ValueError("a site needs both latitude_deg and longitude_deg")
        if site == (self.inclination_deg is not None):
            raise ValueError("give either a site (latitude_deg and longitude_deg) or inclination_deg")
        when, name = (self.landing, "landing") if back else (self.lift_off, "lift_off")
        if site and when is None:
            raise ValueError(f"a site needs {name}: the time at which it is in the orbital plane")
        for given, other, way in ((self.landing, self.entry, "a return"), (self.lift_off, None, "a flight outbound")):
            if (given is not None or other is not None) and back == (way != "a return"):
                raise ValueError("lift_off is for a flight outbound; landing and entry are for a return")
        if self.perigee is not None and self.entry is not None:
            raise ValueError("give perigee or entry, not both")
        if self.perigee is None and self.entry is None and (back or not site):
            raise ValueError("a return needs entry or perigee" if back else "without a site it needs perigee")
        if self.b_plane_deg is not None and self.lunar_inclination_deg is not None:
            raise ValueError("give b_plane_deg or lunar_inclination_deg, not both")
        near = next(t for t in (self.perigee, self.entry, self.lift_off) if t is not None)
        flight = (near - self.perilune) if back else (self.perilune - near)
        if flight <= 0.0:
            first, then = ("perilune", "entry") if back else ("lift-off and perigee", "perilune")
            raise ValueError(f"{first} must be before {then}, got a flight of {flight / DAY_S:.2f} days. Check both")
        if not _SHORTEST_S <= flight <= _LONGEST_S:
            raise ValueError(f"expected a flight of 1.5 to 8 days, got {flight / DAY_S:.2f} days. Check perilune")
        for low, high in (self.perigee_within_s, self.perilune_within_s, self.heights):
            if low > high:
                raise ValueError(f"expected [lower, upper], got [{low:g}, {high:g}]")
        return self

    @property
    def height_km(self) -> float:
        """Of perigee."""
        return self.perigee_height_km or (60.0 if self.direction == "return" else 180.0)

    @property
    def heights(self) -> tuple[float, float]:
        """Heights (km) that the perigee may have."""
        return self.perigee_height_range_km or ((45.0, 70.0) if self.direction == "return" else (120.0, 220.0))

    def flight(self, ephemeris: str = "de421") -> Flight:
        """The solution: time and state of perigee. Raises `PropagationError` if there is none."""
        return found(self, ephemeris)

    def ends(self, ephemeris: str = "de421") -> tuple[float, float]:
        """First and last TDB second of the flight: perigee and perilune; of a return perilune and entry."""
        flight = self.flight(ephemeris)
        if self.direction == "outbound":
            return flight.time, self.perilune
        return self.perilune, entry(self, ephemeris)

    def pieces(self, span: Span, ephemeris: str) -> tuple[Pieces, Array]:
        """Position about the Earth over the span, which must lie within the flight; no joins."""
        from sim.trajectories.dynamics.integrate import propagate

        flight, (first, last) = self.flight(ephemeris), self.ends(ephemeris)
        if span.start < first - 1.0 or span.end > last + 1.0:
            raise CoverageError(
                f"the transfer lasts from {utc(first, 0)} to {utc(last, 0)}, requested {utc(span.start, 0)} to "
                f"{utc(span.end, 0)}. Choose a span within it"
            )
        wide, forces = span.padded(LIGHT_TIME_PAD_S), flight_forces(ephemeris)
        legs = [t for t in (min(wide.start, flight.time - 1.0), max(wide.end, flight.time + 1.0))]
        whole = joined([propagate(forces, flight.time, flight.state, t) for t in legs])
        return whole.between(wide.start, wide.end), np.empty(0)

    @classmethod
    def needs_moon_rotation(cls, center: str) -> bool:
        return True

    def usual_errors(self) -> Sigma:
        return TRANSFER

    def notes(self, span: Span, ephemeris: str) -> tuple[str, ...]:
        """Results that were not given: for run.json."""
        flight, (first, last) = self.flight(ephemeris), self.ends(ephemeris)
        momentum = np.cross(flight.state[:3], flight.state[3:])
        pole = frames.itrs(np.asarray(flight.time))[2]
        tilt = np.rad2deg(np.arccos(momentum @ pole / np.linalg.norm(momentum)))
        return (
            f"perigee {utc(flight.time, 0)}, {np.linalg.norm(flight.state[3:]):.4f} km/s, inclined by {tilt:.2f} deg",
            f"holds from {utc(first, 0)} to {utc(last, 0)}; found in {flight.iterations} steps to "
            f"{1000.0 * flight.miss_km:.1g} m",
        )

    def family(self, samples: int, seed: int = 0, ephemeris: str = "de421") -> tuple[Transfer, ...]:
        """Flights that the published facts allow, drawn at random: as many as asked, each with a flight of its own.

        Perigee (or entry) and perilune times and the perigee's height are drawn evenly from their ranges, the site's
        latitude from a normal distribution, the side of the Moon as `sides` says.
        Raises `PropagationError` if most draws are not valid flights.
        """
        random = np.random.default_rng(seed)
        members: list[Transfer] = []
        for _ in range(_MEMBERS_TRIED * samples):
            if len(members) == samples:
                break
            try:
                member = self.model_validate({**self.model_dump(), **self._draw(random)})
                member.flight(ephemeris)
            except (PropagationError, ValidationError):
                continue
            members.append(member)
        if len(members) < samples:
            raise PropagationError(
                f"only {len(members)} of {_MEMBERS_TRIED * samples} draws are valid transfers. "
                "Narrow the ranges of the family"
            )
        return tuple(members)

    def members(self, samples: int, seed: int = 0, ephemeris: str = "de421") -> tuple[Transfer, ...]:
        return self.family(samples, seed, ephemeris)

    def _draw(self, random: np.random.Generator) -> dict[str, object]:
        """The changed fields of one member."""
        drawn: dict[str, object] = {"perilune": self.perilune + random.uniform(*self.perilune_within_s)}
        late, tilt = random.uniform(*self.perigee_within_s), random.normal()
        key, near = ("entry", self.entry) if self.entry is not None else ("perigee", self.perigee)
        drawn["perigee_height_km"] = random.uniform(*self.heights)
        if near is None:
            near = self.flight().time
        drawn[key] = near + late
        if self.latitude_deg is not None:
            drawn["latitude_deg"] = float(np.clip(self.latitude_deg + self.site_sigma_deg * tilt, -90.0, 90.0))
        side, coin = random.uniform(-180.0, 180.0), random.uniform()
        if self.sides == "free":
            drawn |= {"b_plane_deg": side, "lunar_inclination_deg": None}
        elif self.sides == "branches":
            drawn["branch"] = "north" if coin < 0.5 else "south"
        return drawn
