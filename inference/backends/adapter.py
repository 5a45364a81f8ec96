"""An IP-Adapter: what CLIP sees in a picture, told to a UNet that else only reads words.

Its folder holds one .safetensors file, and beside it the folder image_encoder, as published.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from diffusers.loaders import IPAdapterMixin
from diffusers.models.embeddings import ImageProjection
from PIL import Image
from torch import Tensor, nn
from transformers import CLIPImageProcessorPil, CLIPVisionModelWithProjection

from inference.backends.networks import OtherWeights, Place, explained, load, quicken, ready
from inference.errors import NoWeights

ENCODER = "image_encoder"


class Adapter:
    """A pipeline that starts from a picture, and sees what is in it."""

    def __init__(self, pipe: Any, folder: Path, place: Place) -> None:
        """Gives the pipeline an adapted UNet of its own. Raises a WeightsError."""
        if not isinstance(pipe, IPAdapterMixin):
            raise OtherWeights(f"This model takes no IP-Adapter; remove {folder}.")
        weights = _weights(folder)
        seeing = load(CLIPVisionModelWithProjection, weights.with_name(ENCODER), place)
        side = seeing.config.image_size
        pipe.register_modules(
            unet=_twin(pipe.unet), image_encoder=seeing,
            feature_extractor=CLIPImageProcessorPil(size={"shortest_edge": side}, crop_size=side),
        )  # fmt: skip
        with explained(folder):
            pipe.load_ip_adapter(weights.parent, subfolder="", weight_name=weights.name)
        quicken(ready(pipe.unet, place), place)
        pipe.prepare_ip_adapter_image_embeds = self._prepare
        self._pipe = pipe
        self._nothing = self._encode(Image.new("RGB", (side, side)))[1][0]

    def see(self, picture: Image.Image) -> Tensor:
        """A picture's embedding [dim], or its patches [count, width] for adapters of those."""
        return self._encode(picture)[0][0]

    def told(self, seen: Sequence[Tensor]) -> dict[str, Any]:
        """What a call of the pipeline is given of pictures, one for each row."""
        return {"ip_adapter_image_embeds": [torch.stack(list(seen))[:, None]]}

    def _prepare(
        self, _: Any, embeds: list[Tensor], device: Any, count: int, guided: bool = False
    ) -> list[Tensor]:
        """In place of the pipeline's own, which tells every row of all pictures of a batch."""
        [seen] = embeds
        return [torch.cat((self._nothing.expand_as(seen), seen)) if guided else seen]

    @torch.inference_mode()
    def _encode(self, picture: Image.Image) -> tuple[Tensor, Tensor]:
        """A picture's embedding, and that of no picture."""
        [projection] = self._pipe.unet.encoder_hid_proj.image_projection_layers
        patches = not isinstance(projection, ImageProjection)
        return self._pipe.encode_image(picture, self._pipe.device, 1, patches)


def _twin(network: nn.Module) -> nn.Module:
    """The same network over the same weights; what is added to it is its own."""
    weights = [*network.parameters(), *network.buffers()]
    return copy.deepcopy(network, {id(weight): weight for weight in weights})


def _weights(folder: Path) -> Path:
    found = [path for path in folder.rglob("*.safetensors") if path.parent.name != ENCODER]
    if len(found) != 1:
        raise NoWeights(
            f"{folder} must hold one IP-Adapter: a .safetensors file, and beside it {ENCODER}."
        )
    return found[0]
