"""The page in a real browser: what a person does with it, at three widths. Skipped where there is no Chromium."""

import pytest

import sim
from sim.products.web_report.web_page import page
from sim.simulation.run import run
from tests.support.chromium import Chromium
from tests.support.scenarios import lander_and_relay

STATION = "[sites.kourou]\nlatitude_deg = 5.25\nlongitude_deg = -52.8\nsource = 'a test'\n"
WIDTHS = [1400, 900, 390]

SIDEWAYS = "document.documentElement.scrollWidth - innerWidth"

NAMELESS = """[...document.querySelectorAll("button, input, select, textarea, a")].filter((each) => {
  const name = each.getAttribute("aria-label") || each.textContent.trim() || each.title;
  return !name && !(each.labels && each.labels.length);
}).map((each) => each.outerHTML)"""

TWICE = """(() => { const ids = [...document.querySelectorAll("[id]")].map(({id}) => id);
  return ids.filter((id, k) => ids.indexOf(id) !== k); })()"""

PALE = """(() => {
  const part = (v) => (v /= 255, v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const light = (c) => { const [r, g, b] = c.match(/[\\d.]+/g).map(Number).map(part);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const under = (e) => {
    const found = e ? getComputedStyle(e).backgroundColor : "rgb(255,255,255)";
    return /, 0\\)$|transparent/.test(found) ? under(e.parentElement) : found;
  };
  const shown = (e) => e.checkVisibility() && [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
  return [...document.querySelectorAll("body *:not(svg *, script, style, noscript, option, :disabled)")].filter(shown)
    .filter((e) => { const [a, b] = [light(getComputedStyle(e).color), light(under(e))].sort((x, y) => y - x);
      return (a + 0.05) / (b + 0.05) < 4.5; }).map((e) => e.outerHTML.slice(0, 90));
})()"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    (folder / "scenario.toml").write_text(lander_and_relay(), encoding="utf-8")
    (folder / "page.html").write_text(page(run(sim.load(folder / "scenario.toml"))), encoding="utf-8")
    return (folder / "page.html").as_uri()


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Chromium(tmp_path_factory.mktemp("chromium")) as found:
        yield found


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_lost_or_pale_and_every_control_has_a_name(browser, address, width, dark):
    browser.open(address, width, dark)
    assert browser.errors() == [] and browser.requests() == [address]
    assert browser.run(SIDEWAYS) <= 0
    assert browser.run(NAMELESS) == [] and browser.run(TWICE) == [] and browser.run(PALE) == []


def test_the_clock_steps_by_button_and_key_and_its_time_is_in_the_address(browser, address):
    browser.open(address)
    browser.click("#event-after")
    first = browser.run("document.getElementById('clock-time').textContent")
    browser.run("document.getElementById('clock').focus()")
    browser.press("n")
    second = browser.run("document.getElementById('clock-time').textContent")
    assert second > first
    assert browser.run("document.querySelectorAll('#chart .label.lit').length") > 0
    browser.run("new Promise((done) => setTimeout(done, 600))")
    kept = browser.run("location.hash")
    assert kept.startswith("#t=")
    browser.open(address + kept)
    assert browser.run("document.getElementById('clock-time').textContent") == second
    assert browser.errors() == []


def test_play_moves_the_clock_and_space_stops_it(browser, address):
    browser.open(address)
    browser.click("#play")
    browser.run("new Promise((done) => setTimeout(done, 300))")
    browser.run("document.getElementById('clock').focus()")
    browser.press(" ", " ")
    stopped = browser.run("document.getElementById('clock').valueAsNumber")
    assert stopped > 0
    browser.run("new Promise((done) => setTimeout(done, 100))")
    assert browser.run("document.getElementById('clock').valueAsNumber") == stopped


def test_a_search_filters_the_passes_and_a_theme_is_taken(browser, address):
    browser.open(address)
    every = browser.run("document.querySelectorAll('#rows tr').length")
    browser.run("document.getElementById('pass-words').focus()")
    browser.type("no such name")
    assert every > 0 and browser.run("document.querySelectorAll('#rows tr').length") == 0
    browser.click("#clear")
    assert browser.run("document.querySelectorAll('#rows tr').length") == every
    before = browser.run("getComputedStyle(document.body).backgroundColor")
    browser.run("document.getElementById('theme').value = 'dark'")
    browser.run("document.getElementById('theme').dispatchEvent(new Event('change'))")
    assert browser.run("getComputedStyle(document.body).backgroundColor") != before
