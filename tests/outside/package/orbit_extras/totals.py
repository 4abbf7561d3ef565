"""How long every route is open in all."""

from typing import Literal

from sim.core.files import csv_text
from sim.core.model import Name
from sim.scenario.product import NOTHING, Product


class Totals(Product):
    """How long every route is open in all: CSV."""

    kind: Literal["totals"] = "totals"
    file: Name = "totals"
    """name of the file, without its ending"""

    endings = ("csv",)
    of_routes = True

    def write(self, result, folder, job=NOTHING):
        """totals.csv"""
        job.progress("adding up")
        path = folder / f"{self.file}.csv"
        rows = [(name, round(windows.total_s, 3)) for name, windows in result.routes.items()]
        path.write_text(csv_text(("route", "open_s"), rows), encoding="utf-8")
        return [path]
