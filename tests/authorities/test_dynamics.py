"""Motion against others' numbers: a real orbiter, JPL's catalogue of halos, and the Moon as DE421 has it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import lunarsky
import numpy as np
import pytest
import skyfield_data
from jplephem.pck import PCK
from jplephem.spk import SPK

from sim.core.chebyshev import Array
from sim.trajectories.dynamics import cr3bp, gravity, integrate, shooting
from sim.trajectories.dynamics.forces import Forces, Occulter, PointMass, RadiationPressure

DAY = 86400.0
J2000 = 2451545.0

# JPL Horizons, target -85 (LRO, reconstructed), center 500@301, ICRF, geometric; TDB, km and km/s
LRO_EPOCH = (2459580.5 - J2000) * DAY  # 2022-01-01 00:00 TDB
LRO_PLACE = [-1213.955397003621, 337.7413808245733, -1335.073383516349]
LRO_VELOCITY = [-1.159919700671238, -0.7830367008498988, 0.8394387335845879]
LRO_LATER = {
    60: [1264.355468738006, -295.8760407207875, 1282.999945811992],
    120: [-1394.885709048368, 202.9987649431934, -1179.003098321761],
    180: [1435.332650652222, -157.1938891093793, 1113.989995648966],
    240: [-1544.530059332812, 63.53011153831255, -996.5603388045446],
}
# km. Horizons' own file steps by 45 m; what the field beyond degree 70 does in two revolutions is less
LRO_TOLERANCE_KM = 0.1

# JPL Solar System Dynamics, Three-Body Periodic Orbits API 1.0: Earth–Moon, halo, L2, southern: x0, z0, vy0, period
CATALOGUE_MU = 1.215058560962404e-02
CATALOGUE = [
    (1.180189537695309, -0.02661959526447073, -0.15983377173327767, 3.4097239162419113),
    (1.1719826857565334, -0.08647015940575928, -0.18815525466009977, 3.3512976915500903),
    (1.1541002054504266, -0.13825944793994238, -0.21486230626349018, 3.225577216362254),
    (1.116039828423401, -0.19010177601055958, -0.22371548446337808, 2.849748514366986),
    (1.089946550377543, -0.20164265011054783, -0.20780078743692404, 2.488259645098067),
    (1.022021083434163, -0.1820964877979059, -0.10325542020688042, 1.511105462873046),
]
# of the catalogue's units; its own orbits close to about 1e-12
CATALOGUE_TOLERANCE = 1e-9

HALO_EPOCH = 582206400.0  # 2018-06-14 00:00 TDB


def relative_to_moon(spk: SPK, *chain: tuple[int, int]) -> Callable[[Array], Array]:
    """Position of a body of DE421, from the Earth–Moon barycenter less the Moon's."""

    def position(t: Array) -> Array:
        place = -spk[3, 301].compute(J2000, t / DAY)
        for center, target in chain:
            sign = 1.0 if target != 3 else -1.0
            place = place + sign * spk[center, target].compute(J2000, t / DAY)
        return np.ascontiguousarray(place.T)

    return position


@pytest.fixture(scope="module")
def bodies() -> dict[str, PointMass]:
    spk = SPK.open(str(Path(skyfield_data.get_skyfield_data_path()) / "de421.bsp"))
    chains = {
        "earth": (398600.436233, ((3, 399),)),
        "sun": (132712440040.944, ((0, 10), (0, 3))),
        "venus": (324858.592, ((0, 2), (0, 3))),
        "jupiter": (126712764.8, ((0, 5), (0, 3))),
    }
    return {name: PointMass(name, gm, relative_to_moon(spk, *chain)) for name, (gm, chain) in chains.items()}


@pytest.fixture(scope="module")
def lunar_angles() -> Callable[[Array], Array]:
    folder = Path(lunarsky.__file__).parent / "data" / "pck"
    segment = PCK.open(str(folder / "moon_pa_de421_1900-2050.bpc")).segments[0]
    return lambda t: np.ascontiguousarray(segment.compute(J2000, t / DAY, False).T)


def moon(bodies: dict[str, PointMass], *names: str) -> Forces:
    return Forces("moon", 398600.436233 / 81.30056907, 1737.4, point_masses=tuple(bodies[name] for name in names))


def test_lro_is_where_horizons_says(
    bodies: dict[str, PointMass], lunar_angles: Callable[[Array], Array], figure: Callable[..., None]
) -> None:
    earth, sun = bodies["earth"], bodies["sun"]
    sunlight = RadiationPressure(10.5, 1044.0, 0.96, sun, (Occulter(1737.4), Occulter(6378.1, earth.position)))
    field = gravity.load(70, lunar_angles)
    forces = Forces("moon", field.gm_km3_s2, 1737.4, field, (earth, sun), sunlight)
    path = integrate.propagate(forces, LRO_EPOCH, np.array(LRO_PLACE + LRO_VELOCITY), LRO_EPOCH + 4 * 3600.0)
    for minutes, place in LRO_LATER.items():
        miss_km = np.linalg.norm(path(np.array(LRO_EPOCH + 60.0 * minutes)) - place)
        what = f"LRO on 2022-01-01, {minutes} min after its first state, 70×70"
        figure(what, "JPL Horizons", 1000.0 * miss_km, 1000.0 * LRO_TOLERANCE_KM, "m")


@pytest.mark.parametrize(("x0", "z0", "vy0", "period"), CATALOGUE)
def test_halos_are_those_of_the_catalogue(x0: float, z0: float, vy0: float, period: float) -> None:
    found = [cr3bp.halo_with_period(CATALOGUE_MU, period)]
    if x0 > 1.09:  # before the turn of the family, where an amplitude means the flatter orbit
        found.append(cr3bp.halo(CATALOGUE_MU, -z0))
    for seed in found:
        orbit = (seed.x0, seed.z0, seed.vy0, seed.period)
        np.testing.assert_allclose(orbit, (x0, z0, vy0, period), rtol=0, atol=CATALOGUE_TOLERANCE)


def test_a_halo_of_13000_km_takes_15_days() -> None:
    seed = cr3bp.halo(CATALOGUE_MU, 13000.0 / 389703.264829278)
    assert seed.x0 == pytest.approx(1.17976, abs=1e-5)
    assert seed.period * 382981.289129055 / DAY == pytest.approx(15.1, abs=0.01)


@pytest.mark.parametrize("phase", np.arange(0, 12, 3) / 12)
def test_queqiao_stays_behind_the_moon_for_a_year(
    bodies: dict[str, PointMass], phase: float, figure: Callable[..., None]
) -> None:
    forces = moon(bodies, "earth", "sun", "venus", "jupiter")
    shot = shooting.halo_in_ephemeris(forces, HALO_EPOCH, HALO_EPOCH + 365 * DAY, 13000.0, phase=phase)
    figure("gaps between a year's arcs of Queqiao's halo", "continuity", 1e6 * shot.defect_km, 1.0, "mm")
    figure("steps in speed there", "continuity", 1e6 * shot.defect_km_s, 1e-5, "mm/s")
    t = np.linspace(HALO_EPOCH, HALO_EPOCH + 365 * DAY, 5000)
    place = shot.pieces(t)
    # The press gave 65,000, 70,000 and 79,000 km as Queqiao's distance from the Moon; a part of the halo is closer
    distance = np.linalg.norm(place, axis=1)
    assert 45_000 < distance.min() < 65_000 < 75_000 < distance.max() < 82_000
    assert np.all(np.sum(place * bodies["earth"].position(t), axis=1) < 0)


def test_a_halo_can_be_followed_for_a_day_and_for_three_years(bodies: dict[str, PointMass]) -> None:
    forces = moon(bodies, "earth", "sun")
    for days in (1, 3 * 365):
        shot = shooting.halo_in_ephemeris(
            forces, HALO_EPOCH, HALO_EPOCH + days * DAY, 13000.0, family="northern", horizon_days=days
        )
        assert shot.pieces.start == HALO_EPOCH
        assert shot.pieces.end >= HALO_EPOCH + days * DAY
        assert shot.defect_km < 1e-6
