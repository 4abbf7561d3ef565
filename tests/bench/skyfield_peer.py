"""Skyfield: `find_risings` and `find_settings` for the Moon, `find_events` for two lines, `find_discrete` for SPKs."""

from __future__ import annotations

import numpy as np
from skyfield import almanac
from skyfield.api import EarthSatellite, load, load_file, wgs84

from sim.core.time import J2000_JD

from .inputs import Inputs
from .workloads import Workload

PACKAGE = "skyfield"
SETTINGS = {"default": "default"}
MOON_RADIUS_KM = 1737.4
DAY_S = 86400.0
_cache: dict = {}


def unable(workload: Workload, setting: str) -> str:
    return ""


def solve(workload: Workload, inputs: Inputs, setting: str):
    if not _cache:
        _cache["timescale"] = load.timescale(builtin=True)
        _cache["de421"] = load_file(inputs.path("de421.bsp"))
    span, ts = workload.span, _cache["timescale"]
    start, end = (ts.tdb_jd(J2000_JD, t / DAY_S) for t in (span.start, span.end))
    ask = {"moon": _moon, "tle": _lines}.get(workload.target.kind, _spk)
    found = []
    for station in workload.stations:
        place = wgs84.latlon(station.latitude_deg, station.longitude_deg, station.height_m)
        times, signs, first = ask(workload, inputs, place, start, end)
        found.append((times, signs, first, span))
    return found


def bounds(found) -> list[np.ndarray]:
    """Rises and sets, in order, as windows; a set without a rise was open at the start."""
    windows = []
    for times, signs, first, span in found:
        t = (times.whole - J2000_JD) * DAY_S + times.tdb_fraction * DAY_S
        order = np.argsort(t)
        rows, opened = [], span.start if first else None
        for when, sign in zip(t[order], np.asarray(signs)[order], strict=True):
            if sign > 0 and opened is None:
                opened = when
            elif sign < 0 and opened is not None:
                rows.append((opened, when))
                opened = None
        if opened is not None:
            rows.append((opened, span.end))
        windows.append(np.array(rows).reshape(-1, 2))
    return windows


def _moon(workload, inputs, place, start, end):
    """Apparent, with light time and aberration: it offers nothing else here."""
    eph, ts = _cache["de421"], _cache["timescale"]
    observer = eph["earth"] + place
    rises, rose = almanac.find_risings(observer, eph["moon"], start, end, horizon_degrees=workload.mask_deg)
    sets, did = almanac.find_settings(observer, eph["moon"], start, end, horizon_degrees=workload.mask_deg)
    rises, sets = rises[rose], sets[did]
    whole, fraction = (np.concatenate((getattr(rises, k), getattr(sets, k))) for k in ("whole", "tdb_fraction"))
    times = ts.tdb_jd(whole, fraction)
    altitude = observer.at(start).observe(eph["moon"]).apparent().altaz()[0].degrees
    return times, np.repeat([1, -1], [len(rises), len(sets)]), altitude > workload.mask_deg


def _lines(workload, inputs, place, start, end):
    satellite = EarthSatellite(*workload.target.lines, ts=_cache["timescale"])
    times, events = satellite.find_events(place, start, end, altitude_degrees=workload.mask_deg)
    altitude = (satellite - place).at(start).altaz()[0].degrees
    return times, np.where(events == 0, 1, np.where(events == 2, -1, 0)), altitude > workload.mask_deg


def _spk(workload, inputs, place, start, end):
    """`find_discrete` on the altitude; its step is a third of the shortest window expected."""
    name = workload.target.spk
    if name not in _cache:
        kernel = load_file(inputs.path(name))
        _cache[name] = kernel, next(iter(kernel.segments))
    eph, (_, segment) = _cache["de421"], _cache[name]
    station = eph["earth"] + place
    target, moon = eph[workload.target.center] + segment, eph["moon"]

    def seen(t):
        line = (target - station).at(t)
        high = line.altaz()[0].degrees > workload.mask_deg
        if not workload.hidden:
            return high
        sight, to_moon = line.position.km, (moon - station).at(t).position.km
        along = np.clip((sight * to_moon).sum(axis=0) / (sight * sight).sum(axis=0), 0.0, 1.0)
        return high & (np.linalg.norm(to_moon - along * sight, axis=0) > MOON_RADIUS_KM)

    seen.step_days = workload.least_s / 3.0 / DAY_S
    times, values = almanac.find_discrete(start, end, seen)
    return times, np.where(values, 1, -1), bool(np.atleast_1d(seen(start))[0])
