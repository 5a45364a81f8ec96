"""Pictures of scenes at any size, with Pillow. Knows nothing of captions or networks."""

from __future__ import annotations

import random
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFilter

from training.shapes import SHAPES, Part
from training.world import COLOURS, Scene, Thing

Colour = tuple[int, int, int]
Box = tuple[float, float, float]  # centre x, centre y, half extent; all as shares of the picture

KEPT = 80
"""Half the side of the largest tile that is kept for the next scene: all those of 64² pictures."""
_OVERSAMPLING = 3
_SINGLE = {"small": 0.15, "medium": 0.25, "large": 0.38}
_PAIRED = {"small": 0.11, "medium": 0.16, "large": 0.22}
_GROUPED = {"small": 0.09, "medium": 0.13, "large": 0.17}
_SKIES: dict[str, tuple[Colour, Colour, float]] = {  # sky, ground, horizon
    "a grey background": ((196, 198, 200), (196, 198, 200), 1.0),
    "night": ((18, 24, 66), (34, 40, 60), 0.84),
    "beach": ((150, 210, 245), (236, 214, 160), 0.72),
    "meadow": ((170, 222, 250), (120, 196, 90), 0.66),
    "desert": ((252, 214, 150), (222, 168, 96), 0.68),
    "under water": ((46, 130, 190), (24, 84, 140), 0.8),
    "space": ((8, 6, 22), (8, 6, 22), 1.0),
    "snow": ((190, 210, 228), (244, 248, 252), 0.66),
}


def draw(scene: Scene, size: int, rng: random.Random) -> Image.Image:
    """The scene as an RGB picture of `size`²; `rng` sets the jitter."""
    side = size * _OVERSAMPLING
    canvas = _background(scene.background, side, rng)
    placed = zip(scene.things, _layout(scene, rng), strict=True)
    for thing, boxes in reversed(list(placed)):  # the first thing lies in front
        for box in boxes:
            _draw_thing(canvas, thing, box, scene.style)
    picture = canvas.resize((size, size), Image.Resampling.BOX)
    return _restyle(picture, scene.style, size)


def _layout(scene: Scene, rng: random.Random) -> list[list[Box]]:
    def jitter(amount: float = 0.03) -> float:
        return rng.uniform(-amount, amount)

    first = scene.things[0]
    if len(scene.things) == 1:
        if first.count > 1:
            return [_group(first, 0.5, 0.5, rng)]
        return [[(0.5 + jitter(0.06), 0.5 + jitter(0.06), _SINGLE[first.size])]]
    a, b = _PAIRED[first.size], _PAIRED[scene.things[1].size]
    x, y = jitter(), jitter()
    if scene.relation == "left":
        return [[(0.27 + x, 0.5 + y, a)], [(0.73 + x, 0.5 + jitter(), b)]]
    if scene.relation == "on":
        seam = 0.5 + (a - b) * 0.8 + y
        return [[(0.5 + x, seam - a * 0.92, a)], [(0.5 + x, seam + b * 0.92, b)]]
    if scene.relation == "inside":
        return [[(0.5 + x, 0.5 + y, a * 0.8)], [(0.5 + x, 0.5 + y, 0.3 + b * 0.4)]]
    if first.count > 1:
        return [_group(first, 0.5, 0.26, rng), [(0.5 + x, 0.72 + y, b)]]
    return [[(0.5 + x, 0.26 + y, a)], [(0.5 + jitter(), 0.74 + y, b)]]


def _group(thing: Thing, x: float, y: float, rng: random.Random) -> list[Box]:
    extent = _GROUPED[thing.size] * (1 if y == 0.5 else 0.8)
    if thing.count == 2 or y != 0.5:
        step = max(0.26, 2.2 * extent)
        spots = [(x + (i - (thing.count - 1) / 2) * step, y) for i in range(thing.count)]
    elif thing.count == 3:
        spots = [(x, y - 0.22), (x - 0.24, y + 0.2), (x + 0.24, y + 0.2)]
    else:
        spots = [(x + dx, y + dy) for dy in (-0.23, 0.23) for dx in (-0.23, 0.23)]
    return [
        (px + rng.uniform(-0.02, 0.02), py + rng.uniform(-0.02, 0.02), extent) for px, py in spots
    ]


def _background(name: str, side: int, rng: random.Random) -> Image.Image:
    sky, ground, horizon = _SKIES[name]
    canvas = Image.new("RGB", (side, side), sky)
    pen = ImageDraw.Draw(canvas)
    line = int(side * (horizon + rng.uniform(-0.03, 0.03))) if horizon < 1 else side
    if name == "beach":
        pen.rectangle((0, int(line - 0.12 * side), side, line), fill=(70, 150, 210))
    if horizon < 1:
        pen.rectangle((0, line, side, side), fill=ground)
    if name in ("night", "space", "snow", "under water"):
        tint = (150, 200, 230) if name == "under water" else (250, 250, 240)
        for _ in range(14):
            x, y, r = rng.uniform(0, side), rng.uniform(0, line), side * 0.009
            pen.ellipse((x - r, y - r, x + r, y + r), fill=tint)
    if name == "desert":
        pen.ellipse((side * 0.5, line - side * 0.08, side * 1.3, side * 1.2), fill=(206, 150, 80))
    return canvas


def _draw_thing(canvas: Image.Image, thing: Thing, box: Box, style: str) -> None:
    side = canvas.width
    extent = max(2, round(box[2] * side))
    left, top = round(box[0] * side) - extent, round(box[1] * side) - extent
    drawn = _tile if extent <= KEPT else _tile.__wrapped__
    tile, mask = drawn(thing.name, thing.colour, thing.material, extent, style)
    canvas.paste(tile, (left, top), mask)


@lru_cache(maxsize=4096)
def _tile(
    name: str, colour: str, material: str, extent: int, style: str
) -> tuple[Image.Image, Image.Image]:
    side = 2 * extent
    base = COLOURS[colour]
    tile = Image.new("RGB", (side, side), _shade(base, 0.55))
    mask = Image.new("L", (side, side), 0)
    for part in SHAPES[name]:
        _draw_part(tile, mask, part, base, extent)
    if material != "plain":
        tile = Image.composite(_patterned(tile, base), tile, _pattern(material, side))
    if style == "cartoon":
        width = max(3, (side // 18) | 1)
        inner = mask.filter(ImageFilter.MinFilter(min(width, 15)))
        rim = (245, 245, 245) if colour == "black" else (10, 10, 14)
        tile = Image.composite(tile, Image.new("RGB", tile.size, rim), inner)
    return tile, mask


def _draw_part(tile: Image.Image, mask: Image.Image, part: Part, base: Colour, extent: int) -> None:
    points = [(extent * (1 + x * 0.96), extent * (1 + y * 0.96)) for x, y in part.points]
    fill = _shade(base, part.shade)
    for image, ink in ((tile, fill), (mask, 0 if part.hole else 255)):
        pen = ImageDraw.Draw(image)
        if part.round:
            pen.ellipse((*points[0], *points[1]), fill=ink)
        else:
            pen.polygon(points, fill=ink)


def _shade(colour: Colour, factor: float) -> Colour:
    if factor <= 1:
        return tuple(round(channel * factor) for channel in colour)  # type: ignore[return-value]
    return tuple(round(255 - (255 - c) * (2 - factor)) for c in colour)  # type: ignore[return-value]


def _patterned(tile: Image.Image, base: Colour) -> Image.Image:
    light = sum(base) > 420
    ink = (40, 40, 48) if light else (250, 250, 250)
    return Image.blend(tile, Image.new("RGB", tile.size, ink), 0.7)


@lru_cache(maxsize=512)
def _pattern(material: str, side: int) -> Image.Image:
    image = Image.new("L", (side, side), 0)
    pen = ImageDraw.Draw(image)
    step = side / 5
    if material == "striped":
        for i in range(-1, 6):
            pen.rectangle((0, i * step, side, i * step + step * 0.45), fill=255)
    elif material == "dotted":
        for i in range(6):
            for j in range(6):
                x, y, r = (i + 0.5 * (j % 2)) * step, j * step, step * 0.24
                pen.ellipse((x - r, y - r, x + r, y + r), fill=255)
    elif material == "checkered":
        for i in range(5):
            for j in range(i % 2, 5, 2):
                pen.rectangle((i * step, j * step, (i + 1) * step, (j + 1) * step), fill=255)
    else:
        pen.ellipse((side * 0.26, side * 0.2, side * 0.5, side * 0.42), fill=255)
    return image


def _restyle(picture: Image.Image, style: str, size: int) -> Image.Image:
    if style == "pixel":
        small = picture.resize((32, 32), Image.Resampling.BOX)
        return small.resize((size, size), Image.Resampling.NEAREST)
    if style == "pastel":
        soft = picture.filter(ImageFilter.GaussianBlur(size / 90))
        return Image.blend(soft, Image.new("RGB", soft.size, (250, 246, 238)), 0.38)
    return picture
