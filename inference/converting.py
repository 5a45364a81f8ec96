"""Pickled weights as safetensors, once. Of a pickle only tensors are read; nothing in it runs."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from inference.errors import CorruptWeights, NoWeights

log = logging.getLogger(__name__)


def convert(folder: Path) -> list[Path]:
    """Writes a safetensors file beside every .bin below the folder that has none; returns the new.

    Raises NoWeights, CorruptWeights or OSError.
    """
    pickles = sorted(folder.rglob("*.bin"))
    if not pickles:
        raise NoWeights(f"{folder} holds no .bin file to convert.")
    for index in folder.rglob("*.bin.index.json"):
        _convert_index(index)
    written = []
    for pickle in pickles:
        target = pickle.with_name(_renamed(pickle.name))
        if not target.exists():
            _write(_tensors(pickle), target)
            log.info("wrote %s", target)
            written.append(target)
    return written


def _renamed(name: str) -> str:
    """As the libraries call the file when it is safe."""
    plain = name.replace("diffusion_pytorch_model", "\0").replace("pytorch_model", "model")
    return plain.replace("\0", "diffusion_pytorch_model").replace(".bin", ".safetensors")


def _tensors(pickle: Path) -> dict[str, Tensor]:
    try:
        with pickle.open("rb") as file:
            if not file.read(2).startswith((b"PK", b"\x80")):  # as a pointer of Git LFS
                raise ValueError
        content: Any = torch.load(pickle, map_location="cpu", weights_only=True)
    except UnpicklingError as error:
        raise CorruptWeights(
            f"{pickle} holds more than tensors, and that may be a program; do not use it."
        ) from error
    except (RuntimeError, EOFError, ValueError, OSError) as error:
        raise CorruptWeights(f"{pickle} is damaged; fetch it again.") from error
    if not isinstance(content, dict) or not all(
        isinstance(value, Tensor) for value in content.values()
    ):
        raise CorruptWeights(f"{pickle} is no list of weights; it can't be converted.")
    return content


def _write(tensors: dict[str, Tensor], target: Path) -> None:
    """All or nothing; tensors that share memory are written apart. Raises OSError."""
    partial = target.with_suffix(".partial")
    copies = {name: tensor.clone().contiguous() for name, tensor in tensors.items()}
    try:
        save_file(copies, partial, metadata={"format": "pt"})
        partial.rename(target)
    except (SafetensorError, OSError) as error:
        partial.unlink(missing_ok=True)
        raise OSError(f"{target} can't be written: {error}.") from error


def _convert_index(index: Path) -> None:
    """The list that says which weight lies in which of several files."""
    content = json.loads(index.read_text())
    places = content["weight_map"]
    content["weight_map"] = {weight: _renamed(name) for weight, name in places.items()}
    index.with_name(_renamed(index.name)).write_text(json.dumps(content))
