"""Any prompt as tokens: byte pairs (Sennrich et al. 2016), learnt from captions by `training`.

Knows no network.
"""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import Tokenizer
from tokenizers.processors import TemplateProcessing
from torch import Tensor

PAD, END = "<pad>", "<end>"  # tokens 0 and 1, as in `inference.vocabulary`
FILE = "pieces.json"


class Pieces:
    """Words of which none is unknown."""

    words: tuple[str, ...] = ()

    def __init__(self, file: Path, context: int) -> None:
        self.context = context
        self._pieces = Tokenizer.from_file(str(file))
        self._pieces.encode_special_tokens = True  # a caption that says <end> goes on
        self._pieces.post_processor = TemplateProcessing(f"$A {END}", special_tokens=[(END, 1)])
        self._pieces.enable_truncation(context)
        self._pieces.enable_padding(length=context, pad_id=0, pad_token=PAD)

    def encode(self, prompts: list[str]) -> Tensor:
        """Token ids [batch, context]: padded with 0, ended by 1, cut where too long."""
        return torch.tensor([row.ids for row in self._pieces.encode_batch(prompts)])

    def unknown(self, prompt: str) -> list[str]:
        """None: bytes spell every word."""
        return []

    def unread(self, prompt: str) -> list[str]:
        """The words that no longer fit into the context, in order."""
        pieces = self._pieces.encode(prompt)
        if not pieces.overflowing:
            return []
        read = max(end for _, end in pieces.offsets)
        return prompt[read:].split()
