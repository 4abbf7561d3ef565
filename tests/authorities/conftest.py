"""Independent tools to compare with: SPICE with its own kernels, Astropy without the network."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from sim.trajectories.bodies.ephemeris import shipped


@pytest.fixture(scope="session")
def spice():
    """SpiceyPy with DE421, its lunar frames and the high-precision Earth."""
    spiceypy = pytest.importorskip("spiceypy")
    lunar = shipped("moon_pa_de421")
    earth = Path(find_spec("naif_eop_high_prec").origin).parent / "earth_latest_high_prec.bpc"
    frames = lunar.parents[1] / "fk" / "satellites" / "moon_080317.tf"
    kernels = [shipped("de421"), lunar, frames, earth]
    for kernel in kernels:
        spiceypy.furnsh(str(kernel))
    yield spiceypy
    spiceypy.kclear()


@pytest.fixture(scope="session")
def astropy_moon():
    """A function: site, TDB seconds → apparent elevation of the Moon (deg) as Astropy gives it, with DE421."""
    import numpy as np
    from astropy import units
    from astropy.coordinates import AltAz, EarthLocation, get_body, solar_system_ephemeris
    from astropy.time import Time
    from astropy.utils import iers

    iers.conf.auto_download = False
    iers.conf.auto_max_age = None

    def elevation(site, t):
        place = EarthLocation.from_geodetic(
            site.longitude_deg * units.deg, site.latitude_deg * units.deg, site.height_m * units.m
        )
        days = np.asarray(t) / 86400.0
        time = Time(2451545.0, days, format="jd", scale="tdb", location=place)
        with solar_system_ephemeris.set(str(shipped("de421"))):
            return get_body("moon", time, place).transform_to(AltAz(obstime=time, location=place)).alt.deg

    return elevation
