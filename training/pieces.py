"""Any caption as tokens: byte pairs (Sennrich et al. 2016), learnt from captions.

Knows no network.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import torch
from tokenizers import ByteLevelBPETokenizer, Tokenizer
from tokenizers.processors import TemplateProcessing
from torch import Tensor

PAD, END = "<pad>", "<end>"  # tokens 0 and 1, as in `inference.vocabulary`


def learn_pieces(captions: Iterable[str], size: int, file: Path) -> None:
    """Writes the `size` tokens that shorten such captions most, or fewer if there are no more."""
    pieces = ByteLevelBPETokenizer(lowercase=True, unicode_normalizer="nfkc")
    pieces.train_from_iterator(captions, size, special_tokens=[PAD, END], show_progress=False)
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    pieces.save(str(fresh))
    fresh.replace(file)


class Pieces:
    """Captions to token ids [batch, context]: padded with 0, ended by 1, cut where too long."""

    def __init__(self, file: Path, context: int) -> None:
        self._pieces = Tokenizer.from_file(str(file))
        self._pieces.encode_special_tokens = True  # a caption that says <end> goes on
        self._pieces.post_processor = TemplateProcessing(f"$A {END}", special_tokens=[(END, 1)])
        self._pieces.enable_truncation(context)
        self._pieces.enable_padding(length=context, pad_id=0, pad_token=PAD)

    def __call__(self, captions: list[str]) -> Tensor:
        return torch.tensor([row.ids for row in self._pieces.encode_batch(captions)])
