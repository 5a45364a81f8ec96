"""The paper's networks, cut small, learn on shards by the same code; so do captions' tokens."""

import json
import math
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from inference.ar_prior import ARPriorConfig
from inference.model import load_model
from inference.paper import PaperClipConfig, PaperDecoderConfig, PaperUpsamplerConfig
from inference.pieces import Pieces
from inference.pipeline import draw, text_to_image, variation
from inference.prior import PriorConfig
from inference.sampling import PLAIN, Sampling
from tests.training.conftest import WriteShard, saved, scene
from training.__main__ import main
from training.paper import RECIPES, Plan, train_paper
from training.pieces import learn_pieces
from training.shards import addresses

WORDS, CONTEXT, DIM = 300, 8, 16
SMALL = Plan(
    PaperClipConfig(WORDS, CONTEXT, DIM, 32, 1, 2, 32, 32, 1, 2),
    PriorConfig(WORDS, CONTEXT, DIM, 32, 1, 2),
    ARPriorConfig(WORDS, CONTEXT, DIM, 8, 8, 32, 1, 2, 32, 1, 2),
    PaperDecoderConfig(WORDS, CONTEXT, DIM, (32, 64), 1, 8, 32, 1, 2),
    PaperUpsamplerConfig((32, 32), 1),
    PaperUpsamplerConfig((32, 32), 1),
    {name: replace(recipe, steps=2, batch=2, log_every=1) for name, recipe in RECIPES.items()},
)
PAIRS = [
    (saved(scene(number, side)), f"drawing {number} of coloured squares")
    for number, side in enumerate((256, 256, 300, 1024, 1030))
]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:unclosed file", "ignore:Exception ignored")
def test_every_stage_learns_on_shards(write_shard: WriteShard, tmp_path: Path) -> None:
    shards = addresses(str(write_shard("clean", PAIRS)))
    run, out = tmp_path / "run", tmp_path / "paper"
    train_paper(SMALL, shards, run, out)
    card = json.loads((out / "model.json").read_text())
    for name in RECIPES:
        losses = [json.loads(line)["loss"] for line in (run / f"{name}.jsonl").open()]
        assert len(losses) == 2
        assert all(map(math.isfinite, losses)), name
        weights = load_file(out / f"{name}.safetensors").values()
        assert all(tensor.isfinite().all() for tensor in weights), name
        assert card[name]
    model = load_model(out)
    assert model.sampling == PLAIN
    drafts = [
        text_to_image("a drawing of coloured squares", 1),
        text_to_image("", 2, "ar-prior", candidates=1),
        variation(model, Image.new("RGB", (300, 300), "red"), 3),
    ]
    pictures = draw(model, drafts, sampling=Sampling(2, 2, (1, 1)))
    assert [picture.size for picture in pictures] == [(1024, 1024)] * 3
    made = (out / "clip.safetensors").read_bytes()
    train_paper(SMALL, shards, run, out)  # resumes, and finds nothing left to do
    assert (out / "clip.safetensors").read_bytes() == made
    assert len((run / "decoder.jsonl").read_text().splitlines()) == 2


def test_pieces_pad_end_cut_and_take_no_orders(tmp_path: Path) -> None:
    file = tmp_path / "run" / "pieces.json"
    learn_pieces(["a red cube on a beach"] * 9, WORDS, file)
    pieces = Pieces(file, CONTEXT)
    tokens = pieces.encode(["a red cube", "", "beach " * 9, "<end><pad>", "🙂"])
    assert tokens.shape == (5, CONTEXT)
    assert tokens.max() < WORDS
    assert torch.equal(tokens[1], torch.tensor([1] + [0] * (CONTEXT - 1)))
    assert tokens[2].min() > 0
    for row in tokens.tolist():
        end = row.index(1)
        assert row[end + 1 :] == [0] * (CONTEXT - end - 1)
        assert 0 not in row[:end]
    assert pieces.encode(["A RED cube"]).equal(tokens[:1])


def test_words_beyond_the_context_are_named(tmp_path: Path) -> None:
    file = tmp_path / "pieces.json"
    learn_pieces(["a red cube on a beach"] * 9, WORDS, file)
    pieces = Pieces(file, CONTEXT)
    assert pieces.unread("a red cube on a beach") == []
    prompt = "a red cube on a beach on a red beach on a cube"
    unread = pieces.unread(prompt)
    assert unread
    assert prompt.endswith(" ".join(unread))
    assert pieces.encode([prompt]).equal(pieces.encode([prompt.removesuffix(" ".join(unread))]))
    assert pieces.unknown("zzz 🙂") == []


def test_paper_says_what_it_misses(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "argv", ["training", "--config", "paper"])
    with pytest.raises(SystemExit):
        main()
    assert "name them: --shards FOLDER" in capsys.readouterr().err
    monkeypatch.setattr(sys, "argv", [*sys.argv, "--shards", str(tmp_path)])
    assert main() == 1
    assert capsys.readouterr().err == f"There is no .tar file in {tmp_path}.\n"
