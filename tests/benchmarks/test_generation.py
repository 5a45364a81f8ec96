"""The benchmark measures what it says: pictures that differ are seen, and so is who is slower."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image

from benchmarks import generation, roofline, weights
from benchmarks.measuring import EQUAL, Measured, decibels, levels
from benchmarks.sides import Pair
from inference.backends.auto import Auto
from inference.backends.networks import Place

CPU = Place.on("cpu")
GREY, NEXT, BLACK = (Image.new("RGB", (8, 8), (shade,) * 3) for shade in (100, 101, 0))


def test_pictures_apart():
    assert levels([GREY], [GREY]) == 0 and decibels([GREY], [GREY]) == EQUAL
    assert levels([GREY, GREY], [GREY, NEXT]) == 1
    assert decibels([GREY], [NEXT]) == pytest.approx(48.13, abs=0.01)
    assert decibels([GREY, GREY], [GREY, BLACK]) == pytest.approx(8.13, abs=0.01)


def result(theirs: Image.Image, ours: Image.Image, own: float = EQUAL) -> generation.Result:
    """Stock takes 8 seconds for eight and 1 for one; ours 2 and 0.5."""
    times = [Measured([theirs], seconds, 0.0) for seconds in (8, 4, 2, 1, 0.5)]
    apart = levels([theirs], [ours]), decibels([theirs], [ours])
    return generation.Result("model", *apart, own, *times)


def test_a_ratio_counts_only_where_the_pictures_agree():
    good, bad = result(GREY, NEXT), result(GREY, BLACK)
    assert (good.throughput, good.latency) == (4, 2)
    assert good.agree and not bad.agree
    assert "4.00×" in good.row() and "1 of 255" in good.row()
    assert generation.holds(good, CPU) and not generation.holds(bad, CPU)


def test_pictures_need_not_agree_better_than_stock_with_itself():
    apart = decibels([GREY], [BLACK])
    assert result(GREY, BLACK, own=apart + 1).agree
    assert not result(GREY, BLACK, own=apart + 6).agree


def test_the_summary_says_which_targets_were_measured():
    gpu = Place(torch.device("cuda"), torch.bfloat16)
    fast = result(GREY, NEXT)
    on_cpu = generation.summary([fast], CPU)
    assert "which are for a GPU, are not measured here" in on_cpu and on_cpu.endswith(": holds")
    assert "not measured" not in generation.summary([fast], gpu)
    slow = replace(fast, together=fast.in_one_call)  # twice as fast, of three times
    assert generation.summary([slow], gpu).endswith(": FAILS")
    assert generation.summary([slow], CPU).endswith(": holds")
    assert "DO NOT AGREE" in generation.summary([fast, result(GREY, BLACK)], CPU)


def test_the_time_is_told_network_by_network(tmp_path: Path):
    backend = Auto("auto", weights.save("auto", tmp_path), CPU, options={"num_inference_steps": 3})
    pair = Pair("auto", lambda prompts, seeds: [], backend)
    before = pair.ours(["a red cube"], [1])
    told = roofline.explain(pair, ["a red cube"], [1], CPU)
    rows = [line.split(" | ")[:2] for line in told.splitlines() if line.startswith("| ")]
    assert ["| unet", "3"] in rows
    assert ["| vae.decode", "1"] in rows
    assert pair.ours(["a red cube"], [1])[0].tobytes() == before[0].tobytes()
