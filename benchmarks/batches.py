"""`python -m benchmarks.batches`: the built-in model on a GPU, at batches of 1 to 64 pictures.

Seconds a batch and pictures a second with the networks as they are, and with those of every step
compiled and recorded, as the worker draws. The last line compares the two at one picture; it exits
1 where recording them does not pay.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import partial

from PIL import Image

from benchmarks.measuring import best
from inference import pipeline
from inference.backends.networks import Place
from inference.backends.opening import quickened
from inference.model import WEIGHTS, Model, choose_device, load_model

BATCHES = (1, 2, 4, 8, 16, 32, 64)
PROMPT = "a large red cube above a large blue ball"
HEADER = (
    "| pictures | plain, seconds | pictures a second | compiled, seconds | pictures a second |\n"
    "| --- | --- | --- | --- | --- |"
)


def main() -> int:
    """Prints a table, then the comparison."""
    arguments = _arguments()
    place = Place.on(choose_device(arguments.device))
    plain = load_model(WEIGHTS / "mini", str(place.device))
    quick = quickened(load_model(WEIGHTS / "mini", str(place.device)), place)
    works = [_work(model, count) for count in arguments.batches for model in (plain, quick)]
    seconds = [each.seconds for each in best(works, place, rounds=3)]
    pairs = list(zip(seconds[::2], seconds[1::2], strict=True))
    print(HEADER)
    for count, pair in zip(arguments.batches, pairs, strict=True):
        cells = (f"{each:.3f} | {count / each:.1f}" for each in pair)
        print(f"| {count} | {' | '.join(cells)} |")
    one, most = (
        pairs[0],
        max(count / min(pair) for count, pair in zip(arguments.batches, pairs, strict=True)),
    )
    print(
        f"one picture of {plain.size}² on {place.device}: {min(one):.3f} s, compiled "
        f"{one[0] / one[1]:.2f} times as fast as plain; at most {most:.1f} pictures a second"
    )
    return 0 if place.compiler is None or one[1] < one[0] else 1


def _work(model: Model, count: int) -> Callable[[], list[Image.Image]]:
    drafts = [pipeline.text_to_image(PROMPT, seed) for seed in range(count)]
    return partial(pipeline.draw, model, drafts)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.batches", description=__doc__)
    parser.add_argument("batches", nargs="*", type=int, default=BATCHES, help="how many pictures")
    parser.add_argument("--device", default="auto")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
