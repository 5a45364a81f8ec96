"""`python -m training.curves [FILE]`: the losses of a run, stage by stage, as one picture."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

LOG = Path(__file__).parent / "log"
COLUMNS = 3


def main() -> None:
    """Reads every FOLDER/STAGE.jsonl and writes the picture."""
    arguments = _arguments()
    arguments.file.parent.mkdir(parents=True, exist_ok=True)
    curves(sorted(arguments.log.glob("*.jsonl"))).savefig(arguments.file, dpi=100)


def curves(files: list[Path]) -> Figure:
    """A chart of the loss over the steps a file, on logarithmic axes."""
    lines = -(-len(files) // COLUMNS)
    figure = Figure(figsize=(4 * COLUMNS, 3 * lines), layout="constrained")
    for place, file in enumerate(files, 1):
        chart = figure.add_subplot(lines, COLUMNS, place)
        logged = [json.loads(line) for line in file.read_text().splitlines()]
        last = {row["step"]: row for row in logged}  # a run that resumed did some steps again
        rows = [last[step] for step in sorted(last)]
        chart.loglog([row["step"] for row in rows], [row["loss"] for row in rows])
        chart.set_title(file.stem)
        chart.set_xlabel("step")
        chart.set_ylabel("loss")
        chart.grid(which="both", alpha=0.3)
        chart.xaxis.set_minor_formatter(NullFormatter())  # those of one decade would overlap
    return figure


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.curves", description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=Path("docs/pictures/losses.png"))
    parser.add_argument("--log", type=Path, default=LOG, help="a run's folder")
    return parser.parse_args()


if __name__ == "__main__":
    main()
