"""Random weights of the real classes in folders laid out like the real ones, tiny or full size.

They draw noise, but all of the way: the tests load them and the benchmark times them. Tiny networks
hold a few thousand numbers.
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
from safetensors.torch import save_file
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

from benchmarks.sizes import FULL, TINY, Sizes, UNet

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789,.'-"
LENGTH = 77


def save(name: str, folder: Path, *, full: bool = False, device: str = "cpu") -> Path:
    """Makes the weights on that device, the full ones in bf16; returns the folder."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.bfloat16 if full else before)
    try:
        with torch.device(device):
            torch.manual_seed(0)
            SAVERS[name](folder, (FULL if full else TINY)[name])
    finally:
        torch.set_default_dtype(before)
    return folder


def save_kandinsky(folder: Path, sizes: Sizes) -> None:
    """Kandinsky 2.2: tiny for pictures of 64², in full for 768²."""
    KandinskyV22PriorPipeline(
        prior=_prior(sizes), image_encoder=_vision(sizes),
        text_encoder=CLIPTextModelWithProjection(_text_config(sizes)),
        tokenizer=_tokenizer(), scheduler=_prior_schedule(), image_processor=_processor(sizes),
    ).save_pretrained(folder / "prior")  # fmt: skip
    schedule, movq = _kandinsky_schedule(), _movq(sizes)
    unets = [_kandinsky_unet(sizes, channels) for channels in (4, 9)]
    drawing = KandinskyV22Pipeline(unet=unets[0], scheduler=schedule, movq=movq)
    drawing.save_pretrained(folder / "decoder")
    painting = KandinskyV22InpaintPipeline(unet=unets[1], scheduler=schedule, movq=movq)
    painting.save_pretrained(folder / "inpaint")


def save_karlo(folder: Path, sizes: Sizes) -> None:
    """Karlo: tiny 16² → 64² → 128², in full 64² → 256² → 1024²."""
    inner = folder / "unclip"
    parts = {
        "tokenizer": _tokenizer(),
        "text_encoder": CLIPTextModelWithProjection(_text_config(sizes)),
        "prior": _prior(sizes),
        "text_proj": UnCLIPTextProjModel(
            clip_embeddings_dim=sizes.dim, time_embed_dim=4 * sizes.decoder.widths[0],
            cross_attention_dim=sizes.decoder.told,
        ),
        "decoder": _karlo_decoder(sizes.decoder),
        "super_res_first": _karlo_upsampler(sizes),
        "super_res_last": _karlo_upsampler(sizes),
        "prior_scheduler": _prior_schedule(),
        "decoder_scheduler": UnCLIPScheduler(variance_type="learned_range"),
        "super_res_scheduler": UnCLIPScheduler(variance_type="fixed_small_log"),
    }  # fmt: skip
    for name, part in parts.items():
        part.save_pretrained(inner / name)
    _processor(sizes).save_pretrained(folder / "clip")
    _vision(sizes).save_pretrained(folder / "clip")
    config = Swin2SRConfig(**sizes.enlarger)
    Swin2SRForImageSuperResolution(config).save_pretrained(folder / "upsampler")


def save_auto(folder: Path, sizes: Sizes) -> None:
    """Stable Diffusion: tiny for pictures of 64², in full for 512²."""
    unet, codec = sizes.decoder, sizes.codec
    assert codec is not None
    levels = len(unet.widths) - 1
    network = UNet2DConditionModel(
        sample_size=unet.side, block_out_channels=unet.widths, layers_per_block=unet.layers,
        down_block_types=("CrossAttnDownBlock2D",) * levels + ("DownBlock2D",),
        up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * levels,
        cross_attention_dim=unet.told, attention_head_dim=unet.head,
        norm_num_groups=_groups(unet.widths),
    )  # fmt: skip
    vae = AutoencoderKL(
        block_out_channels=codec.widths, latent_channels=4, norm_num_groups=_groups(codec.widths),
        layers_per_block=codec.layers,
        down_block_types=("DownEncoderBlock2D",) * len(codec.widths),
        up_block_types=("UpDecoderBlock2D",) * len(codec.widths),
    )  # fmt: skip
    StableDiffusionPipeline(
        vae=vae, unet=network, tokenizer=_tokenizer(),
        text_encoder=CLIPTextModel(_text_config(sizes)),
        scheduler=DDIMScheduler(beta_schedule="scaled_linear", clip_sample=False, steps_offset=1),
        safety_checker=None, feature_extractor=None, image_encoder=None,
        requires_safety_checker=False,
    ).save_pretrained(folder)  # fmt: skip


def adapt(folder: Path) -> Path:
    """Adds a tiny IP-Adapter to the tiny Stable Diffusion in a folder; returns the folder."""
    torch.manual_seed(1)
    unet = UNet2DConditionModel.from_pretrained(folder / "unet")
    sizes, told = TINY["auto"], unet.config.cross_attention_dim
    reading = [name for name in unet.attn_processors if "attn2" in name]
    weights = {
        "image_proj.proj.weight": torch.randn(4 * told, sizes.dim),
        "image_proj.proj.bias": torch.randn(4 * told),
        "image_proj.norm.weight": torch.ones(told), "image_proj.norm.bias": torch.zeros(told),
    }  # fmt: skip
    for number, name in enumerate(reading):
        like = unet.get_submodule(name.removesuffix(".processor")).to_k.weight
        for key in ("to_k_ip", "to_v_ip"):
            weights[f"ip_adapter.{2 * number + 1}.{key}.weight"] = torch.randn(like.shape)
    _vision(sizes).save_pretrained(folder / "ip_adapter" / "image_encoder")
    save_file(weights, folder / "ip_adapter" / "ip-adapter.safetensors")
    return folder


SAVERS = {"kandinsky": save_kandinsky, "karlo": save_karlo, "auto": save_auto}


def _groups(widths: tuple[int, ...]) -> int:
    return min(32, widths[0] // 2)


def _tokenizer() -> CLIPTokenizer:
    tokens = ["<|startoftext|>", "<|endoftext|>", *LETTERS, *(f"{c}</w>" for c in LETTERS)]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    return CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=LENGTH)


def _text_config(sizes: Sizes) -> CLIPTextConfig:
    tower = sizes.text
    return CLIPTextConfig(
        vocab_size=2 + 2 * len(LETTERS), hidden_size=tower.width, intermediate_size=tower.inner,
        num_hidden_layers=tower.layers, num_attention_heads=tower.heads, projection_dim=sizes.dim,
        max_position_embeddings=LENGTH, bos_token_id=0, eos_token_id=1, pad_token_id=1,
    )  # fmt: skip


def _vision(sizes: Sizes) -> CLIPVisionModelWithProjection:
    tower = sizes.image
    config = CLIPVisionConfig(
        hidden_size=tower.width, intermediate_size=tower.inner, image_size=sizes.seen,
        num_hidden_layers=tower.layers, num_attention_heads=tower.heads, projection_dim=sizes.dim,
        patch_size=sizes.patch,
    )  # fmt: skip
    return CLIPVisionModelWithProjection(config)


def _processor(sizes: Sizes) -> CLIPImageProcessorPil:
    return CLIPImageProcessorPil(size={"shortest_edge": sizes.seen}, crop_size=sizes.seen)


def _prior_schedule() -> UnCLIPScheduler:
    return UnCLIPScheduler(
        variance_type="fixed_small_log", prediction_type="sample", clip_sample_range=5.0
    )


def _kandinsky_schedule() -> DDPMScheduler:
    return DDPMScheduler(
        beta_schedule="linear", beta_start=0.00085, beta_end=0.012, clip_sample=False,
        prediction_type="epsilon", variance_type="fixed_small_log",
    )  # fmt: skip


def _prior(sizes: Sizes) -> PriorTransformer:
    tower = sizes.prior
    return PriorTransformer(
        num_attention_heads=tower.heads, attention_head_dim=tower.width // tower.heads,
        num_layers=tower.layers, embedding_dim=sizes.dim, num_embeddings=LENGTH,
        additional_embeddings=4,
    )  # fmt: skip


def _attending(unet: UNet) -> dict[str, object]:
    """What the decoders of both unCLIPs have in common."""
    levels = len(unet.widths) - 1
    return {
        "down_block_types": ("ResnetDownsampleBlock2D",) + ("SimpleCrossAttnDownBlock2D",) * levels,
        "up_block_types": ("SimpleCrossAttnUpBlock2D",) * levels + ("ResnetUpsampleBlock2D",),
        "mid_block_type": "UNetMidBlock2DSimpleCrossAttn", "block_out_channels": unet.widths,
        "layers_per_block": unet.layers, "cross_attention_dim": unet.told, "out_channels": 8,
        "attention_head_dim": unet.head, "norm_num_groups": _groups(unet.widths),
        "resnet_time_scale_shift": "scale_shift",
    }  # fmt: skip


def _kandinsky_unet(sizes: Sizes, channels: int) -> UNet2DConditionModel:
    return UNet2DConditionModel(
        in_channels=channels, addition_embed_type="image", encoder_hid_dim=sizes.dim,
        encoder_hid_dim_type="image_proj", **_attending(sizes.decoder),
    )  # fmt: skip


def _movq(sizes: Sizes) -> VQModel:
    codec = sizes.codec
    assert codec is not None
    return VQModel(
        block_out_channels=codec.widths, layers_per_block=codec.layers, latent_channels=4,
        down_block_types=("DownEncoderBlock2D",) * 3 + ("AttnDownEncoderBlock2D",),
        up_block_types=("AttnUpDecoderBlock2D",) + ("UpDecoderBlock2D",) * 3,
        norm_type="spatial", num_vq_embeddings=codec.words, vq_embed_dim=4,
    )  # fmt: skip


def _karlo_decoder(unet: UNet) -> UNet2DConditionModel:
    return UNet2DConditionModel(
        sample_size=unet.side, in_channels=3, class_embed_type="identity",
        **_attending(unet) | {"out_channels": 6},
    )  # fmt: skip


def _karlo_upsampler(sizes: Sizes) -> UNet2DModel:
    unet = sizes.upsampler
    assert unet is not None
    levels = len(unet.widths)
    return UNet2DModel(
        sample_size=unet.side, in_channels=6, out_channels=3, layers_per_block=unet.layers,
        down_block_types=("ResnetDownsampleBlock2D",) * levels, block_out_channels=unet.widths,
        up_block_types=("ResnetUpsampleBlock2D",) * levels, add_attention=False,
        norm_num_groups=_groups(unet.widths), resnet_time_scale_shift="scale_shift",
    )  # fmt: skip
