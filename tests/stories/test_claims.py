# ruff: noqa: E501  (tables of claims and mistakes read by their lines)
"""Sentences against geometry: every kind of test true, false and undecidable; files with mistakes; the verb and its page."""

import re

import pytest
from typer.testing import CliRunner

from sim.core.errors import ScenarioError
from sim.scenario.scenario import load
from sim.simulation import claims
from sim.simulation.claims import web_page
from tests.support.scenarios import kepler, scenario_text

LRO = {**kepler(semi_major_axis=1850, eccentricity=0.01, inclination=90), "basis": "reconstructed"}
SMALL = scenario_text(
    title="A lander and a relay, an orbiter, two stations",
    include=["seeds:stations/estrack", "seeds:sites/moon", "seeds:spacecraft/queqiao"],
    orbits={"lro": LRO}, routes={"relay": ["change4", "queqiao", ["kourou", "maspalomas"]]},
)  # fmt: skip
DAY = 'start = 2019-01-03T00:00:00Z\nend = 2019-01-04T00:00:00Z'
HEAD = 'title = "Mine"\n[[claims]]\nid = "C-1"\nsays = "A sentence."\nscenario = "small"\n'
YEARS = 'start = 2010-01-01T00:00:00Z\nend = 2011-01-01T00:00:00Z\nstep_s = 43200'
CRATER = 'kind = "inside_crater"\nsite = "change4"\ncrater = "X"\nlatitude_deg = -44.8\nlongitude_deg = 175.9\n'


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    path = tmp_path_factory.mktemp("claims") / "small.toml"
    path.write_text(SMALL)
    return claims.Library({"small": load(path)})


def judged(folder, library, tests, more=""):
    """The one claim of a file with such tests."""
    file = folder / "mine.toml"
    file.write_text(HEAD + more + "".join(f"[[claims.tests]]\n{test}\n" for test in tests))
    return claims.judge(claims.load(file), library).judged[0]


TESTS = [
    ("consistent", f'kind = "visible"\nof = ["lro", "earth"]\n{DAY}'),
    ("consistent", 'kind = "visible"\nof = ["change4", "queqiao"]\nthroughout = true'),
    ("inconsistent", f'kind = "visible"\nof = ["lro", "earth"]\n{DAY}\nthroughout = true'),
    ("inconsistent", f'kind = "visible"\nof = ["change4", "kourou"]\n{DAY}'),
    ("inconsistent", 'kind = "visible"\nof = ["change4", "maspalomas"]\nat = 2019-01-03T02:26:00Z'),
    ("consistent", 'kind = "never_visible"\nof = ["change4", ["kourou", "maspalomas"]]'),
    ("inconsistent", 'kind = "never_visible"\nof = ["relay"]'),
    ("consistent", 'kind = "visible_for"\nof = ["relay"]\nat_least_s = 3600'),
    ("inconsistent", 'kind = "visible_for"\nof = ["relay"]\nat_least_s = 80_000\nin_one_piece = true'),
    ("consistent", 'kind = "visible_within"\nof = ["lro", "earth"]\nevent = 2019-01-03T12:00:00Z\nlatest_s = 8000'),
    ("inconsistent", 'kind = "visible_within"\nof = ["relay"]\nevent = 2019-01-03T00:10:00Z\nlatest_s = 20'),
    ("consistent", 'kind = "bounds"\nquantity = "range_km"\nof = ["change4", "queqiao"]\nleast = 46_000\nmost = 80_000'),
    ("inconsistent", 'kind = "bounds"\nquantity = "elevation_deg"\nof = ["change4", "earth"]\nleast = 0\nthroughout = false'),
    ("consistent", 'kind = "bounds"\nquantity = "altitude_km"\nof = ["lro"]\nleast = 90\nmost = 135'),
    ("inconsistent", 'kind = "bounds"\nquantity = "latitude_deg"\nof = ["lro"]\nleast = -30\nmost = 30'),
    ("consistent", 'kind = "bounds"\nquantity = "speed_km_s"\nof = ["lro"]\nleast = 1.55\nmost = 1.7'),
    ("consistent", 'kind = "bounds"\nquantity = "off_nadir_deg"\nof = ["lro", "moon"]\nmost = 1'),
    ("inconsistent", 'kind = "bounds"\nquantity = "sun_elevation_deg"\nof = ["change4"]\nat = 2019-01-03T03:00:00Z\nmost = 0'),
    ("consistent", 'kind = "bounds"\nquantity = "sun_separation_deg"\nof = ["kourou", "moon"]\nmost = 60'),
    ("consistent", 'kind = "bounds"\nquantity = "range_rate_km_s"\nof = ["kourou", "moon"]\nleast = -2\nmost = 2'),
    ("consistent", 'kind = "time_fraction"\nof = ["change4", "queqiao"]\nleast_percent = 100'),
    ("inconsistent", 'kind = "time_fraction"\nof = ["relay"]\nmost_percent = 1'),
    ("consistent", f'kind = "surface_fraction"\n{YEARS}\nleast_percent = 40\nmost_percent = 43'),
    ("inconsistent", f'kind = "surface_fraction"\n{YEARS}\nleast_percent = 50'),
    ("undecidable", f'kind = "surface_fraction"\nsees = "queqiao"\nhow = "sometime"\nwhere = "near_side"\nmost_percent = 5\n{DAY}'),
    ("consistent", CRATER + "diameter_km = 180"),
    ("inconsistent", CRATER + "diameter_km = 20"),
    ("undecidable", CRATER + "diameter_km = 84"),
    ("consistent", 'kind = "local_date"\nutc = 2024-06-25T06:07:00Z\nzone = "Asia/Shanghai"\ndate = "2024-06-25"\ntime = "14:07"'),
    ("inconsistent", 'kind = "local_date"\nutc = 2024-06-25T06:07:00Z\nzone = "Europe/London"\ndate = "2024-06-25"\ntime = "14:07"'),
    ("inconsistent", 'kind = "local_date"\nutc = 2024-06-25T06:07:00Z\nzone = "UTC"\ndate = "2024-06-25"\nweekday = "Monday"'),
    ("inconsistent", 'kind = "local_date"\nutc = 2024-06-01T22:23:16Z\nzone = "UTC"\ndate = "2024-06-02"'),
    ("undecidable", 'kind = "local_date"\nutc = 2024-06-01T23:59:00Z\nwithin_s = 600\nzone = "UTC"\ndate = "2024-06-01"'),
    ("consistent", 'kind = "local_date"\nutc = 2018-12-31T23:30:00Z\nzone = "Asia/Shanghai"\ndate = "2019"'),
]  # fmt: skip


@pytest.mark.parametrize(("verdict", "test"), TESTS, ids=[f"{v}-{t[8:60]}" for v, t in TESTS])
def test_every_kind_of_test_says_what_is_true_and_what_is_not(tmp_path, library, verdict, test):
    if "near_side" in test:  # bounds of its own: this share lies within the grid's noise of the bound
        share = float(judged(tmp_path, library, [test]).findings[0].outcome.value.split()[0])
        test = test.replace("most_percent = 5", f"most_percent = {share + 0.05:.2f}")
    found = judged(tmp_path, library, [test])
    assert found.verdict == verdict, found.findings[0]
    finding = found.findings[0]
    assert finding.test.question()
    assert finding.reasons
    assert (finding.outcome.margin > 0) == (verdict == "consistent") or verdict == "undecidable"


def test_every_kind_of_test_is_tried():
    tried = {re.match(r'kind = "(\w+)"', test)[1] for _, test in TESTS}
    assert tried == {kind.model_fields["kind"].default for kind in claims.TESTS}


def opening(library):
    """When the orbiter next comes out from behind the Moon after noon."""
    from sim import Span, hop

    scenario = library.find("small", None)
    windows = hop(scenario["lro"], scenario["earth"]).windows(Span("2019-01-03T12:00:00Z", "2019-01-03T16:00:00Z"))
    return float(windows.bounds[1, 0])


def test_an_orbit_known_to_seconds_decides_and_one_known_to_minutes_does_not(tmp_path, library):
    from sim import utc

    test = (
        f'kind = "visible_within"\nof = ["lro", "earth"]\nevent = {utc(opening(library))}\nearliest_s = -60\nlatest_s = 60'
    )
    sure = judged(tmp_path, library, [test], "unsure = { lro = { within_s = 20 } }\n")
    assert sure.verdict == "consistent"
    assert sure.findings[0].uncertainty == pytest.approx(20.0, abs=0.5)
    assert sure.basis == "reconstructed"
    unsure = judged(tmp_path, library, [test], "unsure = { lro = { within_s = 200 } }\n")
    assert unsure.verdict == "undecidable"
    assert any("a smaller uncertainty of lro would decide it" in reason for reason in unsure.reasons)


def test_a_halos_free_phase_leaves_single_hours_open_but_not_every_hour(tmp_path, library):
    free = "unsure = { queqiao = { phases = [0.25, 0.5, 0.75] } }\n"
    always = 'kind = "visible"\nof = ["change4", "queqiao"]\nthroughout = true'
    assert judged(tmp_path, library, [always], free).verdict == "consistent"
    near = 'kind = "bounds"\nquantity = "range_km"\nof = ["change4", "queqiao"]\nat = 2019-01-03T12:00:00Z\nmost = {}'
    here = judged(tmp_path, library, [near.format(1e6)]).findings[0].outcome.number
    kept = "unsure = { queqiao = { within_s = 1 } }\n"
    assert judged(tmp_path, library, [near.format(here + 500)], kept).verdict == "consistent"
    assert judged(tmp_path, library, [near.format(here + 500)]).verdict == "undecidable"
    assert judged(tmp_path, library, [near.format(1e6)]).verdict == "consistent"  # all round its orbit
    assert judged(tmp_path, library, [near.format(here + 500)], free).verdict == "undecidable"


def test_a_site_known_to_kilometers_and_a_horizon_known_to_degrees_are_tried_too(tmp_path, library):
    crater = CRATER + "diameter_km = 83.5\nrim_within_km = 0"
    assert judged(tmp_path, library, [crater]).verdict == "consistent"
    assert judged(tmp_path, library, [crater], "unsure = { change4 = { within_km = 2 } }\n").verdict == "undecidable"
    seen = judged(tmp_path, library, ['kind = "visible_for"\nof = ["moon", "kourou"]\nat_least_s = 60']).findings[0]
    test = f'kind = "visible_for"\nof = ["moon", "kourou"]\nat_least_s = {seen.outcome.number - 60:.1f}'
    assert judged(tmp_path, library, [test]).verdict == "consistent"
    assert judged(tmp_path, library, [test], "unsure = { kourou = { horizons_deg = [0, 10] } }\n").verdict == "undecidable"


def test_a_vague_claim_is_undecidable_and_says_what_would_decide_it(tmp_path, library):
    found = judged(tmp_path, library, [], 'would_decide = "a list of missions"\n')
    assert (found.verdict, found.reasons) == ("undecidable", ("a list of missions",))
    true = f'kind = "visible"\nof = ["lro", "earth"]\n{DAY}'
    assert judged(tmp_path, library, [true], 'would_decide = "more words"\n').verdict == "undecidable"
    assert "geometry cannot decide it" in judged(tmp_path, library, []).reasons[0]


@pytest.mark.parametrize(
    ("test", "words"),
    [
        ('kind = "visible"\nof = ["lro", "kourou"]\nat = 2020-01-03T00:00:00Z', "the scenario covers 2019-01-03"),
        ('kind = "visible"\nof = ["lro", "lro"]', "two different ends"),
        ('kind = "bounds"\nquantity = "altitude_km"\nof = ["kourou"]\nleast = 1', "expected a spacecraft"),
        ('kind = "bounds"\nquantity = "elevation_deg"\nof = ["lro", "earth"]\nleast = 1', "expected a site"),
        (f'kind = "surface_fraction"\nleast_percent = 1\nstep_s = 60\n{YEARS.replace("step_s = 43200", "").replace("2011", "2049")}', "Use a longer step_s"),
        (CRATER.replace("change4", "kourou") + "diameter_km = 1", "is on the earth"),
    ],
)
def test_what_cannot_be_tested_says_so_and_stops_nothing(tmp_path, library, test, words):
    fine = f'kind = "visible"\nof = ["lro", "earth"]\n{DAY}'
    found = judged(tmp_path, library, [test, fine])
    assert found.verdict == "untested"
    assert words in found.findings[0].reasons[0]
    assert found.findings[1].verdict == "consistent"


@pytest.mark.parametrize(
    ("unsure", "words"),
    [
        ("kourou = { within_s = 60 }", "within_s needs a spacecraft"),
        ("lro = { within_km = 1 }", "need a site"),
        ("lro = { phases = [0.5] }", "phases needs a halo orbit"),
    ],
)
def test_what_is_said_to_be_unsure_is_never_passed_over_in_silence(tmp_path, library, unsure, words):
    found = judged(tmp_path, library, ['kind = "visible"\nof = ["lro", "kourou"]'], f"unsure = {{ {unsure} }}\n")
    assert found.verdict == "untested"
    assert words in found.findings[0].reasons[0]


MISNAMED = [
    ('kind = "visible"\nof = ["lro", "korou"]', "of[1]", "Did you mean 'kourou'?"),
    ('kind = "never_visible"\nof = ["lro", ["kourou", "maspalonas"]]', "of[1][1]", "Did you mean 'maspalomas'?"),
    ('kind = "visible"\nof = ["rely"]', "of[0]", "no route is called 'rely'. Did you mean 'relay'?"),
    ('kind = "bounds"\nquantity = "range_km"\nof = ["lro", "eart"]\nleast = 1', "of[1]", "Did you mean 'earth'?"),
    (f'kind = "surface_fraction"\nleast_percent = 1\nsees = "quequiao"\n{YEARS}', "sees", "Did you mean 'queqiao'?"),
    (CRATER.replace("change4", "chang4") + "diameter_km = 1", "site", "Did you mean 'change4'?"),
    ('kind = "visible"\nof = ["lro", "kourou"]\npart = "all"', "part", "the Sun is not on the path"),
]


@pytest.mark.parametrize(("test", "place", "words"), MISNAMED, ids=[row[1] for row in MISNAMED])
def test_a_name_that_nothing_has_is_a_mistake_of_the_file_with_its_line_and_cure(tmp_path, library, test, place, words):
    with pytest.raises(ScenarioError) as caught:
        judged(tmp_path, library, [test])
    (told,) = caught.value.problems
    assert told.place == f"claims[0].tests[0].{place}" and words in told.message
    assert told.line is not None and told.file.endswith("mine.toml")


def test_names_that_are_unsure_and_names_in_a_report_are_looked_for_too(tmp_path, library):
    with pytest.raises(ScenarioError, match=r"claims.0..unsure.lor.*Did you mean 'lro'"):
        judged(tmp_path, library, [f'kind = "visible"\nof = ["lro", "earth"]\n{DAY}'], "unsure = { lor = { within_s = 60 } }\n")
    (tmp_path / "small.toml").write_text(SMALL)
    (tmp_path / "mine.toml").write_text(GOOD.replace('"lro"', '"lor"'))
    with pytest.raises(ScenarioError, match="Did you mean 'lro'"):
        claims.claim_files(load(tmp_path / "small.toml"), [tmp_path / "mine.toml"])


CLOCK = 'kind = "local_date"\nutc = 2019-01-03T02:26:{second:02d}Z\nzone = "Asia/Shanghai"\ndate = "2019-01-03"\ntime = "10:26"\nwithin_s = {within}'


@pytest.mark.parametrize(
    ("second", "within", "verdict"),
    [(0, 60, "consistent"), (0, 59, "consistent"), (0, 61, "undecidable"), (30, 30, "consistent"), (30, 31, "undecidable"), (59, 0, "consistent")],
)
def test_a_minute_from_a_source_that_prints_the_same_minute_is_consistent(tmp_path, library, second, within, verdict):
    assert judged(tmp_path, library, [CLOCK.format(second=second, within=within)]).verdict == verdict


def test_a_date_has_its_first_instant_and_not_that_of_the_next(tmp_path, library):
    date = 'kind = "local_date"\nutc = 2019-01-0{day}T16:00:00Z\nzone = "Asia/Shanghai"\ndate = "2019-01-03"'
    assert judged(tmp_path, library, [date.format(day=2)]).verdict == "consistent"
    assert judged(tmp_path, library, [date.format(day=3)]).verdict == "inconsistent"


ECLIPSED = """
title   = "A lander at Mare Crisium while the Earth stood before the Sun"
start   = 2025-03-14T00:00:00Z
days    = 0.6
include = ["seeds:stations/estrack"]
[sites.blue_ghost]
body          = "moon"
latitude_deg  = 18.56
longitude_deg = 61.81
source        = "landing site: NASA"
"""


@pytest.mark.parametrize(
    ("verdict", "test"),
    [  # any part of the disc is gone from 06:18 to 08:35; its center, and all of it, go earlier and come back later
        ("inconsistent", 'kind = "never_visible"\nof = ["sun", "blue_ghost"]\nstart = 2025-03-14T05:45:00Z\nend = 2025-03-14T09:00:00Z'),
        ("consistent", 'kind = "never_visible"\nof = ["sun", "blue_ghost"]\nstart = 2025-03-14T06:19:00Z\nend = 2025-03-14T08:34:00Z'),
        ("inconsistent", 'kind = "never_visible"\nof = ["sun", "blue_ghost"]\nstart = 2025-03-14T06:17:00Z\nend = 2025-03-14T08:34:00Z'),
        ("consistent", 'kind = "never_visible"\npart = "center"\nof = ["sun", "blue_ghost"]\nstart = 2025-03-14T06:00:00Z\nend = 2025-03-14T08:50:00Z'),
        ("consistent", 'kind = "never_visible"\npart = "all"\nof = ["sun", "blue_ghost"]\nstart = 2025-03-14T05:45:00Z\nend = 2025-03-14T09:00:00Z'),
        ("inconsistent", 'kind = "visible"\npart = "all"\nthroughout = true\nof = ["sun", "blue_ghost"]\nstart = 2025-03-14T05:15:00Z\nend = 2025-03-14T05:45:00Z'),
        ("consistent", 'kind = "visible"\nthroughout = true\nof = ["sun", "blue_ghost"]\nstart = 2025-03-14T05:15:00Z\nend = 2025-03-14T06:17:00Z'),
        ("consistent", 'kind = "visible_within"\nof = ["sun", "blue_ghost"]\nevent = 2025-03-14T08:35:00Z\nearliest_s = -60\nlatest_s = 60'),
        ("consistent", 'kind = "visible_within"\nof = ["blue_ghost", "sun"]\nevent = 2025-03-14T08:43:19Z\nearliest_s = -60\nlatest_s = 60'),  # light is 8 min 19 s under way
    ],
)
def test_the_sun_is_a_disc(tmp_path, verdict, test):
    """Blue Ghost saw totality; rays to the Sun's limb past WGS 84: the whole disc hidden 06:18 to 08:35 UTC."""
    (tmp_path / "eclipsed.toml").write_text(ECLIPSED)
    library = claims.Library({"small": load(tmp_path / "eclipsed.toml")})
    found = judged(tmp_path, library, [test])
    assert found.verdict == verdict, found.findings[0].reasons


GOOD = HEAD + '[[claims.tests]]\nkind = "visible"\nof = ["lro", "earth"]\nat = 2019-01-03T12:00:00Z\n'
BAD = [
    ('id = "C-1"\n', "", 3, "claims[0]", "missing key 'id'"),
    ('says = "A sentence."', "says = 3", 4, "claims[0].says", "expected text of at most 1,000 characters, got 3"),
    ('kind = "visible"', 'kind = "visble"', 7, "claims[0].tests[0].kind", "no test kind is called 'visble'. Did you mean 'visible'?"),
    ('kind = "visible"', 'kind = "visible"\nthroghout = true', 8, "claims[0].tests[0].throghout", "Did you mean 'throughout'?"),
    ("at = 2019-01-03T12:00:00Z", "at = 2019-01-03T12:00:00", 9, "claims[0].tests[0].at", "has no time zone"),
    ("at = 2019-01-03T12:00:00Z", "at = 12.0", 9, "claims[0].tests[0].at", "expected a time like"),
    ("at = 2019-01-03T12:00:00Z", "start = 2019-01-03T12:00:00Z", 7, "claims[0].tests[0]", "give both start and end"),
    ('of = ["lro", "earth"]', 'of = ["lro", "l r o"]', 8, "claims[0].tests[0].of[1]", "expected a name"),
    ("title", "[[claims]]\nid = 'x'\nsays = 'y'\n[unsure.small.lro]\nwithin_s = -1\n#", 5, "unsure.small.lro.within_s", "above 0"),
    ('of = ["lro"', 'of = ["lro', 8, "", "is not valid TOML"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "place", "words"), BAD, ids=[row[4] for row in BAD])
def test_a_mistake_in_a_claim_file_is_told_with_its_line_and_cure(tmp_path, old, new, line, place, words):
    file = tmp_path / "mine.toml"
    file.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(ScenarioError) as caught:
        claims.load(file)
    told = [each for each in caught.value.problems if each.place == place and words in each.message]
    assert told, caught.value
    assert told[0].line == line


def test_rules_between_keys_are_told_too(tmp_path):
    rules = [
        ('kind = "bounds"\nquantity = "range_km"\nof = ["a"]\nleast = 1', "an observer and a target"),
        ('kind = "bounds"\nquantity = "range_km"\nof = ["a", "b"]', "give least, most or both"),
        ('kind = "bounds"\nquantity = "range_km"\nof = ["a", "b"]\nleast = 2\nmost = 1', "least must be below most"),
        ('kind = "visible_within"\nof = ["a", "b"]\nevent = 2019-01-03T12:00:00Z\nlatest_s = -1', "above earliest_s"),
        ('kind = "local_date"\nutc = 2019-01-03T12:00:00Z\nzone = "Asia/Peking"\ndate = "2019"', "no time zone is called"),
        ('kind = "local_date"\nutc = 2019-01-03T12:00:00Z\nzone = "../UTC"\ndate = "2019"', "no time zone is called"),
        ('kind = "local_date"\nutc = 2019-01-03T12:00:00Z\nzone = "UTC"\ndate = "2019-02-30"', "there is no date"),
        ('kind = "local_date"\nutc = 2019-01-03T12:00:00Z\nzone = "UTC"\ndate = "9999-12-31"', "there is no date"),
        ('kind = "local_date"\nutc = 2019-01-03T12:00:00Z\nzone = "UTC"\ndate = "2019-02"\ntime = "10:00"', "full date"),
        ('kind = "time_fraction"\nof = ["a", "b"]\nleast_percent = 1\nat = 2019-01-03T12:00:00Z', "needs an interval"),
    ]
    file = tmp_path / "mine.toml"
    file.write_text(HEAD + "".join(f"[[claims.tests]]\n{test}\n" for test, _ in rules) + HEAD.partition("\n")[2])
    with pytest.raises(ScenarioError) as caught:
        claims.load(file)
    for _, words in rules:
        assert words in str(caught.value)
    assert "another claim is also called 'C-1'" in str(caught.value)


def test_sim_claims_prints_writes_a_page_and_ends_with_1_for_an_inconsistent_claim(tmp_path):
    from sim.cli.verbs import app

    (tmp_path / "small.toml").write_text(SMALL)
    mine = tmp_path / "mine.toml"
    false = '[[claims]]\nid = "C-2"\nsays = "<script>alert(1)</script> & olleh"\nscenario = "small"\n[[claims.tests]]\nkind = "visible"\nof = ["change4", "kourou"]\n'
    absent = '[[claims]]\nid = "C-3"\nsays = "Elsewhere."\nscenario = "not-there"\n'
    mine.write_text(GOOD + false + absent)
    done = CliRunner().invoke(app, ["claims", str(mine), "--output", str(tmp_path / "out" / "page.html")], catch_exceptions=False)
    assert done.exit_code == 1, done.output
    assert re.search(r"C-2 +inconsistent", done.output)
    assert "there is no scenario 'not-there', neither" in done.output
    text = (tmp_path / "out" / "page.html").read_text()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; olleh" in text
    assert "<script" not in text
    assert "default-src 'none'" in text
    assert not re.search(r"""(src|href)=["'](?!#)|url\(|@import""", text)
    mine.write_text(GOOD + absent)
    done = CliRunner().invoke(app, ["claims", str(mine)])
    assert done.exit_code == 1, done.output  # what could not be tested has not passed
    mine.write_text(GOOD)
    assert CliRunner().invoke(app, ["claims", str(mine)]).exit_code == 0


def test_a_scenario_outside_the_claims_folder_needs_allow_paths(tmp_path):
    from sim.core.errors import SimError

    (tmp_path / "small.toml").write_text(SMALL)
    inner = tmp_path / "inner"
    inner.mkdir()
    with pytest.raises(SimError, match="leaves the folder"):
        claims.Library().path("../small.toml", inner)
    assert claims.Library(allow_paths=True).path("../small.toml", inner) == (tmp_path / "small.toml").resolve()


def test_the_five_articles_and_the_events_are_good_files_with_every_claim():
    files = [claims.load(path) for path in claims.shipped()]
    assert len(files) == 5
    known = {claim.id for file in files for claim in file.claims}
    assert known >= {f"K-{number:02d}" for number in range(1, 18)}
    assert claims.load("seeds:events").claims
    assert all(file.publisher and file.date and file.systems for file in files)


def test_dates_and_surfaces_of_the_articles_come_out_as_the_docs_say():
    """K-09, K-16 and K-17 need no scenario. Chang'e-6 left at 05:27 on 3 May by Washington's clocks, not on 2 May."""
    judged = {}
    for path in claims.shipped():
        file = claims.load(path)
        alone = tuple(claim for claim in file.claims if claim.scenario is None)
        report = claims.judge(file.model_copy(update={"claims": alone}))
        judged.update({each.claim.id: each for each in report.judged})
        if path.stem.startswith("004"):
            assert "K-17" in web_page.text([report])
    assert judged["K-09"].verdict == "consistent"
    assert judged["K-11"].verdict == "consistent"
    assert [finding.verdict for finding in judged["K-16"].findings] == ["inconsistent", "consistent", "consistent"]
    assert judged["K-16"].findings[0].outcome.value == "2024-05-03 05:27 America/New_York"
    assert judged["K-17"].verdict == "undecidable"
    assert all(finding.verdict == "consistent" for finding in judged["K-17"].findings)


def test_two_scenarios_with_the_same_site_do_not_disturb_each_other(tmp_path):
    """Sites that were used keep arrays, which equality must not ask."""
    file = tmp_path / "small.toml"
    file.write_text(SMALL)
    first, second = load(file), load(file)
    assert first.sites["change4"].fixed_position.shape == second.sites["change4"].fixed_position.shape
    assert first.sites["change4"] == second.sites["change4"]
    assert hash(first.sites["change4"]) == hash(second.sites["change4"])
    assert first.sites["change4"] != second.sites["change3"]


def test_the_example_of_the_docs_comes_out_as_they_say(root, tmp_path, library):
    """Of the flagship scenario it needs the lander, the relay and a station: the small one has the same."""
    web_page = (root / "docs" / "claims.md").read_text(encoding="utf-8")
    example, _ = re.findall(r"```toml\n(.*?)```", web_page, re.S)  # the other one is a product of a scenario
    file = tmp_path / "my-article.toml"
    file.write_text(example)
    same = claims.Library({"chang-e-4": library.find("small", tmp_path)})
    report = claims.judge(claims.load(file), same)
    assert [each.verdict for each in report.judged] == ["inconsistent", "consistent", "undecidable", "undecidable"]
    assert report.judged[1].findings[0].outcome.value == "2019-01-02 21:26 America/New_York"


def test_the_far_sides_figures_of_the_docs_are_those_computed(root):
    from sim.simulation.claims.setting import Setting
    from sim.simulation.claims.share_tests import SurfaceFraction

    text = (root / "docs" / "claims.md").read_text(encoding="utf-8")
    span = {"start": "2006-01-01T00:00:00Z", "end": "2024-08-11T00:00:00Z", "least_percent": 0.0}
    for how in ("never", "always"):
        for part in ("any", "center", "all"):
            share = SurfaceFraction(how=how, part=part, **span).ask(Setting()).number
            assert f"{share:.1f} %" in text, (how, part, share)


RETURN = """
start   = 2024-06-20T16:00:00Z
end     = 2024-06-25T05:39:00Z
include = ["seeds:stations/estrack", "seeds:spacecraft/chang-e-6-return"]
"""


def test_maspalomas_sees_chang_e_6_return_in_every_possible_orbit(tmp_path):
    """K-13, over the last day: some hours, with every flight that the published timeline allows."""
    path = tmp_path / "small.toml"
    path.write_text(RETURN)
    library = claims.Library({"small": load(path)})
    free = "unsure = { change6 = { members = 6 }, maspalomas = { horizons_deg = [0, 10] } }\n"
    seen = 'kind = "visible_for"\nof = ["change6", "maspalomas"]\nstart = 2024-06-24T06:07:00Z\nend = 2024-06-25T05:35:00Z\nat_least_s = 3600'
    found = judged(tmp_path, library, [seen], free)
    assert found.verdict == "consistent"
    assert sum("on possible flight" in what for what, _ in found.findings[0].tried) == 6
    high = 'kind = "bounds"\nquantity = "altitude_km"\nof = ["change6"]\nat = 2024-06-25T05:22:00Z\nleast = 4950\nmost = 5050'
    assert judged(tmp_path, library, [high], free).verdict == "undecidable"


def test_a_gap_between_phases_is_not_taken_for_absence(tmp_path):
    text = SMALL.replace("[routes]", """[spacecraft.hopper.orbit]
kind = "phases"
[[spacecraft.hopper.orbit.phases]]
start = 2019-01-03T00:00:00Z
end = 2019-01-03T06:00:00Z
[spacecraft.hopper.orbit.phases.orbit]
kind = "kepler"
basis = "reconstructed"
center = "moon"
epoch = 2019-01-03T00:00:00Z
semi_major_axis_km = 1850
eccentricity = 0.01
inclination_deg = 90
[[spacecraft.hopper.orbit.phases]]
start = 2019-01-03T12:00:00Z
end = 2019-01-04T00:00:00Z
[spacecraft.hopper.orbit.phases.orbit]
kind = "kepler"
basis = "reconstructed"
center = "moon"
epoch = 2019-01-03T00:00:00Z
semi_major_axis_km = 1950
eccentricity = 0.01
inclination_deg = 90
[routes]""")
    path = tmp_path / "small.toml"
    path.write_text(text)
    library = claims.Library({"small": load(path)})
    never = 'kind = "never_visible"\nof = ["hopper", "earth"]\nstart = 2019-01-03T{}:00:00Z\nend = 2019-01-03T{}:00:00Z'
    gap = judged(tmp_path, library, [never.format("08", "10")])
    assert gap.verdict == "undecidable"
    missing = "no orbit of hopper known from 2019-01-03T06:00:00Z to 2019-01-03T12:00:00Z"
    assert gap.reasons == (f"missing data would decide it: {missing}",)
    assert judged(tmp_path, library, [never.format("01", "05")]).verdict == "inconsistent"
    assert judged(tmp_path, library, [never.format("05", "10")]).verdict == "inconsistent"  # whatever there was later
    seen = 'kind = "{}"\nof = ["hopper", "earth"]\nstart = 2019-01-03T05:00:00Z\nend = 2019-01-03T09:00:00Z\n{}'
    for kind, more, verdict in (
        ("visible", "", "consistent"),
        ("visible", "throughout = true", "inconsistent"),  # the Moon is in the way before 06:00
        ("visible_for", "at_least_s = 600", "consistent"),
        ("visible_for", "at_least_s = 9000", "undecidable"),
        ("visible_for", "at_least_s = 14_000", "inconsistent"),
        ("time_fraction", "least_percent = 5", "consistent"),
        ("time_fraction", "least_percent = 50", "undecidable"),
        ("time_fraction", "most_percent = 5", "inconsistent"),
    ):
        found = judged(tmp_path, library, [seen.format(kind, more)])
        assert found.verdict == verdict, (kind, more, found)
        assert found.findings[0].margin_text or verdict == "undecidable"
    after = 'kind = "visible_within"\nof = ["hopper", "earth"]\nevent = 2019-01-03T{}:00:00Z\nlatest_s = {}\nedge = "{}"'
    assert judged(tmp_path, library, [after.format("07", 3600, "opening")]).verdict == "undecidable"
    assert judged(tmp_path, library, [after.format("13", 1, "opening")]).verdict == "inconsistent"
    assert judged(tmp_path, library, [after.format("01", 7200, "closing")]).verdict == "consistent"
    height = 'kind = "bounds"\nquantity = "altitude_km"\nof = ["hopper"]\nat = 2019-01-03T{}:00:00Z\nleast = 190'
    assert judged(tmp_path, library, [height.format("03")]).verdict == "inconsistent"
    assert judged(tmp_path, library, [height.format("13")], "unsure = { hopper = { within_s = 30 } }\n").verdict == "consistent"
    assert judged(tmp_path, library, [height.format("08")]).verdict == "untested"
