"""Link budgets against published figures and other programs."""

import numpy as np
import pytest

from sim.trajectories.radios.antennas import dish_gain_dbi, polarization_loss_db
from sim.trajectories.radios.atmosphere import gas_zenith_db
from sim.trajectories.radios.channel import Channel, Geometry
from sim.trajectories.radios.codings import CODINGS
from sim.trajectories.radios.decibels import free_space_loss_db
from sim.trajectories.radios.mount import Mount
from sim.trajectories.radios.noise import share_of_beam
from sim.trajectories.radios.radio import Radio
from sim.trajectories.radios.signal import Signal

FAR = (np.array(90.0), np.array(0.005))
HIDDEN = {"moon": (np.array(90.0), np.array(0.26)), "sun": (np.array(90.0), np.array(0.27)), "venus": FAR, "mars": FAR,
          "jupiter": FAR}  # fmt: skip
SENDS = {8420.0: Radio(frequency_mhz=8420.0, eirp_dbw=50.0), 26250.0: Radio(frequency_mhz=26250.0, eirp_dbw=50.0)}

# DSN 810-005, module 104 Rev. L (Tab. A-2) and Rev. Q (Tab. A-3); zenith attenuation: 104L Tab. A-5, 105E Tab. 20.
DSS = {
    "dss-24": dict(frequency_mhz=8420.0, gain_dbi=68.24, gain_drop_db_deg2=0.000027, gain_peak_deg=51.5,
                   receiver_temperature_k=30.39, spillover_temperature_k=2.9, spillover_decay_per_deg=0.11,
                   zenith_attenuation_db=((0.0, 0.037), (0.25, 0.039), (0.5, 0.040), (0.9, 0.047))),
    "dss-35": dict(frequency_mhz=8420.0, gain_dbi=68.35, gain_drop_db_deg2=0.000045, gain_peak_deg=45.0,
                   receiver_temperature_k=14.7,
                   zenith_attenuation_db=((0.0, 0.039), (0.25, 0.044), (0.5, 0.046), (0.9, 0.058))),
    "dss-34": dict(frequency_mhz=26250.0, gain_dbi=77.68, gain_drop_db_deg2=0.00025, gain_peak_deg=47.8,
                   receiver_temperature_k=32.4, spillover_temperature_k=-40.0, spillover_decay_per_deg=0.20,
                   zenith_attenuation_db=((0.25, 0.176), (0.5, 0.212), (0.9, 0.387), (0.99, 1.213))),
}  # fmt: skip


@pytest.mark.parametrize(
    "station, elevation_deg, g_over_t",
    [("dss-24", 20.0, 51.8), ("dss-35", 20.0, 53.7), ("dss-34", 20.0, 56.5), ("dss-34", 10.0, 53.6)],
)
def test_g_over_t_of_dsn_stations_in_the_weather_of_nine_days_of_ten(station, elevation_deg, g_over_t):
    """As the models of 810-005 give it, with the attenuation of the atmosphere."""
    radio = Radio(**DSS[station])
    signal = Signal(data_rate_bps=1e3, required_eb_n0_db=1.0, weather=0.9)
    channel = Channel(Mount("a", SENDS[radio.band_mhz[0]]), Mount(station, radio, 1000.0), signal)
    terms = channel.terms(Geometry(np.array(4e5), None, np.array(elevation_deg), HIDDEN))
    assert terms.g_over_t_db_k - terms.atmosphere_db == pytest.approx(g_over_t, abs=0.06)


def test_the_moon_adds_to_the_noise_of_a_beam_that_it_fills():
    """240 K x 0.9 x 0.7 = 150 K at 26 GHz: 810-005, module 105 Rev. E, section 2.4.2."""
    channel = Channel(
        Mount("a", SENDS[26250.0]),
        Mount("dss-34", Radio(**DSS["dss-34"]), 692.0),
        Signal(data_rate_bps=1e3, required_eb_n0_db=1.0),
    )
    bodies = {**HIDDEN, "moon": (np.array(0.0), np.array(0.26))}
    terms = channel.terms(Geometry(np.array(4e5), None, np.array(20.0), bodies))
    assert terms.bodies_k["moon"] == pytest.approx(150.0, abs=2.0)


def lro(case):
    """LRO's Ka-band link to WS1 as flown, with the Moon at full brightness and far, or faint and near.

    Source: Morabito & Heckman, IPN Progress Report 42-211A; Morabito, 42-222B; NEN Users' Guide, 453-NENUG Rev. 4,
    Tab. 9-3: 40 W, 0.75 m, WS1 70.5 dBi and 46.98 dB/K, elevation 50 deg, zenith attenuation 0.150 and 0.284 dB,
    brightness of the Moon 0.42 x 275 K and 275 K; 2 dB of other losses.
    """
    near = case == "favorable"
    sends = Radio(frequency_mhz=25650.0, diameter_m=0.75, efficiency=0.6, power_w=40.0)
    hears = Radio(
        frequency_mhz=25650.0,
        gain_dbi=70.5,
        g_over_t_db_k=46.98,
        zenith_attenuation_db=0.150 if near else 0.284,
        body_temperatures_k={"moon": 0.42 * 275.0 if near else 275.0},
    )
    signal = Signal(data_rate_bps=100e6, required_eb_n0_db=2.5, other_loss_db=2.0)
    channel = Channel(Mount("lro", sends), Mount("ws1", hears, 1463.0), signal)
    bodies = {**HIDDEN, "moon": (np.array(0.0), np.array(0.26))}
    at = Geometry(np.array(354_152.0 if near else 411_154.0), None, np.array(50.0), bodies)
    return channel, channel.terms(at)


@pytest.mark.parametrize(
    "case, moon_k, g_over_t, free_space, atmosphere, cn0, margin",
    [
        # the terms of a public script of these sources, with a constant of Boltzmann rounded to -228.6 dB
        ("favorable", 72.765, 45.76, 231.61, 0.196, 100.44, 17.94),
        ("adverse", 173.25, 44.50, 232.91, 0.371, 97.70, 15.20),
    ],
)
def test_lro_as_flown_line_by_line(case, moon_k, g_over_t, free_space, atmosphere, cn0, margin):
    channel, terms = lro(case)
    assert terms.power_dbw == pytest.approx(16.02, abs=0.01)
    assert terms.transmitter_gain_dbi == pytest.approx(43.87, abs=0.05)
    assert terms.own_noise_k == pytest.approx(224.9, abs=0.1)
    assert terms.bodies_k["moon"] == pytest.approx(moon_k, rel=1e-6)
    assert terms.g_over_t_db_k == pytest.approx(g_over_t, abs=0.05)
    assert terms.free_space_db == pytest.approx(free_space, abs=0.05)
    assert terms.atmosphere_db == pytest.approx(atmosphere, abs=0.005)
    assert terms.cn0_db_hz == pytest.approx(cn0, abs=0.1)
    assert terms.cn0_db_hz - channel.required_db_hz() == pytest.approx(margin, abs=0.1)


def test_the_example_of_lox_space():
    """Its docs/comms.md: 0.98 m, 0.45, 10 W, 1 dB; 40 dBi, 200 K; 29 GHz. By lox-space 0.1.0a51 for 1000 km."""
    sends = Radio(frequency_mhz=29e3, diameter_m=0.98, efficiency=0.45, power_w=10.0, line_loss_db=1.0)
    hears = Radio(frequency_mhz=29e3, gain_dbi=40.0, system_temperature_k=200.0)
    channel = Channel(Mount("a", sends), Mount("b", hears), Signal(data_rate_bps=5e6, required_eb_n0_db=4.5))
    terms = channel.terms(Geometry(np.array(1000.0)))
    assert terms.eirp_dbw == pytest.approx(55.0112, abs=1e-3)
    assert terms.g_over_t_db_k == pytest.approx(16.9897, abs=1e-3)
    assert terms.free_space_db == pytest.approx(181.6957, abs=1e-3)
    assert terms.cn0_db_hz == pytest.approx(118.9043, abs=1e-3)


def test_spacelink_has_the_same_gains_and_losses():
    u = pytest.importorskip("astropy.units")
    antenna = pytest.importorskip("spacelink.core.antenna")
    path = pytest.importorskip("spacelink.core.path")
    for mhz in (2250.0, 8420.0, 25650.0):
        gain = antenna.dish_gain(4.2 * u.m, mhz * u.MHz, 0.6 * u.dimensionless)
        assert dish_gain_dbi(4.2, 0.6, mhz) == pytest.approx(float(gain.value), abs=1e-6)
        loss = path.free_space_path_loss(4e5 * u.km, mhz * u.MHz)
        assert float(free_space_loss_db(4e5, mhz)) == pytest.approx(abs(float(loss.value)), abs=1e-6)
    loss = antenna.polarization_loss(3.0 * u.dB(1), 2.0 * u.dB(1))
    assert polarization_loss_db(("rhcp", 3.0), ("rhcp", 2.0)) == pytest.approx(float(loss.value), abs=1e-6)


def test_gains_and_losses_that_spacelink_gave():
    """The same, as spacelink 0.1.12 printed them."""
    assert dish_gain_dbi(4.2, 0.6, 8420.0) == pytest.approx(49.159324, abs=1e-4)
    assert float(free_space_loss_db(4e5, 8420.0)) == pytest.approx(222.995225, abs=1e-4)
    assert polarization_loss_db(("rhcp", 3.0), ("rhcp", 2.0)) == pytest.approx(0.353792, abs=1e-4)


@pytest.mark.parametrize("mhz, zenith_db", [(8400.0, 0.04634), (26250.0, 0.26974), (32000.0, 0.24149)])
def test_the_gases_of_the_mean_atmosphere(mhz, zenith_db):
    """Zenith attenuation by the package p676 0.1.0, which traces rays by ITU-R P.676-13."""
    assert gas_zenith_db(mhz) == pytest.approx(zenith_db, rel=0.03)


def test_dvb_s2_needs_what_its_table_says():
    """Es/N0 of ETSI EN 302 307-1, Table 13, as lox-space 0.1.0a51 has it in Eb/N0."""
    for name, eb_n0, bits in (("qpsk-1/4", 0.746, 0.4902), ("8psk-3/4", 4.431, 2.2281), ("32apsk-9/10", 9.563, 4.453)):
        code = CODINGS[f"dvb-s2-{name}"]
        assert code.required_eb_n0_db == pytest.approx(eb_n0, abs=2e-3)
        assert code.bits_per_symbol == pytest.approx(bits, abs=1e-4)


@pytest.mark.parametrize("away_deg", [0.0, 0.2, 0.26, 0.4, 1.0])
def test_the_share_of_a_beam_on_a_disk_is_its_integral(away_deg):
    from scipy.integrate import dblquad

    sigma = 0.455 / np.sqrt(8.0 * np.log(2.0))

    def density(turn, r):
        squared = r * r + away_deg**2 + 2.0 * r * away_deg * np.cos(turn)
        return r * np.exp(-squared / (2.0 * sigma**2)) / (2.0 * np.pi * sigma**2)

    whole, _ = dblquad(density, 0.0, 0.26, 0.0, 2.0 * np.pi)
    assert float(share_of_beam(away_deg, 0.26, 0.455)) == pytest.approx(whole, abs=1e-7)


def test_a_beam_beside_a_disk_sees_nothing_of_it_and_inside_all():
    shares = share_of_beam(np.array([0.0, 0.259, 0.26, 0.5]), np.array(0.26), 0.001)
    assert shares == pytest.approx([1.0, 0.99, 0.5, 0.0], abs=0.02)


def test_seed_radios_load_and_give_the_published_g_over_t():
    from sim.scenario.includes import seed

    names = ("dsn", "estrack", "cdsn", "spacecraft")
    radios = {k: Radio.model_validate(v) for name in names for k, v in seed(f"radios/{name}").data["radios"].items()}
    assert len(radios) >= 15 and all(radio.source for radio in radios.values())
    channel = Channel(
        Mount("a", SENDS[8420.0]),
        Mount("dss-24-x", radios["dss-24-x"], 951.5),
        Signal(data_rate_bps=1e3, required_eb_n0_db=1.0),
    )
    terms = channel.terms(Geometry(np.array(4e5), None, np.array(20.0), HIDDEN))
    assert terms.g_over_t_db_k - terms.atmosphere_db == pytest.approx(51.8, abs=0.06)
    power = radios["queqiao-2-ka"].power_w
    assert power == 55.0
