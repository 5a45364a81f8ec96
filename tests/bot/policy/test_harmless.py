"""Prompts that sound like trouble and aren't: none may be refused or flagged."""

from pathlib import Path

import pytest

from bot.policy import Policy

PROMPTS = (Path(__file__).parent / "prompts" / "harmless.txt").read_text("utf-8").splitlines()


@pytest.mark.parametrize("prompt", PROMPTS)
def test_is_allowed(policy: Policy, prompt: str) -> None:
    verdict = policy.check(prompt)
    assert verdict.action == "allow", (verdict.rule, verdict.span)
