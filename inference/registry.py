"""Which models there are: where their weights come from, what they need, under which licence.

A model is named by one line of config.toml: a name of `REGISTRY`, a folder, or a diffusers
repository. Knows no network; adding a model is adding a `ModelSpec`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from inference.errors import WeightsError
from inference.model import WEIGHTS

Kind = Literal["mini", "kandinsky", "karlo", "auto", "guard"]


class UnknownModel(WeightsError):
    """No model goes by that name."""


class LicenceNotAccepted(WeightsError):
    """The licence wants something of the host."""


@dataclass(frozen=True)
class Licence:
    """What the weights may be used for; `free` ones also commercially, without asking."""

    name: str
    page: str
    free: bool


@dataclass(frozen=True)
class Repository:
    """Files of a repository of the model hub, at a revision."""

    id: str
    revision: str = "main"
    files: tuple[str, ...] = ("*",)


@dataclass(frozen=True)
class Effort:
    """Steps and guidance of the prior and of the decoder."""

    prior_steps: int
    decoder_steps: int
    prior_guidance: float
    decoder_guidance: float


@dataclass(frozen=True)
class ModelSpec:
    """A model: `repositories` are folders of its folder, "" the folder itself.

    `memory` is GiB of a GPU for its weights in bf16. Without a size its pictures have that of its
    own configuration.
    """

    name: str
    kind: Kind
    repositories: Mapping[str, Repository] = field(default_factory=lambda: MappingProxyType({}))
    licence: Licence | None = None
    memory: float = 0.0
    size: int | None = None
    sampling: Effort | None = None


APACHE = Licence("apache-2.0", "https://www.apache.org/licenses/LICENSE-2.0", free=True)
OPENRAIL = Licence(
    "creativeml-openrail-m", "https://huggingface.co/spaces/CompVis/stable-diffusion-license", True
)
FREE = (
    "apache-2.0", "mit", "bsd-3-clause", "cc0-1.0", "cc-by-4.0", "cc-by-sa-4.0", "openrail",
    "openrail++", "bigscience-openrail-m", "creativeml-openrail-m",
)  # fmt: skip
"""Licences under which anybody may also earn with the pictures."""
PIPELINE = ("model_index.json", "README.md", "*/*.json", "*/*.txt", "*/*.model", "*/*.safetensors")
LANGUAGE_MODEL = ("README.md", "*.json", "*.txt", "*.jinja", "*.safetensors")
LAST_COMMITS = {
    "kandinsky prior": "9fc51ad5732afc5d031724219d22e6c42179c5a8",
    "kandinsky decoder": "9ae140d347fed8ce6e8bb3005dcc1f48543bb8e3",
    "kandinsky inpaint": "db790ad5cbcabed886f069ef2710774657621702",
    "karlo": "c8dc0970acf0db0b6b4efb8c47adc22072b4a67d",
    "clip": "32bd64288804d66eefd0ccbe215aa642df71cc41",
    "upsampler": "fbc21c5ea78579a0d415f74e06eefb5c77028475",
}

MINI = ModelSpec("mini", "mini", licence=APACHE)
KANDINSKY = ModelSpec(
    "kandinsky-2.2", "kandinsky",
    {
        "prior": Repository(
            "kandinsky-community/kandinsky-2-2-prior", LAST_COMMITS["kandinsky prior"], PIPELINE
        ),
        "decoder": Repository(
            "kandinsky-community/kandinsky-2-2-decoder", LAST_COMMITS["kandinsky decoder"], PIPELINE
        ),
        "inpaint": Repository(
            "kandinsky-community/kandinsky-2-2-decoder-inpaint", LAST_COMMITS["kandinsky inpaint"],
            ("model_index.json", "README.md", "unet/*.json", "unet/*.safetensors"),
        ),
    },
    APACHE, memory=13, size=768, sampling=Effort(25, 50, 1.0, 4.0),
)  # fmt: skip
KARLO = ModelSpec(
    "karlo", "karlo",
    {
        "unclip": Repository("kakaobrain/karlo-v1-alpha", LAST_COMMITS["karlo"], PIPELINE),
        "clip": Repository(
            "openai/clip-vit-large-patch14", LAST_COMMITS["clip"],
            ("config.json", "preprocessor_config.json", "model.safetensors"),
        ),
        "upsampler": Repository(
            "caidas/swin2SR-realworld-sr-x4-64-bsrgan-psnr", LAST_COMMITS["upsampler"],
            ("config.json", "model.safetensors"),
        ),
    },
    OPENRAIL, memory=8, size=1024, sampling=Effort(25, 25, 4.0, 8.0),
)  # fmt: skip
REGISTRY = {spec.name: spec for spec in (MINI, KARLO, KANDINSKY)}


def find(name: str, models: Path, weights: Path = WEIGHTS) -> tuple[ModelSpec, Path]:
    """What a name means, and the folder where its weights lie or will lie in `models`.

    Raises UnknownModel.
    """
    if name in REGISTRY:
        return REGISTRY[name], (weights if name == MINI.name else models) / name
    if _is_path(name):
        folder = Path(name).expanduser()
        return _in_folder(folder), folder
    if name.count("/") == 1:
        return _of_repository(name, "auto", PIPELINE, models)
    near = get_close_matches(name, REGISTRY, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(REGISTRY)}, "
    hint += "" if near else "any folder (./NAME) and any diffusers repository (OWNER/NAME)."
    raise UnknownModel(f"There is no model {name}; {hint}")


def find_guard(name: str, models: Path) -> tuple[ModelSpec, Path]:
    """The same for a language model that judges prompts. Raises UnknownModel."""
    if _is_path(name):
        folder = Path(name).expanduser()
        return ModelSpec(folder.name, "guard"), folder
    if name.count("/") == 1:
        return _of_repository(name, "guard", LANGUAGE_MODEL, models)
    raise UnknownModel(
        f"[policy] guard {name} is neither a folder (./NAME) nor a repository (OWNER/NAME)."
    )


def _is_path(name: str) -> bool:
    return name.startswith((".", "/", "~")) or Path(name).is_absolute()


def _of_repository(
    name: str, kind: Kind, files: tuple[str, ...], models: Path
) -> tuple[ModelSpec, Path]:
    spec = ModelSpec(name, kind, {"": Repository(name, files=files)})
    return spec, models / name.replace("/", "--")


def _in_folder(folder: Path) -> ModelSpec:
    """By its layout. The name that others see is the folder's own, not the way to it."""
    signs: dict[str, ModelSpec] = {
        "model.json": MINI, "prior/model_index.json": KANDINSKY, "unclip/text_proj": KARLO,
        "model_index.json": ModelSpec("", "auto"),
    }  # fmt: skip
    for sign, like in signs.items():
        if (folder / sign).exists():
            return ModelSpec(
                folder.resolve().name, like.kind, size=like.size, sampling=like.sampling
            )
    raise UnknownModel(
        f"The folder {folder} holds no model: neither model.json nor model_index.json is in it."
    )


def check_licence(spec: ModelSpec, accepted: str) -> None:
    """Raises LicenceNotAccepted for one that is not free, until the host names it."""
    licence = spec.licence
    if licence is not None and not licence.free and accepted != licence.name:
        raise LicenceNotAccepted(
            f"The licence of {spec.name}, {licence.name}, does not allow every use; read "
            f"{licence.page} and, if you accept it, set [inference] accept_licence = "
            f'"{licence.name}" in config.toml.'
        )
