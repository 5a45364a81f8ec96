"""The five steps of unCLIP, for many requests at once. Knows no queue, no files and no Discord.

An operation turns what was asked into a Draft, plain data; `draw` carries drafts of any operations
through the steps together. Numbers of equations and sections without a name are those of Ramesh et
al. 2022, "Hierarchical Text-Conditional Image Generation with CLIP Latents".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import accumulate, pairwise

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from inference.canvas import to_extend, to_pictures, to_pixels, to_repaint
from inference.decoding import decode
from inference.draft import SMALL, Condition, Draft, Watch, generators
from inference.model import Model
from inference.priors import ar_prior, diffusion_prior, nearer_of_two
from inference.sampling import FAST, Sampling, gaussians, sample, slerp
from inference.transfers import onto
from inference.upsampler import Upsampler

PRIORS = {"prior": diffusion_prior, "ar-prior": ar_prior}
CANDIDATES = 8
"""Of how many the built-in model keeps the best."""
BASELINE = "a photo"
SAME = 1e-3
"""Of their length, how far text embeddings lie apart that say the same."""
CARRIED_ON = 0.45
"""Down to which time a border drawn out leads: a horizon goes on, and what is nearer is new."""


def text_to_image(
    prompt: str, seed: int, condition: Condition = "prior", candidates: int = CANDIDATES
) -> Draft:
    """P(x|y) = P(x|z_i, y) P(z_i|y): the prior, then the decoder (eq. 1 and 2).

    Candidates are drawn small, and only the best is enlarged: that which CLIP finds nearest to the
    prompt (Ramesh et al. 2021, §2.6) and to what the prior foretold for all of them, together.
    """
    return Draft(prompt, seed, condition=condition, candidates=candidates)


def variation(
    model: Model, source: Image.Image, seed: int, eta: float = 0.6, prompt: str = ""
) -> Draft:
    """Another picture with the source's z_i and inverted x_T; η > 0 says how far (§3.1)."""
    return Draft(prompt, seed, image_embed(model, source), starts=(_start(source),), eta=eta)


def inpaint(source: Image.Image, mask: Image.Image, prompt: str, seed: int) -> Draft:
    """Repaints where the mask is white (§3, after GLIDE §2.3: known pixels enter the decoder).

    Raises UnusableMask.
    """
    return Draft(prompt, seed, canvas=to_repaint(source, mask))


def outpaint(
    model: Model, source: Image.Image, sides: Sequence[str], amount: float, prompt: str, seed: int
) -> Draft:
    """Paints past the border, by `amount` of the side (§3 of GLIDE, with the mask outside).

    Without a prompt the picture is carried on: its border, drawn out, is the sketch to begin with
    (Meng et al. 2022, "SDEdit") and gives z_i, which so holds no second thing. Raises UnusableMask.
    """
    canvas = to_extend(source, sides, amount)
    if prompt:
        return Draft(prompt, seed, canvas=canvas)
    embed = image_embed(model, canvas.square()[0])
    return Draft(prompt, seed, embed, canvas=canvas, sketched=CARRIED_ON)


def interpolate(
    model: Model,
    one: Image.Image,
    other: Image.Image,
    t: float,
    seed: int,
    *,
    inverted: bool = True,
) -> Draft:
    """z = slerp(z_1, z_2, t), and x_T likewise, or fixed by the seed (§3.2)."""
    embed = slerp(image_embed(model, one), image_embed(model, other), t)
    starts = (_start(one), _start(other)) if inverted else ()
    return Draft("", seed, embed, starts=starts, t=t)


def text_diff(
    model: Model, source: Image.Image, from_: str, to: str, theta: float, seed: int
) -> Draft:
    """The source's x_T, and its z_i moved from one caption towards another (§3.3)."""
    before, after = model.clip.encode_text(model.tokens([from_ or BASELINE, to]))
    embed = moved(image_embed(model, source), before, after, theta)
    return Draft(to, seed, embed, starts=(_start(source),))


def moved(embed: Tensor, before: Tensor, after: Tensor, theta: float) -> Tensor:
    """z = slerp(z_i, z_d, θ) with z_d = norm(z_t − z_t0) as long as z_i [dim], not all have unit
    length (§3.3). Two captions that say the same move nothing."""
    difference = after - before
    if difference.norm() < SAME * after.norm():
        return embed
    return slerp(embed, F.normalize(difference, dim=0) * embed.norm(), theta)


@torch.inference_mode()
def draw(
    model: Model, drafts: Sequence[Draft], watch: Watch | None = None,
    sampling: Sampling | None = None,
) -> list[Image.Image]:  # fmt: skip
    """The pictures, in the order of the drafts: model.size² RGB, or as large as their canvas.

    By the model's own sampling, or by another.
    """
    sampling = sampling or model.sampling
    watch, steps = watch or _unwatched, sampling.num_steps(len(model.upsamplers))
    small, seeds = draw_small(model, drafts, lambda step, _, now: watch(step, steps, now), sampling)
    noises = generators(seeds)
    large, done = small, sampling.decoder_steps
    for upsampler, part in zip(model.upsamplers, sampling.upsampler_steps, strict=False):
        told = partial(_tell, watch, done, steps, small)
        large = upsample(upsampler, large, noises, part, told, sampling.order)
        done += part
    return filled(drafts, to_pictures(large))


def filled(drafts: Sequence[Draft], pictures: Sequence[Image.Image]) -> list[Image.Image]:
    """The pictures; those with a canvas are new only where it is to be repainted."""
    return [
        draft.canvas.filled(picture) if draft.canvas else picture
        for draft, picture in zip(drafts, pictures, strict=True)
    ]


def candidate_seed(seed: int, n: int) -> int:
    """The seed of the n-th candidate, n ≥ 0, whose first is the draft's own.

    Strides of 2³² over the golden ratio: torch's generator reads no more than 32 bits of a seed.
    """
    return (seed + n * 0x9E3779B9) % 2**32


@torch.inference_mode()
def draw_small(
    model: Model, drafts: Sequence[Draft], watch: Watch | None = None, sampling: Sampling = FAST
) -> tuple[Tensor, list[int]]:
    """Pictures [batch, 3, 64, 64] in -1…1, before any upsampler, and the seed of each."""
    tries = [
        replace(draft, seed=candidate_seed(draft.seed, n))
        for draft in drafts
        for n in range(draft.candidates)
    ]
    firsts = [0, *accumulate(draft.candidates for draft in drafts)]
    noises = generators([draft.seed for draft in tries])
    tokens = model.tokens([draft.prompt for draft in tries])
    told = (tokens[:, 1:] != 0).any(1, keepdim=True)  # no words are no caption
    tokens, text = tokens * told, model.clip.encode_text(tokens) * told
    embeds = image_embeds(model, tries, tokens, text, noises, sampling.prior_steps)
    seen_first = watch and (lambda step, steps, now: watch(step, steps, now[firsts[:-1]]))
    pictures = decode(model, tries, embeds, tokens, noises, seen_first, sampling)
    seen = model.clip.encode_image(pictures)
    kept = []
    for first, last in pairwise(firsts):
        meant = text[first] + embeds[first:last].mean(0)
        kept.append(first + int((seen[first:last] @ meant).argmax()))
    return pictures[kept], [tries[row].seed for row in kept]


def image_embeds(
    model: Model, drafts: Sequence[Draft], tokens: Tensor, text: Tensor,
    noises: Sequence[torch.Generator], num_steps: int,
) -> Tensor:  # fmt: skip
    """Image embeddings [batch, dim]: the draft's own, or what its condition says.

    `text` [batch, dim] are the text embeddings of the prompts' `tokens`.
    """
    embeds = text.clone()
    for condition, prior in PRIORS.items():
        rows = [
            row
            for row, draft in enumerate(drafts)
            if draft.image_embed is None and draft.condition == condition
        ]
        if rows:
            told = tokens[rows], text[rows], [noises[row] for row in rows]
            embeds[rows] = nearer_of_two(prior, model, *told, num_steps)
    for row, draft in enumerate(drafts):
        if draft.image_embed is not None:
            embeds[row] = draft.image_embed
        elif draft.condition == "caption":
            embeds[row] = 0
    return embeds


def upsample(
    upsampler: Upsampler, small: Tensor, noises: Sequence[torch.Generator], num_steps: int,
    watch: Watch | None = None, order: int = FAST.order,
) -> Tensor:  # fmt: skip
    """Pictures [batch, 3, 4·H, 4·W] of [batch, 3, H, W], which alone tell what to draw."""
    side = 4 * small.shape[-1]
    noise = gaussians((3, side, side), noises)
    enlarged = F.interpolate(small, (side, side), mode="bicubic")

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        return upsampler(x, t, enlarged).clamp(-1, 1)

    return sample(denoise, onto(noise, small.device), num_steps, watch, order=order)


@torch.inference_mode()
def image_embed(model: Model, picture: Image.Image) -> Tensor:
    """CLIP's embedding z_i [dim] of a picture."""
    pixels = to_pixels(picture, model.clip.side)
    return model.clip.encode_image(onto(pixels[None], model.device))[0]


def _unwatched(step: int, steps: int, pictures: Tensor) -> None:
    pass


def _tell(
    watch: Watch, done: int, steps: int, small: Tensor, step: int, part: int, now: Tensor
) -> None:
    """One step of an upsampler, as one of all steps; the preview stays small."""
    watch(done + step, steps, small)


def _start(picture: Image.Image) -> Tensor:
    return to_pixels(picture, SMALL)
