"""Export as a CCSDS Orbit Ephemeris Message."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from sim.products.export_motion import ExportFormat, Motion
from sim.trajectories.orbits.formats import oem


class OemFile(ExportFormat):
    """CCSDS Orbit Ephemeris Message 2.0 in KVN. States from a file keep their numbers and time scale."""

    kind: Literal["oem"] = "oem"

    def write(self, file: Path, motion: Motion) -> None:
        """Write one segment for each arc."""
        file.write_text(oem.text(motion.states(), motion.name, motion.comments), encoding="utf-8")
