"""Tiny random models of the real classes, saved to folders and loaded as real ones are."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from PIL import Image

from inference.backends.auto import Auto
from inference.backends.backend import Backend
from inference.backends.kandinsky import Kandinsky
from inference.backends.karlo import Karlo
from inference.backends.mini import Mini
from inference.backends.networks import Place
from inference.model import load_model
from inference.registry import Effort
from inference.sampling import Sampling

CPU = Place.on("cpu")


@dataclass(frozen=True)
class Kind:
    """How a tiny model is saved and loaded, and the sides of its pictures."""

    name: str
    load: Callable[[Path], Backend]
    size: int


def load_mini(folder: Path) -> Mini:
    return Mini(replace(load_model(folder), sampling=Sampling(3, 4, (1, 1))))


def load_kandinsky(folder: Path) -> Kandinsky:
    return Kandinsky("kandinsky", folder, 64, Effort(2, 3, 1.0, 4.0), CPU)


def load_karlo(folder: Path) -> Karlo:
    return Karlo("karlo", folder, Effort(2, 3, 4.0, 8.0), CPU)


def load_auto(folder: Path) -> Auto:
    return Auto("auto", folder, CPU, options={"num_inference_steps": 3})


KINDS = {
    kind.name: kind
    for kind in (
        Kind("mini", load_mini, 256),
        Kind("kandinsky", load_kandinsky, 64),
        Kind("karlo", load_karlo, 128),
        Kind("auto", load_auto, 64),
        Kind("adapted", load_auto, 64),
    )
}


@pytest.fixture(scope="module", params=[name for name in KINDS if name != "adapted"])
def kind(request: pytest.FixtureRequest) -> Kind:
    """All but "adapted", of which only variations are its own: see test_adapter."""
    return KINDS[request.param]


@pytest.fixture(scope="module")
def backend(kind: Kind, folders: dict[str, Path]) -> Backend:
    return kind.load(folders[kind.name])


@pytest.fixture(scope="session")
def picture() -> Image.Image:
    return Image.linear_gradient("L").convert("RGB").resize((90, 60))


@pytest.fixture(scope="session")
def mask() -> Image.Image:
    """White in the upper left quarter."""
    mask = Image.new("L", (90, 60), 0)
    mask.paste(255, (0, 0, 45, 30))
    return mask
