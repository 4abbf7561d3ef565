"""`sim data`: list, fetch and verify data files. `sim data fetch` is the only verb that uses the network."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

if TYPE_CHECKING:
    from rich.table import Table

app = typer.Typer(
    name="data",
    help=(
        "List, fetch and verify data files.\n\n"
        "Only `sim data fetch` uses the network. Fetched files are kept in a cache folder of your account, or in "
        "$FARSIDE_SIM_DATA if that is set. A scenario refers to them as data:NAME, for example "
        'file = "data:lrorg_2018349_2019074_v01.bsp". Without a network, copy files there by hand.\n\n'
        "Computed orbits are stored there too, in the folder orbits, so that none is computed twice. "
        "$FARSIDE_SIM_ORBITS names another folder, or is `off`."
    ),
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """List installed, fetched and available data files.

    Shows the time span, size, SHA-256 and path of each file, and the names that `sim data fetch` knows.
    """
    from dataclasses import asdict

    from sim.data import orbit_store, store
    from sim.simulation import inventory

    items, orbits = inventory.status(), orbit_store.status()
    if as_json:
        import json

        groups = {g: [asdict(i) for i in items if i.group == g] for g in ("installed", "fetched", "available")}
        kept = {"folder": orbits.folder and str(orbits.folder), "entries": orbits.entries, "bytes": orbits.size}
        print(json.dumps({"folder": str(store.folder()), "orbits": kept, **groups}, indent=2))
        return
    print(f"fetched files are kept in {store.folder()}", file=sys.stderr)
    print(orbits, file=sys.stderr)
    short = 12 if sys.stdout.isatty() else None  # the whole hash to a file or a pipe
    rows = [(i.group, i.name, _span(i.start, i.end), i.what, i.note, i.sha256[:short], i.place) for i in items]
    table(("status", "name", "span", "contents", "note", "sha256", "location"), rows)


@app.command()
def fetch(
    what: Annotated[
        str,
        typer.Argument(
            metavar="NAME|URL", help="a name listed by `sim data status`, or an http(s) URL", show_default=False
        ),
    ],
    sha256: Annotated[
        str, typer.Option("--sha256", metavar="HEX", help="expected SHA-256 of the file", show_default=False)
    ] = "",
) -> None:
    """Download a file and make it available as data:NAME.

    An interrupted download continues where it stopped. HTTP_PROXY and HTTPS_PROXY are honored. If no SHA-256 is known
    for the file, its own is printed and recorded, and `sim data verify` compares with that later.
    """
    from sim.data import store

    with progress(what) as tell:
        record = store.fetch(what, sha256, tell)
    print(f"{record.name}: {record.size:,} bytes, sha256 {record.sha256}", file=sys.stderr)
    print(record.path)


@app.command()
def clear() -> None:
    """Remove stored orbits. They are computed again when they are needed; fetched files stay."""
    from sim.data import orbit_store

    print(f"removed: {orbit_store.clear()}", file=sys.stderr)


@app.command()
def verify() -> None:
    """Check the SHA-256 of every data file.

    Fetched files are compared with their records, installed files with the file lists of their packages. Exit code 1
    if a file differs or is missing.
    """
    from sim.simulation import inventory

    checks = inventory.verify()
    wrong = [check for check in checks if check.verdict in ("differs", "missing")]
    same = sum(check.verdict == "same" for check in checks)
    unknown = [check.name for check in checks if check.verdict == "not known"]
    rest = f"; no SHA-256 is known for {', '.join(unknown)}" if unknown else ""
    print(f"{same} {'file is' if same == 1 else 'files are'} unchanged{rest}", file=sys.stderr)
    if wrong:
        rows = [(c.name, c.verdict, c.expected, c.found, c.place) for c in wrong]
        table(("name", "status", "expected", "found", "location"), rows)
        print("fetch these files again with `sim data fetch NAME`, or reinstall their packages", file=sys.stderr)
        raise typer.Exit(1)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table on stdout: folded to the width of a terminal, elsewhere as wide as it needs."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else 1000
    Console(width=width, highlight=False, color_system=None).print(drawn(head, rows))


def drawn(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """A table as rich draws it."""
    from rich.table import Table
    from rich.text import Text

    made = Table(box=None, pad_edge=False, header_style="bold")
    for name in head:
        made.add_column(name, overflow="fold")
    for row in rows:
        made.add_row(*map(Text, row))
    return made


class Progress(Protocol):
    """Reports how many bytes of a download have arrived."""

    def __call__(self, done: int, total: int | None) -> object:
        """Report `done` of `total` bytes; None if the total is unknown."""


@contextmanager
def progress(what: str) -> Iterator[Progress]:
    """Report a download on stderr: a progress bar on a terminal, elsewhere a line per tenth of the file."""
    if not sys.stderr.isatty():
        yield _Lines(what)
        return
    from rich import progress as bars
    from rich.console import Console

    text = bars.TextColumn("{task.description}", markup=False)
    columns = (text, bars.BarColumn(), bars.DownloadColumn(), bars.TransferSpeedColumn())
    with bars.Progress(*columns, console=Console(file=sys.__stderr__), transient=True) as shown:
        task = shown.add_task(what.rpartition("/")[2], total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)


class _Lines:
    def __init__(self, what: str) -> None:
        self.what, self.tenth = what, -1

    def __call__(self, done: int, total: int | None) -> None:
        tenth = 10 * done // total if total else 0
        if tenth > self.tenth:
            self.tenth = tenth
            share = f"{10 * tenth} % of {total:,} bytes" if total else f"{done:,} bytes so far"
            print(f"fetching {self.what}: {share}", file=sys.stderr)


def _span(start: str, end: str) -> str:
    return f"{start[:10]} to {end[:10]}" if end else f"from {start[:10]}" if start else ""
