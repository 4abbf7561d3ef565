"""Names of the Moon's limb: others are paths of elevation models."""

from __future__ import annotations

SPHERE = "sphere"
"""Without mountains and valleys."""

SHIPPED = "relief"
"""That of the elevation model which is part of the package."""

LIMBS = (SPHERE, SHIPPED)
