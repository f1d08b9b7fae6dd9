"""Which architecture keeps the gradient? All of them on one input, by the gradient of the input."""

from lstm_viz.studies import architectures
from lstm_viz.ui.long_work import Work
from lstm_viz.ui.options import net_options, reach_options
from lstm_viz.ui.page import Page

page = Page("architectures")
with page.above:
    options = reach_options(page.subject().steps)
with page.below:
    page.settings = net_options(page.settings)
page.draw(lambda: architectures.study(page.subject(), options, Work))
