"""Random weights of the real classes in folders laid out like the real ones, tiny or full size.

They draw noise, but all of the way: the tests load them and the benchmark times them. The sizes of
`FULL` are those of the published configurations; `TINY` ones hold a few thousand numbers a network.
"""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    DDPMScheduler,
    KandinskyV22InpaintPipeline,
    KandinskyV22Pipeline,
    KandinskyV22PriorPipeline,
    PriorTransformer,
    StableDiffusionPipeline,
    UnCLIPScheduler,
    UNet2DConditionModel,
    UNet2DModel,
    VQModel,
)
from diffusers.pipelines.deprecated.unclip.text_proj import UnCLIPTextProjModel
from transformers import (
    CLIPImageProcessorPil,
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
    Swin2SRConfig,
    Swin2SRForImageSuperResolution,
)

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789,.'-"
LENGTH = 77


def save_kandinsky(folder: Path) -> Path:
    """A tiny Kandinsky 2.2 for pictures of 64²."""
    torch.manual_seed(0)
    KandinskyV22PriorPipeline(
        prior=_prior(16), image_encoder=_vision(16), tokenizer=_tokenizer(),
        text_encoder=CLIPTextModelWithProjection(_text_config(16)), scheduler=_prior_schedule(),
        image_processor=_processor(),
    ).save_pretrained(folder / "prior")  # fmt: skip
    schedule, movq = _kandinsky_schedule(), _movq()
    drawing = KandinskyV22Pipeline(unet=_kandinsky_unet(4), scheduler=schedule, movq=movq)
    drawing.save_pretrained(folder / "decoder")
    painting = KandinskyV22InpaintPipeline(unet=_kandinsky_unet(9), scheduler=schedule, movq=movq)
    painting.save_pretrained(folder / "inpaint")
    return folder


def save_karlo(folder: Path) -> Path:
    """A tiny Karlo, 16² → 64² → 128²."""
    torch.manual_seed(1)
    inner = folder / "unclip"
    parts = {
        "tokenizer": _tokenizer(),
        "text_encoder": CLIPTextModelWithProjection(_text_config(16)),
        "prior": _prior(16),
        "text_proj": UnCLIPTextProjModel(
            clip_embeddings_dim=16, time_embed_dim=64, cross_attention_dim=16
        ),
        "decoder": _karlo_decoder(),
        "super_res_first": _karlo_upsampler(),
        "super_res_last": _karlo_upsampler(),
        "prior_scheduler": _prior_schedule(),
        "decoder_scheduler": UnCLIPScheduler(variance_type="learned_range"),
        "super_res_scheduler": UnCLIPScheduler(variance_type="fixed_small_log"),
    }
    for name, part in parts.items():
        part.save_pretrained(inner / name)
    _processor().save_pretrained(folder / "clip")
    _vision(16).save_pretrained(folder / "clip")
    config = Swin2SRConfig(
        embed_dim=12, depths=[1], num_heads=[2], window_size=4, upscale=2, upsampler="pixelshuffle"
    )
    Swin2SRForImageSuperResolution(config).save_pretrained(folder / "upsampler")
    return folder


def save_auto(folder: Path) -> Path:
    """A tiny Stable Diffusion for pictures of 64²."""
    torch.manual_seed(2)
    unet = UNet2DConditionModel(
        sample_size=32, block_out_channels=(16, 32), layers_per_block=1, norm_num_groups=8,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), cross_attention_dim=16,
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), attention_head_dim=4,
    )  # fmt: skip
    vae = AutoencoderKL(
        block_out_channels=(16, 16), latent_channels=4, norm_num_groups=8,
        down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2,
    )  # fmt: skip
    StableDiffusionPipeline(
        vae=vae, text_encoder=CLIPTextModel(_text_config(16)), tokenizer=_tokenizer(), unet=unet,
        scheduler=DDIMScheduler(beta_schedule="scaled_linear", clip_sample=False, steps_offset=1),
        safety_checker=None, feature_extractor=None, image_encoder=None,
        requires_safety_checker=False,
    ).save_pretrained(folder)  # fmt: skip
    return folder


def _tokenizer() -> CLIPTokenizer:
    tokens = ["<|startoftext|>", "<|endoftext|>", *LETTERS, *(f"{c}</w>" for c in LETTERS)]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    return CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=LENGTH)


def _text_config(width: int) -> CLIPTextConfig:
    return CLIPTextConfig(
        vocab_size=2 + 2 * len(LETTERS), hidden_size=width, intermediate_size=2 * width,
        projection_dim=width, num_hidden_layers=2, num_attention_heads=2,
        max_position_embeddings=LENGTH, bos_token_id=0, eos_token_id=1, pad_token_id=1,
    )  # fmt: skip


def _vision(width: int) -> CLIPVisionModelWithProjection:
    config = CLIPVisionConfig(
        hidden_size=width, intermediate_size=2 * width, projection_dim=width, image_size=16,
        num_hidden_layers=2, num_attention_heads=2, patch_size=8,
    )  # fmt: skip
    return CLIPVisionModelWithProjection(config)


def _processor() -> CLIPImageProcessorPil:
    return CLIPImageProcessorPil(size={"shortest_edge": 16}, crop_size=16)


def _prior_schedule() -> UnCLIPScheduler:
    return UnCLIPScheduler(
        variance_type="fixed_small_log", prediction_type="sample", clip_sample_range=5.0
    )


def _kandinsky_schedule() -> DDPMScheduler:
    return DDPMScheduler(
        beta_schedule="linear", beta_start=0.00085, beta_end=0.012, clip_sample=False,
        prediction_type="epsilon", variance_type="fixed_small_log",
    )  # fmt: skip


def _prior(width: int) -> PriorTransformer:
    return PriorTransformer(
        num_attention_heads=2, attention_head_dim=8, num_layers=2, embedding_dim=width,
        num_embeddings=LENGTH, additional_embeddings=4,
    )  # fmt: skip


def _kandinsky_unet(channels: int) -> UNet2DConditionModel:
    return UNet2DConditionModel(
        in_channels=channels, out_channels=8, addition_embed_type="image",
        down_block_types=("ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D"),
        up_block_types=("SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D"),
        mid_block_type="UNetMidBlock2DSimpleCrossAttn", block_out_channels=(16, 32),
        layers_per_block=1, encoder_hid_dim=16, encoder_hid_dim_type="image_proj",
        cross_attention_dim=16, attention_head_dim=4, norm_num_groups=8,
        resnet_time_scale_shift="scale_shift", class_embed_type=None,
    )  # fmt: skip


def _movq() -> VQModel:
    return VQModel(
        block_out_channels=(32, 32, 32, 32), layers_per_block=1, latent_channels=4,
        down_block_types=("DownEncoderBlock2D",) * 3 + ("AttnDownEncoderBlock2D",),
        up_block_types=("AttnUpDecoderBlock2D",) + ("UpDecoderBlock2D",) * 3,
        norm_type="spatial", num_vq_embeddings=12, vq_embed_dim=4,
    )  # fmt: skip


def _karlo_decoder() -> UNet2DConditionModel:
    return UNet2DConditionModel(
        sample_size=16, in_channels=3, out_channels=6, class_embed_type="identity",
        down_block_types=("ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D"),
        up_block_types=("SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D"),
        mid_block_type="UNetMidBlock2DSimpleCrossAttn", block_out_channels=(16, 32),
        layers_per_block=1, cross_attention_dim=16, attention_head_dim=4, norm_num_groups=8,
        resnet_time_scale_shift="scale_shift",
    )  # fmt: skip


def _karlo_upsampler() -> UNet2DModel:
    return UNet2DModel(
        sample_size=64, in_channels=6, out_channels=3, layers_per_block=1, norm_num_groups=8,
        down_block_types=("ResnetDownsampleBlock2D",) * 2, block_out_channels=(16, 32),
        up_block_types=("ResnetUpsampleBlock2D",) * 2, add_attention=False,
        resnet_time_scale_shift="scale_shift",
    )  # fmt: skip
