"""A PNG of half the size or less: what fills areas has its colour, and no other pixel is far from its own."""

import io

import numpy as np
import pytest
from PIL import Image

from stepgrade_service.pictures import canvas
from stepgrade_service.pictures.palette import CODES, COLORS, KEPT, MOST, as_png
from stepgrade_service.web.app import create_app

#: The largest difference of a red, green or blue from what was drawn, of 255: in single pixels at edges, and in all but one in 1,000.
FARTHEST, MOSTLY = 40, 12


def opened(png):
    """The pixels of a PNG, (rows, columns, 3), and how it stores them."""
    image = Image.open(io.BytesIO(png))
    return np.asarray(image.convert("RGB")).astype(int), image.mode


def pixels_of(codes):
    """Opaque pixels from numbers that red, green and blue make together."""
    codes = np.asarray(codes)
    return np.stack([codes >> 16, codes >> 8 & 255, codes & 255, np.full(codes.shape, 255)], axis=-1).astype(np.uint8)


@pytest.fixture
def drawn(monkeypatch):
    """The picture of a request as it is sent, and as it was drawn."""
    seen = []
    monkeypatch.setattr(canvas, "as_png", lambda pixels, *rest: seen.append(pixels.copy()) or as_png(pixels, *rest))
    client = create_app().test_client()

    def draw(path, body, theme="light"):
        answer = client.post(path, json=body, query_string={"theme": theme}, headers={"Accept": "image/png"})
        assert answer.status_code == 200
        return answer.data, seen[-1]

    return draw


PAIR = [{"name": "sgd", "lr": 0.02, "label": "gd"}, {"name": "rmsprop", "lr": 0.2, "rho": 0.9}]
GRID = {"x": [-6, 6, 41], "y": [-3, 3, 21]}
REQUESTS = {
    "paths": ("/trajectory", {"optimizer": "adam", "objective": "rosenbrock"}),
    "curve": ("/trajectory", {"optimizer": "adam", "objective": {"name": "sphere", "dimension": 3}}),
    "panels": ("/compare", {"objective": "quadratic", "optimizers": PAIR, "starts": ["A", "B"], "decompose": ["gd", "rmsprop"]}),
    "map": ("/map", {"objective": "quadratic", "optimizers": PAIR, "grid": GRID, "measure": ["settling_step", "direction_effect"]}),
    "values": ("/map", {"objective": "rosenbrock", "optimizers": ["adam"], "grid": GRID, "measure": "final_value", "steps": 50}),
}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("kind", REQUESTS)
def test_a_picture_is_small_and_looks_like_what_was_drawn(drawn, kind, theme):
    png, pixels = drawn(*REQUESTS[kind], theme)
    found, mode = opened(png)
    full = io.BytesIO()
    Image.fromarray(pixels).save(full, "png")
    away = np.abs(found - pixels[..., :3]).max(axis=-1)
    assert mode == "P"
    assert len(png) < 0.55 * len(full.getvalue())
    assert away.max() <= FARTHEST
    assert np.mean(away > MOSTLY) < 1e-3
    assert np.mean(away > 0) < 0.2


def test_the_colours_of_areas_stay_as_they_are():
    areas = np.arange(KEPT).repeat(200) * 99_991 % CODES
    edges = np.arange(3000) * 5407 % CODES
    pixels = pixels_of(np.concatenate([areas, edges]).reshape(-1, 100))
    found, _ = opened(as_png(pixels, "", 150))
    np.testing.assert_array_equal(found.reshape(-1, 3)[: len(areas)], pixels.reshape(-1, 4)[: len(areas), :3])
    assert len(np.unique(found.reshape(-1, 3), axis=0)) == COLORS


@pytest.mark.parametrize(("count", "mode"), [(1, "P"), (COLORS, "P"), (MOST + 1, "RGB")])
def test_few_colours_and_very_many_are_all_kept(count, mode):
    pixels = pixels_of((np.arange(count) * 251).repeat(4).reshape(4, -1))
    found, stored = opened(as_png(pixels, "", 150))
    np.testing.assert_array_equal(found, pixels[..., :3])
    assert stored == mode


def test_a_png_says_its_title_and_its_size_on_paper():
    image = Image.open(io.BytesIO(as_png(pixels_of(np.zeros((2, 3), dtype=int)), "α and β", 150)))
    assert (image.text, image.size) == ({"Title": "α and β"}, (3, 2))
    assert image.info["dpi"] == pytest.approx((150, 150), rel=1e-3)
