"""The app as a reader's session without a browser, and the engine's numbers for its settings."""

import base64
import functools
import json
import math
from pathlib import Path
from urllib.parse import parse_qsl

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest, local_script_runner

import lstm_viz as lv
from lstm_viz import words

ROOT = Path(__file__).parent.parent
CHARTS = {
    "gradient_flow": 1,
    "sequence_length": 1,
    "architectures": 2,
    "cost": 1,
    "gates": 3,
    "one_step": 2,
    "paths": 2,
    "jacobian": 3,
    "gradient_map": 2,
    "phase_diagram": 1,
}
PAGES = tuple(CHARTS)


def started(**query):
    """A session with these settings in its address, which has not run yet."""
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    at.query_params.update({key: str(value) for key, value in query.items()})
    return at


def opened(page="gradient_flow", **query):
    """A session that starts on a page with these settings in its address."""
    return gone_to(started(**query), page)


@functools.cache
def shown(page="gradient_flow", **query):
    """Such a session that is only looked at: all tests of one process share it."""
    return opened(page, **query)


def gone_to(at, page):
    """By the navigation, which leaves the address behind; a new session begins with it."""
    if at._finished_page_script_hash:
        at.query_params.clear()
    return checked(at.switch_page(f"pages/{page}.py").run())


def checked(at):
    assert not at.exception, [f"{e.message}\n{''.join(e.stack_trace)}" for e in at.exception]
    return at


def charts(at):
    """(header, figure) of every chart on the page: what the component is given."""
    components = [element.proto for element in at.get("bidi_component")]
    payloads = [proto.bytes.decode() for proto in components if proto.bytes]
    return [tuple(map(json.loads, text.split("\n", 1))) for text in payloads]


def address(at):
    """The settings that the browser is told to write into its address."""
    (proto,) = [element.proto for element in at.get("bidi_component") if element.proto.json]
    return dict(parse_qsl(json.loads(proto.json)["query"], keep_blank_values=True))


def answer(at):
    """The sentence above the figure, which is the figure's description too."""
    said, (header, _) = [m.value for m in at.markdown], charts(at)[0]
    assert header["alt"] in said
    return header["alt"]


def y_of(trace):
    y = trace["y"]
    if isinstance(y, dict):
        y = np.frombuffer(base64.b64decode(y["bdata"]), y["dtype"])
    return np.array([np.nan if v is None else v for v in y], float)


def written(at):
    """Everything that the page says outside of its figures, and the figures' legends."""
    said = [e.value for kind in (at.markdown, at.info, at.warning, at.error) for e in kind]
    names = [trace.get("name") or "" for _, figure in charts(at) for trace in figure["data"]]
    return " ".join([*said, *names])


def uploaded(page, content, **query):
    """A session on a page whose reader chose a CSV file there."""
    at = opened(page, **query)
    checked(at.selectbox(key="source").select("csv").run())
    return checked(at.file_uploader[0].set_value(("data.csv", content, "text/csv")).run())


def inputs(source="noise", T=50, D=8, seed=0):
    return lv.make_sequence(lv.SequenceSpec(kind=source, length=T, size=D, seed=seed))


def norms(cell, *, T=50, H=32, D=8, seed=0, source="noise", loss=None, **options):
    """log10 ‖∂⟨v, h_loss⟩/∂h_t‖, of an LSTM ∂c_t, for t = 0 … loss, by the engine itself."""
    x = inputs(source, T, D, seed)[:loss]
    options = {"activation": "tanh"} | options
    if cell == "rnn" and options.get("init") == "chrono":
        options["init"] = "pytorch"
    spec = lv.ModelSpec(cell=cell, input_size=x.shape[2], hidden_size=H, seed=seed, **options)
    w = lv.init_weights(spec)
    grads = lv.backward(w, lv.forward(w, x), lv.last_step(len(x), lv.unit_probe(H, seed)))
    return lv.log10_norms(grads)["c" if cell == "lstm" else "h"][:, 0]


def span(log10):
    """The half-life of a straight line of log10 norms against time, in words."""
    slope = np.polyfit(np.arange(len(log10)), log10, 1)[0]
    return words.steps(abs(math.log10(2) / slope))


def restarted(at):
    """The same page in the same browser, of a session that knows nothing: the server began anew.

    Its first message carries the widgets as they stand, with what was set of them since the last
    run, and the address.
    """
    new = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    new.query_params.update(address(at))
    new._page_hash = at._finished_page_script_hash
    return checked(new._run(at._tree.get_widget_states()))


def come_back(at, page, query):
    """By the browser's Back or Forward to an entry of its history."""
    at.query_params.clear()
    at.query_params.update(query)
    by_history = functools.partial(local_script_runner.RerunData, is_history_navigation=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local_script_runner, "RerunData", by_history)
        return checked(at.switch_page(f"pages/{page}.py").run())
