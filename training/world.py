"""The world that the built-in model learns: its things, its scenes, and scenes by lot.

Knows nothing of pixels (`drawing`) or wording (`captions`).
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path

OBJECTS = (
    "cube", "ball", "cone", "ring", "star", "heart", "house", "tree", "moon", "sun", "fish",
    "boat", "flower", "cup", "car", "mushroom", "umbrella", "diamond", "arrow", "cloud", "apple",
    "cylinder",
)  # fmt: skip
COLOURS = {
    "red": (214, 40, 40), "orange": (243, 132, 24), "yellow": (250, 214, 40),
    "green": (46, 160, 67), "cyan": (60, 214, 220), "blue": (38, 84, 214),
    "purple": (132, 56, 184), "pink": (245, 138, 184), "white": (248, 248, 248),
    "black": (24, 24, 28), "brown": (130, 82, 44), "grey": (128, 130, 134),
}  # fmt: skip
SIZES = ("small", "medium", "large")
MATERIALS = ("plain", "striped", "dotted", "checkered", "shiny")
BACKGROUNDS = (
    "a grey background", "night", "beach", "meadow", "desert", "under water", "space", "snow",
)  # fmt: skip
RELATIONS = ("above", "left", "on", "inside")  # below and right are these, told from the other end
STYLES = ("flat", "cartoon", "pixel", "pastel")

# A thing whose colour is the background's own cannot be seen.
_INVISIBLE = {
    ("grey", "a grey background"), ("black", "night"), ("black", "space"), ("white", "snow"),
    ("blue", "under water"), ("green", "meadow"), ("brown", "desert"),
}  # fmt: skip
_HELD_OUT = json.loads((Path(__file__).parent / "held_out.json").read_text())
_HELD_OUT_THINGS = {tuple(pair) for pair in _HELD_OUT["colour_object"]}
_HELD_OUT_PAIRS = {tuple(triple) for triple in _HELD_OUT["object_relation_object"]}


@dataclass(frozen=True)
class Thing:
    """`count` equal objects: what one noun phrase of a caption names."""

    name: str
    colour: str
    size: str = "medium"
    material: str = "plain"
    count: int = 1


@dataclass(frozen=True)
class Scene:
    """One picture's contents; the first of two things is above, left of, on or inside the other."""

    things: tuple[Thing, ...]
    relation: str | None = None
    background: str = BACKGROUNDS[0]
    style: str = "flat"


def held_out(scene: Scene) -> bool:
    """Whether the scene holds a combination that training must never show."""
    if any((thing.colour, thing.name) in _HELD_OUT_THINGS for thing in scene.things):
        return True
    if len(scene.things) < 2:
        return False
    first, second = scene.things
    return (first.name, scene.relation, second.name) in _HELD_OUT_PAIRS


def draw_lots(rng: random.Random, *, held: bool = False) -> Scene:
    """One random scene; with `held`, one that training never sees."""
    while True:
        scene = _any_scene(rng)
        visible = all((thing.colour, scene.background) not in _INVISIBLE for thing in scene.things)
        if visible and held_out(scene) == held:
            return scene


def _any_scene(rng: random.Random) -> Scene:
    background = rng.choices(BACKGROUNDS, (5, 1, 1, 1, 1, 1, 1, 1))[0]
    style = rng.choices(STYLES, (7, 1, 1, 1))[0]
    kind = rng.choices(("one", "group", "two", "group and one"), (35, 15, 42, 8))[0]
    if kind == "one":
        return Scene((_thing(rng),), None, background, style)
    if kind == "group":
        return Scene((_thing(rng, rng.randint(2, 4)),), None, background, style)
    if kind == "two":
        relation = rng.choice(RELATIONS)
        return Scene(_pair(rng, 1), relation, background, style)
    return Scene(_pair(rng, rng.randint(2, 3)), "above", background, style)


def _pair(rng: random.Random, count: int) -> tuple[Thing, Thing]:
    while True:
        first, second = _thing(rng, count), _thing(rng)
        if first.colour != second.colour:
            return first, second


def _thing(rng: random.Random, count: int = 1) -> Thing:
    return Thing(
        rng.choice(OBJECTS),
        rng.choice(tuple(COLOURS)),
        rng.choices(SIZES, (1, 3, 1))[0],
        rng.choices(MATERIALS, (8, 1, 1, 1, 1))[0],
        count,
    )
