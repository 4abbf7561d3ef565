"""`sim new`, `sim kinds` and `sim seeds`: what one needs to write a scenario."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from sim.cli import data, outputs


def new(
    template: Annotated[
        str | None, typer.Argument(help="an included scenario to copy [default: first-look]", show_default=False)
    ] = None,
    output: Annotated[Path | None, outputs.option("output file [default: TEMPLATE.toml]")] = None,
) -> None:
    """Write a commented scenario that runs, to be changed.

    Files that it reads are copied beside it. Nothing is overwritten.
    """
    from sim.scenario import templates

    if template is None and sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty():
        data.table(("template", "contents"), templates.listed())
        template = typer.prompt("Which one?", default=templates.USUAL)
    name = template or templates.USUAL
    written = templates.copy(name, output or Path(f"{name}.toml"))
    for path in written:
        print(path)
    print(f"next: sim check {written[0]}; then: sim run {written[0]}", file=sys.stderr)


def kinds(
    name: Annotated[
        str | None, typer.Argument(help="one kind, with an example [default: all]", show_default=False)
    ] = None,
    schema: Annotated[bool, typer.Option("--schema", help="print the JSON Schema of scenario files")] = False,
    claims_schema: Annotated[
        bool, typer.Option("--claims-schema", help="print the JSON Schema of claim files")
    ] = False,
) -> None:
    """List the kinds of orbits, limits, products, export formats and claim tests.

    Shows every field of each kind with its type, default and meaning.
    """
    import json

    from sim.core.errors import SimError
    from sim.products.export_motion import EXPORTS
    from sim.scenario import scenario as scenarios
    from sim.scenario import schema as schema_of
    from sim.simulation import claims as claiming

    if schema or claims_schema:
        print(json.dumps(scenarios.schema() if schema else claiming.schema(), indent=2))
        return
    if name is not None:
        from sim.scenario import templates

        others = {"test": claiming.TESTS, EXPORTS.noun: list(EXPORTS.classes.values())}
        print(schema_of.kind_text(name, others), end="\n\n")
        print(templates.example(name) or f"No included scenario uses the kind {name}.")
        return
    exports = schema_of.listed({EXPORTS.noun: list(EXPORTS.classes.values())})
    print(scenarios.kinds_text(), exports, claiming.kinds_text(), sep="\n\n")
    if problems := (*schema_of.kinds_problems(), *EXPORTS.problems):
        raise SimError("\n".join(problems))


def seeds(
    word: Annotated[
        str | None, typer.Argument(help="only rows with this word [default: all]", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """List the stations, sites and spacecraft that come with the package.

    To use one, add its file to the scenario: include = ["seeds:stations/estrack"].
    """
    from sim.core.errors import SimError
    from sim.scenario import templates

    rows = [row for row in templates.seeds() if word is None or word.casefold() in " ".join(row).casefold()]
    if as_json:
        import json

        print(json.dumps([dict(zip(templates.SEED_HEAD, row, strict=True)) for row in rows], indent=2))
    elif rows:
        data.table(templates.SEED_HEAD, rows)
    else:
        raise SimError(f"no seed has the word {word!r}. List all: sim seeds")
