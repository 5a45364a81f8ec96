"""From what a job asks for to drafts, one a picture. Knows no queue and no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from PIL import Image

from inference.backends.backend import Backend
from inference.draft import Draft, seed_of

BLEND_REACH = 0.15
"""How far the first and the last picture of a blend lie from its middle."""
DIFF_REACH = 0.5
"""How far the last picture of a text diff goes; the paper goes to 0.25 to 0.5 (§3.3)."""


def drafts_of(
    backend: Backend, operation: str, asked: Mapping[str, Any], sources: Sequence[Image.Image],
    mask: Image.Image | None,
) -> list[Draft]:  # fmt: skip
    """Raises UnusableMask or NotServed.

    Pictures of one job differ by their seed, so that sources are read only once. A blend and a text
    diff draw the same for every seed; theirs are steps of the way.
    """
    prompt, count = asked["prompt"], asked["images"]
    seeds = [seed_of(asked["seed"], index) for index in range(count)]
    if operation == "text_to_image":
        prompts = asked.get("steered") or [prompt] * count
        return [backend.text_to_image(own, s) for own, s in zip(prompts, seeds, strict=True)]
    source, *others = sources
    match operation:
        case "inpaint":
            assert mask is not None
            draft = backend.inpaint(source, mask, prompt, seeds[0])
        case "outpaint":
            draft = backend.outpaint(source, asked["sides"], asked["amount"], prompt, seeds[0])
        case "interpolate":
            middle = min(max(asked["t"], BLEND_REACH), 1 - BLEND_REACH)  # so that no two are equal
            shares = _steps(middle - BLEND_REACH, middle + BLEND_REACH, seeds)
            return [backend.interpolate(source, others[0], t, s) for t, s in shares]
        case "text_diff":
            shares, before = _steps(DIFF_REACH / count, DIFF_REACH, seeds), asked["before"]
            return [backend.text_diff(source, before, prompt, t, s) for t, s in shares]
        case _:
            draft = backend.variation(source, seeds[0], prompt=prompt)
    return _reseeded(draft, seeds)


def _reseeded(draft: Draft, seeds: Sequence[int]) -> list[Draft]:
    return [replace(draft, seed=seed) for seed in seeds]


def _steps(first: float, last: float, seeds: Sequence[int]) -> list[tuple[float, int]]:
    """Shares from the first to the last, each with its seed."""
    return list(zip(torch.linspace(first, last, len(seeds)).tolist(), seeds, strict=True))
