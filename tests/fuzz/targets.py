"""The readers of what users hand us, one target each: bytes in; nothing comes out, or a `SimError`.

A target goes on with what was read to where a run would use it: states become polynomials, a horizon a site's.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

import sim
from sim.core import toml_file
from sim.core.chebyshev import Pieces
from sim.core.errors import SimError
from sim.core.time import Span
from sim.data import store
from sim.scenario import scenario
from sim.simulation import claims, inventory
from sim.trajectories import elevation_model, horizon_profile
from sim.trajectories.bodies import ephemeris
from sim.trajectories.orbits.formats.file_orbit import FromFile, blocks
from sim.trajectories.orbits.formats.spk import POLYNOMIALS, STATES, segments
from tests.fuzz import records, seeds

LOOK_S = 3600.0
"""So long a span is followed: what is wrong with states shows in the first polynomials."""

_number = itertools.count()


@dataclass(frozen=True)
class Target:
    """One reader: what it does with a file, how such files end, examples of them, their words and their schema."""

    read: Callable[[Path], object]
    suffix: str
    seeds: Callable[[], list[bytes]]
    words: tuple[str, ...] = ()
    most_bytes: int = 4096
    schema: Callable[[], object] | None = None

    def dictionary(self) -> tuple[str, ...]:
        """The words of such files, with those of their schema: made when a fuzzer asks, as a schema takes a second."""
        return (*(seeds.schema_words(self.schema()) if self.schema else ()), *self.words)

    def __call__(self, content: bytes, folder: Path) -> bool:
        """Whether such a file can be read. Raises whatever is no `SimError`."""
        path = folder / f"input-{next(_number)}{self.suffix}"  # a new name: readers keep what they have read by it
        path.write_bytes(content)
        try:
            self.read(path)
        except SimError as error:
            assert str(error).strip(), "an error that says nothing"
            return False
        finally:
            path.unlink(missing_ok=True)
        return True


def _followed(orbit: FromFile) -> Pieces | None:
    """The orbit of a file over the first hour that it covers."""
    arcs = orbit.arcs()
    whole = blocks(arcs)
    if not whole:
        return None
    start, end = whole[0][0][0], whole[0][-1][1]
    span = Span(start, min(end, start + LOOK_S))
    list(orbit.misfits(span))
    orbit.data_span(Span(start - LOOK_S, start + LOOK_S))
    list(orbit.remarks(span))
    orbit.notes(span, "de421")
    return orbit.pieces(span, "de421")[0]


def _toml(path: Path) -> None:
    document = toml_file.read(path)
    for keys, _ in itertools.islice(toml_file.walk(document.data), 50):
        document.locate(keys)


def _scenario(path: Path) -> None:
    scenario = sim.load(path)
    scenario.used_ends()
    repr(scenario.span)


def _lines(path: Path) -> None:
    """Two lines, or three with a name before them; where they ask for it, their checksums are put right first."""
    text = path.read_bytes().decode("latin-1")
    put_right = text.startswith("=")
    line1, line2 = ([*text.removeprefix("=").split("\n"), "", ""])[:2]
    if put_right:
        line1, line2 = (_checked(line) for line in (line1, line2))
    try:
        orbit = sim.Tle(line1=line1, line2=line2)
    except ValidationError:  # `sim.load` tells it as a `ScenarioError`
        return
    epoch = orbit.records[0].epoch
    span = Span(epoch, epoch + LOOK_S)
    orbit.data_span(span)
    orbit.pieces(span, "de421")


def _elements(path: Path) -> None:
    """A file of element sets: lines, or messages (OMM) in any of their forms."""
    orbit = sim.Tle(file=str(path))
    epoch = orbit.records[0].epoch
    span = Span(epoch, epoch + LOOK_S)
    orbit.data_span(span)
    orbit.pieces(span, "de421")


def _checked(line: str) -> str:
    total = sum(int(letter) if letter in "0123456789" else letter == "-" for letter in line[:68]) % 10
    return f"{line[:68]:<68}{total}"


def _spk(path: Path) -> None:
    found = segments(path)
    centers = {segment.target: segment.center for segment in found}
    for target, center in sorted(centers.items())[:3]:
        name = {301: "moon", 399: "earth"}.get(center, "sun")
        _followed(sim.Spk(file=str(path), target=int(target), center=name))


def _spk_own(path: Path) -> None:
    """Those types that are read without SPICE, which takes a process for every file."""
    if all(segment.data_type in (*POLYNOMIALS, *STATES) for segment in segments(path)):
        _spk(path)


def _pck(path: Path) -> None:
    """The Moon's orientation from a binary PCK, and what the inventory says of it."""
    inventory.span(path)
    ephemeris.angles_of(path)


def _kernel(path: Path) -> None:
    """A planetary ephemeris of the user's own, and what the inventory says of any kernel."""
    inventory.span(path)
    if b"PCK" in path.read_bytes()[:8]:
        ephemeris.angles_of(path)
        return
    kernel = ephemeris.load(str(path))
    start, end = kernel.coverage
    for body in kernel.bodies[:3]:
        kernel.segment(body)
        kernel.state(body, 0.5 * (start + end))


def _horizon(path: Path) -> None:
    horizon_profile.load(path)
    try:
        sim.Site(name="site", body="moon", latitude_deg=-45.5, longitude_deg=177.6, horizon_file=str(path))
    except ValidationError:  # `sim.load` tells it as a `ScenarioError`
        return


def _label(path: Path) -> None:
    """A PDS label whose image lies beside it."""
    image = path.with_name("image.img")
    if not image.exists():
        image.write_bytes(bytes(range(32)) * 64)  # heights of up to 4 km
    _model(path)


def _model(path: Path) -> None:
    model = elevation_model.read(path)
    site = sim.Site(name="site", body="moon", latitude_deg=0.5, longitude_deg=0.5)
    horizon_profile.horizon(site, model, azimuths=4)


def _record(path: Path) -> None:
    """What lies in the folder of fetched data, where another program may have written."""
    home = store.folder()
    for left in home.glob("kept*"):
        left.unlink()
    (home / ("kept.bsp" + store.RECORD)).write_bytes(path.read_bytes())
    list(store.records())
    list(inventory.fetched())
    (home / "kept.bsp").write_bytes(b"kept")
    list(inventory.fetched())
    store.find("data:kept.bsp")


TARGETS: dict[str, Target] = {
    "toml": Target(_toml, ".toml", seeds.tomls, seeds.TOML_WORDS),
    "scenario": Target(_scenario, ".toml", seeds.scenarios, seeds.SCENARIO_WORDS, schema=scenario.schema),
    "claims": Target(lambda path: claims.load(path), ".toml", seeds.claims, seeds.TOML_WORDS, schema=claims.schema),
    "oem": Target(lambda p: _followed(sim.Oem(file=str(p), center="moon")), ".oem", seeds.oems, seeds.OEM_WORDS),
    "tle": Target(_lines, ".txt", seeds.tles, (), 256),
    "horizons": Target(
        lambda p: _followed(sim.Horizons(file=str(p), center="moon")), ".txt", seeds.horizons, seeds.HORIZONS_WORDS
    ),
    "stk": Target(lambda p: _followed(sim.Stk(file=str(p), center="moon")), ".e", seeds.stks, seeds.STK_WORDS),
    "csv": Target(lambda p: _followed(sim.Csv(file=str(p), center="moon")), ".csv", seeds.csvs, seeds.CSV_WORDS),
    "horizon_file": Target(_horizon, ".toml", seeds.horizon_files, seeds.HORIZON_WORDS),
    "spk": Target(_spk, ".bsp", seeds.spks, seeds.KERNEL_WORDS, 8192),
    "spk_own": Target(_spk_own, ".bsp", seeds.spks_of_our_own, seeds.KERNEL_WORDS, 8192),
    "pck": Target(_pck, ".bpc", seeds.pcks, seeds.KERNEL_WORDS, 8192),
    "kernel": Target(_kernel, ".bpc", seeds.kernels, seeds.KERNEL_WORDS, 8192),
    "label": Target(_label, ".lbl", seeds.labels, seeds.LABEL_WORDS),
    "archive": Target(_model, ".npz", seeds.archives, (), 4096),
    "geotiff": Target(_model, ".tif", seeds.geotiffs, (), 4096),
    "record": Target(_record, ".json", seeds.records, ('"url"', '"sha256"', '"size"', '"fetched"')),
    "data_folder": Target(records.data_folder, "", records.data_folders, seeds.FETCHED_WORDS),
    "result": Target(records.result, ".json", records.results, seeds.RUN_WORDS, 8192),
    "contact_plan": Target(records.contact_plan, ".csv", records.contact_plans, seeds.PLAN_WORDS),
    "sweep_record": Target(records.sweep_record, ".json", records.sweep_records, seeds.SWEEP_WORDS),
    "sweep_part": Target(records.sweep_part, "", records.sweep_parts, seeds.TABLE_WORDS, 8192),
    "sweep_table": Target(records.sweep_table, "", records.sweep_tables, seeds.TABLE_WORDS, 8192),
}
"""Every reader of untrusted input."""
if "file" in sim.Tle.model_fields:
    TARGETS["elements"] = Target(_elements, ".txt", seeds.element_files, seeds.ELEMENT_WORDS)
