"""Folders of seeds and scenarios that are installed with the package."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def package_folder() -> Path:
    """Return the folder of the package."""
    return Path(str(files("sim"))).resolve()


def seeds_folder() -> Path:
    """Return the folder of seeds: inside the installed package, or beside it in a source checkout."""
    return _shipped("seeds")


def scenarios_folder() -> Path:
    """Return the folder of scenarios: inside the installed package, or beside it in a source checkout."""
    return _shipped("scenarios")


def _shipped(name: str) -> Path:
    package = package_folder()
    shipped = package / name
    return shipped if shipped.is_dir() else package.parent / name
