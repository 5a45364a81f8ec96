"""The operations as commands: pictures in files, one JSON line a picture. No bot, no database."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import torch
from PIL import Image

from config import Config
from config import load as load_config
from inference import provenance
from inference.backends.backend import Backend
from inference.backends.mini import Mini
from inference.backends.opening import load, open_model
from inference.batches import NO_ROOM, Batches
from inference.canvas import LARGEST_SIDE, SIDES
from inference.draft import SEEDS, Condition, Draft, seed_of
from inference.errors import TooLarge
from inference.model import WEIGHTS, choose_device
from inference.pipeline import CANDIDATES
from inference.registry import MINI
from inference.signature import sign
from uploads import LARGEST_FILE, UnusableMask, UnusablePicture, open_mask, open_picture

Arguments = argparse.Namespace
Drafting = Callable[[Backend, Arguments, list[int]], list[Draft]]
CONDITIONS = ("prior", "text-embed", "caption")
PRIORS = ("diffusion", "ar")
MOST_CANDIDATES = 32
IMAGES, MOST_IMAGES = 4, 10
"""How many are made, and how many are drawn together."""
ETA = 0.6
"""How far variations go from their picture."""


class UnusableArguments(ValueError):
    """The words of a command don't fit together; the message says which."""


def run(arguments: Arguments) -> None:
    """Writes OUT/1.png … and prints what each is. Raises UnusableArguments, UnusableMask,
    UnusablePicture, WeightsError or OSError."""
    backend = _open(arguments.model, arguments.device)
    seed = torch.seed() % SEEDS if arguments.seed is None else arguments.seed
    seeds = [seed_of(seed, index) for index in range(arguments.images or IMAGES)]
    drafts = arguments.drafting(backend, arguments, seeds)
    arguments.out.mkdir(parents=True, exist_ok=True)
    batches = Batches(backend, MOST_IMAGES)
    for first in range(0, len(drafts), MOST_IMAGES):
        part = drafts[first : first + MOST_IMAGES]
        drawn = zip(part, _drawn(batches, part), strict=True)
        for number, (draft, picture) in enumerate(drawn, first + 1):
            _write(backend, arguments, draft, picture, arguments.out / f"{number}.png")


def _drawn(batches: Batches, drafts: list[Draft]) -> Iterator[Image.Image]:
    """Raises TooLarge where the device can't hold a single one."""
    for outcome in batches.draw([[draft] for draft in drafts], lambda *told: None):
        if isinstance(outcome, torch.OutOfMemoryError):
            raise TooLarge(NO_ROOM) from outcome
        if isinstance(outcome, Exception):
            raise outcome
        yield from outcome


def _open(name: str, device: str | None) -> Backend:
    """The built-in model needs no settings."""
    if name == MINI.name:
        return load(MINI, WEIGHTS / MINI.name, choose_device(device or "auto"))
    return open_model(replace(settings(device), model=name))


def settings(device: str | None) -> Config:
    """Those of config.toml, for the device that a command names. Raises ConfigError."""
    config = load_config()
    chosen = replace(config.inference, device=device or config.inference.device)
    return replace(config, inference=chosen)


def _write(
    backend: Backend, arguments: Arguments, draft: Draft, picture: Image.Image, path: Path
) -> None:
    told = {"model": backend.card.name, "operation": arguments.operation, "seed": draft.seed}
    path.write_bytes(provenance.to_png(sign(picture), **told))
    size = list(picture.size)
    words = [arguments.before, draft.prompt] if "before" in arguments else [draft.prompt]
    print(json.dumps({"file": str(path), **told, "size": size, **backend.misread(*words)}))


def _imagine(backend: Backend, arguments: Arguments, seeds: list[int]) -> list[Draft]:
    told = {"condition": _condition(backend, arguments), "candidates": arguments.candidates}
    return [replace(backend.text_to_image(arguments.prompt, seed), **told) for seed in seeds]


def _condition(backend: Backend, arguments: Arguments) -> Condition:
    """Raises UnusableArguments for what only the built-in model, or only some of its kind, has."""
    chosen = arguments.condition, arguments.prior, arguments.candidates
    if not isinstance(backend, Mini):
        if chosen != (CONDITIONS[0], PRIORS[0], CANDIDATES):
            raise UnusableArguments(
                "--condition, --prior and --candidates are for the built-in model only."
            )
    elif arguments.prior == "ar":
        if backend.model.ar_prior is None or arguments.condition != "prior":
            raise UnusableArguments("--prior ar needs --condition prior, and a model that has one.")
        return "ar-prior"
    return arguments.condition


def _variation(backend: Backend, arguments: Arguments, seeds: list[int]) -> list[Draft]:
    source = read(arguments.image)
    return [backend.variation(source, seed, arguments.eta) for seed in seeds]


def _inpaint(backend: Backend, arguments: Arguments, seeds: list[int]) -> list[Draft]:
    source = read(arguments.image)
    mask = _named(arguments.mask, lambda data: open_mask(data, source.size))
    return [backend.inpaint(source, mask, arguments.prompt, seed) for seed in seeds]


def _outpaint(backend: Backend, arguments: Arguments, seeds: list[int]) -> list[Draft]:
    source = read(arguments.image)
    sides = SIDES if arguments.direction == "all" else (arguments.direction,)
    given = arguments.amount, arguments.prompt
    return [backend.outpaint(source, sides, *given, seed) for seed in seeds]


def _interpolate(backend: Backend, arguments: Arguments, seeds: list[int]) -> list[Draft]:
    one, other = read(arguments.image), read(arguments.other)
    if arguments.frames is None:
        return _varied([backend.interpolate(one, other, arguments.t, seed) for seed in seeds])
    if arguments.images:
        raise UnusableArguments("--frames says how many pictures; leave --images out.")
    shares = torch.linspace(0, 1, arguments.frames).tolist()
    return [backend.interpolate(one, other, t, seeds[0]) for t in shares]


def _text_diff(backend: Backend, arguments: Arguments, seeds: list[int]) -> list[Draft]:
    source, words = read(arguments.image), (arguments.before, arguments.after)
    return _varied([backend.text_diff(source, *words, arguments.theta, seed) for seed in seeds])


def _varied(drafts: list[Draft]) -> list[Draft]:
    """The first as the paper draws it, the same for every seed; the others vary in detail."""
    return drafts[:1] + [replace(draft, eta=ETA) for draft in drafts[1:]]


def read(path: Path) -> Image.Image:
    """The picture in a file, as large as pictures grow. Raises UnusablePicture or OSError."""
    return _named(path, lambda data: open_picture(data, LARGEST_SIDE))


def _named(path: Path, opened: Callable[[bytes], Image.Image]) -> Image.Image:
    """What is opened from a file, which errors name."""
    try:
        with path.open("rb") as file:
            return opened(file.read(LARGEST_FILE + 1))
    except (UnusablePicture, UnusableMask) as error:
        raise type(error)(f"{path}: {error}") from error


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds every operation to the parser of `python -m inference`."""
    imagine = _command(commands, "imagine", "text_to_image", _imagine, "pictures of a prompt")
    imagine.add_argument("prompt")
    imagine.add_argument("--condition", choices=CONDITIONS, default="prior")
    imagine.add_argument("--prior", choices=PRIORS, default="diffusion")
    imagine.add_argument("--candidates", type=_within(int, 1, MOST_CANDIDATES), default=CANDIDATES)
    variation = _command(commands, "variation", "variation", _variation, "variations of a picture")
    variation.add_argument("image", type=Path)
    variation.add_argument("--eta", type=_within(float, 0, 1), default=ETA, help="how far, 0 to 1")
    inpaint = _command(commands, "inpaint", "inpaint", _inpaint, "repaint what a mask marks")
    inpaint.add_argument("image", type=Path)
    inpaint.add_argument(
        "--mask", type=Path, required=True, help="where transparent, or else white, is repainted"
    )
    inpaint.add_argument("--prompt", required=True)
    outpaint = _command(commands, "outpaint", "outpaint", _outpaint, "paint past the border")
    outpaint.add_argument("image", type=Path)
    outpaint.add_argument("--direction", choices=(*SIDES, "all"), required=True)
    outpaint.add_argument("--amount", type=_within(float, 0.25, 1), default=0.5)
    outpaint.add_argument("--prompt", default="")
    blend = _command(commands, "interpolate", "interpolate", _interpolate, "between two pictures")
    blend.add_argument("image", type=Path)
    blend.add_argument("other", type=Path)
    how = blend.add_mutually_exclusive_group()
    how.add_argument("--t", type=_within(float, 0, 1), default=0.5)
    how.add_argument("--frames", type=_within(int, 2, 64))
    diff = _command(commands, "text-diff", "text_diff", _text_diff, "change a picture by captions")
    diff.add_argument("image", type=Path)
    diff.add_argument("--from", dest="before", required=True, help="all that it shows")
    diff.add_argument("--to", dest="after", required=True, help="all that it should show")
    diff.add_argument("--theta", type=_within(float, 0, 1), default=0.35, help="how far, 0 to 1")


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, operation: str,
    drafting: Drafting, words: str,
) -> argparse.ArgumentParser:  # fmt: skip
    parser = commands.add_parser(name, help=words)
    parser.set_defaults(run=run, drafting=drafting, operation=operation)
    parser.add_argument("--model", default=MINI.name, help="as in config.toml")
    parser.add_argument("--images", type=_within(int, 1, MOST_IMAGES), help=f"else {IMAGES}")
    parser.add_argument("--seed", type=_within(int, 0, SEEDS - 1))
    parser.add_argument("--out", type=Path, default=Path(), help="the folder to write to")
    return parser


def _within(kind: type[int] | type[float], low: float, high: float) -> Callable[[str], float]:
    def number(text: str) -> float:
        value = kind(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text} is not between {low} and {high}")
        return value

    number.__name__ = "whole number" if kind is int else "number"
    return number
