"""What stands in several files is the same in each: versions, lowest dependencies, commands."""

import ast
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


def test_hooks_do_what_lint_does():
    (repository,) = parsed(".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    lint = re.search(r"^lint:.*\n((?:\t.*\n)+)", text("Makefile"), re.MULTILINE)[1]
    commands = re.findall(r"-m (\w+(?: check| format)?)", lint)
    entries = [hook["entry"] for hook in repository["hooks"]]
    assert commands == ["ruff check", "ruff format", "basedpyright"]
    for entry, command in zip(entries, commands, strict=True):
        assert entry.startswith(f".venv/bin/python -m {command}")


def test_types_are_checked_in_the_standard_mode():
    checked = tomllib.loads(text("pyproject.toml"))["tool"]["pyright"]
    assert checked["typeCheckingMode"] == "standard" and "basedpyright" in pinned(
        "requirements-dev.txt"
    )
    rules = {name for name in checked if name.startswith(("report", "ignore", "exclude"))}
    assert not rules and {"lstm_viz", "pages", "app.py", "docs"} <= set(checked["include"])


def signatures():
    """Every function of what is checked, with the names of its parameters that have no type."""
    files = [ROOT / "app.py", *(p for d in ("lstm_viz", "pages") for p in (ROOT / d).rglob("*.py"))]
    for path in sorted(files):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                own = node.args
                named = [*own.posonlyargs, *own.args, *own.kwonlyargs, own.vararg, own.kwarg]
                bare = [a.arg for a in named if a and not a.annotation]
                yield f"{path.relative_to(ROOT)}: {node.name}", set(bare) - {"self", "cls"}, node


def test_every_parameter_and_result_of_the_package_has_a_type():
    found = list(signatures())
    assert len(found) > 500
    assert not [where for where, bare, _node in found if bare]
    assert not [where for where, _bare, node in found if node.returns is None]


def test_what_the_type_checker_is_told_to_pass_over_is_explained():
    ignored = re.compile(r"#\s*(?:type|pyright):\s*ignore(?:\[[\w, ]+\])?(.*)")
    for path in sorted((ROOT / "lstm_viz").rglob("*.py")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if found := ignored.search(line):
                assert len(found[1].strip(" #")) > 5, f"{path.name}: {line.strip()}"


@pytest.mark.parametrize("form", [f for f in FORMS if f.name != "config.yml"], ids=lambda f: f.stem)
def test_an_issue_form_asks_something(form):
    read = yaml.safe_load(form.read_text(encoding="utf-8"))
    assert read["name"] and read["description"]
    assert any(part.get("validations", {}).get("required") for part in read["body"])
    names = [part["id"] for part in read["body"]]
    assert len(set(names)) == len(names)
