"""Plain numbers at the border: what carries a unit is converted to the one that is asked for, or refused."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np


def converted(value: Any, unit: str) -> Any:
    """The value of an astropy Quantity in a unit; everything else passes.

    Raises `ValueError` for a Quantity of another dimension.
    """
    if not (hasattr(value, "to_value") and hasattr(value, "unit")):  # duck-typed: importing astropy costs 0.5 s
        return value
    try:
        return value.to_value(unit)
    except Exception as error:  # astropy's own kinds of error, of which some are no ValueError
        raise ValueError(f"expected {f'a quantity in {unit}' if unit else 'a plain number'}: {error}") from error


def number(value: object, unit: str, what: str = "a number") -> float:
    """One finite number in a unit: of a plain number as it is, of an astropy Quantity converted.

    Raises `TypeError` for texts, bools, times, durations, arrays, NaN and quantities of another dimension.
    """
    try:
        plain = converted(value, unit)
    except ValueError as error:
        raise TypeError(f"expected {what}, got {value!r}: {error}") from error
    if plain is not value and np.ndim(plain) == 0:
        plain = float(plain)
    other = isinstance(plain, bool | np.timedelta64)  # numpy takes a duration for a whole number
    if not isinstance(plain, Real) or other or not np.isfinite(float(plain)):
        raise TypeError(f"expected {what}, got {value!r}")
    return float(plain)
