"""`python -m benchmarks.steps [--scenes N]`: what fewer steps cost in quality and save in time.

Draws the same held-out prompts with the paper's plain numbers of steps and with fewer, and lets the
verifier of `python -m training.evaluate` judge them. The last line compares the default with the
plain one, for whole pictures; it exits 1 when the default loses more than MAY_LOSE of the score, or
is not FASTER times as fast.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

import torch

from inference.model import WEIGHTS, Model, load_model
from inference.pipeline import CANDIDATES, draw, text_to_image
from inference.sampling import FAST, PLAIN, Sampling
from training import distances
from training.evaluate import Trials, draw_trials, drawn, from_prompt, judge, trained_verifier
from training.verifier import Verifier

MAY_LOSE, FASTER = 0.03, 5
PROMPT, IMAGES = "a large red cube above a large blue ball", 4
WAYS: dict[str, tuple[Sampling, int]] = {
    "the paper's": (PLAIN, 1),
    **{f"DDIM {n}": (replace(FAST, decoder_steps=n, order=1), 1) for n in (24, 12, 8)},
    **{f"DPM-Solver++ {n}": (replace(FAST, decoder_steps=n), 1) for n in (24, 12, 8, 6)},
    **{
        f"DPM-Solver++ 8, {words}": (replace(FAST, guided=part), 1)
        for words, part in (
            ("guided above t = 0.3", (0.3, 1.0)), ("guided above t = 0.6", (0.6, 1.0)),
            ("not guided", (2.0, 2.0)),
        )
    },
    **{f"DPM-Solver++ 8, best of {n}": (FAST, n) for n in (2, 4)},
    "the default": (FAST, CANDIDATES),
}  # fmt: skip


def main() -> int:
    """Prints a table, then the comparison."""
    arguments = _arguments()
    model = load_model(WEIGHTS / "mini")
    verifier = trained_verifier(arguments.run, model.vocabulary)
    trials = draw_trials(arguments.scenes, 12, held=True)
    print("| decoder | seconds a 64² picture | right | KID |\n| --- | --- | --- | --- |")
    shares = {}
    for name, way in WAYS.items():
        shares[name], apart, seconds = _judged(model, verifier, trials, *way)
        print(f"| {name} | {seconds:.2f} | {shares[name]:.3f} | {apart:.3f} |", flush=True)
    seconds, plain_seconds = (_seconds(model, *WAYS[way]) for way in ("the default", "the paper's"))
    lost, ratio = shares["the paper's"] - shares["the default"], plain_seconds / seconds
    print(
        f"{IMAGES} pictures of {model.size}²: {seconds:.1f} s, {ratio:.1f} times as fast as the "
        f"paper's steps, {lost:.3f} of the score lost"
    )
    return 0 if lost <= MAY_LOSE and ratio >= FASTER else 1


@torch.inference_mode()
def _judged(
    model: Model, verifier: Verifier, trials: Trials, sampling: Sampling, candidates: int
) -> tuple[float, float, float]:
    """Share of columns right, distance to the renders, seconds a picture."""
    began = time.monotonic()
    pixels = drawn(model, trials, from_prompt("prior", candidates), sampling)
    seconds = (time.monotonic() - began) / len(pixels)
    score = judge(verifier, pixels, trials.traits)["overall"]
    features = verifier.features(pixels), verifier.features(trials.pixels)
    return score.right / score.of, distances.kernel_distance(*features), seconds


def _seconds(model: Model, sampling: Sampling, candidates: int) -> float:
    began = time.monotonic()
    drafts = [text_to_image(PROMPT, seed, "prior", candidates) for seed in range(IMAGES)]
    draw(model, drafts, sampling=sampling)
    return time.monotonic() - began


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.steps", description=__doc__)
    parser.add_argument("--run", type=Path, default=Path("data/training"), help="verifier's folder")
    parser.add_argument("--scenes", type=int, default=64, help="prompts to draw each way")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
