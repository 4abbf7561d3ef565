"""The page's modules: linted, tested in node without a browser, and joined into one script."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from sim.core.durations import duration
from sim.products.web_report.script_bundle import ENTRY, BundleError, bundle, compact, page_script, read_module

HERE = Path(__file__).parent
SCRIPTS = sorted((HERE.parents[1] / "sim" / "products" / "web_report" / "scripts").glob("*.js"))
TESTS = sorted(HERE.glob("*.test.mjs"))
NO_PARSER = 3
"""How the linter ends where node does not lend its parser."""


def node(*arguments, **options):
    """Run node; skips where there is none."""
    program = shutil.which("node")
    if program is None:
        pytest.skip("node is not installed: the page's scripts cannot be run (Debian: apt-get install nodejs)")
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, encoding="utf-8", **options)


def lint(*paths):
    """What the linter says, line by line."""
    done = node("--expose-internals", HERE / "lint.cjs", *paths)
    if done.returncode == NO_PARSER:
        pytest.skip("this node does not lend its parser (acorn): the page's scripts are not linted")
    assert done.returncode == bool(done.stdout), done.stderr
    return done.stdout.splitlines()


def test_the_linter_finds_nothing():
    assert lint(*SCRIPTS, *sorted(HERE.glob("*.mjs"))) == []


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name)
def test_node_runs_the_unit_tests(path):
    done = node("--test", path)
    assert done.returncode == 0, done.stdout
    assert int(re.search(r"^# pass (\d+)", done.stdout, re.M)[1]) > 5


WRONG = {
    "const a = 1;\n": "a is never used",
    "import {duration} from './format.js';\n": "duration is never used",
    "missing();\n": "missing is not declared",
    "document.title = 1;\n": "only a module that imports ./dom.js",
    "import {nothing} from './format.js';\nnothing();\n": "does not export nothing",
    "import {duration} from './other.js';\nduration(1);\n": "does not export duration",
    "export function f() {}\n": "f is exported, but imported nowhere",
    "var a = 1;\nString(a);\n": "use const or let",
    "let a = 1;\nString(a);\n": "a never changes",
    "const a = 1;\na = 2;\nString(a);\n": "a is assigned, but constant",
    "if (String(1) == 1) String(2);\n": "use ===",
    "const a = 1;\n[1].map((a) => a);\nString(a);\n": "a hides the module's own name",
    "const f = (a, b) => a;\nf();\n": "b is never used",
    "import {byId} from './dom.js';\nbyId('a').innerHTML = 1;\n": "writes markup",
    "const top = 1;\nString(top);\n": "top is the browser's own",
    "String(1);  \n": "a blank at the end",
    "String(1);": "no newline at the end",
    f"String('{'x' * 120}');\n": "a line above 120 characters",
    "const f = () => {\n" + "  f();\n" * 59 + "};\n": "a function of 61 lines",
    "String(1);\n" * 401: "a module of 401 lines",
    "String(;\n": "Unexpected token",
}


@pytest.fixture(scope="module")
def linted(tmp_path_factory):
    """What the linter says of every wrong text, beside the page's own modules."""
    folder = tmp_path_factory.mktemp("wrong")
    for path in SCRIPTS:
        shutil.copy(path, folder)
    for number, text in enumerate(WRONG):
        (folder / f"wrong{number}.js").write_text(text, encoding="utf-8")
    return lint(*sorted(folder.glob("*.js")))


@pytest.mark.parametrize("number", range(len(WRONG)), ids=list(WRONG.values()))
def test_the_linter_finds(linted, number):
    found = [line for line in linted if f"wrong{number}.js:" in line]
    told = list(WRONG.values())[number]
    assert any(told in line for line in found), found


def test_the_linter_follows_scopes(tmp_path):
    (tmp_path / "right.js").write_text("""
const known = new Map([["a", 1]]);
class Counter {
  constructor({start = known.get("a"), ...rest} = {}) { Object.assign(this, {start, rest, k: 0}); }
  next() { return this.k++ + this.start; }
}
const {next: first, ...others} = new Counter();
let [low, high] = [0, 1];
for (const [key, value] of known) { high = value; low = Math.min(low, high); String(key); }
try { first(); } catch { String(others); }
for (let k = 0; k < 3; k++) String(k);
""".lstrip(), encoding="utf-8")  # fmt: skip
    assert lint(tmp_path / "right.js") == []


def test_durations_read_as_those_of_the_library():
    seconds = [0.0, 0.25, 5.0, 9.49, 9.5, 9.94, 9.96, 78.4, 119.9, 120.0, 7199.0, 7200.0, 86400.0, 172800.0]
    seconds += [1_576_000.0, 3e8]
    code = (
        f"import {{duration}} from {json.dumps(SCRIPTS[0].with_name('format.js').as_uri())};"
        f"console.log(JSON.stringify({json.dumps(seconds)}.map(duration)))"
    )
    done = node("--input-type=module", "-e", code, check=True)
    assert [text.replace("\u00a0", " ") for text in json.loads(done.stdout)] == [duration(each) for each in seconds]


def test_the_script_is_whole_and_runs_as_one(tmp_path):
    text = page_script()
    names = re.findall(r"^// ([\w-]+\.js)$", text, re.M)
    assert sorted(names) == [path.name for path in SCRIPTS] and names[-1] == ENTRY
    assert not re.search(r"^(import|export)\b", text, re.M)
    for path in SCRIPTS:
        kept = re.sub(r"^import \{[^}]*\} from .*;\n|^export ", "", read_module(path.name), flags=re.M).split("\n")
        assert [line for line in kept if line and line not in text.split("\n")] == []
    (tmp_path / "page.js").write_text(text, encoding="utf-8")
    assert node("--check", tmp_path / "page.js").returncode == 0


def test_a_compact_script_is_the_same_program(tmp_path):
    text = page_script()
    assert [line for line in text.split("\n") if line.count("`") % 2] == [], "a text over several lines"
    short = compact(text)
    kept = [line.strip() for line in text.split("\n") if not line.strip().startswith("//")]
    assert short.split("\n") == kept and len(short) < 0.93 * len(text)
    (tmp_path / "page.js").write_text(short, encoding="utf-8")
    assert node("--check", tmp_path / "page.js").returncode == 0


def test_modules_come_once_and_after_those_they_import():
    modules = {
        "a.js": 'import {\n  b,\n  c,\n} from "./b.js";\nimport {d} from "./d.js";\nb(c, d);\n',
        "b.js": 'import {d} from "./d.js";\n\nexport const c = d;\nexport async function b() {}\n',
        "d.js": "export class d {}\nexport let e = `\n// import nothing\n`;\n",
    }
    text = bundle(modules, "a.js")
    assert text == (
        '"use strict";\n// d.js\nclass d {}\nlet e = `\n// import nothing\n`;\n'
        "// b.js\nconst c = d;\nasync function b() {}\n// a.js\nb(c, d);"
    )


@pytest.mark.parametrize(
    ("modules", "told"),
    [
        ({"a.js": 'import {a} from "./a.js";\n'}, "in a circle: a.js → a.js"),
        ({"a.js": 'import {b} from "./b.js";\n', "b.js": "function b() {}\n"}, "imports b, which b.js does not export"),
        ({"a.js": 'import {b} from "./b.js";\nconst c = 1;\n', "b.js": "export const b = 1;\nconst c = 2;\n"},
         "c is declared in b.js too"),
        ({"a.js": 'import b from "./b.js";\n'}, "cannot be joined"),
        ({"a.js": 'import {b as c} from "./b.js";\n', "b.js": "export const b = 1;\n"},
         "imports as, which b.js does not export"),
        ({"a.js": 'import * as b from "./b.js";\n'}, "cannot be joined"),
        ({"a.js": 'import "./b.js";\n'}, "cannot be joined"),
        ({"a.js": 'import {b} from "other";\n'}, "cannot be joined"),
        ({"a.js": 'const b = await import("./b.js");\n'}, "cannot be joined"),
        ({"a.js": "export default 1;\n"}, "cannot be joined"),
        ({"a.js": "const a = 1;\nexport {a};\n"}, "cannot be joined"),
        ({"a.js": 'export * from "./b.js";\n'}, "cannot be joined"),
        ({"a.js": "const {a, b} = c;\n"}, "cannot be joined"),
        ({"a.js": "var a = 1;\n"}, "cannot be joined"),
        ({"a.js": 'const a = "</SCRIPT>";\n'}, "end or hide a script"),
    ],
)  # fmt: skip
def test_what_cannot_be_joined_is_refused(modules, told):
    with pytest.raises(BundleError) as error:
        bundle(modules, "a.js")
    assert told in str(error.value)


def test_a_module_that_is_not_there_is_told():
    with pytest.raises(BundleError, match=r"nothing\.js: module not found"):
        bundle(lambda name: 'import {a} from "./nothing.js";\n' if name == "a.js" else read_module(name), "a.js")
