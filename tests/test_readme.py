"""The examples of the README run as printed, and print what it says."""

import re
from pathlib import Path

import pytest

import lstm_viz as lv
from lstm_viz import cli

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
GRIDS = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_prints_what_it_says(example, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    exec(compile(example, "README.md", "exec"), {"__name__": "readme"})
    printed = capsys.readouterr().out.splitlines()
    assert printed and all(f"# {line}" in example for line in printed), printed


def test_the_grid_is_swept_by_the_command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "grid.toml").write_text(GRIDS[0], encoding="utf-8")
    command = next(line.strip() for line in README.splitlines() if "lstm-viz sweep grid" in line)
    arguments = command.partition("#")[0].split()[1:]
    assert cli.main([*arguments, "--workers", "1"]) == 0
    nets = [lv.ModelSpec(gain=g, forget_bias=b) for g in (0.5, 1.0, 2.0) for b in (-2.0, 0.0, 2.0)]
    measure = lv.measures.SurvivalMeasure(lv.SequenceSpec(length=200))
    assert (tmp_path / "table.csv").read_text() == lv.sweep(nets, measure).to_csv(index=False)
    assert len(list((tmp_path / "rows").iterdir())) == 9
