"""The built-in networks as a backend. All that they do is in `pipeline`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PIL import Image

from inference import pipeline
from inference.backends.backend import Card, NotServed
from inference.draft import Draft, Watch
from inference.model import Model


class Mini:
    """Serves every operation, in the words of its vocabulary.

    A prompt of which it knows no word is NotServed: what it would draw had nothing to do with it. A
    variation's words are those of its picture, and only help.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.sampling = model.sampling
        self.card = Card(model.name, model.size, model.vocabulary.words, model.ideas)

    def text_to_image(self, prompt: str, seed: int) -> Draft:
        """See `pipeline.text_to_image`."""
        self._check(prompt)
        return pipeline.text_to_image(prompt, seed)

    def variation(
        self, source: Image.Image, seed: int, eta: float = 0.6, prompt: str = ""
    ) -> Draft:
        """See `pipeline.variation`."""
        return pipeline.variation(self.model, source, seed, eta, prompt)

    def inpaint(self, source: Image.Image, mask: Image.Image, prompt: str, seed: int) -> Draft:
        """See `pipeline.inpaint`."""
        self._check(prompt)
        return pipeline.inpaint(source, mask, prompt, seed)

    def outpaint(
        self, source: Image.Image, sides: Sequence[str], amount: float, prompt: str, seed: int
    ) -> Draft:
        """See `pipeline.outpaint`."""
        self._check(prompt)
        return pipeline.outpaint(self.model, source, sides, amount, prompt, seed)

    def interpolate(self, one: Image.Image, other: Image.Image, t: float, seed: int) -> Draft:
        """See `pipeline.interpolate`."""
        return pipeline.interpolate(self.model, one, other, t, seed)

    def text_diff(self, source: Image.Image, from_: str, to: str, theta: float, seed: int) -> Draft:
        """See `pipeline.text_diff`."""
        self._check(from_, to)
        return pipeline.text_diff(self.model, source, from_, to, theta, seed)

    def misread(self, *prompts: str) -> dict[str, list[str]]:
        """By its vocabulary."""
        words = self.model.vocabulary
        unknown = dict.fromkeys(word for prompt in prompts for word in words.unknown(prompt))
        unread = [word for prompt in prompts for word in words.unread(prompt)]
        return {"unknown_words": list(unknown), "unread_words": unread}

    def draw(self, drafts: Sequence[Draft], watch: Watch | None = None) -> list[Image.Image]:
        """See `pipeline.draw`."""
        return pipeline.draw(self.model, drafts, watch, self.sampling)

    def rehearse(self, size: int) -> None:
        """With every network in turn."""
        full = self.sampling
        self.sampling = replace(full, prior_steps=2, decoder_steps=2, upsampler_steps=(2, 2))
        try:
            self.draw([self.text_to_image("", 0)] * size)
        finally:
            self.sampling = full

    def _check(self, *prompts: str) -> None:
        """Raises NotServed; without a prompt nothing is unknown."""
        for prompt in filter(str.strip, prompts):
            if not self.model.vocabulary.encode([prompt])[0, 1]:
                ideas = " or ".join(f'"{idea}"' for idea in self.card.ideas[:2])
                raise NotServed(f"This model knows none of these words; try {ideas}.")
