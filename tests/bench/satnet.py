"""SatNet: three weeks of the Deep Space Network in 2018, read from a folder that the user gives."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from pathlib import Path

from sim.planning.schedule.network import Network
from sim.planning.schedule.request import Antenna, Opportunity, Request

HOUR_S = 3600.0
SPLIT_H, PIECE_H = 8.0, 4.0
"""From how many hours a request may be split, and into pieces of how many hours at least."""


def read(folder: Path, week: int) -> Network:
    """A week of SatNet as a network. Times are Unix seconds, as in the files."""
    (asked,) = json.loads((folder / f"W{week}_2018.json").read_text(encoding="utf-8")).values()
    closed = defaultdict(list)
    with (folder / "maintenance.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if float(row["week"]) == week:
                closed[row["antenna"]].append((float(row["starttime"]), float(row["endtime"])))
    requests = tuple(_request(each) for each in asked)
    names = sorted({name for each in requests for o in each.opportunities for name in o.antennas})
    antennas = tuple(Antenna(name, maintenance=tuple(closed[name])) for name in names)
    return Network(antennas, requests, setup_apart=True)


def _request(row) -> Request:
    setup_s, teardown_s = 60.0 * row["setup_time"], 60.0 * row["teardown_time"]
    opportunities = tuple(
        Opportunity(tuple(names.split("_")), float(view["TRX ON"]), float(view["TRX OFF"]), setup_s, teardown_s)
        for names, views in row["resource_vp_dict"].items() for view in views
    )  # fmt: skip
    splits = row["duration"] >= SPLIT_H
    return Request(
        row["track_id"], str(row["subject"]), opportunities,
        max_s=row["duration"] * HOUR_S, min_s=row["duration_min"] * HOUR_S,
        min_track_s=PIECE_H * HOUR_S if splits else None,
        max_tracks=int(row["duration"] // PIECE_H) if splits else 1,
        window=(float(row["time_window_start"]), float(row["time_window_end"])),
    )  # fmt: skip
