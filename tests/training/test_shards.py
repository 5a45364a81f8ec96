from itertools import islice
from pathlib import Path

import pytest
import torch
from torch import Tensor

from tests.training.conftest import WriteShard, saved, scene
from training.shards import Sample, ShardError, Source, addresses, read

# WebDataset leaves it to Python to close what it read to the end.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file", "ignore:Exception ignored")
ROWS = [(saved(scene(number)), f"scene {number}") for number in range(6)]


def letters(captions: list[str]) -> Tensor:
    """The last character of each caption, as if it were tokens."""
    return torch.tensor([[ord(caption[-1])] for caption in captions])


def seen(sample: Sample) -> tuple[str, str, int]:
    return sample.kind, sample.caption, len(sample.picture)


def test_every_sample_is_read_once_in_order(write_shard: WriteShard) -> None:
    shards = addresses(str(write_shard("raw", ROWS)))
    assert list(read(shards, seen)) == [("png", text, len(data)) for data, text in ROWS]


def test_a_damaged_shard_is_left_where_it_ends(write_shard: WriteShard) -> None:
    folder = write_shard("raw", ROWS)
    whole = (folder / "0.tar").read_bytes()
    (folder / "0.tar").write_bytes(whole[: len(whole) // 3])
    (folder / "1.tar").write_bytes(whole)
    captions = [caption for _, caption, _ in read(addresses(str(folder)), seen)]
    assert captions[-6:] == [text for _, text in ROWS]
    assert len(captions) < 12


def test_batches_pair_pictures_with_their_captions(write_shard: WriteShard) -> None:
    small = (saved(scene(1, 40)), "too small 8")
    folder = write_shard("raw", [*ROWS, small, (b"no picture", "broken 9")])
    source = Source(addresses(str(folder)), letters)
    shown = {}
    for batch in islice(source.batches(4, 64), 20):
        assert batch.pixels.shape == (4, 3, 64, 64)
        assert batch.pixels.abs().max() <= 1
        own = batch.own(batch.pixels)[0]
        assert len(own) == 4
        for pixels, token in zip(batch.pixels, batch.tokens, strict=True):
            assert torch.equal(shown.setdefault(token.item(), pixels), pixels)
    assert {chr(token) for token in shown} == set("012345")
    [crop] = islice(source.batches(2, 64, crop=16), 1)
    assert crop.pixels.shape == (2, 3, 16, 16)


def test_shards_without_a_picture_to_learn_from_say_so(write_shard: WriteShard) -> None:
    folder = write_shard("raw", [(b"", "nothing")] * 2_000)
    with pytest.raises(ShardError, match="unreadable or too small"):
        next(Source(addresses(str(folder)), letters).batches(4, 64))


def test_shards_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(ShardError, match=r"no \.tar file"):
        addresses(str(tmp_path))
    with pytest.raises(ShardError, match=r"no shard .*/1\.tar"):
        addresses(f"{tmp_path}/{{1..3}}.tar")
