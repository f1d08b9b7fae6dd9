"""The library's version, here alone: pyproject.toml reads it, and a sweep's files carry it."""

__version__ = "0.2.0"
VERSION_COLUMN = "lstm_viz_version"  # in every table that the library makes
