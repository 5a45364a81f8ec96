"""A prompt as plain words, each knowing where it stands in the prompt as it was typed.

`fold` undoes what a letter can wear (accents, widths, look-alikes, invisible company);
`words` cuts the result. Knows nothing of rules; how words are disguised is unmask's.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bot.policy.confusables import fold as fold_character

_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[^\W_{_UNSPACED}]+|[{_UNSPACED}]")
"""A run of letters and digits; in scripts without spaces each character is a word."""


@dataclass(frozen=True, slots=True)
class Folded:
    """Plain text, and for each of its characters the index of its origin in the prompt.

    `origins` is one longer than `text`: its last entry is the prompt's length.
    """

    text: str
    origins: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where text[start:end] (not empty) stands in the prompt."""
        return self.origins[start], max(self.origins[end], self.origins[end - 1] + 1)


class Word(NamedTuple):
    """A word as it reads, and the span of the folded text that it was read from."""

    text: str
    start: int
    end: int


def fold(prompt: str) -> Folded:
    """The prompt as plain lower-case letters. Never raises; takes time linear in its length."""
    if prompt.isascii():
        return Folded(prompt.lower(), range(len(prompt) + 1))
    text: list[str] = []
    origins: list[int] = []
    for index, character in enumerate(prompt):
        shown = fold_character(character)
        text.append(shown)
        origins.extend([index] * len(shown))
    return Folded("".join(text), [*origins, len(prompt)])


def words(text: str) -> list[Word]:
    """The words of a folded text, in order."""
    return [Word(found[0], *found.span()) for found in _WORD.finditer(text)]
