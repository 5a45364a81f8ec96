"""`python -m benchmarks.policy [FILE ...]`: how long a verdict takes, and how often it is wrong.

Each FILE holds harmless prompts: a line each, JSON lines with `prompt`, or a table with tabs and
a column Prompt or prompt. Whatever the policy refuses or flags in it counts as false and is
printed. A table with the columns category and prompt holds unsafe ones: what is found of them is
counted, plain and in disguise. The rules were written against harmless.txt and unsafe.tsv of
tests/bot/policy/prompts, and never against the two files there that are called held out.
Times are of this thread's processor, the best of three, so that other work does not count.
"""

import csv
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.disguises import DISGUISES
from bot.policy import Policy, Verdict
from bot.policy.__main__ import prompt as of_line

MOST_FALSE = 0.005
LEAST_FOUND = 0.6
MOST_HIDDEN = 0.05
MOST_MILLISECONDS = 2.0
LENGTH = 1000


UNSAFE = "category\tprompt"


def main(files: list[Path]) -> int:
    """Returns the exit code: 0 when all targets hold."""
    policy = Policy.load()
    unsafe = [file for file in files if is_unsafe(file)]
    rates = [false_rate(policy, file) for file in files if file not in unsafe]
    fine = [found_enough(policy, file) for file in unsafe]
    p99 = slowest_hundredth(policy)
    fine += [p99 <= MOST_MILLISECONDS, *(rate <= MOST_FALSE for rate in rates)]
    worst = f", at most {max(rates):.2%} false in a file" if rates else ""
    print(
        f"policy: p99 {p99:.2f} ms for {LENGTH} characters (target {MOST_MILLISECONDS:g} ms)"
        f"{worst} (target {MOST_FALSE:.1%}): {'holds' if all(fine) else 'FAILS'}"
    )
    return 0 if all(fine) else 1


def is_unsafe(file: Path) -> bool:
    """Whether the file is a table of unsafe prompts."""
    with file.open(encoding="utf-8") as lines:
        return lines.readline().rstrip("\n") == UNSAFE


def found_enough(policy: Policy, file: Path) -> bool:
    """Prints the share found of each category, and behind each disguise."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    sizes = Counter(row["category"] for row in rows)
    found = Counter(row["category"] for row in rows if policy.check(row["prompt"]).category)
    print(f"{file.name}: {len(rows)} unsafe prompts, {found.total() / len(rows):.1%} found")
    for category, size in sizes.items():
        print(f"  {category}: {found[category]} of {size}")
    worst = hidden_most(policy, [row["prompt"] for row in rows])
    return found.total() / len(rows) >= LEAST_FOUND and worst <= MOST_HIDDEN


def hidden_most(policy: Policy, prompts: Sequence[str]) -> float:
    """The share of prompts found plain that the best disguise hides; prints which one."""
    plain = [text for text in prompts if policy.check(text).category]
    hidden = {
        name: sum(policy.check(disguise(text)).category is None for text in plain)
        / max(len(plain), 1)
        for name, disguise in DISGUISES.items()
    }
    name = max(hidden, key=hidden.__getitem__)
    print(f"  the best of {len(hidden)} disguises, {name}, hides {hidden[name]:.1%}")
    return hidden[name]


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
            yield from (row.get("Prompt") or row["prompt"] for row in rows)
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
