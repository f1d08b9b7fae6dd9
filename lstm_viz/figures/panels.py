"""Panels above one another that share the time axis, in the look of all figures."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from lstm_viz.figures.theme import base_figure

TITLE, AROUND = 40, 130  # pixels: for a panel's title, and about the outer margins of a figure


def panels(ground: str, heights: list[float], titles: list[str], height: int) -> go.Figure:
    """An empty figure of panels above each other with one x axis and the shared look."""
    figure = make_subplots(
        len(heights),
        1,
        shared_xaxes=True,
        row_heights=heights,
        vertical_spacing=max(0.09, TITLE / (height - AROUND)),
        subplot_titles=titles,
    )
    return dress(figure, ground, height)


def dress(figure: go.Figure, ground: str, height: int) -> go.Figure:
    """Give a figure of several panels the shared look."""
    look = base_figure(ground, height=height).layout.to_plotly_json()
    figure.update_xaxes(look.pop("xaxis"))
    figure.update_yaxes(look.pop("yaxis"))
    figure.update_layout(look, template="none")
    figure.update_annotations(font=dict(size=14, color=look["font"]["color"]))
    return figure
