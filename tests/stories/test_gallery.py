"""The gallery: every picture's command runs, and every kind of picture has its place."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import sim
from sim.cli.verbs import app
from sim.products.coverage import CoverageMap
from sim.products.pictures import Picture
from sim.scenario.product import PRODUCTS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"`sim run (\S+\.toml)`((?:\s*→\s*`[\w.-]+`)?)", PAGE)
SCENARIOS = sorted(dict.fromkeys(name for name, _ in COMMANDS))


def test_every_kind_of_picture_is_in_the_gallery():
    drawn = [word for word, kind in PRODUCTS.classes.items() if issubclass(kind, Picture | CoverageMap)]
    assert set(drawn) <= set(re.findall(r'`kind = "(\w+)"`', PAGE))


def test_every_picture_of_the_page_is_there_and_every_file_is_shown():
    shown = set(re.findall(r"\]\((gallery/[\w.-]+\.png)\)", PAGE))
    assert shown == {f"gallery/{path.name}" for path in (ROOT / "docs" / "gallery").glob("*.png")}
    assert all(path.stat().st_size < 70_000 for path in (ROOT / "docs" / "gallery").glob("*.png"))


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_of_the_gallery_has_no_problems(name):
    assert sim.load(ROOT / name).products


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in SCENARIOS if name.startswith("docs/")])
def test_a_command_of_the_gallery_makes_the_pictures_it_names(name, tmp_path):
    done = CliRunner().invoke(app, ["run", str(ROOT / name), "-o", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    named = re.findall(rf"`sim run {re.escape(name)}` → `([\w.-]+)`", PAGE)
    for picture in named:
        assert (tmp_path / "out" / picture).read_bytes().startswith(b"\x89PNG")
    assert named
