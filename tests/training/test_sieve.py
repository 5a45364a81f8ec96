"""Of shards as they were found, what may be learnt from is kept, and all is counted."""

import json
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.policy import Policy
from tests.training.conftest import WriteShard, saved, scene
from training import sieve
from training.shards import addresses, read
from training.sieve import Seen, Sieve, sift

# WebDataset leaves it to Python to close what it read to the end.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file", "ignore:Exception ignored")
RAW = [
    (saved(scene(1)), "a red cube on a beach"),
    (saved(scene(2)), "a photo of a cat"),
    (saved(scene(1).resize((200, 200)), "JPEG", quality=40), "the same again"),
    (saved(scene(3)), "a naked woman having sex"),
    (saved(scene(4)), "a man beheaded, blood and gore"),
    (saved(scene(5)), " "),
    (saved(scene(6)), "so long " * 1_000),
    (saved(scene(7, 32)), "a small picture"),
    (saved(Image.new("RGB", (96, 96), "teal")), "nothing but teal"),
    (saved(scene(8))[:200], "half a picture"),
    (b"GIF89a", "no picture"),
    (saved(scene(9, 120)), "what the check refuses"),
]


def odd_sides(picture: Image.Image) -> str | None:
    """A check as a host may bring one."""
    return "odd size" if picture.width == 120 else None


def test_each_sample_meets_its_end(write_shard: WriteShard, tmp_path: Path) -> None:
    shards = addresses(str(write_shard("raw", RAW)))
    counts = sift(shards, tmp_path / "clean", Sieve(Policy.load(), odd_sides, smallest=64))
    assert counts == {
        "kept": 2, "duplicate": 1, "policy: sexual": 1, "policy: violence": 1, "no caption": 1,
        "caption too long": 1, "too small": 1, "blank": 1, "unreadable": 2, "check: odd size": 1,
    }  # fmt: skip
    assert json.loads((tmp_path / "clean" / "counts.json").read_text()) == counts
    kept = list(read(addresses(str(tmp_path / "clean")), lambda sample: sample))
    assert [(sample.picture, sample.caption) for sample in kept] == RAW[:2]


@given(st.binary(min_size=32, max_size=32), st.sets(st.integers(0, 255), max_size=15))
def test_a_fingerprint_is_met_again_whichever_bits_changed(first: bytes, bits: set[int]) -> None:
    seen, changed = Seen(), int.from_bytes(first)
    assert not seen.again(first.hex())
    for bit in bits:
        changed ^= 1 << bit
    assert seen.again(f"{changed:064x}")


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["sieve", *map(str, arguments)])
    return sieve.main()


def test_the_command_sifts_once_and_names_what_is_wrong(
    write_shard: WriteShard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    raw, out = write_shard("raw", RAW[:3]), tmp_path / "clean"
    check = f"{__name__}:no_such"
    assert run(monkeypatch, raw, "--out", out, "--check", check) == 1
    assert capsys.readouterr().err == (
        f"There is no check {check}; name one as package.module:name.\n"
    )
    assert run(monkeypatch, raw, "--out", out, "--smallest", 64, "--workers", 1) == 0
    assert json.loads(capsys.readouterr().out) == {"kept": 2, "duplicate": 1}
    assert run(monkeypatch, raw, "--out", out) == 1
    assert "holds shards already" in capsys.readouterr().err
