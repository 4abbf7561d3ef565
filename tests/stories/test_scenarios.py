"""Every scenario that ships: its first hours in each run of the tests, all of it in the long ones.

What they gave when last looked at stands in golden/NAME.json: where the short run starts and how many days it takes,
each route's first windows in it, and how many windows and hours the whole scenario has. After a change that is meant to
move them:

    pytest tests/stories/test_scenarios.py tests/stories/test_chang_e_4.py --remake-golden

and look at the differences before keeping them. The flagship is run once, whole, for all its tests: test_chang_e_4.py.
"""

import pytest

import sim
from tests.support.golden import FILES, GOLDEN, assert_same, assert_whole, first_windows, golden, keep, missing, short

FLAGSHIP = "chang-e-4"
every_other = pytest.mark.parametrize("file", [f for f in FILES if f.stem != FLAGSHIP], ids=lambda file: file.stem)


@every_other
def test_its_first_windows_are_as_they_were(file, request):
    scenario = sim.load(file)
    span = short(file, scenario.span)
    cut = {"start": span.start, "end": span.end, "days": None, "products": ()}  # which may begin later
    result = sim.run(scenario.model_copy(update=cut))
    found = first_windows(result, span)
    if request.config.getoption("--remake-golden"):
        keep(file, first=found)
    assert "first" in golden(file), missing(file)
    assert_same(found, golden(file)["first"])


@pytest.mark.long
@every_other
def test_the_whole_of_it_runs_and_is_written(file, request, tmp_path):
    scenario = sim.load(file)
    result = sim.run(scenario)
    assert_whole(file, scenario, result, request.config.getoption("--remake-golden"))
    names = {path.name for path in sim.write(scenario, result, tmp_path / "out")}
    assert "run.json" in names
    assert len(names) > len(scenario.products)
    assert scenario.title


def test_every_scenario_begins_by_saying_what_is_real_in_it():
    for file in FILES:
        head = file.read_text(encoding="utf-8").split("\ntitle")[0]
        assert head.startswith("# "), file.name
        assert any(word in head for word in ("# Real ", "# Designed ")), file.name


def test_every_golden_file_has_its_scenario():
    assert {path.stem for path in GOLDEN.glob("*.json")} == {file.stem for file in FILES}
