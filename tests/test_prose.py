"""The pages' prose: every number in it belongs to a claim, and proofs.py computes every claim.

`CLAIMS` has the words as they stand and what shows that they are true. Numbers within formulas are
notation; a number outside that no claim covers, or a claim whose words are gone, fails.
"""

import re

import pytest

from lstm_viz.figures.gate_views import FEWEST
from lstm_viz.ui.draw import CONTENT
from lstm_viz.ui.measuring import REPEATS
from tests import proofs
from tests import test_prose_of_survival as survival

FORMULA, SOURCES = re.compile(r"\$[^$]*\$"), re.compile(r"\n\*[^*]+\*\s*$")
NUMBER = re.compile(
    r"(?<![\w₀₁⁻])−?\d[\d.]*%?|[¼½]|10⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+"
    r"|\b(?:half|third|quarter|tenth|hundredth|thousandth|percent|seven|ten|sixteen|dozens?)\b"
)


CLAIMS = {
    "architectures": {
        "With a forget bias of −2 they close, and the gradient is gone sooner": proofs.closed_gates,
        "on average 1/T": proofs.mean_weight,
        "Over 50 steps PyTorch's LSTM with forget bias 1 is left with a factor of about 0.84 a step"
        " in one layer, 0.90 in two, 0.93 in three and 0.94 in four": proofs.deeper_is_flatter,
    },
    "attention": {
        "Each row adds up to 1": proofs.mean_weight,
        "with equal weights each of T steps gets 1/T of the gradient": proofs.equal_weights,
        "Make T ten times longer, and every step's gradient is a tenth": proofs.equal_weights,
        "where one weight is nearly 1, the way through the scores is nearly closed": (
            proofs.closed_softmax
        ),
        "single weights of more than a half": proofs.large_scores,
    },
    "cost": {
        "from about T = 3/2 · D on, whatever H is (2 · D where D = H": (
            proofs.where_attention_overtakes
        ),
        "the longer half of the lengths": proofs.longer_half,
        "towards the 2 of self-attention's T²": proofs.power_two,
        "the median of three runs": lambda: REPEATS == 3,
    },
    "gates": {
        "the smallest hundredth of all entries": lambda: FEWEST == 0.01,
        "nearly open (above 0.9) or nearly closed (below 0.1)": proofs.thresholds,
        "At step 1 the cell is empty, so the forget gate's gradient is exactly zero": (
            proofs.empty_cell
        ),
        "Near 1 it hands the gradient of c on": proofs.open_gate,
        "which is then nearly 0.": proofs.open_gate,
        "The candidate usually gets the most**": proofs.candidate_gets_most,
        "tanh′ is up to 1 where σ′ is at most ¼": proofs.slopes,
    },
    "gradient_flow": {
        "has the size 1;": proofs.error_of_size_one,
        "what float64 would round to 0 is carried with a power of two": proofs.beyond_floats,
        "by φ′(a), which is at most 1.": proofs.slopes,
        "to about 1/√3 = 0.58 of its length": proofs.shrinks,
        "With forget bias 1, f is about 0.73; the ways through h and the gates add to that, so that"
        " the curve falls less. At bias 5, f is about 0.99, and what they add makes it rise a"
        " little; at −2 the LSTM forgets faster than the RNN.": proofs.each(
            survival.test_what_the_forget_gate_does, proofs.SEEDS
        ),
        "about half of it or less arrives": proofs.each(
            survival.test_about_half_of_the_error_or_less_enters_the_cell_state, (1.0,)
        ),
        "Set the recurrent gain to 0, the forget bias to 5 and T to 200": proofs.two_states,
        "holds 5% of the error at step 0": proofs.two_states,
        "if φ′ stays at 1": proofs.slopes,
        "A small gradient at step 0 is not a small weight gradient": proofs.late_steps_dominate,
    },
    "gradient_map": {
        "there the norm is that of": proofs.thousandth,
        "which is 1. Of an LSTM": proofs.thousandth,
        "more than a thousandth is left": proofs.thousandth,
        "float32's smallest normal one, 1.2 · 10⁻³⁸.": proofs.float32_fades,
        "none at all below 10⁻⁴⁵: there it returns exactly 0.": proofs.float32_fades,
    },
    "jacobian": {
        "is 0% if the eigenvalues tell everything and 100% if they tell nothing": proofs.henrici,
        "it is 0 if everything shrinks": proofs.everything_shrinks,
        "an ordinary SVD of the product knows sixteen digits of the largest": proofs.ordinary_svd,
        "where a value is exactly 0, as with dead ReLU units": proofs.dead_units,
        "Radius below 1 is not enough": proofs.transient,
        "the slopes φ′ ≤ 1 stand between": proofs.steeper_than_the_radius,
        "all values stay at 1": proofs.steeper_than_the_radius,
    },
    "one_step": {},
    "paths": {
        "shares add up to 100%": proofs.shares_add_up,
        "about a tenth at every step with PyTorch's initialisation, multiplies, and after 50 steps"
        " the two are more than an order of magnitude apart": proofs.through_h,
        "With recurrent gain 0 no other path is left": proofs.no_recurrence,
        "**Raise the forget bias** to 5: the highway loses less than one percent a step, so that"
        " about 70% of the product is left after 50.": proofs.high_bias,
        "Shares above 100% beside negative ones": proofs.shares_cancel,
    },
    "phase_diagram": {
        "where the measured factor is 1.": proofs.biases_and_edges,
        "initialisation at gain 1 has": proofs.pytorch_g,
        "A forget bias brings the factor near 1 from below": proofs.biases_and_edges,
        "near 1 a small gain is enough to explode": proofs.biases_and_edges,
        "In the GRU it does not: is 1 where": proofs.biases_and_edges,
    },
    "sequence_length": {
        "whose size is 1.": proofs.error_of_size_one,
        "at least 95% of how it varies": proofs.a_good_fit,
        "two seeds of one network can differ by orders of magnitude at T = 500": (
            proofs.seeds_differ
        ),
        "seven powers of ten further down in float32, sixteen in float64, it returns exactly"
        " 0": proofs.subnormals,
        "A thousandth is left": proofs.thousandth,
    },
}
NOTATION = (  # numbers that claim nothing: indices, names, places
    "Table 1",
    "(2019)",
    "et al. 2017",
    "1 − z",
    "t+1",
    "step 1 to step T",
    "of length 1",
    "at t = 0 you see",
    "lower right half",
    "all rows start at 1",
    "distance from 0",
    "length from 1 to T",
    "half-life",
    "1/√3",
    "float32 and float64",
)


def prose(name):
    """A page's text on one line, without formulas and sources."""
    text = SOURCES.sub("", (CONTENT / "en" / f"{name}.md").read_text(encoding="utf-8"))
    return re.sub(r"\s+", " ", FORMULA.sub(" ", text))


@pytest.mark.parametrize("name", sorted(path.stem for path in (CONTENT / "en").glob("*.md")))
def test_every_number_belongs_to_a_claim(name):
    text = prose(name)
    for words in CLAIMS[name]:
        assert words in text, f"{words!r} is not said any more"
    for words in (*CLAIMS[name], *NOTATION):
        text = text.replace(words, " ")
    left = [text[max(0, m.start() - 40) : m.end() + 20] for m in NUMBER.finditer(text)]
    assert not left, f"no claim has the numbers in {left}"


PROOFS = {proof: words for claims in CLAIMS.values() for words, proof in claims.items()}


@pytest.mark.parametrize("proof", PROOFS, ids=[words[:40] for words in PROOFS.values()])
def test_what_is_claimed_is_so(proof):
    assert proof() is not False
