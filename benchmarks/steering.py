"""`python -m benchmarks.steering [FILE ...]`: how well people are found whose looks are left open.

A FILE is a table with tabs and the columns steer (yes or no), kind and prompt; the default is
tests/bot/policy/prompts/people.tsv. Its prompts and labels, and the lists of words, are by the
same hand: at the first measurement, before any list was mended by them, precision was 96.5 % and
recall 98.8 %. Prints every mistake, and precision and recall.
"""

import csv
import sys
from collections import Counter
from pathlib import Path

from bot.policy.steering import open_places

LABELLED = Path(__file__).parent.parent / "tests" / "bot" / "policy" / "prompts" / "people.tsv"
LEAST = 0.95


def main(files: list[Path]) -> int:
    """Returns the exit code: 0 when precision and recall hold in every file."""
    fine = [holds(file) for file in files or [LABELLED]]
    return 0 if all(fine) else 1


def holds(file: Path) -> bool:
    """Prints a file's mistakes and figures."""
    found: Counter[tuple[bool, bool]] = Counter()
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            wanted, steered = row["steer"] == "yes", bool(open_places(row["prompt"]))
            found[wanted, steered] += 1
            if wanted != steered:
                print(f"{'missed' if wanted else 'wrong, ' + row['kind']}: {row['prompt']}")
    precision, recall = rates(found)
    fine = min(precision, recall) >= LEAST
    print(
        f"steering: {file.name}, {found.total()} prompts: precision {precision:.1%},"
        f" recall {recall:.1%} (target {LEAST:.0%}): {'holds' if fine else 'FAILS'}"
    )
    return fine


def rates(found: Counter[tuple[bool, bool]]) -> tuple[float, float]:
    """Precision and recall of counts by (wanted, steered)."""
    right = found[True, True]
    return right / max(right + found[False, True], 1), right / max(right + found[True, False], 1)


if __name__ == "__main__":
    sys.exit(main([Path(name) for name in sys.argv[1:]]))
