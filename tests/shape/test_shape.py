"""How the project is built: start-up time, docstrings, module sizes, kinds."""

import ast
import inspect
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import sim
from sim.scenario.product import PRODUCTS
from sim.scenario.scenario import kinds_text
from sim.simulation import claims
from sim.simulation.claims import TESTS
from sim.trajectories.limits.limit import LIMITS
from sim.trajectories.orbits.orbit import ORBITS

ROOT = Path(__file__).parents[2]
LINES = 400
"""A module that outgrows it holds a second noun."""
HEAVY = (
    "numba", "matplotlib", "astropy", "pandas", "skyfield", "scipy", "pyarrow", "rich", "pooch", "requests", "asyncio",
    "concurrent", "multiprocessing",
)  # fmt: skip

LATE = tuple(
    f"sim.{each}"
    for each in ("search.find", "search.conditions", "visibility.sight", "visibility.result", "products.plot",
                 "products.web_report", "trajectories.dynamics", "planning.tracks")
)  # fmt: skip
"""What only a run needs."""


def _answering(*line, names="sim"):
    """The modules of some packages that the command loads to answer, in a Python of its own."""
    code = (
        "import sys; from sim.cli.verbs import app\n"
        "from typer.testing import CliRunner\n"
        f"done = CliRunner().invoke(app, {list(line)!r})\n"
        "assert done.exit_code == 0, done.output"
    )
    return _loaded(code, names)


def test_help_loads_nothing_heavy():
    assert _answering("--help", names=(*HEAVY, "numpy", "pydantic")) == []
    assert len(_answering("--help")) < 24


def test_checking_a_scenario_loads_neither_what_draws_nor_what_searches_nor_what_downloads():
    """Though the flagship names claims to test, and has nearly all kinds of tables and pictures."""
    check, load = ("check", "scenarios/chang-e-4.toml"), "import sim; sim.load('scenarios/chang-e-4.toml')"
    for found, most in ((_answering(*check), 145), (_loaded(load), 118)):
        assert len(found) < most
        assert not [name for name in found if name.startswith(LATE)]
    assert not _answering(*check, names=HEAVY) and not _loaded(load, HEAVY)


def _loaded(code, names="sim"):
    """The modules of ours, or of some packages, that some code loads, in a Python of its own."""
    names = (names,) if isinstance(names, str) else names
    tail = f"\nimport sys; print(*(name for name in sys.modules if name.partition('.')[0] in {names!r}))"
    done = subprocess.run([sys.executable, "-c", code + tail], capture_output=True, text=True, check=True, cwd=ROOT)
    return done.stdout.split()


def test_scenarios_load_no_kind_of_orbit_limit_or_product():
    loaded = _loaded("import sim.scenario.scenario")
    assert len(loaded) < 80
    assert not [name for name in loaded if name.startswith(("sim.search", "sim.visibility", "sim.data.download"))]
    own = {cls.__module__ for kinds in (ORBITS, LIMITS, PRODUCTS) for cls in kinds.classes.values()}
    assert len(own) > 20 and not own & set(loaded)
    assert not [name for name in loaded if name.startswith("sim.products")]


def test_reading_a_scenario_loads_its_own_kinds_and_neither_plots_nor_the_web_page():
    loaded = _loaded("import sim; sim.load('scenarios/chang-e-4.toml')")
    assert {"sim.products.timeline", "sim.products.report", "sim.trajectories.orbits.halo"} <= set(loaded)
    assert "sim.trajectories.orbits.dro" not in loaded
    assert not [name for name in loaded if name.startswith(("sim.products.plot", "sim.products.web_report"))]


def _numba_is_loaded(scenario):
    """Whether a process of its own that moves the ends of a scenario loads the integrator."""
    code = (
        f"import sys, sim; from sim.simulation.run import why; s = sim.load({str(scenario)!r})\n"
        "for name in s.used_ends(): s[name]\n"
        "import sim.trajectories.rotating_frame as frame; frame.mean_distance_km()\n"
        "print('numba' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return {"True\n": True, "False\n": False}[done.stdout]


def test_stored_orbits_are_read_without_the_integrator(tmp_path, monkeypatch):
    """Numba alone takes a second to load."""
    relay = 'kind = "halo"\namplitude_km = 13000\nepoch = 2019-01-03T00:00:00Z\n'
    text = (
        "start = 2019-01-03T00:00:00Z\ndays = 1\n"
        f"[spacecraft.relay.orbit]\n{relay}[routes]\ndown = ['relay', 'earth']\n"
    )
    (tmp_path / "relay.toml").write_text(text)
    monkeypatch.setenv("FARSIDE_SIM_ORBITS", str(tmp_path / "orbits"))
    assert [_numba_is_loaded(tmp_path / "relay.toml") for _ in range(2)] == [True, False]


def test_stored_orbits_of_the_flagship_are_read_without_the_integrator():
    """Those that this session's other tests left in its store, or that the first process leaves there."""
    flagship = ROOT / "scenarios" / "chang-e-4.toml"
    if _numba_is_loaded(flagship):
        assert not _numba_is_loaded(flagship)


@pytest.mark.parametrize("kinds", [ORBITS, LIMITS, PRODUCTS], ids=lambda kinds: kinds.noun)
def test_a_kind_s_file_has_its_name(kinds):
    """So that one kind is found without importing all."""
    for word, cls in kinds.classes.items():
        assert cls.__module__.rpartition(".")[2] == word


@pytest.mark.long
@pytest.mark.parametrize("line, most_s", [(["--help"], 0.3), (["check", "scenarios/chang-e-4.toml"], 0.6)])
def test_a_verb_begins_quickly(line, most_s, tmp_path):
    """Processor time of the best of five, compiled before."""
    import os

    spent = []
    settings = {**os.environ, "PYTHONPYCACHEPREFIX": str(tmp_path), "PYTHONDONTWRITEBYTECODE": ""}
    for _ in range(5):
        before = os.times()
        subprocess.run([sys.executable, "-m", "sim", *line], capture_output=True, check=True, cwd=ROOT, env=settings)
        after = os.times()
        spent.append(sum(after[2:4]) - sum(before[2:4]))
    assert min(spent) < most_s, spent


def test_what_costs_too_much_is_refused_before_numpy_and_the_kinds_are_loaded(tmp_path):
    orbit = 'kind = "kepler"\ncenter = "moon"\nsemi_major_axis_km = 2000\neccentricity = 0.1\n'
    text = f'start = 2019-01-03T00:00:00Z\ndays = 3_652_425\n[spacecraft.craft.orbit]\n{orbit}'
    (tmp_path / "long.toml").write_text(text)
    code = (
        "import sys; from sim.cli.verbs import app\n"
        "from typer.testing import CliRunner\n"
        f"done = CliRunner().invoke(app, ['run', {str(tmp_path / 'long.toml')!r}])\n"
        "late = [n for n in ('numpy', 'sim.scenario.scenario') if n in sys.modules]\n"
        "print('10,000 years' in str(done.exception), late)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True []"


def test_what_is_imported_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = sum(project["optional-dependencies"].values(), project["dependencies"])
    declared = {_plain(re.match(r"[\w.-]+", each)[0]) for each in wanted}
    owners = packages_distributions()
    known = {name for name, of in owners.items() if declared & set(map(_plain, of))} | sys.stdlib_module_names | {"sim"}
    known |= declared  # an extra that is not installed is imported by its own name
    strangers = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in (ROOT / "sim").rglob("*.py") if not path.name.startswith("make_")  # makes data, is no part of it
        for name in _imported(path) - known
    }  # fmt: skip
    assert strangers == set()


def _plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def _imported(path):
    """The packages that a module imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module)
    return {name.split(".")[0] for name in found}


@pytest.mark.parametrize("name", [n for n in sim.__all__ if n not in ("__version__",)])
def test_every_public_name_has_a_docstring(name):
    thing = getattr(sim, name)
    assert inspect.getdoc(thing), name
    if inspect.isclass(thing):
        for method, value in vars(thing).items():
            if not method.startswith("_") and inspect.isfunction(value) and method not in DOCUMENTED_IN_THE_PROTOCOL:
                assert inspect.getdoc(getattr(thing, method)), f"{name}.{method}"


DOCUMENTED_IN_THE_PROTOCOL = {"position", "state", "position_from", "state_from", "breaks", "over"}


@pytest.mark.parametrize("path", sorted((ROOT / "sim").rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_no_module_is_long(path):
    assert len(path.read_text().splitlines()) <= LINES


KINDS = [cls for kinds in (ORBITS, LIMITS, PRODUCTS) for cls in kinds.classes.values()]


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.__name__)
def test_every_kind_is_documented_listed_and_used(kind):
    word = kind.model_fields["kind"].default
    assert kind.__doc__
    assert word in kinds_text()
    files = [*ROOT.glob("scenarios/*.toml"), *ROOT.glob("seeds/**/*.toml"), *ROOT.glob("tests/stories/data/*.toml")]
    assert any(f'= "{word}"' in " ".join(path.read_text().split()) for path in files), f"no scenario uses {word}"


def test_every_kind_of_limit_stands_in_the_page_of_limits():
    text = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")
    assert [word for word in LIMITS.classes if f"`{word}`" not in text] == []


@pytest.mark.parametrize("kind", TESTS, ids=lambda k: k.__name__)
def test_every_kind_of_test_is_documented_listed_and_used(kind):
    word = kind.model_fields["kind"].default
    assert kind.__doc__
    assert f"test {word}" in claims.kinds_text()
    assert f"| `{word}` |" in (ROOT / "docs" / "claims.md").read_text(encoding="utf-8")
    files = [*ROOT.glob("seeds/articles/*.toml"), ROOT / "seeds" / "events.toml"]
    assert any(f'= "{word}"' in " ".join(path.read_text().split()) for path in files), f"no claim uses {word}"


def test_the_command_answers_for_its_version_of_every_verb():
    from typer.testing import CliRunner

    from sim.cli.verbs import app

    text = CliRunner().invoke(app, ["--help"]).stdout
    readme = (ROOT / "README.md").read_text()
    for verb in ("run", "check", "report", "windows", "plan", "why", "export", "horizon", "kinds", "claims", "data",
                 "delivery", "sweep", "verify", "diff", "crosscheck"):  # fmt: skip
        assert verb in text
        assert f"sim {verb}" in readme, f"README does not show sim {verb}"
