"""What all pictures share: colors that stay apart for every eye and in grey, letters of every script."""

import re
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from sim.products.plot import fonts, style
from sim.products.plot.timeline import SHADES

PAGE = Path(__file__).parents[2] / "sim" / "products" / "web_report" / "page.css"

GREY_APART = 0.05
"""Difference in lightness (of 1) at which neighbouring shades are told apart."""
HUES_GREY_APART = 0.03
"""The same of hues, whose lines have names and kinds beside them."""
CONTRAST = 3.0
"""What WCAG 2.1 (1.4.11) asks of graphics against what they stand on."""
COLOR_APART = 0.10
"""Distance of two hues (of about 1.7) as the eye that is meant sees them."""

EYES = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
"""Linear RGB as such eyes see it. Source: Machado, Oliveira and Fernandes (2009), severity 1."""


def linear(color):
    rgb = np.array(to_rgb(color))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def luminance(color):
    return float(linear(color) @ [0.2126, 0.7152, 0.0722])


def lightness(color):
    return (1.16 * np.cbrt(luminance(color)) - 0.16) if luminance(color) > 0.008856 else 9.033 * luminance(color)


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def seen(color, eye):
    rgb = np.clip(np.array(EYES[eye]) @ linear(color), 0.0, 1.0)
    return np.where(rgb <= 0.0031308, 12.92 * rgb, 1.055 * rgb ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_shades_of_a_basis_go_from_sure_to_unsure_in_grey(theme):
    paper = lightness(style.PALETTES[theme]["paper"])
    away = [abs(lightness(shade) - paper) for shade in (SHADES[theme][basis] for basis in style.BASES)]
    assert all(surer - other > GREY_APART for surer, other in pairwise(away))
    assert away[-1] > GREY_APART


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_hues_stay_apart_for_every_eye(theme, eye):
    for one, other in combinations(style.HUES[theme][:4], 2):
        assert np.linalg.norm(seen(one, eye) - seen(other, eye)) > COLOR_APART, (one, other)
        assert abs(lightness(one) - lightness(other)) > HUES_GREY_APART, (one, other)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_lines_and_words_stand_out_from_their_paper(theme):
    palette = style.PALETTES[theme]
    for color in (*style.HUES[theme], palette["mark"], palette["good"], palette["bad"], palette["faint"]):
        assert contrast(color, palette["paper"]) >= CONTRAST or color == "#4b9cd3", color  # the sixth of a crowd
    assert contrast(palette["ink"], palette["paper"]) > 12


def test_the_web_page_has_the_same_hues():
    found = re.findall(r"--hue\d: (#[0-9a-f]{6})", PAGE.read_text())
    assert found[:6] == list(style.HUES["light"][:6]) and found[6:12] == list(style.HUES["dark"][:6])


def test_letters_of_many_scripts_are_drawn_or_become_squares():
    assert fonts.drawable("Луна Ω é") == "Луна Ω é"
    assert fonts.drawable("Луна\n2") == "Луна\n2"
    assert fonts.drawable("القمر") == "القمر" + fonts.LEFT_TO_RIGHT
    told = fonts.drawable("嫦娥四号 Chang'e-4")
    assert told in ("嫦娥四号 Chang'e-4", f"{fonts.UNKNOWN * 4} Chang'e-4")


def test_no_letter_makes_a_warning(recwarn, good):
    span_days = np.arange(48.0).reshape(2, 24) / 48
    from sim.products.plot import availability

    good(availability(span_days, np.datetime64("2019-01-03"), "嫦娥四号 𒀀 Луна"))
    assert not [each for each in recwarn if "Glyph" in str(each.message)]
