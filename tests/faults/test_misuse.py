# ruff: noqa: E501  (tables read by their lines)
"""What a program gives wrongly is refused at once, with the rule in the message: `TypeError` or `ValueError`.

Every argument of every public function, and of the methods that a user calls, is given everything that it does not take.
"""

from __future__ import annotations

import inspect
import typing
from pathlib import Path

import numpy as np
import pytest

import sim

DAY = sim.Span("2019-01-03T00:00:00Z", days=1.0)
KEPLER = {"kind": "kepler", "center": "moon", "epoch": "2019-01-03T00:00:00Z", "semi_major_axis_km": 2000.0,
          "eccentricity": 0.1, "inclination_deg": 80.0}  # fmt: skip
SITE = sim.Site(name="kourou", latitude_deg=5.25, longitude_deg=-52.8)
CRAFT = sim.Spacecraft(name="lro", orbit=KEPLER)
LRO = CRAFT.over(DAY)
elevation = sim.elevation_deg(SITE, LRO)
CONDITION = elevation > 5.0
WINDOWS = CONDITION.windows(DAY)
SCENARIO = sim.Scenario.model_validate({
    "start": "2019-01-03T00:00:00Z", "days": 0.1, "sites": {"kourou": SITE}, "spacecraft": {"lro": CRAFT},
    "routes": {"down": ["lro", "kourou"]},
})  # fmt: skip
RESULT = sim.run(SCENARIO)
ENDS = {"lro": LRO, "kourou": SITE}


def nothing(*args: object) -> None:
    """A function, for progress."""


VALUES = {
    "none": None, "text": "kourou", "number": 5, "real": 2.5, "nan": float("nan"), "true": True, "list": [1],
    "array": np.zeros(3), "table": {}, "object": object(), "craft": CRAFT, "lro": LRO, "site": SITE, "moon": sim.MOON,
    "sun": sim.SUN, "span": DAY, "windows": WINDOWS, "condition": CONDITION, "scalar": elevation, "scenario": SCENARIO,
    "result": RESULT, "class": sim.Site, "bytes": b"x", "path": Path("nowhere"), "function": nothing,
}  # fmt: skip
"""Something of every kind that a program may have at hand."""

CALLED = {"scalar", "class", "function"}
"""What can be called."""

GOOD = {
    "along": {"route": ["lro", "kourou"], "ends": ENDS, "windows": {("lro", "kourou"): WINDOWS}, "light": True},
    "altitude_km": {"target": LRO},
    "azimuth_deg": {"site": SITE, "target": LRO, "light": True},
    "clearance_km": {"observer": SITE, "target": LRO, "occulter": sim.MOON, "light": True},
    "crosscheck": {"scenario": SCENARIO, "hops": (), "days": None, "engines": (), "tolerance_s": 0.1, "progress": nothing},
    "delivery": {"result": RESULT, "data": None, "confidence": 0.95},
    "edge_spread": {"craft": CRAFT, "condition": nothing, "span": DAY, "samples": 2, "seed": 0},
    "elevation_deg": {"site": SITE, "target": LRO, "light": True},
    "export": {"scenario": SCENARIO, "name": "lro", "format": "oem", "file": "x.oem", "target": None, "spk_type": None,
               "progress": nothing},
    "ground_track": {"target": LRO, "when": 0.0, "under": ""},
    "hop": {"transmitter": LRO, "receiver": SITE, "light": True},
    "light_time_s": {"observer": SITE, "target": LRO},
    "link_budget": {"scenario": SCENARIO, "link": "down", "at": DAY.start, "transmitter": None, "receiver": None},
    "load": {"path": "x.toml", "allow_paths": True},
    "overlap": {"sets": [WINDOWS], "at_least": 1},
    "penumbra_deg": {"target": LRO, "occulter": sim.MOON},
    "range_km": {"observer": SITE, "target": LRO, "light": True},
    "range_rate_km_s": {"observer": SITE, "target": LRO, "light": True},
    "run": {"scenario": SCENARIO, "progress": nothing},
    "seeds": {"names": "sites/moon"},
    "states": {"target": LRO, "when": 0.0, "frame": "icrf", "center": "earth"},
    "sun_elevation_deg": {"site": SITE, "light": True},
    "sun_separation_deg": {"observer": SITE, "target": LRO, "light": True},
    "sunlit": {"target": LRO},
    "sweep": {"scenario": SCENARIO, "vary": {"days": [0.1]}, "folder": "out", "samples": None, "seed": None,
              "method": None, "draw": None, "jobs": 1, "scheduler": None, "resume": False, "allow_paths": False,
              "answers": None, "shift": None,
              "tell": nothing},
    "tdb": {"when": 0.0},
    "umbra_deg": {"target": LRO, "occulter": sim.MOON},
    "utc": {"t": 0.0, "digits": 3},
    "verify": {"folder": "out", "file": None, "allow_paths": False, "tolerance_s": 0.1, "progress": nothing},
    "why": {"scenario": SCENARIO, "of": ["down"], "when": DAY.start, "progress": nothing},
    "write": {"scenario": SCENARIO, "result": RESULT, "folder": "out", "progress": nothing},
}  # fmt: skip
"""Every public function with arguments that it takes."""

MOVED, NUMBERS, PATHS = {"lro", "site", "moon", "sun"}, {"number", "real", "nan"}, {"text", "path"}
TAKES = {
    "route": set(), "ends": {"table"}, "windows": {"windows", "table"}, "light": {"true"}, "target": MOVED, "site": {"site"},
    "observer": MOVED, "occulter": {"none", "moon", "sun"}, "scenario": {"scenario"}, "hops": set(), "engines": set(),
    "days": {"none", *NUMBERS}, "tolerance_s": NUMBERS, "progress": CALLED, "craft": {"craft"}, "condition": CALLED,
    "span": {"span"}, "samples": {"number"}, "seed": {"number"}, "name": {"text"}, "format": {"text"}, "file": PATHS,
    "transmitter": MOVED, "receiver": MOVED, "path": PATHS, "allow_paths": {"true"}, "sets": set(), "at_least": {"number"},
    "under": {"text"}, "frame": {"text"}, "center": {"text"}, "names": {"text"}, "when": {"number", "real", "list", "array"}, "t": {"number", "real", "list", "array"},
    "folder": PATHS, "of": set(), "result": {"result"}, "digits": {"number"},
}  # fmt: skip
"""What a parameter of a name takes of these values, by itself; other rules may refuse it."""
OF = {
    ("delivery", "data"): {"none"}, ("delivery", "confidence"): NUMBERS,
    ("link_budget", "link"): {"text"}, ("link_budget", "at"): set(VALUES),  # a SimError
    ("link_budget", "transmitter"): {"none", "text"}, ("link_budget", "receiver"): {"none", "text"},
    ("export", "target"): {"none", "number"}, ("export", "spk_type"): {"none", "number"}, ("sweep", "vary"): {"none", "table"},
    ("run", "scenario"): {"scenario", *PATHS},
    ("sweep", "scenario"): {"scenario", *PATHS}, ("sweep", "samples"): {"none", "number"}, ("sweep", "seed"): {"none", "number"},
    ("sweep", "method"): {"none", "text"}, ("sweep", "draw"): {"none", "text"}, ("sweep", "jobs"): {"number"},
    ("sweep", "scheduler"): {"none", "text"}, ("sweep", "resume"): {"true"}, ("sweep", "tell"): CALLED,
    ("sweep", "answers"): {"none", "list"}, ("sweep", "shift"): {"none", "table"},
    ("verify", "file"): {"none", *PATHS}, ("why", "when"): set(VALUES),  # a SimError
    ("clearance_km", "occulter"): {"none", "moon", "sun"},
}  # fmt: skip
ARGUMENTS = [(function, name) for function, good in GOOD.items() for name in good]


def public(kind: typing.Callable[[object], bool]) -> set[str]:
    return {name for name in sim.__all__ if name != "plot" and kind(getattr(sim, name))}


def test_every_public_function_is_asked_and_each_of_its_arguments():
    assert public(inspect.isfunction) == set(GOOD)
    for function, good in GOOD.items():
        assert set(inspect.signature(getattr(sim, function)).parameters) == set(good), function


@pytest.mark.parametrize(("function", "name"), ARGUMENTS)
def test_an_argument_of_another_kind_is_refused_at_once_with_the_rule(function, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    good, begun = dict(GOOD[function]), []
    for kind, value in VALUES.items():
        if kind in OF.get((function, name), TAKES.get(name, set())):
            continue
        given = {**good, name: value}
        if "progress" in given and name != "progress":
            given["progress"] = lambda *told: begun.append(told)
        with pytest.raises((TypeError, ValueError), match=r"expected|needs") as raised:
            if function == "seeds":
                sim.seeds(value)
            else:
                getattr(sim, function)(**given)
        assert not isinstance(raised.value, sim.core.errors.SimError)
        assert "object has no attribute" not in str(raised.value) and len(str(raised.value)) < 500
    assert not begun and not list(tmp_path.iterdir())


WHENS, SPANS = {"number", "real", "list", "array"}, {"span"}
METHODS = {
    "span start": (lambda x: sim.Span(x, days=1.0), {"number", "real"}),
    "span end": (lambda x: sim.Span(0.0, x), {"number", "real"}),
    "span days": (lambda x: sim.Span(0.0, days=x), {"number", "real"}),
    "span padded": (DAY.padded, {"number", "real"}),
    "span grid": (DAY.grid, {"number", "real"}),
    "windows": (CONDITION.windows, SPANS),
    "windows in": (CONDITION.windows_in, {"windows"}),
    "holds": (CONDITION.holds, WHENS),
    "blockers": (CONDITION.blockers, {"number", "real"}),
    "why when": (lambda x: CONDITION.why(x, DAY), {"number", "real"}),
    "why span": (lambda x: CONDITION.why(DAY.start, x), SPANS),
    "and": (lambda x: CONDITION & x, {"condition"}),
    "or": (lambda x: CONDITION | x, {"condition"}),
    "and before": (lambda x: x & CONDITION, {"condition"}),
    "or before": (lambda x: x | CONDITION, {"condition"}),
    "above": (lambda x: elevation > x, {"number", "real", "scalar"}),
    "below": (lambda x: elevation < x, {"number", "real", "scalar"}),
    "values": (elevation, WHENS),
    "extremes": (elevation.extremes, {"span", "windows"}),
    "windows and": (lambda x: WINDOWS & x, {"windows"}),
    "windows or": (lambda x: WINDOWS | x, {"windows"}),
    "windows less": (lambda x: WINDOWS - x, {"windows"}),
    "windows and before": (lambda x: x & WINDOWS, {"windows"}),
    "windows or before": (lambda x: x | WINDOWS, {"windows"}),
    "windows within": (WINDOWS.within, SPANS),
    "windows shifted": (WINDOWS.shifted, CALLED),
    "windows at least": (WINDOWS.at_least, {"number", "real"}),
    "windows match": (lambda x: WINDOWS.matches(x, 1.0), {"windows"}),
    "windows match to": (lambda x: WINDOWS.matches(WINDOWS, x), {"number", "real"}),
    "windows hold": (WINDOWS.holds, WHENS),
    "windows contain": (lambda x: x in WINDOWS, {"number", "real"}),
    "windows of": (lambda x: sim.Windows.of(x, DAY), set()),
    "windows of span": (lambda x: sim.Windows.of([], x), SPANS),
    "windows of certificate": (lambda x: sim.Windows.of([], DAY, x), {"none"}),
    "windows whole": (sim.Windows.whole, SPANS),
    "windows none": (sim.Windows.none, SPANS),
    "windows made": (lambda x: sim.Windows(x, DAY), set()),
    "windows made span": (lambda x: sim.Windows([], x), SPANS),
    "windows made certificate": (lambda x: sim.Windows([], DAY, x), set()),
    "craft over": (CRAFT.over, SPANS),
    "craft over light": (lambda x: CRAFT.over(DAY, x), {"true"}),
    "site over": (SITE.over, SPANS),
    "moon over": (sim.MOON.over, SPANS),
    "moved over": (LRO.over, SPANS),
    "position": (LRO.position, WHENS),
    "site position": (SITE.position, WHENS),
    "body position": (sim.MOON.position, WHENS),
    "copy": (lambda x: SITE.model_copy(update=x), {"none", "table"}),
    "result edges": (RESULT.edges, {"text"}),
    "result uncertainty": (RESULT.uncertainty, {"text"}),
    "result near misses": (RESULT.near_misses, set()),
    "result basis": (RESULT.basis, {"text"}),
    "result night": (RESULT.night, {"text"}),
    "result shadow": (RESULT.shadow, {"text"}),
    "result hidden": (RESULT.hidden, set()),
    "scenario end": (lambda x: SCENARIO[x], {"text"}),
    "scenario path": (SCENARIO.path, set()),
    "scenario site": (SCENARIO.site, {"text"}),
    "scalar function": (lambda x: sim.Scalar(x, "n", "km", 1.0), CALLED),
    "scalar name": (lambda x: sim.Scalar(nothing, x, "km", 1.0), {"text"}),
    "scalar unit": (lambda x: sim.Scalar(nothing, "n", x, 1.0), {"text"}),
    "scalar resolution": (lambda x: sim.Scalar(nothing, "n", "km", x), {"number", "real"}),
    "scalar pace": (lambda x: sim.Scalar(nothing, "n", "km", 1.0, x), {"number", "real"}),
    "scalar breaks": (lambda x: sim.Scalar(nothing, "n", "km", 1.0, 1.0, x), CALLED),
    "wrapping period": (lambda x: sim.Wrapping(nothing, "n", "deg", 1.0, period=x), {"number", "real"}),
    "wrapping lowest": (lambda x: sim.Wrapping(nothing, "n", "deg", 1.0, lowest=x), {"number", "real"}),
    "wrapping after": (lambda x: sim.Wrapping(nothing, "n", "deg", 1.0, after=x), {"none", *CALLED}),
    "site latitude": (lambda x: sim.Site(name="a", latitude_deg=x, longitude_deg=0.0), {"number", "real"}),
    "site limits": (lambda x: sim.Site(name="a", latitude_deg=0.0, longitude_deg=0.0, limits=x), set()),
    "craft orbit": (lambda x: sim.Spacecraft(name="a", orbit=x), set()),
    "scenario sites": (lambda x: sim.Scenario(start=0.0, days=1.0, sites=x), set()),
    "scenario start": (lambda x: sim.Scenario(start=x, days=1.0, sites={"kourou": SITE}), {"number", "real"}),
}


@pytest.mark.parametrize("method", METHODS)
def test_a_method_refuses_what_is_of_another_kind_at_once_with_the_rule(method):
    call, takes = METHODS[method]
    for kind, value in VALUES.items():
        if kind in takes:
            continue
        with pytest.raises((TypeError, ValueError)) as raised:
            call(value)
        told = str(raised.value)
        assert any(word in told for word in ("expected", "Input should be", "needs", "neither true nor false",
                                             "not true or false", "Unable to extract")), (kind, told)  # fmt: skip
        assert "has no attribute" not in told, (kind, told)


RULES = [
    (lambda: sim.hop(CRAFT, SITE), TypeError, r"lro\.over\(span\)"),
    (lambda: sim.elevation_deg(CRAFT, SITE), TypeError, r"lro\.over\(span\)"),
    (lambda: sim.elevation_deg(LRO, SITE), TypeError, "Give the site first"),
    (lambda: sim.azimuth_deg(sim.MOON, SITE), TypeError, "Give the site first"),
    (lambda: sim.sun_elevation_deg(LRO), TypeError, "expected a site"),
    (lambda: CONDITION.windows("2019-01-03"), TypeError, "expected a span, such as"),
    (lambda: CONDITION & None, TypeError, "expected a condition"),
    (lambda: CONDITION & WINDOWS, TypeError, "expected a condition"),
    (lambda: WINDOWS & CONDITION, TypeError, r"condition\.windows\(span\)"),
    (lambda: sim.Condition(), TypeError, "by comparing a scalar"),
    (lambda: sim.overlap([WINDOWS], 0), ValueError, "1 or more, got 0"),
    (lambda: sim.overlap([WINDOWS], -1), ValueError, "1 or more, got -1"),
    (lambda: sim.overlap([], 1), ValueError, "at least one set"),
    (lambda: sim.sunlit(sim.MOON), TypeError, "penumbra_deg"),
    (lambda: sim.sunlit(sim.SUN), TypeError, "penumbra_deg"),
    (lambda: sim.penumbra_deg(sim.SUN), ValueError, "got the sun"),
    (lambda: sim.umbra_deg(LRO, sim.SUN), ValueError, "got the sun"),
    (lambda: sim.altitude_km(sim.MOON), TypeError, "above a body"),
    (lambda: sim.range_km(LRO, LRO), ValueError, "lro twice"),
    (lambda: sim.hop(SITE, SITE), ValueError, "two different ends"),
    (lambda: sim.clearance_km(sim.MOON, LRO, sim.MOON), ValueError, "one of them"),
    (lambda: sim.sun_separation_deg(sim.SUN, LRO), ValueError, "got the sun"),
    (lambda: sim.along(["lro"], ENDS, {}), ValueError, "two ends or more"),
    (lambda: sim.along(["lro", "kourou"], ENDS, {}), ValueError, "no windows of the hop"),
    (lambda: sim.along(["lro", "kouru"], ENDS, {("lro", "kouru"): WINDOWS}), ValueError, "no end is called 'kouru'"),
    (lambda: sim.utc(0.0, 10), ValueError, "digits: expected 0 to 9"),
    (lambda: sim.Scalar(nothing, "n", "km", 0.0), ValueError, "above 0"),
    (lambda: sim.Wrapping(nothing, "n", "deg", 1.0, period=0.0), ValueError, "above 0"),
    (lambda: SCENARIO.sites["kouru"], KeyError, "Did you mean 'kourou'"),
    (lambda: RESULT.routes["dwn"], KeyError, "Did you mean 'down'"),
    (lambda: sim.export(SCENARIO), TypeError, "missing 3 required"),
    (lambda: sim.hop(SITE), TypeError, "missing 1 required"),
]


@pytest.mark.parametrize(("call", "error", "words"), RULES)
def test_a_rule_is_told_in_words(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_a_spacecraft_with_gaps_has_no_horizon_but_one_that_lands_has():
    phases = [{"start": "2019-01-02T00:00:00Z", "end": "2019-01-03T12:00:00Z", "orbit": KEPLER}]
    flies = sim.Spacecraft.model_validate({"name": "probe", "orbit": {"kind": "phases", "phases": phases}}).over(DAY)
    with pytest.raises(TypeError, match="Give the site first"):
        sim.elevation_deg(flies, sim.SUN)
    landed = {"kind": "landed", "latitude_deg": 0.0, "longitude_deg": 0.0}
    phases.append({"start": "2019-01-03T12:00:00Z", "end": "2019-01-06T00:00:00Z", "orbit": landed})
    lands = sim.Spacecraft.model_validate({"name": "probe", "orbit": {"kind": "phases", "phases": phases}}).over(DAY)
    assert np.isfinite(sim.elevation_deg(lands, sim.SUN)(DAY.end))


def test_a_folder_may_be_text(tmp_path):
    sim.write(SCENARIO, RESULT, str(tmp_path / "out"))
    assert sim.verify(str(tmp_path / "out")).holds
