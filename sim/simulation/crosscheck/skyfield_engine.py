"""Skyfield: its own ephemeris reader, Earth rotation, stations, light time, aberration and lunar frame.

Only the positions of spacecraft are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.core.geometry import SPEED_OF_LIGHT_KM_S
from sim.core.time import DAY_S, J2000_JD, Span
from sim.simulation.crosscheck.scan import Margin, scan
from sim.simulation.crosscheck.terms import Term, bent, horizon_deg, turned
from sim.trajectories.bodies import ephemeris, frames
from sim.trajectories.bodies.body import BODIES, Body
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import Trajectory

Array = NDArray[np.float64]

DEFLECTION_DEG = 4.07e-3 / 3600.0
"""Deflection of starlight by the Sun's gravity at 90° from the Sun, seen from the Earth; at other angles, times the
cotangent of half the angle. Deflection by the Earth and Jupiter is smaller. Source: Explanatory Supplement (2013),
§7.4.1.4."""


class BySkyfield:
    """Skyfield (Rhodes)."""

    name = "Skyfield"
    models = (
        "light time, aberration and gravitational deflection; IAU 2000A with its own tables of UT1 and polar motion; "
        "WGS 84; lunar frame of DE421; occultation by spheres"
    )

    def __init__(self, kernel: str) -> None:
        self.kernel, self.version = kernel, version("skyfield")

    def unable(self, term: Term) -> str:
        if term.kind == "horizon" and term.own is not None and term.own.body == "mars":
            return "it has no frame of Mars"
        if term.kind == "horizon" and term.own is not None and term.own.moves:
            return "it has no sites that move"
        if (body := term.body) is not None and body.equatorial_radius_km != body.polar_radius_km:
            return "it treats bodies as spheres"
        if body is not None and not ephemeris.load(self.kernel).knows(body.naif_id):
            return "the kernel of this moon is not loaded in it"
        air = term.own.air if term.own is not None else None
        if air is not None and (air.kind == "radio" or not term.received):
            return "it has no refraction of radio waves, nor of what a site sends"
        return "" if term.kind in ("horizon", "clear") else "it has no such limits"

    def margin(self, term: Term) -> Margin:
        if term.kind == "clear":
            return lambda t: self._clear(term, t)
        return lambda t: self._above(term, t)

    def windows(self, term: Term, span: Span, step_s: float) -> Array:
        return scan(self.margin(term), span, step_s)

    def sizes(self, term: Term, t: float) -> Mapping[str, float]:
        found = {"gravitational deflection of light, which sim does not model": self._deflection_deg(term, t)}
        if term.kind == "horizon" and term.own is not None and term.own.body == "earth":
            from skyfield.framelib import itrs

            theirs = itrs.rotation_at(self._times(np.array([t])))[:, :, 0]
            found |= turned(theirs, frames.itrs(np.array([t]))[0], term, t)
        return found | bent(term, lambda bending: self._sky(term, np.array([t]), bending)[0])

    def _deflection_deg(self, term: Term, t: float) -> float:
        at = np.array([t])
        here = term.sight.receiver.position(at)
        to_sun, line = BODIES["sun"].position(at) - here, term.sight.transmitter.position(at) - here
        cosine = np.sum(to_sun * line) / np.linalg.norm(to_sun) / np.linalg.norm(line)
        half = 0.5 * np.arccos(np.clip(cosine, -1.0, 1.0))
        # the deflection of a target at a finite distance is smaller
        near = min(1.0, float(np.linalg.norm(line) / np.linalg.norm(to_sun)))
        return DEFLECTION_DEG * (1.0 + near / max(float(np.tan(half)), 1e-3))

    def _above(self, term: Term, t: Array) -> Array:
        assert term.own is not None
        altitude, azimuth = self._sky(term, t)
        return altitude - horizon_deg(term.own, azimuth)

    def _sky(self, term: Term, t: Array, bending: bool = True) -> tuple[Array, Array]:
        """Elevation and azimuth of the other end (deg); with refraction if the site has it and it is asked for."""
        own = term.own
        assert own is not None
        air = own.air if bending else None
        weather = {} if air is None else {"temperature_C": air.temperature_c, "pressure_mbar": air.pressure_hpa}
        if not term.sight.light:
            when = self._times(t)
            altitude, azimuth, _ = (self._vector(term.other) - self._vector(own)).at(when).altaz(**weather)
        elif term.received:
            when = self._times(t)
            seen = self._vector(own).at(when).observe(self._vector(term.other)).apparent()
            altitude, azimuth, _ = seen.altaz(**weather)
        else:
            return self._sent(term, t)
        return np.asarray(altitude.degrees), np.asarray(azimuth.degrees)

    def _sent(self, term: Term, t: Array) -> tuple[Array, Array]:
        """Pointing direction of a transmitting site, which Skyfield lacks: its frames, with aberration reversed."""
        from skyfield.constants import AU_KM
        from skyfield.relativity import add_aberration

        own = term.own
        assert own is not None
        sent = term.sight.ray(t).sent
        when = self._times(sent)
        here = self._vector(own).at(when)
        line = self._vector(term.other).at(self._times(t)).position.au - here.position.au
        add_aberration(line, -here.velocity.au_per_d, np.linalg.norm(line, axis=0) * AU_KM / 299792.458 / DAY_S)
        rotation = self._topos(own).rotation_at(when)
        north, east, up = np.einsum("ijn,jn->in", rotation, line)
        return np.rad2deg(np.arctan2(up, np.hypot(north, east))), np.rad2deg(np.arctan2(east, north)) % 360.0

    def _clear(self, term: Term, t: Array) -> Array:
        """Angle between the other end and a body's limb (deg); if the end is in front, from the body's center."""
        body = term.body
        assert body is not None
        receiver, transmitter = self._vector(term.sight.receiver), self._vector(term.sight.transmitter)
        when = self._times(t)
        if term.sight.light:
            seen = receiver.at(when)
            line, passed = seen.observe(transmitter).position.km, t
            for _ in range(3):  # the body's position when the light passes it
                towards = self._vector(body).at(self._times(passed)).position.km - seen.position.km
                ahead = np.sum(line * towards, axis=0) / np.linalg.norm(line, axis=0)
                passed = t - ahead / SPEED_OF_LIGHT_KM_S
        else:
            line = (transmitter - receiver).at(when).position.km
            towards = (self._vector(body) - receiver).at(when).position.km
        far, away = np.linalg.norm(line, axis=0), np.linalg.norm(towards, axis=0)
        separation = 2.0 * np.arctan2(
            np.linalg.norm(line / far - towards / away, axis=0), np.linalg.norm(line / far + towards / away, axis=0)
        )
        disc = np.arcsin(np.clip(body.equatorial_radius_km / away, 0.0, 1.0))
        behind = far > np.sqrt(np.maximum(away**2 - body.equatorial_radius_km**2, 0.0))
        margin: Array = np.rad2deg(np.where(behind, separation - disc, separation + 1.0))
        return margin

    def _vector(self, end: Trajectory) -> Any:
        """Skyfield's vector function of an end, from the solar-system barycenter."""
        if isinstance(end, Site) and not end.moves:
            return self._kernel[399 if end.body == "earth" else 301] + self._topos(end)
        if isinstance(end, Body):
            return self._kernel[end.naif_id]
        return _ours(end)

    def _topos(self, site: Site) -> Any:
        if site.body == "earth":
            from skyfield.api import wgs84

            return wgs84.latlon(site.latitude_deg, site.longitude_deg, site.height_m)
        from skyfield.planetarylib import PlanetTopos
        from skyfield.units import Angle, Distance

        radius = Distance(km=BODIES["moon"].equatorial_radius_km + site.height_m / 1000.0)
        place = Angle(degrees=site.latitude_deg), Angle(degrees=site.longitude_deg)
        return PlanetTopos.from_latlon_distance(self._lunar, *place, radius)

    def _times(self, t: Array) -> Any:
        key = t.tobytes()
        if self._last[0] != key:
            self._last = key, self._timescale.tdb_jd(J2000_JD, t / DAY_S)
        return self._last[1]

    _last: tuple[bytes, Any] = (b"", None)

    @cached_property
    def _kernel(self) -> Any:
        from skyfield.api import load_file

        return load_file(str(ephemeris.load(self.kernel).path))

    @cached_property
    def _timescale(self) -> Any:
        from skyfield.api import load
        from skyfield.data import iers

        timescale = load.timescale(builtin=True)
        spec = find_spec("skyfield_data")
        if spec is not None and spec.origin is not None:
            with (Path(spec.origin).parent / "data" / "finals2000A.all").open("rb") as file:
                iers.install_polar_motion_table(timescale, iers.parse_x_y_dut1_from_finals_all(file))
        return timescale

    @cached_property
    def _lunar(self) -> Any:
        from skyfield.api import PlanetaryConstants

        constants, kernel = PlanetaryConstants(), ephemeris.shipped("moon_pa_de421")
        with (kernel.parents[1] / "fk" / "satellites" / "moon_080317.tf").open("rb") as file:
            constants.read_text(file)
        constants.read_binary(kernel.open("rb"))
        return constants.build_frame_named("MOON_ME_DE421")


def _ours(trajectory: Trajectory) -> Any:
    from skyfield.constants import AU_KM
    from skyfield.vectorlib import VectorFunction

    class Ours(VectorFunction):  # type: ignore[misc]
        """A spacecraft at our positions."""

        center, target = 0, -100001

        def _at(self, t: Any) -> tuple[Array, Array, None, None]:
            at = np.atleast_1d((t.whole - J2000_JD) * DAY_S + t.tdb_fraction * DAY_S)
            state = trajectory.state(at)
            return state.position.T / AU_KM, state.velocity.T * DAY_S / AU_KM, None, None

    return Ours()
