"""From a name in config.toml to a model that is ready: fetched, allowed, fitting, loaded.

The libraries of a backend are imported only when it is wanted: they take seconds.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

import torch

from config import Config
from inference.backends.backend import Backend
from inference.backends.mini import Mini
from inference.backends.networks import PickledWeights, Place, pickled, quicken, ready
from inference.errors import TooLarge
from inference.model import WEIGHTS, Model, check_device, choose_device, load_model
from inference.registry import ModelSpec, check_licence, find

log = logging.getLogger(__name__)
GIB = 2**30


def open_model(config: Config, weights: Path = WEIGHTS) -> Backend:
    """The model of the settings, on their device. Raises a WeightsError."""
    device = choose_device(config.inference.device)
    # Compiling takes minutes; what it made outlives a restart of the machine only in our folder.
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(config.data_dir / "compiled"))
    spec, folder = find(config.model, config.data_dir / "models", weights)
    if spec.repositories:
        from inference.fetching import bring

        spec = bring(spec, folder, config.inference.accept_licence)
    check_licence(spec, config.inference.accept_licence)
    if spec.licence is not None:
        log.info("%s is under the licence %s: %s", spec.name, spec.licence.name, spec.licence.page)
    return load(spec, folder, device)


def load(spec: ModelSpec, folder: Path, device: str) -> Backend:
    """The model in that folder. Raises a WeightsError."""
    check_device(device)
    _check_memory(spec, device)
    try:
        return _load(spec, folder, device)
    except PickledWeights as error:  # of one part: where one is, others are
        raise pickled(folder) from error


def _load(spec: ModelSpec, folder: Path, device: str) -> Backend:
    if spec.kind == "mini":
        return Mini(quickened(load_model(folder, device), Place.on(device)))
    _silence()
    place = Place.on(device)
    if spec.kind == "kandinsky":
        from inference.backends.kandinsky import Kandinsky

        assert spec.size and spec.sampling
        return Kandinsky(spec.name, folder, spec.size, spec.sampling, place)
    if spec.kind == "karlo":
        from inference.backends.karlo import Karlo

        assert spec.sampling
        return Karlo(spec.name, folder, spec.sampling, place)
    from inference.backends.auto import Auto

    return Auto(spec.name, folder, place)


def _silence() -> None:
    """What is wrong with weights, we say ourselves."""
    import diffusers
    import transformers

    for chatty in (diffusers, transformers):
        chatty.utils.logging.set_verbosity(logging.CRITICAL)
        chatty.utils.logging.disable_progress_bar()


def quickened(model: Model, place: Place) -> Model:
    """The built-in model, compiled where the place has a compiler."""
    if place.compiler is not None:
        torch.set_float32_matmul_precision("high")  # in tensor cores: its networks stay in fp32
        for network in (model.prior, model.decoder, *model.upsamplers):
            quicken(ready(network, place), place)
    return model


def _check_memory(spec: ModelSpec, device: str) -> None:
    """Raises TooLarge before anything is read: a system out of memory kills without a word."""
    on_gpu = device.startswith("cuda")
    needs = spec.memory if on_gpu else 2 * spec.memory  # fp32 takes twice as much as bf16
    free = torch.cuda.mem_get_info(torch.device(device))[0] / GIB if on_gpu else _free_memory()
    if free < needs:
        raise TooLarge(
            f"{spec.name} needs {needs:g} GiB of the memory of {device} and {free:.1f} are free; "
            "stop what else uses it, or set a smaller model in config.toml."
        )


def _free_memory() -> float:
    """GiB of the machine's memory; endless where the system is not Linux and doesn't tell."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return float("inf")
    available = next(line for line in lines if line.startswith("MemAvailable"))
    return int(available.split()[1]) * 1024 / GIB
