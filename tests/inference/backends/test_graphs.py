"""Compiled, and filled up to a size for which a graph is recorded, networks draw the same."""

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from inference.backends.auto import Auto
from inference.backends.backend import Backend
from inference.backends.graphs import SIZES, Graphs
from inference.backends.kandinsky import Kandinsky
from inference.backends.karlo import Karlo
from inference.backends.mini import Mini
from inference.backends.networks import Place
from inference.backends.opening import quickened
from inference.model import load_model
from inference.registry import Effort
from inference.sampling import FAST
from tests.inference.backends.conftest import CPU, KINDS

COMPILED = replace(CPU, compiler="eager")  # traces as on a GPU, and computes as it is
EFFORT = Effort(2, 2, 1.0, 4.0)


def opened(name: str, folder: Path, place: Place) -> Backend:
    match name:
        case "kandinsky":
            return Kandinsky(name, folder, 64, EFFORT, place)
        case "karlo":
            return Karlo(name, folder, EFFORT, place)
        case _:
            return Auto(name, folder, place, options={"num_inference_steps": 2})


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in KINDS if name != "mini"])
def test_a_compiled_backend_draws_the_same(
    name: str, folders: dict[str, Path], caplog: pytest.LogCaptureFixture
) -> None:
    plain, quick = (opened(name, folders[name], place) for place in (CPU, COMPILED))
    drafts = [plain.text_to_image("a red cube", seed) for seed in range(5)]  # filled up to 6
    with caplog.at_level(logging.WARNING):
        pairs = list(zip(plain.draw(drafts), quick.draw(drafts), strict=True))
    assert "uncompiled" not in caplog.text
    for one, other in pairs:
        apart = np.asarray(one, dtype=float) - np.asarray(other, dtype=float)
        assert np.abs(apart).max() <= 2


def test_the_built_in_model_draws_the_same_compiled(
    folders: dict[str, Path], caplog: pytest.LogCaptureFixture
) -> None:
    plain = Mini(load_model(folders["mini"]))
    quick = Mini(quickened(load_model(folders["mini"]), COMPILED))
    drafts = [plain.text_to_image("a red cube", seed) for seed in range(3)]
    for each in (plain, quick):
        each.sampling = replace(FAST, prior_steps=2, decoder_steps=2, upsampler_steps=(2, 2))
    with caplog.at_level(logging.WARNING):
        pairs = list(zip(plain.draw(drafts), quick.draw(drafts), strict=True))
    assert "uncompiled" not in caplog.text
    for one, other in pairs:
        assert one.tobytes() == other.tobytes()


def graphs(function: object) -> Graphs:
    return Graphs(function, "eager", torch.device("cpu"))  # type: ignore[arg-type]


def test_a_batch_is_filled_up_and_cut_back() -> None:
    seen = []

    def plain(x: Tensor, t: Tensor, *, told: dict[str, Tensor]) -> tuple[Tensor]:
        seen.append(len(x))
        return (x + t + told["embeds"].sum(-1, keepdim=True),)

    graph, t = graphs(plain), torch.tensor(2.0)
    for rows in (1, 4, 5, 7, SIZES[-1], SIZES[-1] + 1):
        x, told = torch.randn(rows, 3), {"embeds": torch.randn(rows, 2)}
        (got,) = graph(x, t, told=told)
        assert torch.equal(got, x + t + told["embeds"].sum(-1, keepdim=True))
    assert set(seen) <= {*SIZES, SIZES[-1] + 1}


def test_results_are_not_overwritten_by_the_next_call() -> None:
    graph = graphs(lambda x: x * 2)
    first = graph(torch.ones(2, 2))
    graph(torch.zeros(2, 2))
    assert torch.equal(first, torch.full((2, 2), 2.0))


def test_what_cannot_be_compiled_goes_on_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    def plain(x: Tensor) -> Tensor:
        return x * len(str(float(x.sum())))  # reads a value, which no graph may

    graph = graphs(plain)
    for _ in range(2):
        assert torch.equal(graph(torch.ones(2, 2)), torch.full((2, 2), 3.0))
    assert caplog.text.count("uncompiled") == 1


def test_wrong_input_is_told_as_the_plain_function_tells_it() -> None:
    with pytest.raises(RuntimeError, match="size"):
        graphs(lambda x, y: x + y)(torch.ones(2, 2), torch.ones(2, 3))
