"""Results that one can verify years later: what has changed since, inputs, data, versions, or the answer."""

import csv
import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

import sim
from sim.cli.verbs import app
from sim.core.errors import DataError
from sim.products.provenance_stamp import stamp
from sim.scenario import provenance
from sim.simulation import record, verify
from tests.support.command import sim_here as command
from tests.support.scenarios import scenario_text

DATA = Path(__file__).with_name("data")

SCENARIO = {
    "title": "Verified", "days": 0.2, "include": ["seeds:stations/estrack", "craft.toml"],
    "routes": {"craft": ["craft", ["kourou", "west"]]},
    "products": ["contact_plan", "passes", "timeline", {"kind": "availability", "format": "svg"}],
}  # fmt: skip

SEED = """
# A seed of one spacecraft and one site.
[sites.west]
latitude_deg  = -31.05
longitude_deg = 116.19
[spacecraft.craft.orbit]
kind   = "spk"
file   = "craft.bsp"
target = -85
center = "moon"
basis  = "definitive"
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A result of a scenario with a seed and a kernel of its own, and its folder."""
    tmp_path = tmp_path_factory.mktemp("whole")
    span = re.search(r"^start *= *(\S+)", (DATA / "spk.toml").read_text(), re.M)[1]
    shutil.copy(DATA / "lro-six-hours.bsp", tmp_path / "craft.bsp")
    (tmp_path / "craft.toml").write_text(SEED)
    (tmp_path / "scenario.toml").write_text(scenario_text(start=span, **SCENARIO))
    scenario = sim.load(tmp_path / "scenario.toml")
    sim.write(scenario, sim.run(scenario), tmp_path / "out")
    return tmp_path


@pytest.fixture
def made(whole, tmp_path):
    """A copy of it: its files are where no kernel was opened before, so none is remembered."""
    return shutil.copytree(whole, tmp_path / "made")


def test_nothing_changed(made):
    found = verify.verify(made / "out")
    assert found.changed == ()
    assert found.holds
    assert found.answer.exact
    assert not found.remade
    assert not found.pictures  # the same to the last byte
    assert [word for word, text in found.lines() if text.startswith(("same", "identical"))] == [
        "inputs", "data", "versions", "files", "answer",
    ]  # fmt: skip
    done = CliRunner().invoke(app, ["verify", str(made / "out")])
    assert done.exit_code == 0, done.output
    assert "nothing changed. The result is verified" in done.stderr


def test_one_digit_changed_in_a_seed(made):
    (made / "craft.toml").write_text(SEED.replace("-31.05", "-31.35"))
    unread = command("verify", made / "out")  # the record came from anybody: what it names is not read aloud
    assert unread.returncode == 1
    assert "inputs    'craft.toml' has changed. It is outside" in unread.stdout and "-31" not in unread.stdout
    named = ("--scenario", made / "scenario.toml")
    done = command("verify", made / "out", *named)
    assert done.returncode == 1
    assert "changed: inputs. Not verified" in done.stderr
    assert "inputs    sites.west.latitude_deg (craft.toml line 4): was -31.05, is -31.35" in done.stdout
    told = json.loads(command("verify", made / "out", "--json", *named).stdout)
    assert told["changed"] == ["inputs"]
    assert told["answer"]["text"].startswith("identical")  # of the inputs that were recorded
    assert "largest shift" in told["answer_of_changed_inputs"]


def test_a_word_more_in_a_seed_moves_no_window(made):
    (made / "craft.toml").write_text(SEED.replace('"definitive"\n', '"definitive"\nsource = "NAIF"\n'))
    found = verify.verify(made / "out", made / "scenario.toml")
    assert found.inputs == ("spacecraft.craft.orbit.source (craft.toml line 12): added, 'NAIF'",)
    assert found.inputs_answer.exact
    assert not found.holds


def test_one_byte_changed_in_a_kernel(made):
    kernel = made / "craft.bsp"
    raw = bytearray(kernel.read_bytes())
    raw[len(raw) // 2] ^= 1
    kernel.write_bytes(raw)
    was = hashlib.sha256((DATA / "lro-six-hours.bsp").read_bytes()).hexdigest()
    unread = command("verify", made / "out")
    assert unread.returncode == 1
    assert f"data      craft.bsp: its SHA-256 was {was} and has changed" in unread.stdout
    done = command("verify", made / "out", "--scenario", made / "scenario.toml")
    assert done.returncode == 1
    assert "changed: data" in done.stderr
    assert f"craft.bsp: was {was}, is {hashlib.sha256(raw).hexdigest()}" in done.stdout
    assert "inputs    same" in done.stdout
    assert "versions  same" in done.stdout


def test_a_kernel_that_is_ruined_is_named_though_nothing_can_be_asked(made):
    raw = (made / "craft.bsp").read_bytes()
    (made / "craft.bsp").write_bytes(raw[: len(raw) // 2])
    done = command("verify", made / "out")
    assert done.returncode == 1
    assert "data      craft.bsp: its SHA-256 was" in done.stdout
    assert "answer    cannot be computed again" in done.stdout
    assert "Traceback" not in done.stderr
    (made / "craft.bsp").unlink()
    assert "there is no file 'craft.bsp'" in command("verify", made / "out").stdout


def test_another_version_of_a_package(made, monkeypatch):
    real = provenance.version
    monkeypatch.setattr(provenance, "version", lambda name: "0.9" if name == "jplephem" else real(name))
    found = verify.verify(made / "out")
    assert found.changed == ("versions",)
    assert found.versions == (f"jplephem: was {real('jplephem')}, is 0.9",)
    assert found.holds
    assert found.answer.exact


def test_other_programs_of_ours_under_the_same_version(made, monkeypatch):
    monkeypatch.setattr(provenance, "code", lambda: "0" * 64)
    assert verify.verify(made / "out").versions[0].startswith("farside-sim: its source code has changed")


def test_another_text_that_means_the_same_is_told_and_changes_nothing(made):
    (made / "craft.toml").write_text(SEED + "# a remark\n")
    assert verify.verify(made / "out").changed == ("inputs",)
    found = verify.verify(made / "out", made / "scenario.toml")
    assert found.changed == ()
    assert ("inputs", "but the text of craft.toml has changed") in list(found.lines())


def test_a_product_that_was_edited_or_removed(made):
    (made / "out" / "passes.csv").write_text("mine")
    (made / "out" / "timeline.png").unlink()
    found = verify.verify(made / "out")
    assert found.changed == ("files",)
    assert [text.split(":")[0] for text in found.files] == ["passes.csv has changed", "timeline.png is missing"]


def test_a_recorded_answer_that_is_not_ours(made):
    """As a mistake in an earlier version would leave it."""
    path = made / "out" / "run.json"
    said = json.loads(path.read_text())
    first = said["windows"]["routes"]["craft"][0]
    said["windows"]["routes"]["craft"][0] = first[:17] + "59" + first[19:]
    path.write_text(json.dumps(said))
    found = verify.verify(made / "out")
    assert found.changed == ("answer",)
    assert "1 shifted" in str(found.answer)


def test_a_scenario_that_has_moved_is_named_by_hand(made):
    (made / "elsewhere").mkdir()
    for name in ("scenario.toml", "craft.toml", "craft.bsp"):
        shutil.move(made / name, made / "elsewhere" / name)
    gone = verify.verify(made / "out")
    assert "no longer exists" in gone.inputs[0]
    assert not gone.holds
    assert verify.verify(made / "out", made / "elsewhere" / "scenario.toml").changed == ()


def test_a_result_of_a_scenario_that_was_built_or_altered_in_python(made, tmp_path):
    scenario = sim.load(made / "scenario.toml")
    site = sim.Site(name="kourou", latitude_deg=5.25, longitude_deg=-52.8, limits=[{"kind": "range", "max_km": 5e5}])
    moon = sim.Scenario(start=scenario.start, days=1, sites={"kourou": site}, routes={"moon": ["moon", "kourou"]})
    altered = scenario.only(["craft", "kourou"]).model_copy(update={"products": ()})
    for index, each in enumerate((moon, altered)):
        sim.write(each, sim.run(each), tmp_path / f"built{index}")
        found = verify.verify(tmp_path / f"built{index}", allow_paths=True)
        assert found.changed == (), list(found.lines())
        assert record.read(tmp_path / f"built{index}").scenario_file is None


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"inputs": {}, "windows": {"routes": {"a": ["x"]}}, "products": {}}']
)
def test_a_folder_without_a_result_is_an_error_for_people(tmp_path, text):
    if text:
        (tmp_path / "run.json").write_text(text)
    done = CliRunner().invoke(app, ["verify", str(tmp_path)])
    assert isinstance(done.exception, DataError)
    assert "run.json" in str(done.exception)


def test_every_product_says_where_it_comes_from(made):
    told = json.loads((made / "out" / "run.json").read_text())
    short = provenance.short(told)
    assert {"scenario", "versions", "platform", "data", "earth_orientation"} <= set(short)
    assert set(short["scenario"]["files"]) == {"scenario.toml", "craft.toml", "seeds:stations/estrack"}
    assert short["scenario"]["files"]["craft.toml"] == hashlib.sha256(SEED.encode()).hexdigest()
    assert {"de421.bsp", "moon_pa_de421_1900-2050.bpc", "craft.bsp", "eopc04.1962-now"} <= set(short["data"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT.*Z", short["earth_orientation"]["measured_until"])
    for name, about in told["products"].items():
        raw = (made / "out" / name).read_bytes()
        assert hashlib.sha256(raw).hexdigest() == about["sha256"]
        if not name.endswith(".csv"):
            assert short["data"]["craft.bsp"].encode() in raw, name
    import matplotlib.image

    assert matplotlib.image.imread(made / "out" / "timeline.png").ndim == 3  # still a picture
    assert json.loads((made / "out" / "contact-plan.json").read_text())["provenance"] == short


def test_what_is_put_into_a_netcdf_can_be_read(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "a.nc", "w") as file:
        file["x"] = [1.0]
    stamp(tmp_path / "a.nc", '{"a": 1}')
    with h5py.File(tmp_path / "a.nc") as file:
        assert file.attrs["provenance"] == '{"a": 1}'
        assert file["x"][0] == 1.0


def test_the_windows_of_a_record_are_those_of_its_contact_plan(made):
    told = record.read(made / "out")
    files = [made / "out" / name for name in ("contact-plan.csv", "contact-plan-hops.csv")]
    rows = [row for file in files for row in csv.DictReader(file.read_text().splitlines())]
    assert {name: len(bounds) for name, bounds in told.windows.items() if len(bounds)} == {
        name: sum(row["of"] == name for row in rows) for name in {row["of"] for row in rows}
    }


@pytest.fixture
def earlier(tmp_path):
    """A copy of a result that code of another layout wrote (data/earlier/README.md)."""
    return shutil.copytree(DATA / "earlier", tmp_path / "earlier")


def test_a_result_of_earlier_code_is_read_and_has_the_same_windows(earlier):
    """Kernels and packages may be others than then: a later table of the Earth's orientation moves no edge by 1 ms."""
    found = verify.verify(earlier / "result", tolerance_s=1e-3)
    assert not found.failed and not found.inputs and not found.files and not found.edited
    assert set(found.changed) <= {"versions", "data"}, list(found.lines())
    assert not found.answer, str(found.answer)
    assert any("source code has changed" in line or "farside-sim: was" in line for line in found.versions)
    # Since then: hops are written a->b, in a file of their own; passes have more columns, and all are in order of time.
    tables = {"contact-plan.csv", "contact-plan-hops.csv", "contact-plan.json", "passes.csv"}
    assert set(found.remade) <= {*tables, "report.html"}, found.remade


def test_the_tables_of_earlier_code_have_the_rows_of_today_s(earlier):
    """The same rows, in another order: in the columns that both have, with hops written as they are now."""
    again = sim.load(earlier / "scenario.toml")
    sim.write(again, sim.run(again), earlier / "today")

    def rows(folder, *names):
        return [row for name in names for row in csv.DictReader((earlier / folder / name).read_text().splitlines())]

    def cell(text):
        """Numbers to a thousandth: -0.0 is 0.0, and a last digit may turn."""
        try:
            return f"{round(float(text), 3) + 0.0:.3f}"
        except ValueError:
            return text

    def same(old, new):
        for row in old:
            for name in {"of", "path"} & row.keys():
                row[name] = row[name].replace("–", "->").replace(" → ", "->")
        told, found = (sorted(tuple(cell(row[name]) for name in old[0]) for row in each) for each in (old, new))
        assert told == found

    same(rows("result", "contact-plan.csv"), rows("today", "contact-plan.csv", "contact-plan-hops.csv"))
    same(rows("result", "passes.csv"), rows("today", "passes.csv"))


def test_a_result_of_earlier_code_is_compared_with_one_of_today(earlier):
    again = sim.load(earlier / "scenario.toml")
    sim.write(again, sim.run(again), earlier / "today")
    done = command("diff", earlier / "result", earlier / "today")
    assert done.returncode == 0, done.stderr
    assert "identical" in done.stdout + done.stderr


def test_a_window_that_earlier_code_had_elsewhere_is_told(earlier):
    path = earlier / "result" / "run.json"
    text = path.read_text()
    edge = json.loads(text)["windows"]["routes"]["home"][0].split("/")[0]
    path.write_text(text.replace(edge, edge.replace("05:", "04:")))
    assert "answer" in verify.verify(earlier / "result").changed
