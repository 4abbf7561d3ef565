"""Noise of bodies in the beam of a receiving antenna: the Moon, the Sun and planets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

BODY_COUPLING = 0.9 * 0.7
"""Share of a body's brightness that an antenna adds to its noise if the body fills the beam.

Source: DSN 810-005, module 105 Rev. E, section 2.4.2.
"""

MOON_K = 240.0
"""Brightness temperature of the Moon. Source: the same, at 26 GHz."""


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
