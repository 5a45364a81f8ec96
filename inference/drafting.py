"""From what a job asks for to drafts, one a picture. Knows nothing of the queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from PIL import Image

from db.tables import Job, Operation
from inference.backends.backend import Backend
from inference.pipeline import Draft

BLEND_REACH = 0.15
"""How far the first and the last picture of a blend lie from its middle."""
DIFF_REACH = 0.5
"""How far the last picture of a text diff goes; the paper goes to 0.25 to 0.5 (§3.3)."""


def drafts_of(
    backend: Backend, job: Job, sources: Sequence[Image.Image], mask: Image.Image | None
) -> list[Draft]:
    """What a job asks for, a draft a picture. Raises UnusableMask or NotServed.

    Pictures of one job differ by their seed, so that sources are read only once. A blend and a text
    diff draw the same for every seed; theirs are steps of the way.
    """
    asked, count = job.params, job.params["images"]
    prompt, seeds = asked["prompt"], range(asked["seed"], asked["seed"] + count)
    if job.operation is Operation.text_to_image:
        return _reseeded(backend.text_to_image(prompt, seeds[0]), seeds)
    source, *others = sources
    match job.operation:
        case Operation.inpaint:
            assert mask is not None
            draft = backend.inpaint(source, mask, prompt, seeds[0])
        case Operation.outpaint:
            draft = backend.outpaint(source, asked["sides"], asked["amount"], prompt, seeds[0])
        case Operation.interpolate:
            shares = _steps(asked["t"] - BLEND_REACH, asked["t"] + BLEND_REACH, seeds)
            return [backend.interpolate(source, others[0], t, s) for t, s in shares]
        case Operation.text_diff:
            shares, before = _steps(DIFF_REACH / count, DIFF_REACH, seeds), asked["before"]
            return [backend.text_diff(source, before, prompt, t, s) for t, s in shares]
        case _:
            draft = backend.variation(source, seeds[0], prompt=prompt)
    return _reseeded(draft, seeds)


def _reseeded(draft: Draft, seeds: Sequence[int]) -> list[Draft]:
    return [replace(draft, seed=seed) for seed in seeds]


def _steps(first: float, last: float, seeds: Sequence[int]) -> list[tuple[float, int]]:
    """Shares from the first to the last, none outside of 0 to 1, each with its seed."""
    shares = torch.linspace(first, last, len(seeds)).clamp(0, 1).tolist()
    return list(zip(shares, seeds, strict=True))
