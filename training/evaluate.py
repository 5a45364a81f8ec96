"""`python -m training.evaluate [--json]`: how often the built-in model draws what it was told.

Columns as in GenEval (Ghosh et al. 2023), plus sizes, surfaces, backgrounds and styles, each for
combinations seen in training and for those held out, by chance, and at four ceilings, so that the
weakest stage shows. A verifier judges; the first use trains it.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import count, islice
from pathlib import Path
from typing import cast

import torch
from torch import Tensor

from inference import pipeline
from inference.canvas import to_pixels
from inference.draft import Condition, Draft
from inference.errors import WeightsError
from inference.model import WEIGHTS, Model, choose_device, load_model
from inference.pipeline import text_to_image
from inference.sampling import FAST, Sampling
from inference.vocabulary import Words
from training import distances
from training.captions import caption
from training.data import (
    BACKGROUND,
    COLOUR1,
    COLOUR2,
    COUNT1,
    NAME1,
    NAME2,
    RELATION,
    SIZE1,
    STYLE,
    SURFACE1,
    render,
    scaled,
    traits_of,
)
from training.drawing import draw
from training.loop import Recipe, reached, train
from training.mini import PICTURES
from training.processes import device
from training.verifier import Judge, Verifier, trained_reader, verifier_loss
from training.world import draw_lots

# The traits that each column of the table reads; all must be right.
ANY = {"size": (SIZE1,), "surface": (SURFACE1,), "background": (BACKGROUND,), "style": (STYLE,)}
ONE = {"one object": (NAME1,), "colour": (COLOUR1,)}
GROUP = {"counting": (NAME1, COUNT1)}
TWO = {
    "two objects": (NAME1, NAME2), "position": (NAME1, NAME2, RELATION),
    "colour attribution": (NAME1, COLOUR1, NAME2, COLOUR2),
}  # fmt: skip
COLUMNS = (*ONE, *GROUP, *TWO, *ANY, "overall")
SEEDS = {"seen": 10, "held out": 11}
BATCH, PART = 32, 5_000
REAL = 10
"""How many times as many real pictures are judged, which cost little, as drawn ones."""


@dataclass(frozen=True)
class Trials:
    """Prompts to draw, each with a real picture [n, 3, 64, 64] of its scene and its traits."""

    prompts: list[str]
    pixels: Tensor
    traits: Tensor


@dataclass(frozen=True)
class Score:
    """How many of how many were right, and to how many independent trials these amount.

    What is read from one picture stands and falls together, so that *overall* tells less.
    """

    right: int
    of: int
    trials: float

    def __str__(self) -> str:
        if not self.of:
            return "–"
        low, high = self.interval()
        return f"{self.right / self.of:.2f} ({low:.2f}–{high:.2f})"

    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the share."""
        z2, p, n = 3.8416, self.right / self.of, self.trials
        middle = p + z2 / (2 * n)
        reach = math.sqrt(z2 * (p * (1 - p) + z2 / (4 * n)) / n)
        return (middle - reach) / (1 + z2 / n), (middle + reach) / (1 + z2 / n)


Scores = dict[str, Score]
Source = Callable[[Model, str, int, Tensor], Draft]


def _from_real(model: Model, prompt: str, seed: int, pixels: Tensor) -> Draft:
    embed = model.clip.encode_image(pixels[None].to(model.device))[0]
    return Draft(prompt, seed, embed)


def from_prompt(condition: Condition, candidates: int = 1) -> Source:
    """Drafts from the prompts alone."""
    return lambda model, prompt, seed, pixels: text_to_image(prompt, seed, condition, candidates)


# What the decoder is told beside the caption; the last is what members get.
SOURCES: dict[str, Source] = {
    "real embedding": _from_real,
    "prior": from_prompt("prior"),
    "ar prior": from_prompt("ar-prior"),
    "text embedding": from_prompt("text-embed"),
    "caption alone": from_prompt("caption"),
    f"best of {pipeline.CANDIDATES}": from_prompt("prior", pipeline.CANDIDATES),
}


def main() -> int:
    """Prints the tables, or their numbers. Returns the exit code: 1 where there is no model."""
    arguments = _arguments()
    try:
        model = load_model(arguments.model, choose_device("auto"))
    except WeightsError as error:
        print(error, file=sys.stderr)
        return 1
    verifier = trained_verifier(arguments.run, model.vocabulary)
    reader = trained_reader(model.clip, model.vocabulary)
    scores: dict[str, dict[str, Scores]] = {}
    apart: dict[str, dict[str, float]] = {}
    for group, seed in SEEDS.items():
        trials = draw_trials(arguments.scenes, seed, held=group == "held out")
        real = draw_trials(REAL * arguments.scenes, seed + 2_000, held=group == "held out")
        scores[group] = {
            "chance": judge(verifier, real.pixels.roll(1, 0), real.traits),  # another scene's
            "embedding itself": judge(reader, real.pixels, real.traits),
            "render": judge(verifier, real.pixels, real.traits),
        }
        sets = {
            name: drawn(model, trials, source)
            for name, source in SOURCES.items()
            if name != "ar prior" or model.ar_prior is not None
        }
        scores[group] |= {name: judge(verifier, p, trials.traits) for name, p in sets.items()}
        if group == "seen":
            fresh = draw_trials(arguments.scenes, seed + 1_000, held=False)
            sets = {"render": trials.pixels} | sets
            known = render(PICTURES, 1, model.vocabulary).pixels  # as training does
            others = fresh.pixels, known, nearest(fresh.pixels, known)
            apart = {name: compare(verifier, p, *others) for name, p in sets.items()}
    if arguments.json:
        print(json.dumps({"scores": _numbers(scores), "distances": apart}))
    else:
        for group, sources in scores.items():
            print(f"{group}:\n\n{score_table(sources)}\n")
        print(distance_table(apart))
    return 0


def trained_verifier(run: Path, vocabulary: Words) -> Verifier:
    """Trains it on all of the world, held out or not; or reads what an earlier call trained."""
    behind = reached("verifier", run)
    torch.manual_seed(1 + behind)
    fresh = Verifier()
    recipe = Recipe(steps=8_400, batch=128)

    def batches() -> Iterator:
        for seed in count(7 + behind):  # always new ones: it learnt 130,000 by heart
            seen = render(100 * 96, seed, vocabulary).to(device()).batches(96, seed)
            unseen = render(100 * 32, seed, vocabulary, held=True).to(device()).batches(32, seed)
            for one, other in islice(zip(seen, unseen, strict=True), 100):
                yield one.joined(other)

    trained = train("verifier", fresh, verifier_loss(fresh, batches()), recipe, run)
    return cast(Verifier, trained.cpu())


def draw_trials(count: int, seed: int, *, held: bool) -> Trials:
    """Seeded scenes, rendered and captioned; no picture of training's."""
    rng = random.Random(seed)
    scenes = [draw_lots(rng, held=held) for _ in range(count)]
    pixels = torch.stack([to_pixels(draw(scene, 64, rng), 64) for scene in scenes])
    traits = torch.tensor([traits_of(scene) for scene in scenes])
    return Trials([caption(scene, rng, whole=True) for scene in scenes], pixels, traits)


@torch.inference_mode()
def drawn(model: Model, trials: Trials, source: Source, sampling: Sampling = FAST) -> Tensor:
    """The model's pictures [n, 3, 64, 64] of the prompts, before any upsampler."""
    drafts = [
        source(model, prompt, seed, pixels)
        for seed, (prompt, pixels) in enumerate(zip(trials.prompts, trials.pixels, strict=True))
    ]
    parts = (drafts[i : i + BATCH] for i in range(0, len(drafts), BATCH))
    return torch.cat([pipeline.draw_small(model, p, sampling=sampling)[0].cpu() for p in parts])


@torch.inference_mode()
def judge(by: Judge, pixels: Tensor, traits: Tensor) -> Scores:
    """The score of every column, of pictures and the traits they should have."""
    hits: dict[str, list[tuple[int, int]]] = defaultdict(list)
    read = torch.cat([by.read(part) for part in pixels.split(BATCH)])
    for found, truth in zip(read, traits, strict=True):
        right = {
            column: int((found[list(places)] == truth[list(places)]).all())
            for column, places in _columns(truth).items()
        }
        for column, hit in right.items():
            hits[column].append((hit, 1))
        hits["overall"].append((sum(right.values()), len(right)))
    return {column: scored(hits[column]) for column in COLUMNS}


def scored(pictures: Sequence[tuple[int, int]]) -> Score:
    """What was right of how many things, picture by picture, together.

    By the linearised variance of a ratio, as for samples drawn in clusters (Kish 1965, §6).
    """
    right, of = (sum(counts) for counts in zip(*pictures, strict=True)) if pictures else (0, 0)
    if right in (0, of):  # nothing varies: each picture is one trial
        return Score(right, of, len(pictures))
    share = right / of
    varied = sum((hits - share * things) ** 2 for hits, things in pictures)
    alone = of * share * (1 - share)
    return Score(right, of, of * alone / max(alone, varied))


def _columns(truth: Tensor) -> dict[str, tuple[int, ...]]:
    kind = TWO if truth[NAME2] else GROUP if truth[COUNT1] > 1 else ONE
    return {**kind, **ANY}


@torch.inference_mode()
def compare(
    verifier: Verifier, pixels: Tensor, fresh: Tensor, known: Tensor, usual: float
) -> dict[str, float]:
    """Distances of a set of pictures from fresh renders, and from training's uint8 ones.

    To the nearest of those it is `usual` for fresh renders.
    """
    rows, real = verifier.features(pixels), verifier.features(fresh)
    return {
        "KID": distances.kernel_distance(rows, real),
        "spread": distances.spread(rows) / distances.spread(real),
        "nearest": nearest(pixels, known) / usual,
    }


@torch.inference_mode()
def nearest(pixels: Tensor, known: Tensor) -> float:
    """Mean distance to the nearest of training's uint8 pictures."""
    parts = (scaled(part).flatten(1) for part in known.split(PART))
    return distances.nearest(pixels.flatten(1), parts)


def score_table(sources: dict[str, Scores]) -> str:
    """One group's table as the model card shows it: a row a column of the measure."""
    rows = [[column, *(str(scores[column]) for scores in sources.values())] for column in COLUMNS]
    return _markdown(["", *sources], rows)


def distance_table(apart: dict[str, dict[str, float]]) -> str:
    """A row a source; spread and nearest as shares of what real pictures have."""
    rows = [[name, *(f"{value:.3f}" for value in row.values())] for name, row in apart.items()]
    return _markdown(["", *next(iter(apart.values()))], rows)


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _numbers(scores: dict[str, dict[str, Scores]]) -> dict[str, dict[str, dict]]:
    return {
        group: {
            name: {column: asdict(score) for column, score in columns.items()}
            for name, columns in sources.items()
        }
        for group, sources in scores.items()
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__)
    parser.add_argument("--model", type=Path, default=WEIGHTS / "mini", help="the model folder")
    parser.add_argument("--run", type=Path, default=Path("data/training"), help="verifier's folder")
    parser.add_argument("--scenes", type=int, default=200, help="pictures for each of two groups")
    parser.add_argument("--json", action="store_true", help="counts instead of a table")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
