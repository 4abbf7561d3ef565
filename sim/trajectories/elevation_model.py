"""Elevation models that users supply: PDS images with labels, GeoTIFF, NumPy archives. None ships with the package."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import DataError

Array = NDArray[np.float64]

MAX_PIXELS = 1 << 30
"""Larger models are refused before they are read."""
MAX_BYTES = 1 << 32
"""Largest unpacked size of an archive: a small file can unpack to a very large one."""
LOWEST_M, HIGHEST_M = -12_000.0, 100_000.0
"""No ground of the Earth or the Moon is lower, and nothing on it higher."""
_NAMES = ("height_m", "h_km", "latitude_deg", "lat", "longitude_deg", "lon")

MOON_RADIUS_M = 1_737_400.0
"""Heights of lunar models are above this sphere. Source: PDS catalog DSMAP_POLAR.CAT, LRO-L-LOLA-4-GDR-V1.0."""


@dataclass(frozen=True, eq=False)
class ElevationModel:
    """Heights of a body's surface at pixel centers (m), above the sphere of 1737.4 km on the Moon, WGS 84 on the Earth.

    height_m   (rows, columns), NaN where there are no data
    projection : rows and columns of latitude and longitude, or a polar stereographic square about a pole
    origin     : (row, column) of (latitude, longitude) = `center`, or of the pole
    step       : degrees per row and column (both positive: south and east), or meters per pixel at the pole
    pixel_m    : approximate size of the pixels
    """

    height_m: NDArray[np.floating[Any]]
    projection: Literal["plate", "north", "south"]
    origin: tuple[float, float]
    center: tuple[float, float]
    step: tuple[float, float]
    pixel_m: float
    source: str
    sha256: str

    def __post_init__(self) -> None:
        height = self.height_m
        if isinstance(height, np.ma.MaskedArray):  # masked values are missing data
            object.__setattr__(self, "height_m", np.ma.filled(height.astype(float), np.nan))

    def __call__(self, latitude_deg: Array, longitude_deg: Array) -> Array:
        """Heights (m) at positions (…), linear between pixels; NaN outside the model."""
        row, column, around = self._pixel(latitude_deg, longitude_deg)
        rows, columns = self.height_m.shape
        inside = (row > -1.0) & (row < rows) & ((column > -1.0) & (column < columns) | around)
        row = np.clip(np.where(inside, row, 0.0), 0.0, rows - 1.0)
        if not around:
            column = np.clip(np.where(inside, column, 0.0), 0.0, columns - 1.0)
        i, j = np.floor(row).astype(int), np.floor(column).astype(int)
        down, right = row - i, column - j
        below, beside = np.minimum(i + 1, rows - 1), j + 1
        j, beside = (j % columns, beside % columns) if around else (j, np.minimum(beside, columns - 1))
        h = self.height_m
        upper = (1.0 - right) * h[i, j] + right * h[i, beside]
        lower = (1.0 - right) * h[below, j] + right * h[below, beside]
        return np.where(inside, (1.0 - down) * upper + down * lower, np.nan)

    @property
    def highest_m(self) -> float:
        """The greatest height."""
        return float(np.nanmax(self.height_m))

    def _pixel(self, latitude_deg: Array, longitude_deg: Array) -> tuple[Array, Array, bool]:
        """Rows and columns from 0, and whether the columns cover all longitudes."""
        if self.projection == "plate":
            around = abs(self.height_m.shape[1] * self.step[1] - 360.0) < 0.51 * self.step[1]
            turn = (np.asarray(longitude_deg) - self.center[1] + 180.0) % 360.0 - 180.0
            column = self.origin[1] + turn / self.step[1]
            if not around:  # longitudes that differ by 360° are the same
                column = np.where(column < -1.0, column + 360.0 / self.step[1], column)
                column = np.where(column > self.height_m.shape[1], column - 360.0 / self.step[1], column)
            return self.origin[0] - (np.asarray(latitude_deg) - self.center[0]) / self.step[0], column, around
        sign = 1.0 if self.projection == "north" else -1.0
        away = 2.0 * MOON_RADIUS_M * np.tan(np.deg2rad(90.0 - sign * np.asarray(latitude_deg)) / 2.0) / self.step[0]
        east = np.deg2rad(longitude_deg)
        return self.origin[0] + sign * away * np.cos(east), self.origin[1] + away * np.sin(east), False


def read(path: str | Path) -> ElevationModel:
    """The model of a file: .lbl (with its image beside it), .tif or .tiff, .npz.

    An archive holds `height_m` (or `h_km`) over `latitude_deg` (or `lat`) and `longitude_deg` (or `lon`), pixel
    centers at equal steps. A GeoTIFF must be in longitude and latitude. Raises `DataError`.
    """
    path = Path(path)
    readers = {".lbl": _pds, ".npz": _archive, ".tif": _geotiff, ".tiff": _geotiff}
    if path.suffix.lower() not in readers:
        raise DataError(f"{path}: expected an elevation model as .lbl, .tif or .npz, got {path.suffix or 'no ending'}")
    if not path.is_file():
        raise DataError(f"there is no file {path}")
    model = readers[path.suffix.lower()](path)
    if not (np.all(np.isfinite([*model.origin, *model.center, *model.step])) and min(model.step) > 0.0):
        raise DataError(f"{path}: expected pixels with a size and a position, got steps of {model.step}")
    lowest, highest = np.fmin.reduce(model.height_m, axis=None), np.fmax.reduce(model.height_m, axis=None)
    if np.isnan(lowest):
        raise DataError(f"{path}: contains only missing heights")
    if lowest < LOWEST_M or highest > HIGHEST_M:
        raise DataError(
            f"{path}: expected heights from {LOWEST_M:g} to {HIGHEST_M:g} m, found {lowest:g} to {highest:g}. Are they "
            "in another unit, or do some stand for missing data? Mark these as not a number (NaN)"
        )
    return model


def _archive(path: Path) -> ElevationModel:
    try:
        with np.load(path, allow_pickle=False) as archive:
            if (size := sum(each.file_size for each in archive.zip.infolist())) > MAX_BYTES:
                raise DataError(f"{path}: expected at most {MAX_BYTES >> 20} MiB unpacked, got {size >> 20} MiB")
            names = {name: archive[name] for name in archive.files if name in _NAMES}
            found = ", ".join(archive.files[:20])
    except MemoryError:
        raise
    except Exception as error:  # readers raise many types of errors for damaged files
        raise DataError(f"{path}: not a readable NumPy archive ({error})") from error
    for name, array in names.items():
        if array.dtype.kind not in "fiu":
            raise DataError(f"{path}: expected numbers as {name}, found {array.dtype}")
    latitude, longitude = (names.get(a, names.get(b)) for a, b in (("latitude_deg", "lat"), ("longitude_deg", "lon")))
    height = names["height_m"] if "height_m" in names else names["h_km"] * 1000.0 if "h_km" in names else None
    if latitude is None or longitude is None or height is None:
        raise DataError(f"{path}: expected height_m, latitude_deg and longitude_deg, found {found}")
    rows, columns = latitude.size, longitude.size
    if latitude.ndim != 1 or longitude.ndim != 1 or height.shape != (rows, columns) or min(height.shape) < 2:
        raise DataError(f"{path}: expected heights of {rows} rows and {columns} columns, found {height.shape}")
    if latitude[0] < latitude[-1]:
        latitude, height = latitude[::-1], height[::-1]
    steps = []
    for axis, name in ((-latitude, "latitudes"), (longitude, "longitudes")):
        step = float(axis[-1] - axis[0]) / (len(axis) - 1)
        if step <= 0 or np.max(np.abs(np.diff(axis) - step)) > 0.05 * step:
            raise DataError(f"{path}: expected {name} at equal steps")
        steps.append(step)
    return _plate(height, (float(latitude[0]), float(longitude[0])), (steps[0], steps[1]), path, sha256(path))


def _pds(path: Path) -> ElevationModel:
    """A PDS image. Source: PDS catalogs DSMAP.CAT and DSMAP_POLAR.CAT of the data set LRO-L-LOLA-4-GDR-V1.0."""
    label = _label(path)
    lines, samples = int(_number(label, "LINES", path)), int(_number(label, "LINE_SAMPLES", path))
    bits, kind = int(_number(label, "SAMPLE_BITS", path)), label.get("SAMPLE_TYPE", "")
    order = ">" if "MSB" in kind or kind in ("INTEGER", "IEEE_REAL") else "<"
    letter = "f" if "REAL" in kind else "u" if "UNSIGNED" in kind else "i"
    if (letter, bits) not in (("i", 16), ("i", 32), ("u", 16), ("f", 32), ("f", 64)):
        raise DataError(f"{path}: expected integers or reals of 16 to 64 bits, found {kind} of {bits} bits")
    pointer = re.match(r'\(?"?([^",)]+)', label.get("^IMAGE", path.with_suffix(".img").name))
    name = pointer.group(1) if pointer else ""
    image = next((p for p in path.parent.iterdir() if p.name.lower() == Path(name).name.lower()), None)
    if image is None:
        raise DataError(f"{path}: its image {name} is not in the same folder")
    if not 0 < lines * samples <= MAX_PIXELS or image.stat().st_size < lines * samples * bits // 8:
        raise DataError(f"{image}: expected {lines} lines of {samples} samples: the file is too short or too long")
    counts = np.memmap(image, f"{order}{letter}{bits // 8}", "r", shape=(lines, samples))
    factor, offset = _number(label, "SCALING_FACTOR", path, 1.0), _number(label, "OFFSET", path, 0.0)
    unit = 1000.0 if label.get("UNIT", "METER").upper().startswith("KILO") else 1.0
    height = (counts * np.float32(factor)).astype(np.float32) * np.float32(unit)
    height += np.float32(offset * unit - (MOON_RADIUS_M if offset * unit > 1e6 else 0.0))
    if "MISSING_CONSTANT" in label:
        height[counts == _number(label, "MISSING_CONSTANT", path)] = np.nan
    digest, projection = sha256(image), label.get("MAP_PROJECTION_TYPE", "").replace("_", " ")
    if projection == "POLAR STEREOGRAPHIC":
        scale = _above_zero(label, "MAP_SCALE", path)
        scale *= 1000.0 if "KM" in label["MAP_SCALE"].upper() or "KILOMETER" in label["MAP_SCALE"].upper() else 1.0
        side: Literal["north", "south"] = "north" if _number(label, "CENTER_LATITUDE", path) > 0 else "south"
        middle = (0.5 * lines - 0.5, 0.5 * samples - 0.5)
        return ElevationModel(height, side, middle, (0.0, 0.0), (scale, scale), scale, image.name, digest)
    if projection != "SIMPLE CYLINDRICAL":
        raise DataError(f"{path}: expected SIMPLE CYLINDRICAL or POLAR STEREOGRAPHIC, found {projection or 'none'}")
    step = 1.0 / _above_zero(label, "MAP_RESOLUTION", path)
    origin = _number(label, "LINE_PROJECTION_OFFSET", path), _number(label, "SAMPLE_PROJECTION_OFFSET", path)
    center = _number(label, "CENTER_LATITUDE", path), _number(label, "CENTER_LONGITUDE", path)
    pixel = np.deg2rad(step) * MOON_RADIUS_M
    return ElevationModel(height, "plate", origin, center, (step, step), pixel, image.name, digest)


def _geotiff(path: Path) -> ElevationModel:
    """A GeoTIFF in longitude and latitude. Source: OGC 19-008r4, GeoTIFF 1.1, §7."""
    try:
        import tifffile
    except ImportError as error:
        raise DataError(f"{path}: GeoTIFF needs tifffile: pip install 'farside-sim[geotiff]'") from error
    try:
        with tifffile.TiffFile(path) as file:
            page: Any = file.pages[0]
            tags = {tag.code: tag.value for tag in page.tags.values()}
            if not 0 < page.size <= MAX_PIXELS or np.prod(page.chunked) > max(1, len(page.dataoffsets)):
                raise ValueError(f"it has no data for {page.size} pixels")
            height = page.asarray()
            keys = np.reshape(tags.get(34735, ()), (-1, 4))
            step, tie = (np.reshape(tags.get(tag, ()), -1).astype(float) for tag in (33550, 33922))
    except MemoryError:
        raise
    except Exception as error:  # readers raise many types of errors for damaged files
        raise DataError(f"{path}: not a readable TIFF ({error})") from error
    known = {int(key): int(value) for key, place, _, value in keys if place == 0}
    if known.get(1024) != 2 or len(step) < 2 or len(tie) < 5 or height.ndim != 2:
        raise DataError(f"{path}: expected one band in longitude and latitude. Convert it: gdalwarp -t_srs to degrees")
    if height.dtype.kind not in "fiu":
        raise DataError(f"{path}: expected heights as numbers, found {height.dtype}")
    half = 0.5 if known.get(1025, 1) == 1 else 0.0  # pixels are areas: the tie point is a corner
    height = height.astype(np.float32)
    if 42113 in tags:
        missing = str(tags[42113]).strip("\x00 ")
        if not re.fullmatch(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|nan", missing, re.ASCII):
            raise DataError(f"{path}: expected a number as no-data value, got {missing[:40]}")
        height[height == np.float32(missing)] = np.nan
    first = (float(tie[4] - (half - tie[1]) * step[1]), float(tie[3] + (half - tie[0]) * step[0]))
    return _plate(height, first, (float(step[1]), float(step[0])), path, sha256(path))


def _plate(
    height: Any, first: tuple[float, float], step: tuple[float, float], path: Path, digest: str
) -> ElevationModel:
    pixel = np.deg2rad(step[0]) * MOON_RADIUS_M  # approximate; too small for the Earth, which gives shorter steps
    return ElevationModel(height, "plate", (0.0, 0.0), first, step, float(pixel), path.name, digest)


def _label(path: Path) -> dict[str, str]:
    """The keys of a label and their values as text; the first value of each key counts."""
    found: dict[str, str] = {}
    text = path.read_bytes()[: 1 << 20].decode("latin-1")
    for key, value in re.findall(r"^\s*(\^?[A-Z][A-Z0-9_:]*)\s*=\s*(.*?)\s*$", text, re.MULTILINE):
        found.setdefault(key, value.strip().strip('"'))
    return found


def _number(label: dict[str, str], key: str, path: Path, default: float | None = None) -> float:
    value = re.match(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", label.get(key, ""), re.ASCII)
    if value is None and default is None:
        raise DataError(f"{path}: the label has no number {key}")
    number = float(value.group()) if value is not None else float(default or 0.0)
    if not np.isfinite(number):
        raise DataError(f"{path}: expected a number as {key}, got {label[key][:40]}")
    return number


def _above_zero(label: dict[str, str], key: str, path: Path) -> float:
    if (number := _number(label, key, path)) <= 0.0:
        raise DataError(f"{path}: expected a number above 0 as {key}, got {number:g}")
    return number


def sha256(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
