"""The paper's networks: their sizes, counted without memory, and small ones of the same classes."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from inference import paper
from inference.ar_prior import ARPrior
from inference.paper import (
    PaperClip,
    PaperClipConfig,
    PaperDecoder,
    PaperDecoderConfig,
    PaperUpsampler,
    PaperUpsamplerConfig,
)
from inference.prior import Prior

# Millions of parameters, beside what the paper's table says, counted by hand in brackets:
SIZES: dict[str, tuple[Callable[[], nn.Module], float]] = {
    # 1B (24 · 12 · 2048² = 1208): 101 more for 49,408 words, 12 to go in and out
    "prior": (lambda: Prior(paper.PRIOR), 1320.8),
    # 1B is its trunk (24 · 12 · 1664² = 797); with its text encoder (1208) 2005; words and buckets
    "ar prior": (lambda: ARPrior(paper.AR_PRIOR), 2117.8),
    # 3.5B are this one and the next; three output channels, as ours learns no variance
    "decoder's UNet": (lambda: PaperDecoder(PaperDecoderConfig()).unet, 2238.2),
    "decoder's text encoder": (lambda: PaperDecoder(PaperDecoderConfig()).text, 1208.6),
    "upsampler256": (lambda: PaperUpsampler(paper.UPSAMPLER256), 729.7),  # 700M
    "upsampler1024": (lambda: PaperUpsampler(paper.UPSAMPLER1024), 282.1),  # 300M
    # not in the table; ViT-H/16 has 632 (32 · 12 · 1280² = 629), 302 + 51 for words read the text
    "CLIP": (lambda: PaperClip(PaperClipConfig()), 986.5),
}
SMALL = PaperDecoderConfig(
    vocabulary=50, context=6, dim=16, channels=(32, 64), depth=1, head=8, text_width=32,
    text_layers=1, text_heads=2,
)  # fmt: skip


@pytest.mark.parametrize("name", SIZES)
def test_parameters(name: str) -> None:
    make, millions = SIZES[name]
    with torch.device("meta"):
        network = make()
    assert sum(p.numel() for p in network.parameters()) / 1e6 == pytest.approx(millions, abs=0.1)


def test_the_decoder_reads_all_that_it_is_told() -> None:
    torch.manual_seed(0)
    decoder = PaperDecoder(SMALL).requires_grad_(False)
    noised, t, known = torch.randn(2, 3, 64, 64), torch.rand(2), torch.randn(2, 4, 64, 64)
    embed, tokens = torch.randn(2, 16), torch.randint(1, 50, (2, 6))
    v = decoder(noised, t, embed, tokens, known)
    assert v.shape == noised.shape
    others = (
        (noised, 1 - t, embed, tokens, known), (noised, t, -embed, tokens, known),
        (noised, t, embed, 0 * tokens, known), (noised, t, embed, tokens, -known),
    )  # fmt: skip
    for other in others:
        assert not torch.allclose(decoder(*other), v, atol=1e-4)


def test_upsamplers_work_at_any_size() -> None:
    upsampler = PaperUpsampler(PaperUpsamplerConfig((32, 32), depth=1)).requires_grad_(False)
    for side in (32, 64):
        small = torch.randn(1, 3, side, side)
        assert upsampler(torch.randn_like(small), torch.rand(1), small).shape == small.shape


def test_clip_embeds_both_sides_alike() -> None:
    clip = PaperClip(PaperClipConfig(50, 6, 16, 32, 1, 2, 32, 32, 1, 2)).requires_grad_(False)
    texts = clip.encode_text(torch.randint(1, 50, (3, 6)))
    images = clip.encode_image(torch.rand(3, 3, 64, 64))
    assert texts.shape == images.shape == (3, 16)
    assert torch.allclose(texts.norm(dim=-1), torch.ones(3))
    assert clip.log_scale.dim() == 0


def test_clip_reads_a_caption_to_its_end() -> None:
    clip = PaperClip(PaperClipConfig(50, 6, 16, 32, 1, 2, 32, 32, 1, 2)).requires_grad_(False)
    one, other = clip.encode_text(torch.tensor([[7, 8, 9, 1, 0, 0], [7, 8, 10, 1, 0, 0]]))
    assert not torch.allclose(one, other, atol=1e-3)
