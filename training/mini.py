"""Trains the built-in model, stage by stage, on pictures of `training/world.py`.

Every stage draws lots of its own, so that what it learns doesn't depend on whether those before it
were trained just now or read from their checkpoints.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar, cast

import torch
from torch import Tensor, nn

from inference.ar_prior import ARPrior, ARPriorConfig
from inference.clip import Clip, ClipConfig
from inference.decoder import Decoder, DecoderConfig
from inference.model import Model, save_model
from inference.prior import Prior, PriorConfig
from inference.upsampler import Upsampler, UpsamplerConfig
from inference.vocabulary import Vocabulary
from training.ar_prior import ar_prior_loss
from training.clip import ClipTrainer, clip_loss, embedded
from training.data import Pictures, build_vocabulary, render
from training.decoder import decoder_loss
from training.loop import Recipe, reached, train
from training.prior import prior_loss
from training.processes import device, is_first
from training.upsampler import blurred, crops, degraded, redrawn, render_large, upsampler_loss

PICTURES, LARGE, LARGEST = 300_000, 2_000, 240
"""How many of 64², 256² and 1024² are learnt from."""
RECIPES = {
    "clip": Recipe(8_000, 128),
    "prior": Recipe(1_600, 128),
    "ar_prior": Recipe(750, 128),
    "decoder": Recipe(9_000, 128),
    "upsampler256": Recipe(2_700, 16),
    "upsampler1024": Recipe(1_500, 8),
}
IDEAS = (
    "a large yellow star above a purple house at night",
    "a red cube above a blue ball",
    "three small green stars above a red house on a beach",
    "a striped pink fish under water",
    "a cartoon of an orange car in a desert",
    "a white moon to the left of a brown tree in the snow",
    "two purple mushrooms in a meadow",
    "pixel art of a green boat on a beach",
)

N = TypeVar("N", bound=nn.Module)


@dataclass(frozen=True)
class Course:
    """What the stages have in common: words, pictures, the run's folder, a share of the steps."""

    vocabulary: Vocabulary
    pictures: Pictures
    run: Path
    share: float = 1.0

    def recipe(self, name: str) -> Recipe:
        """The stage's, shortened, with batches that the pictures fill."""
        recipe = RECIPES[name]
        steps, batch = max(1, int(recipe.steps * self.share)), len(self.pictures.pixels)
        return replace(recipe, steps=steps, batch=min(recipe.batch, batch))

    def learnt(self, name: str, network: N, loss: Callable[[int], Tensor]) -> N:
        """The network as trained to the end of its recipe."""
        return cast(N, train(name, network, loss, self.recipe(name), self.run))

    def begin(self, name: str) -> tuple[int, int]:
        """Sets the stage's lots: where it goes on others than where it began, or it would see the
        same pictures again. Returns the rows of its batches and the seed of their order.
        """
        seed = list(RECIPES).index(name) + len(RECIPES) * reached(name, self.run)
        torch.manual_seed(seed)
        random.seed(seed)
        return self.recipe(name).batch, seed


def train_mini(run: Path, out: Path, share: float = 1.0) -> None:
    """Every stage into the run folder, then the model folder."""
    course = begun(run, share)
    clip = train_clip(course)
    course = replace(course, pictures=embedded(course.pictures, clip))
    prior, other = train_prior(course, clip), train_ar_prior(course, clip)
    decoder = train_decoder(course, clip)
    first, second = train_upsampler256(course, clip, decoder), train_upsampler1024(course)
    model = Model("mini", course.vocabulary, IDEAS, clip, prior, decoder, first, second, other)
    if is_first():
        save_model(model, out)


def begun(run: Path, share: float) -> Course:
    """With all pictures rendered, where they are learnt from."""
    vocabulary = build_vocabulary()
    pictures = render(max(64, int(PICTURES * share)), 1, vocabulary)
    return Course(vocabulary, pictures.to(device()), run, share)


def train_clip(course: Course) -> Clip:
    """Captions and pictures, in one space."""
    rows, seed = course.begin("clip")
    trainer = ClipTrainer(Clip(ClipConfig(course.vocabulary.size)))
    loss = clip_loss(trainer, course.pictures.batches(rows, seed))
    return course.learnt("clip", trainer, loss).clip


def train_prior(course: Course, clip: Clip) -> Prior:
    """A caption's image embedding; the pictures are `embedded`, for all that follow."""
    rows, seed = course.begin("prior")
    prior = Prior(PriorConfig(course.vocabulary.size))
    loss = prior_loss(prior, clip, course.pictures.batches(rows, seed))
    return course.learnt("prior", prior, loss)


def train_ar_prior(course: Course, clip: Clip) -> ARPrior:
    """The same, component by component."""
    rows, seed = course.begin("ar_prior")
    prior = ARPrior(ARPriorConfig(course.vocabulary.size))
    loss = ar_prior_loss(prior, clip, course.pictures.batches(rows, seed))
    return course.learnt("ar_prior", prior, loss)


def train_decoder(course: Course, clip: Clip) -> Decoder:
    """64² pictures from embedding, caption and what is known of them."""
    rows, seed = course.begin("decoder")
    decoder = Decoder(DecoderConfig(course.vocabulary.size))
    loss = decoder_loss(decoder, course.pictures.batches(rows, seed), clip)
    return course.learnt("decoder", decoder, loss)


def train_upsampler256(course: Course, clip: Clip, decoder: Decoder) -> Upsampler:
    """Crops of what the decoder drew anew."""
    rows, _ = course.begin("upsampler256")
    upsampler = Upsampler(UpsamplerConfig())
    large = render_large(max(16, int(LARGE * course.share)), 256, 2).to(device())
    batches = crops(large, rows, 64, redrawn(decoder, clip, large))
    return course.learnt("upsampler256", upsampler, upsampler_loss(upsampler, batches, blurred))


def train_upsampler1024(course: Course) -> Upsampler:
    """Crops of rendered pictures."""
    rows, _ = course.begin("upsampler1024")
    upsampler = Upsampler(UpsamplerConfig(8, 64, blocks=4, head=8))
    large = render_large(max(8, int(LARGEST * course.share)), 1024, 3).to(device())
    loss = upsampler_loss(upsampler, crops(large, rows, 256), degraded)
    return course.learnt("upsampler1024", upsampler, loss)
