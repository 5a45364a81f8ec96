"""A model folder: one safetensors file a network, and model.json with their sizes.

Its words are in model.json too, or as byte pairs beside it. Folders hold networks of the built-in
kind or, written by `python -m training --config paper`, of `inference.paper`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from inference.ar_prior import ARPrior, ARPriorConfig
from inference.clip import Clip, ClipConfig
from inference.decoder import Decoder, DecoderConfig
from inference.errors import CorruptWeights, NoDevice, NoWeights, TooLarge
from inference.pieces import FILE, Pieces
from inference.prior import Prior, PriorConfig
from inference.sampling import FAST, PLAIN, Sampling
from inference.upsampler import Upsampler, UpsamplerConfig
from inference.vocabulary import Vocabulary, Words

WEIGHTS = Path(__file__).parent / "weights"
Kind = Literal["mini", "paper"]
_NETWORKS: dict[str, tuple[type[nn.Module], type[Any]]] = {
    "clip": (Clip, ClipConfig), "prior": (Prior, PriorConfig),
    "decoder": (Decoder, DecoderConfig), "upsampler256": (Upsampler, UpsamplerConfig),
    "upsampler1024": (Upsampler, UpsamplerConfig), "ar_prior": (ARPrior, ARPriorConfig),
}  # fmt: skip


@dataclass(frozen=True)
class Model:
    """The networks, ready to draw, and the words they know.

    Without the second upsampler it draws 256²; the autoregressive prior is for comparison only.
    """

    name: str
    vocabulary: Words
    ideas: tuple[str, ...]
    clip: Clip
    prior: Prior
    decoder: Decoder
    upsampler256: Upsampler
    upsampler1024: Upsampler | None = None
    ar_prior: ARPrior | None = None
    sampling: Sampling = FAST

    @property
    def upsamplers(self) -> tuple[Upsampler, ...]:
        """In their order."""
        last = self.upsampler1024
        return (self.upsampler256,) if last is None else (self.upsampler256, last)

    @property
    def size(self) -> int:
        """The side of its pictures."""
        return 64 * 4 ** len(self.upsamplers)

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self.clip.log_scale.device

    def tokens(self, prompts: list[str]) -> Tensor:
        """Token ids [batch, context] there."""
        return self.vocabulary.encode(prompts).to(self.device)


def choose_device(name: str) -> str:
    """The device that a setting means: "auto" is a GPU where there is one."""
    if name != "auto":
        return name
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def check_device(device: str) -> None:
    """Raises NoDevice."""
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise NoDevice(
            f'There is no device {device} here; set device = "auto" in config.toml.'
        ) from error


def load_model(folder: Path, device: str = "cpu") -> Model:
    """Reads a model folder. Raises NoWeights, CorruptWeights, NoDevice or TooLarge."""
    check_device(device)
    try:
        card = json.loads((folder / "model.json").read_text())
        kinds = _networks(card["kind"])
        networks = {
            name: _load(folder, name, *kinds[name], card[name]).to(device)
            for name in kinds
            if name in card
        }
        words = _words(folder, card)
        sampling = FAST if card["kind"] == "mini" else PLAIN
        return Model(folder.name, words, tuple(card["ideas"]), **networks, sampling=sampling)
    except FileNotFoundError as error:
        raise NoWeights(
            f"The model {folder.name} has no weights yet; `make weights` makes those of mini."
        ) from error
    except torch.OutOfMemoryError as error:
        raise TooLarge(
            f"The model {folder.name} is too large for this device, or others use it."
        ) from error
    except (SafetensorError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise CorruptWeights(
            f"The weights of the model {folder.name} are damaged; restore {folder}."
        ) from error


def save_model(model: Model, folder: Path) -> None:
    """Writes the folder of a model of the built-in kind, the weights as fp16."""
    networks = {name: getattr(model, name) for name in _NETWORKS}
    networks = {name: network for name, network in networks.items() if network is not None}
    words = model.vocabulary.words
    save_networks("mini", networks, folder, vocabulary=words, ideas=model.ideas)


def save_networks(kind: Kind, networks: Mapping[str, Any], folder: Path, **card: Any) -> None:
    """Writes each network's weights as fp16, and its sizes beside what else the card says."""
    folder.mkdir(parents=True, exist_ok=True)
    card["kind"] = kind
    for name, network in networks.items():
        card[name] = asdict(network.config)
        halves = {key: value.half().contiguous() for key, value in network.state_dict().items()}
        save_file(halves, folder / f"{name}.safetensors")
    (folder / "model.json").write_text(json.dumps(card, indent=1) + "\n")


def _networks(kind: Kind) -> dict[str, tuple[type[nn.Module], type[Any]]]:
    if kind == "mini":
        return _NETWORKS
    from inference import paper  # its libraries take seconds to import

    return _NETWORKS | {
        "clip": (paper.PaperClip, paper.PaperClipConfig),
        "decoder": (paper.PaperDecoder, paper.PaperDecoderConfig),
        "upsampler256": (paper.PaperUpsampler, paper.PaperUpsamplerConfig),
        "upsampler1024": (paper.PaperUpsampler, paper.PaperUpsamplerConfig),
    }


def _words(folder: Path, card: dict[str, Any]) -> Words:
    if card["kind"] == "mini":
        return Vocabulary(tuple(card["vocabulary"]))
    return Pieces(folder / FILE, card["clip"]["context"])


def _load(
    folder: Path, name: str, network_type: type[nn.Module], config_type: type[Any],
    sizes: dict[str, Any],
) -> Any:  # fmt: skip
    sizes = {key: tuple(x) if isinstance(x, list) else x for key, x in sizes.items()}
    network = network_type(config_type(**sizes))
    network.load_state_dict(load_file(folder / f"{name}.safetensors"))
    return network.requires_grad_(False).eval()
