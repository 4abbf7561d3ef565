"""The picture of a link budget: its terms as a waterfall."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol

from sim.core.time import utc


class BudgetLine(Protocol):
    """What is drawn of a line of a budget."""

    @property
    def name(self) -> str: ...
    @property
    def value(self) -> float | None: ...
    @property
    def sums(self) -> bool: ...


class Budget(Protocol):
    """What is drawn of a link budget."""

    @property
    def link(self) -> str: ...
    @property
    def transmitter(self) -> str: ...
    @property
    def receiver(self) -> str: ...
    @property
    def at_tdb(self) -> float: ...
    @property
    def lines(self) -> Sequence[BudgetLine]: ...
    @property
    def values(self) -> dict[str, float | None]: ...


SUMS = ("C/N0", "data rate", "Eb/N0", "required Eb/N0", "margin")


def save_budget(
    budget: Budget, path: Path, format: Literal["png", "svg"], theme: Literal["light", "dark"] = "light"
) -> None:
    """Draw a link budget to a file."""
    from sim.products.plot.budget import waterfall
    from sim.products.plot.fonts import no_font_warnings
    from sim.products.plot.style import figure_of

    terms = [(line.name, line.value) for line in budget.lines if line.sums and line.value is not None]
    sums = [(name, level) for name in SUMS if (level := budget.values[name]) is not None]
    km = budget.values["range"] or 0.0
    detail = f"{utc(budget.at_tdb, 0)} · range {km:,.0f} km · {budget.values['frequency']:,.0f} MHz"
    figure = figure_of(
        waterfall(terms, sums, f"{budget.link}: {budget.transmitter} to {budget.receiver}", detail, theme)
    )
    about = {"Software": None} if format == "png" else {"Date": None}
    with no_font_warnings():
        figure.savefig(path, format=format, metadata=about, facecolor=figure.get_facecolor())
