"""How does one step stretch the gradient? Singular values, eigenvalues, Lyapunov exponents."""

from lstm_viz.studies import jacobian
from lstm_viz.ui.long_work import Work
from lstm_viz.ui.options import chain_option
from lstm_viz.ui.page import Page

page = Page("jacobian")
with page.above:
    options = jacobian.Options(chain_option())
page.draw(lambda: jacobian.study(page.subject(), options, Work))
