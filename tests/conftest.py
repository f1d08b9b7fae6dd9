"""Settings of all tests: Hypothesis draws the same examples each time, and as many as are quick."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "lstm_viz",
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("lstm_viz")
