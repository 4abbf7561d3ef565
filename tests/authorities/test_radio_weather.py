"""Rain, the atmosphere of the ITU and the solar corona, against published examples and other programs."""

import numpy as np
import pytest

from sim.trajectories.radios import itu
from sim.trajectories.radios.channel import Channel, Geometry
from sim.trajectories.radios.corona import corona_db, fade_db, scintillation_index
from sim.trajectories.radios.mount import Mount
from sim.trajectories.radios.noise import brightness_k, share_of_beam, sun_brightness_k
from sim.trajectories.radios.radio import Radio
from sim.trajectories.radios.rain import rain_db, specific_attenuation, usual_rain_height_km
from sim.trajectories.radios.signal import Signal

# Validation examples of ITU-R Study Group 3 for P.618-13 (CG-3M3J-13-ValEx): latitude, height above the sea, GHz,
# elevation, tilt, % of the time, mm/h exceeded in 0.01 %, length of the path in rain (km), dB.
RAIN = [
    (51.5, 0.031382984, 14.25, 31.07699124, 0.0, 1.0, 26.48052, 4.690817392, 0.495317069),
    (51.5, 0.031382984, 14.25, 31.07699124, 0.0, 0.001, 26.48052, 4.690817392, 14.89982248),
    (51.5, 0.031382984, 29.0, 31.07699124, 0.0, 0.01, 26.48052, 4.690817392, 23.44444523),
    (25.78, 0.00861728, 14.25, 52.67898486, 0.0, 0.1, 78.2994993, 5.735098894, 6.297247244),
    (22.9, 0.0, 29.0, 22.27833468, 0.0, 0.01, 50.639304, 10.96995451, 59.62576355),
    (9.05, 2.539861878, 14.25, 20.14335809, 90.0, 0.1, 42.91007183, 6.516372436, 5.881071312),
    (9.05, 2.539861878, 29.0, 20.14335809, 90.0, 1.0, 42.91007183, 6.516372436, 3.70158394),
    (9.05, 2.539861878, 29.0, 20.14335809, 90.0, 0.001, 42.91007183, 6.516372436, 45.67419098),
]
KA = {"frequency_mhz": 26_000.0, "diameter_m": 12.0, "efficiency": 0.6, "receiver_temperature_k": 100.0}
SENDS = Radio(frequency_mhz=26_000.0, eirp_dbw=40.0)


@pytest.mark.parametrize("latitude, _, ghz, elevation, tilt, percent, rate, slant_km, expected", RAIN)
def test_rain_is_that_of_the_itu_s_validation_examples(
    latitude, _, ghz, elevation, tilt, percent, rate, slant_km, expected
):
    above = slant_km * np.sin(np.deg2rad(elevation))
    found = rain_db(np.array(elevation), 1000.0 * ghz, percent, rate, above, latitude, tilt)
    assert float(found) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize(
    "elevation, ghz, rate, tilt, expected",
    [(31.07699124, 14.25, 26.48052, 0.0, 1.58130839), (46.35969261, 29.0, 27.13586832, 0.0, 5.03135479),
     (48.24117054, 14.25, 63.62668149, 90.0, 3.72901264), (20.14335809, 29.0, 42.91007183, 90.0, 6.83364556)],
)  # fmt: skip
def test_specific_attenuation_is_that_of_the_itu_s_validation_examples(elevation, ghz, rate, tilt, expected):
    turn = np.cos(np.deg2rad(elevation)) ** 2 * np.cos(2.0 * np.deg2rad(tilt))
    assert float(specific_attenuation(rate, 1000.0 * ghz, turn)) == pytest.approx(expected, rel=1e-7)


def test_rain_is_continuous_and_falls_with_the_elevation():
    level = np.linspace(1.0, 89.0, 20_001)
    for latitude in (10.0, 50.0):
        found = rain_db(level, 26_000.0, 0.01, 40.0, 4.0, latitude)
        assert np.all(np.abs(np.diff(found)) < 0.5) and np.all(np.diff(found)[level[1:] < 40.0] < 0.0)


def test_the_usual_height_of_rain_is_near_to_the_maps():
    """Heights of the same examples, from the maps of P.839-4."""
    maps = {51.5: 2.453, 25.78: 4.569, 33.94: 2.563, 41.9: 3.047, 9.05: 4.784, 3.13: 4.958}
    for latitude, mapped in maps.items():
        assert abs(usual_rain_height_km(latitude) - mapped) < 2.0


def terms(receiver, weather, **signal):
    channel = Channel(
        Mount("a", SENDS), receiver, Signal(data_rate_bps=1e6, required_eb_n0_db=1.0, weather=weather, **signal)
    )
    far = {name: (np.array(90.0), np.array(0.26)) for name in channel.brightness_k}
    return channel.terms(Geometry(np.array(4e5), None, np.array(20.0), far))


def test_rain_attenuates_and_makes_noise_and_a_table_of_weather_contains_it():
    place = (700.0, 40.0, -4.0, 25.0, 3.0)
    dry, wet = (terms(Mount("x", Radio(**KA), *place[:last]), 0.999) for last in (3, 5))
    expected = rain_db(np.array(20.0), 26_000.0, 0.1, 25.0, 2.3, 40.0)
    assert wet.rain_db == pytest.approx(float(expected), abs=1e-9) and dry.rain_db == 0.0
    added = 10.0 * np.log10(wet.system_k / dry.system_k)
    assert dry.cn0_db_hz - wet.cn0_db_hz == pytest.approx(float(wet.rain_db + added), abs=1e-9)
    assert added > 2.0
    table = Radio(**KA, zenith_attenuation_db=((0.5, 0.2), (0.999, 1.0)))
    assert terms(Mount("x", table, *place), 0.999).rain_db == 0.0


def test_the_atmosphere_of_the_itu_is_that_of_its_package():
    itur = pytest.importorskip("itur")
    assert itu.is_installed()
    sky = itu.Sky(51.5, -0.14, 0.031, 29_000.0, 0.99, 1.0, 0.65, 26.48052)
    level = np.array([5.0, 7.3, 12.0, 31.077, 60.0, 88.9])
    expected = itur.atmospheric_attenuation_slant_path(
        51.5, -0.14, 29.0, level, 1.0, 1.0, hs=0.031, eta=0.65, R001=26.48052
    ).value
    assert itu.slant_db(sky, level) == pytest.approx(expected, abs=0.03)


def test_the_fit_of_an_attenuation_is_smooth_and_exact_at_its_elevations(monkeypatch):
    monkeypatch.setattr(itu, "_computed", lambda sky, level: 0.3 / np.sin(np.deg2rad(level)) ** 0.9)
    sky = itu.Sky(10.0, 20.0, 0.5, 26_000.0, 0.99, 3.0, 0.6, 12.34)
    level = np.linspace(5.0, 89.0, 400)
    assert itu.slant_db(sky, level) == pytest.approx(0.3 / np.sin(np.deg2rad(level)) ** 0.9, rel=1e-9)
    ends = {"mhz": 26_000.0, "signal": Signal(data_rate_bps=1e3, required_eb_n0_db=1.0, atmosphere="itu-r")}
    mount = Mount("x", Radio(**KA), 500.0, 10.0, 20.0, 12.34)
    assert not mount.has_rain(ends["signal"]) and mount.by_itu(ends["signal"])
    found = mount.air_db(ends["mhz"], ends["signal"], np.array([3.0, 5.0, 60.0]))
    assert found[0] > found[1] > found[2] > 0.0


def test_the_package_gives_the_itu_s_validation_example_of_the_whole_atmosphere():
    """London, 29 GHz, 1 %: 0.838 dB of gases, 1.772 of clouds, 2.208 of rain and 0.388 of scintillation are 4.837."""
    pytest.importorskip("itur")
    sky = itu.Sky(51.5, -0.14, 0.031382984, 29_000.0, 0.99, 1.0, 0.65)
    assert float(itu.slant_db(sky, np.array(31.07699124))) == pytest.approx(4.837, rel=0.05)


def test_the_corona_scintillates_as_it_was_measured():
    """Morabito (2003): saturated below 1.1° at X-band and 0.6° at Ka-band; his other fit above 2° at X-band."""
    assert scintillation_index(np.array([0.5, 1.0, 1.1]), 8400.0) == pytest.approx(1.0)
    assert scintillation_index(np.array([0.3, 0.6]), 32_000.0) == pytest.approx(1.0)
    angle = np.array([2.0, 2.5, 3.0, 4.0])
    other = np.exp(-1.74 * (angle - 1.1)) + 0.186 - 0.036 * (angle - 1.1)
    assert np.max(np.abs(scintillation_index(angle, 8400.0) - other)) < 0.06  # the scatter that he gives
    assert np.all(scintillation_index(angle, 32_000.0) < scintillation_index(angle, 8400.0))
    assert np.all(np.diff(scintillation_index(np.linspace(0.3, 60.0, 5000), 26_000.0)) <= 1e-12)


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
def test_fades_are_those_of_the_distribution_of_rice(share):
    from scipy.stats import rice

    for index in (0.05, 0.3, 0.6, 0.9, 0.99):
        steady = np.sqrt(1.0 - index**2)
        k = steady / (1.0 - steady)
        expected = -20.0 * np.log10(rice.ppf(1.0 - share, np.sqrt(2.0 * k)) / np.sqrt(2.0 * (1.0 + k)))
        assert float(fade_db(np.array(index), share)) == pytest.approx(expected, abs=1e-3)


def test_the_corona_counts_behind_the_sun_and_not_before_it():
    au = 149.6e6
    behind = corona_db(np.array(2.5 * au), np.array(1.5), np.array(au), 8400.0, 0.9)
    assert float(behind) == pytest.approx(float(fade_db(scintillation_index(np.array(1.5), 8400.0), 0.9)), abs=0.05)
    for km in (4e5, 1.5e6, 0.9 * au):  # the Moon, L1, Venus on this side
        assert float(corona_db(np.array(km), np.array(1.5), np.array(au), 8400.0, 0.9)) < 1e-5
    assert float(corona_db(np.array(2.5 * au), np.array(120.0), np.array(au), 8400.0, 0.9)) < 1e-5


def test_planets_count_where_they_can_and_with_their_measured_brightness():
    wide, narrow = brightness_k(2250.0, 5.0, 100.0), brightness_k(8440.0, 0.074, 20.0)
    assert set(wide) == {"moon", "sun"} and set(narrow) == {"moon", "sun", "venus", "mars", "jupiter"}
    assert narrow["venus"] == pytest.approx(657.5, abs=0.1)  # Butler et al. (2001)
    # a small disk in the middle of a Gaussian beam: the ratio of their solid angles; Venus at 0.277 au
    radius = np.rad2deg(6051.8 / 41.4e6)
    share = float(share_of_beam(np.array(0.0), np.array(radius), 0.074))
    assert share == pytest.approx(np.pi * radius**2 / (1.133 * 0.074**2), rel=0.02)
    assert 0.9 * 0.7 * 657.5 * share == pytest.approx(14.0, abs=1.5)


def test_the_sun_heats_a_large_dish_beside_it():
    """Quiet Sun at X-band: tens of kelvins at 1° and some at 2° from its center, as module 104 of 810-005 draws it."""
    radio = Radio(frequency_mhz=8420.0, gain_dbi=68.24, diameter_m=34.0, receiver_temperature_k=20.0)
    signal = Signal(data_rate_bps=1e3, required_eb_n0_db=1.0)
    channel = Channel(Mount("a", Radio(frequency_mhz=8420.0, eirp_dbw=50.0)), Mount("b", radio, 900.0), signal)
    heat = []
    for away in (1.0, 2.0, 10.0):
        bodies = {name: (np.array(90.0), np.array(0.0)) for name in channel.brightness_k}
        bodies["sun"] = (np.array(away), np.array(0.267))
        heat.append(float(channel.terms(Geometry(np.array(3e8), None, np.array(45.0), bodies)).bodies_k["sun"]))
    assert 20.0 < heat[0] < 100.0 and 5.0 < heat[1] < 25.0 and heat[2] < 1.0
    assert sun_brightness_k(8420.0) == pytest.approx(24_300.0, rel=0.01)
