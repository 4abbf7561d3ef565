"""Where the verbs write: a place that is named and can take the files, asked before anything is computed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import typer


def option(what: str, **more: Any) -> Any:
    """The option --output, -o, of a verb: it refuses an empty text, which would mean the working folder."""
    return typer.Option("--output", "-o", help=what, parser=_place, metavar="PATH", **more)


def of_claims(files: Iterable[str], loaded: Iterable[Any], library: Any) -> Iterator[Path]:
    """The files that claims are read from: their own, and those of the scenarios that they name."""
    from sim.core.errors import SimError
    from sim.scenario.includes import SEEDS
    from sim.scenario.provenance import files_read

    yield from (Path(file) for file in files if not file.startswith(SEEDS))
    for file in loaded:
        yield from (file.folder / name for name in file.files)
        for name in dict.fromkeys(claim.scenario for claim in file.claims if claim.scenario):
            try:
                yield from files_read(library.find(name, file.folder))
            except SimError:  # told when the claim is judged
                continue


def of_model(file: Path) -> Iterator[Path]:
    """The files of an elevation model: a label's image lies beside it, under the same name."""
    yield file
    if file.parent.is_dir():
        yield from (each for each in file.parent.iterdir() if each.stem.lower() == file.stem.lower())


def as_text(folder: Path) -> Path:
    """The folder, if its name is text, as the library of Parquet tables needs it. Raises `SimError`."""
    from sim.core.errors import SimError
    from sim.scenario.includes import readable

    try:
        os.fspath(folder).encode()
    except UnicodeEncodeError as error:
        told = f"expected a folder whose name is UTF-8, got {readable(str(folder))}"
        raise SimError(f"--output: {told}. Name another with --output") from error
    return folder


def _place(text: str) -> Path:
    if not text.strip():
        from sim.core.errors import SimError

        raise SimError("--output: expected the name of a file or folder, got an empty text. Leave the option out")
    return Path(text)
