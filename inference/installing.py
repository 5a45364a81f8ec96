"""`python -m inference fetch|convert|devices`: what a host does ahead of the first start."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from config import load
from inference.converting import convert
from inference.fetching import fetch
from inference.model import choose_device
from inference.registry import find, find_guard

Arguments = argparse.Namespace


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds them to the parser of `python -m inference`."""
    fetching = commands.add_parser("fetch", help="bring a model's weights in, or go on with it")
    fetching.add_argument("name", help="as in config.toml")
    fetching.set_defaults(run=run_fetch)
    listing = commands.add_parser("devices", help="print what a worker could compute on")
    listing.set_defaults(run=list_devices)
    converting = commands.add_parser("convert", help="turn pickled weights into safetensors")
    converting.add_argument("name", help="a folder, or a name as in config.toml")
    converting.set_defaults(run=run_convert)


def list_devices(arguments: Arguments) -> None:
    """One a line; the first is what "auto" means."""
    first = choose_device("auto")
    cards = range(torch.cuda.device_count()) if first == "cuda" else ()
    print("\n".join([f"cuda:{number}" for number in cards] or [first]))


def run_fetch(arguments: Arguments) -> None:
    """Raises ConfigError or WeightsError."""
    folder = _fetched(arguments.name, pickles=False)
    print(f"{arguments.name} is complete: {folder}")


def run_convert(arguments: Arguments) -> None:
    """Raises ConfigError or WeightsError."""
    folder = Path(arguments.name)
    if not folder.is_dir():
        folder = _fetched(arguments.name, pickles=True)
    for file in convert(folder):
        print(file)


def _fetched(name: str, pickles: bool) -> Path:
    """The folder of a model, or of the guard that the settings name, with all of its files."""
    config = load()
    look = find_guard if name == config.policy.guard else find
    spec, folder = look(name, config.data_dir / "models")
    if spec.repositories:
        fetch(spec, folder, config.inference.accept_licence, pickles=pickles)
    return folder
