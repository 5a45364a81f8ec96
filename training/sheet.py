"""`python -m training.sheet [FILE]`: the contact sheet of the README, unpicked: seeds 1 to 4.

The prompts are fixed and were chosen before any model could draw them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from inference.model import WEIGHTS, load_model
from inference.pipeline import draw, text_to_image

PROMPTS = (
    "a large yellow star above a purple house at night",
    "a red cube above a blue ball",
    "a white moon to the left of a brown tree in the snow",
    "a striped pink fish under water",
    "three small green stars",
    "a cartoon of an orange boat on a beach",
    "pixel art of a green tree in a meadow",
    "a small red heart inside a large white cloud",
    "two purple mushrooms in a meadow",
    "a dotted cyan cup on a yellow cube",
)
SIDE, GAP, LINE = 160, 8, 22
COLUMNS, SEEDS = 2, (1, 2, 3, 4)
PAPER, INK = (255, 255, 255), (40, 40, 40)


def main() -> None:
    """Draws every prompt and writes the sheet."""
    arguments = _arguments()
    model = load_model(arguments.model)
    rows = [draw(model, [text_to_image(prompt, seed) for seed in SEEDS]) for prompt in PROMPTS]
    arguments.file.parent.mkdir(parents=True, exist_ok=True)
    sheet(rows).save(arguments.file, optimize=True)


def sheet(rows: list[list[Image.Image]]) -> Image.Image:
    """The pictures of every prompt side by side under the prompt."""
    width, height = len(SEEDS) * SIDE + 3 * GAP, SIDE + LINE + 2 * GAP
    lines = -(-len(rows) // COLUMNS)
    paper = Image.new("RGB", (COLUMNS * width + GAP, lines * height + GAP), PAPER)
    pen, font = ImageDraw.Draw(paper), ImageFont.load_default(15)
    for number, (prompt, pictures) in enumerate(zip(PROMPTS, rows, strict=True)):
        left, top = GAP + number % COLUMNS * width, GAP + number // COLUMNS * height
        pen.text((left, top), prompt, INK, font)
        for place, picture in enumerate(pictures):
            small = picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
            paper.paste(small, (left + place * SIDE, top + LINE))
    return paper


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.sheet", description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=Path("docs/pictures/sheet.png"))
    parser.add_argument("--model", type=Path, default=WEIGHTS / "mini", help="the model folder")
    return parser.parse_args()


if __name__ == "__main__":
    main()
