"""Summarizes a sweep: statistics of every route, effects of the inputs, and convergence of the means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.files import csv_text
from sim.core.time import tdb
from sim.simulation.sweep import case_table

if TYPE_CHECKING:
    from sim.simulation.sweep.plan import Plan

Array = NDArray[np.float64]

MEASURES = ("share", "windows", "total_s", "longest_gap_s")
"""The measures of a route in one case that are summarized."""
PICTURES = ("distribution", "sensitivity", "convergence", "answers")
_DRAWN = tuple(f"{name}.{format}" for name in PICTURES for format in ("png", "svg"))
PRODUCTS = ("summary.csv", "sensitivity.csv", case_table.FILE, *_DRAWN)

MOST_ROWS = 50_000_000
"""Largest number of rows of cases that are summarized: about 5 GB of memory."""
MOST_DRAWN = 7
"""Number of routes that pictures show: the first ones."""
FEWEST = 8
"""Smallest number of cases from which effects of inputs are computed."""
MOST_GROUPS = 20
"""Cases of a sampled sweep are grouped by the values of an input if it has at most this number of values and they
repeat; otherwise into groups of equal size, in the order of its values."""

EDGES_S = np.logspace(0.0, 9.0, 1801)
"""Edges of the histogram of window and gap lengths (s): 200 bins per factor of ten."""
CHANCE = 0.01
"""Probability that an input without effect exceeds the line in the picture."""

_QUANTILE_STEPS = 1 << 16
"""Steps of a numerical integral, good to more than three digits for 8 to 1,000,000 cases."""
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
_LENGTHS = ("case", "route", "start_utc", "end_utc", "duration_s", "cut_by_span", "cut_by_data", "unknown_after_s")


class Cases:
    """The table of cases, read by column: sorted by route, without the cases that failed."""

    def __init__(self, path: Path) -> None:
        import pyarrow.parquet as pq

        self.file = pq.ParquetFile(path)
        routes = self.file.read(columns=["route"])["route"].combine_chunks().dictionary_encode()
        codes = routes.indices.fill_null(-1).to_numpy().astype(np.int64)
        self.routes: list[str] = routes.dictionary.to_pylist()
        self._order = np.argsort(codes, kind="stable")[np.count_nonzero(codes < 0) :]
        self._cuts = np.searchsorted(codes[self._order], np.arange(len(self.routes) + 1))

    def column(self, name: str) -> Array:
        """A column as numbers, for all routes: times as TDB s, other text as the index of its value."""
        return self._read(name)[0]

    def is_number(self, name: str) -> bool:
        """Whether the values of a column have an order: numbers and times have."""
        return self._read(name)[1]

    def _read(self, name: str) -> tuple[Array, bool]:
        import pyarrow as pa

        column = self.file.read(columns=[name])[name].combine_chunks()
        kind, sized = column.type, True
        if pa.types.is_string(kind):
            texts, inverse = np.unique(column.fill_null("").to_numpy(zero_copy_only=False), return_inverse=True)
            times = _times(texts)
            sized = times is not None
            values = (np.arange(len(texts), dtype=float) if times is None else times)[inverse]
        else:
            values = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
            sized = not pa.types.is_boolean(kind)
        return np.asarray(values, dtype=float)[self._order], sized

    def is_time(self, name: str) -> bool:
        """Whether the values of a column are times."""
        import pyarrow as pa

        return pa.types.is_string(self.file.schema_arrow.field(name).type) and self.is_number(name)

    def part(self, route: int) -> slice:
        """The rows of a route."""
        return slice(int(self._cuts[route]), int(self._cuts[route + 1]))

    @cached_property
    def numbers(self) -> NDArray[np.int64]:
        """The numbers of the cases, for all routes."""
        return np.asarray(self.file.read(columns=["case"])["case"].to_numpy(), dtype=np.int64)[self._order]


def write(plan: Plan, folder: Path, windows: Path, cases: Path) -> None:
    """Write summary.csv, sensitivity.csv and the pictures from the tables of a sweep.

    Nothing is written for more than `MOST_ROWS` rows of cases, which would not fit into memory.
    """
    import pyarrow.parquet as pq

    if pq.read_metadata(cases).num_rows > MOST_ROWS:
        return
    table = Cases(cases)
    vary = [variable.key for variable in plan.varied]
    case_table.write(cases, folder, vary, table.routes)
    if not table.routes:
        return
    heads = ("route", "measure", "cases", "mean", "sigma", "error_of_mean", "least", "p05", "median", "p95", "most")
    (folder / "summary.csv").write_text(csv_text(heads, _summary(table, plan.samples)), encoding="utf-8")
    moved = list(sensitivity(table, vary, plan.drawn))
    (folder / "sensitivity.csv").write_text(csv_text(Effect._fields, moved), encoding="utf-8")
    _draw(plan, folder, windows, table, moved)


def _summary(cases: Cases, samples: int) -> Iterator[list[str | float]]:
    """Mean, standard deviation and percentiles of every measure and route; the standard error if it is sampled."""
    for measure in MEASURES:
        column = cases.column(measure)
        for number, route in enumerate(cases.routes):
            part = cases.part(number)
            known = np.isfinite(column[part])
            values, numbers = column[part][known], cases.numbers[part][known]
            if not len(values):
                continue
            low, middle, high = np.percentile(values, [5, 50, 95])
            sigma = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
            draws = by_sample(values, numbers, samples)
            error = float(np.std(draws, ddof=1)) / np.sqrt(len(draws)) if len(draws) > 1 else None
            found = (values.mean(), sigma, error, values.min(), low, middle, high, values.max())
            yield [route, measure, len(values), *("" if x is None else float(f"{x:.9g}") for x in found)]


def by_sample(values: Array, cases: NDArray[np.int64], samples: int) -> Array:
    """The mean of each sample over all combinations of listed values, with the effect of these removed.

    Parameters
    ----------
    values
        A measure of one route, (n,).
    cases
        Number of the case of each value, (n,): combination of listed values × samples + sample.
    samples
        Number of samples.

    Returns
    -------
    Array
        One mean per sample that succeeded: their standard deviation is that of the sampling, and their mean is that of
        the values. A single mean if nothing is sampled.
    """
    if samples == 1:
        return np.array([values.mean()])
    combination, sample = np.unique(cases // samples, return_inverse=True)[1], cases % samples
    away = values - (np.bincount(combination, values) / np.bincount(combination))[combination]
    counts = np.bincount(sample)
    there = counts > 0
    means: Array = values.mean() + np.bincount(sample, away)[there] / counts[there]
    return means


class Effect(NamedTuple):
    """A row of sensitivity.csv: the effect of one input on one measure of one route."""

    route: str
    measure: str
    input: str
    effect: float
    by_chance: float
    rank_correlation: float | None


def sensitivity(cases: Cases, vary: list[str], drawn: bool = True) -> Iterator[Effect]:
    """The effect of every input on every measure of every route, and their rank correlation.

    Parameters
    ----------
    cases
        The table of cases.
    vary
        Names of the inputs.
    drawn
        Whether the cases are a random sample; otherwise they are all there are, and nothing is due to chance.

    Yields
    ------
    Effect
        Effect and rank correlation, with the effect that chance alone would give (1σ).

    Notes
    -----
    The effect is the fraction of the measure's variance that is explained by the input alone, 0 to 1: the correlation
    ratio η², which includes nonlinear dependence. For a random sample it is corrected for the number of groups (ε²).
    Joint effects of two inputs are not included. An input of text that hardly repeats in a random sample has no row.

    References
    ----------
    Kelley (1935), PNAS 21. Saltelli et al. (2008), Global Sensitivity Analysis, §1.2.3 (first-order effects).
    """
    inputs = {name: (cases.column(name), cases.is_number(name)) for name in vary}
    for measure in MEASURES:
        column = cases.column(measure)
        for number, route in enumerate(cases.routes):
            part = cases.part(number)
            for name, (values, sized) in inputs.items():
                known = np.isfinite(column[part])
                x, y = values[part][known], column[part][known]
                if len(x) < FEWEST or len(np.unique(x)) < 2 or (drawn and not sized and _seldom(x)):
                    continue
                rank = _correlation(_ranks(x), _ranks(y)) if sized else None
                moved, luck = (effect(x, y), chance(x)) if drawn else (ratio(x, y), 0.0)
                rank = rank if rank is None else round(rank, 4)
                yield Effect(route, measure, name, round(moved, 4), round(luck, 4), rank)


def ratio(x: Array, y: Array) -> float:
    """The fraction of the variance of y that is explained by the values of x (η², 0 to 1), for a full set of cases."""
    groups = np.unique(x, return_inverse=True)[1]
    total = _scatter(y)
    means = np.bincount(groups, y) / np.bincount(groups)
    return float(np.clip(1.0 - float(np.sum((y - means[groups]) ** 2)) / total, 0.0, 1.0)) if total else 0.0


def effect(x: Array, y: Array) -> float:
    """The fraction of the variance of y that is explained by x, corrected for chance (ε², 0 to 1)."""
    groups = _groups(x)
    counts = np.bincount(groups)
    used, total = int(np.count_nonzero(counts)), _scatter(y)
    if not total or len(y) <= used:
        return 0.0
    means = np.bincount(groups, y) / np.maximum(counts, 1)
    inside = float(np.sum((y - means[groups]) ** 2))
    return float(np.clip(1.0 - (inside / (len(y) - used)) / (total / (len(y) - 1)), 0.0, 1.0))


def chance(x: Array) -> float:
    """Standard deviation of ε² for an input without effect."""
    used = int(np.count_nonzero(np.bincount(_groups(x))))
    return float(np.sqrt(2.0 * (used - 1)) / (len(x) - 1))


def by_luck(x: Array) -> float:
    """The value of ε² that an input without effect exceeds with probability `CHANCE`, if the measure is normal.

    The correlation ratio η² of k groups of n cases then has the distribution Beta((k - 1)/2, (n - k)/2). Source: Fisher
    (1928), Proc. R. Soc. A 121, 654.
    """
    used, n = int(np.count_nonzero(np.bincount(_groups(x)))), len(x)
    if used < 2 or n <= used:
        return 0.0
    root = (np.arange(_QUANTILE_STEPS) + 0.5) / _QUANTILE_STEPS  # of η²: its density has no pole at 0 for two groups
    density = (used - 2) * np.log(root) + (0.5 * (n - used) - 1.0) * np.log1p(-root * root)
    share = np.cumsum(np.exp(density - density.max()))
    ratio = float(np.interp(1.0 - CHANCE, share / share[-1], root + 0.5 / _QUANTILE_STEPS)) ** 2
    return max(0.0, 1.0 - (n - 1) / (n - used) * (1.0 - ratio))


def _scatter(y: Array) -> float:
    """The sum of squares about the mean; 0 if it is only rounding."""
    total = float(np.sum((y - y.mean()) ** 2))
    return total if total > 1e-24 * float(np.sum(y * y)) else 0.0


def _seldom(x: Array) -> bool:
    """Whether values hardly repeat: more than three in four are different."""
    return len(np.unique(x)) > 0.75 * len(x)


def _groups(x: Array) -> NDArray[np.intp]:
    """The group of each case: by its value, or by groups of equal size."""
    values, groups = np.unique(x, return_inverse=True)
    if len(values) > MOST_GROUPS or _seldom(x):
        shares = int(np.clip(np.sqrt(len(x)) / 2, 2, MOST_GROUPS))
        groups = np.argsort(np.argsort(x, kind="stable"), kind="stable") * shares // len(x)
    return np.asarray(groups, dtype=np.intp)


def running(values: Array) -> tuple[Array, Array, Array]:
    """Convergence of a mean: numbers of cases (k,), the mean of that many (k,), and its standard error (k,).

    Cases are taken in a random order with a fixed seed.
    """
    mixed = values[np.random.default_rng(0).permutation(len(values))]
    counts = np.unique(np.geomspace(min(2, len(values)), len(values), 200).astype(int))
    mean = np.cumsum(mixed)[counts - 1] / counts
    square = np.cumsum((mixed - values.mean()) ** 2)[counts - 1] / counts
    variance = np.maximum(square - (mean - values.mean()) ** 2, 0.0) * counts / np.maximum(counts - 1, 1)
    return counts.astype(float), mean, np.sqrt(variance / counts)


def lengths(path: Path, routes: list[str]) -> tuple[dict[str, Array], dict[str, Array]]:
    """Histograms of the lengths of windows and of the gaps between them, by route, in the bins `EDGES_S`.

    Windows cut by the span or by missing data are left out, and so are gaps during which an orbit is unknown. The table
    is read in pieces: memory does not grow with the number of windows.
    """
    import pyarrow.parquet as pq

    file = pq.ParquetFile(path)
    windows = {route: np.zeros(len(EDGES_S) - 1) for route in routes}
    gaps = {route: np.zeros(len(EDGES_S) - 1) for route in routes}
    for group in range(file.num_row_groups):  # a case is never divided among row groups
        table = file.read_row_group(group, columns=[*_LENGTHS])
        case, duration = table["case"].to_numpy(), table["duration_s"].to_numpy()
        starts, ends = (table[name].cast("int64").to_numpy() for name in ("start_utc", "end_utc"))
        route = np.array(table["route"].to_pylist(), dtype=object)
        cut = table["cut_by_span"].to_numpy() | table["cut_by_data"].to_numpy()
        known = table["unknown_after_s"].to_numpy()[:-1] == 0.0
        between = 1e-6 * (starts[1:] - ends[:-1])
        same = (case[1:] == case[:-1]) & (route[1:] == route[:-1])
        for name in routes:
            mine = route == name
            windows[name] += np.histogram(duration[mine & ~cut], EDGES_S)[0]
            gaps[name] += np.histogram(between[same & known & mine[1:]], EDGES_S)[0]
    return windows, gaps


def _times(texts: Iterable[str]) -> Array | None:
    """TDB s of texts that are all times; None otherwise."""
    if not all(_DATE.match(text) for text in texts):
        return None
    try:
        return np.asarray(tdb(list(texts)), dtype=float)
    except ValueError:
        return None


def _draw(plan: Plan, folder: Path, windows: Path, cases: Cases, moved: list[Effect]) -> None:
    from sim.products import plot
    from sim.products.plot.fonts import no_font_warnings

    routes = cases.routes[:MOST_DRAWN]
    title, vary = str(plan.data.get("title", "")), [variable.key for variable in plan.varied]
    counts = lengths(windows, routes)
    drawn: dict[str, Any] = {"distribution": plot.lengths(EDGES_S, *counts, title=title)}
    if plan.drawn:
        drawn["convergence"] = plot.convergence(_settling(plan, cases, routes), title=title, of=plan.lists)
    if by_input := _against_inputs(cases, vary, routes):
        times = [name for name in by_input if cases.is_time(name)]
        drawn["answers"] = plot.answers(by_input, title=title, times=times, joined=not plan.drawn)
    effects = {
        measure: {
            route: {each.input: each.effect for each in moved if (each.route, each.measure) == (route, measure)}
            for route in routes
        }
        for measure in ("share", "longest_gap_s")
    }
    if any(each for by in effects.values() for each in by.values()):
        keys = dict.fromkeys(each.input for each in moved) if plan.drawn else {}
        few = max((by_luck(cases.column(key)[cases.part(0)]) for key in keys), default=0.0)
        drawn["sensitivity"] = plot.sensitivity(effects, vary, title=title, chance=few)
    with no_font_warnings():
        for name, ax in drawn.items():
            figure = ax.figure.figure
            for format, about in (("png", {"Software": None}), ("svg", {"Date": None})):
                figure.savefig(folder / f"{name}.{format}", metadata=about, facecolor=figure.get_facecolor())


def _against_inputs(cases: Cases, vary: list[str], routes: list[str]) -> dict[str, dict[str, tuple[Array, Array]]]:
    """For each input with an order and several values: of each route the values, and the open share of time (%)."""
    share, found = 100.0 * cases.column("share"), dict[str, dict[str, tuple[Array, Array]]]()
    for name in vary:
        values = cases.column(name)
        if cases.is_number(name) and len(np.unique(values)) > 1:
            parts = [cases.part(number) for number in range(len(routes))]
            found[name] = {route: (values[p], share[p]) for route, p in zip(routes, parts, strict=True)}
    return found


def _settling(plan: Plan, cases: Cases, routes: list[str]) -> dict[str, tuple[Array, Array, Array]]:
    """Convergence of the mean share of open time (%) of each route, sample by sample."""
    share = 100.0 * cases.column("share")
    settled = {}
    for number, route in enumerate(routes):
        part = cases.part(number)
        known = np.isfinite(share[part])
        if known.any():
            settled[route] = running(by_sample(share[part][known], cases.numbers[part][known], plan.samples))
    return settled


def _ranks(x: Array) -> Array:
    """Ranks; equal values have the mean of theirs."""
    _, inverse, counts = np.unique(x, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks: Array = (ends - 0.5 * (counts - 1))[inverse]
    return ranks


def _correlation(x: Array, y: Array) -> float | None:
    x, y = x - x.mean(), y - y.mean()
    size = float(np.sqrt(np.sum(x * x) * np.sum(y * y)))
    return float(np.sum(x * y)) / size if size > 0 else None
