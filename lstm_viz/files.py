"""Files that are there whole or not at all, whenever the process that writes them ends."""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def whole_file(path: str | os.PathLike) -> Iterator[TextIO]:
    """Give a text file (UTF-8) to write to, which takes the place of `path` once it is complete.

    It is written beside it; until then, and if anything goes wrong, an earlier file of that name
    stays as it was. What is no file to be replaced, such as a pipe, is written to as it stands.

    Raises OSError as `open` and `write` do.
    """
    path = Path(path)
    if path.exists() and not path.is_file() and not path.is_dir():
        with open(path, "w", encoding="utf-8", newline="") as file:
            yield file
        return
    path = Path(os.path.realpath(path))  # a link stays one
    unfinished = path.with_name(f"{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        with open(unfinished, "x", encoding="utf-8", newline="") as file:
            yield file
        if path.is_file():
            shutil.copymode(path, unfinished)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
