"""Every rule against its own examples, and the rule files as a whole."""

import pytest

from bot.policy import CATEGORY_NAMES, Policy
from bot.policy.rules import load

RULES = load().rules
MUST = [(rule.id, prompt) for rule in RULES for prompt in rule.match]
MUST_NOT = [(rule.id, prompt) for rule in RULES for prompt in rule.no_match]


def broken(policy: Policy, prompt: str) -> set[str]:
    return {finding.rule.id for finding in policy.findings(prompt)}


@pytest.mark.parametrize(("rule", "prompt"), MUST)
def test_matches(policy: Policy, rule: str, prompt: str) -> None:
    assert rule in broken(policy, prompt)


@pytest.mark.parametrize(("rule", "prompt"), MUST_NOT)
def test_does_not_match(policy: Policy, rule: str, prompt: str) -> None:
    assert rule not in broken(policy, prompt)


def test_every_category_has_rules() -> None:
    assert {rule.category for rule in RULES} == set(CATEGORY_NAMES) - {"server"}
