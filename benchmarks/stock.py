"""The same drawings by the library's own pipelines, as a person would call them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoPipelineForText2Image,
    DiffusionPipeline,
    KandinskyV22Pipeline,
    KandinskyV22PriorPipeline,
    PriorTransformer,
    UnCLIPScheduler,
    UNet2DConditionModel,
    UNet2DModel,
)
from diffusers.pipelines.deprecated.unclip.pipeline_unclip import UnCLIPPipeline
from diffusers.pipelines.deprecated.unclip.text_proj import UnCLIPTextProjModel
from PIL import Image
from transformers import CLIPTextModelWithProjection, CLIPTokenizer

from inference.backends.networks import Place
from inference.registry import Effort

KARLO = {
    "tokenizer": CLIPTokenizer, "text_encoder": CLIPTextModelWithProjection,
    "prior": PriorTransformer, "text_proj": UnCLIPTextProjModel, "decoder": UNet2DConditionModel,
    "super_res_first": UNet2DModel, "super_res_last": UNet2DModel,
    "prior_scheduler": UnCLIPScheduler, "decoder_scheduler": UnCLIPScheduler,
    "super_res_scheduler": UnCLIPScheduler,
}  # fmt: skip


class Kandinsky:
    """Two pipelines, as its page shows."""

    def __init__(self, folder: Path, size: int, sampling: Effort, place: Place) -> None:
        self.size, self.sampling = size, sampling
        self.prior = _open(KandinskyV22PriorPipeline, folder / "prior", place)
        self.decoder = _open(KandinskyV22Pipeline, folder / "decoder", place)

    def __call__(self, prompts: Sequence[str], seeds: Sequence[int]) -> list[Image.Image]:
        """Pictures of the prompts."""
        noise = [torch.Generator().manual_seed(seed) for seed in seeds]
        embeds = self.prior(
            list(prompts), num_inference_steps=self.sampling.prior_steps,
            guidance_scale=self.sampling.prior_guidance, generator=noise,
        )  # fmt: skip
        return self.decoder(
            **embeds, height=self.size, width=self.size, generator=noise,
            num_inference_steps=self.sampling.decoder_steps,
            guidance_scale=self.sampling.decoder_guidance,
        ).images  # fmt: skip


class Karlo:
    """The deprecated pipeline, which can still be built from its parts; it ends at 256²."""

    def __init__(self, folder: Path, sampling: Effort, place: Place) -> None:
        self.sampling = sampling
        parts = {}
        for name, kind in KARLO.items():
            told = {"dtype": place.dtype} if issubclass(kind, torch.nn.Module) else {}
            parts[name] = kind.from_pretrained(folder / "unclip" / name, **told)
        self.pipe = UnCLIPPipeline(**parts).to(place.device)
        self.pipe.set_progress_bar_config(disable=True)

    def __call__(self, prompts: Sequence[str], seeds: Sequence[int]) -> list[Image.Image]:
        """Pictures of the prompts."""
        return self.pipe(
            list(prompts), generator=[torch.Generator().manual_seed(seed) for seed in seeds],
            prior_num_inference_steps=self.sampling.prior_steps,
            decoder_num_inference_steps=self.sampling.decoder_steps,
            prior_guidance_scale=self.sampling.prior_guidance,
            decoder_guidance_scale=self.sampling.decoder_guidance,
        ).images  # fmt: skip


class Auto:
    """The family's text-to-image pipeline."""

    def __init__(self, folder: Path, options: dict[str, Any], place: Place) -> None:
        self.options = options
        self.pipe = _open(AutoPipelineForText2Image, folder, place)

    def __call__(self, prompts: Sequence[str], seeds: Sequence[int]) -> list[Image.Image]:
        """Pictures of the prompts."""
        noise = [torch.Generator().manual_seed(seed) for seed in seeds]
        return self.pipe(list(prompts), generator=noise, **self.options).images


def _open(kind: Any, folder: Path, place: Place) -> DiffusionPipeline:
    pipe = kind.from_pretrained(folder, dtype=place.dtype).to(place.device)
    pipe.set_progress_bar_config(disable=True)
    return pipe
