"""Files of orbits that say something that is not known here: refused with the place, never passed over."""

from pathlib import Path

import pytest

import sim
from sim.core.errors import DataError, SimError
from sim.trajectories.orbits.formats import omm

DATA = Path(__file__).parents[1] / "stories" / "data"


def refused(tmp_path, kind, name, change, *words):
    """The reader refuses the good file with its text changed, in one sentence with all these words."""
    text = (DATA / name).read_text()
    file = tmp_path / name
    file.write_text(change(text))
    assert file.read_text() != text
    with pytest.raises(DataError) as caught:
        kind(file=str(file), center="moon").arcs()
    for word in (name, *words):
        assert word in str(caught.value)


def xml(units="", speed="", version="2.0"):
    lines = (DATA / "lro.oem").read_text().splitlines()
    meta = "".join("<{0}>{1}</{0}>".format(*line.split(" = ")) for line in lines[6:15])
    names = ("EPOCH", "X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT")
    rows = ""
    for row in (line.split() for line in lines if line[:2] == "20"):
        cells = zip(names, ("", *[units] * 3, *[speed] * 3), row, strict=True)
        rows += f"<stateVector>{''.join(f'<{n}{u}>{x}</{n}>' for n, u, x in cells)}</stateVector>"
    body = f"<body><segment><metadata>{meta}</metadata><data>{rows}</data></segment></body>"
    return f'<?xml version="1.0"?><oem id="CCSDS_OEM_VERS" version="{version}"><header/>{body}</oem>'


@pytest.mark.parametrize(
    "units, speed, word",
    [(' units="m"', "", "X is in 'm': expected km"), (' unit="m"', "", "expected km"), (' units="AU"', "", "'AU'"),
     (' units="km/s"', "", "expected km"), (' units="km"', ' units="m/s"', "expected km/s"),
     (' units="km"', ' units="km"', "X_DOT is in 'km': expected km/s"), (' units=""', "", "expected km")],
)  # fmt: skip
def test_units_in_xml_are_read(tmp_path, units, speed, word):
    """Meters were read as kilometers."""
    refused(tmp_path, sim.Oem, "lro.oem", lambda text: xml(units, speed), word)


def test_the_right_units_in_xml_are_the_message(tmp_path):
    file = tmp_path / "lro.xml"
    file.write_text(xml(' units="km"', ' units="KM/S"', "3.0"))
    (arc,) = sim.Oem(file=str(file), center="moon").arcs()
    assert len(arc.t) == 31


@pytest.mark.parametrize("version", ["9.0", "0.9", "2.1", "two", "22"])
def test_versions_that_are_not_known_are_refused(tmp_path, version):
    words = f"the version is '{version}'", "expected 1.0, 2.0 or 3.0"
    refused(tmp_path, sim.Oem, "lro.oem", lambda text: text.replace("VERS = 2.0", f"VERS = {version}"), *words)
    refused(tmp_path, sim.Oem, "lro.oem", lambda text: xml(version=version), *words)


SET = {
    "EPOCH": "2025-09-01T04:49:39.998848", "MEAN_MOTION": "15.50340466", "ECCENTRICITY": ".0003359",
    "INCLINATION": "51.6340", "RA_OF_ASC_NODE": "290.3139", "ARG_OF_PERICENTER": "300.8027", "MEAN_ANOMALY": "59.2631",
    "NORAD_CAT_ID": "25544", "BSTAR": ".20478E-3",
}  # fmt: skip


@pytest.mark.parametrize("version", ["2.0", "3.0", "9.0", "x"])
def test_versions_of_element_sets_too(tmp_path, version):
    tags = "".join(f"<{key}>{value}</{key}>" for key, value in SET.items())
    texts = {
        "a.xml": f'<ndm><omm version="{version}"><body><segment>{tags}</segment></body></omm></ndm>',
        "a.kvn": "".join(f"{key} = {value}\n" for key, value in {"CCSDS_OMM_VERS": version, **SET}.items()),
        "a.csv": ",".join(["CCSDS_OMM_VERS", *SET]) + "\n" + ",".join([version, *SET.values()]) + "\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
        if version in ("2.0", "3.0"):
            assert [each.number for each in omm.read(str(tmp_path / name))] == [25544]
            continue
        with pytest.raises(DataError, match=f"{name}: .*the version is '{version}'"):
            omm.read(str(tmp_path / name))


COVARIANCE = "\nCOVARIANCE_START\nEPOCH = 2022-01-01T00:10:00\nCOV_REF_FRAME = RTN\n1e-3\n1e-3 1e-3\n"


@pytest.mark.parametrize(
    "change, word",
    [
        (lambda text: text + COVARIANCE, "line 50: COVARIANCE_START without COVARIANCE_STOP"),
        (lambda text: text + COVARIANCE + text[text.index("META_START"):], "COVARIANCE_START without COVARIANCE_STOP"),
        (lambda text: text.replace("META_STOP\n", "META_STOP\nCOVARIANCE_START\n"), "COVARIANCE_START without"),
        (lambda text: text + "COVARIANCE_STOP\n", "COVARIANCE_STOP without COVARIANCE_START"),
        (lambda text: text + COVARIANCE + "COVARIANCE_START\nCOVARIANCE_STOP\n", "COVARIANCE_START without"),
        (lambda text: text.replace("META_STOP\n", "META_STOP\nDATA_START\n"), "DATA_START without DATA_STOP"),
        (lambda text: text + "DATA_STOP\n", "DATA_STOP without DATA_START"),
        (lambda text: text.replace("-1.34596928559999e+03", "-1_345.97"), "line 19: expected a time and numbers"),
    ],
)  # fmt: skip
def test_a_block_that_begins_must_end(tmp_path, change, word):
    """All states after the last COVARIANCE_START were left out."""
    refused(tmp_path, sim.Oem, "lro.oem", change, word)


def test_blocks_that_end_are_read(tmp_path):
    file = tmp_path / "lro.oem"
    text = (DATA / "lro.oem").read_text()
    inner = text.replace("META_STOP\n", "META_STOP\nDATA_START\n") + "DATA_STOP\n"
    file.write_text(inner + COVARIANCE + "COVARIANCE_STOP\n")
    (arc,) = sim.Oem(file=str(file), center="moon").arcs()
    assert len(arc.t) == 31


@pytest.mark.parametrize(
    "line, words",
    [("TimeSystem TAI", ("Timesystem is 'TAI'", "expected UTC")),
      ("TimeFormat JDate", ("unknown keyword 'TimeFormat'",)),
     ("SenarioEpoch 1 Jan 2022 00:00:00", ("unknown keyword 'SenarioEpoch'", "Did you mean 'ScenarioEpoch'")),
     ("DistanceUnits Kilometers", ("unknown keyword 'DistanceUnits'",)),
      ("ScaleFactor 1000", ("line 8: unknown keyword",)),
     ("BEGIN Extras\nFactor 2\nEND Extras", ("unknown keyword 'Factor'",)),
     ("CentralBody Earth", ("CentralBody is given twice",)),
     ("DistanceUnit Kilometers", ("is given twice",)),
     ("TimeUnit Minutes", ("expected Seconds",))],
)  # fmt: skip
def test_keywords_of_stk_that_are_not_known_are_refused(tmp_path, line, words):
    refused(tmp_path, sim.Stk, "lro.e", lambda text: text.replace("Points 31\n", f"Points 31\n{line}\n"), *words)


@pytest.mark.parametrize("line", ["MessageLevel Warnings", "BlockingFactor 20", "CovarianceFormat LowerTriangular",
                                  "CentralBody Moon", "TimeSystem UTC"])  # fmt: skip
def test_keywords_of_stk_that_change_nothing_are_taken(tmp_path, line):
    file = tmp_path / "lro.e"
    file.write_text((DATA / "lro.e").read_text().replace("Points 31\n", f"Points 31\n{line}\n"))
    (arc,) = sim.Stk(file=str(file), center="moon").arcs()
    assert len(arc.t) == 31


@pytest.fixture
def lunar():
    orbit = sim.Oem(file=str(DATA / "lro.oem"), center="moon")
    span = sim.Span("2022-01-01T00:10:00Z", "2022-01-01T00:20:00Z")
    craft = sim.Spacecraft(name="lro", orbit=orbit)
    return sim.Scenario(start=span.start, end=span.end, spacecraft={"lro": craft})


@pytest.mark.parametrize("target", [0, 3, 10, 301, 399, 401, 999_999, 2**31, 99_999_999_999_999, -(2**31), True, 1.5])
def test_an_spk_is_never_of_a_body_nor_of_a_number_that_it_cannot_hold(lunar, tmp_path, target):
    """99999999999999 wrote 276447231, and 301 would have moved the Moon for whoever loads the file."""
    with pytest.raises((SimError, TypeError), match="target: expected"):
        sim.export(lunar, "lro", "spk", tmp_path / "a.bsp", target=target)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("target", [-1, -85, -100_001, -(2**31) + 1, 1_000_107, 2_469_219, 20_469_219, 2**31 - 1])
def test_an_spk_is_of_the_number_that_was_asked_for(lunar, tmp_path, target):
    spice = pytest.importorskip("spiceypy")
    kernel = tmp_path / "a.bsp"
    sim.export(lunar, "lro", "spk", kernel, target=target)
    assert list(spice.spkobj(str(kernel))) == [target]


def test_an_oem_has_no_number(lunar, tmp_path):
    with pytest.raises(SimError, match="NAIF ids are used with format spk only"):
        sim.export(lunar, "lro", "oem", tmp_path / "a.oem", target=-85)
