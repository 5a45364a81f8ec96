"""Stock diffusers and our backend over one folder of weights, called in the same way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from benchmarks import stock, weights
from inference.backends.auto import Auto
from inference.backends.backend import Backend
from inference.backends.kandinsky import Kandinsky
from inference.backends.karlo import Karlo
from inference.backends.networks import Place
from inference.registry import KANDINSKY, KARLO, Effort

TINY_STEPS = 10
Draw = Callable[[Sequence[str], Sequence[int]], list[Image.Image]]


@dataclass(frozen=True)
class Pair:
    """Both sides of one model."""

    name: str
    stock: Draw
    backend: Backend

    def ours(self, prompts: Sequence[str], seeds: Sequence[int]) -> list[Image.Image]:
        """Our backend, called as stock is."""
        asked = zip(prompts, seeds, strict=True)
        return self.backend.draw([self.backend.text_to_image(*each) for each in asked])


def open_pair(name: str, folder: Path, place: Place, *, full: bool) -> Pair:
    """Makes the weights, and loads them on both sides."""
    weights.save(name, folder, full=full, device=place.device.type)
    return MODELS[name](folder, place, full)


def _kandinsky(folder: Path, place: Place, full: bool) -> Pair:
    assert KANDINSKY.sampling and KANDINSKY.size
    size, sampling = KANDINSKY.size if full else 64, _effort(KANDINSKY.sampling, full)
    ours = Kandinsky("kandinsky", folder, size, sampling, place)
    return Pair("kandinsky", stock.Kandinsky(folder, size, sampling, place), ours)


def _karlo(folder: Path, place: Place, full: bool) -> Pair:
    """Short of the upsampler that follows: stock ends before it."""
    assert KARLO.sampling
    (folder / "upsampler").rename(folder / "unused")
    sampling = _effort(KARLO.sampling, full)
    ours = Karlo("karlo", folder, sampling, place)
    return Pair("karlo", stock.Karlo(folder, sampling, place), ours)


def _auto(folder: Path, place: Place, full: bool) -> Pair:
    options = {"num_inference_steps": 50 if full else TINY_STEPS}
    ours = Auto("auto", folder, place, options=options)
    return Pair("auto", stock.Auto(folder, options, place), ours)


def _effort(usual: Effort, full: bool) -> Effort:
    """Tiny networks are drawn with in a few steps, so that the whole takes minutes on a CPU."""
    few = replace(usual, prior_steps=TINY_STEPS, decoder_steps=TINY_STEPS)
    return usual if full else few


MODELS = {"kandinsky": _kandinsky, "karlo": _karlo, "auto": _auto}
