"""Karlo: an unCLIP in pixels, 64² → 256², then an upsampler of another house → 1024².

Its parts are loaded one by one, since diffusers can no longer reload the pipeline as a whole. The
folder holds the repositories `unclip`, `clip` (its image encoder) and, if installed, `upsampler`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from diffusers import UNet2DConditionModel, UNet2DModel
from diffusers.pipelines.deprecated.unclip.text_proj import UnCLIPTextProjModel
from diffusers.schedulers import UnCLIPScheduler
from PIL import Image
from torch import Tensor
from torch.nn import functional as F
from transformers import Swin2SRForImageSuperResolution

from inference.backends import steps
from inference.backends.backend import Card
from inference.backends.networks import Place, load, part, quicken
from inference.backends.turns import shrunk
from inference.backends.unclip import Text, Unclip, load_encoders
from inference.canvas import to_pictures
from inference.draft import SMALL, Draft, Watch
from inference.registry import Effort

UPSAMPLER_STEPS = 7
NO_REPAINTING = "Karlo was not taught to repaint a part of a picture, or to go on past its border."


class Karlo(Unclip):
    """Serves what follows from embeddings alone."""

    def __init__(self, name: str, folder: Path, sampling: Effort, place: Place) -> None:
        """Raises a WeightsError."""
        inner, clip = folder / "unclip", folder / "clip"
        encoders = load_encoders(inner, clip, clip, inner / "prior_scheduler", place)
        self._text_proj = load(UnCLIPTextProjModel, inner / "text_proj", place)
        self._decoder = quicken(load(UNet2DConditionModel, inner / "decoder", place), place)
        self._upsampler = quicken(load(UNet2DModel, inner / "super_res_first", place), place)
        self._last_step = quicken(load(UNet2DModel, inner / "super_res_last", place), place)
        self._schedule = part(UnCLIPScheduler, inner / "decoder_scheduler")
        self._upsampler_schedule = part(UnCLIPScheduler, inner / "super_res_scheduler")
        self._enlarge = None
        if (folder / "upsampler").is_dir():
            self._enlarge = load(Swin2SRForImageSuperResolution, folder / "upsampler", place)
        side = self._upsampler.config.sample_size
        size = side * self._enlarge.config.upscale if self._enlarge else side
        missing = dict.fromkeys(("inpaint", "outpaint"), NO_REPAINTING)
        super().__init__(Card(name, size, missing=missing), encoders, sampling, place)

    def _decode(
        self, drafts: Sequence[Draft], embeds: Tensor, text: Text,
        noises: Sequence[torch.Generator], watch: Watch | None,
    ) -> list[Image.Image]:  # fmt: skip
        most = self.sampling.decoder_steps + UPSAMPLER_STEPS
        shown = torch.zeros(len(drafts), 3, SMALL, SMALL)

        def tell(step: int, part_: int, clean: Tensor) -> None:
            if watch is None:
                return
            done = step
            if clean.shape[-1] == small_side:
                shown[:] = shrunk(clean)
            else:
                done += self.sampling.decoder_steps
            watch(done, most, shown)

        small_side = self._decoder.config.sample_size
        small = self._small(embeds, text, noises, tell).clamp(-1, 1)
        pictures = self._upsampled(small, noises, tell)
        return to_pictures(self._enlarged(pictures))

    def _small(
        self, embeds: Tensor, text: Text, noises: Sequence[torch.Generator], watch: steps.Watcher
    ) -> Tensor:
        """Pictures of the decoder, told by embeddings [batch, dim] and prompts."""
        told = self._texts([""] * len(noises)) + text
        states, condition = self._text_proj(
            image_embeddings=embeds, prompt_embeds=told.embeds,
            text_encoder_hidden_states=told.states, do_classifier_free_guidance=True,
        )  # fmt: skip
        mask = F.pad(told.mask, (self._text_proj.clip_extra_context_tokens, 0), value=True)
        channels, side = self._decoder.config.in_channels, self._decoder.config.sample_size

        def predict(x: Tensor, t: Tensor) -> Tensor:
            output = self._decoder(
                torch.cat((x, x)), t, encoder_hidden_states=states, class_labels=condition,
                attention_mask=mask, return_dict=False,
            )[0]  # fmt: skip
            return steps.guide_noise(output, channels, self.sampling.decoder_guidance)

        noise = steps.start((channels, side, side), noises, states, self._schedule)
        num_steps = self.sampling.decoder_steps
        return steps.denoise(self._schedule, predict, noise, num_steps, noises, watch)

    def _upsampled(
        self, small: Tensor, noises: Sequence[torch.Generator], watch: steps.Watcher
    ) -> Tensor:
        """The pictures at four times the side; the last step has a network of its own."""
        schedule, side = self._upsampler_schedule, self._upsampler.config.sample_size
        channels = small.shape[1]
        noise = steps.start((channels, side, side), noises, small, schedule)
        enlarged = F.interpolate(  # in fp32: antialiasing knows no half precision on every device
            small.float(), (side, side), mode="bicubic", antialias=True
        ).to(small)

        def predict(x: Tensor, t: Tensor) -> Tensor:
            last = schedule.timesteps[-1] == t
            network = self._last_step if last else self._upsampler
            return network(torch.cat((x, enlarged), dim=1), t, return_dict=False)[0]

        return steps.denoise(schedule, predict, noise, UPSAMPLER_STEPS, noises, watch)

    def _enlarged(self, pictures: Tensor) -> Tensor:
        """Pictures [batch, 3, size, size] in -1…1."""
        if self._enlarge is None:
            return pictures.float()
        seen = self._enlarge((pictures.clamp(-1, 1) + 1) / 2).reconstruction
        return seen.float() * 2 - 1
