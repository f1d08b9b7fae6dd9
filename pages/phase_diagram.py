"""Where is the edge between vanishing and exploding? Many networks as one diagram."""

from lstm_viz.studies import phase_diagram
from lstm_viz.ui.long_work import Work
from lstm_viz.ui.options import chain_option, phase_options
from lstm_viz.ui.page import Page

page = Page("phase_diagram")
with page.above:
    cell = chain_option()
with page.below:
    options = phase_options(cell)
page.draw(lambda: phase_diagram.study(page.subject(), options, Work))
