"""`sim data`: what is installed, fetch more, verify. The only verb that uses the network."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer

app = typer.Typer(
    name="data",
    help=(
        "What data are installed; fetch more; verify. Only `sim data fetch` uses the network.\n\n"
        "Fetched files lie in a cache folder of yours ($FARSIDE_SIM_DATA names another), and a scenario names them "
        'data:NAME, as in file = "data:lrorg_2018349_2019074_v01.bsp". Without a network, put a file there by hand.'
    ),
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """List what is installed and fetched, with spans and hashes, and what can be fetched by name."""
    from dataclasses import asdict

    from sim.data import store
    from sim.simulation import inventory

    items = inventory.status()
    if as_json:
        import json

        groups = {g: [asdict(i) for i in items if i.group == g] for g in ("installed", "fetched", "available")}
        print(json.dumps({"folder": str(store.folder()), **groups}, indent=2))
        return
    print(f"fetched data lie in {store.folder()}", file=sys.stderr)
    short = 12 if sys.stdout.isatty() else None  # all of it to a file or a pipe
    rows = [(i.group, i.name, _span(i.start, i.end), i.what, i.note, i.sha256[:short], i.place) for i in items]
    table(("", "name", "span", "what", "note", "sha256", "place"), rows)


@app.command()
def fetch(
    what: Annotated[
        str,
        typer.Argument(metavar="NAME|URL", help="a name that `status` lists, or an http(s) URL", show_default=False),
    ],
    sha256: Annotated[
        str, typer.Option("--sha256", metavar="HEX", help="what the file must have", show_default=False)
    ] = "",
) -> None:
    """Fetch a file, check it, and put it where data:NAME finds it.

    A cut connection is taken up where it broke off, and so is a fetch that was interrupted. HTTP(S)_PROXY is honoured.
    Without a known hash the file's own is printed and recorded, and `sim data verify` checks it from then on.
    """
    from sim.data import store

    with progress(what) as tell:
        record = store.fetch(what, sha256, tell)
    print(f"{record.name}: {record.size:,} bytes, sha256 {record.sha256}", file=sys.stderr)
    print(record.path)


@app.command()
def verify() -> None:
    """Compute all hashes anew and compare: with the records of what was fetched, and with what the packages say."""
    from sim.simulation import inventory

    checks = inventory.verify()
    wrong = [check for check in checks if check.verdict in ("differs", "missing")]
    known = sum(check.verdict == "same" for check in checks)
    silent = [check.name for check in checks if check.verdict == "not known"]
    told = f"; no hash is known of {', '.join(silent)}" if silent else ""
    print(f"{known} files are what they were{told}", file=sys.stderr)
    if wrong:
        rows = [(c.name, c.verdict, c.expected, c.found, c.place) for c in wrong]
        table(("name", "", "expected", "found", "place"), rows)
        print("fetch what differs again with `sim data fetch NAME`, or install its package again", file=sys.stderr)
        raise typer.Exit(1)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on stdout; on a terminal folded to its width, elsewhere as wide as it needs."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for name in head:
        drawn.add_column(name, overflow="fold")
    for row in rows:
        drawn.add_row(*map(Text, row))
    Console(width=None if sys.stdout.isatty() else 1000, highlight=False, color_system=None).print(drawn)


@contextmanager
def progress(what: str) -> Iterator[Any]:
    """Something that shows on stderr how many bytes have come: a bar on a terminal, a line a tenth elsewhere."""
    if not sys.stderr.isatty():
        yield _Lines(what)
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(file=sys.__stderr__), transient=True) as shown:
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
