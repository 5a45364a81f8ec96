"""Every rule against its own examples, and the rule files as a whole."""

from bot.policy import CATEGORY_NAMES, Policy


def broken(policy: Policy, prompt: str) -> set[str]:
    return {finding.rule.id for finding in policy.findings(prompt)}


def test_each_matches_its_own_examples(policy: Policy) -> None:
    examples = [(rule.id, prompt) for rule in policy.book.rules for prompt in rule.match]
    assert [each for each in examples if each[0] not in broken(policy, each[1])] == []
    assert len(examples) > 200


def test_none_matches_its_counterexamples(policy: Policy) -> None:
    examples = [(rule.id, prompt) for rule in policy.book.rules for prompt in rule.no_match]
    assert [each for each in examples if each[0] in broken(policy, each[1])] == []
    assert len(examples) > 200


def test_every_category_has_rules(policy: Policy) -> None:
    assert {rule.category for rule in policy.book.rules} == set(CATEGORY_NAMES) - {"server"}
