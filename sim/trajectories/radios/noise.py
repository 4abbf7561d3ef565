"""Noise of bodies in the beam of a receiving antenna: the Moon, the Sun and planets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.trajectories.bodies.body import BODIES
from sim.trajectories.radios.decibels import factor

Array = NDArray[np.float64]

BODY_COUPLING = 0.9 * 0.7
"""Share of a body's brightness that an antenna adds to its noise if the body fills the beam.

Source: DSN 810-005, module 105 Rev. E, section 2.4.2.
"""

MOON_K = 240.0
"""Brightness temperature of the Moon. Source: the same, at 26 GHz."""


_VENUS = ((4.86, 679.9), (8.44, 657.5), (14.94, 565.9), (22.46, 505.2), (38.8, 432.3))
"""GHz and K. Source: Butler et al. (2001), Icarus 154, 226; Dahal et al. (2023), arXiv:2304.07367 (38.8 GHz)."""

_JUPITER = ((30.0, 144.9), (44.0, 159.8))
"""GHz and K; below 30 GHz that at 30 GHz is assumed. Source: Maris et al. (2021), arXiv:2012.04504 (Planck LFI)."""

MARS_K = 200.0
"""Brightness temperature of Mars, near to that of its ground; assumed."""

NEAREST_KM = {"venus": 38.1e6, "mars": 54.5e6, "jupiter": 588.0e6}
"""How near to the Earth planets come, by their distances from the Sun. Source: NASA planetary fact sheet."""

LEAST_RISE = 1e-3
"""Share of the noise of a receiver that a planet must add at its nearest, to be counted: 0.004 dB."""

SIDE_LOBES_DBI, SIDE_LOBES_FALL = 29.0, 2.5
"""Envelope of the side lobes of a large dish: 29 - 25 log10(angle in deg) dBi. Source: ITU-R S.580-6."""


def brightness_k(frequency_mhz: float, width_deg: float, quiet_k: float) -> dict[str, float]:
    """Return the brightness temperatures of the bodies that may add to the noise of an antenna on the Earth.

    Parameters
    ----------
    frequency_mhz, width_deg : float
        Carrier frequency, and the width of the beam at half power.
    quiet_k : float
        Noise of the receiver. Planets that cannot add a thousandth of it are left out.

    Examples
    --------
    >>> list(brightness_k(8400.0, 0.074, 20.0)), list(brightness_k(8400.0, 1.0, 100.0))
    (['moon', 'sun', 'venus', 'mars', 'jupiter'], ['moon', 'sun'])
    """
    ghz = frequency_mhz / 1000.0
    planets = {
        "venus": float(np.interp(np.log(ghz), np.log([f for f, _ in _VENUS]), [k for _, k in _VENUS])),
        "mars": MARS_K,
        "jupiter": float(np.interp(ghz, [f for f, _ in _JUPITER], [k for _, k in _JUPITER])),
    }
    found = {"moon": MOON_K, "sun": sun_brightness_k(frequency_mhz)}
    for name, kelvin in planets.items():
        radius = np.rad2deg(BODIES[name].equatorial_radius_km / NEAREST_KM[name])
        most = kelvin * BODY_COUPLING * float(share_of_beam(np.asarray(0.0), np.asarray(radius), width_deg))
        if most > LEAST_RISE * quiet_k:
            found[name] = kelvin
    return found


def share_of_side_lobes(separation_deg: Array, radius_deg: Array, beamwidth_deg: float) -> Array:
    """Return the share of a beam's power that falls on a disk outside the main beam, by the envelope of side lobes.

    Only dishes with a beam narrower than 1° have such an envelope; 0 for others. It falls to 0 towards the axis, where
    the main beam counts.

    Examples
    --------
    >>> float(np.round(sun_brightness_k(8400.0) * share_of_side_lobes(np.array(2.0), np.array(0.267), 0.07), 0))
    18.0
    """
    if beamwidth_deg >= 1.0:
        return np.zeros(np.broadcast(separation_deg, radius_deg).shape)
    away = np.asarray(separation_deg, dtype=float)
    gain = factor(SIDE_LOBES_DBI) * away**2 / (away ** (2.0 + SIDE_LOBES_FALL) + 0.1)
    return np.asarray(gain * 0.5 * (1.0 - np.cos(np.deg2rad(radius_deg))))


def sun_brightness_k(frequency_mhz: float) -> float:
    """Return the brightness temperature of the quiet Sun, 120,000 K · (GHz)^-0.75.

    Source: Maral & Bousquet, Satellite Communications Systems (1998), p. 353; made for Ka-band. The active Sun is
    several times brighter at S-band.
    """
    return float(120_000.0 * (frequency_mhz / 1000.0) ** -0.75)


def share_of_beam(separation_deg: Array, radius_deg: Array, beamwidth_deg: float) -> Array:
    """Return the share of a Gaussian beam's power that falls on a disk.

    Parameters
    ----------
    separation_deg : ndarray
        Angle between the beam's axis and the center of the disk.
    radius_deg : ndarray
        Angular radius of the disk.
    beamwidth_deg : float
        Full width of the beam at half power.

    Returns
    -------
    ndarray
        From 0 to 1. A line integral around the disk's edge: smooth, also where the edge crosses the axis.

    Examples
    --------
    >>> round(float(share_of_beam(0.0, 0.26, 0.52)), 3)  # a disk as wide as the beam
    0.5
    """
    separation, radius = np.broadcast_arrays(np.asarray(separation_deg, dtype=float), np.asarray(radius_deg, float))
    sigma = beamwidth_deg / np.sqrt(8.0 * np.log(2.0))
    most = float(np.max(radius, initial=0.0)) / sigma
    count = 64 + 16 * int(np.ceil(min(most, 500.0)))
    turn = 2.0 * np.pi * np.arange(count) / count
    away, wide = (separation / sigma)[..., None], (radius / sigma)[..., None]
    squared = away**2 + wide**2 + 2.0 * away * wide * np.cos(turn)
    swept = wide * (wide + away * np.cos(turn))  # x dy - y dx around the edge
    half = 0.5 * squared
    density = np.where(half > 1e-12, -np.expm1(-half) / np.maximum(half, 1e-300), 1.0)
    return np.asarray(np.clip(np.mean(0.5 * density * swept, axis=-1), 0.0, 1.0))
