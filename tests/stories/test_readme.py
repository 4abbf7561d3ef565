"""What README shows is what happens."""

import contextlib
import io
import os
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.S)


def test_the_python_of_readme_runs_and_prints_what_it_says():
    (code,) = blocks("python")
    said = io.StringIO()
    before = os.getcwd()
    os.chdir(ROOT)
    try:
        with contextlib.redirect_stdout(said):
            exec(compile(code, "README.md", "exec"), {})
    finally:
        os.chdir(before)
    for expected in re.findall(r"print\(.*?\)\s+# (.*)", code):
        assert expected in said.getvalue()


def test_the_question_why_of_readme_is_answered_as_it_says():
    from sim import load
    from sim.simulation.run import why

    console = next(block for block in blocks("console") if "sim why" in block)
    lines = console.splitlines()
    at = next(index for index, line in enumerate(lines) if line.startswith("$ sim why"))
    answer = []
    for line in lines[at + 1 :]:
        if line.startswith("$"):
            break
        answer.append(line)
    words = lines[at].split()[3:]
    reasons = why(load(ROOT / words[0]), words[1:-1], words[-1])
    assert "\n".join(map(str, reasons)) == "\n".join(answer)


def test_every_file_that_readme_points_to_exists():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        if "://" not in target:
            assert (ROOT / target).exists(), target
