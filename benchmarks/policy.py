"""`python -m benchmarks.policy [FILE ...]`: how long a verdict takes, and how often it is wrong.

Each FILE holds harmless prompts: a line each, JSON lines with `prompt`, or a table with tabs and
a column Prompt. Whatever the policy refuses or flags in it counts as false and is printed.
Times are of this thread's processor, the best of three, so that other work does not count.
"""

import csv
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bot.policy import Policy, Verdict
from bot.policy.__main__ import prompt as of_line

MOST_FALSE = 0.005
MOST_MILLISECONDS = 2.0
LENGTH = 1000


def main(files: list[Path]) -> int:
    """Returns the exit code: 0 when both targets hold."""
    policy = Policy.load()
    rates = [false_rate(policy, file) for file in files]
    p99 = slowest_hundredth(policy)
    fine = p99 <= MOST_MILLISECONDS and all(rate <= MOST_FALSE for rate in rates)
    worst = f", at most {max(rates):.2%} false in a file" if rates else ""
    print(
        f"policy: p99 {p99:.2f} ms for {LENGTH} characters (target {MOST_MILLISECONDS:g} ms)"
        f"{worst} (target {MOST_FALSE:.1%}): {'holds' if fine else 'FAILS'}"
    )
    return 0 if fine else 1


def false_rate(policy: Policy, file: Path) -> float:
    """The share of a file's prompts that are refused or flagged; prints each of them."""
    prompts = list(read(file))
    false = [(text, verdict) for text in prompts if (verdict := policy.check(text)).category]
    for text, verdict in false:
        print(f"{verdict.action} {verdict.rule} at {excerpt(text, verdict)!r}: {text}")
    blocked = sum(not verdict.allowed for _, verdict in false)
    rate = len(false) / max(len(prompts), 1)
    print(
        f"{file.name}: {len(prompts)} prompts, {blocked} refused,"
        f" {len(false) - blocked} flagged ({rate:.2%})"
    )
    return rate


def read(file: Path) -> Iterator[str]:
    """The prompts of a file."""
    with file.open(encoding="utf-8", newline="") as lines:
        if file.suffix == ".tsv":
            rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
            yield from (row["Prompt"] for row in rows)
        else:
            yield from (of_line(line.rstrip("\r\n")) for line in lines)


def excerpt(text: str, verdict: Verdict) -> str:
    return text[slice(*verdict.span)] if verdict.span else ""


def slowest_hundredth(policy: Policy) -> float:
    """The 99th percentile of milliseconds for prompts made of the rules' own examples."""
    examples = [text for rule in policy.book.rules for text in rule.match + rule.no_match]
    dice = random.Random(0)
    prompts = ["; ".join(dice.sample(examples, 60))[:LENGTH] for _ in range(500)]
    times = sorted(min(milliseconds(policy, text) for _ in range(3)) for text in prompts)
    print(f"{len(prompts)} verdicts: p50 {times[len(times) // 2]:.2f} ms")
    return times[len(times) * 99 // 100]


def milliseconds(policy: Policy, text: str) -> float:
    start = time.thread_time()
    policy.check(text)
    return (time.thread_time() - start) * 1000


if __name__ == "__main__":
    sys.exit(main([Path(name) for name in sys.argv[1:]]))
