import torch
from torch.nn import functional as F

from inference.ar_prior import ARPrior, ARPriorConfig


def correlated(count: int) -> torch.Tensor:
    """Unit vectors [count, 32] that vary in ten directions only."""
    generator = torch.Generator().manual_seed(0)
    basis = torch.randn(10, 32, generator=generator)
    return F.normalize(torch.randn(count, 10, generator=generator) @ basis, dim=-1)


def fitted() -> ARPrior:
    prior = ARPrior(
        ARPriorConfig(9, context=4, dim=32, kept=12, buckets=32, text_width=32, width=32, layers=1)
    )
    prior.fit(correlated(2000), correlated(2000))
    return prior.requires_grad_(False)


def test_an_embedding_survives_its_components() -> None:
    embeds, prior = correlated(200), fitted()
    codes = prior.encode(embeds)
    assert codes.shape == (200, 12)
    assert (prior.decode(codes) * embeds).sum(-1).min() > 0.98


def test_a_component_is_told_only_of_those_before_it() -> None:
    prior = fitted()
    tokens, text, near = torch.ones(1, 4).long(), correlated(1), torch.tensor([0.5])
    codes = torch.arange(11)[None]
    other = codes.clone()
    other[0, 6] += 1
    one, two = prior(tokens, text, near, codes), prior(tokens, text, near, other)
    assert torch.allclose(one[:, :7], two[:, :7], atol=1e-5)
    assert not torch.allclose(one[:, 7:], two[:, 7:], atol=1e-3)


def test_a_row_draws_the_same_alone_and_in_a_batch() -> None:
    prior, tokens, text = fitted(), torch.ones(3, 4).long(), correlated(3)

    def noises(*seeds: int) -> list[torch.Generator]:
        return [torch.Generator().manual_seed(seed) for seed in seeds]

    together = prior.draw(tokens, text, noises(1, 2, 3))
    alone = prior.draw(tokens[:1], text[1:2], noises(2))
    assert torch.allclose(together[1:2], alone, atol=1e-5)
    assert torch.allclose(together.norm(dim=-1), torch.ones(3))
