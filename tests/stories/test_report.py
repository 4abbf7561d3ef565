"""The web page of a result: what is in the file, and what a browser makes of it."""

import csv
import io
import json
import re
import shutil

import numpy as np
import pytest
from numpy.testing import assert_allclose

import sim
from sim.core.errors import ScenarioError
from sim.core.files import digest
from sim.products.web_report.web_page import page
from sim.visibility.sight import Sight
from tests.support.command import sim_here
from tests.support.scenarios import FAR_SIDE, KOUROU, NEW_NORCIA, lander_and_relay, written

LARGEST_BYTES = 3_000_000
EDGE_S = 1.0
"""What the page promises."""
HEIGHT_DEG = 0.001
"""Elevations are given to a thousandth of a degree, their times to a tenth of a second."""
SKY_DEG = 0.3
"""A dot of the picture."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

EVIL = "</script><script>document.title='owned'</script><img src=x onerror=alert(1)> {{DATA}} & \u2028"


def text_of(title="A lander and its relay", source="", mask_deg=5, lander=FAR_SIDE):
    """A scenario whose second station is seldom open, for the Sun."""
    sites = {
        "lander": lander,
        "kourou": {**KOUROU, "horizon_deg": mask_deg, "source": source},
        "new_norcia": {**NEW_NORCIA, "limits": [{"kind": "sun_separation", "min_deg": 157}]},
    }
    return lander_and_relay(title=title, sites=sites, products=["report"])


def small(folder, **said):
    return written(folder, text_of(**said), "small.toml")


@pytest.fixture(scope="module")
def relay(tmp_path_factory):
    """A small scenario and its result."""
    scenario = sim.load(small(tmp_path_factory.mktemp("relay")))
    return scenario, sim.run(scenario)


def data_of(text):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)[1])


def test_the_page_asks_no_other_place_for_anything(relay):
    text = page(relay[1])
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", text)
    assert not re.search(r"@import|url\(", text)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)[1]
    assert policy.startswith("default-src &#x27;none&#x27;;")
    assert "unsafe" not in policy
    assert len(text.encode()) < LARGEST_BYTES


def test_what_a_scenario_calls_things_never_becomes_markup(tmp_path):
    text = page(sim.run(sim.load(small(tmp_path, title=EVIL, source=EVIL))))
    assert text.count("<script") == 2
    assert "<img" not in text
    assert data_of(text)["title"] == EVIL
    assert data_of(text)["provenance"]["ends"]["kourou"]["source"] == EVIL


def test_scripts_never_write_markup(relay):
    text = page(relay[1])
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", text)


def test_the_page_knows_where_it_comes_from(relay):
    told = data_of(page(relay[1]))["provenance"]
    assert told["scenario"]["sha256"] == relay[1].provenance["scenario"]["sha256"]
    assert {kernel["name"] for kernel in told["kernels"]} >= {"de421"}
    assert set(told["certificates"]) == {"lander->relay", "relay->kourou", "relay->new_norcia"}


def test_a_reader_without_scripts_gets_every_window_of_every_route(relay):
    text = page(relay[1])
    plain = text[text.index("<noscript>") : text.index("</noscript>")]
    assert plain.count("<tr><td>home</td>") == len(relay[1].routes["home"])
    start = sim.utc(relay[1].routes["home"].bounds[0, 0], 0).replace("T", " ").rstrip("Z")
    assert start in plain and "the longest gap" not in plain and "longest gap" in plain
    assert all(f"{name} (" in plain for name in relay[1].ends)


def test_pictures_of_other_products_stand_in_the_page(tmp_path):
    from sim.simulation.run import report, write

    file = small(tmp_path)
    file.write_text(file.read_text() + '[[products]]\nkind = "availability"\ntitle = "Hours & <days>"\n')
    scenario = sim.load(file)
    result = sim.run(scenario)
    text = report(scenario, result)
    assert text.count("<img src=\"data:image/png;base64,") == 1
    assert "Hours &amp; &lt;days&gt; (availability.png)" in text
    assert len(text.encode()) < LARGEST_BYTES
    written = {path.name: path for path in write(scenario, result, tmp_path / "out")}
    assert written["report.html"].read_text(encoding="utf-8") == text


CLAIMS = """
title = %s
publisher = "The Evening Paper"
[[claims]]
id = "rows"
says = %s
scenario = "small"
[[claims.tests]]
kind = "never_visible"
of = ["lander", "kourou"]
[[claims]]
id = "P-2"
says = "Kourou saw the lander itself."
scenario = "small"
[[claims.tests]]
kind = "visible"
of = ["lander", "kourou"]
at = 2026-03-02T00:00:00Z
[[claims]]
id = "P-3"
says = "Of another mission."
scenario = "gateway"
"""


def section_of(text):
    return re.search(r'<section aria-labelledby="claims-head">.*?</section>', text, re.S)[0]


def test_what_claim_files_say_of_the_scenario_stands_in_its_report_with_the_verdicts(tmp_path):
    from sim.simulation.run import report, write

    file = small(tmp_path)
    (tmp_path / "paper.toml").write_text(CLAIMS % (json.dumps(EVIL), json.dumps(EVIL)), encoding="utf-8")
    file.write_text(file.read_text() + 'claims = ["paper.toml", "seeds:events"]\n')
    scenario = sim.load(file)
    result = sim.run(scenario)
    text = section_of(report(scenario, result))
    assert "<script" not in text and "<img" not in text and text.count("&lt;script&gt;") == 2
    assert re.findall(r'class="claim (\w+)" id="([^"]*)"', text) == [
        ("consistent", "claim-rows"), ("inconsistent", "claim-P-2")]  # fmt: skip
    assert "The Evening Paper" in text and "never in sight" in text and "another mission" not in text
    assert "No claim in this file names this scenario." in text
    assert digest(tmp_path / "paper.toml") in text
    written = {path.name: path for path in write(scenario, result, tmp_path / "out")}
    assert section_of(written["report.html"].read_text(encoding="utf-8")) == text


def test_a_report_without_claims_does_not_mention_claims(relay):
    assert "claims-head" not in page(relay[1])


def test_claim_files_that_are_not_there_are_said_before_anything_runs(tmp_path):
    file = small(tmp_path)
    file.write_text(file.read_text() + 'claims = ["paper.toml", "seeds:event", "../other.toml"]\n')
    with pytest.raises(ScenarioError) as error:
        sim.load(file)
    told = str(error.value)
    assert "products[0].claims[0]" in told and "there is no file 'paper.toml'" in told
    assert "Did you mean 'seeds:events'?" in told and "leaves the folder" in told


def test_passes_say_how_sure_they_are(relay, tmp_path):
    designed, declared = relay[1], small(tmp_path)
    text = declared.read_text(encoding="utf-8")
    declared.write_text(f"{text}\n[spacecraft.relay.sigma]\nalong_km = 10\n", encoding="utf-8")
    result = sim.run(sim.load(declared))
    assert not any(value for hop in data_of(page(designed))["hops"] for row in hop["sure"] for value in row[2:])
    for hop in data_of(page(result))["hops"]:
        of = tuple(hop["ends"])
        assert [row[2:] for row in hop["sure"]] == [list(each.columns.values()) for each in result.uncertainty(of)]
        assert_allclose([row[:2] for row in hop["sure"]], result.hops[of].bounds - result.span.start, rtol=0, atol=2e-3)
        assert any(row[2] for row in hop["sure"])


def test_the_command_asks_further_claim_files(tmp_path):
    paper, target = tmp_path / "paper.toml", tmp_path / "page.html"
    paper.write_text(CLAIMS % ('"Paper"', '"Never."'), encoding="utf-8")
    sim_here("report", small(tmp_path), "-o", target, "--claims", paper).check_returncode()
    assert 'class="claim inconsistent" id="claim-P-2"' in section_of(target.read_text(encoding="utf-8"))


def test_a_claim_file_that_the_scenario_names_too_is_shown_once(tmp_path, monkeypatch):
    paper, target, file = tmp_path / "paper.toml", tmp_path / "page.html", small(tmp_path)
    paper.write_text(CLAIMS % ('"Paper"', '"Never."'), encoding="utf-8")
    file.write_text(file.read_text() + 'claims = ["paper.toml"]\n')
    monkeypatch.chdir(tmp_path)
    sim_here("report", file, "-o", target, "--claims", "paper.toml", "--claims", paper).check_returncode()
    section = section_of(target.read_text(encoding="utf-8"))
    assert section.count('id="claim-P-2"') == section.count("<h3>") == 1


def test_the_command_writes_one_file(tmp_path):
    target = tmp_path / "deep" / "page.html"
    done = sim_here("report", small(tmp_path), "-o", target)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(target)
    assert data_of(target.read_text(encoding="utf-8"))["title"] == "A lander and its relay"
    assert [path.name for path in target.parent.iterdir()] == ["page.html"]


def test_sim_run_writes_it_among_the_products(relay, tmp_path):
    from sim.simulation.run import write

    assert [path.name for path in write(*relay, tmp_path)] == ["report.html", "run.json"]


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """A headless Chromium, and the folder that its downloads go to."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    program, driver = next(filter(None, map(shutil.which, BROWSERS)), None), shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.skip("no Chromium with its driver here (Debian: apt-get install chromium chromium-driver)")
    folder = tmp_path_factory.mktemp("downloads")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.add_experimental_option("prefs", {"download.default_directory": str(folder)})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    opened = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield opened, folder
    opened.quit()


def show(browser, result, folder):
    path = folder / "report.html"
    path.write_text(page(result), encoding="utf-8")
    browser.get_log("browser")
    browser.get_log("performance")
    browser.get(path.as_uri())
    return path


def found(browser, result):
    """The windows that the page holds just now: of routes by name, of hops by their ends."""
    told = browser.execute_script(
        "return [DATA.routes.map((r) => r.name), found.routes, DATA.hops.map((h) => h.ends), found.hops]"
    )
    start, span = result.span.start, result.span

    def windows(bounds):
        return sim.Windows.of(start + np.array(bounds, dtype=float).reshape(-1, 2), span)

    routes = {name: windows(bounds) for name, bounds in zip(told[0], told[1], strict=True)}
    return routes, {tuple(ends): windows(bounds) for ends, bounds in zip(told[2], told[3], strict=True)}


def moved(browser, **values):
    """Type into the number fields of sites (or `least`, in minutes) as a person would."""
    for name, value in values.items():
        label = "shortest window, minutes" if name == "least" else f"elevation mask of {name}, degrees"
        browser.execute_script(
            "const input = document.querySelector(`input[type=number][aria-label='${arguments[0]}']`);"
            "input.value = arguments[1]; input.dispatchEvent(new Event('input'));",
            label, value,
        )  # fmt: skip
    browser.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(() => arguments[0]()))")


@pytest.mark.long
def test_a_browser_opens_it_without_an_error_or_a_request(browser, relay, tmp_path):
    opened, _ = browser
    path = show(opened, relay[1], tmp_path)
    assert opened.get_log("browser") == []
    asked = [json.loads(entry["message"])["message"] for entry in opened.get_log("performance")]
    urls = {each["params"]["request"]["url"] for each in asked if each["method"] == "Network.requestWillBeSent"}
    assert {url for url in urls if not url.startswith("data:")} == {path.as_uri()}
    assert opened.find_element("id", "sentences").text.startswith("home (lander → relay → kourou | new_norcia;")
    assert opened.find_elements("css selector", "#chart .bar.routes")


@pytest.mark.long
def test_a_browser_takes_names_for_names(browser, tmp_path):
    opened, _ = browser
    show(opened, sim.run(sim.load(small(tmp_path, title=EVIL, source=EVIL))), tmp_path)
    assert opened.get_log("browser") == []
    assert opened.find_element("id", "title").get_property("textContent") == EVIL
    assert opened.title != "owned"
    assert not opened.find_elements("css selector", "img")


@pytest.mark.long
def test_the_page_finds_what_the_library_finds(browser, relay, tmp_path):
    opened, _ = browser
    result = relay[1]
    show(opened, result, tmp_path)
    routes, hops = found(opened, result)
    assert routes["home"].matches(result.routes["home"], EDGE_S)
    for hop, windows in hops.items():
        assert windows.matches(result.hops[hop], EDGE_S)

    moved(opened, kourou=21.5, lander=7)
    text = text_of(title="higher", mask_deg=21.5, lander={**FAR_SIDE, "horizon_deg": 7})
    higher_file = written(tmp_path, text, "higher.toml")
    higher = sim.run(sim.load(higher_file))
    routes, hops = found(opened, result)
    assert not higher.routes["home"].matches(result.routes["home"], 600.0)
    assert routes["home"].matches(higher.routes["home"], EDGE_S)
    for hop, windows in hops.items():
        assert windows.matches(higher.hops[hop], EDGE_S)

    moved(opened, least=90)
    routes, _ = found(opened, result)
    assert routes["home"].matches(higher.routes["home"].at_least(5400.0), EDGE_S)
    assert len(routes["home"]) < len(higher.routes["home"])

    opened.find_element("css selector", "input[aria-label='use kourou']").click()
    moved(opened, least=0)
    routes, hops = found(opened, result)
    assert len(hops["relay", "kourou"]) == 0
    assert routes["home"].total_s < higher.routes["home"].total_s

    opened.find_element("id", "reset").click()
    moved(opened)  # nothing: waits until the page is drawn
    assert found(opened, result)[0]["home"].matches(result.routes["home"], EDGE_S)


@pytest.mark.long
def test_paper_has_headings_that_can_be_repeated_on_every_page(browser, relay, tmp_path):
    opened, _ = browser
    show(opened, relay[1], tmp_path)
    shown = {"screen": "button", "print": "span"}  # a browser repeats no buttons
    for media, wanted in shown.items():
        opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media})
        for kind in shown.values():
            headings = opened.find_elements("css selector", f"#columns th > {kind}")
            assert headings and all(each.is_displayed() == (kind == wanted) for each in headings)
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


@pytest.mark.long
def test_the_table_sorts_and_is_downloaded_as_it_stands(browser, relay, tmp_path):
    from selenium.webdriver.support.ui import WebDriverWait

    opened, folder = browser
    result = relay[1]
    show(opened, result, tmp_path)
    heading = opened.find_element("xpath", "//th/button[text()='Highest']")
    for direction, sign in (("ascending", 1), ("descending", -1)):
        heading.click()
        shown = [cell.text for cell in opened.find_elements("css selector", "#rows td:nth-child(7)")]
        heights = [sign * float(text.rstrip("°")) for text in shown]
        assert heights == sorted(heights)
        assert heading.find_element("xpath", "..").get_attribute("aria-sort") == direction
    opened.find_element("id", "download").click()
    target = folder / "passes.csv"
    WebDriverWait(opened, 20).until(lambda _: target.exists())
    rows = list(csv.DictReader(io.StringIO(target.read_text(encoding="utf-8"))))
    assert len(rows) == len(shown) == sum(map(len, result.hops.values()))
    mine = sorted(sim.tdb(row["aos_utc"]) for row in rows if (row["site"], row["target"]) == ("kourou", "relay"))
    assert_allclose(mine, result.hops["relay", "kourou"].bounds[:, 0], rtol=0, atol=EDGE_S)
    causes = {row[key] for row in rows for key in ("opened_by", "closed_by")}
    sun = "separation of relay from the sun seen from new_norcia > 157 deg"
    assert {"elevation mask", sun, "span end"} <= causes
    for row in rows:
        ends = (row["site"], row["target"])
        hop = ends if ends in result.hops else ends[::-1]
        at = np.abs(result.hops[hop].bounds[:, 0] - sim.tdb(row["aos_utc"])).argmin()
        told = {name: "" if value is None else value for name, value in result.uncertainty(hop)[at].columns.items()}
        assert {name: row[name] and float(row[name]) for name in told} == told
        site, target = result.ends[row["site"]], result.ends[row["target"]]
        sends = (row["site"], row["target"]) in result.hops
        sight = Sight(site, target) if sends else Sight(target, site)
        highest = float(sight.elevation_deg(site)(sim.tdb(row["culmination_utc"])))
        assert abs(highest - float(row["culmination_elevation_deg"])) < HEIGHT_DEG


@pytest.mark.long
def test_keys_move_the_timeline_and_words_choose_its_rows(browser, relay, tmp_path):
    opened, _ = browser
    show(opened, relay[1], tmp_path)
    chart, view = opened.find_element("id", "chart"), opened.find_element("id", "view")
    whole = view.text
    chart.send_keys("+")
    assert view.text != whole
    chart.send_keys("0")
    assert view.text == whole
    opened.find_element("id", "words").send_keys("norcia")
    labels = [label.text for label in opened.find_elements("css selector", "#chart .label")]
    assert [label.split("\n")[0] for label in labels] == ["home", "relay – new_norcia"]


@pytest.mark.long
def test_the_sky_follows_the_view_the_site_and_the_mask(browser, relay, tmp_path):
    opened, _ = browser
    result = relay[1]
    show(opened, result, tmp_path)

    def choose(name):
        opened.execute_script(
            "const site = document.getElementById('sky-site'); site.value = arguments[0];"
            "site.dispatchEvent(new Event('change'));", name,
        )  # fmt: skip

    for hop, name in ((("relay", "kourou"), "kourou"), (("lander", "relay"), "lander")):
        choose(name)
        tracks = opened.find_elements("css selector", "#sky polyline.track")
        assert len(tracks) == len(result.hops[hop])
        sight = Sight(result.ends[hop[0]], result.ends[hop[1]])
        start, end = result.hops[hop].bounds[0]
        for at, part in ((start, 0), (end, -1)):
            x, y = (float(number) for number in tracks[0].get_attribute("points").split()[part].split(","))
            right, up = (x - 250) / 215, (250 - y) / 215
            assert abs(90 * (1 - np.hypot(right, up)) - float(sight.elevation_deg(result.ends[name])(at))) < SKY_DEG
            turn = np.rad2deg(np.arctan2(right, up)) - float(sight.azimuth_deg(result.ends[name])(at))
            assert abs((turn + 180) % 360 - 180) < SKY_DEG
    choose("kourou")
    moved(opened, kourou=40)
    left = found(opened, result)[1]["relay", "kourou"]
    assert len(opened.find_elements("css selector", "#sky polyline.track")) == len(left)


@pytest.mark.long
def test_orbits_can_be_turned_by_keys(browser, relay, tmp_path):
    opened, _ = browser
    show(opened, relay[1], tmp_path)
    view = opened.find_element("id", "turning")
    before = view.get_attribute("aria-label")
    view.send_keys("\ue014")  # the right arrow
    assert view.get_attribute("aria-label") != before
    view.send_keys("0")
    assert view.get_attribute("aria-label") == before
    assert len(opened.find_elements("css selector", "#turning circle.ball")) == 2
    assert opened.get_log("browser") == []
