"""The same hops through engines that share nothing but the question."""

import pytest
from typer.testing import CliRunner

import sim
from sim.cli.verbs import app
from sim.core.errors import SimError
from sim.simulation import crosscheck
from sim.simulation.crosscheck.compare import TOLERANCE_S
from sim.simulation.crosscheck.scan import scan
from sim.simulation.crosscheck.skyfield_engine import BySkyfield
from sim.visibility import obstacles

ENGINES = ("brute force", "Skyfield", "Astropy", "SPICE GF")
NEVER_MIND_S = 2e-5
"""Less than what halving leaves undecided: some edges are farther apart than that."""


@pytest.fixture(scope="module")
def iss(root_folder):
    scenario = sim.load(root_folder / "scenarios" / "iss.toml")
    scenario["iss"]
    return scenario


@pytest.fixture(scope="module")
def root_folder():
    from pathlib import Path

    return Path(__file__).parents[2]


def told(report, engine):
    return [answer for answer in report.answers if answer.engine == engine]


def kept(report, figure, what):
    for engine in ENGINES:
        worst = max((a.largest_s for a in told(report, engine) if a.own), default=0.0)
        figure(f"windows of {what}", engine, worst, TOLERANCE_S, "s")


def test_a_low_orbiter_is_seen_at_the_same_times_by_all(iss, figure):
    pytest.importorskip("spiceypy")
    pytest.importorskip("naif_eop_high_prec")
    report = crosscheck.crosscheck(iss, hops=[("iss", "kourou"), ("iss", "new_norcia")], days=1)
    assert {answer.engine for answer in report.answers} == set(ENGINES)
    for answer in report.answers:
        assert answer.own, answer
        assert answer.windows == answer.matched >= 3, answer
        assert not answer.disagreements
    assert all("limits" not in why for answer in report.answers for why in answer.taken)
    kept(report, figure, "a low Earth orbiter")


def test_a_lunar_orbiter_is_seen_at_the_same_times_from_the_earth_and_from_the_moon(root_folder, figure):
    pytest.importorskip("spiceypy")
    scenario = sim.load(root_folder / "tests" / "stories" / "data" / "spk.toml")
    near = sim.Site(name="near", body="moon", latitude_deg=20.0, longitude_deg=30.0, horizon_deg=2.0)
    more = {"sites": {**scenario.sites, "near": near}, "routes": {}}
    report = crosscheck.crosscheck(
        scenario.model_copy(update=more), hops=[("lro", "new_norcia"), ("near", "lro"), ("lro", "near")]
    )
    for answer in report.answers:
        assert answer.windows == answer.matched, answer
        assert not answer.disagreements
        assert answer.own or answer.engine == "Astropy"
    assert all(any(a.windows for a in told(report, engine)) for engine in ENGINES)
    kept(report, figure, "a lunar orbiter, from the Earth and from the Moon")


def test_a_spacecraft_in_phases_is_seen_at_the_same_times_by_all(root_folder, figure):
    """In orbit, nowhere, landed, in orbit again: each engine is asked in each phase."""
    pytest.importorskip("spiceypy")
    scenario = sim.load(root_folder / "tests" / "stories" / "data" / "phases.toml")
    report = crosscheck.crosscheck(scenario, hops=[("lander", "new_norcia"), ("malargue", "lander")], days=2.0)
    assert report.explained
    for answer in report.answers:
        assert answer.windows == answer.matched > 0, answer
        assert not answer.disagreements
        assert answer.own or answer.engine == "Astropy"
    kept(report, figure, "a lander in phases")


@pytest.mark.long
def test_so_are_the_flagships_relay_orbiter_and_lander(root_folder):
    pytest.importorskip("spiceypy")
    scenario = sim.load(root_folder / "scenarios" / "chang-e-4.toml")
    report = crosscheck.crosscheck(scenario, days=10)
    assert report.explained
    for answer in report.answers:
        assert answer.windows == answer.matched, answer
        assert answer.largest_s < TOLERANCE_S
    sun = [why for answer in told(report, "SPICE GF") for why in answer.taken]
    assert any("separation of lro from the sun" in why and "it has no such limits" in why for why in sun)


def test_every_difference_beyond_the_tolerance_has_reasons_with_sizes(iss):
    report = crosscheck.crosscheck(
        iss, hops=[("iss", "kourou")], days=0.5, engines=["skyfield", "astropy"], tolerance_s=NEVER_MIND_S
    )
    disagreements = [disagreement for answer in report.answers for disagreement in answer.disagreements]
    assert disagreements
    assert report.explained
    for disagreement in disagreements:
        assert "elevation of iss from kourou" in disagreement.what
        assert "Earth orientation differs by" in disagreement.what
        assert "gravitational deflection of light, which sim does not model (0.00" in disagreement.what


def test_a_station_that_stands_elsewhere_is_not_explained(iss, monkeypatch):
    real = BySkyfield._topos
    away = {"latitude_deg": 5.26}  # a kilometer

    def moved(self, site):
        return real(self, site.model_copy(update=away))

    monkeypatch.setattr(BySkyfield, "_topos", moved)
    report = crosscheck.crosscheck(iss, hops=[("iss", "kourou")], days=0.5, engines=["skyfield"])
    assert not report.explained
    assert "NOT EXPLAINED" in report.rows()[0][-1]
    assert any("These do not explain the difference" in line for line in report.lines())


def test_plain_geometry_and_horizon_profiles_are_asked_too(iss):
    site = sim.Site(name="hills", latitude_deg=5.25, longitude_deg=-52.8, horizon_deg=[(0, 3), (90, 12), (250, 1)])
    scenario = sim.Scenario(
        start=iss.start, days=0.5, light_time=False, sites={"hills": site}, spacecraft={"iss": iss.spacecraft["iss"]},
        routes={"a": ["iss", "hills"]},
    )  # fmt: skip
    report = crosscheck.crosscheck(scenario)
    assert report.explained
    assert all(answer.matched == answer.windows > 0 and not answer.disagreements for answer in report.answers)
    assert any("its geometry finder has no horizon profiles" in why for why in told(report, "SPICE GF")[0].taken)
    assert any("it always includes aberration" in why for why in told(report, "Astropy")[0].taken)


def test_the_command_prints_a_table_the_models_and_what_was_taken(root_folder):
    words = ["crosscheck", str(root_folder / "scenarios" / "iss.toml"), "--hop", "iss,redu", "--days", "0.3"]
    done = CliRunner().invoke(app, [*words, "--engine", "brute", "--engine", "skyfield"])
    assert done.exit_code == 0, done.output
    assert "iss->redu  Skyfield" in done.stdout
    assert "its own tables of UT1 and polar motion" in done.stdout


def test_unknown_engines_and_hops_are_errors_for_people(iss):
    with pytest.raises(SimError, match="Expected brute, skyfield, astropy, spice"):
        crosscheck.crosscheck(iss, engines=["gmat"])
    with pytest.raises(SimError, match="no site, spacecraft or body is called"):
        crosscheck.crosscheck(iss, hops=[("iss", "nowhere")])


def test_a_scan_finds_windows_shorter_than_its_step():
    span = sim.Span(0.0, 1000.0)
    found = scan(lambda t: 1.0 - ((t - 333.0) / 4.0) ** 2, span, 60.0)
    assert found.ravel() == pytest.approx([329.0, 337.0], abs=1e-3)
    assert scan(lambda t: ((t - 333.0) / 4.0) ** 2 - 1.0, span, 60.0).shape == (2, 2)


def voyager(root_folder):
    """Voyager 2 going behind Jupiter, from a table about Jupiter's barycenter; see tests/authorities."""
    orbit = sim.Csv(file=str(root_folder / "tests" / "authorities" / "voyager_2_jupiter.csv"), center="jupiter")
    goldstone = sim.Site(name="goldstone", latitude_deg=35.4259, longitude_deg=-116.8895, height_m=1001.4)
    return sim.Scenario(
        start="1979-07-10T18:00:00Z", days=0.25, sites={"goldstone": goldstone},
        spacecraft={"voyager": sim.Spacecraft(name="voyager", orbit=orbit)}, routes={"down": ["voyager", "goldstone"]},
    )  # fmt: skip


def test_an_obstacle_that_is_left_out_is_found(root_folder, monkeypatch):
    scenario = voyager(root_folder)
    asked = {"engines": ["brute", "skyfield"]}
    whole = crosscheck.crosscheck(scenario, **asked)
    assert whole.explained
    assert all(answer.windows == answer.matched == 2 for answer in whole.answers)
    real = obstacles.between
    monkeypatch.setattr(obstacles, "between", lambda *ends: tuple(b for b in real(*ends) if b.name != "jupiter"))
    report = crosscheck.crosscheck(scenario, **asked)
    assert not report.explained
    for answer in report.answers:
        assert answer.windows == 1 and not answer.explained
        assert any("clearance of voyager – goldstone from jupiter" in each.what for each in answer.disagreements)
    assert any("the hop is open, but not clearance" in line for line in report.lines())


def test_spice_knows_the_figures_of_all_planets(figure):
    pytest.importorskip("spiceypy")
    pytest.importorskip("naif_eop_high_prec")
    span = sim.Span("2021-06-01T02:00:00Z", days=0.3)
    shape = {"semi_major_axis_km": 3900.0, "eccentricity": 0.05, "inclination_deg": 5.0, "frame": "ecliptic"}
    orbits = {
        "martian": sim.Kepler(center="mars", epoch=span.start, **shape),
        "jovian": sim.Kepler(center="jupiter", epoch=span.start, **{**shape, "semi_major_axis_km": 1.1e5}),
        "neptunian": sim.Kepler(center="neptune", epoch=span.start, **{**shape, "semi_major_axis_km": 3e4}),
    }
    station = sim.Site(name="station", latitude_deg=35.0, longitude_deg=-117.0, horizon_deg=-90.0)
    scenario = sim.Scenario(
        start=span.start, days=0.3, sites={"station": station},
        spacecraft={name: sim.Spacecraft(name=name, orbit=orbit) for name, orbit in orbits.items()},
        routes={name: [name, "station"] for name in orbits},
    )  # fmt: skip
    report = crosscheck.crosscheck(scenario, engines=["spice"])
    assert report.explained
    for answer in report.answers:
        assert not answer.taken, answer
        assert answer.windows == answer.matched >= 2, answer
    figure("windows past Mars, Jupiter and Neptune", "SPICE GF", max(a.largest_s for a in report.answers), TOLERANCE_S, "s")  # fmt: skip  # noqa: E501
