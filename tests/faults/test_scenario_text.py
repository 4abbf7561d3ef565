"""Faults 1 to 22: what is wrong with the text of a scenario, told with file, line and cure before anything is run."""

import time

import numpy as np
import pytest

import sim
from sim.core import toml_file
from sim.core.errors import ScenarioError, SimError
from sim.core.time import tdb, utc

START = "start = 2019-01-03T00:00:00Z"
KOUROU = "latitude_deg = 5.25\nlongitude_deg = -52.8"
HORIZON = "horizon_deg = 5"


def test_fault_01_an_empty_file_says_what_a_scenario_needs(desk):
    desk.check("").refuses(
        "scenario.toml", "missing key 'start'", "'days' or 'end'", "at least one site or spacecraft"
    )


def test_fault_02_marks_and_line_ends_of_windows_are_read_and_utf_16_is_not(desk, good):
    assert desk.check(b"\xef\xbb\xbf" + good.replace("\n", "\r\n").encode()).code == 0
    desk.check(good.encode("utf-16")).refuses("is UTF-16 text. Save it as UTF-8")


def test_fault_03_a_key_that_is_given_twice_is_told_with_its_line(desk, good):
    desk.check(good.replace("days = 1", "days = 1\ndays = 2")).refuses("line 4", "the key is defined twice")


def test_fault_04_an_unknown_key_names_the_one_that_was_meant(desk):
    desk.changed(HORIZON, "horizn_deg = 5").refuses("line 8", "unknown key. Did you mean 'horizon_deg'?")
    desk.changed(HORIZON, "min_elevtion = 5").refuses("line 8", "sites.kourou.min_elevtion", "unknown key")


@pytest.mark.parametrize("text", ["x = " + "[" * 20_000, "a." * 20_000 + "a = 1", "x = " + "{a=" * 20_000])
def test_fault_05_nesting_without_end_is_refused(desk, text):
    desk.check(text).refuses("nested deeper than 32 levels")


def test_fault_06_a_number_of_5000_digits_is_refused(desk):
    desk.changed("days = 1", "days = " + "1" * 5000).refuses("line 3", "digits")


_WORDS, _DIGITS = ".".join("x" * 40), "1" * 2000


@pytest.mark.parametrize("text", [
    f"# {_WORDS}", f"# {_DIGITS}", f"# it's {_WORDS}", f'title = "said: {_WORDS} {_DIGITS}"', f"title = '{_WORDS}'",
    f'title = """\n"a" {_WORDS}\n{_DIGITS}"""', f"title = \'\'\'\n{_WORDS} # \n{_DIGITS}\'\'\'", f'title = "{_DIGITS}"',
    f'title = """x"""" # {_WORDS}', f'title = "\\"{_WORDS}" # {_DIGITS}',
])  # fmt: skip
def test_texts_and_comments_may_hold_many_words_between_dots_and_many_digits(tmp_path, text):
    (file := tmp_path / "s.toml").write_text(f"{text}\nx = 1\n")
    assert toml_file.read(file).data["x"] == 1


_BEFORE = ('a = "#"\n', "a = \'\'\'\'\'\'\n", 'a = """ """"\n', 'a = "\\\\"\n', "a = '\\'\n", '# "\n', "")


@pytest.mark.parametrize("before", _BEFORE)
@pytest.mark.parametrize("text", [f"{_WORDS} = 1", f"y = {_DIGITS}", f'"a".{_WORDS} = 1', f"y = {{ {_WORDS} = 1 }}"])
def test_keys_and_numbers_may_not_whatever_stands_before_them(tmp_path, before, text):
    (file := tmp_path / "s.toml").write_text(before + text)
    with pytest.raises(ScenarioError, match=r"nested deeper|too many digits"):
        toml_file.read(file)


@pytest.mark.parametrize("text", ['"""' + '\\"""' * 250_000, "'" * 900_001, '\\"' * 400_000, '"\\' * 400_000])
def test_quotes_that_never_end_take_no_time(tmp_path, text):
    (file := tmp_path / "s.toml").write_text(text)
    begun = time.perf_counter()
    with pytest.raises(ScenarioError, match="TOML"):
        toml_file.read(file)
    assert time.perf_counter() - begun < 20.0  # by the square of the length it would be hours


def test_fault_07_a_file_of_100_megabytes_is_refused_before_it_is_read(desk):
    with desk.file.open("wb") as file:
        file.truncate(100_000_000)
    desk.sim("check", desk.file).refuses("is larger than 1024 KiB")


@pytest.mark.parametrize("value", ["nan", "-inf", "1e400"])
@pytest.mark.parametrize("key", ["latitude_deg = 5.25", "days = 1", "eccentricity = 0.01", "semi_major_axis_km = 7000"])
def test_fault_08_nan_and_infinity_are_refused_everywhere(desk, key, value):
    name = key.split(" = ")[0]
    desk.changed(key, f"{name} = {value}").refuses(name, "expected a")


@pytest.mark.parametrize("value", ["true", '"12.5"', "[12.5]"])
def test_fault_09_only_a_number_is_a_number(desk, value):
    desk.changed("latitude_deg = 5.25", f"latitude_deg = {value}").refuses("expected a number between -90 and 90, got")


@pytest.mark.parametrize(
    "old, new",
    [("5.25", "90.0001"), ("5.25", "-91"), ("-52.8", "540"), ("-52.8", "-180.5"), (HORIZON, "height_m = 5e8")],
)
def test_fault_10_invalid_latitudes_and_longitudes_are_refused(desk, old, new):
    desk.changed(old, new).refuses("expected a number between")


def test_fault_10_a_meridian_has_the_same_windows_by_either_name(desk):
    for one, other in (("-180", "180"), ("359.9", "-0.1")):
        assert desk.windows("-52.8", one) == desk.windows("-52.8", other) != []


def test_fault_11_swapped_coordinates_of_a_known_station_are_remarked_on(desk):
    ended = desk.changed("[sites.kourou]", "[sites.maspalomas]", "latitude_deg = 5.25", "latitude_deg = -15.63",
                         "-52.8", "27.76", '"kourou"', '"maspalomas"')  # fmt: skip
    assert ended.code == 0
    assert "note: sites.maspalomas is 6,725 km from maspalomas in the seed files" in ended.err
    assert "are latitude and longitude swapped?" in ended.err
    (model,) = desk.changed().err.splitlines()  # Kourou's own place, to 0.01 deg, is not remarked on
    assert model.startswith("note: spacecraft.craft: its model (two bodies, round ones) has an error of about ")


@pytest.mark.parametrize("end", ["2019-01-03T00:00:00Z", "2019-01-02T23:59:59Z"])
def test_fault_12_a_span_must_end_after_it_starts(desk, end):
    desk.changed("days = 1", f"end = {end}").refuses("line 3", "expected a time after the start")


def test_fault_12_a_span_of_nothing_is_refused(desk):
    desk.changed("days = 1", "days = 0").refuses("above 0, got 0")
    desk.changed("days = 1", "days = 1e-11").refuses("expected a span of at least 0.001 s")


@pytest.mark.parametrize(
    "old, new, place",
    [
        ("days = 1", "days = 3652425", "days"),
        ("days = 1", "days = 1e300", "days"),
        ("days = 1", "end = 9999-01-01T00:00:00Z", "end"),
        ("days = 1", 'days = 36000\n[[products]]\nkind = "coverage"\nassets = ["craft"]\nstep_deg = 0.25', "days"),
    ],
)
def test_fault_13_too_long_a_span_is_refused_before_any_work_with_the_estimate(desk, old, new, place):
    desk.changed(old, new).refuses(place, " evaluations, ", " of memory and ", " of processor time", "Choose a shorter")
    desk.sim("run", desk.file, "-o", desk.folder / "out").refuses("evaluations, ")
    assert not (desk.folder / "out").exists()


def test_fault_13_a_routes_many_ways_are_counted_before_they_are_walked(desk):
    names = [f"s{i}" for i in range(300)]
    sites = "".join(f"[sites.{name}]\nlatitude_deg = 0\nlongitude_deg = 0\n" for name in names)
    listed = ", ".join(f'"{name}"' for name in names)
    far = f'[routes]\nfar = ["moon", [{listed}], "craft", [{listed}], "mars", [{listed}], "sun", [{listed}]]\n'
    desk.changed("[routes]\n", sites + far).refuses("this scenario would take about", "fewer hops")


def test_fault_13_a_grid_of_10000_years_at_a_second_is_refused_to_a_notebook_too():
    span = sim.Span("2019-01-03T00:00:00Z", days=3_652_425)
    with pytest.raises(ValueError, match=r"3,652,425 days in steps of 1 s are 315,569,520,001 times; the limit is"):
        span.grid(1.0)
    kourou, moon = sim.Site(name="kourou", latitude_deg=5.25, longitude_deg=-52.8), sim.MOON
    with pytest.raises(SimError, match="covers"):
        (sim.elevation_deg(kourou, moon) > 5).windows(span)
    with pytest.raises(SimError, match=r"begin with 3.2e\+09 pieces of 100 s"):
        (sim.Scalar(np.sin, "wave", "", 1e-9, pace_s=100.0) > 0).windows(span)


@pytest.mark.parametrize("text", ["2019-01-03T08:00:00+08:00", '"2019-003T00:00:00z"', '"2019-01-02T24:00:00Z"'])
def test_fault_14_the_same_instant_is_the_same_however_it_is_written(desk, text):
    ended = desk.changed(START, f"start = {text}")
    assert ended.code == 0
    assert "2019-01-03T00:00:00Z to 2019-01-04T00:00:00Z" in ended.out  # what it was taken for


def test_fault_14_a_time_without_a_zone_is_refused(desk):
    desk.changed(START, START[:-1]).refuses("line 2", "no time zone. Write 2019-01-03T00:00:00Z")


def test_fault_14_the_60th_second_is_one_only_where_a_leap_second_was(desk):
    assert desk.changed(START, 'start = "2016-12-31T23:59:60Z"').code == 0
    desk.changed(START, 'start = "2023-12-31T23:59:60Z"').refuses("no leap second was inserted then")
    desk.changed(START, 'start = "2016-12-31T12:00:60Z"').refuses("not a time")


@pytest.mark.parametrize(
    "text", ["2019-02-30T00:00:00Z", "2019-13-01T00:00:00Z", '"2019-02-30T00:00:00Z"', '"2019-366T00:00:00Z"']
)
def test_fault_15_days_and_months_that_do_not_exist_are_refused(desk, text):
    desk.changed(START, f"start = {text}").refuses("line 2")


@pytest.mark.parametrize(
    "mask, words",
    [
        ("[[0, 5], [90, 91]]", "expected an elevation from -90 to 90 deg, got 91"),
        ("[[0, 5], [0, 6]]", "at least two azimuths"),
        ("[[0, 5], [360, 6]]", "0 and 360 deg are the same"),
        ("[[10, 5]]", "a list of pairs of numbers (2 to 100,000)"),
        ("[[-1, 5], [90, 5]]", "expected an azimuth from 0 to 360"),
        ("[]", "a list of pairs of numbers (2 to 100,000)"),
    ],
)
def test_fault_16_invalid_elevation_masks_are_refused(desk, mask, words):
    desk.changed(HORIZON, f"horizon_deg = {mask}").refuses("sites.kourou.horizon_deg", words)


def test_fault_16_a_mask_is_sorted_closed_at_360_and_linear_between_its_corners(desk):
    plain = desk.windows()
    for mask in ("[[0, 5], [180, 5]]", "[[180, 5], [0, 5]]", "[[360, 5], [0, 5], [10, 5]]", "[[350, 5], [340, 5]]"):
        assert desk.windows(HORIZON, f"horizon_deg = {mask}") == plain
    slope = sim.Site(name="s", latitude_deg=0, longitude_deg=0, horizon_deg=[[350, 10], [10, 20]])
    assert [slope.horizon(np.deg2rad(a)) for a in (350, 0, 10)] == pytest.approx(np.deg2rad([10, 15, 20]), abs=1e-12)


def test_fault_17_masks_at_their_bounds_have_their_meaning(desk):
    assert desk.windows(HORIZON, "horizon_deg = 90") == []
    assert len(desk.windows(HORIZON, "horizon_deg = -5")) >= len(desk.windows())
    desk.changed(HORIZON, "horizon_deg = 90.1").refuses("between -90 and 90")


def test_fault_17_the_least_duration_of_a_window_is_no_key_but_a_question_to_windows():
    windows = sim.Windows.of([[0.0, 5.0], [10.0, 40.0]], sim.Span(0.0, 100.0))
    assert windows.at_least(200.0).total_s == 0.0  # longer than the span: none
    assert len(windows.at_least(10.0)) == 1
    with pytest.raises(ValueError, match="0"):
        windows.at_least(-1.0)


@pytest.mark.parametrize("name", ["a/b", "a\\u000Ab", "\\u202Egnp", "a\\u0000b", "x" * 10_000, "", "..", "-rf"])
def test_fault_18_names_are_letters_digits_and_little_else(desk, name):
    desk.changed("[sites.kourou]", f'[sites."{name}"]\nlatitude_deg = 1\nlongitude_deg = 1\n[sites.kourou]').refuses(
        "expected a name"
    )


def test_fault_18_two_of_one_name_are_refused(desk):
    desk.changed("[spacecraft.craft.orbit]", "[spacecraft.kourou.orbit]", '["craft"', '["kourou"').refuses(
        "a site is also called 'kourou'"
    )
    desk.changed("[routes]", "[sites.kourou]\nlatitude_deg = 1\n[routes]").refuses("line ")


@pytest.mark.parametrize(
    "route, words",
    [
        ('["craft", "korou"]', "Did you mean 'kourou'?"),
        ('["craft", "craft"]', "two different ends"),
        ("[]", "a list of names (at least 2)"),
        ('["craft"]', "a list of names (at least 2)"),
        ('["craft", []]', "a list of names (at least 1)"),
        ('["craft", ["kourou", "kourou"]]', "listed twice"),
    ],
)
def test_fault_19_routes_need_ends_that_are_there(desk, route, words):
    desk.changed('["craft", "kourou"]', route).refuses("routes.down", words)


def test_fault_19_a_route_may_come_back_to_where_it_began(desk):
    """There and back is a question that makes sense, and a route has an end of its own: it cannot run in a circle."""
    assert desk.windows('["craft", "kourou"]', '["kourou", "craft", "kourou"]') != []


def test_fault_20_meters_in_place_of_kilometers_are_found_out(desk):
    desk.changed("= 7000", "= 7000000").refuses("The values may be in meters")
    desk.changed('center = "earth"', 'center = "moon"', "= 7000", "= 1837400").refuses("The values may be in meters")


@pytest.mark.parametrize(
    "old, new, words",
    [
        ("eccentricity = 0.01", "eccentricity = 1", "of at least 0 and below 1"),
        ("eccentricity = 0.01", "eccentricity = -0.1", "of at least 0 and below 1"),
        ("= 7000", "= 6300", "is inside the earth"),
        ("inclination_deg = 51", "inclination_deg = 180.1", "between 0 and 180"),
    ],
)
def test_fault_21_impossible_orbital_elements_are_refused(desk, old, new, words):
    desk.changed(old, new).refuses(words)


@pytest.mark.parametrize("shape", ["eccentricity = 0", "eccentricity = 0.0\nnode_deg = -360", "eccentricity = 1e-300"])
@pytest.mark.parametrize("tilt", [0, 90, 180])
def test_fault_21_circles_and_retrograde_equators_have_windows(desk, shape, tilt):
    assert desk.windows("eccentricity = 0.01", shape, "= 51", f"= {tilt}") != []


@pytest.mark.parametrize(
    "old, new, words",
    [
        ('center = "earth"', 'center = "pluto"', "expected 'sun', 'mercury', 'venus', 'earth', 'moon'"),
        ('center = "earth"', 'center = "earth"\nframe = "b1950"', "expected 'icrf', 'ecliptic', 'earth_equator'"),
        ('center = "earth"', 'center = "earth"\nframe = "moon_me"', "is for orbits about the moon"),
    ],
)
def test_fault_22_unknown_frames_and_centers_list_the_known_ones(desk, old, new, words):
    desk.changed(old, new).refuses(words)


def test_fault_22_gravity_goes_as_far_as_its_file(desk, good):
    orbit = '[spacecraft.craft.orbit]\nkind = "numerical"\ngravity_degree = 151\nepoch = 2019-01-03T00:00:00Z\n' \
            "position_km = [1837, 0, 0]\nvelocity_km_s = [0, 1.6, 0]\n\n"  # fmt: skip
    begin, end = good.index("[spacecraft"), good.index("[routes]")
    desk.check(good[:begin] + orbit + good[end:]).refuses("gravity_degree", "between 2 and 150, got 151")


def test_every_refusal_of_a_notebook_is_of_the_documented_class(tmp_path):
    with pytest.raises(ScenarioError):
        sim.load(tmp_path / "absent.toml")
    assert utc(tdb("2016-12-31T23:59:60Z")) == "2016-12-31T23:59:60.000Z"
