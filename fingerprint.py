"""A picture's fingerprint: what stays of it when it is scaled, compressed or recoloured a little.

Knows nothing of where pictures come from; imports nothing of this project.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from PIL import Image

SIDE = 64
"""Pixels of the grey square that is looked at."""
WAVES = 16
"""Frequencies a side."""
BITS = WAVES**2
ALIKE = 32
"""So many different bits, of BITS, two pictures may have and still be the same one."""
CONTRAST = 2.0
"""Below this deviation of grey levels a picture shows nothing to tell it by."""

_STEPS = np.arange(SIDE) + 0.5
_COSINES = np.cos(np.pi / SIDE * np.outer(np.arange(1, WAVES + 1), _STEPS))


def fingerprint(picture: Image.Image) -> str | None:
    """256 bits in hexadecimal; None for a picture of one colour, which looks like any such.

    The signs, around their median, of the lowest frequencies of a discrete cosine transform
    (Zauner 2010, "Implementation and Benchmarking of Perceptual Image Hash Functions").
    """
    small = picture.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
    grey = np.asarray(small, dtype=np.float64)
    if grey.std() < CONTRAST:
        return None
    waves = _COSINES @ grey @ _COSINES.T
    return np.packbits(waves > np.median(waves)).tobytes().hex()


def distance(one: str, other: str) -> int:
    """How many bits differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def nearest(wanted: str, known: Sequence[str]) -> tuple[int, int]:
    """Where the nearest of them stands, the first of several, and how many bits differ."""
    marks = np.frombuffer(bytes.fromhex("".join(known)), np.uint8).reshape(len(known), -1)
    other = np.frombuffer(bytes.fromhex(wanted), np.uint8)
    differ = np.bitwise_count(marks ^ other).sum(axis=1, dtype=np.int64)
    at = int(differ.argmin())
    return at, int(differ[at])


def alike(wanted: str | None, known: Iterable[str]) -> str | None:
    """The nearest of those that show the same picture, if one does."""
    marks = list(known)
    if wanted is None or not marks:
        return None
    at, bits = nearest(wanted, marks)
    return marks[at] if bits <= ALIKE else None
