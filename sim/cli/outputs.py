"""Where the verbs write, checked before anything is computed; and whether they compute orbits again."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from sim.simulation.claims import ClaimFile, Library


def option(what: str, *, show_default: bool = True) -> Any:  # typer's own functions return Any
    """The option --output, -o, of a verb. An empty path is refused, because it would mean the working folder."""
    return typer.Option(
        "--output", "-o", help=what, parser=_path, metavar="PATH", show_default=show_default
    )


def fresh(context: typer.Context, given: bool) -> bool:
    """The option --fresh: stored orbits are not read until the verb ends."""
    if given:
        from sim.data.orbit_store import fresh

        context.with_resource(fresh())
    return given


def of_claims(files: Iterable[str], loaded: Iterable[ClaimFile], library: Library) -> Iterator[Path]:
    """The files that claims are read from, and those of the scenarios that the claims name."""
    from sim.core.errors import SimError
    from sim.scenario.includes import SEEDS
    from sim.scenario.provenance import files_read

    yield from (Path(file) for file in files if not file.startswith(SEEDS))
    for file in loaded:
        yield from (file.folder / name for name in file.files)
        for name in dict.fromkeys(claim.scenario for claim in file.claims if claim.scenario):
            try:
                yield from files_read(library.find(name, file.folder))
            except SimError:  # reported when the claim is judged
                continue


def of_model(file: Path) -> Iterator[Path]:
    """The files of an elevation model. The image of a PDS label is beside it and has the same name."""
    yield file
    if file.parent.is_dir():
        yield from (each for each in file.parent.iterdir() if each.stem.lower() == file.stem.lower())


def as_text(folder: Path) -> Path:
    """The folder itself. Raises `SimError` if its name is not UTF-8, which the Parquet library cannot open."""
    from sim.core.errors import SimError
    from sim.scenario.includes import readable

    try:
        os.fspath(folder).encode()
    except UnicodeEncodeError as error:
        got = readable(str(folder))
        raise SimError(f"--output: expected a folder whose name is UTF-8, got {got}. Choose another") from error
    return folder


def _path(text: str) -> Path:
    if not text.strip():
        from sim.core.errors import SimError

        raise SimError("--output: expected a path, got an empty string. Leave the option out for the default")
    return Path(text)
