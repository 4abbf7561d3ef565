"""Astropy (ERFA): its own transformation from the barycenter to the horizontal frame of a place on the Earth.

It has no light time for moving targets, so it is given our position of the target at transmission.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.core.time import DAY_S, J2000_JD, Span
from sim.simulation.crosscheck.scan import Margin, scan
from sim.simulation.crosscheck.skyfield_engine import DEFLECTION_DEG
from sim.simulation.crosscheck.terms import Term, bent, horizon_deg, turned
from sim.trajectories.bodies import ephemeris, frames
from sim.trajectories.refraction import OPTICAL_UM, RADIO_UM

Array = NDArray[np.float64]


class ByAstropy:
    """Astropy's AltAz frame."""

    name = "Astropy"
    models = (
        "aberration and gravitational deflection; IAU 2006/2000A with the IERS tables; WGS 84; position of the Earth "
        "from the scenario's ephemeris; light time from sim"
    )

    def __init__(self, kernel: str) -> None:
        self.kernel, self.version = kernel, version("astropy")

    def unable(self, term: Term) -> str:
        if term.kind != "horizon" or term.own is None or term.own.body != "earth":
            return "it has only the sky of places on the Earth"
        if not term.received:
            return "it has no directions for transmission"
        return "" if term.sight.light else "it always includes aberration"

    def margin(self, term: Term) -> Margin:
        return lambda t: self._above(term, t)

    def windows(self, term: Term, span: Span, step_s: float) -> Array:
        return scan(self.margin(term), span, step_s)

    def sizes(self, term: Term, t: float) -> Mapping[str, float]:
        from astropy.coordinates.builtin_frames.intermediate_rotation_transforms import (
            cirs_to_itrs_mat,
            gcrs_to_cirs_mat,
        )

        when = self._times(np.array(t))
        theirs = np.asarray(cirs_to_itrs_mat(when) @ gcrs_to_cirs_mat(when))
        gravity = {"gravitational deflection of light, which sim does not model": 2.0 * DEFLECTION_DEG}
        air = bent(term, lambda bending: self._sky(term, np.array([t]), bending)[0])
        return gravity | air | turned(theirs, frames.itrs(np.array([t]))[0], term, t)

    def _above(self, term: Term, t: Array) -> Array:
        assert term.own is not None
        altitude, azimuth = self._sky(term, t)
        return altitude - horizon_deg(term.own, azimuth)

    def _sky(self, term: Term, t: Array, bending: bool = True) -> tuple[Array, Array]:
        """Elevation and azimuth of the other end (deg); with refraction if the site has it and it is asked for."""
        from astropy import units
        from astropy.coordinates import (
            ICRS,
            AltAz,
            CartesianRepresentation,
            EarthLocation,
            SkyCoord,
            solar_system_ephemeris,
        )
        from astropy.utils import iers

        own = term.own
        assert own is not None
        latitude, longitude, height = own.place_at(t)
        place = EarthLocation.from_geodetic(longitude, latitude, height * units.m)
        left = term.sight.ray(t).transmitter.position.T * units.km
        kernel = str(ephemeris.load(self.kernel).path)
        weather: dict[str, object] = {}
        if (air := own.air) is not None and bending:
            weather = {
                "pressure": air.pressure_hpa * units.hPa,
                "temperature": air.temperature_c * units.deg_C,
                "relative_humidity": air.relative_humidity if air.kind == "radio" else 0.0,
                "obswl": (RADIO_UM if air.kind == "radio" else OPTICAL_UM) * units.micron,
            }
        with iers.conf.set_temp("auto_download", False), solar_system_ephemeris.set(kernel):
            sky = AltAz(obstime=self._times(t), location=place, **weather)
            seen = SkyCoord(ICRS(CartesianRepresentation(left))).transform_to(sky)
        return np.asarray(seen.alt.deg), np.asarray(seen.az.deg)

    def _times(self, t: Array) -> Any:
        from astropy.time import Time

        return Time(J2000_JD, t / DAY_S, format="jd", scale="tdb")
