"""What stands in several files is the same in each: versions, lowest dependencies, commands."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

from lstm_viz.version import __version__

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def parsed(name: str) -> dict:
    return yaml.safe_load(text(name))


def pinned(name: str) -> dict[str, Version]:
    """Return the versions that a requirements file fixes."""
    lines = re.findall(r"^([\w-]+)==(\S+)$", text(name), re.MULTILINE)
    return {package: Version(version) for package, version in lines}


def floors() -> dict[str, Version]:
    """Return the lowest version of each package that pyproject.toml allows."""
    extras = PROJECT["optional-dependencies"].values()
    wanted = [Requirement(line) for lines in (PROJECT["dependencies"], *extras) for line in lines]
    return {r.name: lowest(r) for r in wanted if r.name != "lstm_viz"}


def lowest(requirement: Requirement) -> Version:
    bounds = [Version(s.version) for s in requirement.specifier if s.operator == ">="]
    assert len(bounds) == 1, f"{requirement}: no lowest version"
    return bounds[0]


def test_one_version_everywhere():
    newest = re.search(r"^## (\S+)", text("CHANGELOG.md"), re.MULTILINE)[1]
    assert {newest, str(parsed("CITATION.cff")["version"])} == {__version__}


def test_the_changelog_descends():
    versions = [Version(v) for v in re.findall(r"^## (\S+)", text("CHANGELOG.md"), re.MULTILINE)]
    assert len(versions) > 1 and versions == sorted(set(versions), reverse=True)


def test_the_lowest_dependencies_are_those_that_are_declared():
    assert pinned("requirements-lowest.txt") == floors()


def test_what_the_app_is_made_with_is_allowed():
    for line in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["app"]:
        wanted = Requirement(line)
        assert pinned("requirements.txt")[wanted.name] in wanted.specifier, line


def test_the_workflow_runs_from_the_lowest_python_on():
    jobs = parsed(".github/workflows/ci.yml")["jobs"]
    floor = PROJECT["requires-python"].removeprefix(">=")
    assert jobs["test"]["strategy"]["matrix"]["python"] == [floor, "3.12", "3.13"]
    assert jobs["lowest"]["steps"][1]["with"]["python-version"] == floor
    commands = {step.get("run") for job in jobs.values() for step in job["steps"]}
    assert commands == {None, ".ci/run", "make lowest"}


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "README.md", ".github/workflows/ci.yml"])
def test_every_make_command_exists(name):
    targets = re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE)
    named = re.findall(r"(?:^ +|^ +- run: |`|=1 )make ([a-z]+)", text(name), re.MULTILINE)
    assert named and set(named) <= set(targets)


def test_every_file_that_contributing_names_exists():
    named = re.findall(
        r"`((?:lstm_viz|tests|pages|docs|requirements|\.ci)[\w./-]*)`", text("CONTRIBUTING.md")
    )
    made_later = "lstm_viz/locale"
    missing = [path for path in named if not (ROOT / path).exists() and made_later not in path]
    assert named and not missing


def test_hooks_use_the_ruff_that_lint_uses():
    (repository,) = parsed(".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    entries = [hook["entry"] for hook in repository["hooks"]]
    assert all(entry.startswith(".venv/bin/python -m ruff ") for entry in entries)


@pytest.mark.parametrize("form", [f for f in FORMS if f.name != "config.yml"], ids=lambda f: f.stem)
def test_an_issue_form_asks_something(form):
    read = yaml.safe_load(form.read_text(encoding="utf-8"))
    assert read["name"] and read["description"]
    assert any(part.get("validations", {}).get("required") for part in read["body"])
    names = [part["id"] for part in read["body"]]
    assert len(set(names)) == len(names)
