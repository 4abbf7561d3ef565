"""What messages say: no number that is none, no cure that was given, no list without an end, nothing that commands."""

import numpy as np
import pytest

import sim
from sim.core.errors import CoverageError, DataError, ScenarioError, SimError
from sim.core.text import nearest, some
from sim.scenario.cost import Cost, estimate, rounded
from sim.simulation import claims
from sim.trajectories.orbits.formats import omm

MANY = 60_000


@pytest.mark.parametrize("days", ["1e308", "1.7976931348623157e308", "1e60", "nan", "inf"])
def test_an_estimate_is_never_of_nan_points(days, desk):
    """A span of 1e308 days needed "more than any points, more than any MB and nan s"."""
    ended = desk.changed("days = 1", f"days = {days}")
    ended.refuses("days")
    told = ended.told.replace(f"got {days}", "")
    assert "nan" not in told.replace("scenario", "") and "more than any" not in told


def test_estimates_of_all_numbers_are_numbers():
    text = {"semi_major_axis_km": 5e-324, "eccentricity": 1e300, "kind": "kepler", "center": "earth"}
    crafts = {"a": {"orbit": text}, "b": {"orbit": {"position_km": [1e200, -1e200, 5e-324]}}}
    products = [{"kind": "coverage", "step_deg": 1e200, "assets": ["a"]}]
    tables = {"spacecraft": crafts, "routes": {"r": ["a", "b"]}, "products": products}
    for seconds in (1e-300, 1.0, 1e60):
        cost = estimate(tables, seconds)
        assert not np.isnan([cost.points, cost.megabytes, cost.seconds]).any()
    assert rounded(1e9) == "1.0e+09" and Cost().too_much is False


def test_a_word_is_no_cure_for_itself():
    """`unknown key. Did you mean 'include'?` was said of include."""
    assert nearest("include", ["include"]) == "" and "'includes'" in nearest("include", ["include", "includes"])
    with pytest.raises((ScenarioError, SimError)) as caught:
        sim.sweep("tests/stories/data/sweep.toml", {"include": ["a", "b"]}, "never")
    assert "Did you mean 'include'" not in str(caught.value)


def test_an_include_below_the_top_is_told_as_such(desk, good):
    ended = desk.check(good.replace("[sites.kourou]", '[sites.kourou]\ninclude = ["seeds:stations/estrack"]'))
    ended.refuses("include", "unknown key")
    assert "Did you mean 'include'" not in ended.err


@pytest.mark.parametrize(
    "field, text",
    [("says", 'says = "The \\u001b[31m Moon"'), ("id", 'id = "a\\u0007"'), ("source", 'source = "\\u202eMoon"'),
     ("scenario", 'scenario = "\\u001b[2J"'), ("zone", 'zone = "\\u009bAsia"'), ("crater", 'crater = "\\u0000"')],
)  # fmt: skip
def test_control_characters_in_a_claim_are_refused(tmp_path, field, text):
    lines = {
        "id": 'id = "a"', "says": 'says = "The Moon."', "test": "[[claims.tests]]", "kind": 'kind = "local_date"',
        "zone": 'zone = "UTC"', "date": 'date = "2020"', "utc": "utc = 2020-06-01T00:00:00Z",
    }  # fmt: skip
    if field == "crater":
        lines |= {"kind": 'kind = "inside_crater"'}
        for key in ("zone", "date", "utc"):
            lines.pop(key)
        lines |= {"place": 'site = "a"\nlatitude_deg = 0\nlongitude_deg = 0\ndiameter_km = 10'}
    if field in ("source", "scenario"):
        lines = {**dict(list(lines.items())[:2]), field: "", **dict(list(lines.items())[2:])}
    lines[field] = text
    file = tmp_path / "claims.toml"
    file.write_text('title = "x"\n[[claims]]\n' + "\n".join(lines.values()) + "\n")
    with pytest.raises(ScenarioError) as caught:
        claims.load(file)
    assert f"claims[0]{'.tests[0]' if field in ('zone', 'crater') else ''}.{field}" in str(caught.value)
    assert not any(letter < " " and letter != "\n" for letter in str(caught.value))


def test_a_list_of_names_ends():
    assert (some([]), some("ab")) == ("none", "a, b")
    assert some(range(13)) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 1 more"
    assert len(some(f"craft-{i}" for i in range(MANY))) < 200


def test_no_message_has_60_000_names(tmp_path):
    low = {"center": "earth", "epoch": 0.0, "semi_major_axis_km": 7000.0, "eccentricity": 0.0, "inclination_deg": 50.0}
    orbit = sim.Kepler(**low)
    crafts = {f"c{i}": sim.Spacecraft(name=f"c{i}", orbit=orbit) for i in range(3000)}
    scenario = sim.Scenario(start=0.0, days=0.1, spacecraft=crafts)
    for ask in (
        lambda: sim.export(scenario, "x", "oem", tmp_path / "a.oem"),
        lambda: scenario.path(["x"]),
        lambda: scenario.path([f"c{i}" for i in range(3000)]),
        lambda: scenario.site("x"),
        lambda: sim.Scenario(start=0.0, days=0.1, spacecraft={f"d{i}": crafts[f"c{i}"] for i in range(3000)}),
    ):
        with pytest.raises((SimError, ValueError)) as caught:
            ask()
        assert len(str(caught.value)) < 2500, str(caught.value)[:300]


def test_an_orbit_that_sgp4_has_no_place_for_is_not_at_nan_km():
    said = {
        "EPOCH": "2025-09-01T04:49:39", "MEAN_MOTION": "15.5", "ECCENTRICITY": "1", "INCLINATION": "51.6",
        "RA_OF_ASC_NODE": "290.3", "ARG_OF_PERICENTER": "300.8", "MEAN_ANOMALY": "59.2", "NORAD_CAT_ID": "25544",
        "BSTAR": "0",
    }  # fmt: skip
    with pytest.raises(DataError, match="ECCENTRICITY is '1': expected a number from 0 to 1 but not 1"):
        omm.element_set("a file", "set 1", said)
    for eccentricity in ("0.9999999", "0.99"):
        with pytest.raises(DataError, match=r"is inside the earth|SGP4 refuses"):
            omm.element_set("a file", "set 1", said | {"ECCENTRICITY": eccentricity})
    for drag in ("10", "-10", "9.99"):
        craft = sim.Spacecraft(name="a", orbit=sim.Tle(omm=said | {"ECCENTRICITY": "0.001", "BSTAR": drag}))
        try:
            craft.over(sim.Span("2025-09-01T00:00:00Z", days=5))
        except (CoverageError, SimError) as error:
            assert "nan" not in str(error)


@pytest.mark.parametrize(
    "date, utc, zone, verdict",
    [("0001-01-01", "0001-01-01T12:00:00Z", "UTC", "consistent"),
     ("0001-01-01", "0001-01-01T00:00:00Z", "Asia/Shanghai", "consistent"),
     ("0001", "0001-01-01T00:00:00Z", "America/New_York", "untested"),
     ("2020", "0000-06-01T00:00:00Z", "UTC", "untested"),
     ("9999-12-31", "9999-12-31T12:00:00Z", "UTC", "consistent"),
     ("9999-12", "9999-12-31T12:00:00Z", "UTC", "consistent"),
     ("9999", "9999-12-31T23:00:00Z", "Asia/Shanghai", "untested")],
)  # fmt: skip
def test_dates_at_the_ends_of_the_calendar(tmp_path, desk, date, utc, zone, verdict):
    """`datetime` has the years 1 to 9999; what lies outside of them on a place's clocks has no date there."""
    desk.write(
        f'title = "x"\n[[claims]]\nid = "a"\nsays = "s"\n[[claims.tests]]\nkind = "local_date"\n'
        f'utc = "{utc}"\nzone = "{zone}"\ndate = "{date}"\n'
    )
    ended = desk.sim("claims", desk.file)
    assert verdict in ended.out and "Traceback" not in ended.err
