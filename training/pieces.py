"""Learns the byte pairs of `inference.pieces` from captions. Knows no network."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tokenizers import ByteLevelBPETokenizer

from inference.pieces import END, PAD


def learn_pieces(captions: Iterable[str], size: int, file: Path) -> None:
    """Writes the `size` tokens that shorten such captions most, or fewer if there are no more."""
    pieces = ByteLevelBPETokenizer(lowercase=True, unicode_normalizer="nfkc")
    pieces.train_from_iterator(captions, size, special_tokens=[PAD, END], show_progress=False)
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    pieces.save(str(fresh))
    fresh.replace(file)
