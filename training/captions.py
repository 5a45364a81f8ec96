"""Wordings of a scene: synonyms, order, plurals and articles, seeded. Knows nothing of pixels."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

from training.world import Scene, Thing

_NAMES = {
    "ball": ("ball", "sphere"), "cube": ("cube", "box"), "ring": ("ring", "hoop"),
    "house": ("house", "home"), "boat": ("boat", "ship"), "cup": ("cup", "mug"),
    "car": ("car", "automobile"), "mushroom": ("mushroom", "toadstool"),
}  # fmt: skip
_PLURALS = {"fish": "fish", "box": "boxes"}
_COLOURS = {"purple": ("purple", "violet"), "grey": ("grey", "gray"), "cyan": ("cyan", "turquoise")}
_SIZES = {
    "small": ("small", "little", "tiny"), "medium": ("medium",), "large": ("large", "big", "huge"),
}  # fmt: skip
_MATERIALS = {
    "plain": ("plain",), "striped": ("striped",), "dotted": ("dotted", "spotted"),
    "checkered": ("checkered", "checked"), "shiny": ("shiny", "glossy"),
}  # fmt: skip
_COUNTS = {2: ("two", "2"), 3: ("three", "3"), 4: ("four", "4")}
_FORWARD = {
    "above": ("above", "over"), "left": ("to the left of", "left of"),
    "on": ("on", "on top of"), "inside": ("inside", "in"),
}  # fmt: skip
_BACKWARD = {
    "above": ("below", "under", "beneath"), "left": ("to the right of", "right of"),
    "on": ("under",), "inside": ("around",),
}  # fmt: skip
_BACKGROUNDS = {
    "a grey background": ("on a grey background", "against a gray background"),
    "night": ("at night", "in the night"), "beach": ("on a beach", "at the beach"),
    "meadow": ("in a meadow", "on a meadow"), "desert": ("in a desert", "in the desert"),
    "under water": ("under water", "underwater"), "space": ("in space", "in outer space"),
    "snow": ("in snow", "in the snow"),
}  # fmt: skip
_STYLES = {
    "flat": ("a flat picture of", "a photo of", "a picture of"),
    "cartoon": ("a cartoon of", "a cartoon drawing of"), "pixel": ("pixel art of",),
    "pastel": ("a pastel drawing of", "a pastel of"),
}  # fmt: skip


def caption(scene: Scene, rng: random.Random, *, whole: bool = False) -> str:
    """One seeded wording. Ordinary traits (medium, plain, flat, grey) mostly go unsaid.

    Others seldom do, in a `whole` one never, nor does that say "under", which may mean two
    relations: it tells its scene and no other.
    """
    said = partial(_said, rng, whole)
    phrases = [_phrase(thing, rng, said) for thing in scene.things]
    words = phrases[0]
    if len(phrases) == 2:
        assert scene.relation is not None
        backward = [word for word in _BACKWARD[scene.relation] if not whole or word != "under"]
        if rng.random() < 0.3 and backward:
            words = f"{phrases[1]} {rng.choice(backward)} {phrases[0]}"
        else:
            words = f"{phrases[0]} {rng.choice(_FORWARD[scene.relation])} {phrases[1]}"
    if said(scene.background != "a grey background", 0.92, 0.15):
        place = rng.choice(_BACKGROUNDS[scene.background])
        words = f"{place}, {words}" if rng.random() < 0.1 else f"{words} {place}"
    if said(scene.style != "flat", 0.97, 0.12):
        words = f"{rng.choice(_STYLES[scene.style])} {words}"
    return words


def _said(
    rng: random.Random, whole: bool, unusual: bool, often: float = 0.96, seldom: float = 0.05
) -> bool:
    return rng.random() < ((1.0 if whole else often) if unusual else seldom)


def _phrase(thing: Thing, rng: random.Random, said: Callable[[bool], bool]) -> str:
    words = [rng.choice(_SIZES[thing.size])] if said(thing.size != "medium") else []
    if said(thing.material != "plain"):
        words.append(rng.choice(_MATERIALS[thing.material]))
    if rng.random() < 0.2:
        rng.shuffle(words)
    words.append(rng.choice(_COLOURS.get(thing.colour, (thing.colour,))))
    name = rng.choice(_NAMES.get(thing.name, (thing.name,)))
    if thing.count > 1:
        return " ".join([rng.choice(_COUNTS[thing.count]), *words, _PLURALS.get(name, name + "s")])
    words.append(name)
    article = "an" if words[0][0] in "aeiou" else "a"
    return " ".join([rng.choices((article, "one", "the"), (18, 1, 1))[0], *words])
