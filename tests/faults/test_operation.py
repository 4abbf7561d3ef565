"""Faults 51 to 58, 63 and 64: what a scenario from a stranger may not do, and how a command ends.

Untrusted is the only mode: every scenario is a stranger's.
"""

import ast
import csv
import html
import io
import os
import re
import socket
import subprocess
import sys
import warnings
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from matplotlib.text import Text

import sim
from sim.core.errors import DataError
from sim.core.files import csv_text

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "sim").rglob("*.py"))
OUTSIDE = ["../../etc/passwd", "/etc/passwd", "~/.ssh/id_rsa", "file:///etc/passwd", "http://169.254.169.254/latest",
           "https://example.org/de440.bsp", "C:\\\\kernels\\\\de440.bsp", "\\\\\\\\server\\\\share",
           "link"]  # fmt: skip


def naming(good: str, key: str, path: str) -> str:
    """The good scenario with a path in one of the places that take one."""
    begin, end = good.index("kind ="), good.index("[routes]")
    orbit = 'kind = "{}"\nfile = "{}"\ncenter = "moon"\n{}\n'
    return {
        "include": f'include = ["{path}"]\n{good}',
        "ephemeris": f'ephemeris = "{path}"\n{good}',
        "horizon_file": good.replace("horizon_deg = 5", f'horizon_file = "{path}"'),
        "spk": good[:begin] + orbit.format("spk", path, "target = -85\n") + good[end:],
        "oem": good[:begin] + orbit.format("oem", path, "") + good[end:],
        "several": good[:begin] + f'kind = "oem"\nfile = ["{path}"]\ncenter = "moon"\n\n' + good[end:],
    }[key]


@pytest.mark.parametrize("path", OUTSIDE)
@pytest.mark.parametrize("key", ["include", "ephemeris", "horizon_file", "spk", "oem", "several"])
def test_fault_51_paths_stay_in_the_scenarios_tree(desk, good, key, path):
    inner = desk.folder / "inner"
    inner.mkdir()
    (inner / "link").symlink_to("/etc/passwd")
    (inner / "link.toml").symlink_to("/etc/passwd")
    file = inner / "scenario.toml"
    file.write_text(naming(good, key, path))
    ended = desk.sim("run", file, "-o", desk.folder / "out")
    assert ended.code == 1 and ended.out == "" and "root:" not in ended.err
    assert any(words in ended.err for words in ("leaves the folder", "relative to the folder", "Download it first")), (
        ended.err
    )
    assert not (desk.folder / "out").exists()


def test_fault_51_a_path_outside_needs_leave_and_a_url_is_refused_all_the_same(desk, good):
    inner = desk.folder / "inner"
    inner.mkdir()
    (desk.folder / "lro.oem").write_bytes((ROOT / "tests/stories/data/lro.oem").read_bytes())
    text = naming(good, "oem", str(desk.folder / "lro.oem")).replace("2019-01-03T00:00:00Z", "2022-01-01T00:10:00Z")
    file = inner / "scenario.toml"
    file.write_text(text.replace("days = 1", "days = 0.01"))
    desk.sim("check", file).refuses("allow it with --allow-path")
    for option in ("--allow-path", "--allow-paths"):
        assert desk.sim("check", file, option).code == 0
    file.write_text(naming(good, "spk", "https://example.org/lro.bsp"))
    desk.sim("check", file, "--allow-path").refuses("Download it first")


def test_fault_51_a_run_opens_no_connection(desk, good, monkeypatch):
    def no(*words, **more):
        raise AssertionError("the network was asked")

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, no)
    monkeypatch.setattr(socket, "getaddrinfo", no)
    ended = desk.sim("run", desk.write(good + '[[products]]\nkind = "passes"\n'), "-o", desk.folder / "out")
    assert ended.code == 0, ended.err


@pytest.mark.parametrize("name", ["../x", "CON", "nul", "lpt1", "-rf", "a/b", "", ".", "x" * 65, "a b", "run"])
def test_fault_52_names_of_files_that_could_do_harm_are_refused(desk, good, name):
    desk.check(good + f'[[products]]\nkind = "passes"\nfile = "{name}"\n').refuses("products[0].file")


@pytest.mark.parametrize("name", ["con", "AUX", "-rf", "../x"])
def test_fault_52_so_are_names_of_ends_which_become_names_of_files(desk, good, name):
    desk.check(good.replace("[sites.kourou]", f'[sites."{name}"]').replace('"kourou"', f'"{name}"')).refuses("name")


def test_fault_53_nothing_that_runs_programs_is_ever_read():
    """No pickles, no YAML, no eval, no unpacking, no shell: not anywhere in the package."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = {each.name.split(".")[0] for each in node.names} | {
                    (getattr(node, "module", "") or "").split(".")[0]
                }
                assert not names & {"pickle", "marshal", "shelve", "dill", "joblib", "yaml", "tarfile"}, path
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                if path.name == "spice_process.py" and called == "subprocess.Popen":  # this very program, with SPICE
                    assert ast.unparse(node.args[0]).startswith("[sys.executable"), path
                    continue
                assert called not in (
                    "eval",
                    "exec",
                    "os.system",
                    "subprocess.run",
                    "subprocess.Popen",
                    "zipfile.ZipFile",
                    "shutil.unpack_archive",
                ), path
                assert not any(keyword.arg == "shell" for keyword in node.keywords), path
                pickled = [keyword.value for keyword in node.keywords if keyword.arg == "allow_pickle"]
                assert all(isinstance(value, ast.Constant) and value.value is False for value in pickled), path


def test_fault_53_an_archive_with_objects_is_refused_unread(tmp_path):
    from sim.trajectories import elevation_model

    class Bomb:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "went off"),)

    path = tmp_path / "model.npz"
    np.savez(path, elevation_m=np.array([[Bomb(), Bomb()]], dtype=object))
    with pytest.raises(DataError, match=r"model\.npz"):
        elevation_model.read(path)
    assert not (tmp_path / "went off").exists()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_fault_54_no_cell_of_text_begins_as_a_formula(start):
    for text in (f"{start}cmd|' /C calc'!A0", f"{start}=1+1", f"a\r{start}b\n{start}c"):
        (row,) = list(csv.reader(io.StringIO(csv_text(("name", "number"), [[text, -1.5]]), newline="")))[1:]
        assert row[1] == "-1.5" and row[0].isprintable() and not row[0].startswith(("=", "+", "-", "@"))


def test_fault_54_the_tables_of_a_run_have_none_either(desk, good):
    desk.write(good.replace("A day of a low orbit", "=HYPERLINK(1)"))
    assert desk.sim("run", desk.file, "-o", desk.folder / "out").code == 0
    for path in (desk.folder / "out").glob("*.csv"):
        for row in csv.reader(path.open(newline="")):
            for cell in row:
                assert not cell.startswith(("=", "+", "@", "\t", "\r")), (path, cell)
                assert not cell.startswith("-") or float(cell) < 0.0


def test_fault_55_what_a_scenario_says_is_never_markup_and_the_page_asks_nobody(desk, good):
    evil = "</title></script><script>alert(1)</script><img src=x onerror=alert(2)>"
    desk.write(
        good.replace("A day of a low orbit", evil).replace("horizon_deg = 5", f'horizon_deg = 5\nsource = "{evil}"')
    )
    assert desk.sim("report", desk.file, "-o", desk.folder / "page.html").code == 0
    page = html.unescape((desk.folder / "page.html").read_text(encoding="utf-8").partition("<body>")[0])
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy and "default-src 'none'" in policy[1] and "http" not in policy[1]
    page = (desk.folder / "page.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page and "<img src=x" not in page and page.count("</title>") == 1
    assert 'src="http' not in page and "@import" not in page and "url(http" not in page
    desk.check(good.replace("[sites.kourou]", '[sites."<script>"]')).refuses("expected a name")


BOMB = """<?xml version="1.0"?>
<!DOCTYPE oem [<!ENTITY a "aaaaaaaaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>
<oem id="CCSDS_OEM_VERS" version="2.0">
<header><CREATION_DATE>&b;</CREATION_DATE><ORIGINATOR>&c;</ORIGINATOR></header></oem>
"""


def test_fault_56_a_message_in_xml_with_entities_is_refused(desk, good):
    (desk.folder / "bomb.xml").write_text(BOMB)
    ended = desk.check(naming(good, "oem", "bomb.xml"))
    ended.refuses("bomb.xml", "Expected a CCSDS OEM")
    assert "root:" not in ended.err and "aaaa" not in ended.err


META = "KPL/MK\n\\begindata\nPATH_VALUES = ( '/etc' )\nPATH_SYMBOLS = ( 'E' )\nKERNELS_TO_LOAD = ( '$E/passwd' )\n"


@pytest.mark.parametrize("text", [META, "KPL/FK\n\\begindata\n" + "A = 1\n" * 1_000_000], ids=["meta", "a million"])
@pytest.mark.parametrize("key", ["spk", "ephemeris"])
def test_fault_57_text_kernels_are_not_read_at_all(desk, good, key, text):
    """SPICE, where it is used, is given one binary kernel that was looked into before, and no text."""
    (desk.folder / "kernel.tm").write_text(text)
    desk.check(naming(good, key, "kernel.tm")).refuses("kernel.tm", "is not a readable kernel")


@pytest.mark.parametrize("title", ["{0.__class__.__mro__}", "%s%n%(x)s", "(a+)+$", "$HOME `id` \\\\1"])
def test_fault_58_no_text_of_a_scenario_is_a_format_or_a_pattern(desk, good, title):
    text = good.replace("A day of a low orbit", title)
    scenario = sim.load(desk.write(text))
    assert sim.run(scenario).provenance["scenario"]["title"] == scenario.title
    desk.check(good.replace('["craft"', f'["{title}"')).refuses("routes.down")


def test_fault_58_patterns_are_constants():
    """Every regular expression of the package is written in it; none is put together from what was read."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re.") and node.args:
                pattern = node.args[0]
                parts = pattern.values if isinstance(pattern, ast.JoinedStr) else [pattern]
                for part in parts:
                    name = ast.unparse(part.value if isinstance(part, ast.FormattedValue) else part)
                    assert isinstance(part, ast.Constant) or name.isupper() or name == "pattern", (path, name)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
                ours = isinstance(node.func.value, ast.Constant) or ast.unparse(node.func.value).startswith(
                    ("_FATES", "words")
                )  # tables of the package
                assert ours, (path, ast.unparse(node.func))


def test_fault_63_a_reader_that_has_read_enough_ends_the_command_quietly(desk, good):
    desk.write(good)
    code = "from sim.cli import main; main()"
    with subprocess.Popen([sys.executable, "-c", code, "windows", str(desk.file), "down"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # fmt: skip
        process.stdout.close()
        told = process.stderr.read().decode()
        assert process.wait(300) == 0, told
    assert "Traceback" not in told and "Broken" not in told


@pytest.mark.parametrize("count", [0, 10_000])
def test_fault_64_a_timeline_of_no_window_or_of_10000_is_drawn_without_a_word(count, tmp_path):
    span = sim.Span("2019-01-03T00:00:00Z", days=30)
    begins = np.linspace(span.start, span.end, count, endpoint=False)
    windows = sim.Windows.of(np.column_stack((begins, begins + 60.0)).reshape(-1, 2), span)
    with warnings.catch_warnings(action="error"):
        axes = sim.plot.timeline({"down": windows})
        axes.figure.savefig(tmp_path / "timeline.png")
    width, height = axes.figure.get_size_inches()
    assert 4 < width < 30 and 1 < height < 30


def test_fault_64_20_stations_are_20_rows_that_can_be_read():
    span = sim.Span("2019-01-03T00:00:00Z", days=2)
    rows = {
        f"station {i}": sim.Windows.of([[span.start + 3600.0 * i, span.start + 3600.0 * (i + 2)]], span)
        for i in range(20)
    }
    axes = sim.plot.timeline(rows)
    axes.figure.canvas.draw()
    boxes = sorted(
        (label.get_window_extent() for label in axes.figure.findobj(Text) if label.get_text().startswith("station")),
        key=lambda box: box.y0,
    )
    assert len(boxes) == 20
    assert all(below.y1 < above.y0 for below, above in pairwise(boxes))  # no name covers the next


def test_fault_64_letters_that_no_font_has_are_boxes_without_a_warning(desk, good):
    kinds = "".join(f'[[products]]\nkind = "{kind}"\n' for kind in ("timeline", "availability", "sky"))
    desk.write(good.replace("A day of a low orbit", "嫦娥四号与鹊桥") + kinds)
    with warnings.catch_warnings(action="error"):
        ended = desk.sim("run", desk.file, "-o", desk.folder / "out")
    assert ended.code == 0 and "Glyph" not in ended.err
    assert len(list((desk.folder / "out").glob("*.png"))) == 3
