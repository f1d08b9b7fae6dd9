"""The losses whose gradients are followed, as the direct ∂L/∂h_t that they cause."""

import numpy as np

from lstm_viz.arrays import as_array, check_finite, check_lengths, check_room, check_shape, present
from lstm_viz.errors import Said, ShapeError
from lstm_viz.spec import check_integer, whole_numbers

Array = np.ndarray


def unit_probe(hidden_size: int, seed: int = 0) -> Array:
    """Draw a unit vector v (H,), uniform on the sphere; the loss is L = ⟨v, h⟩."""
    hidden_size = check_integer("hidden_size", hidden_size, 1)
    seed = check_integer("seed", seed, 0)
    check_room(Said("room-probe"), hidden_size)
    stream = np.random.SeedSequence(seed, spawn_key=(3,))  # 0 to 2 are the weights'
    v = np.random.default_rng(stream).normal(size=hidden_size)
    return v / np.linalg.norm(v)


def last_step(
    steps: int, v: Array, *, batch: int | None = None, lengths: Array | None = None
) -> Array:
    """Direct gradients (T, B, H) of the loss ⟨v, h_T⟩: v at the last step, 0 elsewhere.

    lengths : (B,), how many of the steps each sequence of a padded batch has: v stands at its own
        last one. B is `batch`, or as many as there are lengths, or 1.
    """
    steps = check_integer("steps", steps, 1)
    ends = _ends(steps, batch, lengths)
    v = _probe(v, steps, len(ends))
    dh = np.zeros((steps, len(ends), len(v)), v.dtype)
    dh[ends - 1, np.arange(len(ends))] = v
    return dh


def chosen_step(steps: int, v: Array, *, step: int, batch: int = 1) -> Array:
    """Direct gradients (T, B, H) of the loss ⟨v, h_s⟩ at step s = `step`, from 1 to T."""
    steps = check_integer("steps", steps, 1)
    step = check_integer("step", step, 1)
    if step > steps:
        raise ShapeError("at-most", name="step", most=steps, got=step)
    batch = check_integer("batch", batch, 1)
    v = _probe(v, steps, batch)
    dh = np.zeros((steps, batch, len(v)), v.dtype)
    dh[step - 1] = v
    return dh


def every_step(
    steps: int, v: Array, *, batch: int | None = None, lengths: Array | None = None
) -> Array:
    """Direct gradients (T, B, H) of the loss Σ_t ⟨v, h_t⟩, over each sequence's own steps."""
    steps = check_integer("steps", steps, 1)
    ends = _ends(steps, batch, lengths)
    v = _probe(v, steps, len(ends))
    return np.where(present(steps, ends)[..., None], v, 0)


def _ends(steps: int, batch: int | None, lengths: Array | None) -> Array:
    """The last step of each of B sequences, (B,)."""
    if batch is not None:
        batch = check_integer("batch", batch, 1)
        check_room(Said("room-direct"), batch)
    if lengths is None:
        check_room(Said("room-direct"), steps)
        return np.full(1 if batch is None else batch, steps)
    ends = np.array(whole_numbers("lengths", lengths, 1, steps))
    if batch is not None:
        check_lengths(ends, steps, batch)
    return ends


def _probe(v: object, steps: int, batch: int) -> Array:
    """v (H,), in floating point and finite, for gradients of so many steps and sequences."""
    v = as_array("v", v)
    check_shape("v", v, ("H",))
    check_finite("v", v)
    check_room(Said("room-direct"), steps * batch * len(v))
    return v.astype(np.result_type(v, np.float32), copy=False)
