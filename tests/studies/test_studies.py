"""Studies as values: made without Streamlit, and of the nets that were chosen."""

import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.nets import Net, weights_of
from lstm_viz.studies import STUDIES, gates, one_step
from lstm_viz.studies.settings import Settings
from lstm_viz.studies.subject import Sequence, subject

SMALL = Settings(T=12, H=4)
OPTIONS = {  # what a study cannot do without
    "gates": dict(cell="gru"),
    "one_step": dict(step=12, beside="rnn"),
    "paths": dict(cell="lstm"),
    "jacobian": dict(cell="rnn"),
    "gradient_map": dict(cell="lstm", wrt="c", loss=12, step=6),
    "phase_diagram": dict(cell="rnn", gain=(0.1, 4.0), y=(0.1, 10.0), n=4),
}


def made(name, settings=SMALL, **options):
    study = STUDIES[name]
    return study.study(subject(settings), study.Options(**OPTIONS.get(name, {}) | options))


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_has_an_answer_figures_that_can_be_drawn_and_their_tables(name):
    study = made(name)
    assert study.question and study.sentence and study.explanation
    assert lv.__version__ in study.caption and "12 steps" in study.caption
    assert "recurrent gain 1," in study.caption and "seed 0" in study.caption
    assert not re.search(r"\w_\w| = ", study.caption.removeprefix("lstm_viz")), study.caption
    keys = [drawing.key for drawing in study.drawings]
    assert keys and len(set(keys)) == len(keys)
    for drawing in study.drawings:
        light, dark = drawing.figure("light"), drawing.figure("dark")
        assert light.data and light.to_json() != dark.to_json()
        assert len(drawing.table()) and "T12" in drawing.filename
        assert len(drawing.title) > 15 and not re.search(r"\w_\w| = ", drawing.title)
        assert unnamed(light) == []


def unnamed(figure):
    """Axes and colour bars that are seen and do not say what they show."""
    layout, missing = figure.layout, []
    axes = {name: layout[name] for name in layout if re.match("[xy]axis", name)}
    for name, axis in axes.items():
        seen = axis.visible is not False and axis.showticklabels is not False
        if seen and not axis.title.text and not _shares(axis, axes):
            missing.append(name)
    maps = [trace for trace in figure.data if trace.type == "heatmap"]
    bars = [own.colorbar for own in maps if own.showscale is not False and not own.coloraxis]
    bars += [layout[own.coloraxis].colorbar for own in maps if own.coloraxis]
    return missing + [bar for bar in bars if not bar.title.text]


def _shares(axis, axes):
    """Whether an axis is drawn as another, which is named."""
    if axis.matches is None:
        return False
    names = [axis.matches[0] + "axis" + axis.matches[1:]]
    names += [name for name, other in axes.items() if other.matches == axis.matches]
    return any(axes[name].title.text for name in names)


def test_studies_need_no_streamlit():
    code = (
        "import sys; from tests.studies.test_studies import STUDIES, made;"
        "[made(name) for name in STUDIES]; assert 'streamlit' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_each_role_has_a_net_of_its_own_where_it_is_set_so():
    """An orthogonal RNN beside PyTorch's LSTM: the same as two settings, each for one of them."""
    settings = replace(SMALL, own=(("rnn", "init", "orthogonal"), ("lstm", "forget_bias", 0.0)))
    rnn, lstm = subject(settings).compared()
    alone = replace(SMALL, init="orthogonal"), replace(SMALL, forget_bias=0.0)
    assert rnn == subject(alone[0]).net("rnn") and lstm == subject(alone[1]).net("lstm")
    assert lstm.spec == lv.ModelSpec.pytorch("lstm", input_size=8, hidden_size=4)
    U = weights_of(rnn).U
    np.testing.assert_allclose(U @ U.T, np.eye(4), atol=1e-12)
    mixed, parts = made("gradient_flow", settings), [made("gradient_flow", own) for own in alone]
    curve = mixed.drawings[0].figure("light").data
    assert (curve[0].y == parts[0].drawings[0].figure("light").data[0].y).all()
    assert (curve[1].y == parts[1].drawings[0].figure("light").data[1].y).all()
    assert "RNN: initialisation “orthogonal”, LSTM: forget bias 0" in mixed.caption
    names = {study.drawings[0].filename for study in (mixed, *parts)}
    assert len(names) == 3


def test_a_net_is_a_key_and_its_seeds_follow_one_another():
    net = subject(SMALL).net("gru")
    assert net == Net(replace(net.spec)) and hash(net) == hash(Net(replace(net.spec)))
    assert [own.spec.seed for own in net.seeds(3)] == [0, 1, 2]


def test_inputs_are_the_same_if_they_were_made_from_the_same():
    one, other = subject(SMALL), subject(SMALL)
    assert one.input == other.input and one.input.x is not other.input.x
    scaled = subject(replace(SMALL, scale=2.0))
    assert scaled.input != one.input and scaled.plain == one.input
    assert (scaled.input.x == 2 * one.input.x).all()
    assert one.input.first(5) == subject(SMALL).input.first(5) != one.input
    assert one.input.first(12) is one.input
    with pytest.raises(lv.InputError, match="floating-point"):
        Sequence("huge", np.full((1, 1, 1), 1e300)).times(1e300)


def test_attention_is_shown_for_no_more_steps_than_are_mapped_at_once(monkeypatch):
    monkeypatch.setattr(gates, "MAPPED_STEPS", {False: 5, True: 3})
    study = made("gates", cell="attention")
    assert "first 5" in " ".join(study.notices) and "5 steps" in study.caption
    assert "3 steps" in made("gates", replace(SMALL, layers=2), cell="attention").caption


def test_both_cells_of_one_step_have_their_own_words_numbers_and_equations():
    study = made("one_step", beside="gru", unit=1, direction="backward")
    lstm, gru = study.rows[0].sections
    assert study.sentences == (lstm.drawing.alt, gru.drawing.alt)
    assert lstm.drawing.alt.startswith("LSTM") and gru.drawing.alt.startswith("GRU")
    assert [heading for heading, _lines in lstm.equations] == ["Backward"]
    assert {record.name for record in one_step.DRAWN} == {"lstm", "rnn", "gru"}
