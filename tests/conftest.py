"""What all tests share: which examples are tried, and the figures kept for docs/validation.md (`make validation`)."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest
import typer.main
import typer.testing
from hypothesis import HealthCheck, Phase, settings

_UNTIMED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}  # a busy machine is no fault
settings.register_profile("same", derandomize=True, **_UNTIMED)
settings.register_profile("searching", **_UNTIMED)
settings.register_profile("mutation", derandomize=True, phases=(Phase.explicit, Phase.generate), **_UNTIMED)
settings.load_profile("mutation" if os.environ.get("FARSIDE_MUTATION") else "same")
# `make test` judges a change, so it tries the same examples each time; `make test-long` looks for new ones.
# `make mutate` wants to know that a mistake is noticed, not the simplest example of it.

typer.testing._get_command = cache(typer.main.get_command)
# CliRunner reads the options of all verbs each time it is called: that takes longer than most checks.

HEAVIEST_FIRST = (
    "faults/test_sweep.py",
    "stories/test_chang_e_4.py",
    "laws/test_schedule.py",
    "laws/test_limb.py",
    "laws/test_certificate.py",
    "stories/test_empty_scenarios.py",
    "faults/test_strange_surroundings.py",
    "faults/test_together.py",
    "faults/test_records.py",
    "faults/test_hostile_values.py",
    "stories/test_sweep.py",
    "faults/test_sweep_folder.py",
    "stories/test_claims.py",
    "faults/test_result_folders.py",
    "fuzz/test_found.py",
    "stories/test_notebooks.py",
    "stories/test_crosscheck.py",
    "laws/test_routes.py",
    "faults/test_files_and_data.py",
    "faults/test_whole_or_not.py",
    "laws/test_invariants.py",
    "faults/test_operation.py",
    "stories/test_pictures.py",
    "stories/test_data.py",
    "stories/test_phases.py",
    "laws/test_time_limits.py",
    "laws/test_flown.py",
    "authorities/test_designed_orbits.py",
    "stories/test_readme.py",
    "stories/test_verify.py",
    "stories/test_scenarios.py",
    "shape/test_shape.py",
    "laws/test_instants.py",
    "faults/test_scenario_text.py",
)
"""Files of more than five seconds. One process runs a file; a long one that came last would leave the other idle."""

HEAD = """# Validation

What others found, against what `sim` finds: the worst case of each test. This page is written by `make validation` from
the tests in `tests/authorities` and `tests/stories`, which `make test` runs too.

| what | against | largest difference | allowed |
|---|---|---|---|
"""


def pytest_addoption(parser):
    parser.addoption("--figures", help="write the measured figures to this Markdown file")
    parser.addoption("--remake-golden", action="store_true", help="write the golden windows anew")


def pytest_configure(config):
    config.figures = {}


def pytest_collection_modifyitems(items):
    heaviest = {name: place for place, name in enumerate(HEAVIEST_FIRST)}
    items.sort(key=lambda item: heaviest.get("/".join(item.path.parts[-2:]), len(heaviest)))


@pytest.fixture(scope="session", autouse=True)
def orbits(tmp_path_factory):
    """A store of flown orbits of this session's own, which its processes share: nothing depends on earlier runs."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "orbits"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FARSIDE_SIM_ORBITS", str(folder))
        yield folder


@pytest.fixture
def figure(request):
    """A function that asserts that a difference is allowed, and keeps it: figure(what, against, value, limit, unit)."""

    def keep(what, against, value, limit, unit):
        rows = request.config.figures
        rows[what, against] = (max(float(value), rows.get((what, against), (0.0,))[0]), limit, unit)
        assert value < limit

    return keep


def pytest_sessionfinish(session):
    path = session.config.getoption("--figures")
    if path and session.config.figures:
        rows = [
            f"| {what} | {against} | {value:.2g} {unit} | {limit:g} {unit} |"
            for (what, against), (value, limit, unit) in session.config.figures.items()
        ]
        Path(path).write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")


@pytest.fixture(scope="session")
def german(tmp_path_factory):
    """Variables of a process that speaks German: decimal commas, month names, sorting.

    Where the machine has no such locale it is made from the system's own sources (`localedef`), in a folder that
    LOCPATH names; where those are not there either, the variables name a locale that is not there.
    """
    said = {"LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"}
    listed = subprocess.run(["locale", "-a"], capture_output=True, text=True).stdout if shutil.which("locale") else ""
    if "de_DE.utf8" in listed or not shutil.which("localedef"):
        return said
    folder = tmp_path_factory.mktemp("locales")
    made = subprocess.run(
        ["localedef", "-i", "de_DE", "-f", "UTF-8", str(folder / "de_DE.UTF-8")], capture_output=True, text=True
    )
    return said | ({"LOCPATH": str(folder)} if made.returncode == 0 else {})
