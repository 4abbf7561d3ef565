"""Nothing of a user's is lost, read or moved by writing a result or by opening one."""

import hashlib
import json
import os
import shutil
import sys

import pytest

import sim
from sim.core.files import HIDDEN, LIST, RUN, whole_folder
from tests.faults.conftest import GOOD
from tests.support.scenarios import run_once

PLAN = '\n[[products]]\nkind = "contact_plan"\n'
SECRET = {"id_rsa": "a private key", "authorized_keys": "ssh-ed25519 somebody"}
HEX = "0123abcd"


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """A scenario and its result."""
    return run_once(tmp_path_factory.mktemp("once"), GOOD + PLAN)


@pytest.fixture
def copied(once, tmp_path):
    """A copy of both, and beside them a folder of secrets."""
    shutil.copytree(once, tmp_path / "copy")
    (tmp_path / "ssh").mkdir()
    for name, text in SECRET.items():
        (tmp_path / "ssh" / name).write_text(text)
    return tmp_path / "copy"


@pytest.fixture
def idle(monkeypatch):
    """Whatever computes is a mistake: what is wrong must be told before."""

    def forbidden(*words, **more):
        raise AssertionError("it was computed before the output was looked at")

    for name in (
        "sim.simulation.run.run", "sim.trajectories.horizon_profile.horizon", "sim.simulation.claims.judge",
        "sim.simulation.sweep.run.chunk_done",
    ):  # fmt: skip
        monkeypatch.setattr(name, forbidden)
    monkeypatch.setattr("sim.scenario.scenario.Scenario.__getitem__", forbidden)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and not path.is_symlink()}


def whole_link(out, secret):
    (out / f"{HIDDEN}{HEX}.whole").symlink_to(secret)


def new_link(out, secret):
    (out / f"{HIDDEN}{HEX}.new").symlink_to(secret)


def lock_link(out, secret):
    """To take a lock empties the file that the link leads to."""
    (out / f"{HIDDEN}{HEX}.lock").symlink_to(secret / "id_rsa")


def links_inside(out, secret):
    """A folder as a run leaves it, listing links of the same content."""
    whole = out / f"{HIDDEN}{HEX}.whole"
    whole.mkdir()
    for name in SECRET:
        (whole / name).symlink_to(secret / name)
    hashes = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in SECRET.items()}
    (whole / LIST).write_text(json.dumps(hashes))


def list_outside(out, secret):
    """A list of files that are not in the folder itself."""
    whole = out / f"{HIDDEN}{HEX}.whole"
    whole.mkdir()
    name = os.path.relpath(secret / "id_rsa", whole)
    (whole / LIST).write_text(json.dumps({name: hashlib.sha256(SECRET["id_rsa"].encode()).hexdigest()}))


def unlisted(out, secret):
    """Files without a list: nothing says that they are a result's."""
    whole = out / f"{HIDDEN}{HEX}.whole"
    whole.mkdir()
    (whole / "contact-plan.csv").write_text("invented")


@pytest.mark.parametrize("trap", [whole_link, new_link, lock_link, links_inside, list_outside, unlisted])
@pytest.mark.parametrize("verb", ["verify", "diff", "run"])
def test_a_link_in_the_place_of_a_hidden_folder_or_its_files_is_never_followed(copied, desk, trap, verb):
    out, secret = copied / "out", copied.parent / "ssh"
    before, words = contents(out), {"verify": [out], "diff": [out, out], "run": [copied / "s.toml", "-o", out]}[verb]
    trap(out, secret)
    ended = desk.sim(verb, *words)
    assert ended.code == 0, ended.err
    assert contents(secret) == {name: text.encode() for name, text in SECRET.items()}
    assert contents(out) == before | {n: c for n, c in contents(out).items() if n.startswith(HIDDEN)}
    assert not set(SECRET) & {path.name for path in out.iterdir()}


def test_only_files_that_match_the_hashes_of_the_list_are_moved(tmp_path):
    """A run that was killed left a whole folder; something else is in it too, and one file was changed since."""
    whole = tmp_path / f"{HIDDEN}{HEX}.whole"
    whole.mkdir()
    for name in ("a.csv", "b.csv", "c.csv"):
        (whole / name).write_text(name)
    hashes = {name: hashlib.sha256(name.encode()).hexdigest() for name in ("a.csv", "b.csv")}
    (whole / LIST).write_text(json.dumps(hashes))
    (whole / "b.csv").write_text("changed")
    from sim.core.files import settle

    settle(tmp_path)
    assert contents(tmp_path) == {"a.csv": b"a.csv"}
    assert set(contents(whole)) == {"b.csv", "c.csv", LIST}


@pytest.mark.parametrize("verb", ["report", "export", "horizon", "run", "claims"])
@pytest.mark.parametrize("by", ["name", "link", "other name"])
def test_an_output_is_never_written_over_an_input(desk, good, idle, verb, by):
    """Of every verb that writes, under the input's own name, by a link to it, and by a second name of it."""
    desk.write(good)
    out, target = desk.folder / "out", desk.file
    if verb == "claims":
        (desk.folder / "c.toml").write_text('title = "None"\n')
        target = desk.folder / "c.toml"
    before = target.read_bytes()
    if verb == "run":
        target = desk.folder / "passes.csv"
        lro = (desk.folder / "scenario.toml").read_text()
        target.write_text("tdb,x_km,y_km,z_km,vx_km_s,vy_km_s,vz_km_s\n" + "".join(
            f"2019-01-{day:02d}T00:00:00,{1e5 + 8640 * day},0,0,0.1,0,0\n" for day in range(2, 6)))  # fmt: skip
        begin, end = lro.index("kind ="), lro.index("[routes]")
        desk.write(lro[:begin] + 'kind = "csv"\nfile = "passes.csv"\ncenter = "earth"\n' + lro[end:])
        before, out = target.read_bytes(), desk.folder
    place = target
    if by != "name":
        out = desk.folder / "out"
        out.mkdir()
        place = out / ("passes.csv" if verb == "run" else "same.html")
        place.symlink_to(target) if by == "link" else os.link(target, place)
    words = {
        "report": [desk.file, "-o", place],
        "export": [desk.file, "craft", "-o", place],
        "horizon": [desk.file, "kourou", "--model", "none.tif", "-o", place],
        "run": [desk.file, "-o", out],
        "claims": [target, "-o", place],
    }[verb]
    wanted = "is a link" if verb == "run" and by == "link" else "is an input"
    desk.sim(verb, *words).refuses(place.name, wanted)
    assert target.read_bytes() == before


@pytest.mark.parametrize("whose", ["passes.csv", RUN, "edited"])
def test_a_file_of_the_users_under_a_products_name_stays(copied, desk, idle, whose):
    out = copied / "out"
    (copied / "s.toml").write_text(GOOD + PLAN + '[[products]]\nkind = "passes"\n')
    name = "contact-plan.csv" if whose == "edited" else whose
    (out / name).write_text("mine")
    desk.sim("run", copied / "s.toml", "-o", out).refuses(name, "would be overwritten. Move it away, or choose another")
    assert (out / name).read_text() == "mine"


def test_what_comes_to_lie_there_while_it_is_computed_stays_too(tmp_path):
    with pytest.raises(sim.core.errors.DataError, match=r"a.csv is not listed in a run.json there"):  # noqa: SIM117
        with whole_folder(tmp_path) as new:
            (new / "a.csv").write_text("product")
            (tmp_path / "a.csv").write_text("mine")
    assert contents(tmp_path) == {"a.csv": b"mine"}


def test_a_result_is_written_over_the_last_one_of_any_scenario(copied, desk):
    (copied / "other.toml").write_text(GOOD.replace("days = 1", "days = 0.5"))
    ended = desk.sim("run", copied / "other.toml", "-o", copied / "out")
    assert ended.code == 0, ended.err
    assert set(contents(copied / "out")) == {
        "contact-plan.csv", "contact-plan-hops.csv", "contact-plan.json", "passes.csv", "timeline.png", RUN
    }  # fmt: skip


@pytest.mark.parametrize(
    "second",
    [
        'kind = "timeline"\nfile = "x-percent"',
        'kind = "timeline"\nfile = "X-Percent"',
        'kind = "contact_plan"\nfile = "x"',
    ],
)
def test_two_products_of_one_name_are_told_by_check(desk, good, second):
    """A map's name ends with its figure's: `x` is written to x-percent.png."""
    first = 'kind = "coverage"\nfile = "x"\nassets = ["craft"]\nbody = "earth"'
    for one, other in ((first, second), (second, first)):
        ended = desk.check(f"{good}\n[[products]]\n{one}\n[[products]]\n{other}\n")
        ended.refuses("products[1]", "another product is also written to", "Set another 'file' for this one")
    assert desk.check(f"{good}\n[[products]]\n{first}\n[[products]]\nkind = 'timeline'\nfile = 'x-y'\n").code == 0


def test_every_product_is_written_to_the_files_that_check_knows_of(tmp_path, monkeypatch):
    """A product of each kind; those that show nothing of this scenario are known by the kind alone."""
    from matplotlib.figure import Figure

    monkeypatch.setattr(Figure, "savefig", lambda figure, path, **more: path.touch())  # it takes most of the time
    from sim.scenario.product import PRODUCTS
    from sim.scenario.product_checks import files_of

    (tmp_path / "s.toml").write_text(GOOD)
    scenario = sim.load(tmp_path / "s.toml")
    result = sim.run(scenario)
    kinds = PRODUCTS.classes
    drawn = 0
    for kind, cls in kinds.items():
        asked = {"assets": ("craft",), "body": "earth", "step_deg": 30.0, "figures": ("percent", "age_95_s")}
        product = cls.model_validate({"kind": kind, **(asked if kind == "coverage" else {})})
        try:
            made = product.write(result, tmp_path)
        except (sim.core.errors.SimError, StopIteration, KeyError):  # it has nothing to show here
            continue
        drawn += 1
        assert sorted(path.name for path in made) == sorted(files_of(product)) == sorted(files_of(product.model_dump()))
    assert drawn >= 8


VERBS = {
    "run": ["run", "{s}"],
    "report": ["report", "{s}"],
    "export": ["export", "{s}", "craft"],
    "horizon": ["horizon", "{s}", "kourou", "--model", "none.tif"],
    "sweep": ["sweep", "{s}", "--set", "sites.kourou.horizon_deg=5,6"],
    "claims": ["claims", "{c}"],
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("place", ["empty", "blank", "wrong kind", "under a file", "long", "pipe", "forbidden"])
def test_a_bad_output_is_told_before_anything_is_computed(desk, good, idle, monkeypatch, verb, place):
    desk.write(good)
    (desk.folder / "c.toml").write_text('title = "None"\n')
    monkeypatch.chdir(desk.folder)
    file = verb not in ("run", "sweep")
    for name in ("folder", "shut"):
        (desk.folder / name).mkdir()
    (desk.folder / "file").write_text("mine")
    os.mkfifo(desk.folder / "pipe")
    where = {
        "empty": "",
        "blank": "  ",
        "wrong kind": "folder" if file else "file",
        "under a file": "file/x",
        "long": "x" * 300,
        "pipe": "pipe",
        "forbidden": "shut/x",
    }[place]
    if place == "forbidden":
        if os.geteuid() == 0:  # nothing is forbidden to root
            monkeypatch.setattr("os.access", lambda path, mode: "shut" not in str(path))
        else:
            (desk.folder / "shut").chmod(0o500)
    words = [word.format(s=desk.file, c=desk.folder / "c.toml") for word in VERBS[verb]]
    ended = desk.sim(*words, "-o", where)
    ended.refuses("expected" if place not in ("long", "forbidden", "under a file") else "")
    assert "Errno" not in ended.err and "computed" not in ended.err
    assert {p.name for p in desk.folder.iterdir()} == {"scenario.toml", "c.toml", "folder", "shut", "file", "pipe"}
    assert (desk.folder / "file").read_text() == "mine"


def test_a_name_that_looks_like_markup_is_a_name(desk, good, monkeypatch):
    """On a terminal, where a spinner says what is done."""
    desk.write(good)
    monkeypatch.chdir(desk.folder)
    (desk.folder / "[").mkdir()
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert desk.sim("export", desk.file, "craft", "-o", "[/x].oem").code == 0
    assert (desk.folder / "[/x].oem").is_file()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems ask for names in Unicode")
def test_names_that_are_no_utf_8_are_written_and_verified(command, tmp_path):
    folder = os.fsencode(tmp_path) + b"/caf\xe9"
    os.mkdir(folder)
    with open(folder + b"/s\xe9.toml", "w") as file:
        file.write(GOOD + PLAN)
    name = os.fsdecode(folder)
    done = command("run", f"{name}/s\udce9.toml", "-o", f"{name}/out")
    assert done.returncode == 0, done.stderr
    done = command("verify", f"{name}/out")
    assert done.returncode == 0, done.stderr + done.stdout
    assert command("report", f"{name}/s\udce9.toml", "-o", f"{name}/\udce9.html").returncode == 0
