"""A result as one self-contained web page, whose limits can be moved: `page`."""

from sim.report.tables import tables
from sim.report.whole import page

__all__ = ["page", "tables"]
