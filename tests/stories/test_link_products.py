"""Pictures and tables of links with signals, their spread, and the report's section."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.core.errors import ScenarioError, SimError
from sim.products.budget import Budget
from sim.products.margin import Margin, rates
from sim.products.of_link import sent_signals
from sim.products.report import Report
from sim.products.volume import Volume, utc_days
from sim.products.web_report.links import links_section
from sim.visibility.link_volume import pass_volumes, volumes_in
from sim.visibility.margin_spread import BAD, GOOD, margin_band, sides

FILE = Path(__file__).parent / "data" / "link-budget.toml"
WAY = """waypoints = [
    { time = 2024-02-28T00:00:00Z, latitude_deg = 50.0, longitude_deg = 3.0 },
    { time = 2024-03-04T00:00:00Z, latitude_deg = 51.0, longitude_deg = 2.0 },
]
"""
TABLE = ((0.0, 0.04), (0.5, 0.1), (0.99, 0.8))


@pytest.fixture(scope="module")
def scenario():
    loaded = sim.load(FILE)
    radios = {
        "omni": loaded.radios["omni"].model_copy(update={"sigma_db": 0.3}),
        "dish": loaded.radios["dish"].model_copy(update={"sigma_db": 0.4, "zenith_attenuation_db": TABLE}),
    }
    free = {"down": loaded.links["down"].model_copy(update={"limits": ()})}
    return loaded.unchecked(links=free, radios=radios)


@pytest.fixture(scope="module")
def result(scenario):
    return sim.run(scenario)


@pytest.fixture(scope="module")
def sent(result):
    (only,) = sent_signals(result)
    return only


def test_the_pictures_and_the_table_of_a_link_are_written(tmp_path, scenario, result):
    for product in (Budget(link="down"), Margin(number=1), Volume(format="svg")):
        paths = product.write(result, tmp_path)
        assert [path.name for path in paths] == type(product).files(product)
        assert all(path.stat().st_size > 500 for path in paths)
    lines = (tmp_path / "budget.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("link,transmitter,receiver") and any(",margin," in line for line in lines)
    text = (tmp_path / "volume.svg").read_text(encoding="utf-8")
    assert "data volume a day" in text and "1σ" in text
    with pytest.raises(SimError, match=r"passes, but number is 99"):
        Margin(number=99).write(result, tmp_path)
    with pytest.raises(SimError, match=r"no signal is like that\. Signals: down from low to delft"):
        Budget(link="up").write(result, tmp_path)


def test_a_margin_s_band_is_its_antennas_and_its_weather(result, sent):
    start, end = sent.passes.bounds[0]
    t = np.linspace(start + 1.0, end - 1.0, 20)
    band, spread = margin_band(sent.channel, *sent.ends, result.light, t), sides(sent.channel)
    assert spread.shift_db == pytest.approx(0.5)  # 0.3 and 0.4 dB
    assert (spread.worse.signal.weather, spread.better.signal.weather) == (0.9, GOOD) and BAD < 0.9
    # 0.9 of the time is safer than one standard deviation: the worse side is that of the antennas and the orbit alone
    wide = band.margin_db - band.low_db
    assert np.all(wide >= 0.5 - 1e-9) and np.all(wide < 1.0)
    assert np.all(band.high_db - band.margin_db > 0.5 + 0.5)
    assert "weather" in band.counted and "antennas" in band.counted


def test_what_is_not_known_of_a_spread_is_said(sent):
    bare = sent.channel.receiver.radio.model_copy(update={"sigma_db": None, "zenith_attenuation_db": None})
    quiet = sent.channel.transmitter.radio.model_copy(update={"sigma_db": None})
    plain = replace(
        sent.channel,
        receiver=replace(sent.channel.receiver, radio=bare),
        transmitter=replace(sent.channel.transmitter, radio=quiet),
    )
    spread = sides(plain)
    assert spread.counted == () and spread.unknown == ("radio omni", "radio dish")
    (volume,) = pass_volumes("down", plain, sent.ends, True, sent.passes.within(sim.Span(*sent.passes.bounds[0])))
    assert (volume.low_bit, volume.high_bit) == (None, None) and volume.row()[-2:] == ("", "")


def test_volumes_of_days_add_up_to_those_of_passes(result, sent):
    days = utc_days(result.span)
    assert len(days) == 1 and days[0].duration_s == pytest.approx(86_400.0)
    daily = volumes_in("down", sent.channel, sent.ends, result.light, sent.passes, days)
    passes = pass_volumes("down", sent.channel, sent.ends, result.light, sent.passes)
    for name in ("adaptive_bit", "low_bit", "high_bit"):
        total = sum(getattr(each, name) for each in passes)
        assert sum(getattr(each, name) for each in daily) == pytest.approx(total, rel=1e-9)
    assert all(each.low_bit <= each.adaptive_bit <= each.high_bit for each in passes)
    assert sum(each.high_bit for each in passes) > 1.02 * sum(each.adaptive_bit for each in passes)


def test_rates_are_those_of_the_modes_that_close(sent):
    channel = sent.channel
    margin = np.array([-5.0, channel.signal.margin_db + 0.01, 30.0])
    modes = [mode.rate_bps for mode in channel.signal.modes]
    assert rates(channel, margin).tolist() == [0.0, modes[0], modes[-1]]


def test_the_report_has_a_section_on_links_only_with_signals(tmp_path, result):
    section = links_section(result)
    assert "<h2 id=\"links-head\">Links</h2>" in section and "<td>delft</td>" in section and "Gbit" in section
    assert links_section(replace(result, channels={})) == ""
    (page,) = Report().write(result, tmp_path)
    assert section in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "product, message",
    [
        ('kind = "margin"\nlink = "dwn"', "no link with a signal is called 'dwn'. Did you mean 'down'"),
        ('kind = "budget"\nreceiver = "low"', "expected one of delft, got 'low'"),
    ],
)
def test_products_of_other_links_are_refused_with_their_line(tmp_path, product, message):
    file = tmp_path / "bad.toml"
    file.write_text(FILE.read_text(encoding="utf-8") + f"\n[[products]]\n{product}\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match=message):
        sim.load(file)


@pytest.mark.parametrize(
    "old, new, message",
    [
        ("horizon_deg = 6", "horizon_deg = 6\nrain_height_km = 3", "rain_height_km needs rain_rate_mm_h"),
        ("latitude_deg = 52.0\nlongitude_deg = 4.4\n", f"{WAY}rain_rate_mm_h = 30\n", "for sites that do not move"),
        ("horizon_deg = 6", "horizon_deg = 6\nbody = 'moon'\nrain_rate_mm_h = 30", "rain is for sites on the Earth"),
        ("implementation_loss_db = 1", "implementation_loss_db = 10.5\natmosphere = 'itu'", "atmosphere"),
        ("margin_db = 3\n", "margin_db = 3\nweather = 0.2\natmosphere = 'itu-r'\n", "itu"),
    ],
)
def test_bad_weather_is_reported_with_its_line(tmp_path, old, new, message):
    text = FILE.read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "bad.toml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        sim.load(file)
    assert message in str(caught.value) and "line " in str(caught.value)


def test_a_sweep_over_a_signal_changes_the_windows_of_its_margin(tmp_path):
    """Windows are kept from case to case: not across cases whose links or radios differ."""
    swept = sim.sweep(FILE, {"links.down.signal.other_loss_db": [0.0, 6.0]}, tmp_path / "out")
    plain, lossy = swept.routes()["total_s"]
    assert 0.0 < lossy < 0.9 * plain
