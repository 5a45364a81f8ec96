"""Rule files are taken up while the bot runs, and a mistake in one changes nothing."""

import logging
from pathlib import Path

import pytest

from bot.policy import Policy
from bot.policy.policy import Choices
from bot.policy.rules import load
from bot.rulebook import RuleFiles
from tests.bot.policy.test_rulefile import HEAD, RULE, folder


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return folder(tmp_path, HEAD + RULE)


async def test_a_change_holds_at_once_also_in_a_servers_own_policy(rules: Path) -> None:
    policy = Policy(load(rules))
    files, own = RuleFiles(policy, rules), Choices(added=frozenset({"Ada Lovelace"}))
    assert policy.adapted(own).check("sell now").allowed
    (rules / "en" / "spam.toml").write_text(HEAD + RULE.replace("buy", "sell"))
    await files.look_once()
    assert not policy.check("sell now").allowed and policy.check("buy now").allowed
    assert not policy.adapted(own).check("sell now").allowed
    assert not policy.adapted(own).check("ada lovelace").allowed


async def test_with_a_mistake_the_old_rules_stay_until_it_is_mended(
    rules: Path, caplog: pytest.LogCaptureFixture
) -> None:
    policy = Policy(load(rules))
    files = RuleFiles(policy, rules)
    caplog.set_level(logging.INFO, "bot.rulebook")
    (rules / "en" / "spam.toml").write_text(HEAD + RULE.replace("version = 1", "version = one"))
    for _ in range(2):
        await files.look_once()
    [said] = caplog.messages
    assert said.startswith("the old rules stay: en/spam.toml, line 6: ")
    assert not policy.check("buy now").allowed

    (rules / "en" / "spam.toml").unlink()
    await files.look_once()
    assert policy.check("buy now").allowed
    assert caplog.messages[-1] == "0 rules were read anew"


async def test_unchanged_files_are_not_read_again(
    rules: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot.rulebook")
    await RuleFiles(Policy(load(rules)), rules).look_once()
    assert caplog.messages == []
