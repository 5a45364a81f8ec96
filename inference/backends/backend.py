"""What every model offers: drafting six operations, and drawing drafts together.

Knows no model. An operation that a model can't serve is named in its card, with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from PIL import Image

from inference.canvas import to_extend, to_repaint
from inference.draft import Draft, Watch

OPERATIONS = ("text_to_image", "variation", "inpaint", "outpaint", "interpolate", "text_diff")


class NotServed(Exception):
    """The model can't do that, or knows no word of it; the message is one sentence that says so."""


@dataclass(frozen=True)
class Card:
    """What others may know of a model.

    `name` goes into the files of its pictures, `size` is their side. An empty vocabulary means any
    word. `missing` has an operation it can't serve, with the reason as a sentence.
    """

    name: str
    size: int
    vocabulary: tuple[str, ...] = ()
    ideas: tuple[str, ...] = ()
    missing: Mapping[str, str] = field(default_factory=dict)

    @property
    def operations(self) -> tuple[str, ...]:
        """Those it serves."""
        return tuple(name for name in OPERATIONS if name not in self.missing)

    def check(self, operation: str) -> None:
        """Raises NotServed."""
        if operation in self.missing:
            raise NotServed(self.missing[operation])

    def told(self) -> dict[str, Any]:
        """As plain data, for those who know no torch."""
        return {
            "size": self.size, "operations": list(self.operations), "missing": dict(self.missing),
            "vocabulary": list(self.vocabulary), "ideas": list(self.ideas),
        }  # fmt: skip


class Backend(Protocol):
    """A model that is loaded.

    The six operations turn what was asked into a draft, without drawing; they raise NotServed, or
    UnusableMask. `eta` says how far a variation may go, 0 to 1.
    """

    @property
    def card(self) -> Card:
        """What it is and can do."""

    def text_to_image(self, prompt: str, seed: int) -> Draft:
        """A picture of a prompt."""

    def variation(
        self, source: Image.Image, seed: int, eta: float = 0.6, prompt: str = ""
    ) -> Draft:
        """Another picture of the same."""

    def inpaint(self, source: Image.Image, mask: Image.Image, prompt: str, seed: int) -> Draft:
        """The picture, drawn anew where the mask is white."""

    def outpaint(
        self, source: Image.Image, sides: Sequence[str], amount: float, prompt: str, seed: int
    ) -> Draft:
        """The picture and what lies beyond its border."""

    def interpolate(self, one: Image.Image, other: Image.Image, t: float, seed: int) -> Draft:
        """A picture between two."""

    def text_diff(self, source: Image.Image, from_: str, to: str, theta: float, seed: int) -> Draft:
        """The picture, moved from one caption towards another."""

    def misread(self, *prompts: str) -> dict[str, list[str]]:
        """The words it does not know, and the known ones that were too many for it."""

    def draw(self, drafts: Sequence[Draft], watch: Watch | None = None) -> list[Image.Image]:
        """The pictures, in the order of the drafts: as large as `card.size`, or as their canvas.

        A draft draws the same picture in whatever batch.
        """

    def rehearse(self, size: int) -> None:
        """Draws so many pictures at once in two steps, for nobody.

        It compiles what is to be compiled, and shows whether the memory suffices.
        """


class Repainting:
    """Drafts of a model that repaints by a mask alone, where it repaints at all."""

    card: Card

    def inpaint(self, source: Image.Image, mask: Image.Image, prompt: str, seed: int) -> Draft:
        """Repaints where the mask is white. Raises NotServed or UnusableMask."""
        self.card.check("inpaint")
        return Draft(prompt, seed, canvas=to_repaint(source, mask))

    def outpaint(
        self, source: Image.Image, sides: Sequence[str], amount: float, prompt: str, seed: int
    ) -> Draft:
        """Repaints what lies past the border. Raises NotServed or UnusableMask."""
        self.card.check("outpaint")
        return Draft(prompt, seed, canvas=to_extend(source, sides, amount))
