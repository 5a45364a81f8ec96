"""What is faster only because it draws another picture: how much time it saves, and how far off.

Random weights can say how far a picture moves, not whether it got worse. For the built-in model
`python -m benchmarks.steps` lets a verifier judge that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from PIL import Image

from benchmarks.measuring import best, decibels
from benchmarks.sides import Pair
from inference import pipeline
from inference.backends.auto import Auto
from inference.backends.networks import Place
from inference.backends.unclip import Unclip
from inference.model import WEIGHTS, load_model
from inference.sampling import FAST

PROMPTS, SEEDS = ["a red cube above a blue ball"], [1]
HEADER = "| | times as fast | from the full picture |\n| --- | --- | --- |"
Ways = Mapping[str, Callable[[], list[Image.Image]]]


def weigh(pair: Pair, place: Place) -> str:
    """A table of one backend, whose own steps come first."""
    backend = pair.backend
    ways = {"its steps": lambda: pair.ours(PROMPTS, SEEDS)}
    if isinstance(backend, Unclip):
        ways |= {name: _with_steps(pair, backend, by) for name, by in SHORTER.items()}
    elif isinstance(backend, Auto):
        ways |= {name: _with_option(pair, backend, by) for name, by in SHORTER.items()}
    return _table(f"Fewer steps of {pair.name}, which draw another picture:", ways, place)


SHORTER = {"half of the decoder's steps": 2, "a quarter": 4}


def _with_steps(pair: Pair, backend: Unclip, by: int) -> Callable[[], list[Image.Image]]:
    full = backend.sampling

    def draw() -> list[Image.Image]:
        backend.sampling = replace(full, decoder_steps=full.decoder_steps // by)
        try:
            return pair.ours(PROMPTS, SEEDS)
        finally:
            backend.sampling = full

    return draw


def _with_option(pair: Pair, backend: Auto, by: int) -> Callable[[], list[Image.Image]]:
    full = backend.options["num_inference_steps"]

    def draw() -> list[Image.Image]:
        backend.options["num_inference_steps"] = full // by
        try:
            return pair.ours(PROMPTS, SEEDS)
        finally:
            backend.options["num_inference_steps"] = full

    return draw


def weigh_mini(place: Place) -> str:
    """The same of the built-in model with its trained weights; "" where it has none yet."""
    folder = WEIGHTS / "mini"
    if not (folder / "model.json").exists():
        return ""
    model = load_model(folder, str(place.device))
    drafts = [pipeline.text_to_image(*each) for each in zip(PROMPTS, SEEDS, strict=True)]
    samplings = {
        "its steps": FAST,
        "half of the decoder's steps": replace(FAST, decoder_steps=FAST.decoder_steps // 2),
        "guided above t = 0.3 only": replace(FAST, guided=(0.3, 1.0)),
        "not guided": replace(FAST, guided=(2.0, 2.0)),
    }
    ways = {
        name: lambda way=way: pipeline.draw(model, drafts, sampling=way)
        for name, way in samplings.items()
    }
    return _table("The built-in model, with its own weights:", ways, place)


def _table(title: str, ways: Ways, place: Place) -> str:
    first, *others = best(list(ways.values()), place, rounds=2)
    rows = [
        f"| {name} | {first.seconds / each.seconds:.2f}× "
        f"| {decibels(first.pictures, each.pictures):.0f} dB |"
        for name, each in zip(list(ways)[1:], others, strict=True)
    ]
    return "\n".join((title + "\n", HEADER, *rows)) + "\n"
