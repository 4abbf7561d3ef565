"""Web report: a result as one self-contained HTML file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from sim.core.model import Listed, Name, Text
from sim.scenario.draft import Complaint, Draft
from sim.scenario.product import NOTHING, Job, Product, class_of

if TYPE_CHECKING:
    from sim.visibility.result import Result

Reference = Annotated[str, Field(min_length=1, max_length=1000)]


class Report(Product):
    """Self-contained web page (HTML): summary, timeline, sky plots, orbits, passes and provenance.

    The reader can change elevation masks, the shortest window and the sites in use. The page then recomputes the
    windows from the elevations stored in it, and loads nothing from the network. It includes maps and pictures of the
    scenario's other products, except for timelines and sky plots, which it draws itself, and the tables of schedules.
    """

    kind: Literal["report"] = "report"
    file: Name = "report"
    """file name without extension"""
    title: Text = ""
    """default: the title of the scenario"""
    routes: Annotated[tuple[Name, ...], Listed] | None = None
    """routes; default: all"""
    claims: Annotated[tuple[Reference, ...], Listed] = ()
    """claim files, or seeds:… for an included one; claims about this scenario are shown with their verdicts"""

    endings: ClassVar[tuple[str, ...]] = ("html",)
    comes_last: ClassVar[bool] = True

    @classmethod
    def problems(cls, product: Any, draft: Draft) -> Iterator[Complaint]:
        """A report needs a route, or a picture that does not show routes."""
        others = [other for each in draft.products if (other := class_of(each)) is not None]
        if not draft.routes and not any(other.in_reports and not other.of_routes for other in others):
            yield (), f"the report would be empty: the scenario has no routes. {draft.some_route()}"

    @property
    def claim_files(self) -> tuple[str, ...]:
        return self.claims

    def write(self, result: Result, folder: Path, job: Job = NOTHING) -> list[Path]:
        """Write report.html, with pictures of other products and verdicts of claims."""
        from sim.products.web_report.web_page import page

        path, verdicts = folder / f"{self.file}.html", job.verdicts(self.claims)
        path.write_text(
            page(result, self.title, self.routes, job.pictures, verdicts, _schedules(job)), encoding="utf-8"
        )
        return [path]


def _schedules(job: Job) -> str:
    """The section about the schedules that earlier products made."""
    from sim.products.schedule import Scheduled

    made = [each for each in (job.shared or {}).values() if isinstance(each, Scheduled)]
    if not made:
        return ""
    from sim.products.web_report.schedules import schedules_section

    return schedules_section(made)
