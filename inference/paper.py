"""The networks of Ramesh et al. 2022 at their own sizes (table 3), for training at full scale.

Both priors are the built-in classes, larger. The UNets are built of diffusers' blocks, which are
those of the paper (residual, attention at 32², 16² and 8², scale and shift); the built-in ones are
cut for CPUs. Each network takes what the built-in one takes, so that the same code trains it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from diffusers import UNet2DConditionModel, UNet2DModel
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import CLIPConfig, CLIPModel

from inference.ar_prior import ARPriorConfig
from inference.layers import Transformer
from inference.prior import PriorConfig

VOCABULARY, CONTEXT, DIM = 49_408, 256, 1024
TRAINED_STEPS = 1000  # as the UNets count time
EMBED_TOKENS = 4


@dataclass(frozen=True)
class PaperClipConfig:
    """ViT-H/16 beside a causal text encoder (appendix C)."""

    vocabulary: int = VOCABULARY
    context: int = CONTEXT
    dim: int = DIM
    text_width: int = 1024
    text_layers: int = 24
    text_heads: int = 16
    image_size: int = 256
    image_width: int = 1280
    image_layers: int = 32
    image_heads: int = 16


@dataclass(frozen=True)
class PaperDecoderConfig:
    """The UNet's channels a level and the text encoder's width, depth and heads."""

    vocabulary: int = VOCABULARY
    context: int = CONTEXT
    dim: int = DIM
    channels: tuple[int, ...] = (512, 1024, 1536, 2048)
    depth: int = 3
    head: int = 64
    text_width: int = 2048
    text_layers: int = 24
    text_heads: int = 32


@dataclass(frozen=True)
class PaperUpsamplerConfig:
    """The UNet's channels a level."""

    channels: tuple[int, ...] = (320, 640, 960, 1280)
    depth: int = 3


CLIP = PaperClipConfig()
PRIOR = PriorConfig(VOCABULARY, CONTEXT, DIM, width=2048, layers=24, heads=32)
AR_PRIOR = ARPriorConfig(
    VOCABULARY, CONTEXT, DIM, kept=319, buckets=1024, text_width=2048, text_layers=24,
    text_heads=32, width=1664, layers=24, heads=26,
)  # fmt: skip
DECODER = PaperDecoderConfig()
UPSAMPLER256 = PaperUpsamplerConfig()
UPSAMPLER1024 = PaperUpsamplerConfig((192, 192, 384, 384, 768, 768), depth=2)


class PaperClip(nn.Module):
    """As `inference.clip.Clip`."""

    def __init__(self, config: PaperClipConfig) -> None:
        super().__init__()
        self.config = config
        self.side = config.image_size
        self.clip = CLIPModel(CLIPConfig(
            projection_dim=config.dim,
            text_config={
                "vocab_size": config.vocabulary, "max_position_embeddings": config.context,
                "hidden_size": config.text_width, "intermediate_size": 4 * config.text_width,
                "num_hidden_layers": config.text_layers, "num_attention_heads": config.text_heads,
                "pad_token_id": 0, "eos_token_id": 1, "bos_token_id": None,
            },
            vision_config={
                "image_size": config.image_size, "patch_size": 16,
                "hidden_size": config.image_width, "intermediate_size": 4 * config.image_width,
                "num_hidden_layers": config.image_layers, "num_attention_heads": config.image_heads,
            },
        ))  # fmt: skip

    @property
    def log_scale(self) -> Tensor:
        """The logarithm of the contrast's scale."""
        return cast(Tensor, self.clip.logit_scale)

    def encode_text(self, tokens: Tensor) -> Tensor:
        """Unit text embeddings [batch, dim] of token ids [batch, context]."""
        h = self.clip.text_model(input_ids=tokens).pooler_output
        return F.normalize(self.clip.text_projection(h).float(), dim=-1)

    def encode_image(self, pixels: Tensor) -> Tensor:
        """Unit image embeddings [batch, dim] of square pictures in -1…1, enlarged to its size."""
        pixels = F.interpolate(pixels, (self.side, self.side), mode="bicubic")
        h = self.clip.vision_model(pixel_values=pixels).pooler_output
        return F.normalize(self.clip.visual_projection(h).float(), dim=-1)


class PaperDecoder(nn.Module):
    """As `inference.decoder.Decoder`: predicts v of a 64² picture.

    The image embedding enters with the time and as four more tokens behind the caption's (§2.1).
    """

    def __init__(self, config: PaperDecoderConfig) -> None:
        super().__init__()
        self.config = config
        w, levels = config.text_width, len(config.channels) - 1
        self.tokens = nn.Embedding(config.vocabulary, w)
        self.positions = nn.Parameter(torch.randn(config.context, w) * 0.02)
        self.text = Transformer(w, config.text_layers, config.text_heads, causal=False)
        self.embed = nn.Linear(config.dim, 4 * config.channels[0])
        self.pooled = nn.Linear(w, 4 * config.channels[0])
        self.embed_tokens = nn.Linear(config.dim, EMBED_TOKENS * w)
        self.unet = UNet2DConditionModel(
            sample_size=64, in_channels=7, out_channels=3,
            down_block_types=("ResnetDownsampleBlock2D", *("SimpleCrossAttnDownBlock2D",) * levels),
            mid_block_type="UNetMidBlock2DSimpleCrossAttn",
            up_block_types=(*("SimpleCrossAttnUpBlock2D",) * levels, "ResnetUpsampleBlock2D"),
            block_out_channels=config.channels, layers_per_block=config.depth,
            cross_attention_dim=w, attention_head_dim=config.head,
            resnet_time_scale_shift="scale_shift", class_embed_type="identity",
        )  # fmt: skip

    def forward(
        self, noised: Tensor, t: Tensor, image_embed: Tensor, tokens: Tensor, known: Tensor
    ) -> Tensor:
        """v [batch, 3, 64, 64] at times [batch] in 0…1."""
        image_embed = image_embed * self.config.dim**0.5
        told = (tokens != 0).any(1).to(noised.dtype)[:, None, None]
        words = self.text(self.tokens(tokens) + self.positions) * told
        embeds = self.embed_tokens(image_embed).unflatten(1, (EMBED_TOKENS, -1))
        return self.unet(
            torch.cat((noised, known), dim=1), t * (TRAINED_STEPS - 1),
            torch.cat((words, embeds), dim=1),
            class_labels=self.embed(image_embed) + self.pooled(words.mean(1)),
        ).sample  # fmt: skip


class PaperUpsampler(nn.Module):
    """As `inference.upsampler.Upsampler`: convolutions alone."""

    def __init__(self, config: PaperUpsamplerConfig) -> None:
        super().__init__()
        self.config = config
        levels = len(config.channels)
        self.unet = UNet2DModel(
            in_channels=6, out_channels=3, block_out_channels=config.channels,
            layers_per_block=config.depth, add_attention=False,
            down_block_types=("ResnetDownsampleBlock2D",) * levels,
            up_block_types=("ResnetUpsampleBlock2D",) * levels,
            resnet_time_scale_shift="scale_shift",
        )  # fmt: skip

    def forward(self, noised: Tensor, t: Tensor, small: Tensor) -> Tensor:
        """x0 [batch, 3, H, W]; `small` is the smaller picture, enlarged to H×W."""
        pixels = torch.cat((noised, small), dim=1)
        return small + self.unet(pixels, t * (TRAINED_STEPS - 1)).sample
