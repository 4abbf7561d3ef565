"""ANISE: `report_event_arcs` with its own `Event.visible_from_location_id`, on SPKs; 10 ms, as that event asks for."""

from __future__ import annotations

import numpy as np
from anise import Almanac, LocationDhallSet, LocationDhallSetEntry, utils
from anise.analysis import Event, FrameSpec, StateSpec
from anise.astro import Frame, FrameUid, Location, TerrainMask
from anise.constants import Frames
from anise.time import Epoch

from .inputs import EARTH_CLASS, Inputs
from .workloads import Workload

PACKAGE = "anise"
SETTINGS = {"default": "default"}
_cache: dict = {}


def unable(workload: Workload, setting: str) -> str:
    return ""


def solve(workload: Workload, inputs: Inputs, setting: str):
    if not _cache:
        _cache["almanac"] = _loaded(workload, inputs)
    almanac, span = _cache["almanac"], workload.span
    target = Frames.MOON_J2000 if workload.target.kind == "moon" else Frame(workload.target.naif_id, 1)
    spec = StateSpec(FrameSpec.Loaded(target), FrameSpec.Loaded(Frames.EARTH_J2000), None)
    behind = almanac.frame_info(Frames.MOON_J2000) if workload.hidden else None  # with its radius; ignored, as it seems
    start, end = Epoch.from_tdb_seconds(span.start), Epoch.from_tdb_seconds(span.end)
    return [
        almanac.report_event_arcs(spec, Event.visible_from_location_id(number, behind), start, end)
        for number, _ in enumerate(workload.stations, 1)
    ]


def bounds(found) -> list[np.ndarray]:
    edges = [[(arc.start_epoch(), arc.end_epoch()) for arc in arcs] for arcs in found]
    return [np.array([[e.to_tdb_seconds() for e in pair] for pair in pairs]).reshape(-1, 2) for pairs in edges]


def _loaded(workload: Workload, inputs: Inputs) -> Almanac:
    """Kernels, radii and stations, as its own file formats want them."""
    constants, stations = (inputs.path(f"{workload.key}.{kind}") for kind in ("pca", "lka"))
    utils.convert_tpc(inputs.path("constants.tpc"), inputs.path("masses.tpc"), constants, True)
    uid, mask = FrameUid(399, EARTH_CLASS), TerrainMask.from_flat_terrain(workload.mask_deg)
    entries = [
        LocationDhallSetEntry(
            Location(s.latitude_deg, s.longitude_deg, s.height_m / 1000.0, uid, mask, False), number, s.name
        )
        for number, s in enumerate(workload.stations, 1)
    ]
    LocationDhallSet(entries).to_dataset().save_as(stations, True)
    files = [inputs.path("earth.bpc"), constants, stations]
    if workload.target.kind != "moon":
        files.append(inputs.path(workload.target.spk))
    almanac = Almanac(inputs.path("de421.bsp"))
    for file in files:
        almanac = almanac.load(file)
    return almanac
