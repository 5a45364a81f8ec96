"""`python -m benchmarks.generation [MODEL …] [--full]`: our backends beside stock diffusers.

Both draw the same prompts from the same random weights, with the same seeds, steps and precision.
Stock gets eight requests one after the other, as a script would call it, and then in one call; ours
gets them as a worker draws them. A ratio counts only where the pictures agree: within one of 255
levels, to 40 dB where the device rounds otherwise, or as well as stock's own two ways agree, for in
bf16 even those drift apart from step to step. Then follow where the time goes, and what other
choices would save if another picture were allowed.

On a GPU the targets are THROUGHPUT and LATENCY times stock; elsewhere the ratio is only reported.
`--full` makes the networks as large as the published ones: one model takes up to 8 minutes there.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import diffusers
import transformers
from PIL import Image

from benchmarks import roofline, trades
from benchmarks.measuring import Measured, best, decibels, levels
from benchmarks.sides import MODELS, Draw, Pair, open_pair
from inference.backends.networks import Place
from inference.model import choose_device

REQUESTS = 8
LEVELS, DECIBELS, CHANCE = 1, 40.0, 3.0
THROUGHPUT, LATENCY = 3.0, 2.0
PROMPTS = [f"a red cube above a blue ball, number {n}" for n in range(REQUESTS)]
SEEDS = list(range(REQUESTS))
HEADER = (
    f"| model | pictures apart | stock's own | stock, {REQUESTS} requests in turn | stock, in one "
    "call | ours | ratio | stock, one request | ours | ratio | memory, stock | ours |\n"
    + "| --- " * 12
    + "|"
)


@dataclass(frozen=True)
class Result:
    """A model's row; `own` is how far stock's pictures in one call are from those in turn."""

    name: str
    levels: float
    decibels: float
    own: float
    in_turn: Measured
    in_one_call: Measured
    together: Measured
    theirs: Measured
    ours: Measured

    @property
    def throughput(self) -> float:
        """How many times as many pictures a second as stock."""
        return self.in_turn.seconds / self.together.seconds

    @property
    def latency(self) -> float:
        """How many times as soon as stock with one request."""
        return self.theirs.seconds / self.ours.seconds

    @property
    def agree(self) -> bool:
        """Whether the ratios count."""
        return self.levels <= LEVELS or self.decibels >= min(DECIBELS, self.own - CHANCE)

    def row(self) -> str:
        """Pictures a second at eight requests, seconds at one, GiB beyond the weights."""
        pace = [f"{REQUESTS / each.seconds:.2f}/s" for each in (self.in_turn, self.in_one_call)]
        cells = [
            self.name, f"{self.levels:.0f} of 255, {self.decibels:.0f} dB", f"{self.own:.0f} dB",
            *pace,
            f"{REQUESTS / self.together.seconds:.2f}/s", f"{self.throughput:.2f}×",
            f"{self.theirs.seconds:.2f} s", f"{self.ours.seconds:.2f} s", f"{self.latency:.2f}×",
            f"{self.in_turn.memory:.2f} GiB", f"{self.together.memory:.2f} GiB",
        ]  # fmt: skip
        return f"| {' | '.join(cells)} |"


def main() -> int:
    """Returns the exit code: 0 when all pictures agree and, on a GPU, both targets hold."""
    arguments = _arguments()
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")  # Karlo's stock pipeline says that it is deprecated
    for library in (diffusers, transformers):
        library.utils.logging.disable_progress_bar()
    place = Place.on(choose_device(arguments.device))
    results, notes = [], []
    print(HEADER, flush=True)
    for name in arguments.models or MODELS:
        with tempfile.TemporaryDirectory() as folder:
            pair = open_pair(name, Path(folder), place, full=arguments.full)
        results.append(compare(pair, place, arguments.rounds))
        print(results[-1].row(), flush=True)
        notes += [roofline.explain(pair, PROMPTS, SEEDS, place), trades.weigh(pair, place)]
    print("\n" + "\n".join((*notes, trades.weigh_mini(place))))
    print(summary(results, place))
    return 0 if all(holds(result, place) for result in results) else 1


def compare(pair: Pair, place: Place, rounds: int) -> Result:
    """Draws in turns, so that what else the machine does meets both."""
    in_turn, in_one_call, together, theirs, ours = best(
        [
            lambda: _one_by_one(pair.stock),
            lambda: pair.stock(PROMPTS, SEEDS),
            lambda: pair.ours(PROMPTS, SEEDS),
            lambda: pair.stock(PROMPTS[:1], SEEDS[:1]),
            lambda: pair.ours(PROMPTS[:1], SEEDS[:1]),
        ],
        place, rounds,
    )  # fmt: skip
    apart = levels(in_turn.pictures, together.pictures)
    near, own = (decibels(in_turn.pictures, of.pictures) for of in (together, in_one_call))
    return Result(pair.name, apart, near, own, in_turn, in_one_call, together, theirs, ours)


def _one_by_one(draw: Draw) -> list[Image.Image]:
    return [draw([prompt], [seed])[0] for prompt, seed in zip(PROMPTS, SEEDS, strict=True)]


def holds(result: Result, place: Place) -> bool:
    """Whether the pictures agree and, on a GPU, both targets are met."""
    fast = result.throughput >= THROUGHPUT and result.latency >= LATENCY
    return result.agree and (fast or place.device.type != "cuda")


def summary(results: Sequence[Result], place: Place) -> str:
    """The last line: the least that any model reached, and whether that suffices."""
    held = all(holds(result, place) for result in results)
    throughput = min(result.throughput for result in results)
    latency = min(result.latency for result in results)
    apart = "agree" if all(result.agree for result in results) else "DO NOT AGREE"
    targets = f"{THROUGHPUT:g}× and {LATENCY:g}×"
    if place.device.type != "cuda":
        targets += ", which are for a GPU, are not measured here"
    return (
        f"generation on {place.device} in {str(place.dtype).removeprefix('torch.')}: pictures "
        f"{apart}, at least {throughput:.2f}× stock at {REQUESTS} requests and {latency:.2f}× at "
        f"one (the targets {targets}): {'holds' if held else 'FAILS'}"
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generation", description=__doc__)
    parser.add_argument("models", nargs="*", metavar="MODEL", help=", ".join(MODELS))
    parser.add_argument("--full", action="store_true", help="networks of the published sizes")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--rounds", type=int, default=3, help="two or more; the best counts")
    arguments = parser.parse_args()
    if unknown := set(arguments.models) - set(MODELS):
        parser.error(f"no model {', '.join(sorted(unknown))}; there are {', '.join(MODELS)}")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
