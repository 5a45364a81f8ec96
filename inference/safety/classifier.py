"""An image classifier of the host's choice, run on pictures in one batch.

Any of transformers' image classification networks will do, if its labels say what is unsafe.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image
from transformers import AutoImageProcessor, AutoModelForImageClassification

from inference.backends.networks import OtherWeights, Place, load, part
from inference.safety.measure import Measure

UNSAFE = {
    "sexual": {"nsfw", "porn", "pornography", "hentai", "nude", "nudity", "explicit", "sexual"},
    "shocking": {"gore", "gory", "blood", "bloody", "shocking", "disturbing"},
    "violence": {"violence", "violent"},
}
"""The words in a label that make it one of a category."""


class Classifier:
    """A folder with a configuration, an image processor and weights as safetensors."""

    name = "classifier"

    def __init__(self, folder: Path, device: str) -> None:
        """Raises a WeightsError, also for labels of which none says unsafe."""
        self._place = Place.on(device)
        self._processor = part(AutoImageProcessor, folder)
        self._network = load(AutoModelForImageClassification, folder, self._place)
        labels = self._network.config.id2label
        self._categories = {
            category: [int(row) for row, label in labels.items() if _words(label) & words]
            for category, words in UNSAFE.items()
        }
        if not any(self._categories.values()):
            raise OtherWeights(
                f"No label of the classifier in {folder} says what is unsafe "
                f"({', '.join(labels.values())}); set another [safety] classifier, or none."
            )

    @torch.no_grad()
    def __call__(self, pictures: Sequence[Image.Image]) -> list[list[Measure]]:
        """The share of each category's labels together, for each picture."""
        given = self._processor(images=[p.convert("RGB") for p in pictures], return_tensors="pt")
        pixels = given["pixel_values"].to(self._place.device, self._place.dtype)
        shares = self._network(pixels).logits.float().softmax(-1).cpu()
        return [
            [
                Measure(self.name, category, float(row[rows].sum()))
                for category, rows in self._categories.items()
                if rows
            ]
            for row in shares
        ]


def _words(label: str) -> set[str]:
    return set(re.findall(r"[a-z]+", label.lower()))
