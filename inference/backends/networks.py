"""Networks from a folder of safetensors, one by one, ready to compute. Knows no model.

Whatever is wrong with a folder is one sentence that says what to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError
from torch import nn

from inference.backends.graphs import Graphs
from inference.errors import CorruptWeights, NoWeights, TooLarge, WeightsError

Network = TypeVar("Network", bound=nn.Module)
CHECKPOINTS = ("*.ckpt", "*.pt", "*.pth")


class PickledWeights(WeightsError):
    """They are pickles, which may hold programs."""


class OtherWeights(WeightsError):
    """They belong to another network."""


@dataclass(frozen=True)
class Place:
    """Where networks compute, and in which precision."""

    device: torch.device
    dtype: torch.dtype
    compiler: str | None = None
    """Of torch, for what is computed in every step; None computes it as it is."""

    @classmethod
    def on(cls, device: str) -> Place:
        """On a GPU bf16, which its tensor cores want, and compiled; elsewhere fp32, as it is."""
        if device.startswith("cuda"):
            return cls(torch.device(device), torch.bfloat16, "inductor")
        return cls(torch.device(device), torch.float32)


def load(kind: type[Network], folder: Path, place: Place) -> Network:
    """The network of that folder, frozen. Raises a WeightsError."""
    with explained(folder):
        network, found = kind.from_pretrained(
            folder, dtype=place.dtype, use_safetensors=True, local_files_only=True,
            output_loading_info=True,
        )  # fmt: skip
        if found["missing_keys"] or found["mismatched_keys"]:
            raise OtherWeights(
                f"The weights in {folder} belong to another network; fetch the model again."
            )
        return ready(network, place)


def ready(network: Network, place: Place) -> Network:
    """Frozen, and where it computes."""
    network = network.requires_grad_(False).eval().to(place.device)
    if place.device.type == "cuda":  # convolutions are faster with the channels last
        network = network.to(memory_format=torch.channels_last)
    return network


def quicken(network: Network, place: Place, method: str = "forward") -> Network:
    """Compiles what is called in every step, where the place has a compiler."""
    if place.compiler is not None:
        quick = Graphs(getattr(network, method), place.compiler, place.device)
        setattr(network, method, quick)
    return network


def part(kind: Any, folder: Path) -> Any:
    """What is no network: a tokenizer, a schedule, an image processor. Raises a WeightsError."""
    with explained(folder):
        found = kind.from_pretrained(folder, local_files_only=True)
    check_reads(found, folder)
    return found


def check_reads(reader: Any, folder: Path) -> None:
    """Raises NoWeights for a tokenizer without words, as a library makes one without its files."""
    marks = getattr(reader, "all_special_ids", None)
    if marks is not None and set(reader("a")["input_ids"]) <= set(marks):
        raise absent(folder)


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turns what a library raises over a folder into a WeightsError."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise TooLarge(
            f"The model in {folder} is too large for this device; choose a smaller one."
        ) from error
    except (SafetensorError, ValueError, KeyError, TypeError, RuntimeError) as error:
        if isinstance(error, WeightsError):
            raise
        raise CorruptWeights(
            f"{folder} can't be read ({type(error).__name__}): it is damaged, or holds the weights "
            "of another network; fetch the model again."
        ) from error
    except OSError as error:
        raise absent(folder) from error


def pickled(folder: Path) -> PickledWeights:
    """What to do with such a folder."""
    return PickledWeights(
        f"{folder} holds its weights as pickles, which may hold programs; "
        f"turn them into safetensors once: python -m inference convert {folder}"
    )


def absent(folder: Path) -> WeightsError:
    """That a folder lacks what it should hold, and what to do."""
    if any(folder.rglob("*.bin")):
        return pickled(folder)
    if any(file for pattern in CHECKPOINTS for file in folder.rglob(pattern)):
        return PickledWeights(
            f"{folder} holds a checkpoint, a pickle that may hold programs; take the model as a "
            "folder of diffusers or transformers with safetensors."
        )
    return NoWeights(f"{folder} is not there or not complete; fetch the model again.")
