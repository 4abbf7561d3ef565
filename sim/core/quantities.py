"""Conversion of astropy quantities to plain numbers in a given unit."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np


def converted(value: object, unit: str) -> Any:
    """Return the value of an astropy Quantity in a unit, and any other value unchanged.

    Raises `ValueError` for a Quantity of another dimension.
    """
    if not (hasattr(value, "to_value") and hasattr(value, "unit")):  # not isinstance: importing astropy takes 0.5 s
        return value
    try:
        return value.to_value(unit)
    except Exception as error:  # astropy's errors, not all of which are ValueError
        raise ValueError(f"expected {f'a quantity in {unit}' if unit else 'a plain number'}: {error}") from error


def number(value: object, unit: str, what: str = "a number") -> float:
    """Return one finite number in a unit, from a plain number or an astropy Quantity.

    Raises `TypeError` for text, booleans, times, durations, arrays, NaN and quantities of another dimension.
    """
    try:
        plain = converted(value, unit)
    except ValueError as error:
        raise TypeError(f"expected {what}, got {value!r}: {error}") from error
    if plain is not value and np.ndim(plain) == 0:
        plain = float(plain)
    other = isinstance(plain, bool | np.timedelta64)  # numpy counts a duration as an integer
    if not isinstance(plain, Real) or other or not np.isfinite(float(plain)):
        raise TypeError(f"expected {what}, got {value!r}")
    return float(plain)
