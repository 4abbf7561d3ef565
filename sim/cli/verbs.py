"""The verbs of `sim`, each a few lines around a library call. Data go to stdout, messages and progress to stderr.

Most imports are inside the verbs: help appears at once, and a scenario that costs too much is refused before the
library is loaded.
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer

from sim.cli import catalog, data, delivery, diff, groups, link, outputs, plan, schedule, sweep, tables
from sim.cli.inputs import AllowPaths, Fresh, ScenarioFile, Tolerance, ends, loaded_from
from sim.cli.progress import progress

app = typer.Typer(
    name="sim",
    cls=groups.Grouped,
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help takes half the time
    pretty_exceptions_enable=False,
    epilog="For a traceback of an error, put --debug before the command: sim --debug run …",
)

app.add_typer(data.app)
app.callback()(groups.start)
app.command()(catalog.new)
app.command()(catalog.kinds)
app.command()(catalog.seeds)
app.command(name="next")(tables.coming)


@app.command()
def run(
    scenario: ScenarioFile,
    output: Annotated[Path | None, outputs.option("output folder [default: out/NAME]")] = None,
    allow_paths: AllowPaths = False,
    fresh: Fresh = False,
) -> None:
    """Run a scenario and write its tables and pictures.

    Prints the path of every file that was written.
    """
    began = monotonic()
    loaded = loaded_from(scenario, allow_paths)
    from sim.core.durations import duration
    from sim.simulation import run

    run.must_ask(loaded)
    folder = output or Path("out") / scenario.stem
    run.may_write(loaded, folder)
    with progress() as tell:
        result = run.run(loaded, tell)
        written = run.write(loaded, result, folder, tell)
    print(repr(result), *result.error_notes, sep="\n", file=sys.stderr)
    for path in written:
        print(path)
    pictures = [path for path in written if path.suffix in (".html", ".png", ".svg")]
    look = f"look at {pictures[0]}, or " if pictures else ""
    print(f"done in {duration(monotonic() - began)}; next: {look}sim report {scenario}", file=sys.stderr)


@app.command()
def report(
    scenario: ScenarioFile,
    output: Annotated[Path | None, outputs.option("output file [default: out/NAME.html]")] = None,
    claims: Annotated[
        list[str] | None,
        typer.Option("--claims", help="claim file to test on the page; may be repeated", show_default=False),
    ] = None,
    allow_paths: AllowPaths = False,
    fresh: Fresh = False,
) -> None:
    """Run a scenario and write an interactive web page.

    Elevation masks and other limits can be changed on the page. It is one file that needs no network.
    """
    loaded = loaded_from(scenario, allow_paths)
    from sim.core.files import may_write_file, whole_file
    from sim.scenario.provenance import files_read
    from sim.simulation import claims as claiming
    from sim.simulation import run

    run.must_ask(loaded)
    file = output or Path("out") / f"{scenario.stem}.html"
    read = [*files_read(loaded), *map(Path, claims or ())]
    may_write_file(file, read)
    claiming.claim_files(loaded, claims or ())  # reports errors in claim files before anything that takes time
    with progress() as tell:
        result = run.run(loaded, tell)
        tell("writing the report")
        whole_file(file, run.report(loaded, result, tell, claims or ()), inputs=read)
    print(repr(result), file=sys.stderr)
    print(file)


@app.command()
def check(scenario: ScenarioFile, allow_paths: AllowPaths = False) -> None:
    """Check a scenario without running it.

    Prints every problem with its line and a suggested fix, or a summary with the estimated cost.
    """
    loaded = loaded_from(scenario, allow_paths)
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


app.command()(tables.windows)
app.command()(tables.passes)


@app.command()
def why(
    scenario: ScenarioFile,
    of: Annotated[
        list[str],
        typer.Argument(
            help="name of a route, or the two ends of a hop, followed by a time (UTC)",
            show_default=False,
            autocompletion=ends,
        ),
    ],
    allow_paths: AllowPaths = False,
    fresh: Fresh = False,
) -> None:
    """Explain why a hop or route is open or closed at a given time.

    Example: sim why lro.toml lro kourou 2019-01-03T04:00:00Z
    """
    loaded = loaded_from(scenario, allow_paths)
    from sim.simulation import run

    with progress() as tell:
        reasons = run.why(loaded, of[:-1], of[-1], tell)
    print("\n".join(map(str, reasons)))


@app.command()
def export(
    scenario: ScenarioFile,
    spacecraft: Annotated[str, typer.Argument(help="name of a spacecraft", show_default=False)],
    output: Annotated[Path, outputs.option("output file", show_default=False)],
    format: Annotated[str, typer.Option("--format", help="oem (CCSDS), spk (SPICE), stk or czml (Cesium)")] = "oem",
    target: Annotated[
        int | None, typer.Option("--target", help="SPK only: NAIF id of the spacecraft [default: the orbit's]")
    ] = None,
    type: Annotated[
        int | None, typer.Option("--type", help="SPK only: 13 (Hermite states) or 2 (Chebyshev polynomials)")
    ] = None,
    allow_paths: AllowPaths = False,
    fresh: Fresh = False,
) -> None:
    """Write a spacecraft's trajectory for other programs: as a CCSDS OEM, SPK, STK ephemeris or CZML."""
    from typing import Any, cast

    loaded = loaded_from(scenario, allow_paths)
    from sim.products import export

    with progress() as tell:
        kind = cast(Any, type)  # export checks it
        print(export.export(loaded, spacecraft, format, output, target=target, spk_type=kind, progress=tell))


@app.command()
def horizon(
    scenario: ScenarioFile,
    site: Annotated[str, typer.Argument(help="name of a site in the scenario", show_default=False)],
    model: Annotated[
        str,
        typer.Option("--model", help="elevation model: a .lbl, .tif or .npz file, or data:NAME", show_default=False),
    ],
    output: Annotated[Path | None, outputs.option("output file [default: SITE.horizon.toml]")] = None,
    eye_m: Annotated[float, typer.Option("--eye-m", help="antenna height above the ground (m)", min=0.0)] = 2.0,
    allow_paths: AllowPaths = False,
) -> None:
    """Compute a site's horizon from an elevation model.

    To use it, name the output file in the scenario: horizon_file = "SITE.horizon.toml".
    """
    loaded = loaded_from(scenario, allow_paths)
    from sim.core.errors import SimError
    from sim.core.files import may_write_file, whole_file
    from sim.data import store
    from sim.scenario.provenance import files_read
    from sim.trajectories import elevation_model, horizon_profile

    file = store.find(model) if model.startswith(store.PREFIX) else Path(model)
    place, path = loaded.site(site), output or Path(f"{site}.horizon.toml")
    if place.moves:
        raise SimError(f"site {site} moves: a horizon from an elevation model holds for one place")
    read = [*files_read(loaded), *outputs.of_model(file)]
    may_write_file(path, read)
    made = horizon_profile.horizon(place, elevation_model.read(file), eye_m=eye_m)
    whole_file(path, made.text(), inputs=read)
    print(path)
    low, high = made.elevation_deg.min(), made.elevation_deg.max()
    print(f"{site}: horizon between {low:.2f} and {high:.2f} deg, computed from {made.source}", file=sys.stderr)


@app.command()
def claims(
    files: Annotated[
        list[str] | None, typer.Argument(help="claim files [default: the articles that are part of the package]")
    ] = None,
    output: Annotated[Path | None, outputs.option("also write a web page (HTML) to this file")] = None,
    allow_paths: AllowPaths = False,
    fresh: Fresh = False,
) -> None:
    """Test whether published claims agree with the geometry.

    Each claim is consistent, inconsistent or undecidable. Exit code 1 if a claim is inconsistent or cannot be tested.
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
    data.table(("claim", "verdict", "value", "margin", "reason"), [row for each in reports for row in each.rows()])
    if output is not None:
        web_page.write(reports, output, inputs=read)
        print(output, file=sys.stderr)
    print("; ".join(map(str, reports)), file=sys.stderr)
    if any(report.count("inconsistent") or report.count("untested") for report in reports):
        raise typer.Exit(1)


@app.command()
def verify(
    output: Annotated[Path, typer.Argument(help="output folder of `sim run`", show_default=False)],
    scenario: Annotated[
        Path | None, typer.Option("--scenario", help="the scenario file, if it has moved", show_default=False)
    ] = None,
    tolerance: Tolerance = 0.1,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
    allow_paths: AllowPaths = False,
) -> None:
    """Recompute a result and report what has changed.

    Compares inputs, data files, software versions, product files and windows with those that run.json records. Exit
    code 0 if the result is the same (software versions may differ), otherwise 1.
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
    print(f"{output}: {verdict}. {'The result is verified' if found.holds else 'Not verified'}", file=sys.stderr)
    if not found.holds:
        raise typer.Exit(1)


app.command()(diff.diff)


@app.command()
def crosscheck(
    scenario: ScenarioFile,
    hop: Annotated[
        list[str] | None, typer.Option("--hop", metavar="A,B", help="one hop; may be repeated [default: all]")
    ] = None,
    days: Annotated[
        float | None, typer.Option("--days", help="only the first days of the span [default: the whole span]")
    ] = None,
    engine: Annotated[
        list[str] | None,
        typer.Option(
            "--engine", help="brute, skyfield, astropy or spice; may be repeated [default: all that are installed]"
        ),
    ] = None,
    tolerance: Tolerance = 0.1,
    allow_paths: AllowPaths = False,
    fresh: Fresh = False,
) -> None:
    """Find the windows again with independent programs.

    Skyfield, Astropy, SPICE and a brute-force scan answer the same questions. Exit code 1 if a difference is larger
    than the tolerance and has no known cause.
    """
    loaded = loaded_from(scenario, allow_paths)
    from sim.core.errors import SimError
    from sim.simulation import crosscheck

    if not loaded.routes and not hop:
        raise SimError(f"{scenario}: nothing to check: the scenario has no routes. Add [routes], or use --hop A,B")
    hops = [(a, b) for a, _, b in (each.partition(",") for each in hop or ())]
    with progress() as tell:
        found = crosscheck.crosscheck(
            loaded, hops=hops, days=days, engines=engine or (), tolerance_s=tolerance, progress=tell
        )
    data.table(("hop", "engine", "windows", "matched", "largest difference, s", "differences"), found.rows())
    for line in found.lines():
        print(line)
    if not found.explained:
        raise typer.Exit(1)


app.command()(sweep.sweep)
app.command()(plan.plan)
app.command()(schedule.schedule)
app.command()(link.link)
app.command()(delivery.delivery)
