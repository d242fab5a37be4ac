"""The palette: every run stands out from its ground, and the colour-blind tell every two apart. theme.css has the same colours."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb

import stepgrade_service
from stepgrade_service.pictures.stylesheet import colors_of, stylesheet
from stepgrade_service.pictures.theme import MARKERS, THEMES

#: What linear red, green and blue become to whom one kind of cone is missing: Machado, Oliveira & Fernandes 2009, severity 1.
SIGHTS = {
    "all cones": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}

#: From linear sRGB to CIE XYZ, and the white of D65 (IEC 61966-2-1).
TO_XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]])
WHITE = TO_XYZ.sum(axis=1)


def linear(color):
    part = np.array(to_rgb(color))
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    """The contrast ratio of WCAG 2.2."""
    low, high = sorted(float(linear(color) @ TO_XYZ[1]) for color in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(color, sight):
    """CIE L*a*b* as somebody sees a colour."""
    part = TO_XYZ @ np.clip(np.array(SIGHTS[sight]) @ linear(color), 0, 1) / WHITE
    x, y, z = np.where(part > (6 / 29) ** 3, np.cbrt(part), part / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def difference(one, other):
    """CIEDE2000 of two colours in L*a*b*, as Sharma, Wu & Dalal 2005 write it."""
    chroma = np.mean([np.hypot(*color[1:]) for color in (one, other)])
    stretch = 1.5 - 0.5 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    (l1, a1, b1), (l2, a2, b2) = one, other
    c1, c2 = np.hypot(stretch * a1, b1), np.hypot(stretch * a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, stretch * a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    lightness, c, h = (l1 + l2) / 2, (c1 + c2) / 2, (h1 + turn / 2) % 360 if c1 * c2 else h1 + h2
    t = 1 - 0.17 * cos(h - 30) + 0.24 * cos(2 * h) + 0.32 * cos(3 * h + 6) - 0.2 * cos(4 * h - 63)
    s_l = 1 + 0.015 * (lightness - 50) ** 2 / np.sqrt(20 + (lightness - 50) ** 2)
    s_c, s_h = 1 + 0.045 * c, 1 + 0.015 * c * t
    around = -2 * np.sqrt(c**7 / (c**7 + 25.0**7)) * np.sin(np.radians(60 * np.exp(-(((h - 275) / 25) ** 2))))
    d_l, d_c, d_h = (l2 - l1) / s_l, (c2 - c1) / s_c, 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2)) / s_h
    return float(np.sqrt(d_l**2 + d_c**2 + d_h**2 + around * d_c * d_h))


def cos(degrees):
    return np.cos(np.radians(degrees))


@pytest.mark.parametrize(
    ("one", "other", "known"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((90.8027, -2.0831, 1.4410), (91.1528, -1.6435, 0.0447), 1.4441),
    ],
)
def test_the_difference_of_colours_is_that_of_the_published_pairs(one, other, known):
    assert difference(np.array(one), np.array(other)) == pytest.approx(known, abs=1e-4)


@pytest.mark.parametrize("theme", THEMES)
def test_each_run_stands_out_from_the_picture_and_from_a_panel(theme):
    look = THEMES[theme]
    assert {
        color: ratio for color in look.runs for ground in (look.background, look.panel) if (ratio := contrast(color, ground)) < 3.1
    } == {}


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("count", "least"), [(4, 12.0), (8, 9.0)])
@pytest.mark.parametrize("sight", SIGHTS)
def test_everybody_tells_every_two_runs_apart(theme, sight, count, least):
    seen = {color: lab(color, sight) for color in THEMES[theme].runs[:count]}
    assert {pair: away for pair in combinations(seen, 2) if (away := difference(*(seen[color] for color in pair))) < least} == {}


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("sight", SIGHTS)
def test_everybody_tells_four_minima_of_the_map_apart(theme, sight):
    """Few objectives have more; each has its number in the plot too."""
    colors = colors_of(THEMES[theme])
    seen = [lab(colors[f"kind-{number}"], sight) for number in range(4)]
    assert min(difference(*pair) for pair in combinations(seen, 2)) >= 9


@pytest.mark.parametrize("theme", THEMES)
def test_texts_and_edges_stand_out_from_both_grounds(theme):
    look = THEMES[theme]
    least = {look.ink: 7.0, look.muted: 4.5, look.focus: 4.5, look.error: 4.5, look.edge: 3.1}
    assert {color for color, ratio in least.items() for ground in (look.background, look.panel) if contrast(color, ground) < ratio} == set()


def test_there_is_a_marker_for_each_colour():
    assert all(len(set(MARKERS)) >= len(look.runs) for look in THEMES.values())


def test_the_page_has_the_colours_of_the_pictures():
    page = Path(stepgrade_service.__file__).parent / "playground" / "theme.css"
    assert page.read_text(encoding="utf-8") == stylesheet(), "make theme writes it"
