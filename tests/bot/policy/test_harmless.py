"""Prompts that sound like trouble and aren't: none may be refused or flagged."""

from pathlib import Path

from bot.policy import Policy

PROMPTS = Path(__file__).parent / "prompts"


def caught(policy: Policy, name: str) -> dict[str, str | None]:
    """The prompts of a file that are not allowed, each with the rule that it broke."""
    verdicts = {
        prompt: policy.check(prompt) for prompt in (PROMPTS / name).read_text("utf-8").splitlines()
    }
    return {prompt: found.rule for prompt, found in verdicts.items() if found.action != "allow"}


def test_those_the_rules_were_written_against_are_allowed(policy: Policy) -> None:
    assert not caught(policy, "harmless.txt")


def test_of_those_never_looked_at_hardly_any_is_caught(policy: Policy) -> None:
    assert len(caught(policy, "held_out_harmless.txt")) <= 2
