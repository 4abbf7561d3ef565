"""What was found by hand on the command line, beside the list of faults: docs/attacks.md tells of it."""

import json
import os
import shutil
import subprocess
import sys

import pytest

import sim


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A result of the good scenario, to be spoilt in copies."""
    from tests.faults.conftest import GOOD

    folder = tmp_path_factory.mktemp("hostile")
    (folder / "s.toml").write_text(GOOD + '\n[[products]]\nkind = "contact_plan"\n')
    scenario = sim.load(folder / "s.toml")
    sim.write(scenario, sim.run(scenario), folder / "out")
    return folder


@pytest.fixture
def spoilt(written, tmp_path):
    """A copy of that result whose run.json was changed by a function."""

    def make(change):
        shutil.copytree(written, tmp_path / "copy")
        path = tmp_path / "copy" / "out" / "run.json"
        said = json.loads(path.read_text(encoding="utf-8"))
        change(said)
        path.write_text(json.dumps(said))
        return path.parent

    return make


@pytest.mark.parametrize("letters", ["\\u001b[31m", "\\u0007", "\\u009b", "\\u202e", "\\u2067"])
def test_a_title_cannot_command_a_terminal(desk, good, letters):
    desk.changed("A day", f"A day {letters}").refuses("line 1", "title", "got the control character U+")
    assert desk.changed("A day", "月球 👩‍🚀").code == 0


def test_control_codes_in_a_result_of_others_are_shown_escaped(spoilt, command):
    folder = spoilt(lambda said: (said["versions"].update(numpy="\x1b[2J9"), said["data"].update({"\x9b2J": "0" * 64})))
    ended = command("verify", folder)
    assert ended.returncode == 1 and b"\\u001b[2J9" in ended.stdout
    assert not any(code in ended.stdout + ended.stderr for code in (b"\x1b", "\x9b".encode()))


@pytest.mark.parametrize(
    "change",
    [
        lambda said: said.update(versions=3),
        lambda said: said.update(data=[1]),
        lambda said: said.pop("scenario"),
        lambda said: said["products"].update({"../../x": {"sha256": "0", "content": "0"}}),
        lambda said: said["products"].update({"x": {"sha256": 0, "content": 0}}),
    ],
)
def test_a_result_of_other_types_or_with_other_folders_files_is_told_as_damaged(spoilt, desk, change):
    desk.sim("verify", spoilt(change)).refuses("run.json is damaged", "Run the scenario again")


@pytest.mark.parametrize("days", ["nan", "-1", "0", "1e-9"])
def test_a_crosscheck_needs_a_span(desk, good, days):
    desk.write(good)
    desk.sim("crosscheck", desk.file, "--engine", "brute", "--days", days).refuses("expected")


def test_a_file_never_takes_the_place_of_a_device_or_a_pipe(desk, good):
    """As the administrator it did: a rename puts a file where /dev/full was."""
    desk.write(good)
    pipe = desk.folder / "pipe"
    os.mkfifo(pipe)
    desk.sim("export", desk.file, "craft", "-o", pipe).refuses("is not a regular file; expected the name of a file")
    assert pipe.is_fifo()
    (desk.folder / "out").mkdir()
    os.mkfifo(desk.folder / "out" / "run.json")
    desk.sim("run", desk.file, "-o", desk.folder / "out").refuses("run.json is not a regular file", "Move it away")
    assert [path.name for path in (desk.folder / "out").iterdir()] == ["run.json"]


def test_without_a_place_for_its_words_it_ends_as_ever(desk, good):
    desk.write(good)
    code = "from sim.cli import main; main()"
    closed = f"{sys.executable} -c '{code}' check {desk.file} >&- 2>&-"
    assert subprocess.run(closed, shell=True, timeout=120).returncode == 0
