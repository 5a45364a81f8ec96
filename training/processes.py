"""One run in one or many processes, on whatever devices there are. Knows no network.

`accelerate launch -m training` starts many. Each holds the whole network and learns from its rows
of every batch. All begin alike and follow the mean of their gradients: many learn what one would.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from accelerate import PartialState
from accelerate.utils import broadcast, gather, reduce
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

CPU_BF16 = ("avx512_bf16", "amx_bf16", "bf16")


class UnequalParts(Exception):
    """A batch can't be shared equally; the message is one sentence that says what to do."""


def device() -> torch.device:
    """Where this process computes: a GPU of its own where there is one."""
    return _state().device


def place() -> int:
    """This process's number: 0 is the first."""
    return _state().process_index


def is_first() -> bool:
    """Whether this process writes logs, checkpoints and models."""
    return _state().is_main_process


@contextmanager
def precision() -> Iterator[None]:
    """bf16 where it is safe and fast; attention by the kernel that learns fastest.

    On a CPU that is the plain one: the fused one's gradient takes several times as long where rows
    are as short as here, which made a step of CLIP half as long again.
    """
    kernel = sdpa_kernel(SDPBackend.MATH) if device().type == "cpu" else nullcontext()
    with kernel, torch.autocast(device().type, torch.bfloat16, enabled=in_bf16()):
        yield


def in_bf16() -> bool:
    """Whether the device has bf16; a CPU that hasn't takes twenty times as long, and more."""
    return device().type != "cpu" or any(torch.cpu.get_capabilities().get(x) for x in CPU_BF16)


def share(rows: int) -> int:
    """How many of so many rows each process learns from. Raises UnequalParts."""
    processes = _state().num_processes
    if rows % processes:
        raise UnequalParts(f"{processes} processes can't share {rows} rows; start 2, 4, 8 or more.")
    return rows // processes


def own(rows: Tensor) -> Tensor:
    """This process's part of rows that are the same in all. Raises UnequalParts."""
    return rows.split(share(len(rows)))[place()]


def gathered(rows: Tensor) -> Tensor:
    """The rows of all processes in their order, through which gradients flow back."""
    return _Gather.apply(rows) if _state().num_processes > 1 else rows


def begin_alike(network: nn.Module) -> None:
    """Gives every process the first one's parameters and buffers."""
    for tensor in network.state_dict().values():
        broadcast(tensor)


def average_gradients(network: nn.Module) -> None:
    """Gives every process the mean of all their gradients."""
    if _state().num_processes > 1:
        for parameter in network.parameters():
            if parameter.grad is not None:
                parameter.grad = reduce(parameter.grad, "mean")


def average(value: float) -> float:
    """The mean over all processes."""
    return float(reduce(torch.tensor(value, device=device()), "mean"))


class _Gather(torch.autograd.Function):
    """Each row's gradient is the sum of what all processes learn from it."""

    @staticmethod
    def forward(context: Any, rows: Tensor) -> Tensor:
        return gather(rows)

    @staticmethod
    def backward(context: Any, gradients: Tensor) -> Tensor:
        return own(reduce(gradients, "sum"))


def wait() -> None:
    """Until all processes are here."""
    _state().wait_for_everyone()


def _state() -> PartialState:
    """Made at the first use, for the processes that the launcher started."""
    return PartialState(cpu=not torch.accelerator.is_available())
