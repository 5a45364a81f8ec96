"""Any family of diffusers that draws from text: its own pipelines, found by AutoPipeline.

These models know no image embedding; a variation starts from the picture itself, made noisy, and an
IP-Adapter, where the folder holds one, tells what is in it.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from diffusers import (
    AutoPipelineForImage2Image,
    AutoPipelineForInpainting,
    AutoPipelineForText2Image,
    DiffusionPipeline,
)
from PIL import Image
from torch import Tensor, nn

from inference.backends.adapter import Adapter
from inference.backends.backend import Card, NotServed, Repainting
from inference.backends.networks import (
    OtherWeights,
    Place,
    absent,
    check_reads,
    explained,
    load,
    quicken,
    ready,
)
from inference.backends.turns import Turn, in_turns, small
from inference.canvas import to_picture, to_pixels
from inference.draft import Draft, Watch, generators
from inference.pipeline import filled

NO_EMBEDDINGS = "The model that runs here draws from words, not from embeddings of pictures."
NO_VARIATION = "The model that runs here can't start from a picture."
NO_REPAINTING = "The model that runs here can't repaint a part of a picture."
USUAL_SIZE = 512
IP_ADAPTER = "ip_adapter"
"""The part of a model's folder that may hold one."""

Kind = tuple[str, float]  # which pipeline, and how far it goes from its picture


class Auto(Repainting):
    """Serves what its family has pipelines for."""

    def __init__(
        self, name: str, folder: Path, place: Place, options: Mapping[str, Any] | None = None
    ) -> None:
        """`options` go to every call: steps and guidance, where the family's own don't fit.

        Raises a WeightsError.
        """
        pipe = _opened(folder, place)
        self.place = place
        self.options = dict(options or {})
        self._pipes = {"text": pipe, "image": _kin(AutoPipelineForImage2Image, pipe),
                       "mask": _kin(AutoPipelineForInpainting, pipe)}  # fmt: skip
        for each in self._pipes.values():
            if each is not None:
                each.set_progress_bar_config(disable=True)
        self._adapter = None
        if self._pipes["image"] is not None and (folder / IP_ADAPTER).is_dir():
            self._adapter = Adapter(self._pipes["image"], folder / IP_ADAPTER, place)
        for part in ("unet", "transformer", "vae"):
            if (network := getattr(pipe, part, None)) is not None:
                ready(network, place)
                if part != "vae":
                    quicken(network, place)
        missing = dict.fromkeys(("interpolate", "text_diff"), NO_EMBEDDINGS)
        if self._pipes["image"] is None:
            missing["variation"] = NO_VARIATION
        if self._pipes["mask"] is None:
            missing |= dict.fromkeys(("inpaint", "outpaint"), NO_REPAINTING)
        self.card = Card(name, native_size(pipe), missing=missing)

    def text_to_image(self, prompt: str, seed: int) -> Draft:
        """A picture of a prompt."""
        return Draft(prompt, seed)

    def variation(
        self, source: Image.Image, seed: int, eta: float = 0.6, prompt: str = ""
    ) -> Draft:
        """The source made noisy by `eta`, and drawn again; an adapter also sees what it shows.

        Raises NotServed.
        """
        self.card.check("variation")
        seen = self._adapter and self._adapter.see(source)
        return Draft(prompt, seed, seen, starts=(to_pixels(source, self.card.size),), eta=eta)

    def interpolate(self, one: Image.Image, other: Image.Image, t: float, seed: int) -> Draft:
        """Raises NotServed."""
        raise NotServed(NO_EMBEDDINGS)

    def text_diff(self, source: Image.Image, from_: str, to: str, theta: float, seed: int) -> Draft:
        """Raises NotServed."""
        raise NotServed(NO_EMBEDDINGS)

    def misread(self, *prompts: str) -> dict[str, list[str]]:
        """Its families read in ways of their own; none tells."""
        return {"unknown_words": [], "unread_words": []}

    @torch.inference_mode()
    def draw(self, drafts: Sequence[Draft], watch: Watch | None = None) -> list[Image.Image]:
        """Drafts of one kind in one call of its pipeline, see `in_turns`."""
        kinds = [_kind(draft) for draft in drafts]
        return in_turns(
            kinds, lambda turn: self._call(turn, [drafts[row] for row in turn.rows]), watch
        )

    def rehearse(self, size: int) -> None:
        """Draws; its other pipelines have the same networks."""
        full, self.options = self.options, self.options | {"num_inference_steps": 2}
        try:
            self.draw([self.text_to_image("", 0)] * size)
        finally:
            self.options = full

    def _call(self, turn: Turn, drafts: Sequence[Draft]) -> list[Image.Image]:
        kind, strength = _kind(drafts[0])
        pipe, size = self._pipes[kind], self.card.size
        assert pipe is not None
        given: dict[str, Any] = {
            "prompt": [draft.prompt for draft in drafts],
            "generator": generators([draft.seed for draft in drafts]),
        } | self.options
        takes = inspect.signature(pipe.__call__).parameters
        if kind == "image":
            given |= {"image": [to_picture(draft.starts[0]) for draft in drafts]}
            given |= {"strength": max(strength, 0.1)}
            if self._adapter is not None:
                seen = [draft.image_embed for draft in drafts if draft.image_embed is not None]
                given |= self._adapter.told(seen)
        if kind == "mask":
            squares = [draft.canvas.square() for draft in drafts if draft.canvas]
            given |= {"image": [_fitted(picture, size) for picture, _ in squares]}
            given |= {"mask_image": [_fitted(mask, size) for _, mask in squares]}
            given |= {"strength": 1.0}
        if kind != "image":
            given |= {"height": size, "width": size}
        if turn.watch is not None:
            given |= {"callback_on_step_end": partial(_tell, turn)}
        drawn = pipe(**{key: value for key, value in given.items() if key in takes}).images
        return filled(drafts, drawn)


def _opened(folder: Path, place: Place) -> DiffusionPipeline:
    """The family's pipeline. Its networks come one by one, so that each is known to be complete.

    Raises a WeightsError.
    """
    with explained(folder):
        index = json.loads((folder / "model_index.json").read_text())
        for name in _needed(index.get("_class_name")):
            if not any(index.get(name) or ()):
                raise absent(folder / name)
    kinds = {name: _network(named) for name, named in index.items()}
    networks = {name: load(kind, folder / name, place) for name, kind in kinds.items() if kind}
    with explained(folder):
        try:
            pipe = AutoPipelineForText2Image.from_pretrained(
                folder, dtype=place.dtype, use_safetensors=True, local_files_only=True, **networks
            ).to(place.device)
        except ValueError as error:
            raise OtherWeights(
                f"{folder} holds a {index.get('_class_name')} that can't draw from words here; "
                "name another model."
            ) from error
    for name, part in pipe.components.items():
        check_reads(part, folder / name)
    return pipe


def _needed(family: Any) -> list[str]:
    """The parts without which a family's pipeline can't be."""
    kind: Any = getattr(diffusers, str(family), None)
    if DiffusionPipeline not in getattr(kind, "__mro__", ()):
        return []
    parts = inspect.signature(kind).parameters.values()
    optional = kind._optional_components
    return [x.name for x in parts if x.default is x.empty and x.name not in optional]


def _network(named: Any) -> type[nn.Module] | None:
    """The class of a part of a pipeline, if it is a network of one of the two libraries."""
    match named:
        case ["diffusers" | "transformers" as library, str(name)]:
            kind = getattr(diffusers if library == "diffusers" else transformers, name, None)
            return kind if isinstance(kind, type) and issubclass(kind, nn.Module) else None
    return None


def native_size(pipe: DiffusionPipeline) -> int:
    """The side of the pictures that the family was trained on."""
    network = getattr(pipe, "unet", None) or getattr(pipe, "transformer", None)
    side = getattr(pipe, "default_sample_size", None) or getattr(
        getattr(network, "config", None), "sample_size", None
    )
    scale = getattr(pipe, "vae_scale_factor", None)
    return side * scale if isinstance(side, int) and scale else USUAL_SIZE


def _kin(kind: Any, pipe: DiffusionPipeline) -> DiffusionPipeline | None:
    """The family's pipeline of another kind on the same networks, if it has one."""
    try:
        return kind.from_pipe(pipe)
    except ValueError:
        return None


def _kind(draft: Draft) -> Kind:
    if draft.canvas is not None:
        return "mask", 1.0
    return ("image", draft.eta) if draft.starts else ("text", 0.0)


def _fitted(picture: Image.Image, size: int) -> Image.Image:
    return picture.resize((size, size), Image.Resampling.LANCZOS)


def _tell(turn: Turn, pipe: Any, step: int, time: Any, state: dict[str, Any]) -> dict[str, Any]:
    """A step of a pipeline; with a look where its latents are a map."""
    latents = state["latents"]
    vae: Any = getattr(pipe, "vae", None)

    def look() -> Tensor:
        scale = vae.config.scaling_factor
        return small(latents, lambda x: vae.decode(x / scale, return_dict=False)[0])

    a_map = vae is not None and latents.ndim == 4
    turn.tell(step + 1, pipe.num_timesteps, look if a_map else None)
    return {}
