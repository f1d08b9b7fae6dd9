"""Files that are damaged in any way: an array of finite numbers, or an error of this library."""

import os
import random

import numpy as np
import pytest

from lstm_viz.errors import InputError
from lstm_viz.inputs.reading.gaps import POLICIES
from lstm_viz.inputs.reading.table import read_csv
from lstm_viz.say.account import account_sentences
from tests.inputs.reading.dialects import write

FILES = 20_000 if os.environ.get("LSTM_VIZ_LONG") else 500
WILD = b"\x00\xff\"';,|\t\n\r# -.\xef\xbb\xbf\x1a%eE+_\xa0"
TAME = b";,\t\n -.0123456789"


def seeds():
    """Fifteen files of all kinds."""
    by_hand = [b"1,2,3\n4,5,6\n", b'a,"b\nc"\n1,"2"\n', "1;2\n3;4\n".encode("utf-16"), b"1 2 3 4 5"]
    return by_hand + [write(random.Random(seed)).content for seed in range(11)]


def mutated(content, rng):
    """Bytes flipped, cut, put in or doubled, once or several times."""
    data = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 10))):
        at, size = rng.randrange(len(data) + 1), rng.randint(1, 40)
        match rng.randrange(5):
            case 0 if at < len(data):
                data[at] ^= 1 << rng.randrange(8)
            case 1:
                del data[at : at + size]
            case 2:
                data[at:at] = bytes(rng.choices(rng.choice((WILD, TAME)), k=rng.randint(1, 6)))
            case 3:
                data[at:at] = data[at : at + size]
            case _:
                del data[at:]
    return bytes(data)


def test_a_damaged_file_is_read_or_refused():
    rng, files, read = random.Random(10), seeds(), 0
    for number in range(FILES):
        content = mutated(rng.choice(files), rng)
        try:
            table = read_csv(content, missing=rng.choice(list(POLICIES)))
        except InputError as error:
            assert str(error) and len(str(error)) < 1000
            continue
        except Exception as error:
            raise AssertionError(f"file {number}: {content!r}") from error
        assert np.isfinite(table.values).all() and table.values.shape[1] == len(table.names)
        assert account_sentences(table.file)
        read += 1
    assert FILES / 10 < read < FILES


@pytest.mark.parametrize("options", [{}, {"missing": "drop"}, {"header": True}, {"series": False}])
def test_any_bytes_are_read_or_refused(options):
    rng = random.Random(11)
    for number in range(FILES // 5):
        content = bytes(rng.choices(b"0123456789" + WILD, k=rng.randint(0, 60)))
        try:
            assert np.isfinite(read_csv(content, **options).values).all()
        except InputError as error:
            assert str(error)
        except Exception as error:
            raise AssertionError(f"file {number}: {content!r}") from error
