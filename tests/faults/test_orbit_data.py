"""Faults 23 to 33: element sets and files of orbits that are not what they seem, or do not reach."""

from pathlib import Path

import numpy as np
import pytest

import sim
from sim.core.errors import CoverageError, DataError, PropagationError, SimError
from sim.core.time import DAY_S, tdb, utc
from sim.products.contact_plan import contact_rows
from sim.scenario.notes import remarks
from sim.trajectories.orbits.formats.file_orbit import blocks

DATA = Path(__file__).parents[1] / "stories" / "data"
ISS = (
    "1 25544U 98067A   19010.62213920  .00001142  00000-0  24785-4 0  9994",
    "2 25544  51.6429  64.9803 0002398 268.4558 194.7522 15.53754385150775",
)
"""A real element set of 2019-01-10. Source: Bill-Gray/tles, public catalogue snapshot."""


def signed(line: str) -> str:
    """A line of an element set with its checksum put right."""
    return line[:68] + str(sum(int(c) if c.isdigit() else c == "-" for c in line[:68]) % 10)


def element_set(good: str, line1: str = ISS[0], line2: str = ISS[1], more: str = "") -> str:
    """The good scenario a week after the set's epoch with it in place of the Kepler orbit."""
    begin, end = good.index("kind ="), good.index("[routes]")
    orbit = f'kind = "tle"\nline1 = "{line1}"\nline2 = "{line2}"\n{more}\n\n'
    return good[:begin].replace("01-03T", "01-11T") + orbit + good[end:]


@pytest.mark.parametrize(
    "line1, line2, words",
    [
        (ISS[0][:-1] + "5", ISS[1], "its checksum (column 69) says 5"),
        (ISS[1], ISS[0], "the two lines are swapped"),
        (ISS[0], signed(ISS[1].replace("25544", "25545")), "they do not belong together"),
        (ISS[0][:-10], ISS[1], "expected 69 characters, got 59"),
        (ISS[0].replace(" ", "\u00a0"), ISS[1], "column 2 holds"),
    ],
)
def test_fault_23_a_damaged_element_set_is_told_with_its_column(desk, good, line1, line2, words):
    desk.check(element_set(good, line1, line2)).refuses("spacecraft.craft.orbit", words)


def test_fault_23_alpha_5_numbers_and_the_pivot_of_years_are_read_as_specified(desk, good):
    assert desk.check(element_set(good, *(signed(line.replace("25544", "E8493")) for line in ISS))).code == 0
    for year, meant in (("56", "2056"), ("57", "1957")):
        from sim.trajectories.orbits.formats.tle import ElementSet

        assert utc(ElementSet.read(signed(ISS[0].replace("19010.", f"{year}010.")), ISS[1]).epoch, 0)[:4] == meant


def test_fault_24_an_old_element_set_is_refused_unless_its_age_is_allowed_and_then_remarked_on(desk, good):
    late = element_set(good).replace("01-11T", "02-09T")
    desk.check(late).refuses("30.4 days from 2019-02-10", "Give a nearer set, or raise max_age_days")
    ended = desk.check(element_set(good, more="max_age_days = 40").replace("01-11T", "02-09T"))
    assert ended.code == 0
    assert "note: spacecraft.craft: its element sets are up to 30.4 days from their epochs" in ended.err
    assert "30 to 91 km" in ended.err


def test_fault_24_the_remark_goes_into_run_json(desk, good):
    text = element_set(good, more="max_age_days = 40").replace("01-11T", "02-09T")
    scenario = sim.load(desk.write(text + '\n[[products]]\nkind = "passes"\n'))
    assert "30.4 days" in sim.run(scenario).provenance["remarks"][0]


FALLING = (
    signed("1 25544U 98067A   19010.62213920  .00001142  00000-0  20000-2 0  9994"),
    signed("2 25544  51.6429  64.9803 0002398 268.4558 194.7522 16.30000000150775"),
)
"""The ISS' planes at a height of 190 km with eighty times its drag: made up to fall within two days."""
FALLS = "2019-01-12T17:38:55Z"
"""When it is below 80 km for the first time: looked for second by second in SGP4's own output."""


def test_fault_25_where_an_orbit_decays_its_windows_are_cut_and_marked_and_a_note_says_when(desk, good):
    text = element_set(good, *FALLING).replace("days = 1", "days = 12").replace("horizon_deg = 5", "horizon_deg = -90")
    *_, last = contact_rows(sim.run(sim.load(desk.write(text))))
    told = f"no orbit of craft known after {FALLS[:-2]}4Z (decayed)"  # the last instant that is surely known
    assert (last["closed_by"], last["data_limited"]) == (told, "both")
    assert -2.0 < tdb(last["end_utc"]) - tdb(FALLS) < 0.0  # nothing is made up after it
    ended = desk.sim("check", desk.file)
    assert ended.code == 0
    assert f"note: spacecraft.craft: element set 25544 of 2019-01-10T14:55:53Z decays at {FALLS}" in ended.err
    assert "windows that end there are marked data_limited" in ended.err


def test_fault_25_an_orbit_that_decays_before_the_span_is_refused_and_says_when(desk, good):
    desk.write(element_set(good, *FALLING).replace("01-11T", "01-14T"))
    told = "spacecraft.craft.orbit.line1", f"decays at {FALLS}: SGP4 gives an altitude of 80 km. Choose another span"
    desk.sim("windows", desk.file, "down").refuses(*told)


@pytest.mark.parametrize(
    "line2, words",
    [
        (ISS[1].replace("15.53754385", " 0.00000000"), "expected a mean motion above 0"),
        (ISS[1].replace("15.53754385", "99.99999999"), "SGP4 refuses this element set"),
        (ISS[1].replace("0002398", "9902398"), "the orbit's lowest point"),
    ],
)
def test_fault_26_elements_that_sgp4_cannot_mean_are_refused(desk, good, line2, words):
    desk.check(element_set(good, line2=signed(line2))).refuses(words)


def oem(folder: Path, *changes: str) -> Path:
    """The OEM of the stories with pairs of texts replaced."""
    text = (DATA / "lro.oem").read_text()
    for old, new in zip(changes[::2], changes[1::2], strict=True):
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / "lro.oem"
    path.write_text(text)
    return path


def from_oem(good: str, start: str = "2022-01-01T00:05:00Z", end: str = "2022-01-01T00:50:00Z") -> str:
    """The good scenario with the OEM's spacecraft in the OEM's hour."""
    begin, routes = good.index("[spacecraft"), good.index("[routes]")
    head = good[:begin].replace("2019-01-03T00:00:00Z", start).replace("days = 1", f"end = {end}")
    return head + '[spacecraft.craft.orbit]\nkind = "oem"\nfile = "lro.oem"\ncenter = "moon"\n\n' + good[routes:]


ROW = (DATA / "lro.oem").read_text().splitlines()[21]
NEXT = (DATA / "lro.oem").read_text().splitlines()[22]


@pytest.mark.parametrize(
    "old, new, words",
    [
        (ROW.split()[1], "nan", "line 22: expected numbers, got NaN"),
        ("= ICRF", "= ITRF-97", "REF_FRAME is 'ITRF-97'"),
        ("= TDB", "= UT1", "TIME_SYSTEM is 'UT1'"),
    ],
)
def test_fault_27_what_a_message_must_not_say_is_told_with_its_line(desk, good, old, new, words):
    oem(desk.folder, old, new)
    desk.check(from_oem(good)).refuses("spacecraft.craft.orbit.file", "lro.oem", words)


@pytest.mark.parametrize(
    "changes, words",
    [
        ((f"{ROW}\n{NEXT}", f"{NEXT}\n{ROW}"), "in order of time"),
        ((ROW, f"{ROW}\n{ROW}"), "appears twice"),
        ((ROW, " ".join([ROW.split()[0], *(f"{1000 * float(x)!r}" for x in ROW.split()[1:])])), "line 22"),
    ],
)
def test_fault_28_rows_out_of_order_twice_or_in_meters_are_told_with_their_line(desk, good, changes, words):
    oem(desk.folder, *changes)
    desk.check(from_oem(good)).refuses("lro.oem", words)


def test_fault_28_a_gap_is_never_crossed_and_useable_times_are_kept_to(desk, good):
    lines = (DATA / "lro.oem").read_text().splitlines()
    head, rows = lines[4:17], lines[17:]
    first, second = rows[:16], rows[19:]
    again = [line.replace("00:00:00", second[0].split()[0][11:]) if "START_TIME" in line else line for line in head]
    before = [line.replace("01:00:00", first[-1].split()[0][11:]) if "STOP_TIME" in line else line for line in head]
    (desk.folder / "lro.oem").write_text("\n".join([*lines[:4], *before, *first, *again, *second]) + "\n")
    ended = desk.check(from_oem(good))
    assert ended.code == 0
    told = "lro.oem covers 2021-12-31T23:58:51Z to 2022-01-01T00:28:51Z and 2022-01-01T00:36:51Z to"
    assert told in ended.err, ended
    rows = contact_rows(sim.run(sim.load(desk.write(from_oem(good).replace('"kourou"', '"moon"')))))
    edges = [(row["start_utc"], row["end_utc"], row["data_limited"]) for row in rows if row["kind"] == "route"]
    assert edges == [
        ("2022-01-01T00:05:00.000Z", "2022-01-01T00:28:50.822Z", "both"),
        ("2022-01-01T00:36:50.822Z", "2022-01-01T00:50:00.000Z", "both"),
    ]
    assert "note" not in desk.check(from_oem(good, end="2022-01-01T00:20:00Z")).err
    oem(
        desk.folder,
        "STOP_TIME",
        "USEABLE_START_TIME = 2022-01-01T00:10:00\nUSEABLE_STOP_TIME = 2022-01-01T00:40:00\nSTOP_TIME",
    )
    assert "covers 2022-01-01T00:08:51Z to 2022-01-01T00:38:51Z" in desk.check(from_oem(good)).err


def test_fault_28_times_that_end_before_they_begin_and_a_single_state_are_refused(desk, good):
    oem(desk.folder, "STOP_TIME", "STOP_TIME = 2021-12-31T00:00:00\nCOMMENT")
    assert desk.check(from_oem(good)).code == 1
    oem(desk.folder, "\n".join((DATA / "lro.oem").read_text().splitlines()[18:]), "")
    desk.check(from_oem(good)).refuses("lro.oem")


def test_fault_29_a_second_outside_the_file_is_a_gap_and_marked_at_either_end(desk, good):
    oem(desk.folder)
    first, last, nothing = "2021-12-31T23:58:51Z", "2022-01-01T00:58:51Z", "no orbit of craft known"
    assert "note" not in desk.check(from_oem(good, end="2022-01-01T00:58:50Z")).err
    for text, edge, limited in (
        (from_oem(good, end="2022-01-01T00:58:53Z"), "end", ("span start", f"{nothing} after {last} (its data end)")),
        (from_oem(good, start="2021-12-31T23:58:50Z"), "start", (f"{nothing} before {first}", "span end")),
    ):
        text = text.replace('"kourou"]', '"moon"]')
        ended = desk.check(text)
        assert ended.code == 0 and f"note: spacecraft.craft: lro.oem covers {first} to {last}" in ended.err
        (row,) = (row for row in contact_rows(sim.run(sim.load(desk.file))) if row["kind"] == "route")
        assert (row["opened_by"], row["closed_by"], row["data_limited"]) == (*limited, "both")
        way = tdb(row[f"{edge}_utc"]) - tdb(first if edge == "start" else last)
        assert abs(way - (0.0 if edge == "start" else -0.2)) < 0.5  # light from the lunar orbit to the Moon's center


def test_fault_29_a_span_that_a_file_does_not_touch_is_refused(desk, good):
    oem(desk.folder)
    text = from_oem(good, start="2022-01-01T01:00:00Z", end="2022-01-01T02:00:00Z")
    desk.check(text).refuses("covers 2021-12-31T23:58:51Z to 2022-01-01T00:58:51Z")


def test_fault_29_light_that_left_before_the_file_begins_is_not_made_up(desk, good):
    oem(desk.folder)
    text = from_oem(good, start="2021-12-31T23:58:52Z").replace("horizon_deg = 5", "horizon_deg = -90")
    assert "note: spacecraft.craft: lro.oem covers" in desk.check(text).err
    row = contact_rows(sim.run(sim.load(desk.file)))[0]
    first, _ = sim.load(desk.file)["craft"].whole
    assert row["opened_by"] == "no orbit of craft known before 2021-12-31T23:58:51Z"
    assert 1.2 < tdb(row["start_utc"]) - first < 1.4  # s: what left as the file begins
    assert "note" not in desk.check("light_time = false\n" + text).err


def test_fault_29_a_window_that_missing_data_end_is_marked_in_its_row():
    scenario = sim.load(DATA / "phases.toml")
    rows = contact_rows(sim.run(scenario))
    marked = [row["opened_by"] + row["closed_by"] for row in rows if row["data_limited"]]
    assert any("no orbit of lander known" in causes for causes in marked)


def test_fault_30_windows_are_found_on_both_sides_of_a_maneuver_and_at_none_of_its_steps():
    scenario = sim.load(DATA / "maneuvers.toml")
    craft = scenario["orbiter"]
    burns = [burn.at for burn in scenario.spacecraft["orbiter"].orbit.maneuvers]
    assert np.isin(burns, craft.joins).all() and len(burns) == 2
    result = sim.run(scenario)
    for (start, end), windows in result.hops.items():
        sight = sim.hop(scenario[start], scenario[end])
        t = scenario.span.grid(20.0)[:-1]
        near = np.min(np.abs(t[:, None] - windows.bounds.ravel()), axis=1) < 1.0
        assert np.array_equal(windows.holds(t)[~near], sight.holds(t)[~near])


def test_fault_31_a_kernel_of_a_type_that_needs_more_says_what_to_install(tmp_path, monkeypatch):
    spice = pytest.importorskip("spiceypy")
    path = tmp_path / "conic.bsp"
    handle = spice.spkopn(str(path), "conic", 0)
    pole, periapsis = [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]
    spice.spkw15(handle, -9, 301, "J2000", 0.0, 7200.0, "x", 0.0, pole, periapsis, 2000.0, 0.0, 0.0, pole, 4902.8,
                 0.0, 1737.4)  # fmt: skip
    spice.spkcls(handle)
    monkeypatch.setitem(__import__("sys").modules, "spiceypy", None)
    with pytest.raises(
        DataError, match=r'conic.bsp: body -9, of SPK type 15, needs SpiceyPy: pip install "farside-sim\[spice\]"'
    ):
        sim.Spk(file=str(path), target=-9, center="moon").arcs()


def made_spk(path: Path, x_km: float, days: float = 2.0, center: int = 301) -> Path:
    """A kernel with a body -85 that rests at a distance from its center, from 2019-01-02 on."""
    spice = pytest.importorskip("spiceypy")
    begin, day = 6941 * DAY_S - DAY_S / 2, DAY_S
    handle = spice.spkopn(str(path), "test", 0)
    records = [x_km, 1.0, 0, 0, 0, 0] * round(days)
    spice.spkw02(handle, -85, center, "J2000", begin, begin + days * day, "x", day, round(days), 1, records, begin)
    spice.spkcls(handle)
    return path


def test_fault_32_where_two_kernels_overlap_the_later_one_counts_and_both_are_recorded(tmp_path, good):
    one, two = made_spk(tmp_path / "one.bsp", 2e3), made_spk(tmp_path / "two.bsp", 4e3)
    span = sim.Span("2019-01-02T12:00:00Z", "2019-01-03T12:00:00Z")
    for order, x in (((one, two), 4e3), ((two, one), 2e3)):
        orbit = sim.Spk(file=[str(path) for path in order], target=-85, center="moon")
        craft = sim.Spacecraft(name="craft", orbit=orbit).over(span)
        assert craft.relative(np.array([span.start])).position[0, 0] == pytest.approx(x)
    begin, end = good.index("kind ="), good.index("[routes]")
    orbit = 'kind = "spk"\nfile = ["one.bsp", "two.bsp"]\ntarget = -85\ncenter = "moon"\n\n'
    (tmp_path / "s.toml").write_text((good[:begin] + orbit + good[end:]).replace("01-03T00", "01-02T12"))
    about = sim.run(sim.load(tmp_path / "s.toml")).provenance["ends"]["craft"]["files"]
    assert [file["name"] for file in about] == ["one.bsp", "two.bsp"] and about[0]["sha256"] != about[1]["sha256"]


def test_fault_33_a_kernel_without_the_body_or_its_center_says_what_it_has(desk, good):
    made_spk(desk.folder / "one.bsp", 2e3)
    begin, end = good.index("kind ="), good.index("[routes]")
    head, tail = good[:begin].replace("01-03T00", "01-02T12"), good[end:]
    orbit = 'kind = "spk"\nfile = "one.bsp"\ntarget = {}\ncenter = "{}"\n\n'
    assert desk.check(head + orbit.format(-85, "moon") + tail).code == 0
    desk.check(head + orbit.format(-86, "moon") + tail).refuses("the file has no body -86; it has -85")
    made_spk(desk.folder / "two.bsp", 2e3, center=501)
    about_io = orbit.format(-85, "moon").replace("one.bsp", "two.bsp")
    desk.check(head + about_io + tail).refuses("gives body -85 relative to body 501, a body with no known position")


def test_a_kernel_about_another_body_is_carried_and_told(desk, good):
    made_spk(desk.folder / "one.bsp", 2e3)
    begin, end = good.index("kind ="), good.index("[routes]")
    head, tail = good[:begin].replace("01-03T00", "01-02T12"), good[end:]
    found = {}
    for center in ("moon", "earth", "sun"):
        text = f'{head}kind = "spk"\nfile = "one.bsp"\ntarget = -85\ncenter = "{center}"\n\n{tail}'
        (desk.folder / "s.toml").write_text(text)
        scenario = sim.load(desk.folder / "s.toml")
        found[center] = sim.run(scenario).hops["craft", "kourou"].bounds
        told = "relative to moon and is carried to" in " ".join(remarks(scenario))
        assert told == (center != "moon")
    assert found["earth"] == pytest.approx(found["moon"], abs=1e-3)
    assert found["sun"] == pytest.approx(found["moon"], abs=1e-3)


def test_every_refusal_is_of_a_documented_class(tmp_path):
    with pytest.raises(DataError):
        sim.Oem(file=str(tmp_path / "absent.oem"), center="moon").arcs()
    craft = sim.Spacecraft(name="lro", orbit=sim.Oem(file=str(DATA / "lro.oem"), center="moon"))
    with pytest.raises(CoverageError):
        craft.over(sim.Span(tdb("2022-01-02T00:05:00Z"), days=1))
    assert issubclass(PropagationError, SimError) and len(blocks(craft.orbit.arcs())) == 1
