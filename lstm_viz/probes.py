"""The losses whose gradients are followed, as the direct ∂L/∂h_t that they cause."""

import numpy as np

from lstm_viz.arrays import as_array, check_finite, check_room, check_shape
from lstm_viz.errors import ShapeError
from lstm_viz.spec import check_integer

Array = np.ndarray


def unit_probe(hidden_size: int, seed: int = 0) -> Array:
    """Draw a unit vector v (H,), uniform on the sphere; the loss is L = ⟨v, h⟩."""
    check_integer("hidden_size", hidden_size, 1)
    check_integer("seed", seed, 0)
    check_room("a probe of this hidden_size", hidden_size)
    stream = np.random.SeedSequence(seed, spawn_key=(3,))  # 0 to 2 are the weights'
    v = np.random.default_rng(stream).normal(size=hidden_size)
    return v / np.linalg.norm(v)


def last_step(steps: int, v: Array, *, batch: int = 1) -> Array:
    """Direct gradients (T, B, H) of the loss ⟨v, h_T⟩: v at the last step, 0 elsewhere."""
    return chosen_step(steps, v, step=steps, batch=batch)


def chosen_step(steps: int, v: Array, *, step: int, batch: int = 1) -> Array:
    """Direct gradients (T, B, H) of the loss ⟨v, h_s⟩ at step s = `step`, from 1 to T."""
    check_integer("steps", steps, 1)
    check_integer("step", step, 1)
    if step > steps:
        raise ShapeError(f"step must be at most the number of steps, {steps}; got {step}")
    v = _probe(v, steps, batch)
    dh = np.zeros((steps, batch, len(v)), v.dtype)
    dh[step - 1] = v
    return dh


def every_step(steps: int, v: Array, *, batch: int = 1) -> Array:
    """Direct gradients (T, B, H) of the loss Σ_t ⟨v, h_t⟩."""
    check_integer("steps", steps, 1)
    v = _probe(v, steps, batch)
    return np.broadcast_to(v, (steps, batch, len(v))).copy()


def _probe(v: object, steps: int, batch: int) -> Array:
    """v (H,), in floating point and finite, for gradients of so many steps and sequences."""
    check_integer("batch", batch, 1)
    v = as_array("v", v)
    check_shape("v", v, ("H",))
    check_finite("v", v)
    check_room("dh of these steps and batch", steps * batch * len(v))
    return v.astype(np.result_type(v, np.float32), copy=False)
