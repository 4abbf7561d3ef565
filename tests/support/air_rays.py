"""Rays traced through the air: the bending of light and radio waves by the model of Hohenkerk and Sinclair.

Temperature falls evenly to 11 km and is constant above, water vapor falls with a power of it; n r sin z is constant
along a ray. It shares no code with `sim`.

References
----------
Hohenkerk, C. Y. and Sinclair, A. T. (1985), The computation of angular atmospheric refraction at large zenith angles,
NAO Technical Note 63; Explanatory Supplement to the Astronomical Almanac (1992), 3.281. Constants as in its usual form,
SLALIB's `refro` (Starlink User Note 67). Auer, L. H. and Standish, E. M. (2000), AJ 119, 2472: the same integral.
"""

import numpy as np

GAS, DRY, WET, RADIUS_M, LAPSE, VAPOR = 8314.32, 28.9644, 18.0152, 6_378_120.0, 0.0065, 18.36
TROPOPAUSE_M, TOP_M = 11_000.0, 80_000.0
STEPS = 4000


def bending_arcsec(refracted_deg, kind, pressure_hpa, temperature_c, humidity, um, height_m=0.0, latitude_deg=45.0):
    """How much higher light is seen than it would be in vacuum, at an elevation above 0 as it is seen."""
    air = _Layers(kind, pressure_hpa, temperature_c, humidity, um, height_m, latitude_deg)
    bottom, middle, top = RADIUS_M + height_m, RADIUS_M + TROPOPAUSE_M, RADIUS_M + TOP_M
    low, high = np.linspace(bottom, middle, 2 * STEPS + 1), np.linspace(middle, top, 2 * STEPS + 1)
    along = air.below(bottom)[0] * bottom * np.cos(np.deg2rad(refracted_deg))
    total = 0.0
    for r, (n, slope) in ((low, air.below(low)), (high, air.above(high))):
        sine = along / (n * r)
        rate = -slope / n * sine / np.sqrt(1.0 - sine**2)
        total += (r[1] - r[0]) / 3.0 * (rate[0] + 4.0 * rate[1::2].sum() + 2.0 * rate[2:-1:2].sum() + rate[-1])
    return float(np.rad2deg(total) * 3600.0)


class _Layers:
    """The refractive index and its slope (1/m) below and above the tropopause, by the distance from the center (m)."""

    def __init__(self, kind, p, temperature_c, humidity, um, height_m, latitude_deg):
        self.t0, self.r0 = temperature_c + 273.15, RADIUS_M + height_m
        gravity = 9.784 * (1.0 - 0.0026 * np.cos(2.0 * np.deg2rad(latitude_deg)) - 2.8e-7 * height_m)
        self.weight = gravity * DRY / GAS
        self.power = self.weight / LAPSE
        full = 10.0 ** ((0.7859 + 0.03477 * temperature_c) / (1.0 + 0.00412 * temperature_c))
        full *= 1.0 + p * (4.5e-6 + 6e-10 * temperature_c**2)
        vapor = humidity * full / (1.0 - (1.0 - humidity) * full / p)
        optical = kind == "optical"
        a = (287.6155 + 1.62887 / um**2 + 0.01360 / um**4) * 273.15e-6 / 1013.25 if optical else 77.6890e-6
        w = vapor * (1.0 - WET / DRY) * self.power / (VAPOR - self.power)
        self.c1, self.c2 = a * (p + w) / self.t0, (a * w + (11.2684e-6 if optical else 6.3938e-6) * vapor) / self.t0
        self.c5 = 0.0 if optical else 375463e-6 * vapor / self.t0

    def below(self, r):
        t = self.t0 - LAPSE * (r - self.r0)
        share = t / self.t0
        dry, wet = share ** (self.power - 1.0), share ** (VAPOR - 1.0)
        n = 1.0 + self.c1 * dry - (self.c2 - self.c5 / t) * wet
        rate = self.c1 * (self.power - 1.0) * dry - self.c2 * (VAPOR - 1.0) * wet + self.c5 / t * (VAPOR - 2.0) * wet
        return n, -LAPSE / t * rate

    def above(self, r):
        middle = RADIUS_M + TROPOPAUSE_M
        n, _ = self.below(middle)
        fall = self.weight / (self.t0 - LAPSE * (middle - self.r0))
        beyond = (n - 1.0) * np.exp(-fall * (r - middle))
        return 1.0 + beyond, -fall * beyond
