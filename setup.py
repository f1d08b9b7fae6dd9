"""What pyproject.toml cannot say: app.py and pages/ are carried inside the package, as its _app."""

from setuptools import find_packages, setup

APP = {"lstm_viz._app": ".", "lstm_viz._app.pages": "pages"}

setup(
    script_name="setup.py",  # not carried
    packages=[*find_packages(include=["lstm_viz*"]), *APP],
    package_dir=APP,
)
