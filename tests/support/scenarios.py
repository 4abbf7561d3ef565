"""One builder for the texts of scenarios.

Tests of what a file may say (line numbers, spelling, spoilt text) keep texts of their own: there the text is tested.
"""

import datetime as dt
import json

import sim

START = "2019-01-03T00:00:00Z"
KOUROU = {"latitude_deg": 5.25, "longitude_deg": -52.8, "horizon_deg": 5}
NEW_NORCIA = {"latitude_deg": -31.05, "longitude_deg": 116.19, "horizon_deg": 5}
FAR_SIDE = {"body": "moon", "latitude_deg": -45.5, "longitude_deg": 177.6}


def kepler(center="moon", epoch=START, **elements):
    """An orbit's table; elements without their units: semi_major_axis=9000, eccentricity=0.1, inclination=60."""
    units = {"semi_major_axis": "_km", "eccentricity": ""}
    named = {key + units.get(key, "_deg"): value for key, value in elements.items()}
    return {"kind": "kepler", "center": center, "epoch": epoch, **named}


def scenario_text(
    *, start=START, days=1, title="", include=(), sites=None, orbits=None, routes=None, products=(), **more
):
    """A scenario's TOML.

    sites, routes : tables by name; orbits : a spacecraft's orbit by its name; products : kinds, or tables with a kind
    more : further keys of the file's top
    """
    given = {
        **({"title": title} if title else {}),
        "start": start,
        "days": days,
        **({"include": list(include)} if include else {}),
        **more,
        "sites": sites or {},
        "spacecraft": {name: {"orbit": orbit} for name, orbit in (orbits or {}).items()},
        "routes": routes or {},
        "products": [{"kind": each} if isinstance(each, str) else each for each in products],
    }
    return _table({key: each for key, each in given.items() if each not in ({}, [])}, "")


def lander_and_relay(**changed):
    """The text of a scenario of a lander on the far side, a high relay and two stations; what is given replaces."""
    epoch = changed.pop("epoch", "2026-03-01T00:00:00Z")
    relay = kepler(epoch=epoch, semi_major_axis=9000, eccentricity=0.4, inclination=60)
    return scenario_text(**{
        "title": "A lander and its relay", "start": epoch, "days": 3,
        "sites": {"lander": FAR_SIDE, "kourou": KOUROU, "new_norcia": NEW_NORCIA}, "orbits": {"relay": relay},
        "routes": {"home": ["lander", "relay", ["kourou", "new_norcia"]]}, **changed,
    })  # fmt: skip


def written(folder, text, name="scenario.toml"):
    """The path of a new file with that text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def _table(table, name):
    """Plain keys first, then the tables and lists of tables below them."""
    nested = {key: each for key, each in table.items() if isinstance(each, dict) or _of_tables(each)}
    lines = [f"{key} = {_value(each)}\n" for key, each in table.items() if key not in nested]
    head = f"[{name}]\n" if name and (lines or not nested) else ""
    return head + "".join(lines) + "".join(_below(each, f"{name}.{key}".strip(".")) for key, each in nested.items())


def _below(value, name):
    if isinstance(value, dict):
        return _table(value, name)
    return "".join(f"[[{name}]]\n" + _table(each, name).removeprefix(f"[{name}]\n") for each in value)


def _of_tables(value):
    return isinstance(value, (list, tuple)) and len(value) > 0 and all(isinstance(each, dict) for each in value)


def _value(value):
    """A value of TOML; times are given as text that ends with Z, and written without quotes."""
    if isinstance(value, str) and _instant(value):
        return value
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value)


def _instant(text):
    try:
        dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        return False
    return True


def run_once(folder, text):
    """A folder with a scenario of that text, s.toml, and its result in out."""
    scenario = sim.load(written(folder, text, "s.toml"))
    sim.write(scenario, sim.run(scenario), folder / "out")
    return folder
