"""Disguised prompts are read as the plain ones, and the span shows the disguise."""

from collections.abc import Callable

import pytest

from benchmarks.disguises import DISGUISES
from bot.policy import Policy


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES)
def test_a_disguise_hides_hardly_anything(policy: Policy, disguise: Callable[[str], str]) -> None:
    examples = [(rule, example) for rule in policy.book.rules for example in rule.match]
    hidden = [
        example
        for rule, example in examples
        if rule not in [found.rule for found in policy.findings(disguise(example))]
    ]
    assert len(hidden) <= 0.05 * len(examples), hidden


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES)
def test_spans_show_the_disguised_words(policy: Policy, disguise: Callable[[str], str]) -> None:
    before, word, after = disguise("a photo of a"), disguise("blowjob"), disguise("on the table")
    verdict = policy.check(f"{before}     {word}     {after}")
    assert verdict.span is not None
    start, end = verdict.span
    shown = f"{before}     {word}     {after}"[start:end].strip("\u202e\u202c")
    assert shown.strip() == word.strip("\u202e\u202c")


@pytest.mark.parametrize("prompt", ["nudə woman", "nakәd woman", "nuԀe woman", "ИAKED woman"])
def test_a_letter_that_looks_like_its_like_hides_nothing(policy: Policy, prompt: str) -> None:
    assert policy.check(prompt).category == "sexual"
