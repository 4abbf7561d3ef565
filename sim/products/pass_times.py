"""Times of the rows of tracking tables: whole steps, or as many as linear interpolation needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.trajectories.sites import Site

if TYPE_CHECKING:
    from sim.visibility.result import Result
    from sim.visibility.routes import Hop

Array = NDArray[np.float64]

SHORTEST_S = 1e-3
"""Steps are halved no further: so near to the zenith no antenna follows the azimuth."""

_FIRST_STEP_S = 600.0
_FIRST_STEPS = 8
_PROBES = np.array([0.25, 0.5, 0.75])
"""Where in a step the interpolation is compared with the truth."""
_SAFE = 0.8
"""Share of the tolerance that the probes may err by: the greatest error may lie between them."""


def whole_steps(start: float, end: float, origin: float, step_s: float) -> Array:
    """Both ends of a pass, and the whole steps from an origin between them.

    Examples
    --------
    >>> whole_steps(12.5, 31.0, 0.0, 10.0)
    array([12.5, 20. , 30. , 31. ])
    """
    first, last = np.floor((start - origin) / step_s) + 1.0, np.ceil((end - origin) / step_s) - 1.0
    inside = origin + step_s * np.arange(first, last + 1.0)
    return np.concatenate(([start], inside[(inside > start) & (inside < end)], [end]))


def adaptive_times(result: Result, leg: Hop, start: float, end: float, tolerance_deg: float) -> Array:
    """Times in a pass between which azimuth and elevation are linear to a tolerance.

    Of a hop without a site, between which the direction of the other end is: its components along ICRF axes.
    """
    from sim.visibility.tracking import direction

    angular = any(isinstance(result.ends[name], Site) for name in leg)
    return refined(lambda t: direction(result, leg, t), start, end, np.deg2rad(tolerance_deg), angular)


def refined(ask: Callable[[Array], Array], start: float, end: float, tolerance: float, angular: bool) -> Array:
    """Times between which a direction is linear to a tolerance (rad).

    Parameters
    ----------
    ask
        Times (n,) TDB s → unit vectors (n, 3).
    start, end
        First and last time.
    tolerance
        Greatest error (rad) of interpolation between two times.
    angular
        Whether azimuth, the shorter way round, and elevation are interpolated; otherwise the vector's components.

    Returns
    -------
    ndarray
        (m,) TDB s. Steps are halved until the error at three points of each is within the tolerance.
    """
    count = max(_FIRST_STEPS, int(np.ceil((end - start) / _FIRST_STEP_S)))
    edges = np.linspace(start, end, count + 1)
    done, left = [edges], np.column_stack((edges[:-1], edges[1:]))
    while len(left):
        inner = left[:, :1] + (left[:, 1:] - left[:, :1]) * _PROBES
        t = np.column_stack((left[:, 0], inner, left[:, 1]))
        values = _angles(ask(t.ravel()).reshape(*t.shape, 3), angular)
        first, last = values[:, :1], values[:, -1:]
        line = first + _shorter(last - first, angular) * _PROBES[:, None]
        error = np.abs(_shorter(values[:, 1:-1] - line, angular)).max(axis=(1, 2))
        wrong = (error > _SAFE * tolerance) & (left[:, 1] - left[:, 0] > 2.0 * SHORTEST_S)
        middle = 0.5 * (left[wrong, 0] + left[wrong, 1])
        done.append(middle)
        left = np.concatenate((np.column_stack((left[wrong, 0], middle)), np.column_stack((middle, left[wrong, 1]))))
    return np.unique(np.concatenate(done))


def _angles(vectors: Array, angular: bool) -> Array:
    """Azimuth and elevation (…, 2) rad of vectors along east, north and up; or the vectors."""
    if not angular:
        return vectors
    azimuth = np.arctan2(vectors[..., 0], vectors[..., 1])
    return np.stack((azimuth, np.arcsin(np.clip(vectors[..., 2], -1.0, 1.0))), axis=-1)


def _shorter(change: Array, angular: bool) -> Array:
    """Changes of angles the shorter way round."""
    return (change + np.pi) % (2.0 * np.pi) - np.pi if angular else change
