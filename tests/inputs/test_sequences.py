"""Inputs, against hand-written arrays and laws that hold by definition."""

import subprocess
import sys
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lstm_viz.errors import InputError, LstmVizError, SpecError
from lstm_viz.inputs.sequences import (
    KINDS,
    STOCKS,
    SequenceSpec,
    alphabet,
    constant,
    from_csv,
    from_text,
    impulse,
    make_sequence,
    sine,
    stocks,
    white_noise,
)

MAKERS = (white_noise, constant, sine, impulse)


def refused(error: type, call, *args, **kwargs) -> str:
    """Return the message of the error that the call raises, which must be exactly of that type."""
    with pytest.raises(LstmVizError) as caught:
        call(*args, **kwargs)
    assert type(caught.value) is error, caught.value
    return str(caught.value)


# Synthetic sources


@pytest.mark.parametrize("make", MAKERS)
def test_shape_and_dtype(make):
    x = make(7, 3, batch=2)
    assert x.shape == (7, 2, 3) and x.dtype == np.float64 and x.flags.writeable


@pytest.mark.parametrize("make", MAKERS)
def test_a_shorter_sequence_is_the_beginning_of_a_longer_one(make):
    np.testing.assert_array_equal(make(5, 3, batch=2), make(40, 3, batch=2)[:5])


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("bad", [0, -1, 2.0, 2.5, "3", None, True])
def test_a_size_that_is_no_positive_whole_number_is_refused(make, bad):
    assert refused(SpecError, make, bad, 1).startswith("length must be")
    assert refused(SpecError, make, 1, bad).startswith("size must be")
    assert refused(SpecError, make, 1, 1, batch=bad).startswith("batch must be")


def test_noise_depends_on_the_seed_alone():
    x = white_noise(30, 4, batch=2, seed=5)
    np.testing.assert_array_equal(x, white_noise(30, 4, batch=2, seed=5))
    assert not np.isin(x, white_noise(30, 4, batch=2, seed=6)).any()


def test_noise_is_standard_normal():
    x = white_noise(200, 25, batch=40, seed=1)  # 200,000 draws
    n = x.size
    assert abs(x.mean()) < 5 / np.sqrt(n)
    assert abs(x.var() - 1) < 5 * np.sqrt(2 / n)
    assert abs((x**4).mean() - 3) < 5 * np.sqrt(96 / n)


def test_noise_is_white():
    x = white_noise(200, 25, batch=40, seed=1)
    for axis in range(3):
        neighbours = np.swapaxes(x, 0, axis)
        product = neighbours[1:] * neighbours[:-1]
        assert abs(product.mean()) < 5 / np.sqrt(product.size)


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_noise_shares_no_draws_with_other_streams_of_the_seed(seed):
    x = white_noise(50, 4, seed=seed)
    for stream in [seed, *((seed, i, k) for i in range(3) for k in range(4))]:
        assert not np.isin(x, np.random.default_rng(stream).standard_normal(400)).any()


@pytest.mark.parametrize("bad", [-1, 0.5, "0"])
def test_a_seed_below_0_is_refused(bad):
    assert "seed must be a whole number of at least 0" in refused(
        SpecError, white_noise, 2, 2, seed=bad
    )


def test_constant_is_the_value():
    np.testing.assert_array_equal(constant(2, 3, -0.5, batch=1), [[[-0.5] * 3], [[-0.5] * 3]])


def test_impulse_is_one_step():
    x = impulse(4, 2, at=3, value=2.5)
    np.testing.assert_array_equal(x[:, 0], [[0, 0], [0, 0], [2.5, 2.5], [0, 0]])
    np.testing.assert_array_equal(impulse(3, 1)[:, 0, 0], [1, 0, 0])
    np.testing.assert_array_equal(impulse(3, 1, at=3)[:, 0, 0], [0, 0, 1])


def test_impulse_outside_the_sequence_is_refused():
    assert refused(SpecError, impulse, 4, 1, at=5) == (
        "at must be a whole number from 1 to 4; got 5"
    )
    assert "at must be" in refused(SpecError, impulse, 4, 1, at=0)


def test_sine_values_by_hand():
    x = sine(5, 4, period=4)[:, 0]
    first = [0, 1, 0, -1, 0]
    expected = np.array([first, [1, 0, -1, 0, 1], [0, -1, 0, 1, 0], [-1, 0, 1, 0, -1]]).T
    np.testing.assert_allclose(x, expected, rtol=0, atol=1e-15)


def test_sine_channels_are_spread_over_the_circle():
    x = sine(60, 3, period=17.5)[:, 0]
    np.testing.assert_allclose(x.sum(axis=1), 0, atol=1e-14)
    np.testing.assert_allclose((x**2).sum(axis=1), 1.5, rtol=1e-14)
    pair = sine(60, 2, period=17.5)[:, 0]
    np.testing.assert_allclose(pair[:, 0], -pair[:, 1], atol=1e-15)
    np.testing.assert_allclose(x[:, 0], np.sin(2 * np.pi * np.arange(60) / 17.5), atol=1e-14)


def test_sine_repeats_exactly_after_a_whole_period():
    x = sine(100_050, 1, period=25)
    np.testing.assert_array_equal(x[:50], x[100_000:])


@pytest.mark.parametrize("bad", [0, -3.0, float("nan"), float("inf"), "25", None, True, 10**400])
def test_a_period_that_is_no_positive_number_is_refused(bad):
    assert refused(SpecError, sine, 5, 1, period=bad).startswith("period must be")


@pytest.mark.parametrize("bad", [float("nan"), float("-inf"), "1", 1j])
def test_a_value_that_is_not_finite_is_refused(bad):
    assert refused(SpecError, constant, 5, 1, bad).startswith("value must be a finite number")
    assert refused(SpecError, impulse, 5, 1, value=bad).startswith("value must be a finite number")


# Text


def test_characters_by_hand():
    x = from_text("abca")
    np.testing.assert_array_equal(x[:, 0], [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]])
    assert x.shape == (4, 1, 3) and x.dtype == np.float64


def test_alphabet_is_of_code_points_in_order():
    # newline, CR, space, e, a combining acute accent, the precomposed é, and two symbols beyond
    # the basic plane, the second after U+FFFD, which a UTF-16 order would put last
    assert alphabet("\U0001f600\ufffd é\re\u0301\n\U0001d11e") == tuple(
        "\n\r e\u00e9\u0301\ufffd\U0001d11e\U0001f600"
    )


@given(st.text(st.characters(exclude_categories=[]), min_size=1))
def test_characters_are_read_back(text):
    x = from_text(text)
    symbols = alphabet(text)
    assert x.shape == (len(text), 1, len(set(text)))
    assert set(np.unique(x)) <= {0.0, 1.0} and (x.sum(axis=2) == 1).all()
    assert "".join(symbols[d] for d in x[:, 0].argmax(axis=1)) == text


@given(st.text(min_size=1))
def test_bytes_are_read_back(text):
    x = from_text(text, encoding="bytes")
    assert x.shape[1:] == (1, 256) and (x.sum(axis=2) == 1).all()
    assert bytes(x[:, 0].argmax(axis=1).tolist()).decode("utf-8") == text


def test_a_cut_text_keeps_the_inputs_of_the_whole_one():
    whole = from_text("hello world")
    np.testing.assert_array_equal(from_text("hello world", length=3), whole[:3])
    assert from_text("hello world", length=100).shape == whole.shape
    assert from_text("é", encoding="bytes", length=1)[0, 0, 0xC3] == 1


def test_a_text_that_is_none_is_refused():
    assert "the text is empty" in refused(InputError, from_text, "")
    assert "the text is empty" in refused(InputError, from_text, "", encoding="bytes")
    assert "got b'abc'" in refused(InputError, from_text, b"abc")
    message = refused(SpecError, from_text, "abc", encoding="utf-8")
    assert message == "encoding must be one of characters, bytes; got 'utf-8'"
    assert "length must be" in refused(SpecError, from_text, "abc", length=0)


def test_a_lone_surrogate_has_a_place_among_characters_and_none_among_bytes():
    assert from_text("ab\ud83d").shape == (3, 1, 3)
    message = refused(InputError, from_text, "ab\ud83d", encoding="bytes")
    assert message.startswith("character 3 of the text (U+D83D)")


# CSV: test_csv_columns.py has how a file is read, and what is refused


def columns_of(content, **options):
    return from_csv(content, **options)[:, 0]


def test_a_csv_is_one_sequence_of_its_numbers():
    text = "date,a,b\nmon,1,2\ntue,3,4\nwed,5,6\n"
    x = from_csv(text)
    assert x.shape == (3, 1, 2) and x.dtype == np.float64
    np.testing.assert_array_equal(x[:, 0], [[1, 2], [3, 4], [5, 6]])
    np.testing.assert_array_equal(from_csv(text, columns="b", length=2)[:, 0], [[2], [4]])
    np.testing.assert_array_equal(
        from_csv("7;8\n1,5;2", header=True, decimal=",")[:, 0], [[1.5, 2]]
    )
    assert from_csv("1;2\n3;4", separator=";").shape == (2, 1, 2)


@given(hnp.arrays(np.float64, (7, 3), elements=st.integers(-1000, 1000).map(float)))
def test_standardised_columns_have_mean_0_and_deviation_1(matrix):
    text = "\n".join(",".join(map(repr, row)) for row in matrix.tolist())
    x = columns_of(text, standardise=True)
    varies = np.ptp(matrix, axis=0) > 0
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose((x**2).mean(axis=0), varies.astype(float), atol=1e-12)
    assert (np.argsort(x, axis=0, kind="stable") == np.argsort(matrix, axis=0, kind="stable")).all()


def test_standardised_values_by_hand():
    x = columns_of("a,b\n1,10\n2,10\n3,40\n", standardise=True)
    np.testing.assert_allclose(x[:, 0], np.array([-1, 0, 1]) * np.sqrt(1.5), rtol=1e-15)
    np.testing.assert_allclose(x[:, 1], np.array([-1, -1, 2]) / np.sqrt(2), rtol=1e-15)


@pytest.mark.parametrize("value", ["0.1", "0", "-3", "1e308", "5e-324"])
def test_a_column_that_does_not_vary_becomes_zeros(value):
    x = columns_of(f"{value},1\n{value},2\n{value},3\n", standardise=True)
    np.testing.assert_array_equal(x[:, 0], [0, 0, 0])


@pytest.mark.parametrize("scale", ["e306", "e-300", "e-309"])
def test_standardising_does_not_overflow(scale):
    text = "\n".join(f"{k}{scale}" for k in (10, 20, 30))
    expected = np.array([-1, 0, 1]) * np.sqrt(1.5)
    np.testing.assert_allclose(columns_of(text, standardise=True)[:, 0], expected, atol=1e-14)


def test_a_cut_standardised_series_is_the_beginning_of_the_whole_one():
    text = "1\n2\n3\n40\n"
    whole = columns_of(text, standardise=True)
    np.testing.assert_array_equal(columns_of(text, standardise=True, length=2), whole[:2])
    assert "line 5" in refused(InputError, from_csv, text + "x", standardise=True, length=2)
    assert "length must be" in refused(SpecError, from_csv, text, standardise=True, length=0)


# Stocks


def test_stocks_are_plotlys():
    from plotly.data import stocks as plotly_stocks

    frame = plotly_stocks().drop(columns="date")
    assert tuple(frame.columns) == STOCKS
    x = stocks(standardise=False)
    assert x.shape == (105, 1, 6) and x.dtype == np.float64
    np.testing.assert_array_equal(x[:, 0], frame.to_numpy())
    np.testing.assert_array_equal(x[0], np.ones((1, 6)))
    chosen = stocks(["MSFT", "GOOG"], standardise=False)[:, 0]
    np.testing.assert_array_equal(chosen, frame[["MSFT", "GOOG"]].to_numpy())


def test_stocks_standardised():
    x = stocks()[:, 0]
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=1e-14)
    np.testing.assert_allclose(x.std(axis=0), 1, rtol=1e-14)
    raw = stocks(standardise=False)[:, 0]
    np.testing.assert_allclose([np.corrcoef(x[:, d], raw[:, d])[0, 1] for d in range(6)], 1)
    np.testing.assert_array_equal(stocks(length=10)[:, 0], x[:10])
    assert stocks("FB", length=500).shape == (105, 1, 1)


def test_stocks_that_are_not_there():
    message = refused(InputError, stocks, ["GOOG", "IBM"])
    assert message.startswith("there is no stock 'IBM'; there are 'GOOG', 'AAPL'")
    assert refused(InputError, stocks, []).startswith("no stock was chosen")
    assert "length must be" in refused(SpecError, stocks, length=-1)


def test_sequences_run_on_numpy_alone():
    code = (
        "import sys, lstm_viz.inputs.sequences as s; s.from_csv('1,2'); s.from_text('a');"
        "print([m for m in ('pandas', 'plotly', 'streamlit') if m in sys.modules])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True
    )
    assert printed.stdout.strip() == "[]", printed.stderr


# Specifications

SAME = [
    (SequenceSpec("noise", 9, 3, 2, seed=4), lambda: white_noise(9, 3, batch=2, seed=4)),
    (SequenceSpec("constant", 9, 3, 2, value=-1), lambda: constant(9, 3, -1, batch=2)),
    (SequenceSpec("sine", 9, 3, 2, period=7), lambda: sine(9, 3, 7, batch=2)),
    (
        SequenceSpec("impulse", 9, 3, 2, at=5, value=2),
        lambda: impulse(9, 3, 5, value=2, batch=2),
    ),
    (SequenceSpec("text", 3, text="hello"), lambda: from_text("hello", length=3)),
    (
        SequenceSpec("text", 9, text="hé", encoding="bytes"),
        lambda: from_text("hé", encoding="bytes"),
    ),
    (SequenceSpec("stocks", 9), lambda: stocks(length=9)),
    (
        SequenceSpec("stocks", 900, columns="FB, GOOG", standardise=False),
        lambda: stocks(["FB", "GOOG"], standardise=False),
    ),
]


@pytest.mark.parametrize(("spec", "make"), SAME)
def test_a_spec_makes_what_its_function_makes(spec, make):
    np.testing.assert_array_equal(make_sequence(spec), make())
    assert make_sequence(spec).tobytes() == make_sequence(replace(spec)).tobytes()


def test_every_kind_is_covered():
    assert {spec.kind for spec, _ in SAME} == set(KINDS)


def test_a_spec_is_a_key():
    spec = SequenceSpec(length=np.int64(20), value=np.float32(0.5), period=25)
    assert spec == SequenceSpec(length=20, value=0.5) and hash(spec) == hash(replace(spec))
    assert type(spec.length) is int and type(spec.value) is float and type(spec.period) is float
    assert len({spec, replace(spec), replace(spec, seed=1)}) == 2
    with pytest.raises(FrozenInstanceError):
        spec.length = 3


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        *[(name, bad) for name in ("length", "size", "batch", "at") for bad in (0, -1, 1.5, True)],
        ("seed", -1),
        ("kind", "csv"),
        ("kind", ["noise"]),
        ("encoding", "latin-1"),
        ("text", 5),
        ("columns", ("GOOG",)),
        ("value", float("nan")),
        ("period", 0),
        ("standardise", "false"),
    ],
)
def test_a_bad_field_is_refused_when_the_spec_is_made(field, bad):
    assert refused(SpecError, SequenceSpec, **{field: bad}).startswith(f"{field} must be")


def test_what_a_spec_cannot_make():
    assert "from 1 to 4" in refused(SpecError, make_sequence, SequenceSpec("impulse", 4, at=5))
    assert "the text is empty" in refused(InputError, make_sequence, SequenceSpec("text"))
    assert "'IBM'" in refused(InputError, make_sequence, SequenceSpec("stocks", columns="IBM"))
