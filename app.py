"""lstm_viz: does a gradient survive its way back through a sequence?"""

from lstm_viz.ui import frame

frame.run()
