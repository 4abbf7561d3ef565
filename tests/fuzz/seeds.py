"""What the fuzzers begin with, made from the project's own seeds, scenarios and test data; and words they may use."""

from __future__ import annotations

import hashlib
import io
import json
import re
import struct
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import sim
from sim.simulation import claims as claim_files
from sim.trajectories.orbits.formats import text_lines

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "stories" / "data"

ROWS = 10
"""States a seed: enough for a polynomial, short enough to be changed often."""


def _text(name: str) -> list[str]:
    return (DATA / name).read_text().splitlines()


def _cut(name: str, first: str, ending: tuple[str, ...] = ()) -> list[str]:
    """A file of states with only the first rows of its table, which begins with a pattern."""
    lines = _text(name)
    begin = next(i for i, line in enumerate(lines) if re.match(first, line))
    return [*lines[: begin + ROWS], *ending]


def _joined(lines: list[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def tomls() -> list[bytes]:
    """A short scenario, and what else TOML has."""
    rich = b"""title = "x" # \xc3\xa9
a.b."c d" = [1, 0x1F, 0o7, 0b1, 1_000, 1e5, inf, -nan, true]
t = 1979-05-27T07:32:00.999Z
l = 07:32:00
d = 1979-05-27
s = '''
raw'''
m = \"\"\"\\u00e9 \\
   x\"\"\"
[[r.s]]
i = {a = 1, b = {c = []}}
[[r.s]]
"""
    return [rich, (ROOT / "scenarios" / "first-look.toml").read_bytes()]


def scenarios() -> list[bytes]:
    """What ships, as far as it is short; the stories' own; and spacecraft by states."""
    files = sorted([*(ROOT / "scenarios").glob("*.toml"), *DATA.glob("*.toml")])
    return [content for path in files if len(content := path.read_bytes()) < 2500]


def claims() -> list[bytes]:
    """The first claims of the shipped articles, and the events."""
    found = []
    for path in [*claim_files.shipped(), ROOT / "seeds" / "events.toml"]:
        parts = path.read_text(encoding="utf-8").split("[[claims]]")
        found += ["[[claims]]".join(('title = "x"\n', part)).encode() for part in parts[1:8]]
    return [text for text in found if len(text) < 2500]


def oems() -> list[bytes]:
    """Plain text of one and two segments, of joined solutions and in another dialect, and XML, alone and in an NDM."""
    one = _cut("lro.oem", r"2022")
    meta = one[one.index("META_START") :]
    two = [*one, *(line.replace("T00:", "T02:").replace("T01:", "T03:") for line in meta)]
    head = {line.split(" = ")[0]: line.split(" = ")[1] for line in one if " = " in line}
    tag = "<{0}>{1}</{0}>".format
    names = ("X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT")
    rows = [line.split() for line in one[one.index("META_STOP") + 2 :]]
    vectors = [
        tag("stateVector", tag("EPOCH", row[0]) + "".join(map(tag, names, row[1:]))) for row in rows
    ]
    keys = [key for key in head if key not in ("CCSDS_OEM_VERS", "CREATION_DATE", "ORIGINATOR")]
    metadata = tag("metadata", "".join(tag(key, head[key]) for key in keys))
    body = f"<body><segment>{metadata}{tag('data', ''.join(vectors))}</segment></body>"
    header = "<header><CREATION_DATE>2022-01-01T00:00:00</CREATION_DATE><ORIGINATOR>TEST</ORIGINATOR></header>"
    xml = f'<?xml version="1.0"?>\n<oem id="CCSDS_OEM_VERS" version="2.0">{header}{body}</oem>'
    covariance = ["COVARIANCE_START", "EPOCH = 2022-01-01T00:10:00", "COV_REF_FRAME = RTN"]
    covariance += [" ".join(["1e-3"] * n) for n in range(1, 7)] + ["COVARIANCE_STOP"]
    ndm = f"<ndm>{xml.partition('?>')[2]}</ndm>"
    begin = one.index("META_STOP") + 2
    moved = [[line.split() for line in one[begin:]][n] for n in range(len(one) - begin)]
    half = len(moved) // 2
    joined = [*one[:begin], *(f"{at} {float(x) + 40.0 * (n >= half)!r} {' '.join(rest)}"
                              for n, (at, x, *rest) in enumerate(moved))]  # fmt: skip
    *before, last = moved[half - 1]
    burn = " ".join([*before, repr(float(last) + 1e-5)])
    twice = [*one[: begin + half], burn, *one[begin + half :]]
    dialect = ["", *(line.replace(" = ", "=").replace("e+", "D+") for line in one)]
    plain = (one, [*one, *covariance], two, joined, twice, dialect)
    return [*map(_joined, plain), xml.encode(), ndm.encode()]


def tles() -> list[bytes]:
    """The element sets that ship, as they are and with checksums to be put right."""
    found = []
    for path in sorted((ROOT / "seeds" / "spacecraft").glob("*.toml")):
        lines = re.findall(r'"([12] [^"]{67})"', path.read_text(encoding="utf-8"))
        pairs = list(zip(lines[::2], lines[1::2], strict=True))
        found += [f"{mark}{a}\n{b}".encode() for a, b in pairs[:2] for mark in ("", "=")]
    return found


def element_files() -> list[bytes]:
    """The element sets that ship, two lines each, and one of them as a message in JSON, CSV, KVN and XML."""
    lines = [pair.decode() for pair in tles()[::2]]
    said = {
        "CCSDS_OMM_VERS": "2.0", "OBJECT_NAME": "ISS (ZARYA)", "OBJECT_ID": "1998-067A", "CENTER_NAME": "EARTH",
        "REF_FRAME": "TEME", "TIME_SYSTEM": "UTC", "MEAN_ELEMENT_THEORY": "SGP4", "EPOCH": "2025-09-01T04:49:39.998848",
        "MEAN_MOTION": "15.50340466", "ECCENTRICITY": ".0003359", "INCLINATION": "51.6340",
        "RA_OF_ASC_NODE": "290.3139", "ARG_OF_PERICENTER": "300.8027", "MEAN_ANOMALY": "59.2631", "EPHEMERIS_TYPE": "0",
        "NORAD_CAT_ID": "25544", "ELEMENT_SET_NO": "999", "BSTAR": ".20478E-3", "MEAN_MOTION_DOT": ".00011389",
    }  # fmt: skip
    table = {key: value for key, value in said.items() if key != "CCSDS_OMM_VERS"}
    tags = "".join(f"<{key}>{value}</{key}>" for key, value in table.items())
    xml = f'<ndm><omm id="CCSDS_OMM_VERS" version="2.0"><body><segment>{tags}</segment></body></omm></ndm>'
    return [
        "\n".join(lines[:1]).encode(),
        ("ISS (ZARYA)\n" + lines[0]).encode(),
        json.dumps([table]).encode(),
        "\n".join((",".join(table), ",".join(table.values()))).encode(),
        "\n".join(f"{key} = {value}" for key, value in said.items()).encode(),
        xml.encode(),
    ]


def horizons() -> list[bytes]:
    """The plain and the comma-separated form, in TDB and in UT."""
    comma = [*_cut("capstone.txt", r"24\d{5}\.", ("$$EOE",)), ""]
    names = ("X", "Y", "Z", "VX", "VY", "VZ")
    plain = []
    for line in comma:
        if re.match(r"24\d{5}\.", line):
            cells = [cell.strip() for cell in line.split(",")]
            pairs = [f"{name} ={value}" for name, value in zip(names, cells[2:8], strict=True)]
            plain += [f"{cells[0]} = {cells[1]} TDB ", " ".join(pairs[:3]), " ".join(pairs[3:])]
        elif not re.match(r"\s*JD", line):
            plain.append(line)
    api = json.dumps({"signature": {"version": "1.2"}, "result": _joined(comma).decode()}).encode()
    return [_joined(comma), _joined(plain), _joined(comma).replace(b"TDB", b"UT"), api]


def stks() -> list[bytes]:
    """States with and without velocities, and a boundary between segments."""
    fast = [line for line in _cut("lro.e", r"0\.000", ("END Ephemeris",)) if "NumberOfEphemerisPoints" not in line]
    slow = [" ".join(line.split()[:4]) if re.match(r"\d", line) else line for line in fast]
    slow = [line.replace("TimePosVel", "TimePos").replace("Hermite", "Lagrange") for line in slow]
    at = fast.index("EphemerisTimePosVel")
    borders = ["BEGIN SegmentBoundaryTimes", "480.0", "END SegmentBoundaryTimes"]
    return [_joined(fast), _joined(slow), _joined([*fast[:at], *borders, *fast[at:]])]


def csvs() -> list[bytes]:
    """States with and without velocities, in km and in m."""
    fast = _cut("capstone.csv", r"2022")
    slow = [",".join(line.split(",")[:4]) if not line.startswith("#") else line for line in fast]
    named = [line.replace("tdb,", "utc,").replace("T18:", " 18:") for line in slow]
    return [_joined(fast), _joined(slow), _joined(named)]


def horizon_files() -> list[bytes]:
    """What `sim horizon` would write."""
    pairs = "".join(f"  [{azimuth}, {azimuth / 100:.2f}],\n" for azimuth in range(0, 360, 45))
    return [
        'body = "moon"\nlatitude_deg = -45.5\nlongitude_deg = 177.6\nground_m = -5923.1\neye_m = 2\n'
        f'reach_km = 190.2\nmodel = "LDEM_64.IMG"\nmodel_sha256 = "{"0" * 64}"\nhorizon_deg = [\n{pairs}]\n'.encode()
    ]


def _states() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    arc = sim.Csv(file=str(DATA / "capstone.csv"), center="moon").arcs()[0]
    return arc.t[:ROWS], np.column_stack((arc.position[:ROWS], arc.velocity[:ROWS]))  # type: ignore[attr-defined]


def spks() -> list[bytes]:
    """Segments of each type that can be read, as SPICE writes them; those that ship with the tests."""
    import spiceypy as spice

    t, states = _states()
    step, n = float(t[1] - t[0]), len(t)
    table = np.zeros((2, 6, 4))
    table[:, :3, 0], table[:, 3:, 0] = states[0, :3], states[0, 3:]
    elements = np.array([t[0], 1e5, 0.1, 0.5, 1.0, 2.0, 0.3, 0.0, 0.0, 0.0])
    writers = {
        2: lambda *a: spice.spkw02(*a, 3600.0, 2, 3, table[:, :3].ravel(), float(t[0])),
        3: lambda *a: spice.spkw03(*a, 3600.0, 2, 3, table.ravel(), float(t[0])),
        5: lambda *a: spice.spkw05(*a, 4902.8, n, states, t),
        8: lambda *a: spice.spkw08(*a, 3, n, states, float(t[0]), step),
        9: lambda *a: spice.spkw09(*a, 3, n, states, t),
        12: lambda *a: spice.spkw12(*a, 3, n, states, float(t[0]), step),
        13: lambda *a: spice.spkw13(*a, 3, n, states, t),
        15: lambda *a: spice.spkw15(*a, elements[0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0], 1e4, 0.1, 0.0,
                                    [0.0, 0.0, 1.0], 4902.8, 0.0, 1737.4),
    }  # fmt: skip
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for kind, write in writers.items():
            path = Path(folder) / f"type-{kind}.bsp"
            handle = spice.spkopn(str(path), f"type {kind}", 0)
            write(handle, -85, 301, "J2000", float(t[0]), float(t[-1]), f"type {kind}")
            spice.spkcls(handle)
            found.append(path.read_bytes())
    return [*found, (DATA / "kaguya-2008.bsp").read_bytes(), (DATA / "lro-2009.bsp").read_bytes()]


def kernels() -> list[bytes]:
    """Planetary kernels, and binary PCKs, of one short segment; of both byte orders."""
    return [_daf(b"DAF/SPK ", order, (10, 0, 1, 2)) for order in "<>"] + [
        _daf(b"DAF/PCK ", order, (31006, 1, 2)) for order in "<>"
    ]


def _daf(kind: bytes, order: str, integers: tuple[int, ...]) -> bytes:
    """A DAF of one segment of type 2. Source: NAIF, DAF Required Reading."""
    words = np.array([1800.0, 1800.0, *range(3 * 4), 0.0, 3600.0, 2.0 + 3 * 4, 1.0])
    count, summaries = 6 if b"SPK" in kind else 5, (0.0, 3600.0)
    head = kind + struct.pack(order + "2i", 2, count) + b"kernel".ljust(60) + struct.pack(order + "3i", 2, 2, 513)
    head += b"LTL-IEEE" if order == "<" else b"BIG-IEEE"
    ftp = b"FTPSTR:\r:\n:\r\n:\r\x00:\x81:\x10\xce:ENDFTP"
    first = head.ljust(699, b"\0") + ftp
    record = struct.pack(order + "3d", 0, 0, 1) + struct.pack(order + "2d", *summaries)
    record += struct.pack(order + f"{count}i", *integers, 385, 384 + len(words))
    table = words.astype(order + "f8").tobytes()
    return first.ljust(1024, b"\0") + record.ljust(1024, b"\0") + b"segment".ljust(1024) + table.ljust(1024, b"\0")


def spks_of_our_own() -> list[bytes]:
    """Segments of the types that are read without SPICE."""
    own = (0, 1, 3, 4, 5, 6)  # types 2, 3, 8, 9, 12, 13
    made = spks()
    return [made[k] for k in own] + kernels()[:2]


def pcks() -> list[bytes]:
    """Binary PCKs of both byte orders."""
    return kernels()[2:]


def labels() -> list[bytes]:
    """PDS labels of both projections."""
    common = "PDS_VERSION_ID = PDS3\n^IMAGE = \"image.img\"\nLINES = 32\nLINE_SAMPLES = 32\nSAMPLE_BITS = 16\n"
    common += "SAMPLE_TYPE = LSB_INTEGER\nUNIT = METER\nSCALING_FACTOR = 0.5\nOFFSET = 1737400.\n"
    plate = "MAP_PROJECTION_TYPE = \"SIMPLE CYLINDRICAL\"\nMAP_RESOLUTION = 16 <pix/deg>\nCENTER_LATITUDE = 0\n"
    plate += "CENTER_LONGITUDE = 0\nLINE_PROJECTION_OFFSET = 15.5\nSAMPLE_PROJECTION_OFFSET = 15.5\n"
    polar = "MAP_PROJECTION_TYPE = \"POLAR STEREOGRAPHIC\"\nMAP_SCALE = 400000 <m/pix>\nCENTER_LATITUDE = 90\n"
    return [(common + plate).encode(), (common + polar + "MISSING_CONSTANT = -32768\n").encode()]


def archives() -> list[bytes]:
    """NumPy archives of four heights."""
    found = []
    for names in (("height_m", "latitude_deg", "longitude_deg"), ("h_km", "lat", "lon")):
        buffer = io.BytesIO()
        given = dict(zip(names, (np.eye(3), np.array([0.0, 0.5, 1.0]), np.array([0.0, 0.5, 1.0])), strict=True))
        np.savez(buffer, **given)  # type: ignore[arg-type]
        found.append(buffer.getvalue())
    return found


def geotiffs() -> list[bytes]:
    """A GeoTIFF of a few pixels, in degrees."""
    import tifffile

    keys = (1, 1, 0, 2, 1024, 0, 1, 2, 1025, 0, 1, 1)
    tags = [
        (33550, 12, 3, (0.5, 0.5, 0.0), True),
        (33922, 12, 6, (0.0, 0.0, 0.0, 0.0, 1.5, 0.0), True),
        (34735, 3, len(keys), keys, True),
    ]
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, np.eye(3, dtype=np.float32), extratags=tags)
    return [buffer.getvalue()]


def records() -> list[bytes]:
    """The record of a fetched file."""
    url, digest = "https://example.org/kept.bsp", hashlib.sha256(b"kept").hexdigest()
    said = {"url": url, "sha256": digest, "size": 12, "fetched": "2024-01-01T00:00:00Z"}
    return [json.dumps(said).encode()]


def schema_words(schema: Any) -> tuple[str, ...]:
    """Every key and every constant of a JSON Schema."""
    found: set[str] = set()
    heap = [schema]
    while heap:
        node = heap.pop()
        if isinstance(node, dict):
            found |= {str(key) for key in node.get("properties", {})}
            found |= {str(value) for value in [*node.get("enum", ()), *filter(None, [node.get("const")])]}
            heap += node.values()
        elif isinstance(node, list):
            heap += node
    return tuple(sorted(found))


NUMBERS = ("nan", "inf", "-1", "1e999", "1e308", "-0.0", "0", "1e-320", "9223372036854775807", "1_0", "0x", "１")
TIMES = ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2016-12-31T23:59:60Z", "2024-366T00:00:00", "24:00:00")
TOML_WORDS = ("[[", "]]", "'''", '"""', "{", "}", " = ", ".", "\\U0010FFFF", "\r\n", *NUMBERS, *TIMES)
SCENARIO_WORDS = ("include", "seeds:", *TOML_WORDS)
OEM_WORDS = (
    "CCSDS_OEM_VERS = ", "META_START\n", "META_STOP\n", "COVARIANCE_START\n", "COVARIANCE_STOP\n", "COMMENT ", "EPOCH",
    "COV_REF_FRAME", "USEABLE_START_TIME = ", "USEABLE_STOP_TIME = ", "REF_FRAME_EPOCH", "INTERPOLATION_DEGREE = ",
    "LINEAR", "LAGRANGE", "HERMITE", *text_lines.SCALES, *text_lines.ICRF_NAMES, "EARTH", "<stateVector>",
    "</stateVector>",
    "<!DOCTYPE x [<!ENTITY a 'b'>]>", *NUMBERS, *TIMES,
)  # fmt: skip
ELEMENT_WORDS = (
    "CCSDS_OMM_VERS = ", "NORAD_CAT_ID", "EPOCH", "MEAN_MOTION", "ECCENTRICITY", "BSTAR", "EPHEMERIS_TYPE", "[deg]",
    "USER_DEFINED", "COMMENT", "<segment>", "</segment>", "<!DOCTYPE x>", "{", "}", "[", "null", *NUMBERS, *TIMES,
)  # fmt: skip
HORIZONS_WORDS = (
    "$$SOE\n", "$$EOE\n", "A.D. ", "B.C. ", "KM-D", "AU-D", "Center-site name: ", "Center body name: ", "GEOMETRIC",
    "Ecliptic of J2000.0", "Start time", "UT", "TT", " = ", "X =", "VX=", "JDTDB,", "Feb", "Dec", *NUMBERS,
)  # fmt: skip
STK_WORDS = (
    "stk.v.", "BEGIN ", "END ", "Ephemeris", "EphemerisTimePos", "EphemerisTimePosVelAcc", "EphemerisLLATimePos",
    "CovarianceTimePos", "SegmentBoundaryTimes", "InterpolationOrder ", "InterpolationSamplesM1 ", "Lagrange",
    "ScenarioEpoch ", "DistanceUnit Kilometers", "TimeUnit Minutes", "CentralBody Earth", "J2000", *NUMBERS,
)  # fmt: skip
CSV_WORDS = ("utc", "tdb", "x_m", "y_au", "z_km", "vx_m_s", "vy_au_s", "# ", '"', ",", *NUMBERS, *TIMES)
HORIZON_WORDS = ("horizon_deg", "latitude_deg", "model", "body", "[[", "]]", "360", "[0, 0]", *TOML_WORDS)
KERNEL_WORDS = ("DAF/SPK ", "DAF/PCK ", "NAIF/DAF", "LTL-IEEE", "BIG-IEEE", "FTPSTR", "DAFETF NAIF DAF ENCODED")
LABEL_WORDS = (
    "LINES = ", "LINE_SAMPLES", "SAMPLE_BITS", "SAMPLE_TYPE", "PC_REAL", "MSB_UNSIGNED_INTEGER", "^IMAGE", "UNIT",
    "KILOMETER", "MAP_SCALE", "MAP_RESOLUTION", "MISSING_CONSTANT", "OFFSET", *NUMBERS,
)  # fmt: skip
JSON_WORDS = ("null", "true", "[]", "{}", "[[]]", " = ", '""', "\n", "/", "\\ud800", "-1", "1e400", "NaN", *NUMBERS)
RUN_WORDS = (
    "scenario/title", "scenario/sha256", "scenario/files/s.toml", "span/start", "span/end", "versions/", "code_sha256",
    "platform", "data/", "inputs/file", "inputs/given", "inputs/given/end", "inputs/given/sites/kourou/",
    "inputs/given/routes/up", "inputs/given/products/0/", "windows/routes/up", "windows/hops/base->kourou/0",
    "unknown/routes/up", "unknown", "products/contact-plan.csv/", "products/contact-plan.json/content", "ends/base/",
    "certificates/", "kernels/0/", "remarks", "worth", "light_time", '"../s.toml"', '"/etc/passwd"',
    '["2019-01-03T12:00:00.000000Z/2019-01-03T12:30:00.000000Z"]', "2019-01-03T12:59:60.000000Z", *JSON_WORDS, *TIMES,
)  # fmt: skip
PLAN_WORDS = (
    "of,", "start_utc", "end_utc", "up,", "2019-01-03T12:10:00Z", "\ufeff", '"', ",", "\r\n", *NUMBERS, *TIMES,
)  # fmt: skip
SWEEP_WORDS = (
    "complete", "cases", "cases_done", "cases_failed", "plan_sha256", "files/", "files/windows.parquet",
    "files/summary.csv", "files/letter.txt", "files/../s.toml", "failed", "vary", "versions", "seed", *JSON_WORDS,
)  # fmt: skip
TABLE_WORDS = (
    "case/0", "route/0", "start_utc/0", "end_utc/0", "duration_s/0", "cut_by_span/0", "cut_by_data/0", "error/0",
    "unknown_after_s/0", "windows/0", "total_s/0", "share/0", "longest_gap_s/0", "known_s/0", "PAR1", "ARROW:schema",
    "sites.kourou.horizon_deg/0", "farside-sim.plan_sha256", *JSON_WORDS,
)  # fmt: skip
FETCHED_WORDS = (
    "\n--\n", ".fetched.json\n", "kept.bsp", ".partial", "naif0012.tls", "k.bpc\n", '"url"', '"sha256"', '"size"',
    '"fetched"', "DAF/SPK ", "DAF/PCK ", "..", "aux", *JSON_WORDS,
)  # fmt: skip
