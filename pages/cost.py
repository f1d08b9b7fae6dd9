"""What does it cost? Parameters, operations, waiting steps and measured time of each network."""

from lstm_viz.studies import cost
from lstm_viz.ui.measuring import draw_measured, measuring_options
from lstm_viz.ui.options import cost_options, net_options
from lstm_viz.ui.page import Page

page = Page("cost")
with page.above:
    options = cost_options()
with page.below:
    page.settings = net_options(page.settings)
subject = page.subject()
with page.last:
    timing = measuring_options()
page.draw(lambda: cost.study(subject, options))
with page.last:
    draw_measured(subject, options, *timing)
