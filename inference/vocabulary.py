"""Words to tokens and back. The built-in model's language is a closed list of words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

import torch

_WORD = re.compile(r"[^\W_]+|[\u2600-\u27bf\U0001f000-\U0001faff]+")  # or emoji in a row
_RESERVED = 2  # 0 pads, 1 ends


class Words(Protocol):
    """What a model reads prompts by; without `words`, every word is known."""

    @property
    def words(self) -> tuple[str, ...]: ...

    @property
    def context(self) -> int: ...

    def encode(self, prompts: list[str]) -> torch.Tensor:
        """Token ids [batch, context]: 0 pads, 1 ends."""

    def unknown(self, prompt: str) -> list[str]:
        """The prompt's words that are not known, each once, in order."""

    def unread(self, prompt: str) -> list[str]:
        """The known words that no longer fit into the context, in order."""


@dataclass(frozen=True)
class Vocabulary:
    """An ordered list of known words; token i + 2 is word i."""

    words: tuple[str, ...]
    context: int = 24

    @property
    def size(self) -> int:
        """Number of tokens, padding and end included."""
        return len(self.words) + _RESERVED

    def unknown(self, prompt: str) -> list[str]:
        """The prompt's words that are not in the list, each once, in order."""
        known = set(self.words)
        return list(dict.fromkeys(word for word in _split(prompt) if word not in known))

    def unread(self, prompt: str) -> list[str]:
        """The known words that no longer fit into the context, in order."""
        known = set(self.words)
        return [word for word in _split(prompt) if word in known][self.context - 1 :]

    def encode(self, prompts: list[str]) -> torch.Tensor:
        """Token ids [batch, context]; unknown words are left out, what is too long is cut."""
        index = {word: i + _RESERVED for i, word in enumerate(self.words)}
        tokens = torch.zeros(len(prompts), self.context, dtype=torch.long)
        for row, prompt in enumerate(prompts):
            ids = [index[word] for word in _split(prompt) if word in index][: self.context - 1]
            tokens[row, : len(ids) + 1] = torch.tensor([*ids, 1])
        return tokens


def _split(prompt: str) -> list[str]:
    return _WORD.findall(prompt.casefold())
