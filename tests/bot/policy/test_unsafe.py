"""Unsafe prompts are found: those the rules were written against, and some they were not."""

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from bot.policy import CATEGORY_NAMES, Policy

PROMPTS = Path(__file__).parent / "prompts"


def by_category(name: str) -> dict[str, list[str]]:
    prompts = defaultdict(list)
    with (PROMPTS / name).open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            prompts[row["category"]].append(row["prompt"])
    return prompts


KNOWN, HELD_OUT = by_category("unsafe.tsv"), by_category("held_out.tsv")


def found(policy: Policy, prompts: list[str]) -> float:
    return sum(policy.check(prompt).category is not None for prompt in prompts) / len(prompts)


@pytest.mark.parametrize("category", KNOWN)
def test_of_the_known_ones_hardly_any_is_missed(policy: Policy, category: str) -> None:
    assert category in CATEGORY_NAMES
    assert found(policy, KNOWN[category]) >= 0.95, category


def test_of_those_never_looked_at_most_are_found(policy: Policy) -> None:
    assert found(policy, [text for texts in HELD_OUT.values() for text in texts]) >= 0.7


@pytest.mark.parametrize("category", HELD_OUT)
def test_no_category_is_left_open(policy: Policy, category: str) -> None:
    assert found(policy, HELD_OUT[category]) >= 0.6, category
