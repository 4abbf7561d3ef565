"""What is asked of every tool: a target, stations, a mask and a span."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from sim.core.time import Span


class Station(NamedTuple):
    """A place on the Earth, WGS 84."""

    name: str
    latitude_deg: float
    longitude_deg: float
    height_m: float


@dataclass(frozen=True)
class Target:
    """What is looked at.

    kind     : how the tools are told of it: the Moon, two lines, elements (with their SPK), or an SPK alone
    lines    : of `tle`
    elements : of `kepler` and `spk`, keywords of sim.Kepler
    """

    kind: Literal["moon", "tle", "kepler", "spk"]
    name: str
    lines: tuple[str, str] = ("", "")
    elements: tuple[tuple[str, object], ...] = ()
    naif_id: int = 301
    center: Literal["earth", "moon"] = "earth"

    @property
    def spk(self) -> str:
        """Name of its SPK in the folder of inputs."""
        return f"{self.name}.bsp"


@dataclass(frozen=True)
class Workload:
    """One question.

    scan_s  : step of the brute-force truth
    least_s : the shortest window or gap that a user would expect; tools that want a step get a third of it
    hidden  : whether the target must also not be behind the Moon
    """

    key: str
    title: str
    target: Target
    stations: tuple[Station, ...]
    mask_deg: float
    start: str
    days: float
    scan_s: float
    least_s: float
    hidden: bool = False

    @property
    def span(self) -> Span:
        return Span(self.start, days=self.days)


# Ground stations of DSN, ESTRACK, NDOSL, CVN and CDSN, one a site and more in Goldstone and Madrid. Sources: NAIF
# earth_topo_201023.tf, ESA SPICE estrack_v03.bsp, NDOSL, DiFX antenna_db.cpp; WGS 84, degrees and meters.
_STATIONS = """
dss_13               35.2471643  -116.7944590  1070.44
dss_14               35.4259009  -116.8895382  1001.39
dss_15               35.4218533  -116.8871951   973.21
dss_24               35.3398928  -116.8747944   951.51
dss_26               35.3356892  -116.8730164   968.69
dss_34              -35.3984788   148.9819644   692.02
dss_36              -35.3951018   148.9785442   685.50
dss_43              -35.4024242   148.9812673   688.87
dss_53               40.4270810    -4.2534080   844.89
dss_54               40.4256217    -4.2540968   837.05
dss_55               40.4242959    -4.2526333   819.06
dss_63               40.4312098    -4.2480085   864.82
dss_65               40.4272064    -4.2506989   833.85
kiruna               67.8571243    20.9643250   402.17
kourou                5.2514391   -52.8046646   -14.67
maspalomas           27.7628890   -15.6338000   205.10
perth               -31.8025220   115.8851610    22.16
redu                 50.0004578     5.1453438   386.68
santa_maria          36.9972496   -25.1357212   275.00
villafranca          40.4425639    -3.9515833   655.20
new_norcia          -31.0482254   116.1914678   252.26
cebreros             40.4526900    -4.3675499   793.68
malargue            -35.7760085   -69.3981934  1549.60
ws1_white_sands      32.5407549  -106.6120995  1456.55
svalbard             78.2297350    15.4080958   501.38
kiruna_2             67.8895583    21.0656547   400.40
dongara             -29.0457722   115.3486776   250.47
south_point_hawaii   19.0139525  -155.6633318   385.19
santiago            -33.1511075   -70.6664030   733.30
hartebeesthoek      -25.8870000    27.7120000  1544.83
wallops              37.9265899   -75.4763045   -12.76
miyun                40.5579662   116.9759559   177.67
kunming              25.0273320   102.7959445  1974.33
urumqi               43.4715108    87.1781438  2033.43
seshan               31.0991601   121.1996666    29.40
tianma               31.0921013   121.1360104    49.13
dwingeloo            52.8120194     6.3961694    25.00
shahe                40.1175190   116.2299440    55.00
kashi                38.4214000    76.7144000  1190.00
jiamusi              46.4939000   130.7706000   250.00
"""

STATIONS = {
    name: Station(name, *map(float, numbers)) for name, *numbers in map(str.split, _STATIONS.strip().splitlines())
}


def _stations(names: str) -> tuple[Station, ...]:
    return tuple(STATIONS[name] for name in names.split())


def _two_lines(mean_motion: float, eccentricity: float, inclination_deg: float) -> tuple[str, str]:
    """An element set of 2024-01-01 with a node of 30 deg and a perigee at 178 deg, where a transfer orbit has it."""
    first = "1 99999U 24001A   24001.00000000  .00000000  00000-0  00000-0 0  999"
    second = (
        f"2 99999 {inclination_deg:8.4f} {30.0:8.4f} {round(eccentricity * 1e7):07d} {178.0:8.4f} {0.0:8.4f} "
        f"{mean_motion:11.8f}{1:5d}"
    )
    return _checked(first), _checked(second)


def _checked(line: str) -> str:
    return line + str(sum(int(c) if c.isdigit() else c == "-" for c in line) % 10)


def _kepler(center: str, a_km: float, e: float, i_deg: float, node_deg: float, periapsis_deg: float) -> tuple:
    return (
        ("center", center),
        ("epoch", "2024-01-01T00:00:00Z"),
        ("semi_major_axis_km", a_km),
        ("eccentricity", e),
        ("inclination_deg", i_deg),
        ("node_deg", node_deg),
        ("argument_of_periapsis_deg", periapsis_deg),
        ("mean_anomaly_deg", 0.0),
    )


MOON = Target("moon", "moon")
ORBITER = Target("spk", "orbiter", (), _kepler("moon", 1837.4, 0.0, 90.0, 0.0, 0.0), -1001, "moon")
# Source: Bill-Gray/tles, old_tles/20240108.tle.
ISS = Target(
    "tle",
    "iss",
    (
        "1 25544U 98067A   24008.56406552  .00012828  00000-0  23097-3 0  9992",
        "2 25544  51.6418  31.2099 0003911  10.8194  97.2092 15.50171132433643",
    ),
    naif_id=-1002,
)
GTO_TLE = Target("tle", "gto_tle", _two_lines(2.27837300, 0.73, 7.0), naif_id=-1003)
MEO_TLE = Target("tle", "meo_tle", _two_lines(2.00002512, 0.0, 55.0), naif_id=-1004)
GTO = Target("kepler", "gto", (), _kepler("earth", 24396.0, 0.73, 7.0, 30.0, 178.0), -1005)
MEO = Target("kepler", "meo", (), _kepler("earth", 26610.0, 0.0, 55.0, 30.0, 178.0), -1006)

TWO = _stations("maspalomas kourou")
THREE = _stations("kourou maspalomas new_norcia")
TEN = _stations("kourou maspalomas new_norcia cebreros malargue redu kiruna santa_maria kashi jiamusi")
ONE = _stations("maspalomas")

_NEW_YEAR = "2024-01-01T00:00:00Z"
_ISS_EPOCH = "2024-01-08T13:32:16Z"
_HIGH = (
    ("gto-tle", "Transfer orbit (e 0.73), two lines", GTO_TLE, 1800.0),
    ("meo-tle", "12-hour orbit, two lines", MEO_TLE, 3600.0),
    ("gto", "Transfer orbit (e 0.73), Kepler", GTO, 1800.0),
    ("meo", "12-hour orbit, Kepler", MEO, 3600.0),
)

WORKLOADS = {
    workload.key: workload
    for workload in (
        Workload("moon", "Moon, 2 stations, 1 year, above 5°", MOON, TWO, 5.0, _NEW_YEAR, 366, 10.0, 36000.0),
        Workload(
            "orbiter",
            "Lunar orbiter (100 km), 3 stations, 30 days, above 10° and not behind the Moon",
            ORBITER, THREE, 10.0, _NEW_YEAR, 30, 1.0, 2400.0, hidden=True,
        ),
        Workload("iss-5", "ISS, 10 stations, 30 days, above 5°", ISS, TEN, 5.0, _ISS_EPOCH, 30, 1.0, 180.0),
        Workload("iss-60", "ISS, 10 stations, 30 days, above 60°", ISS, TEN, 60.0, _ISS_EPOCH, 30, 1.0, 20.0),
        Workload(
            "moon-40",
            "Moon, 40 stations, 10 years, above 5°",
            MOON, tuple(STATIONS.values()), 5.0, "2020-01-01T00:00:00Z", 3653, 10.0, 3600.0,
        ),
        *(
            Workload(
                f"{key}-{mask}", f"{title}, Maspalomas, 30 days, above {mask}°",
                target, ONE, float(mask), _NEW_YEAR, 30, 1.0, least,
            )
            for key, title, target, least in _HIGH
            for mask in (5, 10)
        ),
    )
}  # fmt: skip
