"""Export as CZML, which Cesium shows on a globe."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Literal

import numpy as np

from sim.core.errors import SimError
from sim.core.time import utc
from sim.core.time_scales import tdb_minus_tt
from sim.products.export_motion import ExportFormat, Motion
from sim.trajectories.bodies.body import BODIES, Body, body
from sim.trajectories.orbits.formats.state_table import States

_COLORS = {"path": [255, 200, 60, 255], "site": [90, 190, 255, 255]}


class CzmlFile(ExportFormat):
    """CZML for Cesium: the orbit relative to the Earth in inertial axes, and the sites on the Earth.

    States are in meters, with velocities; Cesium interpolates them with Hermite polynomials of degree 11. Orbits about
    other bodies are written relative to the Earth too: CZML has no other center.
    """

    kind: Literal["czml"] = "czml"

    def write(self, file: Path, motion: Motion) -> None:
        """Write a document with one packet for each arc and one for each site."""
        file.write_text(json.dumps(packets(motion), indent=1, allow_nan=False), encoding="utf-8")


def packets(motion: Motion) -> list[dict[str, object]]:
    """Packets of a document."""
    arcs = [_geocentric(arc, motion.ephemeris) for arc in motion.states(lambda arc: False)]
    whole = f"{utc(arcs[0].start, 6)}/{utc(arcs[-1].end, 6)}"
    spacecraft: list[dict[str, object]] = [
        {
            "id": f"spacecraft/{motion.name}" + (f"/{number}" if len(arcs) > 1 else ""),
            "name": motion.name,
            "description": "<br>".join(html.escape(line) for line in motion.comments),
            "availability": f"{utc(arc.start, 6)}/{utc(arc.end, 6)}",
            "position": _position(arc),
            "point": _point("path"),
            "label": _label(motion.name),
            "path": {"width": 1.5, "resolution": 60, "material": {"solidColor": {"color": {"rgba": _COLORS["path"]}}}},
        }
        for number, arc in enumerate(arcs, 1)
    ]
    clock = {"interval": whole, "currentTime": utc(arcs[0].start, 6), "multiplier": 60, "range": "LOOP_STOP"}
    sites: list[dict[str, object]] = [
        {
            "id": f"site/{site.name}",
            "name": site.name,
            "position": {"cartographicDegrees": [site.longitude_deg, site.latitude_deg, site.height_m]},
            "point": _point("site"),
            "label": _label(site.name),
        }
        for site in motion.sites
        if site.body == "earth"
    ]
    title = motion.title or motion.name
    head: dict[str, object] = {"id": "document", "name": title, "version": "1.0", "clock": clock}
    return [head, *spacecraft, *sites]


def _point(of: str) -> dict[str, object]:
    return {"pixelSize": 8, "color": {"rgba": _COLORS[of]}}


def _label(text: str) -> dict[str, object]:
    return {"text": text, "horizontalOrigin": "LEFT", "pixelOffset": {"cartesian2": [9, 0]}}


def _position(arc: States) -> dict[str, object]:
    """States of an arc: seconds of TAI since its start, meters and m/s."""
    assert arc.velocity is not None
    tt = arc.t - tdb_minus_tt(arc.t)
    rows = np.column_stack((tt - tt[0], 1e3 * arc.position, 1e3 * arc.velocity))
    return {
        "epoch": utc(arc.t[0], 6),
        "referenceFrame": "INERTIAL",
        "interpolationAlgorithm": "HERMITE",
        "interpolationDegree": 2 * arc.points - 1,
        "cartesianVelocity": rows.ravel().tolist(),
    }


def _geocentric(arc: States, ephemeris: str) -> States:
    """The same states relative to the Earth."""
    earth = body("earth", ephemeris)
    if arc.center == earth.naif_id:
        return arc
    center = _named(arc.center, ephemeris)
    away = center.state_from(earth, arc.t)
    assert arc.velocity is not None
    position, velocity = arc.position + away.position, arc.velocity + away.velocity
    return States(arc.t, position, velocity, earth.naif_id, arc.start, arc.end, arc.points)


def _named(number: int, ephemeris: str) -> Body:
    for name in BODIES:
        if (found := body(name, ephemeris)).naif_id == number or BODIES[name].naif_id == number:
            return found
    raise SimError(f"no body has NAIF id {number}. Use format oem or spk")
