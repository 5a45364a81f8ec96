"""Outlines of the world's objects in a box from -1 to 1, as plain data for `drawing`."""

from __future__ import annotations

import math
from dataclasses import dataclass

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Part:
    """A polygon, or the ellipse in the box of two points; `shade` 1 is the object's own colour."""

    points: Points
    shade: float = 1.0
    round: bool = False
    hole: bool = False


def _poly(*points: tuple[float, float], shade: float = 1.0) -> Part:
    return Part(points, shade)


def _disc(x: float, y: float, rx: float, ry: float | None = None, shade: float = 1.0) -> Part:
    ry = rx if ry is None else ry
    return Part(((x - rx, y - ry), (x + rx, y + ry)), shade, round=True)


def _hole(x: float, y: float, r: float) -> Part:
    return Part(((x - r, y - r), (x + r, y + r)), round=True, hole=True)


def _spikes(count: int, outer: float, inner: float) -> Part:
    points = []
    for i in range(2 * count):
        angle, radius = math.pi * i / count - math.pi / 2, inner if i % 2 else outer
        points.append((radius * math.cos(angle), radius * math.sin(angle)))
    return Part(tuple(points))


def _heart() -> Part:
    points = []
    for i in range(40):
        t = 2 * math.pi * i / 40
        y = 13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)
        points.append((math.sin(t) ** 3, -y / 16))
    return Part(tuple(points))


def _dome(breadth: float, base: float, height: float) -> Part:
    angles = [math.pi * i / 20 for i in range(21)]
    return Part(tuple((breadth * math.cos(a), base - height * math.sin(a)) for a in angles))


def _petals() -> list[Part]:
    angles = [2 * math.pi * i / 6 for i in range(6)]
    return [_disc(0.58 * math.cos(a), 0.58 * math.sin(a), 0.4) for a in angles]


SHAPES: dict[str, tuple[Part, ...]] = {
    "cube": (
        _poly((-0.9, -0.45), (0.4, -0.45), (0.4, 0.9), (-0.9, 0.9)),
        _poly((-0.9, -0.45), (-0.4, -0.95), (0.9, -0.95), (0.4, -0.45), shade=1.35),
        _poly((0.4, -0.45), (0.9, -0.95), (0.9, 0.4), (0.4, 0.9), shade=0.65),
    ),
    "ball": (
        _disc(0, 0, 0.95, shade=0.85),
        _disc(-0.08, -0.08, 0.8),
        _disc(-0.3, -0.35, 0.25, shade=1.4),
    ),
    "cone": (_disc(0, 0.68, 0.85, 0.28, shade=0.7), _poly((0, -0.98), (0.84, 0.62), (-0.84, 0.62))),
    "ring": (_disc(0, 0, 0.97), _hole(0, 0, 0.55)),
    "star": (_spikes(5, 1.0, 0.42),),
    "heart": (_heart(),),
    "house": (
        _poly((-0.75, -0.15), (0.75, -0.15), (0.75, 0.95), (-0.75, 0.95)),
        _poly((-0.98, -0.12), (0, -0.98), (0.98, -0.12), shade=0.65),
        _poly((-0.18, 0.35), (0.18, 0.35), (0.18, 0.95), (-0.18, 0.95), shade=0.4),
        _poly((0.34, 0.1), (0.6, 0.1), (0.6, 0.38), (0.34, 0.38), shade=1.6),
    ),
    "tree": (
        _poly((-0.15, 0.3), (0.15, 0.3), (0.15, 0.98), (-0.15, 0.98), shade=0.5),
        _disc(0, -0.45, 0.5),
        _disc(-0.4, 0, 0.48),
        _disc(0.4, 0, 0.48),
    ),
    "moon": (_disc(-0.05, 0, 0.95), _hole(0.38, -0.12, 0.74)),
    "sun": (_spikes(12, 1.0, 0.7), _disc(0, 0, 0.58, shade=1.35)),
    "fish": (
        _poly((0.35, 0), (0.98, -0.55), (0.98, 0.55), shade=0.75),
        _disc(-0.22, 0, 0.75, 0.5),
        _disc(-0.6, -0.12, 0.09, shade=0.2),
    ),
    "boat": (
        _poly((-0.95, 0.35), (0.95, 0.35), (0.6, 0.9), (-0.6, 0.9)),
        _poly((-0.05, -0.98), (0.05, -0.98), (0.05, 0.35), (-0.05, 0.35), shade=0.4),
        _poly((0.1, -0.9), (0.75, 0.2), (0.1, 0.2), shade=1.5),
        _poly((-0.1, -0.7), (-0.6, 0.2), (-0.1, 0.2), shade=1.5),
    ),
    "flower": (*_petals(), _disc(0, 0, 0.32, shade=0.45)),
    "cup": (
        _disc(0.6, 0.05, 0.38, 0.42),
        _hole(0.6, 0.05, 0.2),
        _poly((-0.8, -0.7), (0.5, -0.7), (0.36, 0.85), (-0.66, 0.85)),
        _disc(-0.15, -0.7, 0.65, 0.16, shade=0.6),
    ),
    "car": (
        _poly((-0.98, 0), (0.98, 0), (0.98, 0.5), (-0.98, 0.5)),
        _poly((-0.6, 0), (-0.35, -0.5), (0.35, -0.5), (0.65, 0)),
        _poly((-0.4, -0.05), (-0.25, -0.38), (0.25, -0.38), (0.42, -0.05), shade=1.65),
        _disc(-0.5, 0.5, 0.25, shade=0.3),
        _disc(0.5, 0.5, 0.25, shade=0.3),
    ),
    "mushroom": (
        _poly((-0.22, 0), (0.22, 0), (0.3, 0.95), (-0.3, 0.95), shade=1.6),
        _dome(0.97, 0.1, 1.0),
    ),
    "umbrella": (
        _poly((-0.06, -0.2), (0.06, -0.2), (0.06, 0.95), (-0.06, 0.95), shade=0.4),
        _poly((0.06, 0.82), (0.36, 0.82), (0.36, 0.95), (0.06, 0.95), shade=0.4),
        _dome(0.98, 0.05, 0.95),
    ),
    "diamond": (
        _poly((-0.95, -0.3), (-0.5, -0.8), (0.5, -0.8), (0.95, -0.3), shade=1.4),
        _poly((-0.95, -0.3), (0.95, -0.3), (0, 0.95)),
        _poly((-0.35, -0.3), (0.35, -0.3), (0, 0.95), shade=0.75),
    ),
    "arrow": (
        _poly(
            (-0.95, -0.25),
            (0.2, -0.25),
            (0.2, -0.75),
            (0.98, 0),
            (0.2, 0.75),
            (0.2, 0.25),
            (-0.95, 0.25),
        ),
    ),
    "cloud": (
        _disc(-0.5, 0.15, 0.45),
        _disc(0, -0.2, 0.52),
        _disc(0.5, 0.15, 0.45),
        _disc(0, 0.25, 0.6, 0.36),
    ),
    "apple": (
        _poly((-0.05, -0.95), (0.08, -0.95), (0.05, -0.4), (-0.05, -0.4), shade=0.4),
        _disc(-0.32, 0.2, 0.62, 0.75),
        _disc(0.32, 0.2, 0.62, 0.75),
        _disc(0.35, -0.72, 0.28, 0.14, shade=0.6),
    ),
    "cylinder": (
        _disc(0, 0.7, 0.6, 0.24, shade=0.8),
        _poly((-0.6, -0.7), (0.6, -0.7), (0.6, 0.7), (-0.6, 0.7)),
        _disc(0, -0.7, 0.6, 0.24, shade=1.4),
    ),
}
