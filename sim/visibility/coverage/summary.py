"""Figures of merit of a whole region: mean over its area, best and worst place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.visibility.coverage.coverage import Coverage, unit

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """One figure over a region.

    Attributes
    ----------
    figure, unit : str
        As of a column of the table of points; `hours_per_day` and `seen_percent` besides.
    mean, least, median, percentile_95, greatest : float
        Over the area: each point counts by the area that it stands for. NaN where no point has a value.
    area_percent : float
        Share of the region's area that has a value (%).
    """

    figure: str
    unit: str
    mean: float
    least: float
    median: float
    percentile_95: float
    greatest: float
    area_percent: float


def summary(found: Coverage) -> list[Row]:
    """Every figure over the area of a coverage: of a grid, of a region, or of single points alike.

    `seen_percent` is the share of the area with any contact in the known time; `hours_per_day` is `percent` as hours.
    """
    columns = found.columns()
    percent = columns["percent"]
    seen = np.where(np.isnan(percent), np.nan, 100.0 * (percent > 0.0))
    figures = {name: values for name, values in columns.items() if name not in _NOT}
    some = {"seen_percent": seen, "percent": percent, "hours_per_day": 0.24 * percent}
    return [_row(name, values, found.grid.weight) for name, values in {**some, **figures}.items()]


_NOT = ("latitude_deg", "longitude_deg", "weight")


def _row(name: str, values: Array, weight: Array) -> Row:
    known = np.isfinite(values)
    area = 100.0 * float(weight[known].sum() / weight.sum())
    told = "h" if name == "hours_per_day" else unit(name)
    if not known.any():
        return Row(name, told, *(float("nan"),) * 5, area)
    values, weight = values[known], weight[known]
    order = np.argsort(values)
    below = (np.cumsum(weight[order]) - 0.5 * weight[order]) / weight.sum()  # of the area, half of the point's own
    median, high = np.interp([0.5, 0.95], below, values[order])
    mean = float(np.average(values, weights=weight))
    return Row(name, told, mean, float(values.min()), float(median), float(high), float(values.max()), area)
