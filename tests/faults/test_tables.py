"""Tables that are asked for something that is not there: the message has the line and says what to do."""

import builtins

import pytest

import sim
from sim.core.errors import ScenarioError, SimError
from sim.products.track import Track
from tests.support.command import sim_here
from tests.support.scenarios import KOUROU, kepler, scenario_text, written


def text(product):
    orbit = kepler(semi_major_axis=9000, eccentricity=0.1, inclination=60)
    return scenario_text(sites={"kourou": KOUROU}, orbits={"craft": orbit}, routes={"down": ["craft", "kourou"]},
                         products=[product])  # fmt: skip


@pytest.mark.parametrize(("product", "told"), [
    ({"kind": "passes", "order": "durations_s"}, "no column is called 'durations_s'. Did you mean 'duration_s'?"),
    ({"kind": "contact_plan", "order": "aos_utc"}, "order.*no column is called 'aos_utc'"),
    ({"kind": "passes", "columns": ["hop", "elevation"]}, "columns.*no column is called 'elevation'"),
    ({"kind": "passes", "columns": ["hop", "hop"]}, "columns.*'hop' appears twice"),
    ({"kind": "passes", "columns": []}, "columns"),
    ({"kind": "passes", "time_zone": "Europe/Madird"}, "'Europe/Madird'. Did you mean 'Europe/Madrid'?"),
    ({"kind": "passes", "columns": ["aos_local"]}, r"columns\[0\].*'aos_local' needs a time zone. Add time_zone"),
    ({"kind": "contact_plan", "order": "start_local"}, "order.*'start_local' needs a time zone"),
    ({"kind": "passes", "columns": ["aos_elapsed"]}, "'aos_elapsed' counts from the start.*Add mission_start"),
    ({"kind": "passes", "sun_below_deg": 95.0}, "sun_below_deg"),
    ({"kind": "passes", "shadow": "cone"}, "shadow.*'spheroid' or 'sphere'"),
    ({"kind": "track", "step_s": -10.0}, "step_s.*-10"),
    ({"kind": "track", "step_s": 0.0}, "step_s"),
    ({"kind": "track", "step_s": 10.0, "tolerance_deg": 0.1}, "give step_s or tolerance_deg, not both"),
    ({"kind": "track", "frequency_mhz": 0.0}, "frequency_mhz"),
    ({"kind": "track", "frequency_mhz": [2250.0, -1.0]}, r"frequency_mhz\[1\]"),
    ({"kind": "track", "turnaround_ratio": 1.1}, "turnaround_ratio needs uplink_mhz"),
    ({"kind": "track", "format": "xlsx"}, "format.*csv"),
    ({"kind": "states", "step_s": -1.0}, "step_s"),
    ({"kind": "states", "frame": "j2000"}, "frame.*icrf"),
    ({"kind": "states", "center": "pluto"}, "center"),
])  # fmt: skip
def test_what_a_table_cannot_give_is_told_with_its_line(tmp_path, product, told):
    with pytest.raises(ScenarioError, match=f"(?s)line \\d+:\\d+ .*{told}"):
        sim.load(written(tmp_path, text(product)))


def test_an_unknown_time_zone_of_a_site_is_told_with_its_line(tmp_path):
    site = {**KOUROU, "time_zone": "Mars/Base"}
    bad = scenario_text(sites={"kourou": site}, routes={"down": ["moon", "kourou"]})
    with pytest.raises(ScenarioError, match=r"line \d+:\d+ .*sites.kourou.time_zone.*no time zone is called"):
        sim.load(written(tmp_path, bad))


@pytest.mark.parametrize(("options", "told"), [
    (("--sort", "duration"), "--sort: no column is called 'duration'. Did you mean 'duration_s'?"),
    (("--columns", "nothing"), "--columns: no column is called 'nothing'"),
    (("--time-zone", "Nowhere"), "--time-zone: no time zone is called 'Nowhere'"),
    (("nobody",), "no route is called 'nobody'"),
])  # fmt: skip
def test_options_that_name_nothing_are_told(tmp_path, options, told):
    file = written(tmp_path, text({"kind": "passes"}))
    for verb in ("passes", "windows"):
        done = sim_here(verb, file, *(() if verb == "passes" or options == ("nobody",) else ("down",)), *options)
        assert done.returncode == 1 and told in done.stderr and not done.stdout


def test_without_pyarrow_a_parquet_table_says_what_to_install(tmp_path, monkeypatch):
    result = sim.run(sim.load(written(tmp_path, text({"kind": "passes"}))))
    load = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return load(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(SimError, match=r"needs pyarrow.*pip install"):
        Track(format="parquet", step_s=600).write(result, tmp_path)


def test_a_table_that_would_fill_the_disk_is_refused(tmp_path):
    result = sim.run(sim.load(written(tmp_path, text({"kind": "passes"}))).model_copy(update={"days": 30.0}))
    with pytest.raises(SimError, match=r"more than 20,000,000 rows. Choose a greater step_s"):
        Track(step_s=0.001).write(result, tmp_path)


def test_states_in_an_unknown_frame_or_about_an_unknown_body_are_refused():
    with pytest.raises(ValueError, match="expected a frame, one of icrf, itrf"):
        sim.states(sim.MOON, 0.0, frame="eme2000")
    with pytest.raises(ValueError, match="no body is called 'lune'"):
        sim.states(sim.MOON, 0.0, center="lune")
    with pytest.raises(ValueError, match="the rotation of the sun is not known"):
        sim.ground_track(sim.MOON, 0.0, under="sun")
