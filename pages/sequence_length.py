"""What happens as the sequence grows? The gradient at the first step against T."""

from dataclasses import replace

from lstm_viz.studies import sequence_length
from lstm_viz.ui.long_work import Work
from lstm_viz.ui.options import length_options, theory_options
from lstm_viz.ui.page import Page

page = Page("sequence_length")
with page.above:
    options = length_options()
with page.below:
    options = replace(options, theory=theory_options())
page.draw(lambda: sequence_length.study(page.subject(), options, Work))
