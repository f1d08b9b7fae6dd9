"""Which loss reaches which step? Every loss against every step, as a map."""

from dataclasses import replace

from lstm_viz.studies import gradient_map
from lstm_viz.ui.long_work import Work
from lstm_viz.ui.options import map_options, pair_options
from lstm_viz.ui.page import Page

page = Page("gradient_map", longest=gradient_map.LONGEST)
with page.above:
    options = map_options()
with page.below:
    loss, step = pair_options(page.subject().steps)
options = replace(options, loss=loss, step=step)
page.draw(lambda: gradient_map.study(page.subject(), options, Work))
