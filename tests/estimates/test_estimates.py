"""What a scenario costs is told before anything is done: within a factor of three of what it then takes.

The long test runs the command in processes of their own and compares processor time and peak memory; the others compare
what does not depend on the machine: times at which margins are looked at, bytes, windows.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import sim
from sim.core.errors import SimError
from sim.scenario.cost import MOST_SECONDS, Cost, estimate, expensive, parts, plan_seconds
from sim.scenario.includes import gather
from sim.simulation.claims import load
from sim.simulation.claims.affordable import cost_of, must_be_affordable
from tests.estimates import cases

FACTOR = 3.0
COUNTED = (
    "an orbit about the Earth from its epoch on", "a chain of five", "a horizon of 1,000 teeth", "an element set",
    "limits", "an orbiter of Mars", "2,000 routes over one hop",
)  # fmt: skip
ALL = {**cases.TOLD_WRONG, **cases.OTHERS}
TABLE = os.environ.get("SIM_ESTIMATES_TABLE")
"""A file that the long test writes its measurements to, as lines of Markdown."""


def told(text: str, folder: Path) -> Cost:
    (folder / "scenario.toml").write_text(text)
    data = gather(folder / "scenario.toml").data
    assert list(expensive(data)) == []
    return estimate(data, data["days"] * 86_400.0)


def near(said: float, taken: float) -> bool:
    return taken / FACTOR <= said <= taken * FACTOR


@pytest.mark.long
@pytest.mark.parametrize("name", ALL)
def test_time_and_memory_are_told_within_a_factor_of_three(name, tmp_path):
    cost = told(ALL[name], tmp_path)
    code = (
        "import sys, resource; from sim.cli.verbs import app\n"
        "from typer.testing import CliRunner\n"
        "done = CliRunner().invoke(app, ['run', 'scenario.toml', '-o', 'out'])\n"
        "assert done.exit_code == 0, done.exception\n"
        "used = resource.getrusage(resource.RUSAGE_SELF)\n"
        "print(used.ru_utime + used.ru_stime, used.ru_maxrss * (1 if sys.platform == 'darwin' else 1024) / 1e6)\n"
    )
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "FARSIDE_SIM_ORBITS": "off"}  # all of it is done
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    seconds, megabytes = map(float, done.stdout.split()[-2:])
    if TABLE:
        with Path(TABLE).open("a", encoding="utf-8") as file:
            file.write(f"| {name} | {cost.seconds:.1f} | {seconds:.1f} | {cost.megabytes:.0f} | {megabytes:.0f} |\n")
    assert near(cost.seconds, seconds) and near(cost.megabytes, megabytes), (cost, seconds, megabytes)


@pytest.mark.parametrize("name", COUNTED)
def test_points_and_windows_are_told_within_a_factor_of_three(name, tmp_path):
    cost = told(ALL[name], tmp_path)
    scenario = sim.load(tmp_path / "scenario.toml")
    again = estimate(scenario, scenario.span.duration_s)
    assert near(again.points, cost.points) and again.seconds == pytest.approx(cost.seconds, rel=0.05)
    found = sim.run(scenario).provenance["certificates"].values()
    assert near(cost.points, sum(each["evaluations"] for each in found))


def test_the_bytes_of_an_orbit_far_from_its_epoch_are_those_of_its_span(tmp_path):
    near_, far = (
        told(cases.head(1) + cases.sites(1) + cases.numerical("l", days) + cases.routes(a=["l", "s0"]), tmp_path)
        for days in (0, 20)
    )
    assert far.megabytes < near_.megabytes + 1.0 and far.seconds > near_.seconds + 1.0
    craft = sim.load(tmp_path / "scenario.toml").spacecraft["l"]
    span = sim.Span(cases.START.replace(tzinfo=cases.dt.UTC), days=1)
    pieces, _ = craft.orbit.pieces(span, "de421")
    day = pieces.coefficients.nbytes + pieces.edges.nbytes
    assert day < 1e6  # all of the way would be twenty times that


def test_a_route_is_counted_by_its_hops_and_told_at_once(tmp_path):
    began = time.process_time()
    many = {f"s{i}": {"latitude_deg": 0.0, "longitude_deg": 0.1 * i} for i in range(3000)}
    data = {"days": 1, "start": cases.START, "sites": many, "routes": {"a": [list(many)] * 4}}
    assert [text for _, text in expensive({**data, "start": "2019-01-03T00:00:00Z"}) if "would take about" in text]
    assert time.process_time() - began < 1.0
    one = cases.head(2) + cases.sites(1) + cases.LOW
    single = told(one + '[routes]\na = ["low", "s0"]\n', tmp_path)
    assert told(ALL["2,000 routes over one hop"], tmp_path).points == single.points


def test_the_parts_are_the_whole_and_what_products_share_is_counted_once(tmp_path):
    plans = [{"kind": "plan"}, {"kind": "plan", "file": "other", "days": 1}, {"kind": "plan", "policy": "highest"}]
    text = cases.head(3) + cases.sites(3) + cases.LOW + cases.routes(a=["low", cases.all_of("s", 3)])
    (tmp_path / "scenario.toml").write_text(text)
    data = gather(tmp_path / "scenario.toml").data | {"products": [*plans, {"kind": "timeline"}, {"kind": "passes"}]}
    found = parts(data, 3 * 86_400.0)
    assert found.total == estimate(data, 3 * 86_400.0)
    first, same, another, *_ = (each.seconds for each in found.written)
    assert same < another < first  # the same plan has another picture only; the first loads the plotting library
    alone = parts(data | {"products": [{"kind": "passes"}]}, 3 * 86_400.0).written
    assert found.written[-1].seconds < alone[0].seconds  # the uncertainty of edges is in the timeline's


def test_a_kind_from_elsewhere_answers_for_itself():
    class Orbit:
        kind = "sail"

        def cost(self, when):
            from sim.scenario.cost.orbits import Moved

            return Moved(cost=Cost(0.0, 0.0, 2.0 * MOST_SECONDS))

    class Craft:
        orbit, sigma = Orbit(), None

    class Scenario:
        start, end, days = 0.0, None, 1.0
        sites, spacecraft, routes, products = {}, {"sail": Craft()}, {}, ()

    assert [keys for keys, _ in expensive(Scenario())] == [("days",)]


def test_claims_are_counted_before_they_are_tested(tmp_path):
    (tmp_path / "many.toml").write_text(
        cases.head(20) + cases.sites(1) + cases.phases("ph", 2000, 20) + cases.routes(a=["ph", "s0"])
    )
    test = f'[[claims.tests]]\nkind = "visible"\nof = ["ph", "s0"]\nat = {cases.utc(1)}\n'
    claim = '[[claims]]\nid = "c"\nsays = "It is seen."\nscenario = "many"\n'
    (tmp_path / "few.toml").write_text(f'title = "few"\n{claim}{test}')
    (tmp_path / "all.toml").write_text(f'title = "all"\n{claim}{test * 2000}')
    few, all_of_them = load(tmp_path / "few.toml"), load(tmp_path / "all.toml")
    scenario = sim.load(tmp_path / "many.toml")
    assert 40.0 < cost_of(few, {0: scenario}).seconds < 400.0  # measured: 14 s with 300 phases, 100 s with 2,000
    with pytest.raises(SimError, match=r"of 'all' would take about .* Test fewer claims"):
        must_be_affordable(all_of_them, {0: scenario})


def test_legs_of_a_ship_margins_and_plans_cost_what_they_were_measured_to():
    """Processor times that were measured: 0.4 s for 900 legs more, 2.3 ms a window by a margin, 8 s for a long plan."""
    ship = {"horizon_deg": 5.0, "waypoints": [{}] * 101}
    low = {"orbit": {"kind": "kepler", "center": "earth", "semi_major_axis_km": 7000.0, "eccentricity": 0.001}}
    asked = {"start": "2027-02-15T00:00:00Z", "spacecraft": {"low": low}, "routes": {"a": ["low", "ship"]}}

    def seconds(**changed: object) -> float:
        return estimate({**asked, "sites": {"ship": ship}, **changed}, 864_000.0).seconds

    plain = seconds()
    assert near(seconds(sites={"ship": {**ship, "waypoints": [{}] * 1001}}) - plain, 0.4)
    link = {"between": ["low", "ship"], "limits": [{"kind": "link_margin"}]}
    assert seconds(links={"down": link}) > plain + 0.05
    lander = sim.load(Path(__file__).parents[2] / "scenarios" / "lunar-lander.toml")
    assert near(plan_seconds(lander, lander.span.duration_s), 8.0)
