"""lstm_viz: does a gradient survive its way back through a sequence?

Streamlit imports this file once for its server, and runs it for every reader as the page's script.
It looks for the server in the source: `app = st.App(...)`, as it stands here.
"""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from lstm_viz.ui import frame, hosts, server

if get_script_run_ctx(suppress_warning=True):
    frame.run()
else:
    frame.announce()
    app = st.App(
        __file__,
        routes=server.ROUTES,
        middleware=server.MIDDLEWARE,
        lifespan=hosts.known_by_its_own_names,
    )
    if __name__ == "__main__":
        app.run()
