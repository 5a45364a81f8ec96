"""`python -m training.evaluate [--json]`: how often the built-in model draws what it was told.

Columns as in GenEval (Ghosh et al. 2023), plus sizes, surfaces, backgrounds and styles, each for
combinations seen in training and for those held out. A verifier judges; the first use trains it.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch
from torch import Tensor

from inference import pipeline
from inference.model import WEIGHTS, Model, load_model
from inference.vocabulary import Vocabulary
from training.captions import caption
from training.data import render, scaled, traits_of
from training.loop import Recipe, train
from training.verifier import Verifier, verifier_loss
from training.world import draw_lots

# The columns of data.TRAITS that each column of the table reads; all must be right.
NAME1, COLOUR1, SIZE1, SURFACE1, COUNT1, NAME2, COLOUR2 = range(7)
RELATION, BACKGROUND, STYLE = 10, 11, 12
ANY = {"size": (SIZE1,), "surface": (SURFACE1,), "background": (BACKGROUND,), "style": (STYLE,)}
ONE = {"one object": (NAME1,), "colour": (COLOUR1,)}
GROUP = {"counting": (NAME1, COUNT1)}
TWO = {
    "two objects": (NAME1, NAME2), "position": (NAME1, NAME2, RELATION),
    "colour attribution": (NAME1, COLOUR1, NAME2, COLOUR2),
}  # fmt: skip
BATCH = 16


@dataclass(frozen=True)
class Score:
    """How many of how many were right."""

    right: int
    of: int

    def __str__(self) -> str:
        if not self.of:
            return "–"
        low, high = self.interval()
        return f"{self.right / self.of:.2f} ({low:.2f}–{high:.2f})"

    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the share."""
        z2, p = 3.8416, self.right / self.of
        middle = p + z2 / (2 * self.of)
        reach = math.sqrt(z2 * (p * (1 - p) + z2 / (4 * self.of)) / self.of)
        return (middle - reach) / (1 + z2 / self.of), (middle + reach) / (1 + z2 / self.of)


def main() -> None:
    """Prints the table, or its numbers."""
    arguments = _arguments()
    model = load_model(arguments.model)
    verifier = trained_verifier(arguments.run, model.vocabulary)
    table = {
        group: {
            "rendered": judge(verifier, rendered(model.vocabulary, arguments.scenes, held)),
            "drawn": judge(verifier, drawn(model, arguments.scenes, held)),
        }
        for group, held in (("seen", False), ("held out", True))
    }
    print(json.dumps(_numbers(table)) if arguments.json else markdown(table))


def trained_verifier(run: Path, vocabulary: Vocabulary) -> Verifier:
    """Trains it on all of the world, held out or not; or reads what an earlier call trained."""
    torch.manual_seed(1)
    fresh = Verifier()
    recipe = Recipe(steps=500, batch=128)

    def batches() -> Iterator:
        seen = render(40_000, 7, vocabulary).batches(96, 7)
        unseen = render(10_000, 8, vocabulary, held=True).batches(32, 8)
        for one, other in zip(seen, unseen, strict=True):
            yield one.joined(other)

    return cast(Verifier, train("verifier", fresh, verifier_loss(fresh, batches()), recipe, run))


Judged = Iterator[tuple[Tensor, Tensor]]  # pixels [b, 3, 64, 64] and the traits they should have


def rendered(vocabulary: Vocabulary, count: int, held: bool) -> Judged:
    """Real pictures: what the verifier can tell at best."""
    pictures = render(count, 9, vocabulary, held=held)
    yield scaled(pictures.pixels), pictures.traits.long()


def drawn(model: Model, count: int, held: bool) -> Judged:
    """The model's pictures of captions of seeded scenes, at 64²."""
    rng = random.Random(10)
    scenes = [draw_lots(rng, held=held) for _ in range(count)]
    for start in range(0, count, BATCH):
        part = scenes[start : start + BATCH]
        drafts = [
            pipeline.text_to_image(caption(scene, rng), start + i) for i, scene in enumerate(part)
        ]
        pictures, _ = pipeline.draw_small(model, drafts)
        yield pictures, torch.tensor([traits_of(scene) for scene in part])


@torch.inference_mode()
def judge(verifier: Verifier, pictures: Judged) -> dict[str, Score]:
    """The score of every column."""
    right: dict[str, int] = defaultdict(int)
    of: dict[str, int] = defaultdict(int)
    for pixels, wanted in pictures:
        for found, truth in zip(verifier.read(pixels), wanted, strict=True):
            for column, places in _columns(truth).items():
                of[column] += 1
                right[column] += bool((found[list(places)] == truth[list(places)]).all())
    scores = {column: Score(right[column], of[column]) for column in (*ONE, *GROUP, *TWO, *ANY)}
    return scores | {"overall": Score(sum(right.values()), sum(of.values()))}


def _columns(truth: Tensor) -> dict[str, tuple[int, ...]]:
    kind = TWO if truth[NAME2] else GROUP if truth[COUNT1] > 1 else ONE
    return {**kind, **ANY}


def markdown(table: dict[str, dict[str, dict[str, Score]]]) -> str:
    """The table as the model card shows it."""
    sides = [(group, kind) for group in table for kind in table[group]]
    rows = [["", *(f"{group}, {kind}" for group, kind in sides)], ["---"] * (len(sides) + 1)]
    for column in table["seen"]["drawn"]:
        rows.append([column, *(str(table[group][kind][column]) for group, kind in sides)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _numbers(table: dict[str, dict[str, dict[str, Score]]]) -> dict[str, dict[str, dict]]:
    return {
        group: {
            kind: {name: {"right": s.right, "of": s.of} for name, s in scores.items()}
            for kind, scores in kinds.items()
        }
        for group, kinds in table.items()
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__)
    parser.add_argument("--model", type=Path, default=WEIGHTS / "mini", help="the model folder")
    parser.add_argument("--run", type=Path, default=Path("data/training"), help="verifier's folder")
    parser.add_argument("--scenes", type=int, default=200, help="pictures for each of two groups")
    parser.add_argument("--json", action="store_true", help="counts instead of a table")
    return parser.parse_args()


if __name__ == "__main__":
    main()
