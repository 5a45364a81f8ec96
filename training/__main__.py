"""`python -m training`: trains every stage of a model, resuming where it stopped.

The built-in model by default; with `--config paper` one of the paper's size, on shards.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from inference.model import WEIGHTS
from training.mini import train_mini
from training.processes import UnequalParts
from training.shards import ShardError, addresses


def main() -> int:
    """Returns the exit code: 1 when it can't begin."""
    arguments = _arguments()
    trial = Path("data/trial") / arguments.config if arguments.share < 1 else None
    run = arguments.run or trial or Path("data/training")
    out = arguments.out or trial or WEIGHTS / arguments.config
    try:
        if arguments.config == "mini":
            train_mini(run, out, arguments.share)
        else:
            # Its networks' libraries take seconds to import.
            from training.paper import Plan, train_paper

            plan, shards = Plan().shortened(arguments.share), addresses(arguments.shards)
            train_paper(plan, shards, run, out, arguments.workers)
    except (ShardError, UnequalParts) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("--config", choices=("mini", "paper"), default="mini")
    parser.add_argument("--run", type=Path, help="checkpoints, logs; else data/training")
    parser.add_argument("--out", type=Path, help="the model folder; else inference/weights/CONFIG")
    parser.add_argument(
        "--share", type=_share, default=1.0,
        help="of the steps and pictures, for a trial, in data/trial",
    )  # fmt: skip
    parser.add_argument("--shards", help='for paper: a folder, or a pattern: "s/{000..127}.tar"')
    parser.add_argument("--workers", type=int, default=4, help="processes that read shards")
    arguments = parser.parse_args()
    if arguments.config == "paper" and not arguments.shards:
        parser.error("--config paper learns from shards; name them: --shards FOLDER")
    return arguments


def _share(text: str) -> float:
    share = float(text)
    if not 0 < share <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not above 0 and at most 1")
    return share


if __name__ == "__main__":
    sys.exit(main())
