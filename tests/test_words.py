"""Numbers in words: what is read back is the number, and it looks as people write it."""

import math
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lstm_viz import words

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
        (math.inf, "∞"),
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
        (0.0, 3, "0.0"),
        (1.0, 3, "1.00"),
        (-0.5, 2, f"{MINUS}0.50"),
        (1.0004, 4, "1.000"),
        (0.00123, 3, "0.00123"),
        (math.inf, 3, "∞"),
        (-math.inf, 3, f"{MINUS}∞"),
        (math.nan, 3, "nan"),
    ],
)
def test_plain_numbers(value, digits, text):
    assert simple(words.plain(value, digits)) == text


@given(st.floats(-1e9, 1e9).filter(lambda v: abs(v) > 1e-9), st.integers(1, 6))
def test_a_plain_number_is_right_to_its_digits_and_has_no_exponent(value, digits):
    text = simple(words.plain(value, digits))
    assert re.fullmatch(f"{MINUS}?[\\d_]+(\\.\\d+)?", text)
    got = float(text.replace(MINUS, "-"))
    assert got == pytest.approx(value, rel=0.5001 * 10 ** (1 - digits))


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
        (0, "0.0 steps"),
        (1.4, "1.4 steps"),
        (0.23, "0.23 steps"),
        (10, "10 steps"),
        (50, "50 steps"),
        (73.4, "73 steps"),
        (1000, "1_000 steps"),
        (100_000, "100_000 steps"),
    ],
)
def test_steps(count, text):
    got = simple(words.steps(count))
    assert got == text or (count == 0 and got == "0 steps")


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
    ("count", "text"), [(0.2, "1 s"), (8.1, "9 s"), (89, "89 s"), (100, "2 min"), (600, "10 min")]
)
def test_spans_of_time(count, text):
    assert words.seconds(count) == text


def test_no_line_ends_within_a_number():
    assert " " not in words.power(-11.5) and "\xa0" in words.power(-11.5)


@pytest.mark.parametrize(
    "log10, text",
    [
        (-0.3, "50% of"),
        (1.45, "28 times"),
        (13.1, "1.3 × 10¹³ times"),
        (-9, "1.0 × 10⁻⁹ of"),
        (-math.inf, "none of"),
    ],
)
def test_parts_stand_before_what_they_are_of(log10, text):
    assert simple(words.part(log10)) == text


@pytest.mark.parametrize(
    "value, text", [(3.0, "3"), (-3.0, f"{MINUS}3"), (0.25, "0.25"), (100.0, "100")]
)
def test_tidy_numbers_have_no_zeros_at_their_end(value, text):
    assert words.tidy(value) == text
