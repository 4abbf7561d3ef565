"""What limits of angles are for the smoother functions that are searched in place of the angles."""

from __future__ import annotations

import numpy as np


def minus_cosine_level(angle_deg: float) -> float:
    """Grows with an angle from 0 to 180°, and goes on beyond for what no angle reaches."""
    return float(-np.cos(np.deg2rad(angle_deg))) if 0.0 <= angle_deg <= 180.0 else float(np.copysign(2.0, angle_deg))


def zero_level(limit: float) -> float:
    """The level of margins that have the limit in them."""
    return 0.0


def sine_level(angle_deg: float) -> float:
    """The sine of an elevation or latitude, and beyond all sines for what none reaches."""
    return float(np.sin(np.deg2rad(angle_deg))) if abs(angle_deg) <= 90.0 else float(np.copysign(2.0, angle_deg))
