"""The library's version, here alone: pyproject.toml reads it, and a sweep's files carry it."""

__version__ = "0.1.0"
