"""Pictures of fingers that nobody has, for libfprint's virtual sensor.

Ridges are the lines of a phase that grows outwards from a core; where a vortex of the phase (an arctangent)
sits, one ridge more begins or ends: a minutia. So a finger is a seed, and a touch of it the same phase,
turned and shifted a little, with noise.
"""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 256, 320
RIDGE_PIXELS = 9.0
MINUTIAE = 34


def touch(finger: int, number: int = 0) -> bytes:
    """What the virtual sensor takes: width and height as native ints, then grey bytes."""
    rng = np.random.default_rng((finger, number + 1))
    turn, (right, down) = np.deg2rad(rng.normal(0, 2.5)), rng.normal(0, 4, 2)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    x, y = x - WIDTH / 2, y - HEIGHT / 2
    phase = _phase(
        finger, x * np.cos(turn) - y * np.sin(turn) + right, x * np.sin(turn) + y * np.cos(turn) + down
    )
    grey = 128 + 90 * np.cos(phase) + rng.normal(0, 8, x.shape)
    inside = (x / (WIDTH * 0.48)) ** 2 + (y / (HEIGHT * 0.48)) ** 2 < 1
    picture = np.where(inside, grey, 250).clip(0, 255).astype(np.uint8)
    return struct.pack("ii", WIDTH, HEIGHT) + picture.tobytes()


def _phase(finger: int, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    rng = np.random.default_rng((finger, 0))
    core = rng.normal((0, 60), 10)
    bend = rng.uniform(0.7, 1.4)
    phase = 2 * np.pi / RIDGE_PIXELS * np.hypot(x - core[0], (y - core[1]) * bend)
    for sign in rng.choice((-1, 1), MINUTIAE):
        at = rng.uniform((-0.42 * WIDTH, -0.42 * HEIGHT), (0.42 * WIDTH, 0.42 * HEIGHT))
        phase = phase + sign * np.arctan2(y - at[1], x - at[0])
    return np.asarray(phase)
