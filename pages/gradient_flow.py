"""Does the gradient survive? RNN and LSTM on the same input, against the time step."""

from lstm_viz.studies import gradient_flow
from lstm_viz.ui.controls import pin
from lstm_viz.ui.options import theory_options
from lstm_viz.ui.page import Page, pinned_subject

page = Page("gradient_flow")
with page.below:
    pin(page.settings)
    theory = theory_options()
options = gradient_flow.Options(theory, pinned_subject())
page.draw(lambda: gradient_flow.study(page.subject(), options))
