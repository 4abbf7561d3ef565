"""Whatever moves comes back: every kind of orbit, written in every format and read again over the same span."""

from pathlib import Path

import numpy as np
import pytest

import sim
from sim.core.errors import SimError
from sim.data.resources import scenarios_folder
from sim.trajectories.multi_phase import Phased
from sim.trajectories.orbits.landed import Landed
from sim.trajectories.orbits.phases import Phases

DATA = Path(__file__).with_name("data")
FORMATS = ("oem", "spk", "stk")
BACK_KM, OF_DISTANCE = 1e-6, 1.5e-14
"""What `sim export` promises: 1 mm, or the last digits of numbers far away (7 mm at 3 au: it is written, read and
carried with such)."""
ROWS_A_DAY = 6000
"""A low orbit needs a state in 30 to 60 s; nothing needs one in 10."""
CASES = {
    "kepler about the earth": ("coverage.toml", "camera", 0.5),
    "kepler about mars": ("far-away.toml", "orbiter", 2.0),
    "numerical about uranus": ("far-away.toml", "voyager", 2.0),
    "kepler about the sun": ("far-away.toml", "kamooalewa", 2.0),
    "numerical with burns": ("maneuvers.toml", "orbiter", 0.5),
    "nrho": ("designed.toml", "gateway", 2.0),
    "dro": ("designed.toml", "depot", 8.0),
    "tle": ("sweep-unsure.toml", "iss", 0.1),
    "oem": ("lro-2022.toml", "message", 0.03),
    "stk": ("lro-2022.toml", "stk", 0.03),
    "horizons": ("capstone.toml", "printed", 0.2),
    "csv": ("capstone.toml", "plain", 0.2),
    "spk": ("spk.toml", "lro", 0.2),
    "two phases about two centers": ("tianwen-1.toml", "tianwen", 4.0),
}


def there(name: str) -> Path:
    return DATA / name if (DATA / name).exists() else scenarios_folder() / name


def read(path: Path, format: str, moved) -> sim.Spacecraft:
    parts = [part.trajectory for part in moved.parts] if isinstance(moved, Phased) else [moved]
    centers = {part.center for part in parts}
    center = next(iter(centers)) if len(centers) == 1 else "sun" if "sun" in centers else "earth"
    about = {"file": str(path), "center": center}
    kinds = {"oem": sim.Oem, "stk": sim.Stk}
    orbit = kinds[format](**about) if format in kinds else sim.Spk(target=-100001, **about)
    return sim.Spacecraft(name=moved.name, orbit=orbit)


def asked(moved, span) -> np.ndarray:
    """Times at which it is known, away from where it steps."""
    t = np.linspace(span.start, span.end, 2503)
    if isinstance(moved, Phased):
        t = t[np.any([(part.start + 1 < t) & (t < part.end - 1) for part in moved.parts], axis=0)]
        joins = [x for part in moved.parts for x in getattr(part.trajectory, "joins", ())]
    else:
        joins = moved.joins
    return t if not len(joins) else t[np.min(np.abs(t[:, None] - np.asarray(joins)), axis=1) > 1e-3]


def comes_back(scenario, name: str, format: str, folder: Path, light: bool = True) -> None:
    moved, span = scenario[name], scenario.span
    target = {"target": -100001} if format == "spk" else {}
    path = sim.export(scenario, name, format, folder / f"{name}.{format}", **target)
    craft = read(path, format, moved)
    t = asked(moved, span)
    if not isinstance(moved, Phased):
        assert not light or craft.orbit.data_span(span) is None, "a span that cannot be read again from its start on"
    back = craft.over(span)
    apart = np.linalg.norm(moved.position(t) - back.position(t), axis=-1)
    far = np.linalg.norm(back.position(t), axis=-1)
    assert np.all(apart < np.maximum(BACK_KM, OF_DISTANCE * far)), f"{apart.max() * 1e6:.3g} mm"
    arcs = craft.orbit.arcs()
    days = sum(arc.end - arc.start for arc in arcs) / 86400.0
    assert sum(len(arc.t) for arc in arcs) < 200 * len(arcs) + ROWS_A_DAY * days


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("kind", CASES)
def test_every_kind_of_orbit_comes_back_over_the_same_span(tmp_path, kind, format, monkeypatch):
    if format == "spk":
        pytest.importorskip("spiceypy")
    file, name, days = CASES[kind]
    monkeypatch.chdir(tmp_path)
    scenario = sim.load(there(file))
    end = min(float(scenario.span.end), float(scenario.span.start) + days * 86400.0)
    short = scenario.unchecked(end=end, days=None)  # burns and products may come later
    if format == "stk" and kind == "two phases about two centers":
        with pytest.raises(SimError, match="moves about earth and sun: an STK ephemeris has one center"):
            sim.export(short, name, format, tmp_path / "x.e")
        return
    from_file = kind in ("oem", "stk", "horizons", "csv", "spk")  # what is not in a file cannot be handed on
    comes_back(short, name, format, tmp_path, light=not from_file)


def test_the_windows_of_what_comes_back_are_the_same_from_the_first_second_on(tmp_path):
    scenario = sim.load(DATA / "maneuvers.toml")
    craft = read(sim.export(scenario, "orbiter", "oem", tmp_path / "o.oem"), "oem", scenario["orbiter"])
    again = scenario.model_copy(update={"spacecraft": {"orbiter": craft}})
    before, after = sim.run(scenario), sim.run(again)
    assert list(before.routes) == list(after.routes)
    for name, windows in before.routes.items():
        assert np.allclose(windows.bounds, after.routes[name].bounds, rtol=0.0, atol=1e-4)


def test_a_fault_while_spice_writes_is_not_hidden_by_the_cleanup(tmp_path, monkeypatch):
    spice = pytest.importorskip("spiceypy")

    def broken(*given):
        raise TypeError("strided arrays not supported")

    monkeypatch.setattr(spice, "spkw13", broken)
    scenario = sim.load(DATA / "lro-2022.toml")
    with pytest.raises(TypeError, match="strided"):
        sim.export(scenario, "stk", "spk", tmp_path / "x.bsp")
    assert not list(tmp_path.iterdir())


def shipped():
    paths = sorted(scenarios_folder().glob("*.toml"))
    return [pytest.param(path, name, id=f"{path.stem}-{name}") for path in paths for name in sim.load(path).spacecraft]


def in_orbit(scenario, name):
    """The scenario's first ten days, or ten days of the first phase in which the spacecraft does not stand."""
    orbit, (start, end) = scenario.spacecraft[name].orbit, (float(scenario.span.start), float(scenario.span.end))
    if isinstance(orbit, Phases):
        flown = [p for p in orbit.phases if not isinstance(p.orbit, Landed) and p.start < end and p.end > start]
        if not flown:
            raise SimError("it stands all the time")
        start, end = max(start, float(flown[0].start)), min(end, float(flown[0].end))
    return scenario.unchecked(start=start, end=min(end, start + 10 * 86400.0), days=None)


@pytest.mark.long
@pytest.mark.parametrize("format", ("oem", "spk"))
@pytest.mark.parametrize(("path", "name"), shipped())
def test_every_shipped_spacecraft_comes_back(tmp_path, path, name, format):
    if format == "spk":
        pytest.importorskip("spiceypy")
    try:
        scenario = in_orbit(sim.load(path), name)
        scenario[name]
    except SimError as error:
        pytest.skip(f"it cannot be moved here: {error}")
    comes_back(scenario, name, format, tmp_path)
