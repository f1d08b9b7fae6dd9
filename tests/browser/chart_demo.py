"""A page for test_chart.py: lines, a heatmap and frames, linked, and a slider that changes them."""

import gc

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from lstm_viz.figures.theme import base_figure, colour
from lstm_viz.ui.chart import chart

st.set_page_config(page_title="charts", layout="wide")
rate = st.slider("rate", 1, 40, 10)
ground = "dark" if st.context.theme.type == "dark" else "light"
steps = np.arange(101)
decay = {"rnn": -rate / 10 * steps, "lstm": -rate / 100 * steps}
caption = (
    f'LSTM and RNN, H = 32, "T" = 100, it\'s pytorch, gain 1 < 2 & forget bias 1, rate = {rate}, '
    "probe = last step, float64; a sentence long enough to be wrapped on any screen; seed 7"
)


TITLE = 'The RNN\'s "gradient" & 1 < 2, 梯度还剩多少 🙂 ' + "and a title as long as two lines " * 2


def lines() -> go.Figure:
    figure = base_figure(ground, height=320)
    for name, y in decay.items():
        figure.add_scatter(x=steps, y=y, name=name, mode="lines", line_color=colour(name, ground))
    return figure.update_layout(xaxis_title="step t", yaxis_title="log10 norm")


def table() -> pd.DataFrame:
    frame = pd.DataFrame({"t": steps, **decay})
    frame.loc[0, "rnn"] = -np.inf
    return frame


def map_() -> go.Figure:
    figure = base_figure(ground, height=320)
    z = (decay["rnn"][:, None] * np.linspace(0, 1, 20)).T.astype(np.float32)
    return figure.add_heatmap(z=z, colorscale="Viridis").update_layout(xaxis_title="step t")


def scrubbed() -> go.Figure:
    units = np.arange(8)
    frames = [
        go.Frame(name=str(t), data=[go.Bar(x=units, y=np.cos(units + t * rate / 10))])
        for t in range(0, 101, 10)
    ]
    immediate = dict(mode="immediate", frame=dict(duration=0, redraw=True))
    steps_ = [dict(method="animate", label=f.name, args=[[f.name], immediate]) for f in frames]
    figure = go.Figure(frames[0].data, base_figure(ground, height=320).layout, frames)
    return figure.update_layout(sliders=[dict(steps=steps_)], meta=dict(cursor="slider"))


for key, figure in {"lines": lines(), "map": map_(), "scrubbed": scrubbed()}.items():
    chart(
        figure,
        key=key,
        title=TITLE if key == "lines" else f"The {key}",
        alt=f"{key}: the RNN's gradient loses {rate / 10} decades a step.",
        filename=f"{key}_rate{rate}_seed7",
        caption=caption,
        table=table,
        cursor="time",
    )
gc.collect()
gc.freeze()
