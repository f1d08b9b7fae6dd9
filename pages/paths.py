"""Which way does the gradient take? What arrives at a state, split by path, at every step."""

from lstm_viz.studies import paths
from lstm_viz.ui.options import path_options
from lstm_viz.ui.page import Page

page = Page("paths")
with page.above:
    options = path_options()
page.draw(lambda: paths.study(page.subject(), options))
