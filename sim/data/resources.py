"""Folders of seeds and scenarios that are installed with the package."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from sim.core.errors import SimError
from sim.core.text import nearest

_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")


def package_folder() -> Path:
    """Return the folder of the package."""
    return Path(str(files("sim"))).resolve()


def seeds_folder() -> Path:
    """Return the folder of seeds: inside the installed package, or beside it in a source checkout."""
    return _shipped("seeds")


def scenarios_folder() -> Path:
    """Return the folder of scenarios: inside the installed package, or beside it in a source checkout."""
    return _shipped("scenarios")


def scenario_names() -> list[str]:
    """Names of the included scenarios."""
    return sorted(path.stem for path in scenarios_folder().glob("*.toml"))


def scenario_file(path: str | Path) -> Path:
    """The file of a scenario: the path itself, or that of an included scenario if it is the name of one.

    A file or folder of that name in the working folder comes first. Raises `SimError` for a name that is neither.
    """
    text = str(path)
    if not _NAME.fullmatch(text) or Path(path).exists():
        return Path(path)
    found = scenarios_folder() / f"{text}.toml"
    if text not in scenario_names():
        beside = f" Or the file: {text}.toml" if Path(f"{text}.toml").is_file() else ""
        meant = nearest(text, scenario_names())
        raise SimError(f"{text}: expected a scenario file or the name of an included scenario.{meant}{beside}")
    return found


def _shipped(name: str) -> Path:
    package = package_folder()
    shipped = package / name
    return shipped if shipped.is_dir() else package.parent / name
