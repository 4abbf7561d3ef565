"""Scenarios whose cost is told, and measured: what was told wrong by 5 to 80 times, and twenty of every other kind."""

from __future__ import annotations

import datetime as dt

START = dt.datetime(2019, 1, 3)
TLE = (
    "1 25544U 98067A   25244.20115740  .00011389  00000-0  20478-3 0  9993",
    "2 25544  51.6340 290.3139 0003359 300.8027  59.2631 15.50340466526955",
)


def utc(days: float) -> str:
    return f"{START + dt.timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"


def head(days: float, start: str = utc(0)) -> str:
    return f"start = {start}\ndays = {days}\n"


def sites(count: int, teeth: int = 0, limits: str = "", body: str = "earth") -> str:
    """Places spread over a body, s0, s1, …; with a horizon of so many teeth."""
    saw = [[round(360 * k / teeth, 4), 5 + 4 * (k % 2)] for k in range(teeth)] if teeth else 5
    return "".join(
        f'[sites.s{i}]\nbody = "{body}"\nlatitude_deg = {-60 + i * 37.3 % 120:.3f}\n'
        f"longitude_deg = {i * 61.7 % 360 - 180:.3f}\nhorizon_deg = {saw}\n" + limits.replace("SITE", f"sites.s{i}")
        for i in range(count)
    )


def kepler(name: str, center: str = "earth", a: float = 6878, e: float = 0.001, i: float = 97, m: float = 0) -> str:
    return (
        f'[spacecraft.{name}.orbit]\nkind = "kepler"\ncenter = "{center}"\nepoch = {utc(0)}\nsemi_major_axis_km = {a}\n'
        f"eccentricity = {e}\ninclination_deg = {i}\nmean_anomaly_deg = {m}\n"
    )


def numerical(name: str, days: float, center: str = "moon", a: float = 1900, more: str = "") -> str:
    """A low orbit whose epoch is so many days before the start."""
    return (
        f'[spacecraft.{name}.orbit]\nkind = "numerical"\ncenter = "{center}"\nepoch = {utc(-days)}\n{more}\n'
        f"elements = {{semi_major_axis_km = {a}, eccentricity = 0.01, inclination_deg = 80}}\n"
    )


def designed(name: str, kind: str, days: float, more: str = "") -> str:
    return f'[spacecraft.{name}.orbit]\nkind = "{kind}"\nepoch = {utc(-days)}\n{more}\n'


def phases(name: str, count: int, days: float) -> str:
    """One spacecraft in so many orbits, one after another."""
    each = "".join(
        f"[[spacecraft.{name}.orbit.phases]]\nstart = {utc(days * k / count)}\nend = {utc(days * (k + 1) / count)}\n"
        f'orbit = {{kind = "kepler", center = "earth", epoch = {utc(0)}, semi_major_axis_km = {7000 + k % 7}, '
        "eccentricity = 0.001, inclination_deg = 60}\n"
        for k in range(count)
    )
    return f'[spacecraft.{name}.orbit]\nkind = "phases"\n{each}'


def routes(**named: list[object]) -> str:
    return "[routes]\n" + "".join(f"{name} = {path}\n" for name, path in named.items())


def all_of(letter: str, count: int) -> list[str]:
    return [f"{letter}{i}" for i in range(count)]


def products(*kinds: str) -> str:
    return "".join(f'[[products]]\nkind = "{kind}"\n' for kind in kinds)


def coverage(body: str, step: float, *assets: object) -> str:
    return f'[[products]]\nkind = "coverage"\nbody = "{body}"\nstep_deg = {step}\nassets = {list(assets)}\n'


LOW = kepler("low")
MARKS = ", ".join(f'{{at = {utc(k / 1500)}, text = "m{k}"}}' for k in range(2990))
THRUST = (
    f"mass_kg = 500\nthrusts = [{{start = {utc(-199)}, end = {utc(-17)}, force_n = 0.02, isp_s = 1500, "
    'direction = "prograde"}]'
)
RELAYS = "".join(kepler(f"k{i}", a=26560, m=i * 60) + kepler(f"g{i}", a=42164, i=0, m=i * 60) for i in range(6))

TOLD_WRONG = {
    "an orbit about the Moon, 150 days after its epoch": head(1) + sites(2) + numerical("far", 150)
    + routes(a=["far", all_of("s", 2)]),
    "an orbit about the Earth, three years after its epoch": head(1) + sites(1)
    + numerical("far", 1096, "earth", 7100) + routes(a=["far", "s0"]),
    "a route of alternatives": head(3) + sites(12) + RELAYS + LOW
    + routes(a=["low", all_of("k", 6), all_of("s", 12)]),
    "a route of deep alternatives": head(1) + sites(10) + RELAYS + LOW
    + routes(a=["low", all_of("k", 6), all_of("g", 6), all_of("s", 10)]),
    "a horizon of 1,000 teeth": head(2) + sites(1, 1000) + LOW + routes(a=["low", "s0"]),
    "five horizons of 1,000 teeth in a report": head(10) + sites(5, 1000) + LOW + routes(a=["low", all_of("s", 5)])
    + products("contact_plan", "report"),
    "300 phases": head(5) + sites(2) + phases("ph", 300, 5) + routes(a=["ph", all_of("s", 2)]),
    "thousands of marks": head(2) + sites(1) + LOW + routes(a=["low", "s0"])
    + f'[[products]]\nkind = "timeline"\nmarks = [{MARKS}]\n',
    "a fine map": head(1) + LOW + sites(1) + coverage("earth", 1, "low"),
    "a finer map of four": head(1) + "".join(kepler(f"k{i}", a=7000 + i * 100, m=i * 40) for i in range(4)) + sites(1)
    + coverage("earth", 0.5, *all_of("k", 4)),
    "2,000 routes over one hop": head(2) + sites(1) + LOW + "[routes]\n"
    + "".join(f'r{k} = ["low", "s0"]\n' for k in range(2000)),
}  # fmt: skip
"""What was told wrong by 5 to 80 times."""

OTHERS = {
    "a low orbit for a month": head(30) + sites(10) + LOW + routes(a=["low", all_of("s", 10)]),
    "a year in a geostationary orbit": head(365) + sites(3) + kepler("geo", a=42164, i=5)
    + routes(a=["geo", all_of("s", 3)]),
    "a year about the Moon": head(365) + sites(3) + kepler("moonlet", "moon", 1900) + routes(
        a=["moonlet", all_of("s", 3)]) + products("contact_plan"),
    "a hundred satellites": head(1) + sites(1) + "".join(kepler(f"k{i}", m=i * 3.6) for i in range(100)) + "[routes]\n"
    + "".join(f'r{i} = ["k{i}", "s0"]\n' for i in range(100)),
    "the Moon, the Sun and Mars for ten years": head(3650) + sites(2)
    + routes(a=["s0", "moon"], b=["s1", "sun"], c=["s0", "mars"]),
    "a near-rectilinear orbit": head(60) + sites(3) + designed("gate", "nrho", 2) + routes(a=["gate", all_of("s", 3)]),
    "a halo orbit three years after its epoch": head(10) + sites(3) + designed(
        "relay", "halo", 1096, 'point = "L2"\nfamily = "southern"\namplitude_km = 13000')
    + routes(a=["relay", all_of("s", 3)]),
    "a distant retrograde orbit": head(300) + sites(2) + designed("far", "dro", 2, "amplitude_km = 70000")
    + routes(a=["far", all_of("s", 2)]),
    "a Molniya orbit for three months": head(90) + sites(4) + kepler("mol", a=26560, e=0.72, i=63.4)
    + routes(a=["mol", all_of("s", 4)]),
    "an orbiter of Mars": head(30) + sites(2) + kepler("mro", "mars", 3700, 0.01)
    + '[sites.land]\nbody = "mars"\nlatitude_deg = 4\nlongitude_deg = 137\n'
    + routes(a=["land", "mro", all_of("s", 2)]),
    "an asteroid for three years": head(1000) + sites(2) + kepler("ast", "sun", 2e8, 0.2, 5)
    + routes(a=["ast", all_of("s", 2)]),
    "limits": head(10) + sites(3, limits='[[SITE.limits]]\nkind = "sun_separation"\nmin_deg = 2\n'
                               '[[SITE.limits]]\nkind = "range"\nmax_km = 2500\n')
    + LOW + routes(a=["low", all_of("s", 3)]),
    "a report of 20 stations": head(7) + sites(20) + LOW + routes(a=["low", all_of("s", 20)]) + products("report"),
    "pictures": head(3) + sites(3) + LOW + routes(a=["low", all_of("s", 3)])
    + products("contact_plan", "passes", "timeline", "sky", "ground_track", "calendar", "scene"),
    "an orbit about the Moon from its epoch on": head(10) + sites(3) + numerical("l", 0)
    + routes(a=["l", all_of("s", 3)]),
    "an orbit about the Earth from its epoch on": head(30) + sites(3) + numerical("l", 0, "earth", 7000)
    + routes(a=["l", all_of("s", 3)]),
    "a chain of five": head(10) + sites(1) + kepler("a", "moon", 1900) + kepler("b", "moon", 6000, 0.3, 60)
    + kepler("c", a=42164, i=1) + kepler("d", a=7000) + routes(a=["a", "b", "c", "d", "s0"]),
    "satellites in pairs": head(1) + "".join(kepler(f"k{i}", a=7200, i=60 + i, m=i * 24) for i in range(15))
    + "[routes]\n" + "".join(f'r{i}-{j} = ["k{i}", "k{j}"]\n' for i in range(15) for j in range(i)),
    "half a thousand stations": head(1) + sites(500) + LOW + routes(a=["low", all_of("s", 500)])
    + products("contact_plan"),
    "low thrust": head(5) + sites(1) + numerical("t", 200, "earth", 8000, THRUST) + routes(a=["t", "s0"]),
    "an element set": head(12, "2025-09-01T00:00:00Z") + sites(5)
    + f'[spacecraft.iss.orbit]\nkind = "tle"\nline1 = "{TLE[0]}"\nline2 = "{TLE[1]}"\n'
    + routes(a=["iss", all_of("s", 5)]),
    "a map of the Moon through relays": head(10) + sites(3) + kepler("luna", "moon", 6000, 0.5, 60)
    + coverage("moon", 3, ["luna", all_of("s", 3)]),
}  # fmt: skip
"""Twenty-two of other kinds."""
