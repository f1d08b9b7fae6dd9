"""The gallery's code runs and draws every figure there is; its pictures are there and small."""

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import plotly.graph_objects as go
import pytest
from PIL import Image

import lstm_viz.figures
from docs import pictures

DOCS = Path(pictures.__file__).parent
GALLERY = (DOCS / "gallery.md").read_text(encoding="utf-8")
PARTS_OF_OTHERS = {"theme", "panels", "instead", "of_results"}  # no figure of their own


@pytest.fixture(scope="module")
def made() -> dict[str, go.Figure]:
    return dict(pictures.figures(GALLERY))


def figure_functions() -> set[str]:
    """Return the names of all functions of lstm_viz.figures that draw a whole figure."""
    found = set()
    for module in pkgutil.iter_modules(lstm_viz.figures.__path__):
        if module.name not in PARTS_OF_OTHERS:
            full = f"lstm_viz.figures.{module.name}"
            for name, function in inspect.getmembers(
                importlib.import_module(full), inspect.isfunction
            ):
                own = function.__module__ == full and not name.startswith("_")
                if own and inspect.signature(function).return_annotation is go.Figure:
                    found.add(name)
    return found


def test_every_block_makes_a_figure_that_is_not_empty(made):
    assert len(made) == GALLERY.count("![") > 20
    for picture, figure in made.items():
        assert isinstance(figure, go.Figure), picture
        assert figure.data or figure.layout.shapes, picture


def test_every_figure_function_is_shown():
    shown = set(re.findall(r"^figure = (\w+)\(", GALLERY, re.MULTILINE))
    assert len(shown) > 20 and shown == figure_functions()


def test_every_figure_is_explained():
    for after in re.split(r"^!\[.*\)$", GALLERY, flags=re.MULTILINE)[1:]:
        text = after.split("```")[0].split("\n#")[0]
        assert len(re.findall(r"\.(?:\s|$)", text)) == 2, text


def test_every_picture_is_there_and_small(made):
    files = {path.relative_to(DOCS).as_posix() for path in (DOCS / "gallery").iterdir()}
    assert files == set(made)
    sizes = {path: (DOCS / path).stat().st_size for path in (*files, "home.png")}
    assert max(sizes.values()) < 50_000 and sum(sizes.values()) < 700_000


def test_a_picture_has_the_size_of_its_figure(made):
    for picture, figure in made.items():
        width, height = figure.layout.width or pictures.WIDTH, figure.layout.height
        assert Image.open(DOCS / picture).size == (width, height), picture
