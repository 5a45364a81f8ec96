"""The losses: what draws the true picture loses nothing, and what is close loses little."""

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from inference.clip import Clip
from inference.model import Model
from inference.sampling import noise_level, signal
from inference.upsampler import Upsampler, UpsamplerConfig
from training.clip import embedded
from training.data import Batch, Pictures, render
from training.decoder import decoder_loss, extended
from training.upsampler import blurred, crops, degraded, redrawn, render_large, upsampler_loss

Decode = Callable[[Tensor, Tensor, Tensor, Tensor, Tensor], Tensor]


def _pictures(model: Model) -> Pictures:
    """Of one colour each, so that they are the same when they are extended."""
    pictures = render(16, 1, model.vocabulary)
    colours = pictures.pixels[:, :, 32:33, 32:33].expand(-1, -1, 64, 64)
    return embedded(replace(pictures, pixels=colours), model.clip)


def _oracle(pixels: Tensor, wrong: float = 0.0) -> Decode:
    """Knows the pictures, as they are or paler; tells their v = (αx − x0) / σ."""

    def decode(x: Tensor, t: Tensor, embed: Tensor, tokens: Tensor, known: Tensor) -> Tensor:
        alpha, sigma = signal(t)[:, None, None, None], noise_level(t)[:, None, None, None]
        return (alpha * x - pixels * (1 - wrong)) / sigma

    return decode


def _lost(decode: Decode, clip: Clip, batch: Batch) -> float:
    torch.manual_seed(0)
    return float(decoder_loss(decode, iter([batch]), clip)(0))


def test_the_true_picture_loses_nothing_and_a_paler_one_more(model: Model) -> None:
    batch = next(_pictures(model).batches(16, 1))
    losses = [_lost(_oracle(batch.pixels, wrong), model.clip, batch) for wrong in (0, 0.1, 0.5)]
    assert losses[0] < 2e-3 < losses[1] < losses[2]


def test_what_clip_no_longer_recognises_loses_more_than_its_pixels(model: Model) -> None:
    batch = next(_pictures(model).batches(16, 1))
    others = replace(batch, embeds=batch.embeds.flip(0))
    draws = _oracle(batch.pixels)
    assert _lost(draws, model.clip, others) > _lost(draws, model.clip, batch) + 1e-3


def test_an_extended_picture_is_all_there_and_its_horizon_goes_on() -> None:
    torch.manual_seed(0)
    pixels = torch.full((64, 3, 64, 64), 0.5)
    pixels[:, :, 40:] = -0.5  # ground
    pixels[:, 0, 24:40, 24:40] = 1.0  # a thing
    wide, border = extended(pixels)
    inside = wide * (1 - border)
    things = (inside[:, 0] > 0.9).float().sum((1, 2))
    assert (things > 16 * 16 * 0.4**2 / 2).all()
    assert not (wide[:, 0] > 0.9).logical_and(border[:, 0] > 0).any()
    for side in (wide[..., 0], wide[..., -1]):
        assert ((side.diff(dim=-1).abs() > 0.1).sum(-1) <= 6).all()
        assert torch.allclose(side, wide[..., 0], atol=1e-5)
    assert 0.1 < border.mean() < 0.9


def test_an_upsampler_begins_as_plain_enlargement_and_learns_from_there() -> None:
    torch.manual_seed(0)
    upsampler = Upsampler(UpsamplerConfig(width=8, condition=8, blocks=1, head=4))
    flat = torch.full((2, 3, 64, 64), 90, dtype=torch.uint8)
    loss = upsampler_loss(upsampler, crops(flat, 2, 32), lambda small: small)(0)
    assert loss < 0.1  # bf16, and the last layer's bias
    loss.backward()
    assert upsampler.out.weight.grad is not None and upsampler.out.weight.grad.any()


def test_wear_keeps_the_picture_in_its_place() -> None:
    torch.manual_seed(0)
    small = torch.rand(8, 3, 16, 16) * 2 - 1
    for wear in (blurred, degraded):
        worn = wear(small)
        assert worn.shape == small.shape
        assert 0.01 < (worn - small).abs().mean() < 0.5
        assert not torch.equal(wear(small), worn)


def test_what_the_decoder_redraws_lies_where_it_lay(model: Model) -> None:
    large = render_large(3, 256, 1)
    small = redrawn(model.decoder, model.clip, large)
    assert small.shape == (3, 3, 64, 64) and small.dtype == torch.uint8
    batch = next(crops(torch.arange(256).view(1, 1, 1, 256).expand(1, 3, 256, 256), 2, 64,
                       4 * torch.arange(64).view(1, 1, 1, 64).expand(1, 3, 64, 64)))  # fmt: skip
    assert torch.equal(batch.small, batch.pixels[:, :, ::4, ::4])
