"""Kandinsky 2.2: an unCLIP whose decoder draws in the latent space of a VQ-GAN, up to 1024².

The folder holds the repositories `prior`, `decoder` and, where it is there, `inpaint`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from diffusers import DDPMScheduler, UNet2DConditionModel, VQModel
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from inference.backends import steps
from inference.backends.backend import Card
from inference.backends.networks import Place, load, part, quicken
from inference.backends.turns import Turn, in_turns, small
from inference.backends.unclip import Text, Unclip, load_encoders
from inference.canvas import to_pictures, to_pixels
from inference.draft import Draft, Watch
from inference.registry import Effort
from inference.transfers import onto

PIXELS = {"force_not_quantize": True, "return_dict": False}
NO_INPAINT = "The weights for repainting a picture are not installed."


class Kandinsky(Unclip):
    """Serves every operation; repainting has a decoder of its own."""

    def __init__(self, name: str, folder: Path, size: int, sampling: Effort, place: Place) -> None:
        """Raises a WeightsError."""
        inner = folder / "prior"
        schedule = inner / "scheduler"
        encoders = load_encoders(
            inner, inner / "image_processor", inner / "image_encoder", schedule, place
        )
        self._repaints = (folder / "inpaint").is_dir()
        missing = {} if self._repaints else dict.fromkeys(("inpaint", "outpaint"), NO_INPAINT)
        super().__init__(Card(name, size, missing=missing), encoders, sampling, place)
        self._decoder = quicken(
            load(UNet2DConditionModel, folder / "decoder" / "unet", place), place
        )
        self._movq = load(VQModel, folder / "decoder" / "movq", place)
        plain = self._movq.decode  # previews have sizes of their own
        self._decode_small = lambda latents: plain(latents, **PIXELS)[0]
        quicken(self._movq, place, "decode")
        self._schedule = part(DDPMScheduler, folder / "decoder" / "scheduler")
        if self._repaints:
            inpainter = load(UNet2DConditionModel, folder / "inpaint" / "unet", place)
            self._inpainter = quicken(inpainter, place)
        self._nothing = self._encode_nothing()

    @property
    def _side(self) -> int:
        """Of the latents."""
        return self.card.size // 2 ** (len(self._movq.config.block_out_channels) - 1)

    @torch.inference_mode()
    def _encode_nothing(self) -> Tensor:
        """What guidance sets against an embedding: that of a black picture."""
        encoder = self._encoders.image_encoder
        side = encoder.config.image_size
        black = torch.zeros(1, 3, side, side, device=self.place.device, dtype=self.place.dtype)
        return encoder(black).image_embeds

    def _decode(
        self, drafts: Sequence[Draft], embeds: Tensor, text: Text,
        noises: Sequence[torch.Generator], watch: Watch | None,
    ) -> list[Image.Image]:  # fmt: skip
        """Those to repaint and those to draw take turns: they have networks of their own."""

        def draw(turn: Turn) -> list[Image.Image]:
            rows = turn.rows
            own = [noises[row] for row in rows]
            drawn = self._draw([drafts[row] for row in rows], embeds[rows], own, turn)
            return to_pictures(drawn)

        return in_turns([draft.canvas is not None for draft in drafts], draw, watch)

    def _draw(
        self, drafts: Sequence[Draft], embeds: Tensor, noises: Sequence[torch.Generator],
        turn: Turn,
    ) -> Tensor:  # fmt: skip
        """Pictures [batch, 3, size, size] of embeddings [batch, dim]."""
        keeping = _Keeping(self, drafts) if drafts[0].canvas else None
        network = self._inpainter if keeping else self._decoder
        nothing = self._nothing.expand_as(embeds)
        told = {"image_embeds": torch.cat((nothing, embeds))}
        channels = self._movq.config.latent_channels

        def predict(x: Tensor, t: Tensor) -> Tensor:
            seen = x if keeping is None else torch.cat((x, keeping.latents, keeping.kept), dim=1)
            output = network(
                seen.repeat(2, 1, 1, 1), t, encoder_hidden_states=None, added_cond_kwargs=told,
                return_dict=False,
            )[0]  # fmt: skip
            output = steps.guide_noise(output, channels, self.sampling.decoder_guidance)
            learned = self._schedule.variance_type in ("learned", "learned_range")
            return output if learned else output[:, :channels]

        def tell(step: int, most: int, clean: Tensor) -> None:
            turn.tell(step, most, lambda: small(clean, self._decode_small))

        noise = steps.start((channels, self._side, self._side), noises, embeds, self._schedule)
        latents = steps.denoise(
            self._schedule, predict, noise, self.sampling.decoder_steps, noises, tell,
            keeping.restore(noise) if keeping else None,
        )  # fmt: skip
        return self._movq.decode(latents, **PIXELS)[0].float()

    def latents(self, pixels: Tensor) -> Tensor:
        """[batch, channels, side, side] of pictures [batch, 3, size, size] in -1…1."""
        return self._movq.encode(onto(pixels.to(self.place.dtype), self.place.device)).latents


class _Keeping:
    """What is kept of pictures to repaint, as latents; `kept` is 1 there, 0 where it is new."""

    def __init__(self, backend: Kandinsky, drafts: Sequence[Draft]) -> None:
        squares = [draft.canvas.square() for draft in drafts if draft.canvas]
        size, side = backend.card.size, backend._side
        pictures = torch.stack([to_pixels(picture, size) for picture, _ in squares])
        masks = torch.stack([to_pixels(mask, size)[:1] for _, mask in squares])
        new = F.adaptive_max_pool2d((masks > -1).float(), side)
        new = F.max_pool2d(new, 3, stride=1, padding=1)  # a margin, as the network was trained
        self._schedule = backend._schedule
        self._whole = backend.latents(pictures)
        self.kept = (1 - new).to(self._whole)
        self.latents = self._whole * self.kept

    def restore(self, noise: Tensor) -> steps.Keep:
        """After each step what is kept returns, as noisy as the rest is then."""

        def keep(x: Tensor, then: Tensor | None) -> Tensor:
            whole = self._whole
            if then is not None:
                whole = self._schedule.add_noise(whole, noise, then[None])
            return self.kept * whole + (1 - self.kept) * x

        return keep
