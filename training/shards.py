"""Image–text shards: tar archives in which NAME.jpg (.png, .webp) goes with the caption NAME.txt.

WebDataset reads and writes them. Knows no network and no policy.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import webdataset as wds
from torch import Tensor
from torch.utils.data import DataLoader

from inference.canvas import to_pixels
from training.data import Batch
from training.upsampler import cropped
from uploads import LARGEST_SIDE, UnusablePicture, open_picture

KINDS = ("jpg", "jpeg", "png", "webp")
SIDE = 256  # of the pictures that CLIP sees; smaller ones teach no stage
SHUFFLED = 1_000  # samples that wait to be drawn from
IN_VAIN = 10_000  # samples that are read without finding one to learn from

T = TypeVar("T")
log = logging.getLogger(__name__)


class ShardError(Exception):
    """Shards can't be learnt from; the message is one sentence that says what to do."""


@dataclass(frozen=True)
class Sample:
    """A picture's file, as it lies in the shard, of that kind, and its caption."""

    picture: bytes
    kind: str
    caption: str


@dataclass(frozen=True)
class Source:
    """Shards to learn from, `encode` for the captions, and processes that read beside this one."""

    shards: list[str]
    encode: Callable[[list[str]], Tensor]
    workers: int = 0

    def batches(self, rows: int, side: int, crop: int | None = None) -> Iterator[Batch]:
        """Endless batches of `side`² pictures, or of random squares of `crop`² pixels in them.

        Shards are drawn by lot, others in every process. Smaller pictures are left out. Raises
        ShardError where there are no others.
        """
        see = partial(_row, encode=self.encode, side=side, crop=crop)
        data = wds.DataPipeline(
            wds.ResampledShards(self.shards), wds.tarfile_to_samples(handler=_skip),
            wds.shuffle(SHUFFLED), partial(_seen, see=see), _found,
        )  # fmt: skip
        for pixels, tokens in DataLoader(data, rows, num_workers=self.workers):
            yield Batch(pixels, tokens, shared=False)


def addresses(shards: str) -> list[str]:
    """The tar files of a folder, or those that a pattern like "s/{000..127}.tar" names.

    Raises ShardError.
    """
    folder = Path(shards)
    found = sorted(map(str, folder.glob("*.tar"))) if folder.is_dir() else _expanded(shards)
    if not found:
        raise ShardError(f"There is no .tar file in {shards}.")
    missing = [path for path in found if ":" not in path and not Path(path).is_file()]
    if missing:
        raise ShardError(f"There is no shard {missing[0]}; --shards takes a folder or a pattern.")
    return found


def read(shards: list[str], see: Callable[[Sample], T], workers: int = 0) -> Iterator[T]:
    """What `see` makes of every sample, once, in an order that only depends on `workers`."""
    data = wds.DataPipeline(
        wds.SimpleShardList(shards), wds.split_by_worker, wds.tarfile_to_samples(handler=_skip),
        partial(_seen, see=see),
    )  # fmt: skip
    workers = min(workers, len(shards))
    yield from DataLoader(data, batch_size=None, num_workers=workers, collate_fn=_as_it_is)


def captions(shards: list[str]) -> Iterator[str]:
    """Every caption, once."""
    yield from read(shards, _caption)


def _caption(sample: Sample) -> str:
    return sample.caption


def _expanded(pattern: str) -> list[str]:
    return wds.shardlists.expand_urls(pattern)


def _seen(raw: Iterator[dict[str, Any]], see: Callable[[Sample], T]) -> Iterator[T]:
    for files in raw:
        kind = next((kind for kind in KINDS if kind in files), KINDS[0])
        caption = files.get("txt", b"").decode("utf-8", "replace").strip()
        yield see(Sample(files.get(kind, b""), kind, caption))


def _found(rows: Iterator[T | None]) -> Iterator[T]:
    """Those that are not None. Raises ShardError when there are none for long."""
    in_vain = 0
    for row in rows:
        in_vain = in_vain + 1 if row is None else 0
        if row is not None:
            yield row
        elif in_vain == IN_VAIN:
            raise ShardError(f"{IN_VAIN} samples on end are unreadable or too small to learn from.")


def _row(
    sample: Sample, encode: Callable[[list[str]], Tensor], side: int, crop: int | None
) -> tuple[Tensor, Tensor] | None:
    """Pixels in -1…1 and tokens; None where the picture can't be read or is smaller."""
    try:
        picture = open_picture(sample.picture, LARGEST_SIDE)
    except UnusablePicture:
        return None
    if min(picture.size) < side:
        return None
    pixels = to_pixels(picture, side)
    return cropped(pixels, crop) if crop else pixels, encode([sample.caption])[0]


def _as_it_is(seen: T) -> T:
    return seen


def _skip(error: Exception) -> bool:
    """Goes on behind what is damaged."""
    log.warning("a shard is damaged: %s", error)
    return True
