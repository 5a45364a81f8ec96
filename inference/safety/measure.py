"""What a detector measures in a picture: how sure it is that something of a category is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image

CERTAIN = 0.8
"""From here on a measure counts by itself."""
BORDERLINE = 0.4
"""From here on it counts together with what was asked for."""


@dataclass(frozen=True)
class Measure:
    """`score` is 0 to 1; `name` is the detector's, as moderators read it.

    A weak measure never refuses by itself: at its highest it tells the moderators.
    """

    name: str
    category: str
    score: float
    weak: bool = False


Detector = Callable[[Sequence[Image.Image]], Sequence[Sequence[Measure]]]
"""Looks at several pictures together; the measures of each."""
