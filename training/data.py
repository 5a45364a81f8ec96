"""Captioned pictures as tensors in memory, drawn by all cores. Knows no network."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np
import torch
from torch import Tensor

from inference.transfers import onto
from inference.vocabulary import Vocabulary, Words
from training.captions import caption
from training.drawing import draw
from training.processes import device, own
from training.world import (
    BACKGROUNDS,
    COLOURS,
    MATERIALS,
    OBJECTS,
    RELATIONS,
    SIZES,
    STYLES,
    Scene,
    draw_lots,
)  # fmt: skip

CAPTIONS_EACH = 3
# One column a trait: two things of five traits, then relation, background, style. 0 = absent.
TRAITS = (*(len(x) + 1 for x in (OBJECTS, COLOURS, SIZES, MATERIALS)), 5) * 2 + tuple(
    len(x) + 1 for x in (RELATIONS, BACKGROUNDS, STYLES)
)
NAME1, COLOUR1, SIZE1, SURFACE1, COUNT1, NAME2, COLOUR2 = range(7)
RELATION, BACKGROUND, STYLE = 10, 11, 12
"""Columns of TRAITS."""

NOTHING = torch.empty(0)


@dataclass(frozen=True)
class Batch:
    """pixels [b, 3, 64, 64] in -1…1, tokens [b, context], traits [b, 13], embeds [b, dim].

    What a stage has no use for is empty. `small` [b, 3, 16, 16] holds the pixels as an upsampler is
    told them, before wear.

    Every process gets the same rows and draws the same lots for all of them; then it goes on with
    its `own`. If they are not `shared`, each has others, and all of them are its own.
    """

    pixels: Tensor
    tokens: Tensor = NOTHING
    traits: Tensor = NOTHING
    embeds: Tensor = NOTHING
    small: Tensor = NOTHING
    shared: bool = True

    def own(self, *rows: Tensor) -> tuple[Tensor, ...]:
        """This process's part of tensors that have a row for each of the batch's, on its device."""
        mine = map(own, rows) if self.shared else rows
        return tuple(tensor.to(device()) for tensor in mine)

    def joined(self, other: Batch) -> Batch:
        """The rows of both."""
        return Batch(
            torch.cat((self.pixels, other.pixels)), torch.cat((self.tokens, other.tokens)),
            torch.cat((self.traits, other.traits)), torch.cat((self.embeds, other.embeds)),
        )  # fmt: skip


@dataclass(frozen=True)
class Pictures:
    """pixels uint8 [n, 3, 64, 64], tokens int32 [n, CAPTIONS_EACH, context], traits [n, 13].

    `embeds` holds their image embeddings [n, dim] once there is a CLIP to make them.
    """

    pixels: Tensor
    tokens: Tensor
    traits: Tensor
    embeds: Tensor

    def to(self, device: torch.device) -> Pictures:
        """The same there."""
        return Pictures(*(tensor.to(device) for tensor in vars(self).values()))

    def batches(self, size: int, seed: int) -> Iterator[Batch]:
        """Endless seeded batches with one of the captions a row.

        Pictures of two kinds of things, which are harder, come twice as often.
        """
        generator = torch.Generator().manual_seed(seed)
        pairs = torch.nonzero(self.traits[:, NAME2]).flatten().cpu()
        listed = torch.cat((torch.arange(len(self.pixels)), pairs))
        while True:
            order = torch.randperm(len(listed), generator=generator)
            for rows in listed[order].split(size):
                if len(rows) == size:
                    which = torch.randint(CAPTIONS_EACH, (size,), generator=generator)
                    rows, which = onto(rows, self.pixels.device), onto(which, self.pixels.device)
                    tokens = self.tokens[rows, which].long()
                    yield Batch(
                        scaled(self.pixels[rows]), tokens, self.traits[rows].long(),
                        self.embeds[rows],
                    )  # fmt: skip


def scaled(pixels: Tensor) -> Tensor:
    """uint8 pictures as floats in -1…1, in the memory order that CPUs convolve fastest."""
    return (pixels.float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)


def build_vocabulary(samples: int = 40_000) -> Vocabulary:
    """Every word that captions of the world use, sorted."""
    rng = random.Random(0)
    words = {
        word.strip(",") for _ in range(samples) for word in caption(draw_lots(rng), rng).split()
    }
    return Vocabulary(tuple(sorted(words)))


def render(count: int, seed: int, vocabulary: Words, *, held: bool = False) -> Pictures:
    """`count` seeded scenes with their captions; `held` draws only held-out combinations."""
    jobs = [(1000, seed * 100_003 + i, held) for i in range(-(-count // 1000))]
    pixels = torch.empty((1000 * len(jobs), 3, 64, 64), dtype=torch.uint8)
    captions: list[str] = []
    traits: list[list[int]] = []
    with get_context("fork").Pool() as pool:
        for place, (drawn, texts, rows) in zip(
            pixels.split(1000), pool.imap(_render_part, jobs), strict=True
        ):
            place.copy_(torch.from_numpy(drawn))
            captions += texts
            traits += rows
    tokens = vocabulary.encode(captions).to(torch.int32)
    tokens = tokens.view(-1, CAPTIONS_EACH, vocabulary.context)
    told = torch.tensor(traits, dtype=torch.uint8)
    return Pictures(pixels[:count], tokens[:count], told[:count], torch.empty(count, 0))


def traits_of(scene: Scene) -> list[int]:
    """The scene as the columns of TRAITS."""
    row: list[int] = []
    for thing in (*scene.things, None)[:2]:
        if thing is None:
            row += [0] * 5
        else:
            row += [
                OBJECTS.index(thing.name) + 1, list(COLOURS).index(thing.colour) + 1,
                SIZES.index(thing.size) + 1, MATERIALS.index(thing.material) + 1, thing.count,
            ]  # fmt: skip
    relation = RELATIONS.index(scene.relation) + 1 if scene.relation else 0
    return [*row, relation, BACKGROUNDS.index(scene.background) + 1, STYLES.index(scene.style) + 1]


def _render_part(job: tuple[int, int, bool]) -> tuple[np.ndarray, list[str], list[list[int]]]:
    count, seed, held = job
    rng = random.Random(seed)
    pixels: np.ndarray = np.empty((count, 3, 64, 64), np.uint8)
    texts: list[str] = []
    rows: list[list[int]] = []
    for i in range(count):
        scene = draw_lots(rng, held=held)
        pixels[i] = np.asarray(draw(scene, 64, rng)).transpose(2, 0, 1)
        texts += [caption(scene, rng) for _ in range(CAPTIONS_EACH)]
        rows.append(traits_of(scene))
    return pixels, texts, rows
