"""Scenarios of every kind, and values that nobody should give, put in the place of each of their numbers and times."""

import copy
import json
from collections.abc import Iterator
from typing import Any

from sim.trajectories.limits.limit import LIMITS as LIMIT_KINDS

BASE: dict[str, Any] = {
    "start": "2026-03-01T00:00:00Z",
    "days": 0.5,
    "sites": {"roof": {"latitude_deg": 52.0, "longitude_deg": 4.4, "height_m": 10.0, "horizon_deg": 5.0}},
}
_EPOCH = "2026-03-01T00:00:00Z"
_ELEMENTS = {
    "semi_major_axis_km": 7000.0, "eccentricity": 0.01, "inclination_deg": 51.0, "node_deg": 10.0,
    "argument_of_periapsis_deg": 20.0, "mean_anomaly_deg": 30.0,
}  # fmt: skip
_STATE = {"epoch": _EPOCH, "position_km": [7000.0, 0.0, 0.0], "velocity_km_s": [0.0, 7.5, 1.0]}
_SAIL = {"mass_kg": 1000.0, "area_m2": 10.0, "reflectivity": 1.2}
_FLIGHT = {
    "kind": "transfer", "latitude_deg": 19.6, "longitude_deg": 110.9, "lift_off": "2026-03-01T00:00:00Z",
    "perigee": "2026-03-01T00:30:00Z", "perigee_height_km": 180.0, "perilune": "2026-03-05T16:00:00Z",
    "perilune_height_km": 200.0, "b_plane_deg": 90.0, "perigee_within_s": [-180.0, 180.0],
    "perilune_within_s": [0.0, 900.0], "perigee_height_range_km": [120.0, 220.0], "site_sigma_deg": 0.5,
}  # fmt: skip
_MESSAGE = {
    "EPOCH": "2026-03-01T00:00:00", "MEAN_MOTION": 15.5, "ECCENTRICITY": 0.0003, "INCLINATION": 51.6,
    "RA_OF_ASC_NODE": 290.0, "ARG_OF_PERICENTER": 300.0, "MEAN_ANOMALY": 59.0, "NORAD_CAT_ID": 25544, "BSTAR": 2e-4,
    "MEAN_MOTION_DOT": 1e-4, "MEAN_MOTION_DDOT": 0.0, "EPHEMERIS_TYPE": 0, "ELEMENT_SET_NO": 999,
}  # fmt: skip
_LINES = {
    "line1": "1 40336U 14079A   26060.33359971  .00000248  00000-0  10098-3 0  9996",
    "line2": "2 40336  98.3463 305.7651 0002108  94.3943 265.7484 14.35511458562513",
}
_FACT = {"event": "abeam", "at": "2026-03-01T06:00:00Z", "within_s": 1.0, "latitude_deg": -45.4,
         "longitude_deg": 177.5, "height_m": -5935.0}  # fmt: skip
_FACTS = [_FACT, {"event": "perilune", "at": "2026-03-01T09:00:00Z", "within_s": 1.0}]
_BURN = {"at": "2026-03-01T06:00:00Z", "along_m_s": 1.0, "across_m_s": 1.0, "radial_m_s": 1.0}
_TURN = {"at": "2026-03-01T07:00:00Z", "delta_v_km_s": [0.001, 0.0, 0.0]}
_LUNAR = {"epoch": _EPOCH, "position_km": [1900.0, 0.0, 0.0], "velocity_km_s": [0.0, 1.6, 0.1]}

ORBITS: dict[str, dict[str, Any]] = {
    "kepler": {"kind": "kepler", "center": "earth", "epoch": _EPOCH, **_ELEMENTS},
    "kepler about the Moon": {"kind": "kepler", "center": "moon", "frame": "moon_me", "epoch": _EPOCH, **_ELEMENTS},
    "kepler about the Sun": {"kind": "kepler", "center": "sun", "epoch": _EPOCH, **_ELEMENTS,
                             "semi_major_axis_km": 1.4e8},
    "numerical": {"kind": "numerical", "center": "earth", **_STATE, **_SAIL},
    "numerical with burns": {"kind": "numerical", "center": "moon", "gravity_degree": 8, **_LUNAR,
                             "maneuvers": [_BURN, _TURN]},
    "numerical by elements": {"kind": "numerical", "center": "earth", "epoch": _EPOCH, "elements": _ELEMENTS},
    "numerical by anchors": {"kind": "numerical", "center": "earth", "anchors": [
        _STATE, {**_STATE, "epoch": "2026-03-01T01:37:00Z"}]},
    "thrust": {"kind": "numerical", "center": "moon", "gravity_degree": 8, **_LUNAR, **_SAIL, "thrusts": [
        {"start": "2026-03-01T01:00:00Z", "end": "2026-03-01T02:00:00Z", "force_n": 0.1, "isp_s": 1500.0}]},
    "anchored": {"kind": "anchored", "gravity_degree": 8, **_LUNAR, **_SAIL, "facts": _FACTS},
    "halo": {"kind": "halo", "amplitude_km": 8000.0, "epoch": _EPOCH, "phase": 0.1},
    "nrho": {"kind": "nrho", "epoch": _EPOCH, "phase": 0.1},
    "dro": {"kind": "dro", "amplitude_km": 70000.0, "epoch": _EPOCH, "phase": 0.1},
    "tle": {"kind": "tle", **_LINES, "max_age_days": 14.0},
    "omm": {"kind": "tle", "omm": _MESSAGE, "norad_id": 25544},
    "transfer": _FLIGHT,
    "transfer home": {
        "kind": "transfer", "direction": "return", "latitude_deg": 42.35, "longitude_deg": 111.43,
        "landing": "2026-03-05T06:07:00Z", "entry": "2026-03-05T05:41:30Z", "perilune": "2026-02-28T15:22:30Z",
        "perilune_height_km": 200.0, "lunar_inclination_deg": 137.0},
    "phases": {"kind": "phases", "phases": [
        {"start": "2026-03-01T00:00:00Z", "end": "2026-03-01T06:00:00Z",
         "orbit": {"kind": "kepler", "center": "moon", "epoch": _EPOCH, **_ELEMENTS}},
        {"start": "2026-03-01T06:00:00Z", "end": "2026-03-01T12:00:00Z",
         "orbit": {"kind": "landed", "latitude_deg": 43.0, "longitude_deg": -51.9, "height_m": -2570.0}}]},
}  # fmt: skip
"""Orbits by what they are called in a test's name, with every number and time that they may have."""

SIGMAS: dict[str, dict[str, Any]] = {
    "axes": {"epoch": _EPOCH, "radial_km": 1.0, "along_km": 1.0, "across_km": 1.0, "late_s": 1.0,
             "along_km_per_day": 1.0},
    "state": {"radial_km": 1.0, "along_km": 1.0, "across_km": 1.0, "radial_km_s": 1e-3, "along_km_s": 1e-3,
              "across_km_s": 1e-3},
    "covariance": {"epoch": _EPOCH, "covariance": [[float(i == k) * (1.0 if i < 3 else 1e-6) for k in range(6)]
                                                   for i in range(6)]},
}  # fmt: skip

LIMITS: dict[str, dict[str, Any]] = {
    "sun_separation": {"kind": "sun_separation", "min_deg": 10.0},
    "range": {"kind": "range", "min_km": 10.0, "max_km": 4e5},
    "sun_elevation": {"kind": "sun_elevation", "min_deg": -5.0, "max_deg": 50.0},
    "cone": {"kind": "cone", "min_deg": 1.0, "max_deg": 50.0, "right_ascension_deg": 10.0, "declination_deg": 20.0},
    "body_separation": {"kind": "body_separation", "body": "moon", "min_deg": 1.0},
    "sun_earth_probe": {"kind": "sun_earth_probe", "min_deg": 10.0, "max_deg": 170.0},
    "sun_probe_earth": {"kind": "sun_probe_earth", "min_deg": 10.0, "max_deg": 170.0},
    "light_time": {"kind": "light_time", "max_s": 0.01},
    "range_rate": {"kind": "range_rate", "max_km_s": 6.5},
    "grazing_altitude": {"kind": "grazing_altitude", "body": "earth", "min_km": 100.0},
    "beta_angle": {"kind": "beta_angle", "min_deg": -80.0, "max_deg": 80.0},
    "altitude": {"kind": "altitude", "min_km": 100.0, "max_km": 4e4},
    "sub_point": {"kind": "sub_point", "min_latitude_deg": -60.0, "max_latitude_deg": 60.0, "west_deg": -30.0,
                  "east_deg": 60.0, "polygon": [[0.0, 0.0], [0.0, 60.0], [50.0, 20.0]]},
    "belt_separation": {"kind": "belt_separation", "min_deg": 5.0},
    "local_solar_time": {"kind": "local_solar_time", "from_h": 18.0, "to_h": 9.0},
    "elevation": {"kind": "elevation", "min_deg": 6.0, "max_deg": 88.0},
    "azimuth_sector": {"kind": "azimuth_sector", "from_deg": 300.0, "to_deg": 240.0},
    "downtime": {"kind": "downtime", "intervals": [{"start": "2026-03-01T01:00:00Z", "end": "2026-03-01T02:00:00Z"}]},
    "slew": {"kind": "slew", "max_azimuth_deg_s": 2.0, "max_elevation_deg_s": 1.0},
    "slew_x_y": {"kind": "slew_x_y", "max_x_deg_s": 0.6, "max_y_deg_s": 0.6},
}  # fmt: skip

_RADIO: dict[str, Any] = {
    "sites": {"roof": {**BASE["sites"]["roof"], "radio": "dish", "rain_rate_mm_h": 25.0, "rain_height_km": 3.0}},
    "radios": {"omni": {"frequency_mhz": 8200.0, "gain_dbi": 0.0, "power_w": 5.0},
               "dish": {"frequency_mhz": [8025.0, 8400.0], "diameter_m": 3.0, "efficiency": 0.6,
                        "receiver_temperature_k": 100.0, "sigma_db": 0.5}},
    "links": {"down": {"between": ["craft", "roof"], "limits": [{"kind": "link_margin", "min_db": 5.0}], "signal": {
        "data_rate_bps": 1e6, "required_eb_n0_db": 2.5, "implementation_loss_db": 1.0, "other_loss_db": 1.0,
        "margin_db": 3.0, "weather": 0.99, "frequency_mhz": 8200.0, "atmosphere": "mean"}}},
}  # fmt: skip

_DATA: dict[str, Any] = {
    "sites": BASE["sites"],
    "links": {"down": {"between": ["craft", "roof"], "rate_bit_s": 1e6, "antenna": "dish"}},
    "data": {"pictures": {"at": "craft", "to": ["roof"], "rate_bit_s": 1e5, "bundle_bits": 1e6,
                          "limits": [{"kind": "altitude", "min_km": 100.0}]}},
    "products": [{"kind": "delivery", "step_s": 600.0, "confidence": 0.95}],
}  # fmt: skip

_TRACKING: dict[str, Any] = {
    "sites": BASE["sites"],
    "antennas": {"dish": {"site": "roof", "spacecraft_per_beam": 1, "crew": 1,
                          "maintenance": [{"start": _EPOCH, "end": "2026-03-01T01:00:00Z"}]}},
    "crews": {"roof": 1},
    "missions": {"craft": {"priority": 1, "setup_s": 60.0, "teardown_s": 60.0}},
    "requests": [{"mission": "craft", "hours": 2.0, "min_hours": 1.0, "start": _EPOCH, "end": "2026-03-01T20:00:00Z",
                  "max_tracks": 2, "min_tracks": 1, "min_track_s": 600.0, "max_gap_s": 86400.0, "min_gap_s": 60.0,
                  "sites_at_once": 1, "priority": 1,
                  "pinned": [{"antennas": ["dish"], "start": "2026-03-01T02:00:00Z", "end": "2026-03-01T02:10:00Z",
                              "setup_s": 1.0, "teardown_s": 1.0}]},
                 {"mission": "craft", "name": "again", "hours": 2.0, "min_track_s": 600.0, "max_tracks": 3,
                  "overlap_s": 60.0}],
    "products": [{"kind": "schedule", "weights": {"hours": 1.0}, "iterations": 10, "seed": 1, "bound_steps": 1,
                  "start": _EPOCH, "days": 0.2}],
}  # fmt: skip

PRODUCTS: dict[str, dict[str, Any]] = {
    "availability": {"kind": "availability", "route": "down", "minutes": 60},
    "budget": {"kind": "budget", "link": "down", "transmitter": "craft", "receiver": "roof", "at": _EPOCH},
    "margin": {"kind": "margin", "number": 1},
    "calendar": {"kind": "calendar", "spacecraft": ["craft"], "sun_deg": 3.0},
    "coverage": {"kind": "coverage", "body": "earth", "assets": ["craft"], "at_least": 1, "step_deg": 10.0,
                 "height_m": 0.0, "horizon_deg": 5.0},
    "coverage of a cap": {"kind": "coverage", "body": "earth", "assets": ["craft"], "step_deg": 10.0,
                          "region": {"center_deg": [50.0, 5.0], "radius_km": 2000.0}, "start": _EPOCH, "days": 0.2},
    "coverage of points": {"kind": "coverage", "body": "earth", "assets": ["craft"],
                           "points": {"here": [50.0, 5.0], "there": [-20.0, 30.0]}},
    "contact_plan": {"kind": "contact_plan", "mission_start": _EPOCH},
    "icalendar": {"kind": "icalendar", "revised": _EPOCH, "alarm_s": 60.0, "time_zone": "Europe/Madrid"},
    "passes": {"kind": "passes", "mission_start": _EPOCH, "visible": True, "sun_below_deg": -6.0, "shadow": "sphere"},
    "track": {"kind": "track", "step_s": 60.0, "frequency_mhz": [2200.0], "uplink_mhz": 2100.0,
              "turnaround_ratio": 1.1},
    "track to a tolerance": {"kind": "track", "tolerance_deg": 0.1},
    "ground_track": {"kind": "ground_track", "start": _EPOCH, "days": 0.2},
    "moon_map": {"kind": "moon_map", "start": _EPOCH, "days": 0.2},
    "plan": {"kind": "plan", "priorities": {"craft": 1}, "overlap_s": 60.0, "step_s": 60.0, "start": _EPOCH,
             "days": 0.2},
    "plan with breaks": {"kind": "plan", "break_s": 60.0},
    "statistics": {"kind": "statistics", "min_hours_per_day": 1.0},
    "profile": {"kind": "profile", "hop": ["craft", "roof"], "number": 1, "frequency_hz": 2.2e9},
    "relay_geometry": {"kind": "relay_geometry", "at": _EPOCH},
    "rotating_frame": {"kind": "rotating_frame", "start": _EPOCH, "days": 0.2},
    "scene": {"kind": "scene", "start": _EPOCH, "days": 0.2, "elevation_deg": 22.0, "azimuth_deg": -60.0},
    "timeline": {"kind": "timeline", "start": _EPOCH, "days": 0.2,
                 "marks": [{"at": "2026-03-01T01:00:00Z", "text": "here"}]},
}  # fmt: skip

NUMBERS = (
    "5e-324", "1e-120", "-1e-120", "1e120", "-1e120", "1e200", "-1e200", "1.7976931348623157e308", "1e999", "-1e999",
    "inf", "nan", "0.0", "-0.0", "-1.0", "9223372036854775807", "-9223372036854775808", "true", '"1"', '"1+2j"', "[]",
    "[1e200]", "{}", "2026-03-01T00:00:00Z",
)  # fmt: skip
"""As a file writes them."""
TIMES = (
    '"0001-01-01T00:00:00Z"', '"0000-01-01T00:00:00Z"', '"9999-12-31T23:59:59Z"', '"1582-10-10T00:00:00Z"',
    '"1677-09-21T00:12:43Z"', '"2262-04-12T00:00:00Z"', '"2603-01-01T00:00:00Z"', '"2026-02-30T00:00:00Z"',
    '"2026-03-01T00:00:00+25:00"', '"0001-01-01T00:00:00+14:00"', '"9999-12-31T23:59:59-14:00"', "0001-01-01",
    "1e200", "inf", "nan", "0", "true", '""', "[]", "{}",
)  # fmt: skip


def scenarios() -> Iterator[tuple[str, dict[str, Any], tuple[Any, ...]]]:
    """Names, whole scenarios as tables, and the place in them where what the name says begins."""
    low = ORBITS["kepler"]
    yield "span", with_craft(low), ("start",)
    yield "span of days", with_craft(low), ("days",)
    site = {**BASE["sites"]["roof"], "position_sigma_m": 10.0, "horizon_sigma_deg": 0.1}
    for body in ("earth", "moon", "mars"):
        yield f"site on {body}", _with_site({**site, "body": body}), ("sites", "roof")
    air = {"refraction": "radio", "pressure_hpa": 1000.0, "temperature_c": 10.0, "relative_humidity": 0.5}
    yield "site with air", _with_site({**site, **air}), ("sites", "roof")
    rain = {"rain_rate_mm_h": 25.0, "rain_height_km": 3.0}
    yield "site with rain", _with_site({**site, **rain}), ("sites", "roof")
    way = [{"time": "2026-02-28T00:00:00Z", "latitude_deg": 50.0, "longitude_deg": 3.0, "height_m": 10.0},
           {"time": "2026-03-02T00:00:00Z", "latitude_deg": 51.0, "longitude_deg": 2.0, "height_m": 10.0}]  # fmt: skip
    yield "site that moves", _with_site({"waypoints": way}), ("sites", "roof")
    profiled = {**site, "horizon_deg": [[0.0, 10.0], [90.0, 5.0], [180.0, 8.0]]}
    yield "horizon", _with_site(profiled), ("sites", "roof", "horizon_deg")
    for name, orbit in ORBITS.items():
        yield f"orbit {name}", with_craft(orbit), ("spacecraft", "craft", "orbit")
    for name, sigma in SIGMAS.items():
        yield f"sigma {name}", with_craft(low, sigma=sigma), ("spacecraft", "craft", "sigma")
    drag = {"radial_km": 1.0, "along_km": 1.0, "drag": 0.5}
    yield "sigma drag", with_craft(ORBITS["tle"], sigma=drag), ("spacecraft", "craft", "sigma")
    for name, limit in LIMITS.items():
        if not LIMIT_KINDS.classes[name].on_spacecraft:
            limited = {"sites": {"roof": {**BASE["sites"]["roof"], "limits": [limit]}}}
            yield f"limit {name}", {**with_craft(low), **limited}, ("sites", "roof", "limits")
        else:
            yield f"limit {name}", with_craft(low, limits=[limit]), ("spacecraft", "craft", "limits")
    for name, product in PRODUCTS.items():
        whole = with_craft(low, magnitude=3.0)
        if product["kind"] in ("budget", "margin"):
            whole = {**with_craft(low, radio="omni"), **_RADIO}
        yield f"product {name}", {**whole, "products": [product]}, ("products",)
    yield "magnitude", with_craft(low, magnitude=3.0), ("spacecraft", "craft", "magnitude")
    rules = {"min_duration_s": 60.0, "max_duration_s": 3600.0, "join_gap_s": 10.0, "setup_s": 60.0, "teardown_s": 60.0,
             "trim_s": 1.0, "trim_sigma": 1.0, "cable_min_deg": -270.0,
             "cable_max_deg": 270.0, "unwrap_s": 60.0}  # fmt: skip
    yield "rules for passes", {**with_craft(low), "passes": rules}, ("passes",)
    for name, begin in (("radios", ("radios",)), ("links", ("links",))):
        yield name, {**with_craft(low, radio="omni"), **_RADIO}, begin
    for begin in (("data",), ("links",), ("products",), ("spacecraft", "craft", "recorder")):
        yield f"data, {begin[-1]}", {**with_craft(low, recorder={"size_bits": 1e9}), **_DATA}, begin
    for begin in (("antennas",), ("crews",), ("missions",), ("requests",), ("products",)):
        yield f"tracking, {begin[-1]}", {**with_craft(low), **_TRACKING}, begin
    sweep = {"samples": 2, "seed": 1, "set": {"sites.roof.horizon_deg": [5.0, 10.0]}}
    yield "sweep", {**with_craft(low), "sweep": sweep}, ("sweep",)


def with_craft(orbit: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The base with a spacecraft and a route to it."""
    return {**BASE, "spacecraft": {"craft": {"orbit": orbit, **more}}, "routes": {"down": ["craft", "roof"]}}


def _with_site(site: dict[str, Any]) -> dict[str, Any]:
    """The base with another site, and a route from it."""
    return {**BASE, "sites": {"roof": site}, "routes": {"up": ["roof", "sun"]}}


def places(data: Any, begin: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], bool]]:
    """Where in tables numbers and times stand, from a place on, and whether it is a time."""
    value = data
    for key in begin:
        value = value[key]
    if isinstance(value, (dict, list)):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from places(data, (*begin, key))
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield begin, False
    elif isinstance(value, str) and value[:3] == "202":
        yield begin, True


def text(data: dict[str, Any], place: tuple[Any, ...] = (), value: str = "") -> str:
    """A scenario file of tables, with another value (as a file writes it) at one place."""
    mark = "\0here\0"
    if place:
        holder = data = copy.deepcopy(data)
        for key in place[:-1]:
            holder = holder[key]
        holder[place[-1]] = mark
    return "\n".join(f"{key} = {_inline(each)}" for key, each in data.items()).replace(_inline(mark), value) + "\n"


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_inline(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return json.dumps(value)


CLAIMS: dict[str, dict[str, Any]] = {
    "visible": {"kind": "visible", "of": ["craft", "roof"], "start": "2026-03-01T01:00:00Z",
                "end": "2026-03-01T05:00:00Z"},
    "never_visible": {"kind": "never_visible", "of": ["craft", "roof"], "at": "2026-03-01T01:00:00Z"},
    "visible_for": {"kind": "visible_for", "of": ["craft", "roof"], "at_least_s": 60.0},
    "visible_within": {"kind": "visible_within", "of": ["craft", "roof"], "event": "2026-03-01T01:00:00Z",
                       "earliest_s": 0.0, "latest_s": 6000.0},
    "bounds": {"kind": "bounds", "of": ["craft", "roof"], "quantity": "range_km", "least": 100.0, "most": 1e5,
               "at": "2026-03-01T01:00:00Z"},
    "time_fraction": {"kind": "time_fraction", "of": ["craft", "roof"], "least_percent": 1.0, "most_percent": 50.0},
    "surface_fraction": {"kind": "surface_fraction", "sees": "earth", "least_percent": 1.0, "most_percent": 50.0,
                         "step_s": 21600.0},
    "inside_crater": {"kind": "inside_crater", "site": "rim", "crater": "x", "latitude_deg": -45.0,
                      "longitude_deg": 177.0, "diameter_km": 180.0, "rim_within_km": 5.0},
    "local_date": {"kind": "local_date", "utc": "2026-03-01T01:00:00Z", "within_s": 1.0, "zone": "Asia/Shanghai",
                   "date": "2026-03-01", "time": "09:00", "time_within_s": 60.0},
}  # fmt: skip
"""Tests of claims about the scenario below, with every number and time that they may have."""


def claimed() -> Iterator[tuple[str, dict[str, Any], tuple[Any, ...]]]:
    """Claim files as tables, each about `scenario.toml`, and the place in them where the test begins."""
    for name, test in CLAIMS.items():
        claim = {"id": "a", "says": "It is so.", "scenario": "scenario.toml", "tests": [test]}
        yield name, {"title": "x", "claims": [claim]}, ("claims", 0, "tests", 0)


def of_claims() -> dict[str, Any]:
    """The scenario that they are about."""
    rim = {"body": "moon", "latitude_deg": -45.4, "longitude_deg": 177.5}
    low = with_craft(ORBITS["kepler"])
    return {**low, "days": 0.25, "sites": {**BASE["sites"], "rim": rim}}
