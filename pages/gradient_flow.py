"""Does the gradient survive? RNN and LSTM on the same input, against the time step."""

from lstm_viz.studies import gradient_flow
from lstm_viz.ui.options import theory_options
from lstm_viz.ui.page import Page, subject_or_none
from lstm_viz.ui.pins import draw_pin

page = Page("gradient_flow")
with page.below:
    pinned = draw_pin(page.settings)
    theory = theory_options()
options = gradient_flow.Options(theory, subject_or_none(pinned))
page.draw(lambda: gradient_flow.study(page.subject(), options))
