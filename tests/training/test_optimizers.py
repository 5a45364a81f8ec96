import pytest
import torch
from torch import nn

from training.optimizers import Muon, Optimizers


def test_filters_move_along_an_orthogonal_matrix_whatever_the_gradient() -> None:
    torch.manual_seed(0)
    network = nn.Conv2d(4, 8, 3)
    before = network.weight.detach().clone()
    network(torch.randn(2, 4, 9, 9)).square().sum().backward()
    Optimizers(network, decay=0.0).step(0.1)
    moved = (network.weight.detach() - before).flatten(1)
    sizes = torch.linalg.svdvals(moved)
    assert sizes.min() > 0.5 * sizes.max() > 0


@pytest.mark.parametrize("shape", [(8, 4, 3, 3), (24, 6)])
def test_it_steps_as_torchs_own_muon(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    weight = torch.randn(shape, requires_grad=True)
    flat = weight.detach().flatten(1).clone().requires_grad_()
    ours = Muon([weight], decay=0.1)
    theirs = torch.optim.Muon([flat], weight_decay=0.1, adjust_lr_fn="match_rms_adamw")
    for optimizer in (ours, theirs):
        optimizer.param_groups[0]["lr"] = 0.1
    for _ in range(3):
        gradient = torch.randn(shape)
        weight.grad, flat.grad = gradient, gradient.flatten(1)
        ours.step()
        theirs.step()
    assert torch.allclose(weight.flatten(1), flat, atol=0.02)  # theirs turns in bf16


def test_every_parameter_learns_and_no_gradient_stays() -> None:
    network = nn.Sequential(
        nn.Embedding(5, 8), nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    )
    before = [parameter.detach().clone() for parameter in network.parameters()]
    network(torch.tensor([[1, 2, 3]])).square().sum().backward()
    Optimizers(network, decay=0.01).step(0.1)
    for old, parameter in zip(before, network.parameters(), strict=True):
        assert not torch.equal(old, parameter)
        assert parameter.grad is None


def test_without_muon_filters_move_as_all_else() -> None:
    network = nn.Linear(4, 8)
    before = [parameter.detach().clone() for parameter in network.parameters()]
    network(torch.randn(2, 4)).square().sum().backward()
    Optimizers(network, decay=0.0, muon=False).step(0.1)
    for old, parameter in zip(before, network.parameters(), strict=True):
        assert torch.allclose((parameter - old).abs(), torch.full_like(old, 0.1), rtol=0.01)
