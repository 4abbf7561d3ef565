"""Link budgets and margins of scenarios: by hand, by brute force, and what is reported of bad input."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.core.errors import ScenarioError, SimError
from sim.scenario.includes import digest
from sim.simulation.data_volume import data_volume
from sim.simulation.link_budget import channels_by_pair
from sim.trajectories.radios.atmosphere import air_mass
from sim.visibility.hops import hop
from sim.visibility.link_budget import margin_scalar
from tests.support.command import sim_here

FILE = Path(__file__).parent / "data" / "link-budget.toml"
TEXT = FILE.read_text(encoding="utf-8")
STATION = {"latitude_deg": 52.0, "longitude_deg": 4.4}


@pytest.fixture(scope="module")
def scenario():
    return sim.load(FILE)


@pytest.fixture(scope="module")
def in_passes(scenario):
    """The windows of the line of sight alone, and every tenth of a second in them."""
    free = scenario.unchecked(links={})
    windows = hop(free["low"], free["delft"]).windows(scenario.span)
    return windows, [np.arange(start + 0.05, end, 0.1) for start, end in windows]


def cn0_by_hand(scenario, t):
    """C/N0 from positions and constants alone."""
    there, here = scenario["low"], scenario["delft"]
    line = there.position(t - 0.005) - here.position(t)
    km = np.linalg.norm(line, axis=-1)
    up = here.horizontal(t)[..., 2, :]
    elevation = np.degrees(np.arcsin(np.sum(line * up, axis=-1) / km))
    loss = (0.0394 + 0.0063) * air_mass(elevation)
    noise = 100.0 + 277.5 * (1.0 - 10.0 ** (-loss / 10.0)) + 2.725 * 10.0 ** (-loss / 10.0)
    free = 92.448 + 20.0 * np.log10(km * 8.2)
    return 10.0 * np.log10(5.0) - free - loss + 40.0 - 10.0 * np.log10(noise) + 228.599


def test_terms_with_a_sign_add_up_to_c_n0_and_to_what_a_hand_gets(scenario, in_passes):
    for t in np.concatenate([times[:: len(times) // 3] for times in in_passes[1]]):
        budget = sim.link_budget(scenario, "down", float(t))
        total = sum(line.value for line in budget.lines if line.sums and line.value is not None)
        assert total == pytest.approx(budget.cn0_db_hz, abs=1e-9)
        assert budget.cn0_db_hz == pytest.approx(float(cn0_by_hand(scenario, np.array([t]))[0]), abs=0.02)
        eb_n0 = budget.cn0_db_hz - 10.0 * np.log10(20e6 * 0.988858)
        assert budget.margin_db == pytest.approx(eb_n0 - 1.049 - 1.0, abs=1e-3)


def test_windows_of_a_margin_are_those_of_a_dense_scan(scenario, in_passes):
    channel = channels_by_pair(scenario, "down")["low", "delft"]
    margin = margin_scalar(channel, scenario["low"], scenario["delft"], True)
    dense = sum(0.1 * np.count_nonzero(margin(times) > 5.0) for times in in_passes[1])
    found = sim.run(scenario).routes["down"]
    assert found.total_s == pytest.approx(dense, abs=0.1 * len(found))
    assert 0.0 < found.total_s < 0.95 * in_passes[0].total_s
    edges = found.bounds[(found.bounds > scenario.span.start + 1) & (found.bounds < scenario.span.end - 1)]
    level = margin(edges)
    by_margin = np.abs(level - 5.0) < 1e-4
    assert np.count_nonzero(by_margin) >= len(edges) / 2
    assert np.all(level >= 5.0 - 1e-4)


def test_volumes_are_integrals_over_tenths_of_a_second(scenario, in_passes):
    """The best constant rate, and the fastest mode that closes at every instant, within 0.1 %."""
    loose = scenario.unchecked(links={"down": scenario.links["down"].model_copy(update={"limits": ()})})
    channel = channels_by_pair(loose, "down")["low", "delft"]
    cn0 = margin_scalar(channel, loose["low"], loose["delft"], True, 0.0)
    found = data_volume(loose, "down")
    assert len(found) == len(in_passes[0]) >= 4
    different = 0
    for one, times in zip(found, in_passes[1], strict=True):
        level = cn0(times)
        closes = {m: level >= channel.required_db_hz(m, 3.0) for m in channel.signal.modes}
        constant = max(0.1 * mode.rate_bps * np.count_nonzero(fits) for mode, fits in closes.items())
        fastest = np.max([mode.rate_bps * fits for mode, fits in closes.items()], axis=0)
        assert one.constant_bit == pytest.approx(constant, rel=1e-3)
        assert one.adaptive_bit == pytest.approx(0.1 * np.sum(fastest), rel=1e-3)
        different += one.adaptive_bit > 1.01 * one.constant_bit
    assert different >= 3


def test_why_names_the_margin(scenario, in_passes):
    start = float(in_passes[0].bounds[0, 0])
    (reason,) = sim.why(scenario, ["down"], start + 1.0)
    assert not reason.holds
    assert "✗ link margin of low – delft > 5 dB" in str(reason)


def test_the_command_prints_budgets_and_volumes(tmp_path, scenario, in_passes):
    at = sim.utc(float(np.mean(in_passes[0].bounds[0])))
    text = sim_here("link", FILE, "down", "--at", at)
    assert text.returncode == 0, text.stderr
    assert "free-space loss" in text.stdout and "required Eb/N0" in text.stdout
    table = json.loads(sim_here("link", FILE, "down", "--at", at, "--format", "json").stdout)
    budget = sim.link_budget(scenario, "down", at)
    assert table["margin_db"] == pytest.approx(budget.margin_db, abs=1e-6)
    rows = sim_here("link", FILE, "down", "--at", at, "--format", "csv").stdout.splitlines()
    assert len(rows) == len(budget.lines) + 1
    picture = tmp_path / "budget.png"
    drawn = sim_here("link", FILE, "down", "--at", at, "--picture", picture)
    assert drawn.returncode == 0 and picture.read_bytes().startswith(b"\x89PNG")
    volumes = sim_here("link", FILE, "down").stdout.splitlines()
    assert volumes[0].startswith("link,transmitter,receiver,start_utc") and len(volumes) > 3


def test_a_budget_below_the_horizon_and_outside_the_span_is_refused(scenario, in_passes):
    hidden = float(in_passes[0].bounds[0, 1]) + 1800.0
    with pytest.raises(SimError, match="below the horizontal plane of delft"):
        sim.link_budget(scenario, "down", hidden)
    with pytest.raises(SimError, match="outside the span"):
        sim.link_budget(scenario, "down", "2024-04-01T00:00:00Z")
    with pytest.raises(SimError, match=r"no link is called 'dwn'\. Did you mean 'down'"):
        sim.link_budget(scenario, "dwn", hidden)


@pytest.mark.parametrize(
    "old, new, message",
    [
        ("gain_dbi = 40", "gain_dbi = 10000", "If it is a ratio, write 40.00"),
        ("power_w = 5", "power_w = -3", "If it is in dBW, write 0.501"),
        ("frequency_mhz = 8200", "frequency_mhz = 0.82", "If it is in GHz, write 820"),
        ("frequency_mhz = 8200", "frequency_mhz = 2200", "no pair of radios has a band in common"),
        ("gain_dbi = 0\n", "", "power_w needs the antenna"),
        ("gain_dbi = 0\n", "diameter_m = 0.3\n", "diameter_m needs an efficiency"),
        ("gain_dbi = 0\n", "diameter_m = 0.3\nefficiency = 60\n", "If it is a percentage, write 0.6"),
        ("receiver_temperature_k = 100\n", "", "neither transmits nor receives"),
        ("receiver_temperature_k = 100", "receiver_temperature_k = 100\nsystem_temperature_k = 90", "give one of"),
        ("receiver_temperature_k = 100", "receiver_temperature_k = -5", "temperature above 0 K"),
        ('radio = "omni"', 'radio = "omny"', "no radio is called 'omny'. Did you mean 'omni'"),
        ('radio = "omni"\n', "", "low has no radio that transmits"),
        ('polarization = "rhcp"\n\n[radios.dish]', 'polarization = "lhcp"\n\n[radios.dish]', "the same polarization"),
        ("symbol_rate_sps = 20e6", "data_rate_bps = 20e6", "several codings need symbol_rate_sps"),
        ("dvb-s2-qpsk-1/2", "dvb-s2-qpsk-1/5", "no coding is called 'dvb-s2-qpsk-1/5'"),
        ("implementation_loss_db = 1", "implementation_loss_db = -1", "losses are positive: expected 0 to 100 dB"),
        ("implementation_loss_db = 1", "implementation_loss_db = 31", "implementation_loss_db"),
        ("margin_db = 3\n", "margin_db = 3\nweather = 90\n", "If it is a percentage, write 0.9"),
        ("frequency_mhz = 8200", "frequency_mhz = 8.2e9", "If it is in Hz, write 8200"),
        ("gain_dbi = 40", "gain_dbi = 50\ndiameter_m = 3", "a dish of 3 m has at most 48.4"),
        ("implementation_loss_db = 1", "implementation_los_db = 1", "implementation_los_db"),
        ('between = ["low", "delft"]', 'between = ["earth", "delft"]', "is a body and has no radio"),
    ],
)  # fmt: skip
def test_bad_radios_are_reported_with_their_line_and_a_cure(tmp_path, old, new, message):
    assert old in TEXT
    file = tmp_path / "bad.toml"
    file.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        sim.load(file)
    text = str(caught.value)
    assert message in text
    assert "line " in text


def test_a_margin_without_a_signal_is_reported(tmp_path):
    file = tmp_path / "bad.toml"
    head, tail = TEXT.split("[links.down.signal]")
    file.write_text(head + tail[tail.index("[routes]") :], encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"'link_margin' needs a signal of the link. Add \[links.down.signal\]"):
        sim.load(file)
    with pytest.raises(ValueError, match="is of a link's signal"):
        margin = {"kind": "link_margin", "min_db": 3.0}
        sim.Scenario(start=0.0, days=1, sites={"a": {**STATION, "limits": [margin]}})


def test_a_margin_that_no_route_uses_is_remarked(scenario):
    turned = scenario.model_copy(update={"routes": {"up": ("delft", "low")}})
    assert any("its margin limits nothing" in each for each in turned.remarks)
    assert not any("its margin limits nothing" in each for each in scenario.remarks)


def test_a_condition_with_a_margin_is_pickled_with_its_radios(scenario, in_passes):
    whole = hop(scenario["low"], scenario["delft"])
    again = pickle.loads(pickle.dumps(whole))
    times = np.concatenate([each[::100] for each in in_passes[1]])
    assert np.array_equal(again.holds(times), whole.holds(times))
    assert not np.all(whole.holds(times))


def test_scenarios_with_radios_survive_copies_and_json_and_others_keep_their_digest(scenario):
    again = sim.Scenario.model_validate(json.loads(scenario.model_dump_json()))
    assert (again.radios, again.links) == (scenario.radios, scenario.links)
    plain = sim.Scenario(start=0.0, days=1, sites={"a": STATION})
    same = plain.model_copy(update={"radios": {}})
    assert digest(same) == digest(plain)
    other = scenario.radios["omni"].model_copy(update={"power_w": 6.0})
    assert digest(scenario.model_copy(update={"radios": {**scenario.radios, "omni": other}})) != digest(scenario)
