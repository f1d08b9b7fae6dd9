"""Grids in files: what they say, and what is refused before the work begins."""

import pytest

import lstm_viz as lv
from lstm_viz import cli
from lstm_viz.sweeps.grid import read_grid
from tests.sweeps.grids import GRID, nets


def test_input_options_and_defaults(write):
    grid = read_grid(
        write(
            """
            measure = "length_sweep"
            [input]
            kind = "sine"
            period = 7
            [options]
            lengths = [1, 50]
            probe_seed = 2
            """
        )
    )
    assert list(grid) == [lv.ModelSpec()] and len(grid) == 1
    sequence = lv.SequenceSpec("sine", period=7.0)
    assert grid.measure == lv.measures.LengthSweepMeasure(sequence, (1, 50), 2)


def test_the_last_list_varies_fastest(write):
    grid = read_grid(write(GRID))
    assert list(grid) == nets() == list(grid) and len(grid) == 6


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("measure = survival", r"is no TOML: .*line 1"),
        ("[base]", "measure must be one of survival, length_sweep; got None"),
        ('measure = "surival"', "measure must be one of survival, length_sweep; got 'surival'"),
        ("measure = [1]", r"measure must be one of survival, length_sweep; got \[1\]"),
        (GRID + "hiden_size = [1]", r"\[cross\] has an unknown key 'hiden_size'; known are cell"),
        (GRID + "[bse]", "the file has an unknown key 'bse'; known are measure, T, base"),
        (GRID + "init = 'xavier'", r"cross.init must be a list of values; got 'xavier'"),
        (GRID + "dtype = []", r"cross.dtype must be a list of values; got \[\]"),
        (GRID + "cell = ['lstm']", r"cell must stand in \[base\] or in \[cross\]"),
        (
            GRID + "t_max = [3, 2]",
            r"\[base\] with gain = 0.5, seed = 0, t_max = 2: t_max must be a whole number of at"
            " least 3; got 2",
        ),
        (GRID.replace("[cross]", "dtype = 8\n[cross]"), "dtype must be one of .*; got 8"),
        (GRID.replace("T = 30", "T = 0"), r"T and \[input\]: length must be .* least 1; got 0"),
        (GRID + "[input]\nsize = 3", r"\[input\] has an unknown key 'size'; known are kind"),
        (GRID + "[input]\nkind = 'sin'", r"\[input\]: kind must be one of noise.*; got 'sin'"),
        (GRID + "[options]\nsequence = 1", r"\[options\] has an unknown key 'sequence'; known are"),
        (GRID + "[options]\nprobe_seed = -1", r"\[options\]: probe_seed must be .*; got -1"),
        ('measure = "survival"\nbase = 3', r"base must be a table, \[base\]; got 3"),
    ],
)
def test_a_bad_grid_is_refused_in_one_line(text, message, write, capsys):
    path = write(text)
    assert cli.main(["sweep", str(path)]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith(f"lstm-viz: {path}") and err.count("\n") == 1
    with pytest.raises(lv.InputError, match=message):
        read_grid(path)


@pytest.mark.parametrize("content", [None, b"\xff = 1"], ids=["missing", "no text"])
def test_a_file_that_cannot_be_read_is_refused(content, tmp_path, capsys):
    path = tmp_path / "grid.toml"
    if content:
        path.write_bytes(content)
    assert cli.main(["sweep", str(path)]) == 2
    wanted = "is no TOML" if content else "No such file"
    assert wanted in capsys.readouterr().err


SHORT = 'measure = "survival"\nT = 20\n[base]\nhidden_size = 4\n'
IN_THE_MIDDLE = {  # what no spec shows, and the word that its message must have
    "[options]\nquantity = 'c'\n[cross]\ncell = ['lstm', 'rnn']": "cell = 'rnn': of must be one of",
    "[input]\nkind = 'text'\ntext = ''": "the text is empty",
    "[input]\nkind = 'text'\ntext = 'abcab'": "x must have shape (T, B, 8",
    "[input]\nkind = 'impulse'\nat = 21": "at must be a whole number from 1 to 20",
    "[input]\nkind = 'stocks'\ncolumns = 'XXX'": "there is no stock 'XXX'",
    "[cross]\nseed = [0, 1]\ninput_size = [8, 80000000000]": "would take",
    "[cross]\ncell = ['lstm', 'attention']\nhidden_size_ = [4]": "unknown",
}


@pytest.mark.parametrize("more", IN_THE_MIDDLE)
def test_what_would_fail_in_the_middle_is_refused_before_the_work(more, write, tmp_path, capsys):
    rows = tmp_path / "rows"
    assert cli.main(["sweep", str(write(SHORT + more)), "--out", str(rows)]) == 2
    out, err = capsys.readouterr()
    assert IN_THE_MIDDLE[more] in err and "failed on" not in err and err.count("\n") == 1
    assert out == "" and not rows.exists()


@pytest.mark.parametrize("T", ["1e20", "100000000000000000000"])
def test_more_steps_than_there_can_be_are_refused_before_the_work(T, write, capsys):
    assert cli.main(["sweep", str(write(SHORT.replace("20", T)))]) == 2
    assert "length" in capsys.readouterr().err


@pytest.mark.parametrize("measure", ["survival", "length_sweep"])
def test_every_architecture_passes_the_rehearsal_and_the_sweep(measure, write, capsys):
    cells = "[cross]\ncell = ['rnn', 'lstm', 'gru', 'bilstm', 'attention']\nlayers = [1, 2]"
    text = SHORT.replace("survival", measure).replace("20", "3") + cells
    assert cli.main(["sweep", str(write(text)), "--workers", "1"]) == 0
    rows = capsys.readouterr().out.strip().splitlines()
    assert len(rows) == 1 + 10 * (3 if measure == "length_sweep" else 1)


def test_a_mark_at_the_files_beginning_is_no_part_of_it(tmp_path, capsys):
    path = tmp_path / "grid.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SHORT.replace("\n", "\r\n").encode())
    assert cli.main(["sweep", str(path), "--workers", "1"]) == 0
