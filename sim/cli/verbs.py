"""The verbs, each a few lines around a library call. Data go to stdout, words and progress to stderr.

The scenario comes first, and then the imports: one that costs too much is refused before the library is loaded.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from sim.cli import data, outputs, sweep

app = typer.Typer(
    name="sim",
    help="When can these places see and talk to each other? Certified contact windows, from a scenario file.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # plain help is there in half the time
    pretty_exceptions_enable=False,
    epilog="sim --debug VERB … shows where an error came from.",
)

app.add_typer(data.app)
app.command()(sweep.sweep)

ScenarioFile = Annotated[Path, typer.Argument(help="scenario file (TOML)", show_default=False)]
AllowPaths = Annotated[
    bool, typer.Option("--allow-paths", "--allow-path", help="let the scenario name files outside its folder")
]


@app.command()
def run(
    scenario: ScenarioFile,
    output: Annotated[Path | None, outputs.option("folder [default: out/NAME]")] = None,
    allow_paths: AllowPaths = False,
) -> None:
    """Run a scenario and write its tables and pictures."""
    loaded = _loaded(scenario, allow_paths)
    from sim.simulation import run

    run.must_ask(loaded)
    folder = output or Path("out") / scenario.stem
    run.may_write(loaded, folder)
    with progress() as tell:
        result = run.run(loaded, tell)
        tell("writing products")
        written = run.write(loaded, result, folder, tell)
    print(repr(result), *result.error_notes, sep="\n", file=sys.stderr)
    for path in written:
        print(path)


@app.command()
def report(
    scenario: ScenarioFile,
    output: Annotated[Path | None, outputs.option("file [default: out/NAME.html]")] = None,
    claims: Annotated[
        list[str] | None, typer.Option("--claims", help="claim file to ask of it; may be repeated", show_default=False)
    ] = None,
    allow_paths: AllowPaths = False,
) -> None:
    """Run a scenario and write one web page, in which masks can be moved."""
    loaded = _loaded(scenario, allow_paths)
    from sim.core.files import may_write_file, whole_file
    from sim.scenario.provenance import files_read
    from sim.simulation import claims as claiming
    from sim.simulation import run

    run.must_ask(loaded)
    file = output or Path("out") / f"{scenario.stem}.html"
    read = [*files_read(loaded), *map(Path, claims or ())]
    may_write_file(file, read)
    claiming.claim_files(loaded, claims or ())  # whether they can be read, before anything that takes time
    with progress() as tell:
        result = run.run(loaded, tell)
        tell("writing the report")
        whole_file(file, run.report(loaded, result, tell, claims or ()), inputs=read)
    print(repr(result), file=sys.stderr)
    print(file)


@app.command()
def check(scenario: ScenarioFile, allow_paths: AllowPaths = False) -> None:
    """Say all that is wrong with a scenario, without running it."""
    loaded = _loaded(scenario, allow_paths)
    from sim.core.time import utc
    from sim.scenario.cost import estimate
    from sim.scenario.product_checks import must_ask

    must_ask(loaded)

    start, end = utc([loaded.span.start, loaded.span.end], 0)
    counts = [(len(loaded.sites), "site"), (len(loaded.routes), "route"), (len(loaded.products), "product")]
    sites, routes, products = (f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts)
    days = f"{loaded.span.days:g} day{'' if loaded.span.days == 1 else 's'}"
    print(
        f"{scenario}: no problems. {start} to {end}, {days}, {sites}, {len(loaded.spacecraft)} spacecraft, {routes}, "
        f"{products}; {estimate(loaded, loaded.span.duration_s)}"
    )


@app.command()
def windows(
    scenario: ScenarioFile,
    of: Annotated[list[str], typer.Argument(help="a route, or the two ends of a hop", show_default=False)],
    allow_paths: AllowPaths = False,
) -> None:
    """Print the windows of one route or hop as CSV."""
    loaded = _loaded(scenario, allow_paths)
    from sim.core.files import csv_text
    from sim.core.time import utc
    from sim.simulation import run

    with progress() as tell:
        result = run.run(loaded.only(of), tell)
    found = next(iter(result.routes.values()))
    rows = zip(utc(found.bounds[:, 0]), utc(found.bounds[:, 1]), found.durations_s.round(3), strict=True)
    print(csv_text(("start_utc", "end_utc", "duration_s"), rows), end="")
    print(f"{' – '.join(of)}: {repr(found).strip('<>')}", file=sys.stderr)


@app.command()
def why(
    scenario: ScenarioFile,
    of: Annotated[list[str], typer.Argument(help="a route, or two ends; then an instant (UTC)", show_default=False)],
    allow_paths: AllowPaths = False,
) -> None:
    """Say what a hop or route is waiting for at an instant."""
    loaded = _loaded(scenario, allow_paths)
    from sim.simulation import run

    with progress() as tell:
        reasons = run.why(loaded, of[:-1], of[-1], tell)
    print("\n".join(map(str, reasons)))


@app.command()
def export(
    scenario: ScenarioFile,
    spacecraft: Annotated[str, typer.Argument(help="name of a spacecraft", show_default=False)],
    output: Annotated[Path, outputs.option("file", show_default=False)],
    format: Annotated[str, typer.Option("--format", help="oem or spk")] = "oem",
    target: Annotated[int | None, typer.Option("--target", help="NAIF id in an SPK [default: the orbit's]")] = None,
    type: Annotated[int | None, typer.Option("--type", help="of an SPK: 13 (states) or 2 (polynomials)")] = None,
    allow_paths: AllowPaths = False,
) -> None:
    """Write a spacecraft's motion for other programs: CCSDS OEM, or SPICE's SPK."""
    from typing import Any, cast

    loaded = _loaded(scenario, allow_paths)
    from sim.products import export

    with progress() as tell:
        form, kind = cast(Any, format), cast(Any, type)
        print(export.export(loaded, spacecraft, form, output, target=target, spk_type=kind, progress=tell))


@app.command()
def horizon(
    scenario: ScenarioFile,
    site: Annotated[str, typer.Argument(help="a site of the scenario", show_default=False)],
    model: Annotated[str, typer.Option("--model", help=".lbl, .tif or .npz, or data:NAME of one", show_default=False)],
    output: Annotated[Path | None, outputs.option("file [default: SITE.horizon.toml]")] = None,
    eye_m: Annotated[float, typer.Option("--eye-m", help="height of the eye above the ground", min=0.0)] = 2.0,
    allow_paths: AllowPaths = False,
) -> None:
    """Make a site's horizon from an elevation model; the site then names the file as horizon_file."""
    loaded = _loaded(scenario, allow_paths)
    from sim.core.files import may_write_file, whole_file
    from sim.data import store
    from sim.scenario.provenance import files_read
    from sim.trajectories import elevation_model, horizon_profile

    file = store.find(model) if model.startswith(store.PREFIX) else Path(model)
    place, path = loaded.site(site), output or Path(f"{site}.horizon.toml")
    read = [*files_read(loaded), *outputs.of_model(file)]
    may_write_file(path, read)
    made = horizon_profile.horizon(place, elevation_model.read(file), eye_m=eye_m)
    whole_file(path, made.text(), inputs=read)
    print(path)
    low, high = made.elevation_deg.min(), made.elevation_deg.max()
    print(f"{site}: horizon from {low:.2f} to {high:.2f} deg, from {made.source}", file=sys.stderr)


@app.command()
def kinds(
    schema: Annotated[bool, typer.Option("--schema", help="print the JSON Schema of scenario files")] = False,
    claims_schema: Annotated[bool, typer.Option("--claims-schema", help="print that of claim files")] = False,
) -> None:
    """List the kinds of orbits, limits, products and tests of claims."""
    import json

    from sim.core.errors import SimError
    from sim.scenario import scenario as scenarios
    from sim.scenario import schema as schema_of
    from sim.simulation import claims as claiming

    if schema or claims_schema:
        print(json.dumps(scenarios.schema() if schema else claiming.schema(), indent=2))
        return
    print(scenarios.kinds_text(), claiming.kinds_text(), sep="\n\n")
    if problems := schema_of.kinds_problems():
        raise SimError("\n".join(problems))


@app.command()
def claims(
    files: Annotated[list[str] | None, typer.Argument(help="claim files [default: the articles that ship]")] = None,
    output: Annotated[Path | None, outputs.option("write a web page (HTML) to this file")] = None,
    allow_paths: AllowPaths = False,
) -> None:
    """Say whether sentences can be true: consistent, inconsistent or undecidable.

    Exit 1 if one is inconsistent, or could not be tested.
    """
    from sim.simulation import claims as claiming
    from sim.simulation.claims import web_page

    loaded = [claiming.load(file) for file in files or map(str, claiming.shipped())]
    library = claiming.Library(allow_paths=allow_paths)
    read: list[Path] = []
    if output is not None:
        from sim.core.files import may_write_file

        read += outputs.of_claims(files or (), loaded, library)
        may_write_file(output, read)
    with progress() as tell:
        reports = [claiming.judge(file, library, tell) for file in loaded]
    data.table(("claim", "verdict", "value", "margin", "why"), [row for each in reports for row in each.rows()])
    if output is not None:
        web_page.write(reports, output, inputs=read)
        print(output, file=sys.stderr)
    print("; ".join(map(str, reports)), file=sys.stderr)
    if any(report.count("inconsistent") or report.count("untested") for report in reports):
        raise typer.Exit(1)


@app.command()
def verify(
    output: Annotated[Path, typer.Argument(help="folder of a result, as `sim run` left it", show_default=False)],
    scenario: Annotated[
        Path | None, typer.Option("--scenario", help="the scenario's file, if it has moved", show_default=False)
    ] = None,
    tolerance: Annotated[float, typer.Option("--tolerance", help="s by which an edge may move", min=0.0)] = 0.1,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
    allow_paths: AllowPaths = False,
) -> None:
    """Ask a result's question again and say what changed: inputs, data, versions, or the answer.

    Exit 0 if the answer holds and neither inputs nor data nor products changed; other versions alone do not count.
    Exit 1 otherwise.
    """
    from sim.simulation import verify

    with progress() as tell:
        found = verify.verify(output, scenario, allow_paths=allow_paths, tolerance_s=tolerance, progress=tell)
    if as_json:
        import json

        print(json.dumps(found.as_json(), indent=2, ensure_ascii=False))
    else:
        for word, text in found.lines():
            print(f"{word:<9} {text}")
    verdict = f"changed: {', '.join(found.changed)}" if found.changed else "nothing changed"
    print(f"{output}: {verdict}. {'The result holds' if found.holds else 'Not verified'}", file=sys.stderr)
    if not found.holds:
        raise typer.Exit(1)


@app.command()
def diff(
    first: Annotated[Path, typer.Argument(help="scenario, folder of a result, or contact plan", show_default=False)],
    second: Annotated[Path, typer.Argument(help="another", show_default=False)],
    tolerance: Annotated[float, typer.Option("--tolerance", help="s by which an edge may move", min=0.0)] = 0.1,
    allow_paths: AllowPaths = False,
) -> None:
    """Compare the windows of two scenarios or results: matched, shifted, gained, lost.

    Exit 1 if they differ in the time that both cover, and if there is none.
    """
    from sim.core.errors import SimError
    from sim.simulation import diff

    with progress() as tell:
        a, b = (diff.windowed(each, allow_paths=allow_paths, progress=tell) for each in (first, second))
    if not a.windows and not b.windows:
        raise SimError("there is nothing to compare: neither has a route. Add [routes] to the scenarios")
    found = diff.differences(a, b, tolerance)
    head = ("", "matched", "shifted", "largest shift, s", "median shift, s", "gained", "lost", "known to one only, s")
    data.table(head, found.rows())
    print(found, file=sys.stderr)
    if found:
        raise typer.Exit(1)


@app.command()
def crosscheck(
    scenario: ScenarioFile,
    hop: Annotated[
        list[str] | None, typer.Option("--hop", metavar="A,B", help="one hop; may be repeated [default: all]")
    ] = None,
    days: Annotated[float | None, typer.Option("--days", help="only so much of the span [default: all]")] = None,
    engine: Annotated[
        list[str] | None, typer.Option("--engine", help="brute, skyfield, astropy or spice; may be repeated")
    ] = None,
    tolerance: Annotated[float, typer.Option("--tolerance", help="s that need no reason", min=0.0)] = 0.1,
    allow_paths: AllowPaths = False,
) -> None:
    """Find the windows once more with independent engines. Exit 1 if a difference has no known reason."""
    loaded = _loaded(scenario, allow_paths)
    from sim.core.errors import SimError
    from sim.simulation import crosscheck

    if not loaded.routes and not hop:
        raise SimError(
            f"{scenario}: there is nothing to check: the scenario has no routes. Add [routes], or say --hop A,B"
        )
    hops = [(a, b) for a, _, b in (each.partition(",") for each in hop or ())]
    with progress() as tell:
        found = crosscheck.crosscheck(
            loaded, hops=hops, days=days, engines=engine or (), tolerance_s=tolerance, progress=tell
        )
    data.table(("hop", "engine", "windows", "matched", "largest, s", "differences"), found.rows())
    for line in found.lines():
        print(line)
    if not found.explained:
        raise typer.Exit(1)


def _loaded(file: Path, allow_paths: bool) -> Any:
    """The scenario of a file; what is odd about it goes to stderr."""
    from sim.scenario import includes
    from sim.scenario.cost import expensive

    gathered = includes.gather(file)
    if found := list(expensive(gathered.data)):  # told before numpy, pydantic and the kinds are loaded
        raise includes.refused(file, gathered, found)
    from sim.scenario import scenario as scenarios

    loaded = scenarios.of_file(gathered, file, allow_paths=allow_paths, affordable=True)
    if any(product.claim_files for product in loaded.products):
        from sim.simulation import claims as claiming

        claiming.claim_files(loaded)  # the files that its reports name are read before anything that takes time
    for remark in loaded.remarks:
        print(f"note: {remark}", file=sys.stderr)
    return loaded


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Something that says on stderr what is being done: a spinner on a terminal, a line a step elsewhere."""
    if not sys.stderr.isatty():
        yield lambda text: print(f"{text} …", file=sys.stderr)
        return
    from rich.console import Console
    from rich.text import Text

    with Console(file=sys.__stderr__).status("starting") as status:

        def tell(text: str) -> Any:
            status.update(Text(f"{text} …"))  # names of files are no markup

        yield tell
