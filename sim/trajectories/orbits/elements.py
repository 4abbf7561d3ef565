"""Osculating elements about a center, in a choice of frames."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.core.model import Degrees, Kilometers, Model
from sim.trajectories.bodies import frames

Array = NDArray[np.float64]


class Elements(Model):
    """Osculating elements of an ellipse, in the fixed axes of the epoch."""

    frame: Literal["icrf", "ecliptic", "earth_equator", "moon_equator", "moon_me", "moon_pa"] = "icrf"
    """reference axes: ecliptic of J2000 (IAU 1976); true equator and equinox of the epoch (earth_equator); the
    Moon's mean equator from its node on the ICRF equator (moon_equator) or from the mean Earth (moon_me); its principal
    axes"""
    semi_major_axis_km: Annotated[Kilometers, Field(gt=0, lt=2e10)]
    eccentricity: Annotated[float, Field(ge=0, lt=1)]
    inclination_deg: Annotated[Degrees, Field(ge=0, le=180)]
    node_deg: Annotated[Degrees, Field(ge=-360, le=360)] = 0.0
    """longitude of the ascending node"""
    argument_of_periapsis_deg: Annotated[Degrees, Field(ge=-360, le=360)] = 0.0
    mean_anomaly_deg: Annotated[Degrees, Field(ge=-360, le=360)] = 0.0

    def check_distances(self, center: str, radius_km: float, farthest_km: float) -> None:
        """Raises `ValueError` for an orbit that hits the ground or leaves the sphere of influence of its center."""
        lowest, highest = (self.semi_major_axis_km * (1.0 + sign * self.eccentricity) for sign in (-1, 1))
        if lowest <= radius_km:
            raise ValueError(f"the orbit's lowest point, {lowest:.0f} km, is inside {center} ({radius_km:.0f} km)")
        if highest > farthest_km:
            raise ValueError(
                f"the orbit's highest point, {highest:,.0f} km, is too far for {center} to bind "
                f"({farthest_km:,.0f} km). The values may be in meters"
            )

    def position(self, seconds: Array, gm_km3_s2: float, epoch: float) -> Array:
        """Position on a Kepler orbit, seconds (n,) after the epoch (s TDB past J2000): (n, 3) km, ICRF axes.

        Source: Vallado (2013), §2.2 and §2.6.
        """
        a, e = self.semi_major_axis_km, self.eccentricity
        anomaly = self._anomaly(seconds, gm_km3_s2)
        x, y = a * (np.cos(anomaly) - e), a * np.sqrt(1.0 - e * e) * np.sin(anomaly)
        return np.column_stack((x, y, np.zeros_like(x))) @ self._to_icrf(epoch).T

    def state(self, gm_km3_s2: float, epoch: float) -> tuple[Array, Array]:
        """Position (3,) km and velocity (3,) km/s at the epoch (s TDB past J2000), ICRF axes."""
        a, e = self.semi_major_axis_km, self.eccentricity
        place = self.position(np.zeros(1), gm_km3_s2, epoch)[0]
        (anomaly,) = self._anomaly(np.zeros(1), gm_km3_s2)
        pace = np.sqrt(gm_km3_s2 / a) / (1.0 - e * np.cos(anomaly))
        speed = pace * np.array([-np.sin(anomaly), np.sqrt(1.0 - e * e) * np.cos(anomaly), 0.0])
        return place, self._to_icrf(epoch) @ speed

    def _anomaly(self, seconds: Array, gm_km3_s2: float) -> Array:
        rate = np.sqrt(gm_km3_s2 / self.semi_major_axis_km**3)
        return eccentric_anomaly(np.deg2rad(self.mean_anomaly_deg) + rate * seconds, self.eccentricity)

    def _to_icrf(self, epoch: float) -> Array:
        """Rotation from the plane of the orbit, x to periapsis, to ICRF axes."""
        node, tilt, argument = np.deg2rad([self.node_deg, self.inclination_deg, self.argument_of_periapsis_deg])
        plane: Array = (frames.rotation(3, argument) @ frames.rotation(1, tilt) @ frames.rotation(3, node)).T
        turned: Array = frames.held(self.frame, epoch).T @ plane
        return turned


def eccentric_anomaly(mean: Array, eccentricity: float) -> Array:
    """E with E − e sin E = M, by Newton's method from a start that always converges (Vallado 2013, §2.2.5)."""
    wrapped = (mean + np.pi) % (2.0 * np.pi) - np.pi
    anomaly = wrapped + np.copysign(eccentricity, wrapped)
    for _ in range(50):
        step = (anomaly - eccentricity * np.sin(anomaly) - wrapped) / (1.0 - eccentricity * np.cos(anomaly))
        anomaly = anomaly - step
        if np.max(np.abs(step), initial=0.0) < 1e-14:
            break
    return anomaly + (mean - wrapped)


def turned_deg(anomaly_deg: float, share: float) -> float:
    """A mean anomaly a fraction of a revolution ahead, -180 to 180 deg."""
    return (anomaly_deg + 360.0 * share + 180.0) % 360.0 - 180.0
