"""Large tables as files: CSV, or Parquet with full precision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from sim.core.errors import SimError
from sim.core.time import utc_datetime64
from sim.products.columns import as_csv, as_shown
from sim.visibility.result import Columns

TableFormat = Literal["csv", "parquet"]


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
    arrow, parquet = _pyarrow()
    made = {name: _arrow(arrow, name, column) for name, column in columns.items()}
    table = arrow.table(made).replace_schema_metadata(dict(about))
    parquet.write_table(table, whole)
    return whole


def _arrow(arrow: Any, name: str, column: Sequence[str] | np.ndarray) -> Any:
    """A column as Arrow has it: null where not known."""
    if not isinstance(column, np.ndarray):
        return arrow.array(column, arrow.string())
    if name.endswith("_utc"):
        return arrow.array(utc_datetime64(column) if len(column) else [], arrow.timestamp("us", "UTC"))
    return arrow.array(column, from_pandas=True)


def _pyarrow() -> tuple[Any, Any]:
    """The library that writes Parquet."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise SimError(
            'format = "parquet" needs pyarrow, which is not installed: pip install "farside-sim[sweep]". '
            'Or choose format = "csv"'
        ) from error
    return pyarrow, pyarrow.parquet


def carrier_text(megahertz: float) -> str:
    """A carrier's frequency as column names have it.

    Examples
    --------
    >>> carrier_text(2250.5), carrier_text(8400.0)
    ('2250.5_mhz', '8400_mhz')
    """
    return f"{megahertz:.12g}_mhz"
