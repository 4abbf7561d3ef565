"""Make coastline.npz from Natural Earth's land at 1:110 million, as npm `world-atlas` 2 carries it (TopoJSON).

    npm pack world-atlas@2 && tar xzf world-atlas-2*.tgz && python make_coastline.py package/land-110m.json

`points` (n, 2): longitude and latitude in hundredths of a degree, longitude beyond ±180° where a
ring crosses the date line; `starts`: where each ring begins.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

TABLES = Path(__file__).resolve().parents[2] / "sim" / "data"

SMALLEST_DEG = 2.0
"""Rings of less extent are left out: on a map of the whole Earth they are dots."""


def main() -> None:
    """Write coastline.npz beside this script."""
    topology = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    scale, shift = np.array(topology["transform"]["scale"]), np.array(topology["transform"]["translate"])
    arcs = [np.cumsum(arc, axis=0) * scale + shift for arc in topology["arcs"]]
    rings = []
    for geometry in topology["objects"]["land"]["geometries"]:
        for polygon in geometry["arcs"]:
            for ring in polygon:
                pieces = [arcs[i] if i >= 0 else arcs[~i][::-1] for i in ring]
                line = np.concatenate([pieces[0], *(piece[1:] for piece in pieces[1:])])
                line[:, 0] = np.unwrap(line[:, 0], period=360.0)  # over the date line and on, not back around the world
                if abs(turn := line[-1, 0] - line[0, 0]) > 180.0:  # around a pole
                    pole = np.copysign(90.0, line[0, 1])
                    line = np.concatenate([line, [[line[0, 0] + turn, pole], [line[0, 0], pole]]])
                if np.ptp(line, axis=0).max() >= SMALLEST_DEG:
                    rings.append(np.round(100 * line).astype(np.int32))
    starts = np.cumsum([0, *(len(ring) for ring in rings)])[:-1].astype(np.int32)
    np.savez_compressed(TABLES.joinpath("coastline.npz"), points=np.concatenate(rings), starts=starts)


if __name__ == "__main__":
    main()
