"""`short_run.py FOLDER`: stages learn for a few steps in as many processes as were launched.

Two learn from rows that all processes share, the third, as from shards, from others in each. All
compute in fp32: bf16 rounds other batches otherwise, which would hide a mistake.
"""

import json
import sys
from pathlib import Path
from typing import cast

import torch
from torch import nn

from inference.clip import Clip, ClipConfig
from inference.decoder import Decoder, DecoderConfig
from training import processes
from training.clip import ClipTrainer, clip_loss, embedded
from training.data import TRAITS, Batch, Pictures
from training.decoder import decoder_loss
from training.loop import Recipe, train
from training.processes import place

WORDS, CONTEXT, DIM, ROWS = 20, 8, 16, 48
RECIPE = Recipe(steps=8, batch=16, rate=5e-3, warmup=4, log_every=1)


def main(folder: Path) -> None:
    processes.CPU_BF16 = ()
    torch.manual_seed(0)
    pictures = Pictures(
        torch.randint(256, (ROWS, 3, 64, 64), dtype=torch.uint8),
        torch.randint(1, WORDS, (ROWS, 3, CONTEXT)),
        torch.stack([torch.randint(kinds, (ROWS,)) for kinds in TRAITS], dim=1),
        torch.empty(ROWS, 0),
    )
    sizes = ClipConfig(WORDS, CONTEXT, DIM, text_width=32, text_layers=1, image_width=8)
    trainer = ClipTrainer(Clip(sizes))
    loss = clip_loss(trainer, pictures.batches(RECIPE.batch, 1))
    clip = cast(ClipTrainer, train("clip", trainer, loss, RECIPE, folder)).clip
    pictures = embedded(pictures, clip)
    decoder = Decoder(DecoderConfig(WORDS, CONTEXT, DIM, (16, 24, 32), condition=32, head=4))
    loss = decoder_loss(decoder, pictures.batches(RECIPE.batch, 2), clip)
    train("decoder", decoder, loss, RECIPE, folder)

    torch.manual_seed(place())
    line = nn.Linear(3, 1)
    rows = Batch(torch.randn(4, 3), shared=False)
    train("line", line, lambda step: line(*rows.own(rows.pixels)).square().mean(), RECIPE, folder)
    (folder / f"line{place()}.json").write_text(json.dumps(line.weight.tolist()))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
