"""What was computed for one object is never another's: copies, changed or not, compute anew; tables stay."""

from __future__ import annotations

import copy
import json
import pickle

import numpy as np
import pytest

import sim
from sim.core.model import Table
from sim.trajectories.bodies.ephemeris import shipped

SPAN = {"start": "2019-01-03T00:00:00Z", "days": 1.0}
HERE = {"name": "a", "latitude_deg": 10.0, "longitude_deg": 20.0}
AWAY = {"latitude_deg": -60.0, "longitude_deg": 150.0}
ORBIT = {"kind": "kepler", "center": "moon", "epoch": "2019-01-03T00:00:00Z", "semi_major_axis_km": 2000.0,
         "eccentricity": 0.0, "inclination_deg": 90.0, "node_deg": 0.0, "argument_of_periapsis_deg": 0.0,
         "mean_anomaly_deg": 0.0}  # fmt: skip
LANDER = {"body": "moon", "latitude_deg": 0.0, "longitude_deg": 0.0}


def scenario(**more) -> sim.Scenario:
    given = {**SPAN, "sites": {"a": {**LANDER}, "b": {"latitude_deg": 0.0, "longitude_deg": 0.0}},
             "routes": {"down": ["a", "b"]}}  # fmt: skip
    return sim.Scenario.model_validate({**given, **more})


def used(site: sim.Site) -> sim.Site:
    """A site of which everything that it keeps has been computed."""
    for name, value in vars(type(site)).items():
        if type(value).__name__ == "cached_property":
            getattr(site, name)
    return site


@pytest.mark.parametrize("body", ["earth", "moon", "mars"])
@pytest.mark.parametrize("change", [AWAY, {"height_m": 5000.0}, {"latitude_deg": -60.0}])
def test_a_site_moved_by_a_copy_is_where_a_new_one_would_be(body, change):
    old = used(sim.Site(**HERE, body=body))
    moved, new = old.model_copy(update=change), sim.Site(**{**HERE, "body": body, **change})
    assert np.array_equal(moved.position(0.0), new.position(0.0))
    assert moved == new and moved.model_fields_set == new.model_fields_set
    assert not np.array_equal(old.position(0.0), new.position(0.0))


COPIES = {
    "copy": copy.copy, "deepcopy": copy.deepcopy, "pickle": lambda x: pickle.loads(pickle.dumps(x)),
    "model_copy": lambda x: x.model_copy(), "deep": lambda x: x.model_copy(deep=True), "old": lambda x: x.copy(),
}  # fmt: skip


@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
def test_a_copy_declares_the_same_and_keeps_nothing_that_was_computed(copied):
    site, whole = used(sim.Site(**HERE)), scenario()
    whole["a"]
    for old in (site, whole):
        new = copied(old)
        assert new == old and new is not old and new.model_fields_set == old.model_fields_set
        assert set(vars(new)) == set(type(old).model_fields) < set(vars(old))
    assert np.array_equal(copied(site).position(0.0), site.position(0.0))


def test_pydantics_old_copy_is_checked_and_computes_anew_too():
    with pytest.raises(ValueError, match="latitude_deg"):
        sim.Site(**HERE).copy(update={"latitude_deg": 100.0})
    assert sim.Site(**HERE).copy(update=AWAY) == sim.Site(**{**HERE, **AWAY})


@pytest.mark.parametrize(("update", "said"), [
    ({"latitude_deg": 100.0}, "latitude_deg"), ({"latitud_deg": 1.0}, "latitud_deg"), ({"latitude_deg": "5"}, "number"),
])  # fmt: skip
def test_an_update_is_checked_as_a_new_object_is(update, said):
    with pytest.raises(ValueError, match=said):
        sim.Site(**HERE).model_copy(update=update)


def test_an_update_takes_every_form_that_the_constructor_takes():
    update = {"start": "2019-02-01T00:00:00Z", "sites": {"a": LANDER, "b": {**HERE, "name": "b"}}}
    moved = scenario().model_copy(update=update)
    assert moved.start == sim.tdb("2019-02-01T00:00:00Z") and moved.sites["b"].latitude_deg == 10.0


def test_a_scenario_with_other_sites_gives_other_windows():
    old = scenario()
    before = sim.run(old)
    there = sim.Site(name="b", **AWAY)
    changed = old.model_copy(update={"sites": {"a": old.sites["a"], "b": there}})
    new = scenario(sites={"a": LANDER, "b": AWAY})
    assert sim.run(changed).routes["down"] == sim.run(new).routes["down"] != before.routes["down"]
    later = old.model_copy(update={"start": "2019-01-10T00:00:00Z"})
    assert sim.run(later).routes["down"] == sim.run(scenario(start="2019-01-10T00:00:00Z")).routes["down"]
    assert sim.run(old.model_copy(update={"light_time": False})).routes["down"] != before.routes["down"]


def test_an_ephemeris_that_was_handed_down_is_handed_down_anew():
    other = str(shipped("de421"))  # the same file, by its path
    for old in (scenario(), scenario(ephemeris="de421"), scenario(ephemeris=other)):
        for name in ("de421", other):
            new = old.model_copy(update={"ephemeris": name})
            assert {site.ephemeris for site in new.sites.values()} == {name}
    own = sim.Scenario.model_validate({**SPAN, "ephemeris": "de421", "sites": {"a": {**LANDER, "ephemeris": other}}})
    assert own.model_copy(update={"light_time": False}).sites["a"].ephemeris == other
    moved = scenario(ephemeris=other).sites["a"].model_copy(update={"height_m": 1.0})
    assert moved.ephemeris == other


def test_defaults_that_depend_on_a_changed_field_are_set_again():
    site = sim.Site(**HERE)
    assert site.basis == "unsourced" and site.model_copy(update={"source": "a survey"}).basis == "definitive"
    assert "profile" in site.model_copy(update={"horizon_deg": ((0.0, 1.0), (180.0, 5.0))}).horizon_source
    named = sim.Site(**HERE, basis="designed").model_copy(update={"source": "a survey"})
    assert named.basis == "designed"


def test_a_horizon_of_a_file_goes_with_no_other_place(horizon_file):
    site = sim.Site(**HERE, body="moon", horizon_file=str(horizon_file))
    with pytest.raises(ValueError, match="made for"):
        site.model_copy(update=AWAY)
    with pytest.raises(ValueError, match="give either"):
        site.model_copy(update={"horizon_deg": 3.0})
    assert site.model_copy(update={"horizon_file": ""}).horizon_deg == 0.0
    horizon_file.unlink()
    assert site.model_copy(update={"source": "x"}).horizon_deg == site.horizon_deg
    assert pickle.loads(pickle.dumps(site)) == site


@pytest.fixture
def horizon_file(tmp_path):
    """A horizon as `sim horizon` leaves it, for the place that is called here."""
    path = tmp_path / "here.toml"
    place = f"latitude_deg = {HERE['latitude_deg']}\nlongitude_deg = {HERE['longitude_deg']}\n"
    horizon = 'model = "m"\nmodel_sha256 = "0"\nhorizon_deg = [[0, 1.0], [180, 2.0]]\n'
    path.write_text(f'body = "moon"\n{place}{horizon}')
    return path


MAPPINGS = {
    "sites": lambda s: s.sites, "spacecraft": lambda s: s.spacecraft, "routes": lambda s: s.routes,
    "sweep": lambda s: s.sweep.set,
}  # fmt: skip
CHANGES = {
    "set": lambda t: t.__setitem__("x", 1), "del": lambda t: t.__delitem__("x"), "or": lambda t: t.__ior__({"x": 1}),
    "clear": lambda t: t.clear(), "pop": lambda t: t.pop("x"), "popitem": lambda t: t.popitem(),
    "default": lambda t: t.setdefault("x", 1), "update": lambda t: t.update(x=1),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("mapping", MAPPINGS)
def test_no_table_of_a_scenario_can_be_changed(mapping, change):
    site = {"a": LANDER}
    for whole in (scenario(sweep={"set": {"days": [1.0, 2.0]}}), sim.Scenario(**SPAN, sites=site, sweep={"set": {}})):
        before = dict(MAPPINGS[mapping](whole))
        for copied in (lambda x: x, copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))):
            for table in (MAPPINGS[mapping](copied(whole)), copied(MAPPINGS[mapping](whole))):
                with pytest.raises(TypeError, match="model_copy"):
                    CHANGES[change](table)
                assert table == before and isinstance(table, dict)


def test_a_table_serialises_and_merges_as_any_dict():
    table = scenario().sites
    assert isinstance(table, Table) and list({**table}) == ["a", "b"] and type(table | {}) is dict
    assert json.loads(json.dumps(Table(x=Table(y=1)))) == {"x": {"y": 1}}
    assert scenario().model_dump_json() == scenario(sites=dict(table)).model_dump_json()


def test_the_dict_that_a_scenario_was_made_of_is_none_of_its_own():
    sites = {"a": sim.Site(name="a", **LANDER)}
    whole = sim.Scenario(**SPAN, sites=sites)
    sites["b"] = sim.Site(**HERE | {"name": "b"})
    assert list(whole.sites) == ["a"]
