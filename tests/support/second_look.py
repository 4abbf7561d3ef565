"""A second look at a scenario's plan, by brute force: nothing here comes from `sim`.

Skyfield moves Earth, Moon, Sun and stations; light time, aberration, shadows and the orbit are a few lines of vectors.
Rules are read from the TOML, CSV and iCalendar files by the standard library. A grid of `STEP_S` decides what is open,
and bisection where that changes. It knows what `scenarios/lunar-lander.toml` uses, and refuses what it does not know.
"""

import csv
import datetime as dt
import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from skyfield.api import PlanetaryConstants, load, load_file, wgs84
from skyfield.data import iers
from skyfield.timelib import Timescale

STEP_S = 30.0
LIGHT_KM_S = 299_792.458
TT_FROM_UTC_S = 69.184
"""37 leap seconds and 32.184 s; none is announced for 2027 (IERS Bulletin C)."""
MOON_KM, SUN_KM, EARTH_KM = 1737.4, 695_700.0, (6378.1366, 6356.7519)
"""Radii: IAU (Archinal et al. 2018), of the Sun IAU 2015 Resolution B3; of the Earth equatorial and polar."""
GM_MOON = 4902.80007600
"""km³/s²; DE421 (Folkner, Williams & Boggs 2009)."""
LIMB = np.linspace(0.0, 2.0 * np.pi, 2880, endpoint=False)
"""Points of the Sun's limb from which light may come past the Earth."""
KNOWN_LIMITS = {"operating_hours", "downtime", "sun_elevation", "elevation"}
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def seconds(text):
    """POSIX seconds of a UTC time."""
    return dt.datetime.fromisoformat(text).timestamp()


def file_of(package, path):
    return Path(find_spec(package).origin).parent / path


@dataclass
class Asked:
    """What a scenario file asks, read without `sim`."""

    path: Path

    @cached_property
    def table(self):
        return tomllib.loads(self.path.read_text(encoding="utf-8"))

    @cached_property
    def start(self):
        return self.table["start"].timestamp()

    @cached_property
    def sites(self):
        """The sites of the included seeds, with what the scenario adds."""
        found = {}
        for name in self.table["include"]:
            seeds = self.path.parents[1] / "seeds" / f"{name.removeprefix('seeds:')}.toml"
            found |= tomllib.loads(seeds.read_text(encoding="utf-8"))["sites"]
        return found | {name: {**found.get(name, {}), **own} for name, own in self.table["sites"].items()}

    @cached_property
    def pairs(self):
        """Missions and stations: each mission's route lists its stations."""
        return [(mission, station) for mission, stations in self.table["routes"].values() for station in stations]

    def rules(self, station):
        return {**self.table["passes"], **self.sites[station].get("passes", {})}

    def limits(self, end):
        found = self.sites[end].get("limits", []) if end in self.sites else []
        assert {each["kind"] for each in found} <= KNOWN_LIMITS
        return found

    def floor_deg(self, mission, station):
        """The horizon, or the greater elevation that a link between the two asks."""
        floors = [self.sites[station]["horizon_deg"]]
        for link in self.table["links"].values():
            if link["between"][0] == mission and station in link["between"][1] and station in link["at"]:
                assert [each["kind"] for each in link["limits"]] == ["elevation"]
                floors.append(link["limits"][0]["min_deg"])
        return max(floors)

    def works(self, station, posix):
        """Whether a station works at a time, by its clock on the wall and its list of downtime."""
        for limit in self.limits(station):
            if limit["kind"] == "operating_hours":
                local = dt.datetime.fromtimestamp(posix, ZoneInfo(limit["time_zone"]))
                if not any(in_hours(each, local) for each in limit["hours"]):
                    return False
            elif limit["kind"] == "downtime" and any(a <= posix < b for a, b in self.downtime(limit)):
                return False
        return True

    def downtime(self, limit):
        path = self.path.parent / limit["file"]
        return self._calendar(path) if path.suffix == ".ics" else self._table(path, limit["time_zone"])

    def _table(self, path, zone):
        def read(text):
            when = dt.datetime.fromisoformat(text)
            return (when if when.tzinfo else when.replace(tzinfo=ZoneInfo(zone))).timestamp()

        rows = csv.DictReader(path.open(encoding="utf-8"))
        return [(read(row["start"]), read(row["end"])) for row in rows]

    def _calendar(self, path):
        def read(key, event):
            zone, value = re.search(rf"^{key}(?:;TZID=([^:]+))?:(\S+)", event, re.MULTILINE).groups()
            when = dt.datetime.strptime(value.rstrip("Z"), "%Y%m%dT%H%M%S")
            assert zone or value.endswith("Z")
            return when.replace(tzinfo=ZoneInfo(zone) if zone else dt.UTC).timestamp()

        events = path.read_text(encoding="utf-8").split("BEGIN:VEVENT")[1:]
        return [(read("DTSTART", each), read("DTEND", each)) for each in events]


def in_hours(text, local):
    """Whether a local time is in hours like "Mon-Fri 18:00-06:00"; after midnight the day before counts."""
    days, _, clock = text.rpartition(" ")
    first, last = (60 * int(each[:2]) + int(each[3:]) for each in clock.split("-"))
    named = set()
    for part in days.split(",") if days else ("Mon-Sun",):
        a, b = DAYS.index(part[:3]), DAYS.index(part[-3:])
        named |= set(range(a, b + 1))
    now = 60 * local.hour + local.minute
    today, yesterday = local.weekday() in named, (local.weekday() - 1) % 7 in named
    if first < last:
        return today and first <= now < last
    return (today and now >= first) or (yesterday and now < last)


class Sky:
    """Where everything is, from Skyfield's reading of DE421 and its own Earth and Moon; km and s."""

    def __init__(self, asked):
        self.asked = asked
        with file_of("astropy_iers_data", "data/finals2000A.all").open("rb") as file:
            table = iers.parse_x_y_dut1_from_finals_all(file)
        known = load.timescale(builtin=True)
        self.scale = Timescale(_later_ut1(table), known.leap_dates, known.leap_offsets)
        iers.install_polar_motion_table(self.scale, table)
        self.kernel = load_file(str(file_of("skyfield_data", "data/de421.bsp")))
        constants, kernels = PlanetaryConstants(), file_of("lunarsky", "data")
        with next(kernels.rglob("moon_080317.tf")).open("rb") as file:
            constants.read_text(file)
        constants.read_binary(next(kernels.rglob("moon_pa_de421_1900-2050.bpc")).open("rb"))
        self.lunar = constants.build_frame_named("MOON_ME_DE421")

    def times(self, posix):
        days = np.asarray(posix) / 86400.0
        return self.scale.tt_jd(2440587.5, days + TT_FROM_UTC_S / 86400.0)

    def at(self, posix):
        return Instant(self, posix)

    @cached_property
    def orbit(self):
        """Axes (3, 3) of the orbit's plane, ICRF, and its elements."""
        orbit = self.asked.table["spacecraft"]["orbiter"]["orbit"]
        assert orbit["frame"] == "moon_me"
        tilt = np.deg2rad(orbit["inclination_deg"])
        plane = np.array([[1.0, 0.0, 0.0], [0.0, np.cos(tilt), np.sin(tilt)], [0.0, -np.sin(tilt), np.cos(tilt)]])
        epoch = orbit["epoch"].timestamp()
        return plane @ self.lunar.rotation_at(self.times(epoch)), epoch, orbit

    def orbiter(self, posix):
        """(3, n) km from the Moon's center: an ellipse, as the scenario has it."""
        axes, epoch, orbit = self.orbit
        a, e = orbit["semi_major_axis_km"], orbit["eccentricity"]
        mean = np.sqrt(GM_MOON / a**3) * (posix - epoch)
        eccentric = mean
        for _ in range(30):  # e = 0.01: each round leaves a hundredth
            eccentric = mean + e * np.sin(eccentric)
        x, y = a * (np.cos(eccentric) - e), a * np.sqrt(1.0 - e * e) * np.sin(eccentric)
        return axes[0][:, None] * x + axes[1][:, None] * y


def _later_ut1(table):
    """TT − UT1 (s) by Julian date. After the end of IERS's predictions, at the rate of the five years before.

    Nobody knows it better; Skyfield's own extrapolation moves every edge at a horizon by some tenths of a second.
    """
    mjd, ut1 = np.array([row[0] for row in table]), np.array([row[-1] for row in table])
    rate = (ut1[-1] - ut1[-1827]) / (mjd[-1] - mjd[-1827])

    def tt_minus_ut1(jd):
        days = np.asarray(jd) - 2400000.5 - TT_FROM_UTC_S / 86400.0
        return TT_FROM_UTC_S - np.interp(days, mjd, ut1) - rate * np.maximum(days - mjd[-1], 0.0)

    return tt_minus_ut1


class Instant:
    """The sky when light arrives at the stations: `posix` (n,) s; vectors (3, n) km in ICRF axes."""

    def __init__(self, sky, posix):
        self.sky, self.posix = sky, np.asarray(posix, dtype=float)
        self.when = sky.times(self.posix)

    @cached_property
    def earth(self):
        found = self.sky.kernel["earth"].at(self.when)
        return found.position.km, found.velocity.km_per_s

    @cached_property
    def late(self):
        """How long light takes from the Moon's center to the Earth's, s."""
        return length(self.sky.kernel["moon"].at(self.when).position.km - self.earth[0]) / LIGHT_KM_S

    @cached_property
    def moon(self):
        """The Moon when light left, but for 0.04 s: position, velocity, and axes (3, 3, n)."""
        when = self.sky.times(self.posix - self.late)
        found = self.sky.kernel["moon"].at(when)
        return found.position.km, found.velocity.km_per_s, self.sky.lunar.rotation_at(when)

    @cached_property
    def lander(self):
        """Position and velocity of the lander at the same time, and its up."""
        site = self.sky.asked.sites["lander"]
        lat, lon = np.deg2rad([site["latitude_deg"], site["longitude_deg"]])
        up = np.array([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
        place, speed, axes = self.moon
        standing = np.einsum("jin,j->in", axes, MOON_KM * up)
        pole = axes[2]
        turning = np.cross(pole.T, standing.T).T * (2.0 * np.pi / (27.321661 * 86400.0))
        return place + standing, speed + turning, standing / MOON_KM

    @cached_property
    def lit(self):
        """Margin of the lander's power: the Sun above the limit (deg), and clear of the Earth's disk (km)."""
        (limit,) = self.sky.asked.limits("lander")
        place, speed, up = self.lander
        late = 499.0
        for _ in range(4):
            sun = self.sky.kernel["sun"].at(self.sky.times(self.posix - self.late - late)).position.km
            late = length(sun - place) / LIGHT_KM_S
        high = elevation_deg(sun - place, speed, up) - limit["min_deg"]
        return np.minimum(high, self._clear_of_earth(sun - place, place))

    def _clear_of_earth(self, to_sun, place):
        """Least distance of light from any point of the Sun's limb from the Earth's surface (in radii)."""
        late = self.late + length(self.earth[0] - place) / LIGHT_KM_S  # light passed the Earth as long before it came
        earth = self.earth[0] - late * self.earth[1] - place
        near = np.sum(to_sun * earth, axis=0) / length(to_sun) / length(earth) > np.cos(np.deg2rad(4.0))
        found = np.full(len(self.posix), 1e3)
        pole = self.when.M[2]
        for k in np.flatnonzero(near):
            d = to_sun[:, k] / length(to_sun[:, k])
            across = np.cross(d, [0.0, 0.0, 1.0])
            across /= length(across)
            tilt = np.arcsin(SUN_KM / length(to_sun[:, k]))
            rim = np.cos(LIMB)[:, None] * across + np.sin(LIMB)[:, None] * np.cross(d, across)
            rays = np.cos(tilt) * d + np.sin(tilt) * rim
            z, e = pole[:, k], earth[:, k]
            more = EARTH_KM[0] / EARTH_KM[1] - 1.0  # stretched along its axis, the Earth is a sphere
            rays, e = rays + more * (rays @ z)[:, None] * z, e + more * (e @ z) * z
            rays /= np.linalg.norm(rays, axis=1)[:, None]
            found[k] = np.linalg.norm(np.cross(rays, e), axis=1).min() / EARTH_KM[0] - 1.0
        return found

    def station(self, name):
        """Position and velocity of a station, and its up."""
        site = self.sky.asked.sites[name]
        topos = wgs84.latlon(site["latitude_deg"], site["longitude_deg"], site["height_m"])
        found = topos.at(self.when)
        place, speed = self.earth[0] + found.position.km, self.earth[1] + found.velocity.km_per_s
        return place, speed, topos.rotation_at(self.when)[2]

    def margin(self, mission, station):
        """Positive while the geometry lets a station see a mission: least of some margins of different units."""
        place, speed, up = self.station(station)
        floor = self.sky.asked.floor_deg(mission, station)
        moon, drift, _ = self.moon
        if mission == "lander":
            there = self.lander[0]
            there = there + self.lander[1] * (self.late - length(there - place) / LIGHT_KM_S)
            assert elevation_deg(place - there, -self.lander[1], self.lander[2]).min() > 15.0  # its horizon is far
            return np.minimum(elevation_deg(there - place, speed, up) - floor, self.lit)
        assert mission == "orbiter"
        late = self.late
        for _ in range(4):
            there = moon + drift * (self.late - late) + self.sky.orbiter(self.posix - late)
            late = length(there - place) / LIGHT_KM_S
        line = (there - place) / length(there - place)
        center = moon + drift * (self.late - late) - there
        ahead = -np.sum(center * line, axis=0) / LIGHT_KM_S  # so much later light passes the Moon, which moves 30 km/s
        center = center + drift * np.maximum(ahead, 0.0)
        along = -np.sum(center * line, axis=0)
        beside = length(center + along * line)
        clear = np.where(along > 0.0, beside, length(center)) / MOON_KM - 1.0
        return np.minimum(elevation_deg(there - place, speed, up) - floor, 100.0 * clear)


def length(vectors):
    return np.sqrt(np.sum(vectors * vectors, axis=0))


def elevation_deg(line, velocity, up):
    """Elevation of what stands along a line for an observer who moves: light comes from a little ahead."""
    line = line / length(line)
    beta = velocity / LIGHT_KM_S
    gamma = 1.0 / np.sqrt(1.0 - np.sum(beta * beta, axis=0))
    ahead = np.sum(line * beta, axis=0)
    seen = (line / gamma + beta + gamma / (gamma + 1.0) * ahead * beta) / (1.0 + ahead)
    return np.rad2deg(np.arcsin(np.clip(np.sum(seen * up, axis=0) / length(seen), -1.0, 1.0)))


def open_times(asked, start, end):
    """By mission and station, when a pass is allowed: lists of (start, end), POSIX s."""
    sky, found = Sky(asked), {}
    grid = np.append(np.arange(start, end, STEP_S), end)
    margins = {pair: [] for pair in asked.pairs}
    for part in np.array_split(grid, max(1, len(grid) // 4000)):
        instant = sky.at(part)
        for pair in asked.pairs:
            margins[pair].append(instant.margin(*pair))
    works = {s: np.array([asked.works(s, t) for t in grid]) for s in dict.fromkeys(s for _, s in asked.pairs)}
    for pair, parts in margins.items():
        margin = np.concatenate(parts)
        held = (margin > 0.0) & works[pair[1]]
        times, held = _with_grazes(sky, pair, grid, margin, held)
        edges = [_edge(sky, pair, times[k], times[k + 1], held[k]) for k in np.flatnonzero(held[1:] != held[:-1])]
        edges = [start] * bool(held[0]) + edges + [end] * bool(held[-1])
        found[pair] = [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a > 1e-3]
    return found


def _with_grazes(sky, pair, grid, margin, held):
    """The grid with a time more wherever the margin may touch zero between three samples."""
    a, b, c = margin[:-2], margin[1:-1], margin[2:]
    bend = a - 2.0 * b + c
    alike = (np.sign(a) == np.sign(b)) & (np.sign(b) == np.sign(c)) & (np.sign(bend) == np.sign(b))
    turns = alike & ((b - a) * (c - b) < 0.0)
    top = b - (c - a) ** 2 / np.where(turns, 8.0 * bend, 1.0)
    near = np.flatnonzero(turns & (np.abs(top) < 0.1 * np.abs(bend) + 1e-3))
    more = np.concatenate([np.empty(0), *(np.arange(grid[k] + 1.0, grid[k + 2], 1.0) for k in near)])
    times = np.union1d(grid, more)
    extra = np.setdiff1d(more, grid)
    seen = dict(zip(grid.tolist(), held.tolist(), strict=True))
    if len(extra):
        good = sky.at(extra).margin(*pair) > 0.0
        seen |= {t: bool(g) and sky.asked.works(pair[1], t) for t, g in zip(extra.tolist(), good, strict=True)}
    return times, np.array([seen[t] for t in times.tolist()])


def _edge(sky, pair, low, high, before):
    """When a pair opens or closes between two times, to a tenth of a millisecond."""
    while high - low > 1e-4:
        middle = 0.5 * (low + high)
        works = sky.asked.works(pair[1], middle)
        held = works and bool(sky.at(np.array([middle])).margin(*pair)[0] > 0.0)
        low, high = (middle, high) if held == before else (low, middle)
    return 0.5 * (low + high)


def allowed_passes(asked, pair, opened):
    """What the rules make of open times: (start, end, gaps)."""
    rules, found = asked.rules(pair[1]), []
    joined = []
    for a, b in opened:
        if joined and a - joined[-1][-1][1] < rules["join_gap_s"]:
            joined[-1].append((a, b))
        else:
            joined.append([(a, b)])
    for parts in joined:
        start, end = parts[0][0] + rules["trim_s"], parts[-1][1] - rules["trim_s"]
        gaps = [(one[1], two[0]) for one, two in pairwise(parts)]
        for a, b in gaps:
            start, end = b if a <= start < b else start, a if a < end <= b else end
        if end - start >= rules["min_duration_s"]:
            found.append((start, end, gaps))
    return found


@dataclass(frozen=True)
class Planned:
    """A track as plan.csv has it, times in POSIX s."""

    mission: str
    station: str
    start: float
    end: float
    occupied_from: float
    occupied_to: float

    @property
    def name(self):
        return f"{self.mission} at {self.station} from {dt.datetime.fromtimestamp(self.start, dt.UTC):%m-%d %H:%M:%S}"


def planned(path):
    """The tracks of a plan.csv."""
    times = ("start", "end", "occupied_from", "occupied_to")
    rows = csv.DictReader(path.open(encoding="utf-8"))
    return [Planned(r["mission"], r["station"], *(seconds(r[f"{name}_utc"]) for name in times)) for r in rows]


def broken(asked, allowed, tracks, overlap_s, off_s=0.05):
    """Yields a sentence for every rule that a plan breaks.

    allowed : passes by mission and station, as `allowed_passes` makes them; off_s : what two programs differ by
    """
    for each in tracks:
        rules = asked.rules(each.station)
        around = [
            p
            for p in allowed.get((each.mission, each.station), [])
            if p[0] - off_s <= each.start and each.end <= p[1] + off_s
        ]
        if not around:
            yield f"{each.name}: not within a pass"
        elif any(a + off_s < t < b - off_s for t in (each.start, each.end) for a, b in around[0][2]):
            yield f"{each.name}: begins or ends in a gap"
        if each.end - each.start < rules["min_duration_s"] - 2e-3:
            yield f"{each.name}: too short"
        set_up = each.start - each.occupied_from, each.occupied_to - each.end
        if max(abs(set_up[0] - rules["setup_s"]), abs(set_up[1] - rules["teardown_s"])) > 2e-3:
            yield f"{each.name}: set-up and tear-down are {set_up}"
    for one, two in _neighbors(tracks, lambda t: t.station, lambda t: t.occupied_from):
        if two.occupied_from < one.occupied_to - 2e-3:
            yield f"{two.name}: the antenna is still occupied by {one.name}"
    for one, two in _neighbors(tracks, lambda t: t.mission, lambda t: t.start):
        shared = one.end - two.start
        if shared > -1.0 + 2e-3 and abs(shared - overlap_s) > 2e-3:
            told = f"expected {overlap_s} s together with the station before, or a break of 1 s, got {shared}"
            yield f"{two.name}: {told}"
        if shared > 0.0 and one.station == two.station:
            yield f"{two.name}: takes over from itself"
    for mission in {each.mission for each in tracks}:
        own = sorted((t for t in tracks if t.mission == mission), key=lambda t: t.start)
        for one, _, three in zip(own, own[1:], own[2:], strict=False):
            if three.start < one.end:
                yield f"{three.name}: a third station at once"


def missed(asked, allowed, tracks, missions, off_s=0.05):
    """Yields a sentence for every track that a plan could have more, and for every track that could be longer.

    missions : in order of priority: those before a mission take antennas from it, those after do not
    """
    for rank, mission in enumerate(missions):
        own = sorted((t for t in tracks if t.mission == mission), key=lambda t: t.start)
        for (_, station), passes in ((pair, found) for pair, found in allowed.items() if pair[0] == mission):
            rules = asked.rules(station)
            taken = [t for t in tracks if t.station == station and missions.index(t.mission) <= rank]
            busy = [(t.occupied_from - rules["teardown_s"], t.occupied_to + rules["setup_s"]) for t in taken]
            tracked = [(t.start - 1.0, t.end + 1.0) for t in own]
            for start, end, gaps in passes:
                for a, b in _left([(start, end)], [*busy, *tracked]):
                    if b - a >= rules["min_duration_s"] + 4 * off_s and not any(c < b and d > a for c, d in gaps):
                        when = dt.datetime.fromtimestamp(a, dt.UTC)
                        yield f"{mission} at {station}: {b - a:.1f} s from {when:%m-%d %H:%M:%S} could be tracked"
        yield from _could_be_longer(asked, allowed, tracks, own, missions, rank, off_s)


def _could_be_longer(asked, allowed, tracks, own, missions, rank, off_s):
    for each in own:
        rules = asked.rules(each.station)
        (around,) = (
            p for p in allowed[each.mission, each.station] if p[0] - off_s <= each.start and each.end <= p[1] + off_s
        )
        others = [t for t in tracks if t.station == each.station and t != each and missions.index(t.mission) <= rank]
        least = [t.occupied_to + rules["setup_s"] for t in others if t.start < each.start]
        most = [t.occupied_from - rules["teardown_s"] for t in others if t.start > each.start]
        least += [t.end + 1.0 for t in own if t.start < each.start]
        most += [t.start - 1.0 for t in own if t.start > each.start]
        before, after = each.start - max([around[0], *least]), min([around[1], *most]) - each.end
        if max(before, after) > 2 * off_s:
            yield f"{each.name}: could begin {before:.2f} s earlier, or end {after:.2f} s later"


def _neighbors(tracks, group, order):
    for name in {group(each) for each in tracks}:
        yield from pairwise(sorted((each for each in tracks if group(each) == name), key=order))


def _left(parts, taken):
    """What is left of some intervals without others."""
    for a, b in taken:
        parts = [part for c, d in parts for part in ((c, min(d, a)), (max(c, b), d)) if part[0] < part[1]]
    return parts


def lasting(intervals):
    """How long the union of some intervals is."""
    total, until = 0.0, -np.inf
    for a, b in sorted(intervals):
        total += max(0.0, b - max(a, until))
        until = max(until, b)
    return total
