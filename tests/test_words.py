"""Numbers in words: what is read back is the number, and it looks as people write it."""

import math
import re
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lstm_viz import words
from lstm_viz.analysis.step_record import Scalar

MINUS = "\N{MINUS SIGN}"
DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


def simple(text):
    """With "_" between thousands, which some narrow space keeps apart, and ordinary spaces."""
    return re.sub("[\u2009\u202f]", "_", text).replace("\xa0", " ")


def log10_of(text):
    """Read "0.012" or "3.2 × 10⁻¹¹" back, as log10."""
    mantissa, _, power = simple(text).partition(" × 10")
    return math.log10(float(mantissa)) + (int(power.translate(DIGITS)) if power else 0)


@pytest.mark.parametrize(
    "log10, text",
    [
        (0.0, "1.0"),
        (math.log10(0.012), "0.012"),
        (-3, "0.001"),
        (math.log10(3.2) - 11, "3.2 × 10⁻¹¹"),
        (math.log10(9.96) + 7, "1.0 × 10⁸"),
        (5, "1.0 × 10⁵"),
        (-602.059991327962, "8.7 × 10⁻⁶⁰³"),
        (-30102.999566398, "1.0 × 10⁻³⁰¹⁰³"),
        (math.log10(6.04) + 669, "6.0 × 10⁶⁶⁹"),
        (-math.inf, "0"),
        (math.inf, "infinity"),
        (math.nan, "undefined"),
    ],
)
def test_powers(log10, text):
    got = simple(words.power(log10))
    if text in ("0.001",):
        assert log10_of(got) == pytest.approx(log10)  # 0.001 or 0.0010
    else:
        assert got == text


@given(st.floats(-40000, 40000), st.integers(2, 6))
def test_a_power_is_right_to_its_digits(log10, digits):
    got = log10_of(words.power(log10, digits))
    assert abs(got - log10) <= math.log10(1 + 0.5 * 10 ** (1 - digits)) * 1.0001 + 1e-9


@given(st.floats(-40000, 40000), st.integers(2, 6))
def test_a_mantissa_lies_between_1_and_10(log10, digits):
    text = simple(words.power(log10, digits))
    assume("×" in text)
    mantissa = text.split(" ")[0]
    assert 1 <= float(mantissa) < 10
    assert len(mantissa) == digits + 1


@pytest.mark.parametrize(
    "value, digits, text",
    [
        (0.0, 3, "0"),
        (-0.0, 2, "0"),
        (1.0, 3, "1.00"),
        (-0.5, 2, f"{MINUS}0.50"),
        (1.0004, 4, "1.000"),
        (0.00123, 3, "0.00123"),
        (9.9995e-4, 2, "0.0010"),
        (1234.5, 2, "1_200"),
        (12345.0, 2, "1.2 × 10⁴"),
        (-1e-46, 2, f"{MINUS}1.0 × 10⁻⁴⁶"),
        (5e-324, 2, "4.9 × 10⁻³²⁴"),
        (math.inf, 3, "infinity"),
        (-math.inf, 3, "minus infinity"),
        (math.nan, 3, "undefined"),
    ],
)
def test_numbers(value, digits, text):
    assert simple(words.number(value, digits)) == text


SIZES = st.floats(-320, 308).map(lambda log10: 10.0**log10) | st.floats(-1e9, 1e9)


@given(SIZES.filter(bool), st.integers(1, 6))
def test_a_number_reads_back_as_itself(value, digits):
    assume(abs(value) > 1e-300)
    text = simple(words.number(value, digits)).replace(MINUS, "-")
    mantissa, _, power = text.partition(" × 10")
    got = Decimal(mantissa.replace("_", "")).scaleb(int(power.translate(DIGITS)) if power else 0)
    assert abs(got / Decimal(value) - 1) <= Decimal("0.5001") * Decimal(10) ** (1 - digits)
    assert not re.search(r"\d{7}", text)


@given(st.floats(-300, 300), st.integers(2, 6))
def test_a_number_reads_the_same_from_its_log10_and_beyond_floats(log10, digits):
    value = 10.0**log10
    text = words.number(value, digits)
    near = {words.power(math.log10(value) + off, digits) for off in (-1e-12, 0, 1e-12)}
    assert text in near  # but for a tie of the last digit
    assert words.number(Scalar(value, 0), digits) == text
    assert (
        words.number(Scalar(-1.5, 9000), 2)
        == f"{MINUS}{words.power(math.log10(1.5) + 9000 * math.log10(2))}"
    )


def test_many_numbers_are_written_as_each_of_them():
    rng = np.random.default_rng(3)
    log10 = np.concatenate([rng.normal(0, 30, 500), [0, -3, -2.999, 4, np.nan, np.inf, -np.inf]])
    assert words.powers(log10) == [words.power(value) for value in log10]
    assert words.powers(log10[:6].reshape(2, 3), 4) == [
        [words.power(value, 4) for value in row] for row in log10[:6].reshape(2, 3)
    ]
    values = np.array([0.0, -0.0, 1.5, -2e-9, 1e9, np.inf, -np.inf, np.nan])
    assert words.numbers(values) == [words.number(value) for value in values]


def test_a_log10_has_no_minus_before_zero():
    assert words.decimals(-1e-9, 5) == "0.00000"
    assert words.decimals(-3.920818754, 5) == f"{MINUS}3.92082"


@pytest.mark.parametrize(
    "value, text",
    [
        (1, "100%"),
        (-0.3, f"{MINUS}30%"),
        (0, "0%"),
        (1.2e-4, "1.2 × 10⁻⁴"),
        (-2e-9, f"{MINUS}2.0 × 10⁻⁹"),
        (math.nan, "undefined"),
    ],
)
def test_signed_shares(value, text):
    assert simple(words.percent(value)) == text


@pytest.mark.parametrize(
    "log10, text",
    [
        (0, "100%"),
        (math.log10(0.12), "12%"),
        (math.log10(0.005), "0.50%"),
        (1, "1_000%"),
        (math.log10(10.1), "10"),
        (math.log10(2e-4), "2.0 × 10⁻⁴"),
        (-math.inf, "0"),
        (math.nan, "undefined"),
    ],
)
def test_shares(log10, text):
    assert simple(words.share(log10)) == text


@pytest.mark.parametrize("log10", [-3, 1])
def test_a_share_is_a_percentage_up_to_its_limits(log10):
    inside, outside = math.copysign(1e-9, -log10), math.copysign(1e-3, log10)
    assert words.share(log10 + inside).endswith("%")
    assert not words.share(log10 + outside).endswith("%")


@pytest.mark.parametrize(
    "count, text",
    [
        (1, "1 step"),
        (2, "2 steps"),
        (0, "0 steps"),
        (1.4, "1.4 steps"),
        (0.23, "0.23 steps"),
        (10, "10 steps"),
        (50, "50 steps"),
        (73.4, "73 steps"),
        (1000, "1_000 steps"),
        (100_000, "100_000 steps"),
        (1e46, "1.0 × 10⁴⁶ steps"),
    ],
)
def test_steps(count, text):
    assert simple(words.steps(count)) == text


@given(st.floats(0.01, 1e6))
def test_steps_are_right_to_two_digits_and_whole_from_ten(count):
    number, unit = simple(words.steps(count)).split(" ")
    value = float(number)
    assert value == pytest.approx(count, rel=0.051)
    assert unit == ("step" if number == "1" else "steps")
    if count >= 10:
        assert value == round(count)


@pytest.mark.parametrize("count", [9.96, 9.99, 0.996])
def test_steps_that_round_up_have_no_digit_too_many(count):
    number = simple(words.steps(count)).split(" ")[0]
    assert len(number.replace(".", "").lstrip("0")) <= 2


@pytest.mark.parametrize(
    ("count", "text"),
    [(0.2, "1 s"), (8.1, "9 s"), (89, "89 s"), (100, "2 min"), (600, "10 min"), (18_700, "5.2 h")],
)
def test_spans_of_time(count, text):
    assert words.seconds(count) == text


def test_no_line_ends_within_a_number():
    assert " " not in words.power(-11.5) and "\xa0" in words.power(-11.5)


@pytest.mark.parametrize(
    "value, text",
    [
        (3.0, "3"),
        (-3.0, f"{MINUS}3"),
        (0.0, "0"),
        (0.25, "0.25"),
        (0.05, "0.05"),
        (-0.0125, f"{MINUS}0.0125"),
        (100.0, "100"),
        (1e-6, "1\xa0×\xa010⁻⁶"),
        (2.5e8, "2.5\xa0×\xa010⁸"),
    ],
)
def test_tidy_numbers_have_no_zeros_at_their_end(value, text):
    assert words.tidy(value) == text
