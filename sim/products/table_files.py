"""Large tables as files: CSV, or Parquet with full precision."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from sim.core.errors import SimError
from sim.core.time import utc_datetime64
from sim.products.columns import as_csv, as_shown

if TYPE_CHECKING:
    from sim.visibility.result import Columns

TableFormat = Literal["csv", "parquet"]

MOST_ROWS = 20_000_000
"""A longer table is refused: it would take gigabytes."""


def write_table(
    path: Path, columns: Columns, digits: Mapping[str, int], format: TableFormat, about: Mapping[str, str]
) -> Path:
    """Write columns to a file.

    Parameters
    ----------
    path
        The file without its ending.
    columns
        Text, times in TDB s (names that end in `_utc`) and numbers, NaN where not known.
    digits
        To how many digits a CSV file gives the numbers of a column. A Parquet file gives them as they are, and times
        as UTC to the microsecond.
    format
        `csv` or `parquet`.
    about
        What the numbers mean: the metadata of a Parquet file. A CSV file has no place for it.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    SimError
        If Parquet is asked for and pyarrow is not installed.
    """
    whole = path.with_name(f"{path.name}.{format}")
    if format == "csv":
        whole.write_text(as_csv(as_shown(columns, digits)), encoding="utf-8")
        return whole
    _write_parquet(whole, columns, about)
    return whole


def _write_parquet(path: Path, columns: Columns, about: Mapping[str, str]) -> None:
    """Write columns with full precision, null where not known."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise SimError(
            'format = "parquet" needs pyarrow, which is not installed: pip install "farside-sim[sweep]". '
            'Or choose format = "csv"'
        ) from error
    made = {}
    for name, column in columns.items():
        if not isinstance(column, np.ndarray):
            made[name] = pyarrow.array(column, pyarrow.string())
        elif name.endswith("_utc"):
            stamp = pyarrow.timestamp("us", "UTC")
            made[name] = pyarrow.array(utc_datetime64(column), stamp) if len(column) else pyarrow.array([], stamp)
        else:
            made[name] = pyarrow.array(column, from_pandas=True)
    pyarrow.parquet.write_table(pyarrow.table(made).replace_schema_metadata(dict(about)), path)


def carrier_text(megahertz: float) -> str:
    """A carrier's frequency as column names have it.

    Examples
    --------
    >>> carrier_text(2250.5), carrier_text(8400.0)
    ('2250.5_mhz', '8400_mhz')
    """
    return f"{megahertz:.12g}_mhz"
