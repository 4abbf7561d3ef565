"""A link budget at an instant: its terms as a waterfall, and line by line as a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from sim.core.model import Epoch, Name
from sim.core.time import utc
from sim.products.of_link import OfLink, Sent
from sim.products.pictures import product_error
from sim.scenario.product import NOTHING, Job

if TYPE_CHECKING:
    from sim.visibility.budget_lines import LinkBudget
    from sim.visibility.result import Result

SUMS = ("C/N0", "data rate", "Eb/N0", "required Eb/N0", "margin")


class Budget(OfLink):
    """Link budget at an instant (PNG or SVG), and line by line as CSV."""

    kind: Literal["budget"] = "budget"
    file: Name = "budget"
    """file name without extension"""
    link: Name | None = None
    """name of a link with a signal; default: the first"""
    transmitter: Name | None = None
    """transmitter, if the link has several; default: the first"""
    receiver: Name | None = None
    """receiver, if the link has several; default: the first"""
    at: Epoch | None = None
    """time of reception; default: that of the greatest margin"""

    @classmethod
    def files(cls, product: object) -> list[str]:
        file = cls.field_value(product, "file")
        return [f"{file}.{cls.field_value(product, 'format')}", f"{file}.csv"]

    def write(self, result: Result, folder: Path, job: Job = NOTHING) -> list[Path]:
        """Write budget.png or .svg, and budget.csv."""
        from sim.visibility.budget_lines import budget_of

        sent = self.sent(result)
        at = self.at if self.at is not None else self._best(sent, result)
        budget = budget_of(sent.link, sent.channel, *sent.ends, at, result.light)
        path, table = folder / f"{self.file}.{self.format}", folder / f"{self.file}.csv"
        save_budget(budget, path, self.format, self.theme, self.title)
        table.write_text(budget.csv(), encoding="utf-8")
        return [path, table]

    def _best(self, sent: Sent, result: Result) -> float:
        """The time of the greatest margin among twenty in every window."""
        from sim.visibility.link_budget import margin_scalar

        if not len(sent.passes):
            raise product_error(self.kind, f"{sent.title} has no window. Give the time: at")
        t = np.concatenate([np.linspace(start, end, 22)[1:-1] for start, end in sent.passes.bounds[:100]])
        return float(t[np.nanargmax(margin_scalar(sent.channel, *sent.ends, result.light)(t))])


def save_budget(
    budget: LinkBudget,
    path: Path,
    format: Literal["png", "svg"],
    theme: Literal["light", "dark"] = "light",
    title: str = "",
) -> None:
    """Draw a link budget to a file."""
    from sim.products.plot.budget import waterfall
    from sim.products.plot.fonts import no_font_warnings
    from sim.products.plot.style import figure_of

    terms = [(line.name, line.value) for line in budget.lines if line.sums and line.value is not None]
    sums = [(name, level) for name in SUMS if (level := budget.values[name]) is not None]
    km = budget.values["range"] or 0.0
    detail = f"{utc(budget.at_tdb, 0)} · range {km:,.0f} km · {budget.values['frequency']:,.0f} MHz"
    named = title or f"{budget.link}: {budget.transmitter} to {budget.receiver}"
    figure = figure_of(waterfall(terms, sums, named, detail, theme))
    about = {"Software": None} if format == "png" else {"Date": None}
    with no_font_warnings():
        figure.savefig(path, format=format, metadata=about, facecolor=figure.get_facecolor())
