"""What the words on the pages mean, each in a sentence: sizes, settings, gradients and measures."""

from lstm_viz.i18n import N_
from lstm_viz.quantities import Quantity

SIZES = {
    "steps": Quantity(N_("sequence length"), "T", N_("How many steps a sequence has.")),
    "sequences": Quantity(
        N_("batch size"), "B", N_("How many sequences are run beside each other.")
    ),
    "inputs": Quantity(N_("input size"), "D", N_("How many numbers come in at each step.")),
    "units": Quantity(N_("hidden units"), "H", N_("How many numbers a state consists of.")),
    "input weights": Quantity(
        N_("input weights"), "W", N_("The matrix that the input of a step is multiplied by.")
    ),
    "recurrent weights": Quantity(
        N_("recurrent weights"),
        "U",
        N_("The matrix that the hidden state of the step before is multiplied by."),
    ),
    "bias": Quantity(
        N_("bias"), "b", N_("What is added to a pre-activation whatever the input and the state.")
    ),
    "gain": Quantity(
        N_("recurrent gain"),
        meaning=N_(
            "The number that the recurrent weights are multiplied by after they have been drawn."
        ),
    ),
    "forget bias": Quantity(
        N_("forget bias"),
        "b_f",
        N_("The bias of the gate that keeps the state: the larger, the more of it is kept."),
    ),
    "input strength": Quantity(
        N_("input strength"),
        "s²",
        N_("The mean square of what input and bias put into a pre-activation, W x + b."),
    ),
    "pre-activation": Quantity(
        N_("pre-activation"),
        "a",
        N_("The weighted sum W x + U h + b that an activation function is applied to."),
    ),
    "slope": Quantity(
        N_("slope"),
        "φ′",
        N_("By how much an activation changes with its pre-activation: near 0 in saturation."),
    ),
}
GRADIENTS = {
    "total gradient": Quantity(
        N_("total gradient"),
        "∂L/∂h_t",
        N_("By how much the loss changes with a state of step t, through every path there is."),
    ),
    "direct gradient": Quantity(
        N_("direct gradient"),
        meaning=N_(
            "The part of the total gradient that the loss puts in at step t itself, before any"
            " comes from later steps."
        ),
    ),
    "input gradient": Quantity(
        N_("input gradient"),
        "∂L/∂x_t",
        N_(
            "By how much the loss changes with the input of step t: the one gradient that every"
            " architecture has, and by which they are compared."
        ),
    ),
    "gate gradient": Quantity(
        N_("gate gradient"),
        "∂L/∂a",
        N_(
            "By how much the loss changes with a gate's pre-activation, which is what it learns by."
        ),
    ),
    "weight gradient": Quantity(
        N_("weight gradient"),
        "∂L/∂U",
        N_("By how much the loss changes with a weight: the sum of what every step contributes."),
    ),
    "carrying state": Quantity(
        N_("state that carries"),
        meaning=N_(
            "The state that hands memory on: an LSTM's cell state, the hidden state of an RNN and"
            " of a GRU; where one number stands for a network's gradient, it is by this state."
        ),
    ),
    "loss": Quantity(
        N_("loss"), "L", N_("The one number whose gradient is followed back through the steps.")
    ),
    "probe": Quantity(
        N_("probe"),
        "v",
        N_(
            "A direction of length 1 that stands for the error: the loss is the output's part along"
            " it, so that a gradient of 1 is the error as it was put in."
        ),
    ),
    "path split": Quantity(
        N_("path split"),
        meaning=N_(
            "What arrives at a state, taken apart by the way that it came: along the state itself,"
            " or through each of the gates; the parts add up to the total."
        ),
    ),
    "product of gates": Quantity(
        N_("product of forget gates"),
        "∏ f",
        N_("What the cell's highway alone lets through; it leaves out every path through h."),
    ),
    "gradient map": Quantity(
        N_("gradient map"),
        "‖∂L_s/∂h_t‖",
        N_("The size of the gradient for every pair of a loss at step s and an earlier step t."),
    ),
    "length sweep": Quantity(
        N_("length sweep"),
        meaning=N_(
            "How the gradient at the first step changes as the sequence grows and the loss moves"
            " away from it."
        ),
    ),
}
MEASURES = {
    "factor": Quantity(
        N_("factor per step back"),
        meaning=N_(
            "What each step back multiplies the gradient by: below 1 it vanishes, above 1 it"
            " explodes."
        ),
    ),
    "half-life": Quantity(
        N_("half-life"), meaning=N_("After how many steps back half of the gradient is left.")
    ),
    "doubling time": Quantity(
        N_("doubling time"),
        meaning=N_("After how many steps back the gradient is twice as large."),
    ),
    "horizon": Quantity(
        N_("horizon"),
        meaning=N_(
            "After how many steps back a given share of the gradient is left, such as a thousandth."
        ),
    ),
    "underflow": Quantity(
        N_("underflow"),
        meaning=N_(
            "Where a number is too small for a float and is kept with fewer digits or as 0."
        ),
    ),
    "saturation": Quantity(
        N_("saturation"),
        meaning=N_(
            "Where an activation is so near to its limit that it hardly changes any more, and hands"
            " back next to no gradient."
        ),
    ),
    "jacobian": Quantity(
        N_("Jacobian"),
        "J_t",
        N_(
            "The matrix by which one step back multiplies a gradient: how s_t changes with s_{t−1}."
        ),
    ),
    "singular value": Quantity(
        N_("singular value"),
        meaning=N_(
            "By how much a matrix stretches one of its own directions; the largest is its norm."
        ),
    ),
    "spectral radius": Quantity(
        N_("spectral radius"),
        "ρ(U)",
        N_("The size of a matrix's largest eigenvalue: its growth per product in the long run."),
    ),
    "departure from normality": Quantity(
        N_("departure from normality"),
        meaning=N_("How much of a matrix its eigenvalues do not tell, as a share of its size."),
    ),
    "lyapunov exponent": Quantity(
        N_("Lyapunov exponent"),
        meaning=N_(
            "How fast a small difference between two states grows along the sequence, in nats per"
            " step: below 0 it dies out."
        ),
    ),
    "kaplan-yorke dimension": Quantity(
        N_("Kaplan–Yorke dimension"),
        meaning=N_(
            "How many directions growth and shrinking together leave open: 0 where all shrinks."
        ),
    ),
    "chi": Quantity(
        N_("χ from theory"),
        "χ",
        N_(
            "By what a network of very many units multiplies the square of a gradient's size with"
            " each step back; at 1 is the edge between vanishing and exploding."
        ),
    ),
    "operations": Quantity(
        N_("operations"),
        meaning=N_(
            "How many additions and multiplications the matrix products of a forward pass need."
        ),
    ),
    "sequential steps": Quantity(
        N_("sequential steps"),
        meaning=N_(
            "How many computations must wait for one another, however many processors there are."
        ),
    ),
    "path length": Quantity(
        N_("path length"),
        meaning=N_(
            "How often a network's function is applied between the first input and the last output."
        ),
    ),
}
TERMS = SIZES | GRADIENTS | MEASURES
