"""Antennas: gain, beam width, and the losses of pointing and polarization."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.trajectories.radios.decibels import db, factor, wavelength_m

Array = NDArray[np.float64]
Polarization = Literal["rhcp", "lhcp", "linear"]

LEAST_ELEVATION_DEG = 6.0
"""The models of DSN 810-005 hold from here to the zenith. Below, gain and temperature stay what they are there."""

USUAL_EFFICIENCY = 0.6
"""Aperture efficiency with which a beam width is taken from a gain, if no diameter is given."""


def dish_gain_dbi(diameter_m: float, efficiency: float, frequency_mhz: float) -> float:
    """Return the gain of a dish, efficiency · (π · diameter / wavelength)².

    Examples
    --------
    >>> round(dish_gain_dbi(0.75, 0.6, 25_650.0), 2)
    43.87
    """
    return float(db(efficiency) + 2.0 * db(np.pi * diameter_m / wavelength_m(frequency_mhz)))


def beamwidth_deg(gain_dbi: float, diameter_m: float | None, frequency_mhz: float) -> float:
    """Return the full width of a beam at half power: 70° · wavelength / diameter.

    Without a diameter it is that of a dish with this gain and an efficiency of 0.6.
    """
    if diameter_m is None:
        return float(70.0 * np.pi * np.sqrt(USUAL_EFFICIENCY / factor(gain_dbi)))
    return 70.0 * wavelength_m(frequency_mhz) / diameter_m


def pointing_loss_db(error_deg: float, width_deg: float) -> float:
    """Return the loss of an antenna that points beside the other end: 12 dB · (error / beam width)².

    A parabola in dB fits the main beam down to -3 dB at half the width.
    """
    return 12.0 * (error_deg / width_deg) ** 2


def sagging_gain_dbi(gain_dbi: float, drop_db_deg2: float, peak_deg: float, elevation_deg: Array) -> Array:
    """Return the gain of a dish that its weight deforms, without the atmosphere.

    Source: DSN 810-005, module 104: G0 - G1 (θ - θref)².
    """
    above = np.maximum(elevation_deg, LEAST_ELEVATION_DEG)
    return np.asarray(gain_dbi - drop_db_deg2 * (above - peak_deg) ** 2)


def polarization_loss_db(one: tuple[Polarization, float], other: tuple[Polarization, float]) -> float:
    """Return the loss between two antennas, at the worst angle between their ellipses; linear ones are aligned.

    Parameters
    ----------
    one, other : tuple
        Polarization, and the axial ratio of a circular one (dB).

    Returns
    -------
    float
        Infinite for the two senses of ideal circular polarization.

    Examples
    --------
    >>> round(polarization_loss_db(("rhcp", 0.0), ("linear", 0.0)), 2)
    3.01
    """
    if one[0] == other[0] == "linear":
        return 0.0
    first, second = (1e9 if kind == "linear" else 10.0 ** (ratio_db / 20.0) for kind, ratio_db in (one, other))
    sense = -1.0 if {one[0], other[0]} == {"rhcp", "lhcp"} else 1.0
    across = 4.0 * sense * first * second - (1.0 - first**2) * (1.0 - second**2)
    kept = 0.5 + 0.5 * across / ((1.0 + first**2) * (1.0 + second**2))
    return float("inf") if kept < 1e-12 else float(-db(min(kept, 1.0)))
