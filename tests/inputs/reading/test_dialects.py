"""How a file is understood: tables written in any dialect, and by hand what the rules say."""

import os
import random

import numpy as np
import pytest

from lstm_viz.errors import InputError
from lstm_viz.inputs.reading.table import read_csv, read_file
from lstm_viz.say.account import account_sentences, gaps_sentences
from tests.inputs.reading.dialects import write
from tests.inputs.reading.test_table import refused

SEEDS = 20_000 if os.environ.get("LSTM_VIZ_LONG") else 150


def numbers_of(file):
    return file.values[:, [column.is_numeric for column in file.columns]]


def test_a_table_in_any_dialect_is_read_back():
    for seed in range(SEEDS):
        written = write(random.Random(seed))
        file = read_file(written.content)
        np.testing.assert_allclose(
            numbers_of(file), written.values, rtol=1e-15, err_msg=f"seed {seed}: {written.dialect}"
        )
        assert not written.names or file.numeric == written.names, (seed, file.numeric)


def test_what_is_said_is_taken_as_it_is_said():
    for seed in range(SEEDS // 5):
        written = write(random.Random(seed))
        own = {key: written.dialect[key] for key in ("separator", "decimal")}
        file = read_file(written.content, **own, header=bool(written.dialect["header"]))
        np.testing.assert_allclose(numbers_of(file), written.values, rtol=1e-15, err_msg=str(seed))


READINGS = {
    "one line is a series": ("1;2;3,5", [[1], [2], [3.5]]),
    "one line below a title is a series": ("Ten values\n\n1 2 3,5 4\n", [[1], [2], [3.5], [4]]),
    "one line after names is a step": ("a,b\n1,2", [[1, 2]]),
    "comma cells in a file of them alone": ("1,5\n2,5", [[1, 5], [2, 5]]),
    "a decimal comma under a name": ("v\n1,5\n2,5", [[1.5], [2.5]]),
    "a lone comma beside semicolons": ("1,234;1\n5,678;2", [[1.234, 1], [5.678, 2]]),
    "the same beside points": ("1,234;1.5\n5,678;2.5", [[1234, 1.5], [5678, 2.5]]),
    "quoted thousands": ('a,b\n"1,234",2\n"5,678",3', [[1234, 2], [5678, 3]]),
    "blanks in a number": ("a;b\n1 234,5;2\n3;4", [[1234.5, 2], [3, 4]]),
    "per cent": ("a;b\n12 %;1\n5%;2", [[0.12, 1], [0.05, 2]]),
    "currency": ("a;b\n$1,234.50;1 €\n-$2;3 €", [[1234.5, 1], [-2, 3]]),
    "minus signs": ("a,b\n\u22121,\u20132\n-3,4", [[-1, -2], [-3, 4]]),
    "an index without a name": (",0,1\n0,.5,.6\n1,.7,.8", [[0, 0.5, 0.6], [1, 0.7, 0.8]]),
    "numbers as names": ("date,0,1,OT\n2020-01-01,1,2,3\n2020-01-02,4,5,6", [[1, 2, 3], [4, 5, 6]]),
    "fractions as names": ("date,0.5,1.5\n2020-01-01,1,2\n2020-01-02,3,4", [[1, 2], [3, 4]]),
    "years as names": ("item,2018,2019\na,1,2\nb,3,4", [[1, 2], [3, 4]]),
    "a missing value first": ("t,pm,temp\n1,NA,3\n2,5,6\n3,7,8", [[1, 5, 3], [2, 5, 6], [3, 7, 8]]),
    "a total below": ("day,v\n2024-01-01,1\n2024-01-02,2\nTotal,3\n", [[1], [2]]),
    "a title above names of digits": ("My title\n\na,b\n1,2\n3,4\nTotal,,\n", [[1, 2], [3, 4]]),
    "a title above decimal commas": ("My title\n\nvalue\n1,5\n2,5\n", [[1.5], [2.5]]),
    "titles filled up": ("Report;;\nOf 2024;;\na;b;c\n1;2;3\n;;\nNote;;\n", [[1, 2, 3]]),
    "R's row names": ('"a","b"\n"1",1,2\n"2",3,4', [[1, 2], [3, 4]]),
    "a blank line": ("x,y\n1,2\n\n3,4", [[1, 2], [2, 3], [3, 4]]),
    "numpy's header": ("# t x\n1 2\n3 4", [[1, 2], [3, 4]]),
    "comments between rows": ("a,b\n1,2\n# so far\n3,4", [[1, 2], [3, 4]]),
    "ids that look like comments": ("#,v\n#1,2\n#2,3\n#3,4", [[2], [3], [4]]),
    "Fortran's exponents": ("x y\n1D3 2d-1\n-3.5D+0 4", [[1000, 0.2], [-3.5, 4]]),
    "Eurostat's gaps": ("a\tb\n1\t: \n2\t3", [[1, 3], [2, 3]]),
    "an ARFF file": ("@relation x\n@attribute a numeric\n@data\n1,2\n3,4", [[1, 2], [3, 4]]),
    "CR CR LF": ("a,b\r\r\n1,2\r\r\n3,4\r\r\n", [[1, 2], [3, 4]]),
    "an infinity": ("a\n1\n-inf\n3", [[1], [2], [3]]),
}  # fmt: skip


@pytest.mark.parametrize("name", READINGS)
def test_the_rules(name):
    text, values = READINGS[name]
    np.testing.assert_allclose(read_csv(text, missing="interpolate").values, values, rtol=1e-15)


@pytest.mark.parametrize(
    ("policy", "values"),
    [
        ("interpolate", [[2, 1], [2, 2], [3, 3], [4, 3]]),
        ("repeat", [[2, 1], [2, 1], [2, 3], [4, 3]]),
        ("drop", [[2, 3]]),
        ("zero", [[0, 1], [2, 0], [0, 3], [4, 0]]),
    ],
)
def test_policies_for_missing_values(policy, values):
    text = "a;b\n?;1\n2;NA\nnull;3\n4;\n" if policy != "drop" else "a;b\n?;1\n2;3\n4;-\n"
    table = read_csv(text, missing=policy)
    np.testing.assert_array_equal(table.values, values)
    assert table.dropped == (2 if policy == "drop" else 0)


def test_what_was_understood_is_said():
    text = "Report\n\n# a note\ndate;temp;temp;room\n2024-01-01;1,5;2;a\n2024-01-02;?;3;b\n"
    text = f"{text}\nSource: x\n"
    table = read_csv(text.encode("cp1252"), missing="repeat")
    missing = gaps_sentences(table.filled, table.dropped, "repeat")
    said = " ".join([*account_sentences(table.file), *missing])
    for part in (
        "Rows: 2; columns: 4; separator: semicolon; decimal mark: comma; names in line 4; UTF-8.",
        "Left out above the table: “Report”.",
        "Left out below the table: “Source: x”.",
        "Lines of comment left out: 1.",
        "Several columns have one name and are numbered: temp.",
        "Not used: date (it holds dates), room (it holds no number).",
        "Missing values: 1, the last one repeated.",
    ):
        assert part in said
    assert table.names == ("temp", "temp (2)")


def test_columns_are_judged_by_all_their_cells():
    mixed = read_file("a,b\n" + "x,1\n" * 3 + "2,3\n" * 2)
    assert mixed.numeric == ("b",)
    assert mixed.columns[0].why_not() == "3 of 5 cells are not numbers"
    late = read_file("a\n" + "NA\n" * 70_000 + "1\n")
    assert late.numeric == ("a",) and late.columns[0].missing == 70_000


def test_what_is_too_large_is_refused_at_once():
    wide = ",".join(["1"] * 2001) + "\n"
    assert "2\u202f001 columns; at most 2\u202f000" in refused(InputError, read_csv, wide * 2)
    assert read_csv(wide).values.shape == (2001, 1)
    assert "cells; at most 6\u202f000\u202f000" in refused(InputError, read_csv, b"1\n" * 6_000_002)
    assert "more than 1\u202f000\u202f000 characters" in refused(
        InputError, read_csv, "a,b\n1,2\n" + "1," * 600_000 + "\n3,4\n"
    )
    assert "more than 131\u202f072 characters" in refused(InputError, read_csv, "x" * 10**6)
