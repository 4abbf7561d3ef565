"""The web page of a result: one file to look at, ask and send on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from sim.core.model import Listed, Model, Name, Text
from sim.products.web_report.web_page import page
from sim.visibility.result import Result

Reference = Annotated[str, Field(min_length=1, max_length=1000)]


class Report(Model):
    """One web page (HTML) that needs nothing else: summary, timeline, skies, orbits, passes, provenance.

    Masks of sites, the least duration and which sites take part can be changed in the page, which finds the windows
    anew from the elevations it holds; it asks no other place for anything. Maps and pictures that the scenario's other
    products draw are in it too, but for timelines and skies, which the page draws itself.
    """

    kind: Literal["report"] = "report"
    file: Name = "report"
    """name of the file, without its ending"""
    title: Text = ""
    """the scenario's title if not given"""
    routes: Annotated[tuple[Name, ...], Listed] | None = None
    """which routes; all if not given"""
    claims: Annotated[tuple[Reference, ...], Listed] = ()
    """claim files, or seeds:… of one that ships: what they say about this scenario is shown with its verdict"""

    def write(
        self, result: Result, folder: Path, pictures: Sequence[tuple[str, Path]] = (), claims: str = ""
    ) -> list[Path]:
        """report.html, with pictures (captions and files) of other products and the claims' verdicts (a section)"""
        path = folder / f"{self.file}.html"
        path.write_text(page(result, self.title, self.routes, pictures, claims), encoding="utf-8")
        return [path]
