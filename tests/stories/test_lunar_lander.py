"""The lander's plan against a second look that shares nothing with `sim`: no rule is broken, and no pass is missed.

tests/support/second_look.py has its own positions, light time, shadows, clocks, calendars and rules.
"""

import csv
import json
from dataclasses import replace
from itertools import pairwise

import pytest

import sim
from tests.support.golden import ROOT
from tests.support.second_look import Asked, allowed_passes, broken, lasting, missed, open_times, planned, seconds

FILE = ROOT / "scenarios" / "lunar-lander.toml"
MISSIONS = ["lander", "orbiter"]
OFF_S = 0.05
"""What two programs may differ by: 0.5 ms at horizons, 12 ms where the lander enters the Earth's penumbra."""


class Both:
    """The files that `sim` writes over a span, and what the second look finds there."""

    def __init__(self, folder, start=None, days=None):
        self.asked = Asked(FILE)
        scenario = sim.load(FILE)
        begin = scenario.span.start if start is None else float(sim.tdb(start))
        span = sim.Span(begin, scenario.span.end if days is None else begin + 86400.0 * days)
        tables = tuple(each for each in scenario.products if each.kind in ("plan", "passes", "statistics"))
        cut = {"start": span.start, "end": span.end, "days": None, "products": (tables[0], *tables[2:])}
        scenario = scenario.model_copy(update=cut)
        result = sim.run(scenario)
        sim.write(scenario, result, folder)
        self.windows = {
            pair: [tuple(map(seconds, edges)) for edges in sim.utc(found.bounds, 6)]
            for pair, found in result.hops.items()
        }
        self.start, self.end = (float(round(seconds(str(text)))) for text in sim.utc([span.start, span.end], 3))
        self.opened = open_times(self.asked, self.start, self.end)
        self.allowed = {pair: allowed_passes(self.asked, pair, found) for pair, found in self.opened.items()}
        self.tracks = planned(folder / "plan.csv")
        self.tree = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
        self.passes, self.statistics = (
            list(csv.DictReader((folder / f"{name}.csv").open(encoding="utf-8"))) for name in ("passes", "statistics")
        )

    @property
    def overlap_s(self):
        return self.asked.table["products"][0]["overlap_s"]

    def written(self, pair):
        """The passes of a pair in passes.csv."""
        rows = [row for row in self.passes if (row["target"], row["site"]) == pair]
        return [(seconds(row["aos_utc"]), seconds(row["los_utc"])) for row in rows]

    def broken(self, tracks=None):
        return list(broken(self.asked, self.allowed, self.tracks if tracks is None else tracks, self.overlap_s))

    def missed(self, tracks=None):
        return list(missed(self.asked, self.allowed, self.tracks if tracks is None else tracks, MISSIONS))


@pytest.fixture(scope="module")
def days(tmp_path_factory):
    """Five days with an eclipse of the Sun by the Earth, a Sunday, a downtime of Cebreros and the lander's sunset."""
    return Both(tmp_path_factory.mktemp("days"), "2027-02-20T00:00:00Z", 5)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return Both(tmp_path_factory.mktemp("whole"))


def assert_windows_agree(both):
    assert set(both.opened) == set(both.windows)
    assert {pair for pair, found in both.allowed.items() if found} == {(r["target"], r["site"]) for r in both.passes}
    for pair, found in both.opened.items():
        allowed = [(start, end) for start, end, _ in both.allowed[pair]]
        for what, mine, right in (("windows", both.windows[pair], found), ("passes", both.written(pair), allowed)):
            assert len(mine) == len(right), f"{pair}: {len(mine)} {what}, by brute force {len(right)}"
            pairs = zip(mine, right, strict=True)
            off = max((abs(x - y) for one, two in pairs for x, y in zip(one, two, strict=True)), default=0)
            assert off < OFF_S, f"{pair}: {what} {off} s"


def assert_plan_agrees(both):
    assert both.tracks
    assert both.broken() == []
    assert both.missed() == []
    (lander,) = ({t for t in both.tracks if t.mission == mission} for mission in MISSIONS[:1])
    possible = lasting((a, b) for pair, found in both.allowed.items() if pair[0] == "lander" for a, b, _ in found)
    tracked = lasting((t.start, t.end) for t in lander)
    assert possible - 1.1 * len(lander) < tracked <= possible + OFF_S * len(lander)  # a break is 1 s


def assert_statistics_agree(both):
    for mission in MISSIONS:
        found = [window for pair, windows in both.opened.items() if pair[0] == mission for window in windows]
        rows = [row for row in both.statistics if (row["of"], row["name"]) == ("spacecraft", mission)]
        (span,) = (row for row in rows if row["period"] == "span")
        assert float(span["open_h"]) == pytest.approx(lasting(found) / 3600, abs=2e-4)
        enough, count = 0, round((both.end - both.start) / 86400)
        for k in range(count):
            day = both.start + 86400.0 * k, both.start + 86400.0 * (k + 1)
            enough += (
                lasting((max(a, day[0]), min(b, day[1])) for a, b in found if a < day[1] and b > day[0]) >= 8 * 3600
            )
        assert float(span["required_met_percent"]) == pytest.approx(100 * enough / count, abs=0.01)


def test_windows_are_those_of_a_second_look(days):
    assert_windows_agree(days)


def test_the_plan_breaks_no_rule_and_misses_nothing(days):
    assert_plan_agrees(days)


def test_statistics_are_those_of_a_second_look(days):
    assert_statistics_agree(days)


@pytest.mark.long
def test_all_sixty_days_agree_with_a_second_look(whole):
    assert (whole.end - whole.start) / 86400 == 60
    assert [each["optimal"] for each in whole.tree["missions"]] == [True, True]
    assert_windows_agree(whole)
    assert_plan_agrees(whole)
    assert_statistics_agree(whole)


@pytest.mark.parametrize("change, told", [
    ({"start": -60.0, "occupied_from": -60.0}, "not within a pass"),
    ({"occupied_from": 60.0}, "set-up and tear-down"),
    ({"station": "maspalomas"}, "not within a pass"),
])  # fmt: skip
def test_the_second_look_sees_a_rule_that_is_broken(days, change, told):
    """Each change of the first track that begins with its pass is seen."""
    first = next(t for t in days.tracks if any(abs(p[0] - t.start) < OFF_S for p in days.allowed[t.mission, t.station]))
    moved = {key: by if isinstance(by, str) else getattr(first, key) + by for key, by in change.items()}
    if moved.get("station") == first.station:
        moved = {"station": "kourou"}
    changed = [replace(first, **moved) if each == first else each for each in days.tracks]
    assert any(told in each for each in days.broken(changed))


def test_the_second_look_sees_tracks_of_one_antenna_that_overlap(days):
    one = days.tracks[0]
    again = replace(one, mission="orbiter" if one.mission == "lander" else "lander")
    assert any("still occupied" in each for each in days.broken([*days.tracks, again]))


def test_the_second_look_sees_a_hand_over_without_overlap(days):
    by_start = sorted((t for t in days.tracks if t.mission == "lander"), key=lambda t: t.start)
    two = next(b for a, b in pairwise(by_start) if b.start < a.end)
    late = replace(two, start=two.start + 60.0, occupied_from=two.occupied_from + 60.0)
    assert any("together with the station before" in each for each in days.broken(
        [late if each == two else each for each in days.tracks]))  # fmt: skip


def test_the_second_look_sees_what_is_missing(days):
    for each in days.tracks:
        assert days.missed([t for t in days.tracks if t != each]), f"nobody misses {each.name}"
        shorter = replace(each, end=each.end - 5.0, occupied_to=each.occupied_to - 5.0)
        changed = [shorter if t == each else t for t in days.tracks]
        assert days.missed(changed) or days.broken(changed), f"nobody misses the end of {each.name}"
