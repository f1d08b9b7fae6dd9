"""Results as tidy tables, one row an observation: the one place below the pages with pandas."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from lstm_viz.version import VERSION_COLUMN


def rows_frame(rows: list[dict]) -> pd.DataFrame:
    """One row for each dict, columns in the order in which they first appear."""
    return pd.DataFrame(rows)


def columns_frame(columns: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """One column for each array (n,)."""
    return pd.DataFrame(dict(columns))


def grid_frame(
    first_axis: str, first_index: int, columns: Mapping[str, np.ndarray]
) -> pd.DataFrame:
    """Arrays (n, B, H), or (n, B), on one grid → one row for each cell of the grid.

    The first axis counts from `first_index` under the name `first_axis`; sequences and units
    count from 0.
    """
    arrays = {name: np.asarray(array) for name, array in columns.items()}
    shape = next(iter(arrays.values())).shape
    names = (first_axis, "sequence", "unit")[: len(shape)]
    index = np.indices(shape).reshape(len(shape), -1)
    frame = {name: axis for name, axis in zip(names, index, strict=True)}
    frame[first_axis] = frame[first_axis] + first_index
    return pd.DataFrame(frame | {name: array.ravel() for name, array in arrays.items()})


def entries_frame(arrays: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """One row for each entry of each array, with its places along up to three axes."""
    frames = []
    for name, array in arrays.items():
        places = zip(("row", "column", "layer"), np.indices(array.shape), strict=False)
        columns = {axis: place.ravel() for axis, place in places}
        frame = pd.DataFrame(columns | {"value": array.ravel()})
        frame.insert(0, "array", name)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def unpadded(frame: pd.DataFrame, lengths: np.ndarray | None) -> pd.DataFrame:
    """The rows of steps, from 1, that belong to the sequences and not to their padding."""
    if lengths is None:
        return frame
    return frame.loc[frame["step"] <= lengths[frame["sequence"]]].reset_index(drop=True)


def with_settings(
    frame: pd.DataFrame, settings: Mapping[str, object], version: str
) -> pd.DataFrame:
    """The same table after columns that all rows share, and before one for the version.

    What was float32 becomes float64, so that it is the same number once it went through a file.
    """
    single = frame.select_dtypes("float32")
    frame = frame.astype(dict.fromkeys(single, "float64"))
    own = [(name, value) for name, value in settings.items() if name not in frame]
    for position, (name, value) in enumerate(own):
        frame.insert(position, name, value)
    return frame.assign(**{VERSION_COLUMN: version})


def nested_frame(
    outer: list[dict], inner: list[list[dict]], after: list[dict], names: Iterable[str]
) -> pd.DataFrame:
    """One row for each inner dict, between the columns of the two that it belongs to.

    names : the columns of a table without any row
    """
    if not any(inner):
        return pd.DataFrame(columns=list(names))
    counts = np.repeat(np.arange(len(outer)), [len(rows) for rows in inner])
    left, right = (pd.DataFrame(d).iloc[counts].reset_index(drop=True) for d in (outer, after))
    return pd.concat([left, pd.DataFrame([row for rows in inner for row in rows]), right], axis=1)


def concatenate(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Tables under one another; a column that one of them lacks is empty there."""
    frame = pd.concat(list(frames), ignore_index=True)
    return frame.loc[:, sorted(frame, key=VERSION_COLUMN.__eq__)]  # the version stays at the end


def flow_frame(results: list, ghosts: list, lines: list) -> pd.DataFrame:
    """What a figure of the gradient's flow draws; where something is pinned, which rows are."""
    frame = concatenate(found.to_frame() for found in [*results, *lines])
    if not ghosts:
        return frame
    kept = concatenate(found.to_frame() for found in ghosts)
    return concatenate([frame.assign(pinned=False), kept.assign(pinned=True)])
