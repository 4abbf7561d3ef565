"""Ratios as decibels, and the loss of free space."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field

from sim.core.geometry import SPEED_OF_LIGHT_KM_S

Array = NDArray[np.float64]

BOLTZMANN_DBW_K_HZ = 10.0 * float(np.log10(1.380649e-23))
"""Boltzmann's constant: -228.599 dBW/K/Hz."""


def _positive(value: object) -> object:
    """Refuse a loss with a minus before it."""
    if isinstance(value, (int, float)) and -100.0 <= value < 0.0:
        raise ValueError(f"losses are positive: expected 0 to 100 dB, got {value:g}. Write {-value:g}")
    return value


NO_MINUS = BeforeValidator(_positive)
"""Reports a loss with a minus before it."""

Loss = Annotated[float, Field(ge=0, le=100), NO_MINUS]
"""A loss in dB."""


def db(factor: Array | float) -> Array:
    """Return a ratio as decibels.

    Examples
    --------
    >>> float(db(100.0))
    20.0
    """
    return np.asarray(10.0 * np.log10(factor))


def factor(level_db: Array | float) -> Array:
    """Return decibels as a ratio."""
    return np.asarray(10.0 ** (np.asarray(level_db) / 10.0))


def wavelength_m(frequency_mhz: float) -> float:
    """Return the wavelength of a frequency."""
    return SPEED_OF_LIGHT_KM_S / (1000.0 * frequency_mhz)


def free_space_loss_db(range_km: Array | float, frequency_mhz: float) -> Array:
    """Return the loss of free space, (4π · range / wavelength)².

    Source: ITU-R P.525.

    Examples
    --------
    >>> round(float(free_space_loss_db(384_400.0, 8450.0)), 1)
    222.7
    """
    return 2.0 * db(4e3 * np.pi * np.asarray(range_km) / wavelength_m(frequency_mhz))
