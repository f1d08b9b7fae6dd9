"""Inside one step: a drawn cell with the actual numbers of one unit, forward and backward."""

from lstm_viz.studies import one_step
from lstm_viz.ui.options import step_options
from lstm_viz.ui.page import Page

page = Page("one_step")
with page.above:
    options = step_options(page.subject().steps, page.settings.H)
page.draw(lambda: one_step.study(page.subject(), options))
