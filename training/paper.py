"""Trains the networks of `inference/paper.py` on image–text shards, by the small ones' losses.

Knows no world: what it learns, tokens included, is in the shards.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TypeVar, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from inference.ar_prior import ARPrior, ARPriorConfig
from inference.model import save_networks
from inference.paper import (
    AR_PRIOR,
    CLIP,
    DECODER,
    PRIOR,
    UPSAMPLER256,
    UPSAMPLER1024,
    PaperClip,
    PaperClipConfig,
    PaperDecoder,
    PaperDecoderConfig,
    PaperUpsampler,
    PaperUpsamplerConfig,
)
from inference.pieces import FILE, Pieces
from inference.prior import Prior, PriorConfig
from training.ar_prior import ar_prior_loss
from training.clip import contrast_loss
from training.data import Batch
from training.decoder import decoder_loss
from training.loop import Recipe, reached, train
from training.pieces import learn_pieces
from training.prior import prior_loss
from training.processes import is_first, place, precision, share, wait
from training.shards import SIDE, Source, captions
from training.upsampler import blurred, degraded, upsampler_loss

CAPTIONS = 250_000  # from which the tokens are learnt; the other processes wait so long

N = TypeVar("N", bound=nn.Module)


def _adam(
    steps: int, batch: int, rate: float, decay: float = 0.0, beta2: float = 0.999,
    eps: float = 1e-8, ema: float = 0.9999,
) -> Recipe:  # fmt: skip
    return Recipe(
        steps, batch, rate, decay, ema, warmup=2_000, save_every=1_000,
        muon=False, beta2=beta2, eps=eps,
    )  # fmt: skip


RECIPES = {
    "clip": _adam(400_000, 32_768, 3e-4, 0.2, 0.98, 1e-6),
    "prior": _adam(600_000, 4_096, 1.1e-4, 0.06, 0.96, 1e-6),
    "ar_prior": _adam(1_000_000, 4_096, 1.6e-4, 0.04, 0.91, 1e-10, ema=0.999),
    "decoder": _adam(800_000, 2_048, 1.2e-4),
    "upsampler256": _adam(1_000_000, 1_024, 1.2e-4),
    "upsampler1024": _adam(1_000_000, 512, 1e-4),
}
"""Ramesh et al. 2022, table 3. Of CLIP the paper gives the rate, and for the rest refers to Radford
et al. 2021: 32 times through 400 million pairs."""


@dataclass(frozen=True)
class Plan:
    """What is trained and how long: by default, as the paper says."""

    clip: PaperClipConfig = CLIP
    prior: PriorConfig = PRIOR
    ar_prior: ARPriorConfig = AR_PRIOR
    decoder: PaperDecoderConfig = DECODER
    upsampler256: PaperUpsamplerConfig = UPSAMPLER256
    upsampler1024: PaperUpsamplerConfig = UPSAMPLER1024
    recipes: Mapping[str, Recipe] = field(default_factory=lambda: RECIPES)

    def shortened(self, part: float) -> Plan:
        """With so small a part of the steps."""
        recipes = {
            name: replace(recipe, steps=max(1, int(recipe.steps * part)))
            for name, recipe in self.recipes.items()
        }
        return replace(self, recipes=recipes)


def train_paper(plan: Plan, shards: list[str], run: Path, out: Path, workers: int = 0) -> None:
    """Every stage into the run folder, then the weights into `out`.

    Raises ShardError or UnequalParts.
    """
    rows = {name: share(recipe.batch) for name, recipe in plan.recipes.items()}
    behind = sum(reached(name, run) for name in plan.recipes)
    torch.manual_seed(place() + 10_007 * behind)  # every process, and every start, lots of its own
    source = Source(shards, _pieces(plan, shards, run / FILE).encode, workers)

    def learnt(network: N, name: str, loss: Callable[[int], Tensor]) -> N:
        return cast(N, train(name, network, loss, plan.recipes[name], run))

    clip = PaperClip(plan.clip)
    clip = learnt(clip, "clip", contrast_loss(clip, source.batches(rows["clip"], SIDE)))

    def told(name: str) -> Iterator[Batch]:
        return embedded(source.batches(rows[name], SIDE), clip)

    prior = Prior(plan.prior)
    prior = learnt(prior, "prior", prior_loss(prior, clip, told("prior")))
    ar_prior = ARPrior(plan.ar_prior)
    ar_prior = learnt(ar_prior, "ar_prior", ar_prior_loss(ar_prior, clip, told("ar_prior")))
    decoder = PaperDecoder(plan.decoder)
    decoder = learnt(decoder, "decoder", decoder_loss(decoder, told("decoder"), clip, likeness=0))
    first = PaperUpsampler(plan.upsampler256)
    loss = upsampler_loss(first, source.batches(rows["upsampler256"], SIDE, crop=64), blurred)
    first = learnt(first, "upsampler256", loss)
    second = PaperUpsampler(plan.upsampler1024)
    loss = upsampler_loss(second, source.batches(rows["upsampler1024"], 1024, crop=256), degraded)
    second = learnt(second, "upsampler1024", loss)

    networks = (clip, prior, ar_prior, decoder, first, second)
    if is_first():
        save_networks("paper", dict(zip(RECIPES, networks, strict=True)), out, ideas=())
        shutil.copy(run / FILE, out)


def embedded(batches: Iterator[Batch], clip: PaperClip) -> Iterator[Batch]:
    """The batches as the priors and the decoder learn from: CLIP's embeddings of the pictures, and
    these at a quarter of their side."""
    for batch in batches:
        (pixels,) = batch.own(batch.pixels)
        with torch.no_grad(), precision():
            embeds = clip.encode_image(pixels).cpu()
        yield replace(batch, pixels=F.avg_pool2d(batch.pixels, SIDE // 64), embeds=embeds)


def _pieces(plan: Plan, shards: list[str], file: Path) -> Pieces:
    """The first process learns the tokens, unless an earlier run did."""
    if is_first() and not file.exists():
        learn_pieces(islice(captions(shards), CAPTIONS), plan.clip.vocabulary, file)
    wait()
    return Pieces(file, plan.clip.context)
