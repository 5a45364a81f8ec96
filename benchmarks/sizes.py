"""How large the networks of other makers are: as published, and tiny ones of the same kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Tower:
    """A transformer."""

    width: int
    layers: int
    heads: int
    inner: int


@dataclass(frozen=True)
class UNet:
    """The widths of its levels, blocks a level, what attention reads, channels a head."""

    side: int
    widths: tuple[int, ...]
    layers: int
    told: int = 0
    head: int = 0


@dataclass(frozen=True)
class Codec:
    """Between pictures and latents: widths of its levels, blocks a level, words of a VQ-GAN."""

    widths: tuple[int, ...]
    layers: int
    words: int = 0


@dataclass(frozen=True)
class Sizes:
    """A model's networks. `dim` is that of its embeddings, `seen` the pixels that CLIP sees."""

    dim: int
    text: Tower
    image: Tower
    seen: int
    patch: int
    prior: Tower
    decoder: UNet
    upsampler: UNet | None = None
    codec: Codec | None = None
    enlarger: Mapping[str, Any] = field(default_factory=dict)


_SMALL = Tower(16, 2, 2, 32)
_VIT_L = Tower(768, 12, 12, 3072), Tower(1024, 24, 16, 4096)
_PRIOR = Tower(2048, 20, 32, 8192)
_TINY_CLIP = (16, _SMALL, _SMALL, 16, 8, _SMALL)
TINY = {
    "kandinsky": Sizes(
        *_TINY_CLIP, UNet(8, (16, 32), 1, 16, 4), codec=Codec((32, 32, 32, 32), 1, 12)
    ),
    "karlo": Sizes(
        *_TINY_CLIP, UNet(16, (16, 32), 1, 16, 4), UNet(64, (16, 32), 1),
        enlarger={
            "embed_dim": 12, "depths": [1], "num_heads": [2], "window_size": 4, "upscale": 2,
            "upsampler": "pixelshuffle",
        },
    ),
    "auto": Sizes(*_TINY_CLIP, UNet(32, (16, 32), 1, 16, 4), codec=Codec((16, 16), 1)),
}  # fmt: skip
FULL = {
    "kandinsky": Sizes(
        1280, Tower(1280, 32, 20, 5120), Tower(1664, 48, 16, 8192), 224, 14, _PRIOR,
        UNet(96, (384, 768, 1152, 1536), 3, 768, 64), codec=Codec((128, 256, 256, 512), 2, 16384),
    ),
    "karlo": Sizes(
        768, *_VIT_L, 224, 14, _PRIOR, UNet(64, (320, 640, 960, 1280), 3, 1536, 64),
        UNet(256, (320, 640, 960, 1280), 3),
        enlarger={"upscale": 4, "upsampler": "nearest+conv", "depths": [6] * 6,
                  "num_heads": [6] * 6, "embed_dim": 180},
    ),
    "auto": Sizes(
        768, *_VIT_L, 224, 14, _PRIOR, UNet(64, (320, 640, 1280, 1280), 2, 768, 8),
        codec=Codec((128, 256, 512, 512), 2),
    ),
}  # fmt: skip
"""Of Kandinsky 2.2, of Karlo, and of Stable Diffusion 1.5."""
