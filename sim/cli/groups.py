"""The help of `sim`: verbs in groups by what one wants to do, and the option --version."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

GROUPS = {
    "Start": ("new", "run", "report", "check"),
    "Ask": ("next", "windows", "passes", "why", "plan", "schedule", "link", "delivery", "claims"),
    "Look up": ("kinds", "seeds", "data"),
    "Write": ("export", "horizon", "sweep"),
    "Trust": ("verify", "diff", "crosscheck"),
}
"""Headings of the help, each with its verbs."""


class Grouped(TyperGroup):
    """Verbs under headings. A verb that no heading has is under the last one, `Other`."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # typer's own classes are private
        """Write the headings and verbs."""
        left = dict.fromkeys(name for name in self.list_commands(ctx) if not self.commands[name].hidden)
        for heading, names in {**GROUPS, "Other": tuple(left)}.items():
            mine = [name for name in names if name in left]
            rows = [(name, self.commands[name].get_short_help_str(limit=formatter.width - 14)) for name in mine]
            for name in mine:
                del left[name]
            if rows:
                with formatter.section(heading):
                    formatter.write_dl(rows)


def _version(given: bool) -> None:
    if given:
        from sim import __version__

        print(f"sim {__version__}")
        raise typer.Exit()


def start(
    version: Annotated[
        bool, typer.Option("--version", "-V", help="print the version and stop", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Find certified contact windows between spacecraft, landers, relays and ground stations.

    Begin with `sim run first-look`, or write a scenario of your own with `sim new`. Where a verb takes a SCENARIO, give
    a file, or the name of a scenario that is included.
    """
