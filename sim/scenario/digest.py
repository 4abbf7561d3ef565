"""A scenario's digest: SHA-256 of what it says, the same on every machine."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from sim.scenario.includes import SEEDS

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario


def digest(scenario: Scenario) -> str:
    """SHA-256 of a scenario, the same on every machine: paths of files are reduced to their names."""
    data = scenario.model_dump(mode="json", exclude={"sweep"})
    for holder in (data, *data["sites"].values(), *data["spacecraft"].values()):
        holder["ephemeris"] = Path(holder["ephemeris"]).name
    for craft in data["spacecraft"].values():
        for orbit in (craft["orbit"], *(phase["orbit"] for phase in craft["orbit"].get("phases", ()))):
            if orbit.get("file") is not None:
                file = orbit["file"]
                orbit["file"] = [Path(each).name for each in file] if isinstance(file, list) else Path(file).name
    for site in data["sites"].values():
        site["horizon_file"] = Path(site["horizon_file"]).name
    for product in data["products"]:
        if claims := product.pop("claims", None):  # left out if empty, so that older digests stay valid
            product["claims"] = [file if file.startswith(SEEDS) else Path(file).name for file in claims]
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
