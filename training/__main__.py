"""`python -m training`: trains every stage of a model, resuming where it stopped.

The built-in model by default; with `--config paper` one of the paper's size, on shards.
"""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path
from typing import cast

import torch

from inference.ar_prior import ARPrior, ARPriorConfig
from inference.clip import Clip, ClipConfig
from inference.decoder import Decoder, DecoderConfig
from inference.model import WEIGHTS, Model, save_model
from inference.prior import Prior, PriorConfig
from inference.upsampler import Upsampler, UpsamplerConfig
from training.ar_prior import ar_prior_loss
from training.clip import ClipTrainer, clip_loss, embedded
from training.data import build_vocabulary, render
from training.decoder import decoder_loss
from training.loop import Recipe, train
from training.prior import prior_loss
from training.processes import UnequalParts, is_first
from training.shards import ShardError, addresses
from training.upsampler import blurred, crops, degraded, redrawn, render_large, upsampler_loss

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


def main() -> int:
    """Returns the exit code: 1 when it can't begin."""
    arguments = _arguments()
    run, out = arguments.run, arguments.out or WEIGHTS / arguments.config
    try:
        if arguments.config == "mini":
            train_mini(run, out, arguments.share)
        else:
            # Its networks' libraries take seconds to import.
            from training.paper import Plan, train_paper

            plan, shards = Plan().shortened(arguments.share), addresses(arguments.shards)
            train_paper(plan, shards, run, out, arguments.workers)
    except (ShardError, UnequalParts) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def train_mini(run: Path, out: Path, share: float) -> None:
    """Trains the built-in model into a run folder, then writes the model folder."""
    torch.manual_seed(0)
    random.seed(0)
    vocabulary = build_vocabulary()
    size = vocabulary.size
    pictures = render(max(200, int(200_000 * share)), 1, vocabulary)

    def recipe(steps: int, batch: int) -> Recipe:
        return Recipe(max(1, int(steps * share)), min(batch, len(pictures.pixels)))

    trainer, plan = ClipTrainer(Clip(ClipConfig(size))), recipe(1_600, 128)
    loss = clip_loss(trainer, pictures.batches(plan.batch, 1))
    clip = cast(ClipTrainer, train("clip", trainer, loss, plan, run)).clip
    pictures = embedded(pictures, clip)

    prior, plan = Prior(PriorConfig(size)), recipe(900, 128)
    loss = prior_loss(prior, clip, pictures.batches(plan.batch, 2))
    prior = cast(Prior, train("prior", prior, loss, plan, run))

    other, plan = ARPrior(ARPriorConfig(size)), recipe(600, 128)
    loss = ar_prior_loss(other, clip, pictures.batches(plan.batch, 4))
    other = cast(ARPrior, train("ar_prior", other, loss, plan, run))

    decoder, plan = Decoder(DecoderConfig(size)), recipe(8_200, 128)
    loss = decoder_loss(decoder, pictures.batches(plan.batch, 3, pairs_twice=True), clip)
    decoder = cast(Decoder, train("decoder", decoder, loss, plan, run))

    first, plan = Upsampler(UpsamplerConfig()), recipe(2_700, 16)
    large = render_large(max(16, int(2_000 * share)), 256, 2)
    small = redrawn(decoder, clip, large)
    loss = upsampler_loss(first, crops(large, plan.batch, 64, small), blurred)
    first = cast(Upsampler, train("upsampler256", first, loss, plan, run))

    second, plan = Upsampler(UpsamplerConfig(8, 64, blocks=4, head=8)), recipe(1_500, 8)
    large = render_large(max(8, int(240 * share)), 1024, 3)
    loss = upsampler_loss(second, crops(large, plan.batch, 256), degraded)
    second = cast(Upsampler, train("upsampler1024", second, loss, plan, run))

    model = Model("mini", vocabulary, IDEAS, clip, prior, decoder, first, second, other)
    if is_first():
        save_model(model, out)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("--config", choices=("mini", "paper"), default="mini")
    parser.add_argument("--run", type=Path, default=Path("data/training"), help="checkpoints, logs")
    parser.add_argument("--out", type=Path, help="the model folder; inference/weights/CONFIG")
    parser.add_argument("--share", type=float, default=1.0, help="share of the steps, for a trial")
    parser.add_argument("--shards", help='for paper: a folder, or a pattern: "s/{000..127}.tar"')
    parser.add_argument("--workers", type=int, default=4, help="processes that read shards")
    arguments = parser.parse_args()
    if arguments.config == "paper" and not arguments.shards:
        parser.error("--config paper learns from shards; name them: --shards FOLDER")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
