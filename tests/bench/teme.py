"""SGP4's axes, by the textbook: TEME turned by the mean sidereal time of 1982 and the pole's motion is Earth-fixed.

Source: Vallado, Crawford, Hujsak & Kelso, AIAA 2006-6753, appendix C.
"""

from __future__ import annotations

import erfa
import numpy as np
from sgp4.api import Satrec

from sim.core.time import DAY_S, J2000_JD
from sim.core.time_scales import tdb_minus_tt, utc_jd
from sim.trajectories.bodies import frames


def teme_position(lines, tt):
    """(n, 3) km in TEME axes at TT seconds (n,) among which no leap second falls."""
    day, fraction = (float(part[0]) for part in utc_jd(tt[:1] + tdb_minus_tt(tt[:1])))
    error, position, _ = Satrec.twoline2rv(*lines).sgp4_array(np.full(len(tt), day), fraction + (tt - tt[0]) / DAY_S)
    if np.any(error):
        raise ValueError(f"SGP4 gave up: {set(error[error > 0])}")
    return position


def earth_fixed_position(lines, t):
    """(n, 3) km in ITRS axes at TDB seconds (n,)."""
    table = frames.earth_orientation()
    hours = np.arange(np.min(t), np.max(t) + 7200.0, 3600.0)
    tt = t - np.interp(t, hours, tdb_minus_tt(hours))  # the whole series for every time takes longer than all else
    ut1 = tt + np.interp(tt, table.tt, table.ut1_minus_tt)
    pole_x, pole_y = (np.interp(tt, table.tt, pole) for pole in (table.pole_x, table.pole_y))
    whole = np.floor(ut1 / DAY_S)
    angle = erfa.gmst82(J2000_JD + whole, ut1 / DAY_S - whole)
    x, y, z = teme_position(lines, tt).T
    x, y = np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x
    return np.column_stack((x + pole_x * z, y - pole_y * z, z - pole_x * x + pole_y * y))


def icrf_position(lines, t):
    """(n, 3) km in ICRF axes at TDB seconds (n,)."""
    return np.einsum("nji,nj->ni", frames.itrs(t), earth_fixed_position(lines, t))
