"""The web page of a result: one file to look at, ask and send on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from sim.core.model import Listed, Name, Text
from sim.scenario.draft import Complaint, Draft
from sim.scenario.product import NOTHING, Job, Product, class_of
from sim.visibility.result import Result

Reference = Annotated[str, Field(min_length=1, max_length=1000)]


class Report(Product):
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

    endings: ClassVar[tuple[str, ...]] = ("html",)
    comes_last: ClassVar[bool] = True

    @classmethod
    def problems(cls, product: Any, draft: Draft) -> Iterator[Complaint]:
        """Without routes, and without pictures of anything else, there is nothing in it."""
        others = [other for each in draft.products if (other := class_of(each)) is not None]
        if not draft.routes and not any(other.in_reports and not other.of_routes for other in others):
            yield (), f"there is nothing to report: the scenario has no routes. {draft.some_route()}"

    @property
    def claim_files(self) -> tuple[str, ...]:
        return self.claims

    def write(self, result: Result, folder: Path, job: Job = NOTHING) -> list[Path]:
        """report.html, with the pictures of other products and the verdicts of claims"""
        from sim.products.web_report.web_page import page

        path, verdicts = folder / f"{self.file}.html", job.verdicts(self.claims)
        path.write_text(page(result, self.title, self.routes, job.pictures, verdicts), encoding="utf-8")
        return [path]
