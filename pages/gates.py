"""What do the gates do? Those of a gated net, or what self-attention has in their place."""

from lstm_viz.registry import CELLS
from lstm_viz.studies import gates
from lstm_viz.ui.long_work import Work
from lstm_viz.ui.options import attention_options, gated_option, net_options
from lstm_viz.ui.page import Page

page = Page("gates")
with page.above:
    options = gates.Options(gated_option())
page.ask(gates.question(options.cell))
if CELLS[options.cell].attends:
    with page.below:
        page.settings = net_options(page.settings)
    with page.above:
        options = attention_options(page.subject().net(options.cell).spec)
page.draw(lambda: gates.study(page.subject(), options, Work))
