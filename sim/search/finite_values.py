"""Checks of the values of scalars: NaN and infinity are errors, because no search can use them."""

from __future__ import annotations

import numpy as np

from sim.core.errors import SimError
from sim.core.time import utc
from sim.search.margins import Array, Function


def finite(function: Function, name: str) -> Function:
    """Wrap a function of time so that NaN and infinity raise `SimError`."""

    def checked(t: Array) -> Array:
        values = function(t)
        good = np.isfinite(values)
        if not np.all(good):
            bad, at = np.asarray(values)[~good][0], np.broadcast_to(t, np.shape(values))[~good][0]
            raise SimError(
                f"{name}: expected finite numbers, got {bad} at {utc(float(at), 0)}. "
                "Return a number at every time of the span, or search a shorter span"
            )
        return values

    return checked
