import json
from contextlib import suppress
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

from training.loop import Recipe, train

RECIPE = Recipe(steps=60, batch=4, rate=0.3, ema=0.5, warmup=5, save_every=20, log_every=30)


def fit(folder: Path, stop_after: int | None = None) -> nn.Module:
    torch.manual_seed(0)
    network = nn.Linear(3, 1)

    def loss_at(step: int) -> Tensor:
        if step == stop_after:
            raise InterruptedError
        x = torch.randn(16, 3, generator=torch.Generator().manual_seed(step))
        return (network(x) - x.sum(1, keepdim=True)).square().mean()

    return train("line", network, loss_at, RECIPE, folder)


def test_it_learns(tmp_path: Path) -> None:
    assert torch.allclose(fit(tmp_path).weight, torch.ones(1, 3), atol=0.2)


def test_an_interrupted_run_resumes_to_the_same_end(tmp_path: Path) -> None:
    whole = fit(tmp_path / "whole").weight
    with suppress(InterruptedError):
        fit(tmp_path / "parts", stop_after=40)
    assert torch.equal(fit(tmp_path / "parts").weight, whole)


def test_losses_after_an_interruption_are_means_of_what_was_seen(tmp_path: Path) -> None:
    network = nn.Linear(1, 1)

    def one(step: int, stop_after: int) -> Tensor:
        if step == stop_after:
            raise InterruptedError
        return 0 * network.weight.sum() + 1

    for stop_after in (50, RECIPE.steps):
        with suppress(InterruptedError):
            train("one", network, partial(one, stop_after=stop_after), RECIPE, tmp_path)
    lines = (tmp_path / "one.jsonl").read_text().splitlines()
    assert [json.loads(line)["loss"] for line in lines] == [1, 1]


def test_the_averaged_network_keeps_no_trace_of_how_it_came_about(tmp_path: Path) -> None:
    """Else every step of a long run would stay in memory."""
    assert all(part.is_leaf and not part.requires_grad for part in fit(tmp_path).parameters())
