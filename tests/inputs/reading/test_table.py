"""Reading a CSV file: against what was written, NumPy's reader, and whole messages of errors."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lstm_viz.errors import InputError, LstmVizError, SpecError
from lstm_viz.inputs.reading.table import read_csv


def refused(error: type, call, *args, **kwargs) -> str:
    """Return the message of the error that the call raises, which must be exactly of that type."""
    with pytest.raises(LstmVizError) as caught:
        call(*args, **kwargs)
    assert type(caught.value) is error, caught.value
    return str(caught.value)


# CSV that is well formed


def columns_of(content, **options):
    return read_csv(content, **options).values


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("tail", ["", "\n", "\r\n\n  \n"])
def test_dialects_are_recognised(delimiter, end, bom, header, tail, tmp_path):
    lines = ["time;a", "1;-2.5", "3e2;.5"][0 if header else 1 :]
    text = bom + end.join(lines).replace(";", delimiter) + tail
    path = tmp_path / "data.csv"
    path.write_bytes(text.encode())
    for content in (text, text.encode(), path):
        table = read_csv(content)
        np.testing.assert_array_equal(table.values, [[1, -2.5], [300, 0.5]])
        assert table.names == (("time", "a") if header else ("column 1", "column 2"))


finite = st.floats(allow_nan=False, allow_infinity=False)
matrices = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=6),
    elements=finite,
)


@given(
    matrices,
    st.sampled_from([(",", "."), (";", "."), (";", ","), ("\t", "."), ("\t", ","), (",", ",")]),
    st.booleans(),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_a_matrix_is_read_back_bit_by_bit(matrix, dialect, header, quoting):
    delimiter, decimal = dialect
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter, quoting=quoting)
    if header:
        writer.writerow([f"x, {k};\n{k}" for k in range(matrix.shape[1])])
    writer.writerows([[repr(v).replace(".", decimal) for v in row] for row in matrix.tolist()])
    read = columns_of(file.getvalue(), decimal=decimal, separator=delimiter)
    assert read.tobytes() == matrix.tobytes()
    guessed = columns_of(file.getvalue(), decimal=decimal)
    assert guessed.tobytes() == matrix.tobytes()


@given(matrices, st.sampled_from([",", ";", "\t"]))
def test_it_agrees_with_numpy(matrix, delimiter):
    file = io.BytesIO()
    np.savetxt(file, matrix, fmt="%.12g", delimiter=delimiter)
    expected = np.genfromtxt(io.BytesIO(file.getvalue()), delimiter=delimiter, ndmin=2)
    np.testing.assert_array_equal(columns_of(file.getvalue(), series=False), expected)


def test_columns_without_numbers_are_skipped_and_named():
    text = "date,a,note,b\n2024-01-01,1,,2\n2024-01-02,3,rain,4\n"
    table = read_csv(text)
    assert table.names == ("a", "b") and table.skipped == ("date", "note")
    np.testing.assert_array_equal(table.values, [[1, 2], [3, 4]])


def test_columns_are_chosen_by_name_or_number_in_order():
    text = "a,b,c\n1,2,3\n4,5,6\n"
    np.testing.assert_array_equal(columns_of(text, columns=["c", 1]), [[3, 1], [6, 4]])
    np.testing.assert_array_equal(columns_of(text, columns="b"), [[2], [5]])
    np.testing.assert_array_equal(columns_of(text, columns=3), [[3], [6]])
    np.testing.assert_array_equal(columns_of("1,2\n3,4", columns="column 2"), [[2], [4]])


def test_a_bad_cell_of_a_column_that_is_not_used_does_not_matter():
    np.testing.assert_array_equal(columns_of("a,b\n1,2\nx,3\n", columns="b"), [[2], [3]])


def test_header_can_be_said():
    np.testing.assert_array_equal(columns_of("2018,2019\n1,2", header=True), [[1, 2]])
    np.testing.assert_array_equal(columns_of("2018,2019\n1,2"), [[2018, 2019], [1, 2]])
    assert "line 1, column 1: 'a' is not a number" in refused(
        InputError, read_csv, "a,b\n1,2", header=False
    )


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (",a,b\n0,1,2\n", ("column 1", "a", "b")),  # an index without a name, as pandas writes it
        ("a,b,\n1,2,\n", ("a", "b")),  # a delimiter at the end of every line
        ("Na,K\n1,2\n", ("Na", "K")),
        ('"a","b ""c"""\n1,2\n', ("a", 'b "c"')),
        ('"a, b";c\n1;2\n', ("a, b", "c")),
        ('"two\nlines",b\n1,2\n', ("two\nlines", "b")),
        (" a , b \n 1 , 2 \n", ("a", "b")),
        ('"a", "b, c"\n1, "2"\n', ("a", "b, c")),
        ("a; b\tc, d\n1\t2\n", ("a; b", "c, d")),
        ("\n\n a,b\n1,2\n", ("a", "b")),
    ],
)
def test_headers(text, names):
    assert read_csv(text).names == names


def test_a_first_row_with_gaps_above_numbers_is_no_header():
    assert "line 1, column 2: the cell is empty" in refused(
        InputError, read_csv, "2024-01-01,\n2024-01-02,5\n"
    )


def test_length_stops_the_reading():
    text = "a\n1\n2\n3\n4\noops\n"
    np.testing.assert_array_equal(columns_of(text, length=4), [[1], [2], [3], [4]])
    assert "line 6" in refused(InputError, read_csv, text, length=5)
    assert columns_of("a\n1\n2\n", length=50).shape == (2, 1)
    assert columns_of("1,2,3\n4\n", length=1).tolist() == [[1, 2, 3]]
    assert "length must be" in refused(SpecError, read_csv, text, length=0)


def test_a_long_file_is_read_no_further_than_asked(tmp_path):
    path = tmp_path / "long.csv"
    path.write_bytes(b"1,2\n" * 3 + b"3,4,5,6\n" + b"1,2\n" * 3)
    assert columns_of(path, length=3).shape == (3, 2)
    assert "line 4 has 4 fields" in refused(InputError, read_csv, path)


# CSV that is malformed: the whole message, so that the line is part of the contract

MALFORMED = [
    ("a,b,c\n1,2\n3,4\n", "line 2 has 2 fields where line 1 has 3 fields (separator: comma)"),
    ("", "the CSV is empty"),
    ("\ufeff", "the CSV is empty"),
    ("\n \n\r\n", "the CSV is empty"),
    ("a,b\n", "line 1: the CSV has a header and no row of numbers below it"),
    ("\n\na,b\n\n", "line 3: the CSV has a header and no row of numbers below it"),
    ("a,b\n1,2\n3\n", "line 3 has 1 field where line 1 has 2 fields (separator: comma)"),
    ("\n1;2\n3;4;5\n", "line 3 has 3 fields where line 2 has 2 fields (separator: semicolon)"),
    ("1\t2\n3,4\n", "line 2 has 1 field where line 1 has 2 fields (separator: tab)"),
    ("a,b\n1,2\n\n3,4\n", "line 3 is blank, and line 4 has values again"),
    ("a,b\n1,2\n\n  \n\n3,4\n", "line 3 is blank, and line 6 has values again"),
    ("a\n1\n\n2\n", "line 3 is blank, and line 4 has values again"),
    (
        "a,b\n1,2\n3,abc\n",
        "line 3, column 2 ('b'): 'abc' is not a number, as 2 in line 2 is",
    ),
    (
        "a,b\n1,abc\n3,4\n",
        "line 2, column 2 ('b'): 'abc' is not a number, as 4 in line 3 is",
    ),
    ("1,2\n3,abc\n", "line 2, column 2: 'abc' is not a number, as 2 in line 1 is"),
    ("1,abc\n3,4\n", "line 1, column 2: 'abc' is not a number, as 4 in line 2 is"),
    (
        '"a\nb",c\n1,2\n3,"x\ny"\n5,6\n',
        "line 4, column 2 ('c'): 'x\\ny' is not a number, as 2 in line 3 is",
    ),
    ("a\n1\n1_000\n", "line 3, column 1 ('a'): '1_000' is not a number, as 1 in line 2 is"),
    ("a,b\n1,2\n3,\n", "line 3, column 2 ('b'): the cell is empty, and a number was expected"),
    ('a\n1\n""\n', "line 3, column 1 ('a'): the cell is empty, and a number was expected"),
    (
        "a\n1\nnan\n",
        "line 3, column 1 ('a'): 'nan' stands for a missing value, and a number was expected",
    ),
    ("a\n-Inf\n1\n", "line 2, column 1 ('a'): '-Inf' is not a finite number"),
    (
        "nan,nan\n1,2\n",
        "line 1, column 1: 'nan' stands for a missing value, and a number was expected",
    ),
    ("a\n1e400\n", "the CSV has no column of numbers; line 2 holds '1e400'"),
    (
        "NA\n1\n",
        "line 1, column 1: 'NA' stands for a missing value, and a number was expected",
    ),
    ("a,b\nx,y\n", "the CSV has no column of numbers; line 2 holds 'x'"),
    (
        "a;b\n1,5;2.5\n1.5;3\n",
        "line 2, column 1 ('a'): '1,5' is not a number, as 1.5 in line 3 is; is its comma a decimal"
        " mark?",
    ),
    (
        'a,b\n1,2\n3,"4\n5,6\n',
        "line 3: the quotes do not match (one is not closed)",
    ),
    (
        'a,b\n1,2\n"3"x,4\n5,6\n',
        "line 3: the quotes do not match (one stands within a cell)",
    ),
    (
        b"a,b\n1,2\n3,\x81\n",
        "line 3: byte 3 of this line (0x81) is no text in UTF-8 or cp1252; save the file as UTF-8",
    ),
    (
        b"\xff\xfea\x00\n\x00\x00\xd8",
        "line 2: byte 2 of this line (0x00) is no UTF-16-LE; save the file as UTF-8",
    ),
    ("a\n1\0\n", "line 2: this is no text file; it holds the control character 0x00"),
    (
        b"PK\x03\x04\x14\x00[Content_Types].xml...xl/workbook.xml",
        "this is a spreadsheet of Excel, whatever its name says; save the table as CSV",
    ),
    (
        b"PK\x03\x04mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
        "this is a spreadsheet of OpenDocument, whatever its name says; save the table as CSV",
    ),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0",
        "this is a spreadsheet of Excel 97–2003, whatever its name says; save the table as CSV",
    ),
    (
        b"<!DOCTYPE html>",
        "this is a web page or XML, whatever its name says; save the table as CSV",
    ),
    (b"PK\x03\x04mimetype", "this is a zip archive, whatever its name says; save the table as CSV"),
]


@pytest.mark.parametrize(("content", "message"), MALFORMED)
def test_a_malformed_file_names_the_line(content, message):
    assert refused(InputError, read_csv, content) == message


@given(
    st.integers(1, 30),
    st.integers(1, 4),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
    st.data(),
)
def test_one_bad_cell_anywhere_is_found(rows, width, delimiter, end, header, data):
    cells = [["1"] * width for _ in range(rows + 1)]  # one row at least stays good
    first = int(header and width == 1)  # a row of words alone below the names belongs to them
    t, d = data.draw(st.integers(first, rows)), data.draw(st.integers(0, width - 1))
    cells[t][d] = data.draw(st.sampled_from(["oops", "inf", "1.2.3", "0x10"]))
    lines = [[f"n{k}" for k in range(width)]] * header + cells
    text = end.join(delimiter.join(line) for line in lines)
    message = refused(InputError, read_csv, text, header=header)
    assert message.startswith(f"line {t + header + 1}, column {d + 1}")
    assert repr(cells[t][d]) in message


def test_a_cell_stands_in_a_message_as_it_is():
    for cell in ("a\\b", "it's", "*x*", "\u00e9", "[y](z)"):
        message = refused(InputError, read_csv, f"n\\m,b\n{cell},1\n2,3\n")
        assert message.startswith(f"line 2, column 1 ('n\\m'): '{cell}' is not a number")


def test_a_long_cell_is_cut_in_the_message():
    message = refused(InputError, read_csv, "a\n1\n" + "z" * 100_000 + "\n")
    assert len(message) < 120 and "line 3" in message


def test_a_quote_left_open_in_a_long_file_names_its_line():
    message = refused(InputError, read_csv, "a,b\n" + '1,"2\n' + "3,4\n" * 100_000)
    assert message.startswith("line 2: the quotes do not match")


def test_a_column_that_is_not_there():
    text = "a,b\n1,2\n"
    assert refused(InputError, read_csv, text, columns=["a", "z"]) == (
        "the CSV has no column 'z'; it has 'a', 'b'"
    )
    assert refused(InputError, read_csv, text, columns=3) == (
        "the CSV has no column 3; it has 2: 'a', 'b'"
    )
    assert "a column's number must be" in refused(SpecError, read_csv, text, columns=0)
    assert refused(InputError, read_csv, text, columns=[]) == "no column of the CSV was chosen"
    wide = ",".join(f"n{k}" for k in range(1000)) + "\n" + ",".join(["1"] * 1000)
    assert refused(InputError, read_csv, wide, columns="z").endswith("'n19' and 980 more")


def test_a_column_of_text_that_was_asked_for():
    assert refused(InputError, read_csv, "date,a\n2024-01-01,1\n", columns="date") == (
        "line 2, column 1 ('date'): '2024-01-01' is not a number"
    )


def test_decimal_commas():
    for text in ("1,5;2\n3;-,5\n", "1,5\t2\n3\t-,5\n", '"1,5",2\n3,"-,5"\n'):
        np.testing.assert_array_equal(columns_of(text, decimal=","), [[1.5, 2], [3, -0.5]])
    for text in ("1,5\n2,5", "a\n1,5\n2,5", '"1,5"\n"2,5"'):
        np.testing.assert_array_equal(columns_of(text, decimal=","), [[1.5], [2.5]])


def test_options_that_are_unknown():
    assert "separator must be" in refused(SpecError, read_csv, "1", separator="x")
    assert "missing must be" in refused(SpecError, read_csv, "1", missing="guess")
    assert "series must be" in refused(SpecError, read_csv, "1", series=1)
    assert "decimal must be" in refused(SpecError, read_csv, "1", decimal="x")
    assert "header must be" in refused(SpecError, read_csv, "1", header="yes")


def test_a_line_that_names_a_file_is_a_path(tmp_path):
    (tmp_path / "mine.csv").write_text("a\n1\n2\n")
    (tmp_path / "mine").write_text("a\n3\n")
    assert columns_of(str(tmp_path / "mine.csv")).tolist() == [[1], [2]]
    assert columns_of(str(tmp_path / "mine")).tolist() == [[3]]
    assert "cannot read gone.csv" in refused(InputError, read_csv, "gone.csv")


def test_a_file_that_cannot_be_read(tmp_path):
    message = refused(InputError, read_csv, tmp_path / "none.csv")
    assert "none.csv" in message and "No such file" in message
    assert "cannot read" in refused(InputError, read_csv, Path(tmp_path))
    assert refused(InputError, read_csv, 5) == "a CSV must come as text, bytes or a Path; got int"
