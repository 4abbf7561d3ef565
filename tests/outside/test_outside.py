"""A package of somebody else's adds an orbit, a limit and a product: installed, they are there; removed, they are gone.

The package is tests/outside/package, and docs/extending.md prints it file by file.
"""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PACKAGE = HERE / "package"
SCENARIO = PACKAGE / "circle.toml"
PAGE = ROOT / "docs" / "extending.md"
WORDS = {"orbit": "circle", "limit": "keep_out", "product": "totals"}

DRIVER = """
import json, sys
from typer.testing import CliRunner
from sim.cli.verbs import app
answers = []
for verb in json.loads(sys.argv[1]):
    done = CliRunner().invoke(app, verb)
    told = "" if done.exception is None or isinstance(done.exception, SystemExit) else str(done.exception)
    answers.append([done.exit_code, done.stdout, told])
print(json.dumps(answers))
"""


def sim(*verbs, path=()):
    """What some verbs answer, in a Python of their own: (code, output, error) each; path : more folders of packages."""
    line = [sys.executable, "-c", DRIVER, json.dumps([list(map(str, verb)) for verb in verbs])]
    settings = {"PYTHONPATH": ":".join(map(str, (ROOT, *path))), "PATH": ""}
    done = subprocess.run(line, capture_output=True, text=True, env=settings)
    assert done.returncode == 0, done.stderr
    return [tuple(each) for each in json.loads(done.stdout.splitlines()[-1])]


def install(folder, name, version, entries):
    """What an installer leaves behind of a package but for its modules: its name and its entry points."""
    about = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    groups = [f"[{group}]\n" + "".join(f"{k} = {v}\n" for k, v in words.items()) for group, words in entries.items()]
    (about / "entry_points.txt").write_text("\n".join(groups))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder into which the package is installed."""
    folder = tmp_path_factory.mktemp("site")
    project = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]
    shutil.copytree(PACKAGE / "orbit_extras", folder / "orbit_extras")
    install(folder, project["name"], project["version"], project["entry-points"])
    return folder


@pytest.fixture(scope="module")
def with_it(site, tmp_path_factory):
    """What every verb says while the package is installed, and the folder of its run."""
    out = tmp_path_factory.mktemp("run") / "out"
    at = "2024-03-01T10:00:00Z"
    verbs = {
        "kinds": ["kinds"], "schema": ["kinds", "--schema"], "check": ["check", SCENARIO],
        "run": ["run", SCENARIO, "-o", out], "why": ["why", SCENARIO, "link", at],
        "windows": ["windows", SCENARIO, "link"], "verify": ["verify", out],
    }  # fmt: skip
    return dict(zip(verbs, sim(*verbs.values(), path=[site]), strict=True)), out


def test_its_kinds_are_listed_with_their_fields(with_it):
    code, text, _ = with_it[0]["kinds"]
    assert code == 0
    for noun, word in WORDS.items():
        assert f"\n{noun} {word}\n" in f"\n{text}"
    assert re.search(r"radius_km +number above 0 and below 400,000 +required +from the body's center", text)


def test_its_kinds_are_in_the_schema_that_editors_use(with_it):
    import jsonschema

    schema = json.loads(with_it[0]["schema"][1])
    picked = schema["$defs"]["Spacecraft"]["properties"]["orbit"]["discriminator"]["mapping"]
    assert picked["circle"] == "#/$defs/Circle"
    assert schema["$defs"]["Circle"]["properties"]["epoch"]["description"].startswith("when it crosses")
    validator = jsonschema.Draft202012Validator(schema)
    data = json.loads(json.dumps(tomllib.loads(SCENARIO.read_text()), default=lambda t: t.isoformat()))
    assert not list(validator.iter_errors(data))
    data["spacecraft"]["ring"]["orbit"]["radius_km"] = -1.0
    assert list(validator.iter_errors(data))


def test_a_scenario_of_its_kinds_is_checked_and_run(with_it):
    answers, out = with_it
    assert "no problems" in answers["check"][1]
    assert answers["run"][0] == 0
    written = {Path(line).name for line in answers["run"][1].splitlines()}
    assert written == {"totals.csv", "contact-plan.csv", "contact-plan-hops.csv", "contact-plan.json", "run.json"}
    hop = json.loads((out / "contact-plan.json").read_text())["hops"][-1]
    assert "elevation of ring" in hop["closed_by"]
    limits = {hop["opened_by"], hop["closed_by"]}
    assert "angle of ring from the direction to keep out of > 20 deg" in limits
    assert json.loads((out / "run.json").read_text())["versions"]["orbit-extras"] == "1.2.0"


def test_its_product_says_what_the_windows_say(with_it):
    answers, out = with_it
    rows = answers["windows"][1].splitlines()[1:]
    opened = sum(float(row.rsplit(",", 1)[1]) for row in rows)
    (total,) = (out / "totals.csv").read_text().splitlines()[1:]
    assert len(rows) == 2
    assert float(total.split(",")[1]) == pytest.approx(opened, abs=0.002)


def test_why_names_its_limit(with_it):
    assert "✗ angle of ring from the direction to keep out of > 20 deg" in with_it[0]["why"][1]


def test_its_result_can_be_verified(with_it):
    code, text, _ = with_it[0]["verify"]
    assert code == 0, text


def test_its_orbit_is_where_it_should_be(with_it, site):
    """A twelfth of a turn, 30 deg, after the epoch: 30 deg of right ascension at the radius."""
    code = (
        "import sys, numpy as np, sim; s = sim.load(sys.argv[1]); t = s.start + np.array([0.0, 3600.0])\n"
        "x, y, z = s['ring'].position_from(sim.EARTH, t).T\n"
        "print(*np.hypot(x, y), *np.rad2deg(np.unwrap(np.arctan2(y, x))), *z)"
    )
    settings = {"PYTHONPATH": f"{ROOT}:{site}", "PATH": ""}
    line = [sys.executable, "-c", code, SCENARIO]
    done = subprocess.run(line, capture_output=True, text=True, env=settings, check=True)
    r0, r1, a0, a1, z0, z1 = map(float, done.stdout.split())
    rate_deg_s = 360.0 / (2.0 * 3.141592653589793 * (26_600.0**3 / 398_600.435507) ** 0.5)  # GM: DE440
    assert (r0, r1) == pytest.approx((26_600.0, 26_600.0), abs=1e-6)
    assert (a0, a1) == pytest.approx((0.0, 3600.0 * rate_deg_s), abs=1e-5)
    assert (z0, z1) == pytest.approx((0.0, 0.0), abs=1e-6)


def test_without_it_its_kinds_are_gone_and_are_named_where_they_are_asked_for():
    kinds, schema, check = sim(["kinds"], ["kinds", "--schema"], ["check", SCENARIO])
    assert not any(f"\n{noun} {word}\n" in f"\n{kinds[1]}" for noun, word in WORDS.items())
    assert not any(f'"{word}"' in schema[1] for word in WORDS.values())
    assert check[0] == 1 and "3 problems" in check[2]
    for noun, word in WORDS.items():
        assert f"no {noun} kind is called {word!r}" in check[2]


BAD = '''
from typing import Literal
from sim.trajectories.limits.limit import Limit
from sim.trajectories.orbits.orbit import Orbit

class Halo(Orbit):
    """Another halo."""
    kind: Literal["halo"] = "halo"

class Fog(Limit):
    """Says another word than its entry point."""
    kind: Literal["mist"] = "mist"

class Sheet:
    """No product."""
'''


@pytest.fixture(scope="module")
def bad(tmp_path_factory):
    """Packages whose kinds cannot be had, each for another reason."""
    folder = tmp_path_factory.mktemp("bad")
    (folder / "bad_kinds.py").write_text(BAD)
    (folder / "broken_kinds.py").write_text("import a_module_that_nobody_has\n")
    install(folder, "other-halos", "0.3", {"farside_sim.orbits": {"halo": "bad_kinds:Halo"}})
    install(folder, "fogs", "2.0", {"farside_sim.limits": {"fog": "bad_kinds:Fog"}})
    install(folder, "sheets", "1.1", {"farside_sim.products": {"sheet": "bad_kinds:Sheet"}})
    install(folder, "broken", "0.1", {"farside_sim.products": {"chart": "broken_kinds:Chart"}})
    return folder


PLAIN = 'start = 2024-03-01T00:00:00Z\ndays = 1\n[sites.a]\nlatitude_deg = 1\nlongitude_deg = 2\nsource = "s"\n'
HALO = '[spacecraft.s.orbit]\nkind = "halo"\namplitude_km = 13_000\nepoch = 2024-02-01T00:00:00Z\n'
ROUTE = '[routes]\nlink = ["moon", "a"]\n'


def test_a_kind_that_cannot_be_had_is_named_with_its_package_and_never_another(bad, tmp_path):
    texts = {
        "halo": PLAIN + HALO,
        "fog": PLAIN + '[[sites.a.limits]]\nkind = "fog"\n',
        "sheet": PLAIN + ROUTE + '[[products]]\nkind = "sheet"\n',
        "chart": PLAIN + ROUTE + '[[products]]\nkind = "chart"\n',
        "plain": PLAIN + ROUTE,
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.toml").write_text(text)
    checks = [["check", tmp_path / f"{name}.toml"] for name in texts]
    kinds, *answers = sim(["kinds"], *checks, path=[bad])
    told = dict(zip(texts, answers, strict=True))
    wrong = {
        "halo": "orbit kind 'halo' is defined by farside-sim and by other-halos 0.3",
        "fog": "limit kind 'fog' of fogs 2.0 is bad_kinds:Fog, whose field kind is 'mist': expected 'fog'",
        "sheet": "product kind 'sheet' of sheets 1.1 is bad_kinds:Sheet: expected a class that derives from Product",
        "chart": "product kind 'chart' of broken 0.1 cannot be loaded: ModuleNotFoundError: No module named",
    }
    for name, message in wrong.items():
        assert told[name][0] == 1 and message in told[name][2]
        assert message in kinds[2]
    assert kinds[0] == 1 and "limit cone" in kinds[1] and "orbit halo" not in kinds[1]
    assert told["plain"][0] == 0, "a scenario that does without them is not touched"


def test_the_page_prints_the_package_file_by_file():
    text = PAGE.read_text(encoding="utf-8")
    shown = dict(re.findall(r"`([\w./]+)`:\n\n```\w+\n(.*?)```", text, flags=re.DOTALL))
    files = {path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*") if path.suffix in (".py", ".toml")}
    assert set(shown) == {name for name in files if (PACKAGE / name).stat().st_size}
    for name, block in shown.items():
        assert block == (PACKAGE / name).read_text(), name


def test_the_page_lists_every_method_with_a_default():
    """What a kind may say of itself is told in one place, and told in whole."""
    from sim.scenario.product import Product
    from sim.trajectories.limits.limit import Limit
    from sim.trajectories.orbits.orbit import Orbit

    text = PAGE.read_text(encoding="utf-8")
    for base in (Orbit, Limit, Product):
        own = [name for name in vars(base) if not name.startswith("_") and not name.startswith("model_")]
        assert own
        for name in own:
            assert f"`{name}`" in text, f"{base.__name__}.{name}"
