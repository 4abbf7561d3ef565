"""The folders of facts and scenarios that ship with the package."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def package_folder() -> Path:
    """The folder of the package itself."""
    return Path(str(files("sim"))).resolve()


def seeds_folder() -> Path:
    """The folder of facts that ships with the package; in a checkout, the one beside it."""
    return _shipped("seeds")


def scenarios_folder() -> Path:
    """The folder of scenarios that ships with the package; in a checkout, the one beside it."""
    return _shipped("scenarios")


def _shipped(name: str) -> Path:
    package = package_folder()
    shipped = package / name
    return shipped if shipped.is_dir() else package.parent / name
