"""Rates against lines whose slope is known, and against what a half-life means."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lstm_viz as lv
from lstm_viz.analysis.rates import fit_rate
from tests.nets import linear_net, scaled_orthogonal

NAN, INF = math.nan, math.inf
EPS = float(np.finfo(np.float64).eps)


def line(factor, n=40, start=0.0):
    return start + math.log10(factor) * np.arange(n)


@pytest.mark.parametrize("factor", [0.25, 0.5, 0.9, 0.999, 1.0, 1.001, 2.0, 37.0])
@pytest.mark.parametrize("start", [0.0, -700.0, 45.5])
def test_an_exact_line_gives_its_factor(factor, start):
    rate = fit_rate(line(factor, start=start))
    assert rate.factor == pytest.approx(factor, rel=1e-12)
    assert rate.problem == "" and rate.steps == 39
    assert rate.spread < 1e-12


@given(st.floats(1e-30, 1 - 1e-9))
def test_half_of_it_is_left_after_a_half_life(factor):
    rate = fit_rate(line(factor))
    assert rate.factor**rate.half_life == pytest.approx(0.5, rel=1e-5)
    assert rate.half_life == pytest.approx(math.log(0.5) / rate.log10_factor / math.log(10))
    assert rate.doubling_time == INF


@given(st.floats(1 + 1e-9, 1e30))
def test_it_is_doubled_after_a_doubling_time(factor):
    rate = fit_rate(line(factor))
    assert rate.factor**rate.doubling_time == pytest.approx(2, rel=1e-5)
    assert rate.half_life == INF


@given(st.lists(st.floats(-400, 400), min_size=4, max_size=30))
def test_slope_and_spread_are_those_of_least_squares(y):
    rate = fit_rate(np.array(y))
    k = np.arange(len(y))
    slope, offset = np.polyfit(k, y, 1)
    assert rate.log10_factor == pytest.approx(slope, rel=1e-6, abs=1e-9)
    rms = math.sqrt(np.mean((np.array(y) - slope * k - offset) ** 2))
    assert rate.spread == pytest.approx(rms, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("rho", [0.5, 0.93, 1.07])
def test_a_scaled_orthogonal_net_halves_by_its_rho(rho):
    net = linear_net(scaled_orthogonal(rho, H=6))
    result = lv.survival(net, np.zeros((80, 1, 1)), lv.unit_probe(6))
    span = math.log(0.5) / math.log(rho)
    got = result.rate.half_life if rho < 1 else -result.rate.doubling_time
    assert got == pytest.approx(span, rel=1e-9)


def test_a_flat_curve_neither_halves_nor_doubles():
    rate = fit_rate(np.full(30, -3.5))
    assert (rate.factor, rate.half_life, rate.doubling_time) == (1, INF, INF)
    assert rate.problem == ""
    assert rate.to_1e3.steps == INF and rate.to_eps.steps == INF
    assert not rate.to_1e3.measured


def test_a_flat_curve_with_a_ripple_is_no_bent_one():
    ripple = 0.05 * (-1.0) ** np.arange(40)
    assert fit_rate(ripple).problem == ""
    assert fit_rate(10 * ripple).problem == "bent"


def test_a_curve_that_decays_and_then_stays_is_bent():
    y = np.concatenate([line(0.5, 20), np.full(60, line(0.5, 20)[-1])])
    rate = fit_rate(y)
    assert rate.problem == "bent"
    assert rate.factor < 1 and rate.spread > 0.1


@pytest.mark.parametrize("bend", [0.5, 3.0, 48.0])
def test_a_good_r2_does_not_make_a_rate_where_the_spread_is_decades(bend):
    """A parabola of this spread on a fall of 20 times as much: its R² is 0.97."""
    k = np.linspace(0, 1, 200)
    sag = k * (1 - k) - 1 / 6
    y = -20 * bend * k + bend * sag / sag.std()
    assert 1 - (bend / y.std()) ** 2 > 0.95
    rate = fit_rate(y)
    assert rate.spread == pytest.approx(bend, rel=1e-6)
    assert rate.problem == ("" if bend <= 1 else "bent")


@pytest.mark.parametrize("spread, problem", [(0.99, ""), (1.01, "bent")])
def test_one_rate_means_within_an_order_of_magnitude(spread, problem):
    """However far it falls: 700 decades off by 10^1.01 are no rate, but a trend."""
    ripple = spread * (-1.0) ** np.arange(1000)
    assert fit_rate(-0.7 * np.arange(1000) + ripple).problem == problem


def test_a_bent_curve_has_no_forecast_but_what_it_measured():
    y = np.concatenate([line(0.5, 20), np.full(60, line(0.5, 20)[-1])])
    rate = fit_rate(y)
    assert (rate.to_1e3.steps, rate.to_1e3.measured) == (10, True)
    assert math.isnan(rate.to_eps.steps) and not rate.to_eps.measured


def test_horizons_are_measured_where_the_curve_gets_there_and_prolonged_elsewhere():
    rate = fit_rate(line(0.5, 30))
    assert (rate.to_1e3.steps, rate.to_1e3.measured) == (10, True)  # 2^−10 < 10^−3 < 2^−9
    assert not rate.to_eps.measured
    assert rate.to_eps.steps == pytest.approx(52, rel=1e-12)
    longer = fit_rate(line(0.5, 60)).to_eps
    assert longer.measured and longer.steps in (52, 53)  # at 52 it is eps but for rounding


def test_horizons_count_from_the_curves_own_start():
    assert fit_rate(line(0.1, 30, start=-300)).to_1e3.steps in (3, 4)


def test_machine_precision_is_that_of_the_dtype():
    eps = float(np.finfo(np.float32).eps)
    assert fit_rate(line(0.5, 10), eps).to_eps.steps == pytest.approx(23)


def test_a_curve_that_grows_never_falls():
    rate = fit_rate(line(1.1))
    assert rate.to_1e3.steps == INF and rate.to_eps.steps == INF


@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_points_are_too_short(n):
    rate = fit_rate(line(0.5, n))
    assert rate.problem == "too short" and rate.steps == n - 1
    assert math.isnan(rate.to_1e3.steps)
    assert rate.factor == pytest.approx(0.5) if n > 1 else math.isnan(rate.factor)


def test_four_points_are_enough():
    assert fit_rate(line(0.5, 4)).problem == ""


def test_no_point_at_all_gives_no_number():
    rate = fit_rate(np.array([]))
    assert rate.problem == "too short" and rate.steps == 0
    assert all(map(math.isnan, (rate.factor, rate.half_life, rate.to_1e3.steps)))


@pytest.mark.parametrize(
    "missing, problem", [(-INF, "zero"), (NAN, "not finite"), (INF, "not finite")]
)
def test_zeros_and_gaps_are_named_and_the_line_ends_before_them(missing, problem):
    y = line(0.5, 12)
    y[8:] = missing
    rate = fit_rate(y)
    assert rate.problem == problem
    assert rate.factor == pytest.approx(0.5) and rate.steps == 7
    assert math.isnan(rate.to_eps.steps) or rate.to_eps.measured


def test_a_gap_outranks_a_zero():
    y = line(0.5, 12)
    y[5], y[9] = -INF, NAN
    assert fit_rate(y).problem == "not finite"


def test_an_exact_zero_is_below_any_share():
    y = line(0.5, 12)
    y[4:] = -INF
    assert fit_rate(y).to_eps == lv.Horizon(4.0, True)


def curves(fewest=1):
    """Ascending distances and log10 norms, some of them exact zeros or undefined."""
    sizes = st.one_of(st.floats(-400, 400), st.sampled_from([-INF, NAN]))
    gaps = st.lists(st.tuples(st.floats(0.5, 30), sizes), min_size=fewest, max_size=30)
    return gaps.map(
        lambda pairs: (np.cumsum([g for g, _ in pairs]), np.array([y for _, y in pairs]))
    )


@given(curves(), st.one_of(st.none(), st.floats(-400, 400)))
def test_a_horizon_is_measured_only_if_the_curve_got_there_and_never_negative(curve, whole):
    k, y = curve
    rate = fit_rate(y, 1e-7, k, whole=whole)
    start, size = (k[0], y[0]) if whole is None else (0, whole)
    for found, share in ((rate.to_1e3, -3), (rate.to_eps, math.log10(1e-7))):
        there = [a - start for a, b in zip(k, y, strict=True) if b <= size + share]
        if found.measured:
            assert found.steps == there[0] >= 0
            assert not np.isnan(y[k - start <= found.steps]).any()
        elif not math.isnan(found.steps):
            assert not there and found.steps >= k[-1] - start and not rate.problem


@given(
    st.floats(-3, 3),
    st.floats(-500, 500),
    st.lists(st.floats(-0.09, 0.09), min_size=4, max_size=60),
)
def test_a_line_with_noise_gives_its_slope_and_foretells_its_own_points(slope, start, noise):
    k = np.arange(len(noise))
    rate = fit_rate(start + slope * k + noise)
    wrong = np.polyfit(k, noise, 1)[0]
    assert rate.problem == "" and rate.spread <= 0.09 + 1e-9
    assert rate.log10_factor == pytest.approx(slope + wrong, abs=1e-9)


@pytest.mark.parametrize(
    ("distance", "message"),
    [
        (np.arange(40)[::-1], r"must ascend, .*; distance\[1\] is 38 after 39"),
        ([0, 1, 2, 2, *range(3, 39)], r"distance\[3\] is 2 after 2"),
        ([0.0, NAN, *range(2, 40)], r"distance\[1\] is nan after 0.0"),
        ([-INF, *range(1, 40)], r"distance\[0\] is -inf"),
    ],
)
def test_distances_that_do_not_ascend_are_refused(distance, message):
    with pytest.raises(lv.SpecError, match=message):
        fit_rate(line(0.5), distance=np.array(distance))


def test_shares_can_be_of_an_error_that_the_curve_itself_has_lost_at_once():
    """A curve that begins at a tenth has a thousandth of the error two decades further down."""
    y = line(0.5, 60, start=-1.0)
    assert fit_rate(y, whole=0.0).to_1e3 == lv.Horizon(7.0, True)  # 2^−7 < 10^−2 < 2^−6
    assert fit_rate(y).to_1e3 == lv.Horizon(10.0, True)
    later = fit_rate(y, distance=np.arange(5, 65), whole=0.0).to_1e3
    assert later == lv.Horizon(12.0, True)


def test_a_forecast_goes_on_from_the_end_of_the_curve():
    """A fall at once and then a slow one: what is left of the way goes by the slow rate."""
    y = np.r_[0.0, line(0.95, 60, start=-0.3)]
    rate = fit_rate(y)
    left = -3 - y[-1]
    assert rate.problem == "" and rate.to_1e3.steps == pytest.approx(60 + left / rate.log10_factor)


def test_nothing_but_zeros_has_no_rate():
    rate = fit_rate(np.full(10, -INF))
    assert rate.problem == "zero" and math.isnan(rate.factor) and math.isnan(rate.half_life)
    assert math.isnan(rate.to_1e3.steps)


@pytest.mark.parametrize("decades, factor", [(-400.0, 0.0), (400.0, INF)])
def test_factors_beyond_a_float_are_zero_or_infinity_without_a_warning(decades, factor):
    rate = fit_rate(decades * np.arange(6))
    assert rate.factor == factor
    assert rate.log10_factor == pytest.approx(decades)


def test_the_curve_is_left_as_it_was():
    y = line(0.5, 8)
    before = y.copy()
    fit_rate(y)
    np.testing.assert_array_equal(y, before)


def test_a_line_that_explains_no_change_is_not_prolonged():
    ripple = 0.05 * np.sin(np.arange(60.0))
    flat = lv.fit_rate(ripple - 1e-3 * np.arange(60))
    assert not flat.problem and flat.spread < 0.1
    assert math.isnan(flat.to_1e3.steps)
    steep = lv.fit_rate(ripple - 0.05 * np.arange(60))
    assert not steep.to_1e3.measured and steep.to_1e3.steps == pytest.approx(60, rel=0.05)
    assert lv.fit_rate(np.zeros(60)).to_1e3.steps == math.inf
