"""The horizon of a site, computed from an elevation model, and the file that stores it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import erfa
import numpy as np
from numpy.typing import NDArray

from sim.core import toml_file
from sim.core.errors import DataError, SimError
from sim.core.values import TomlTable, TomlValue
from sim.trajectories.bodies.body import Body

if TYPE_CHECKING:
    from sim.trajectories.elevation_model import ElevationModel

Array = NDArray[np.float64]

GROWTH = 1.001
"""Ratio of successive steps: the angular resolution stays the same at all distances."""
HIGHEST_EYE_M = 100_000.0


class Place(Protocol):
    """What is asked of a `Site`, which takes its horizon from here."""

    @property
    def name(self) -> str: ...
    @property
    def body(self) -> str: ...
    @property
    def latitude_deg(self) -> float: ...
    @property
    def longitude_deg(self) -> float: ...
    @property
    def height_m(self) -> float: ...
    @property
    def carrier(self) -> Body: ...
    @property
    def fixed_axes(self) -> Array: ...


SAME_PLACE_DEG = 1e-3
"""A horizon holds for a place no farther from where it was made: 30 m on the Moon, 110 m on the Earth."""


@dataclass(frozen=True, eq=False)
class Horizon:
    """A horizon profile made from an elevation model.

    azimuth_deg, elevation_deg (n,) : geometric, without refraction; ground_m the model's own height at the site, eye_m
    how far above it the eye stands; reach_km how far was looked; source, sha256 of the model
    """

    site: Place
    azimuth_deg: Array
    elevation_deg: Array
    ground_m: float
    eye_m: float
    reach_km: float
    source: str
    sha256: str

    def text(self) -> str:
        """The horizon as a file that a site's `horizon_file` names."""
        pairs = ",\n".join(
            f"    [{a:g}, {e:.4f}]" for a, e in zip(self.azimuth_deg, self.elevation_deg, strict=True)
        )
        return (
            f"# The horizon of {self.site.name} from an elevation model: azimuth from north through east, elevation.\n"
            "# Geometric: no refraction. Made by `sim horizon`; a site names it as horizon_file.\n"
            f"body          = {json.dumps(self.site.body)}\n"
            f"latitude_deg  = {self.site.latitude_deg!r}\n"
            f"longitude_deg = {self.site.longitude_deg!r}\n"
            f"ground_m      = {self.ground_m:.1f}    # the model's height there; the site's: {self.site.height_m:g}\n"
            f"eye_m         = {self.eye_m:g}    # above that ground\n"
            f"reach_km      = {self.reach_km:.1f}\n"
            f"model         = {json.dumps(self.source)}\n"
            f"model_sha256  = {json.dumps(self.sha256)}\n"
            f"horizon_deg   = [\n{pairs},\n]\n"
        )


def horizon(site: Place, model: ElevationModel, azimuths: int = 360, eye_m: float = 2.0) -> Horizon:
    """The horizon of a site: along each azimuth the steepest line of sight to the ground, with the body's curvature.

    azimuths : how many, evenly from north on
    eye_m    : height of the eye (antenna, camera) above the model's own ground at the site

    Steps begin at half a pixel and grow by a thousandth; ground nearer than half a pixel is left out. It is looked as
    far as the model's highest point could show. On the Earth a step's place is found on a sphere, its height above
    the ellipsoid is exact: azimuths and distances are good to 0.5 %.
    Raises `DataError` where the model has no height at the site, and `SimError` for an eye below or far above ground.
    """
    if not 0.0 <= eye_m <= HIGHEST_EYE_M:
        raise SimError(f"eye_m: expected a height above the ground from 0 to {HIGHEST_EYE_M:g} m, got {eye_m:g}")
    if site.body not in ("earth", "moon"):
        raise DataError(f"{site.name} stands on the {site.body}: expected a site on the Earth or the Moon")
    ground = float(model(np.array(site.latitude_deg), np.array(site.longitude_deg)))
    if not np.isfinite(ground):
        raise DataError(
            f"{model.source} has no height at {site.name} ({site.latitude_deg:g}, {site.longitude_deg:g}): "
            "expected an elevation model that covers the site"
        )
    radius = 1e3 * site.carrier.equatorial_radius_km
    eye = ground + eye_m
    lowest = min(eye, float(np.nanmin(model.height_m)))
    reach = sum(np.sqrt(2.0 * radius * max(0.0, top - lowest)) for top in (eye, model.highest_m)) + model.pixel_m
    angle = np.array(_distances(0.5 * model.pixel_m, reach)) / radius
    azimuth = np.arange(azimuths) * 360.0 / azimuths
    own = _placed(site, np.array(site.latitude_deg), np.array(site.longitude_deg), np.array(eye))
    steepest = np.empty(azimuths)
    for index, turn in enumerate(np.deg2rad(azimuth)):
        latitude, longitude = _away(np.deg2rad(site.latitude_deg), np.deg2rad(site.longitude_deg), turn, angle)
        height = model(latitude, longitude)
        known = np.isfinite(height)
        if not known.any():
            raise DataError(f"{model.source} ends at {site.name}: it has no ground at azimuth {azimuth[index]:g}")
        line = (_placed(site, latitude[known], longitude[known], height[known]) - own) @ site.fixed_axes.T
        steepest[index] = np.rad2deg(np.max(np.arctan2(line[:, 2], np.hypot(line[:, 0], line[:, 1]))))
    return Horizon(site, azimuth, steepest, ground, eye_m, reach / 1e3, model.source, model.sha256)


def load(path: Path) -> TomlTable:
    """Read a horizon file. Raises `DataError`, and `ScenarioError` if it is not TOML."""
    data = toml_file.read(path).data
    for key in ("body", "latitude_deg", "longitude_deg", "model", "model_sha256", "horizon_deg"):
        if key not in data:
            raise DataError(f"{path}: expected a horizon file with {key}. Make one: sim horizon")
    return data


def profile(path: Path, body: str, latitude_deg: float, longitude_deg: float) -> tuple[TomlValue, str]:
    """Return the profile of a horizon file for a place, and its source. Raises `DataError`."""
    data = load(path)
    latitude, longitude, apart = data["latitude_deg"], data["longitude_deg"], np.inf
    if isinstance(latitude, (int, float)) and isinstance(longitude, (int, float)):
        east = abs((longitude - longitude_deg + 180.0) % 360.0 - 180.0) * np.cos(np.deg2rad(latitude_deg))
        apart = max(abs(latitude - latitude_deg), east)
    if data["body"] != body or apart > SAME_PLACE_DEG:
        made_for = f"{latitude}, {longitude} on the {data['body']}"
        raise DataError(f"{path}: made for {made_for}, not for this site. Run sim horizon again")
    return data["horizon_deg"], f"{data['model']}, sha256 {data['model_sha256']}"


def _distances(first: float, last: float) -> list[float]:
    at, step, found = first, first, []
    while at < last:
        found.append(at)
        at += step
        step *= GROWTH
    return [*found, last]


def _away(latitude: float, longitude: float, azimuth: float, angle: Array) -> tuple[Array, Array]:
    """Places (degrees) at angles along a great circle. Source: Snyder (1987), USGS PP 1395, eq. 5-5 and 5-6."""
    sine = np.sin(latitude) * np.cos(angle) + np.cos(latitude) * np.sin(angle) * np.cos(azimuth)
    east = np.arctan2(
        np.sin(angle) * np.sin(azimuth),
        np.cos(latitude) * np.cos(angle) - np.sin(latitude) * np.sin(angle) * np.cos(azimuth),
    )
    return np.rad2deg(np.arcsin(np.clip(sine, -1.0, 1.0))), np.rad2deg(longitude + east)


def _placed(site: Place, latitude_deg: Array, longitude_deg: Array, height_m: Array) -> Array:
    """Body-fixed places (…, 3) in meters."""
    latitude, longitude = np.deg2rad(latitude_deg), np.deg2rad(longitude_deg)
    if site.body == "earth":
        place: Array = erfa.gd2gc(1, longitude, latitude, height_m)
        return place
    distance, across = 1e3 * site.carrier.equatorial_radius_km + height_m, np.cos(latitude)
    unit = np.stack((across * np.cos(longitude), across * np.sin(longitude), np.sin(latitude)), axis=-1)
    placed: Array = np.asarray(distance)[..., None] * unit
    return placed
