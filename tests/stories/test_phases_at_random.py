"""Random scenarios with phases, gaps and files × routes of one to four hops × every product.

None that is found good when it is made is refused later, and windows are those of brute force. Nothing of how phases,
gaps, light times over steps and routes are put together is shared with `sim`: of it only plain hops between ends
without phases are asked, instant by instant, and the light time between them.
"""

from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest

import sim
import sim.simulation.run
from sim.trajectories.light_time import ray
from sim.trajectories.multi_phase import Phased

HOUR = 3600.0
GRID_S = 150.0
NEAR_S = 1e-3
"""Edges are found to a microsecond; brute force looks so far on either side of each."""
STATIONS = ("kourou", "new_norcia", "cebreros", "malargue", "kiruna")
LINES = (
    "1 25544U 98067A   19010.62213920  .00001142  00000-0  20000-2 0  9994",
    "2 25544  51.6429  64.9803 0002398 268.4558 194.7522 16.30000000150775",
)
"""The ISS' planes at a height of 190 km with eighty times its drag: made up to fall within two days."""
SOME = (5, 19, 42, 71, 76, 80, 92, 101, 124, 224)
"""Seeds of scenarios that showed faults, or have what few have: steps, light of two phases, sets that decay, gaps, a
spacecraft about the Sun, a file that begins just before the span."""
EPOCHS = ("2026-03-01T00:00:00Z", "2026-06-10T17:00:00Z", "2027-01-20T08:30:00Z")
FALLS = "2019-01-12T00:00:00Z"


def signed(line):
    total = sum(int(c) if c.isdigit() else c == "-" for c in line[:68])
    return f"{line[:68]}{total % 10}"


class Maker:
    """One random scenario after another, each from a seed."""

    def __init__(self, seed, folder, most=3):
        self.rng, self.folder, self.most = np.random.default_rng([15, seed]), folder, most
        self.decaying = self.rng.random() < 0.15
        first = FALLS if self.decaying else self.pick(EPOCHS)
        self.start = float(sim.tdb(first) + self.rng.uniform(0, 16) * HOUR)
        self.hours = float(self.rng.uniform(6.0, 40.0))
        self.count = 0

    def pick(self, things):
        return things[int(self.rng.integers(len(things)))]

    def chance(self, p):
        return bool(self.rng.random() < p)

    def scenario(self):
        """A scenario that is found good when it is made: what is refused then is made once more."""
        for _ in range(20):
            try:
                return self.attempt()
            except ValueError:
                continue
        raise AssertionError("no scenario in twenty is found good")

    def attempt(self):
        rng = self.rng
        stations = sim.seeds("stations/estrack")
        names = rng.choice(STATIONS, size=int(rng.integers(1, 4)), replace=False)
        sites = {str(name): stations[str(name)] for name in names}
        for name in ("base", "lander")[: int(rng.integers(1, 3))]:
            sites[name] = self.lunar_site(name)
        crafts = {name: self.craft(name) for name in ("alpha", "beta", "gamma")[: int(rng.integers(2, 4))]}
        if self.decaying:
            crafts["iss"] = sim.Spacecraft(name="iss", orbit=sim.Tle(line1=signed(LINES[0]), line2=signed(LINES[1])))
        routes = {f"route{i}": self.route([*sites], [*crafts]) for i in range(int(rng.integers(1, 4)))}
        about = {"title": "At random", "start": self.start, "days": self.hours / 24.0, "sites": sites,
                 "spacecraft": crafts, "routes": routes, "light_time": not self.chance(0.07)}  # fmt: skip
        return sim.Scenario(**about, products=self.products(routes, sites, crafts))

    def lunar_site(self, name):
        place = {"latitude_deg": float(self.rng.uniform(-89, 89)), "longitude_deg": float(self.rng.uniform(-180, 180))}
        mask = float(self.rng.uniform(-1, 10))
        if self.chance(0.3):
            azimuths = np.sort(self.rng.uniform(0, 360, 5))
            mask = tuple((float(a), float(self.rng.uniform(0, 15))) for a in azimuths)
        return sim.Site(name=name, body="moon", horizon_deg=mask, **place)

    def craft(self, name):
        kind = self.pick(("plain", "phases", "phases", "phases", "file", "file", "file"))
        limits = self.limits() if self.chance(0.3) else ()
        orbit = {"plain": self.kepler, "phases": self.phases, "file": self.file}[kind]()
        return sim.Spacecraft(name=name, orbit=orbit, limits=limits)

    def limits(self):
        return self.pick((
            ({"kind": "sun_separation", "min_deg": 20.0},),
            ({"kind": "range", "max_km": float(self.rng.uniform(3e3, 4.2e5))},),
            ({"kind": "cone", "max_deg": 100.0},),
        ))  # fmt: skip

    def kepler(self):
        rng, at = self.rng, float(sim.tdb(FALLS)) if self.decaying else self.start
        angles = {name: float(rng.uniform(0, 360)) for name in ("node_deg", "argument_of_periapsis_deg",
                                                                "mean_anomaly_deg")}  # fmt: skip
        about = {"epoch": at, "inclination_deg": float(rng.uniform(0, 180)), **angles}
        where = rng.random()
        if where < 0.65:
            axis = float(rng.uniform(1900, 12_000))
            return sim.Kepler(center="moon", semi_major_axis_km=axis,
                              eccentricity=float(rng.uniform(0, 1 - 1780 / axis)), **about)  # fmt: skip
        if where < 0.97:
            axis = float(np.exp(rng.uniform(np.log(7_000), np.log(150_000))))
            return sim.Kepler(center="earth", semi_major_axis_km=axis,
                              eccentricity=float(rng.uniform(0, 1 - 6600 / axis)), **about)  # fmt: skip
        return sim.Kepler(center="sun", semi_major_axis_km=float(rng.uniform(1.0e8, 2.2e8)), eccentricity=0.1, **about)

    def stretches(self, most):
        """Some stretches of time around and in the span, with or without gaps."""
        rng = self.rng
        marks = np.sort(rng.uniform(-4.0, self.hours + 4.0, 2 * most))
        found, last = [], None
        for a, b in marks.reshape(-1, 2):
            if last is not None and self.chance(0.5):
                a = last
            if b - a > 0.05:
                found.append((self.start + HOUR * a, self.start + HOUR * b))
                last = b
        inside = [s for s in found if s[0] < self.start + HOUR * self.hours and s[1] > self.start]
        return found if inside else [(self.start + HOUR, self.start + 0.7 * HOUR * self.hours)]

    def phases(self):
        parts, file = [], self.chance(0.2)
        for start, end in self.stretches(int(self.rng.integers(1, 5))):
            if self.chance(0.2):
                orbit = {"kind": "landed", "latitude_deg": float(self.rng.uniform(-89, 89)),
                         "longitude_deg": float(self.rng.uniform(-180, 180))}  # fmt: skip
            elif file:
                first, last = np.sort(self.rng.uniform(start - HOUR, end + HOUR, 2))
                now = min(max(self.start, start + 900.0), end - 60.0)  # something of it is in the span
                orbit = self.table(self.kepler(), [(min(first, now), max(last, now + 900.0))])
            else:
                orbit = self.kepler()
            parts.append({"start": start, "end": end, "orbit": orbit})
        return sim.Phases(phases=parts)

    def file(self):
        return self.table(self.kepler(), self.stretches(int(self.rng.integers(1, 4))))

    def table(self, orbit, stretches):
        """A CSV table of an orbit, or several, each of a stretch of time."""
        files = []
        for start, end in stretches:
            span = sim.Span(start, end)
            craft = sim.Spacecraft(name="table", orbit=orbit).over(span)
            step = min(120.0, craft.pace_s / 60.0) if orbit.center != "sun" else 600.0
            t = np.linspace(start, end, max(12, int((end - start) / step)))
            state = craft.relative(t)
            path = self.folder / f"table{self.count}.csv"
            self.count += 1
            rows = [",".join(map(repr, [float(x) for x in (*r, *v)])) for r, v in zip(state.position, state.velocity,
                                                                                   strict=True)]  # fmt: skip
            stamps = [str(np.datetime64("2000-01-01T12:00:00", "ns") + np.timedelta64(round(1e9 * x), "ns")) for x in t]
            lines = [f"{at},{row}" for at, row in zip(stamps, rows, strict=True)]
            head = "tdb,x_km,y_km,z_km,vx_km_s,vy_km_s,vz_km_s"
            path.write_text("\n".join([head, *lines]) + "\n")
            files.append(str(path))
        return sim.Csv(file=tuple(files) if len(files) > 1 else files[0], center=orbit.center)

    def route(self, sites, crafts):
        """Two to five ends, of which any but the last may be a list of alternatives."""
        steps, before = [], set()
        for _ in range(int(self.rng.integers(2, 6))):
            there = [n for n in (crafts if self.chance(0.55) else sites) if n not in before]
            there = there or [n for n in (*sites, *crafts) if n not in before]
            some = list(self.rng.permutation(there)[: 2 if self.chance(0.15) and len(there) > 1 else 1])
            steps.append(tuple(map(str, some)) if len(some) > 1 else str(some[0]))
            before = set(map(str, some))
        return tuple(steps)

    def products(self, routes, sites, crafts):
        hops = dict.fromkeys(pair for path in routes.values() for a, b in pairwise(path)
                             for pair in product(*([x] if isinstance(x, str) else x for x in (a, b))))  # fmt: skip
        used = {name for hop in hops for name in hop}
        ground = [hop for hop in hops if any(end in sites for end in hop)]
        flying = [name for name in crafts if name in used]
        some = [{"kind": "timeline"}, {"kind": "availability"}, {"kind": "relay_geometry"}, {"kind": "report"}]
        some += [{"kind": "statistics"}]
        at = self.start + HOUR * self.hours * float(self.rng.random())
        some += [{"kind": "relay_geometry", "file": "then", "at": at}]
        if flying:
            some += [{"kind": kind} for kind in ("calendar", "ground_track", "moon_map", "rotating_frame", "scene")]
            some += [{"kind": "coverage", "assets": flying[:2], "step_deg": 20.0, "body": self.pick(("earth", "moon"))},
                     {"kind": "coverage", "file": "relayed", "step_deg": 30.0, "assets": [self.chain(flying, sites)]}]
        if ground:
            some += [{"kind": "sky"}, {"kind": "profile", "hop": self.pick(ground)}]
            some += [{"kind": "track", "step_s": 600.0}, {"kind": "plan"}]
        if flying:
            some += [{"kind": "states", "step_s": 600.0}]
        order = self.rng.permutation(len(some))[: self.most]
        tables = [{"kind": "contact_plan"}, *([{"kind": "passes"}] if ground else [])]
        return [*tables, *(some[i] for i in order)]

    def chain(self, crafts, sites):
        return tuple([*crafts[:2], next(name for name in sites if name in STATIONS)])


def parts_of(end):
    if isinstance(end, Phased):
        return [(part.start, part.end, part.trajectory) for part in end.parts]
    return [(-np.inf, np.inf, end)]


class Brute:
    """Whether routes are open, instant by instant: 1 open, 0 closed, 0.5 where nobody knows, or only that it is not."""

    def __init__(self, result):
        self.ends, self.light = result.ends, result.light
        self.made = {}

    def route(self, path, t):
        ways = product(*([step] if isinstance(step, str) else step for step in path))
        return np.max([self.way(way, t) for way in ways], axis=0)

    def way(self, way, t):
        found = np.full(len(t), 0.5)
        for start, end, last in parts_of(self.ends[way[-1]]):
            if np.any(inside := (t >= start) & (t < end)):
                found[inside] = self.until(way, last, t[inside])
        return found

    def until(self, way, receiver, t):
        """Light that arrives at the last end of a way, which moves so, at times."""
        transmitter = parts_of(self.ends[way[-2]])
        found, known = np.zeros(len(t)), np.zeros(len(t), dtype=bool)
        before = None
        for start, end, moves in transmitter:
            near = np.flatnonzero((t >= start - 1.0) & (t < end + 1800.0))
            if not len(near):
                before = None
                continue
            sent = np.full(len(t), np.nan)
            sent[near] = ray(moves, receiver, t[near], self.light).sent
            inside = (sent >= start) & (sent < end)
            state = np.full(len(t), np.nan)
            beside = before is not None and before[0] == start
            apart = max(1.0, float(np.nanmax(np.abs(sent - before[1]), initial=0.0))) if beside else 1.0
            asked = np.flatnonzero(inside | (np.abs(sent - start) < apart) | (np.abs(sent - end) < 1800.0))
            if len(asked):
                state[asked] = self.hop(way, moves, receiver, t[asked], sent[asked])
            found[inside] = np.maximum(found[inside], state[inside])
            known |= inside
            if beside:  # between the last light of one phase and the next one's
                late = (before[1] >= start) & (sent < start)
                found[late], known[late] = np.minimum(before[2], state)[late], True
            before = (end, sent, state)
        return np.where(known, found, 0.5)

    def hop(self, way, transmitter, receiver, t, sent):
        key = id(transmitter), id(receiver)
        if key not in self.made:
            self.made[key] = sim.hop(transmitter, receiver, self.light)
        state = self.made[key].holds(t).astype(float)
        if len(way) > 2 and np.any(open_ := state > 0):
            state[open_] = self.until(way[:-1], transmitter, sent[open_])
        return state


def differences(result):
    """Where a result's routes and hops are not what brute force says, in words."""
    brute = Brute(result)
    sets = {**{name: (result.paths[name], windows) for name, windows in result.routes.items()},
            **{hop: (hop, windows) for hop, windows in result.hops.items()}}  # fmt: skip
    for name, (path, windows) in sets.items():
        span, edges = windows.span, windows.bounds.ravel()
        every = np.sort(np.concatenate([edges, windows.unknown.bounds.ravel()]))
        t = span.grid(GRID_S)[:-1] + 0.123
        apart = np.abs(t[:, None] - every).min(axis=1, initial=np.inf)
        t = t[(apart > NEAR_S) & (t < span.end)]
        told, ours = brute.route(path, t), np.where(windows.unknown.holds(t), 0.5, windows.holds(t).astype(float))
        wrong = (told != ours) & ~((told == 0.5) & (ours == 0.0))
        for at, a, b in zip(t[wrong][:3], told[wrong], ours[wrong], strict=False):
            yield f"{name} {path} at {sim.utc(at)}: brute force has {a}, we have {b} ({wrong.sum()} of {len(t)})"
        for start, end in windows.bounds:
            for edge, out in ((start, -1.0), (end, 1.0)):
                inside = edge - out * min(NEAR_S, 0.25 * (end - start))
                gaps = np.abs(np.setdiff1d(every, [edge]) - edge)
                outside = edge + out * min(NEAR_S, 0.5 * gaps.min(initial=np.inf))
                probes = np.array([inside, outside])
                seen = brute.route(path, probes)
                if seen[0] != 1.0:
                    yield f"{name} {path}: {sim.utc(edge)} is an edge and just inside brute force has {seen[0]}"
                if span.start < probes[1] < span.end and seen[1] == 1.0:
                    yield f"{name} {path}: {sim.utc(edge)} is an edge and just outside brute force has it open"


def unsaid(scenario, result, folder, rng):
    """What a run and its files leave unsaid, in words: causes of edges, numbers of passes, reasons of `why`."""
    for of in (*result.routes, *result.hops):
        if not all(text for edge in result.edges(of) for text in edge):
            yield f"{of}: an edge without a cause among {result.edges(of)}"
    for file in folder.glob("*.csv"):
        if ",nan," in file.read_text(encoding="utf-8"):
            yield f"{file.name} has numbers that are none"
    for name, windows in result.routes.items():
        for at in rng.uniform(result.span.start, result.span.end, 2):
            if abs(np.concatenate([windows.bounds.ravel(), windows.unknown.bounds.ravel(), [np.inf]]) - at).min() < 1.0:
                continue
            reasons = sim.why(scenario, [name], float(at))
            one_hop = len(result.paths[name]) == 2 and all(isinstance(step, str) for step in result.paths[name])
            if one_hop and reasons[0].holds != bool(windows.holds(np.array(at))):
                yield f"{name} at {sim.utc(at)}: why says {reasons[0]}"


def wrong(seed, folder, most=3):
    """All that is wrong with one random scenario, its result and its files, in words."""
    scenario = Maker(seed, folder, most).scenario()
    result = sim.run(scenario)
    told = list(differences(result))
    sim.write(scenario, result, folder / "out")
    return [*told, *unsaid(scenario, result, folder / "out", np.random.default_rng(seed))]


@pytest.mark.parametrize("seed", SOME)
def test_a_random_scenario_with_phases_gaps_and_files_is_what_brute_force_says(seed, tmp_path):
    assert wrong(seed, tmp_path, most=0) == []


@pytest.mark.long
@pytest.mark.parametrize("seed", range(500))
def test_no_random_scenario_is_refused_or_other_than_brute_force_says(seed, tmp_path):
    assert wrong(seed, tmp_path) == []


def test_brute_force_notices_a_window_that_is_moved_or_missing(tmp_path):
    """So that the tests above can fail."""
    result = sim.run(Maker(SOME[0], tmp_path, 0).scenario())
    name, windows = next((name, w) for name, w in result.hops.items() if len(w) > 1)
    for bounds in (windows.bounds[1:], windows.bounds + 5e-3):
        other = sim.Windows.of(bounds, windows.span, known=windows.known)
        assert list(differences(replace(result, hops={**result.hops, name: other}, routes={})))
