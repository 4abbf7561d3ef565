"""The page docs/scale.md, from what `tests.bench.scale` measured."""

# ruff: noqa: E501  a page has longer lines than a program
from __future__ import annotations

from pathlib import Path

SATELLITES, STATIONS, DAYS = 10_000, 1_000, 365
MILLION = 1_000_000
WEEK = 7
"""A year of a constellation is taken in pieces of a week, each with element sets of its own."""
BUSY = 1.15
"""One process alone on a machine takes hardly longer than its processor time: where it does, others were there."""

PAGE = """# Scale

What sweeps cost, and what two large ones would. Measured on one machine and written by `python -m tests.bench.scale --write docs/scale.md`
({cases} cases of the flagship on two workers, {satellites} satellites; other numbers with `--cases` and `--satellites`). Core seconds are processor time; wall times
mean little where the machine's load is above its two cores.

| | what | core seconds | wall, s | load | peak memory of a process, MB | windows | Parquet |
|---|---|---|---|---|---|---|---|
{rows}

* Two workers {same} the very bytes of one, {efficiency}.
* Of {sampled} pairs of the constellation all {compared} windows were held against a brute force of 5-s steps with polished edges: none missed, none made up, largest
  difference {worst:.2g} ms.
* 10,000 × {stations} pairs are numbered, not listed: planning took {plan_s} s; one satellite over {stations} stations for a day is a case. All of them: {pairs_hours:,.0f} core hours, on any
  number of workers, of some {pairs_mb:,} MB each.

## Unit costs

| | |
|---|---|
| a case of the flagship (10 days, 8 routes, one halo orbit integrated) | {case_s:.2f} core s, {case_kb:.1f} kB |
| a satellite's week over 50 stations | {week_s:.2f} core s |
| a satellite's day over {stations} stations | {wide_s:.1f} core s |
| so a satellite's day | {fixed:.3f} core s and {marginal_ms:.3f} ms a station |
| a window in Parquet | {window_bytes:.0f} bytes |

The flagship's second spacecraft, LRO, is fitted to its anchors once a worker (about ten core seconds) and shared by all cases, and so are the windows of its hops.

## A year of 10,000 satellites over 1,000 stations

A sweep over {pieces:,} cases, a satellite's week each: **{year_hours:,.0f} core hours**, {year_windows:.2g} windows, **{year_gb:,.0f} GB**.

## A million cases of the flagship

**{million_hours:,.0f} core hours**, **{million_gb:,.0f} GB**; on {nodes} cores {minutes:.0f} minutes.

## Where it would break first

1. **The tables' last step.** One process joins the parts and draws the pictures. `summary.csv` holds one column of `cases.parquet` in memory at a time, 24 bytes a row: a
   million flagship cases have 8 million rows (0.2 GB), but the year above has {year_rows:.2g} rows (a satellite's week and a station each), **{year_summary_gb:,.0f} GB**: too much for most machines. The
   parts are all there by then. Sweep it station group by station group, or month by month.
2. **One file.** `windows.parquet` of {year_gb:,.0f} GB is one file. Readers take it row group by row group; copying it is another matter.
3. **The folder of parts**: at the most 40,000 files, by making chunks longer; then a killed worker loses up to {chunk_year:,} cases' work.
4. **The scheduler** does not: chunks are some {chunk_s:.0f} s each, and Dask hands out thousands a second. Results of a chunk are a few hundred kB, and pass through the
   process that started the sweep, which writes some tens of MB a second: with a few hundred workers on the year above this is the next limit.
5. **A worker's memory** does not grow with the number of cases: the last 64 orbits and about a million windows are remembered.
"""


def write(path: Path, found: dict) -> None:
    """The page. Raises `KeyError` where a part was not measured."""
    one, two, shell, pairs = (found[name] for name in ("flagship 1", "flagship 2", "constellation", "pairs"))
    case_s, case_bytes = one["cpu_s"] / one["cases"], one["bytes"] / one["cases"]
    week_s = shell["cpu_s"] / shell["satellites"]
    day_s, wide_s = week_s / shell["days"], pairs["cpu_s_a_case"]
    marginal = (wide_s - day_s) / (pairs["stations"] - shell["stations"])
    fixed = max(day_s - marginal * shell["stations"], 0.0)
    window_bytes = shell["bytes"] / shell["windows"]
    year_s = SATELLITES * DAYS * (fixed + marginal * STATIONS)
    windows = shell["windows"] / shell["satellites"] / shell["stations"] / shell["days"] * SATELLITES * STATIONS * DAYS
    pieces = SATELLITES * -(-DAYS // WEEK)
    speed = two["cases"] / two["wall_s"] / (one["cases"] / one["wall_s"])
    busy = one["wall_s"] > BUSY * one["cpu_s"]
    told = f"{speed:.2f} times as fast" + (" (others were using the machine: not a fair figure)" if busy else "")
    rows = "\n".join(
        f"| {name} | {what} | {each['cpu_s']:,} | {each['wall_s']:,} | {each['load']} | {each['peak_mb']} | {each['windows']:,} "
        f"| {each['bytes'] / 1e6:.1f} MB |"
        for name, what, each in (
            ("flagship", f"{one['cases']:,} cases, one process", one),
            ("flagship", f"{two['cases']:,} cases, two workers", two),
            ("constellation", f"{shell['satellites']} × {shell['stations']} × {shell['days']} days", shell),
        )
    )
    wide = f"| pairs | 2 × {pairs['stations']:,} × 1 day | {2 * wide_s:.1f} | | {pairs['load']} | {pairs['peak_mb']} "
    rows += f"\n{wide}| {2 * pairs['windows_a_case']:,} | |"
    nodes, chunk = 1000, max(100, pieces // 20_000)
    text = PAGE.format(
        cases=f"{two['cases']:,}", satellites=shell["satellites"], rows=rows, efficiency=told,
        same="write" if two["same_bits"] else "do not write", sampled=shell["sampled"], compared=shell["windows_compared"],
        worst=1e3 * shell["largest_difference_s"], stations=f"{pairs['stations']:,}", plan_s=pairs["plan_s"], case_s=case_s, case_kb=case_bytes / 1e3,
        week_s=week_s, wide_s=wide_s, fixed=fixed, marginal_ms=1e3 * marginal, window_bytes=window_bytes, pieces=pieces,
        year_hours=year_s / 3600, year_windows=windows, year_gb=windows * window_bytes / 1e9,
        million_hours=MILLION * case_s / 3600, million_gb=MILLION * case_bytes / 1e9, nodes=f"{nodes:,}",
        minutes=MILLION * case_s / 60 / nodes, pairs_hours=pairs["cases"] * wide_s / 3600, pairs_mb=pairs["peak_mb"], year_rows=pieces * STATIONS, year_summary_gb=24 * pieces * STATIONS / 1e9,
        chunk_year=chunk, chunk_s=chunk * WEEK * (fixed + marginal * STATIONS),
    )  # fmt: skip
    path.write_text(text, encoding="utf-8")
