import random
from dataclasses import replace

import torch

from training.captions import caption
from training.data import CAPTIONS_EACH, NAME2, TRAITS, build_vocabulary, render, traits_of
from training.drawing import draw
from training.world import Scene, Thing, draw_lots, held_out


def test_training_never_shows_a_held_out_combination() -> None:
    rng = random.Random(3)
    assert not any(held_out(draw_lots(rng)) for _ in range(5_000))
    assert all(held_out(draw_lots(rng, held=True)) for _ in range(50))


def test_equal_seeds_draw_equal_pictures_at_every_size() -> None:
    scene = Scene((Thing("star", "yellow", "large"), Thing("house", "purple")), "above", "night")
    for size in (64, 256):
        one, two = (draw(scene, size, random.Random(1)) for _ in range(2))
        assert one.size == (size, size)
        assert one.tobytes() == two.tobytes()


def test_captions_tell_who_is_above_whom() -> None:
    scene = Scene((Thing("cube", "red"), Thing("fish", "blue")), "above")
    rng = random.Random(0)
    for _ in range(50):
        words = caption(scene, rng).split()
        red_first = words.index("red") < words.index("blue")
        assert red_first == bool({"above", "over"} & set(words))


def test_a_whole_caption_tells_its_scene_and_no_other() -> None:
    """What is unsaid is ordinary, so no two scenes share one."""
    rng, told = random.Random(0), dict[str, Scene]()
    for _ in range(20_000):
        scene = draw_lots(rng)
        words = caption(scene, rng, whole=True)
        assert told.setdefault(words, scene) == scene


def test_rendered_pictures_come_with_captions_and_traits() -> None:
    vocabulary = build_vocabulary(2_000)
    pictures = render(20, 1, vocabulary)
    assert pictures.pixels.shape == (20, 3, 64, 64)
    assert pictures.tokens.shape == (20, CAPTIONS_EACH, vocabulary.context)
    assert pictures.traits.shape == (20, len(TRAITS))
    scene = Scene((Thing("cube", "red", count=3),))
    assert len(traits_of(scene)) == len(TRAITS)


def test_pictures_of_two_things_come_twice_as_often() -> None:
    pictures = render(100, 1, build_vocabulary(2_000))
    pictures = replace(pictures, embeds=torch.arange(100.0)[:, None])
    two = {row for row in range(100) if pictures.traits[row, NAME2]}
    shown = next(pictures.batches(100 + len(two), 1)).embeds.flatten().tolist()
    assert sorted(shown) == sorted([*range(100), *two])
